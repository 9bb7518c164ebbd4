//! [`LoginModule`]: what `sasl.jaas.config` says, read as Java reads it.
//!
//! The text is `<class> <flag> (<option>=<value>)*;`. Java reads it with a `StreamTokenizer`: words are letters, digits
//! and `-_$.`, texts stand in `"` or `'` with the escapes of C, `//` and `/* */` are comments, and a slash alone is one
//! too. Numbers are no values there, so that a password of digits has to be quoted. In one point this is stricter: a
//! quoted text that does not end is a mistake, and in Java it ends with its line.

use connect_api::ConfigMap;

use super::draft::Draft;

/// The key of the text.
pub(super) const JAAS: &str = "sasl.jaas.config";

/// The one module of a `sasl.jaas.config`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LoginModule {
    /// The class without its package.
    pub(super) class: String,
    /// Its options, of which `Debug` shows no values.
    pub(super) options: ConfigMap,
}

impl LoginModule {
    /// Reads a text.
    ///
    /// # Errors
    ///
    /// What was expected, and where; never what was found, since all of it may be a secret.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut tokens = Tokens { rest: text };
        let class = tokens.word("a login module's class")?;
        let flag = tokens.word("`required` behind the class")?;
        const FLAGS: [&str; 4] = ["required", "requisite", "sufficient", "optional"];
        if !FLAGS.iter().any(|known| flag.eq_ignore_ascii_case(known)) {
            return Err(format!(
                "expected one of {} behind the class",
                FLAGS.join(", ")
            ));
        }
        let mut options = ConfigMap::new();
        loop {
            let place = options.len() + 1;
            match tokens.next()? {
                Some(Token::Mark(';')) => break,
                Some(Token::Text(key)) => {
                    let value = tokens.value(place)?;
                    options.insert(key, value);
                }
                Some(_) => return Err(format!("expected the name of option {place}, or `;`")),
                None => return Err("expected `;` at the end".to_owned()),
            }
        }
        if tokens.next()?.is_some() {
            return Err("expected one login module, found more behind `;`".to_owned());
        }
        match class.rsplit('.').next() {
            None | Some("") => Err("expected a login module's class".to_owned()),
            Some(name) => Ok(Self {
                class: name.to_owned(),
                options,
            }),
        }
    }

    /// Returns whether it is one of `classes`, and refuses it otherwise, without a word from the text.
    pub(super) fn is_one_of(&self, draft: &mut Draft<'_>, classes: &[&str]) -> bool {
        let is = classes.contains(&self.class.as_str());
        if !is {
            let reason = format!(
                "Expected {} for this mechanism, found another login module",
                classes.join(" or ")
            );
            draft.refuse_hidden(JAAS, &reason);
        }
        is
    }

    /// Returns the value of an option; an empty one is none.
    pub(super) fn option(&self, name: &str) -> Option<&str> {
        self.options.get(name).filter(|value| !value.is_empty())
    }
}

enum Token {
    /// A word, or a quoted text.
    Text(String),
    /// Any other character; a number is one too, since it is no value.
    Mark(char),
}

struct Tokens<'a> {
    rest: &'a str,
}

impl Tokens<'_> {
    fn word(&mut self, expected: &str) -> Result<String, String> {
        match self.next()? {
            Some(Token::Text(word)) => Ok(word),
            _ => Err(format!("expected {expected}")),
        }
    }

    fn value(&mut self, place: usize) -> Result<String, String> {
        match self.next()? {
            Some(Token::Mark('=')) => {}
            _ => return Err(format!("expected `=` behind the name of option {place}")),
        }
        match self.next()? {
            Some(Token::Text(value)) => Ok(value),
            _ => Err(format!(
                "expected a word or a text in quotes as the value of option {place}"
            )),
        }
    }

    fn next(&mut self) -> Result<Option<Token>, String> {
        self.skip()?;
        let Some(first) = self.take() else {
            return Ok(None);
        };
        match first {
            '"' | '\'' => self.quoted(first).map(Token::Text).map(Some),
            '-' | '.' | '0'..='9' => {
                self.rest = self.rest.trim_start_matches(is_part);
                Ok(Some(Token::Mark('0')))
            }
            first if is_part(first) => {
                let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
                let (word, rest) = self.rest.split_at(end);
                self.rest = rest;
                Ok(Some(Token::Text(format!("{first}{word}"))))
            }
            other => Ok(Some(Token::Mark(other))),
        }
    }

    /// Passes blanks and comments.
    fn skip(&mut self) -> Result<(), String> {
        loop {
            self.rest = self.rest.trim_start_matches(|c| c <= ' ');
            if let Some(comment) = self.rest.strip_prefix("/*") {
                let end = comment.split_once("*/");
                let (_, rest) = end.ok_or_else(|| "expected the end of a comment".to_owned())?;
                self.rest = rest;
            } else if self.rest.starts_with('/') {
                let end = self.rest.find(['\n', '\r']).unwrap_or(self.rest.len());
                self.rest = &self.rest[end..];
            } else {
                return Ok(());
            }
        }
    }

    fn take(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let first = chars.next();
        self.rest = chars.as_str();
        first
    }

    fn quoted(&mut self, quote: char) -> Result<String, String> {
        let mut text = String::new();
        loop {
            match self.take() {
                Some(end) if end == quote => return Ok(text),
                None | Some('\n' | '\r') => {
                    return Err("expected the end of a quoted text".to_owned());
                }
                Some('\\') => text.push(self.escaped()?),
                Some(c) => text.push(c),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, String> {
        let c = self.take();
        Ok(
            match c.ok_or_else(|| "expected the end of a quoted text".to_owned())? {
                'a' => '\x07',
                'b' => '\x08',
                'f' => '\x0c',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'v' => '\x0b',
                first @ '0'..='7' => self.octal(first),
                other => other,
            },
        )
    }

    /// Reads up to three octal digits, of which the first of three is at most 3.
    fn octal(&mut self, first: char) -> char {
        let most = if first <= '3' { 2 } else { 1 };
        let digits = self.rest.bytes().take(most);
        let more = digits.take_while(|digit| (b'0'..=b'7').contains(digit));
        let more = more.count();
        let (digits, rest) = self.rest.split_at(more);
        self.rest = rest;
        let number = u8::from_str_radix(&format!("{first}{digits}"), 8);
        number.map_or(first, char::from)
    }
}

fn is_part(c: char) -> bool {
    // Java's tokenizer takes everything from U+00A0 on for a letter.
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$' | '.') || c >= '\u{a0}'
}

/// Parses any bytes.
#[cfg(any(test, fuzzing))]
pub(crate) fn fuzz(bytes: &[u8]) {
    if let Ok(module) = LoginModule::parse(&String::from_utf8_lossy(bytes)) {
        assert!(!module.class.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<const N: usize>(text: &str, class: &str, options: [(&str, &str); N]) {
        let module = LoginModule::parse(text).unwrap();
        assert_eq!(module.class, class);
        let found: Vec<_> = module.options.iter().collect();
        assert_eq!(found, options);
    }

    #[track_caller]
    fn check_refused(text: &str, expected: &str) {
        assert_eq!(LoginModule::parse(text).unwrap_err(), expected);
    }

    #[test]
    fn a_module_has_a_class_a_flag_and_options() {
        check(
            "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"alice\" password='b c';",
            "PlainLoginModule",
            [("password", "b c"), ("username", "alice")],
        );
        check("  a.b.C\n\tREQUISITE ;  ", "C", []);
    }

    #[test]
    fn words_are_what_java_takes_for_words() {
        check(
            "M optional a=user-1_x.y$ b=é c=true;",
            "M",
            [("a", "user-1_x.y$"), ("b", "é"), ("c", "true")],
        );
    }

    #[test]
    fn escapes_are_those_of_java() {
        check(
            r#"M required a="q\"\\\t\n\101\60\7\4018\e" b='"' c="";"#,
            "M",
            [("a", "q\"\\\t\nA0\x07 18e"), ("b", "\""), ("c", "")],
        );
    }

    #[test]
    fn comments_are_passed_over_and_a_slash_alone_is_one() {
        check(
            "M // one\n required /* a=b\n */ c=\"/d//e\" /f=g\n;",
            "M",
            [("c", "/d//e")],
        );
    }

    #[test]
    fn of_an_option_that_is_written_twice_the_last_one_counts() {
        check("M required a=b a=c;", "M", [("a", "c")]);
    }

    #[test]
    fn what_is_wrong_is_said_without_any_part_of_the_text() {
        check_refused("", "expected a login module's class");
        check_refused("hunter2. required;", "expected a login module's class");
        check_refused("hunter2", "expected `required` behind the class");
        check_refused(
            "M hunter2;",
            "expected one of required, requisite, sufficient, optional behind the class",
        );
        check_refused("M required", "expected `;` at the end");
        check_refused(
            "M required hunter2;",
            "expected `=` behind the name of option 1",
        );
        check_refused(
            "M required a=b password=1234;",
            "expected a word or a text in quotes as the value of option 2",
        );
        check_refused(
            "M required a=-x;",
            "expected a word or a text in quotes as the value of option 1",
        );
        check_refused(
            "M required @hunter2;",
            "expected the name of option 1, or `;`",
        );
        check_refused(
            "M required a=\"hunter2",
            "expected the end of a quoted text",
        );
        check_refused(
            "M required a=\"hun\nter2\";",
            "expected the end of a quoted text",
        );
        check_refused(
            "M required a=\"hunter2\\",
            "expected the end of a quoted text",
        );
        check_refused("M required /* hunter2", "expected the end of a comment");
        check_refused(
            "M required; N required;",
            "expected one login module, found more behind `;`",
        );
    }
}
