//! [`Pattern`] and [`Replacement`]: regular expressions as Java's routers use them.

use connect_api::{Dialect, Result};
use fancy_regex::Captures;

use crate::finder::Finder;

/// A regular expression with look-around and back-references.
///
/// It matches a whole text or none of it, as `java.util.regex.Matcher.matches` does. Java's syntax is understood but for
/// rarities; `\d`, `\w` and `\s` also know what is not ASCII.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    whole: Finder,
    anywhere: Finder,
}

impl Pattern {
    /// Compiles `text`.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        // Alone first, so that it cannot close the group that is put around it.
        let anywhere = Finder::new(text)?;
        let whole = Finder::new(&format!(r"\A(?:{text})\z"))?;
        Ok(Self { whole, anywhere })
    }

    /// Returns whether all of `text` matches.
    ///
    /// # Errors
    ///
    /// It takes too many steps to find out.
    pub(crate) fn matches(&self, text: &str) -> Result<bool> {
        self.whole.finds(text)
    }

    /// Returns what the groups hold if all of `text` matches.
    ///
    /// # Errors
    ///
    /// It takes too many steps to find out.
    fn captures<'t>(&self, text: &'t str) -> Result<Option<Captures<'t, str>>> {
        self.whole.captures(text)
    }

    /// Returns what becomes of `text` if all of it matches.
    ///
    /// In Java's dialect, as after `Matcher.replaceFirst`: what the pattern finds first is replaced, and that may be a part
    /// of the text only.
    ///
    /// # Errors
    ///
    /// It takes too many steps to find out.
    pub(crate) fn replaced(
        &self,
        text: &str,
        replacement: &Replacement,
        dialect: Dialect,
    ) -> Result<Option<String>> {
        let Some(whole) = self.captures(text)? else {
            return Ok(None);
        };
        let part = match dialect {
            Dialect::Java => self.anywhere.captures(text)?,
            _ => None,
        };
        let Some((part, place)) = part.as_ref().and_then(|part| Some((part, part.get(0)?))) else {
            return Ok(Some(replacement.expand(&whole)));
        };
        let (before, after) = (&text[..place.start()], &text[place.end()..]);
        Ok(Some(format!("{before}{}{after}", replacement.expand(part))))
    }
}

/// What a match becomes: text with `$1` and `${name}` for groups, and `\` before what stands for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Replacement {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Number(usize),
    Name(String),
}

impl Replacement {
    /// Reads `text` as `java.util.regex.Matcher.appendReplacement` does.
    ///
    /// # Errors
    ///
    /// It names a group that `pattern` does not have, or ends amid a reference.
    pub(crate) fn new(text: &str, pattern: &Pattern) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['$', '\\']) {
            plain.push_str(&rest[..at]);
            let (mark, after) = rest[at..].split_at(1);
            if mark == "\\" {
                let mut characters = after.chars();
                plain.push(
                    characters
                        .next()
                        .ok_or("nothing stands after the last \\")?,
                );
                rest = characters.as_str();
                continue;
            }
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            let (part, after) = Part::reference(after, pattern)?;
            parts.push(part);
            rest = after;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self { parts })
    }

    /// Returns the text for one match; a group that took no part in it is empty.
    pub(crate) fn expand(&self, captures: &Captures<'_, str>) -> String {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Number(n) => out.push_str(captures.get(*n).map_or("", |m| m.as_str())),
                Part::Name(name) => out.push_str(captures.name(name).map_or("", |m| m.as_str())),
            }
        }
        out
    }
}

impl Part {
    /// Reads what stands behind a `$`, and returns the rest.
    fn reference<'a>(text: &'a str, pattern: &Pattern) -> Result<(Self, &'a str), String> {
        if let Some(inner) = text.strip_prefix('{') {
            let (name, rest) = inner.split_once('}').ok_or("expected } after ${")?;
            if !pattern.whole.has_group(name) {
                return Err(format!("there is no group {{{name}}}"));
            }
            return Ok((Self::Name(name.to_owned()), rest));
        }
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let number = |length: usize| {
            text[..length]
                .parse()
                .ok()
                .filter(|n| *n <= pattern.whole.groups())
        };
        // As many digits as name a group; at least one.
        let length = (1..=digits).rev().find(|length| number(*length).is_some());
        match length.and_then(|length| Some((number(length)?, length))) {
            Some((n, length)) => Ok((Self::Number(n), &text[length..])),
            None if digits > 0 => Err(format!("there is no group {}", &text[..1])),
            None => Err("expected a number or {name} after $".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(pattern: &str, replacement: &str, text: &str) -> Option<String> {
        let pattern = Pattern::new(pattern).unwrap();
        let replacement = Replacement::new(replacement, &pattern).unwrap();
        let captures = pattern.captures(text).unwrap();
        captures.map(|captures| replacement.expand(&captures))
    }

    #[test]
    fn groups_stand_for_what_they_matched() {
        let check = |pattern, replacement, text, expected: Option<&str>| {
            assert_eq!(replaced(pattern, replacement, text).as_deref(), expected);
        };
        check("(.*)-(.*)", "$2-$1", "a-b", Some("b-a"));
        check("(?<first>.*)-.*", "x${first}", "a-b", Some("xa"));
        check("(a)(b)?", "[$2]", "a", Some("[]"));
        check("(a)", "$12", "a", Some("a2"));
        check("a", r"\$1\\", "a", Some(r"$1\"));
        check("a", "x", "ab", None);
        check("a|b", "x", "ab", None);
        check(r"(?!__).*", "x", "__a", None);
        check(r"(.)\1", "$1", "aa", Some("a"));
    }

    #[test]
    fn a_part_is_replaced_in_javas_dialect_alone() {
        let check = |pattern, dialect, expected| {
            let pattern = Pattern::new(pattern).unwrap();
            let replacement = Replacement::new("x$1", &pattern).unwrap();
            let replaced = pattern.replaced("abab", &replacement, dialect);
            assert_eq!(replaced.unwrap().as_deref(), expected);
        };
        check("(.*?)", Dialect::Strict, Some("xabab"));
        check("(.*?)", Dialect::Java, Some("xabab"));
        check("(a)b|abab", Dialect::Strict, Some("x"));
        check("(a)b|abab", Dialect::Java, Some("xaab"));
        check("(a)b", Dialect::Java, None);
    }

    #[test]
    fn wrong_patterns_and_replacements_are_refused() {
        assert!(Pattern::new("a)|(b").is_err());
        let pattern = Pattern::new("(a)").unwrap();
        let refused = |text| Replacement::new(text, &pattern).unwrap_err();
        assert_eq!(refused("$2"), "there is no group 2");
        assert_eq!(refused("${b}"), "there is no group {b}");
        assert_eq!(refused("${b"), "expected } after ${");
        assert_eq!(refused("$"), "expected a number or {name} after $");
        assert_eq!(refused("\\"), "nothing stands after the last \\");
    }

    #[test]
    fn a_pattern_that_would_take_forever_condemns_the_record() {
        let pattern = Pattern::new(r"(a*)*\1b").unwrap();
        assert!(pattern.matches(&"a".repeat(40)).is_err());
    }
}
