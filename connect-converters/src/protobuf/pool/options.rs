//! What counts of a field's options.

use prost_reflect::prost_types::{FieldOptions, UninterpretedOption};

/// The option in which Confluent says what Protobuf has no word for.
pub(super) const META: &str = "confluent.field_meta";

/// How deep the text of an option may nest.
const DEPTH: usize = 16;

/// Returns whether a repeated field is told to be packed, or not to be.
pub(super) fn packed(options: &FieldOptions) -> Option<bool> {
    options.packed.or_else(|| {
        let mut open = options.uninterpreted_option.iter();
        let told = open.find(|option| names(option) == ["packed"])?;
        Some(told.identifier_value.as_deref() == Some("true"))
    })
}

/// Returns the parameters in the option `confluent.field_meta`.
pub(super) fn parameters(options: &FieldOptions) -> Vec<(String, String)> {
    let mut parameters = Vec::new();
    for option in &options.uninterpreted_option {
        let Some(text) = &option.aggregate_value else {
            continue;
        };
        match names(option).as_slice() {
            [META] => {
                let meta = Text::read(text);
                let entries = meta.named("params").flat_map(Text::elements);
                parameters.extend(entries.filter_map(Text::entry));
            }
            [META, "params"] => parameters.extend(Text::read(text).entry()),
            _ => {}
        }
    }
    parameters
}

fn names(option: &UninterpretedOption) -> Vec<&str> {
    let parts = option.name.iter();
    parts
        .map(|part| part.name_part.trim_start_matches('.'))
        .collect()
}

/// A value in Protobuf's text format; what is not understood is left out.
#[derive(Debug, PartialEq)]
enum Text {
    Scalar(String),
    List(Vec<Self>),
    Message(Vec<(String, Self)>),
}

impl Text {
    /// Reads the fields of a message, without the braces around them.
    fn read(text: &str) -> Self {
        let mut tokens = Tokens { rest: text };
        Self::Message(tokens.fields(0))
    }

    fn named<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Self> {
        let fields = match self {
            Self::Message(fields) => fields.as_slice(),
            _ => &[],
        };
        fields
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, value)| value)
    }

    fn elements(&self) -> &[Self] {
        match self {
            Self::List(elements) => elements,
            single => std::slice::from_ref(single),
        }
    }

    fn entry(&self) -> Option<(String, String)> {
        let scalar = |name| match self.named(name).last() {
            Some(Self::Scalar(text)) => Some(text.clone()),
            _ => None,
        };
        Some((scalar("key")?, scalar("value")?))
    }
}

struct Tokens<'a> {
    rest: &'a str,
}

#[derive(Debug, PartialEq)]
enum Token {
    Word(String),
    Quoted(String),
    Mark(char),
}

impl Tokens<'_> {
    fn next(&mut self) -> Option<Token> {
        self.rest = self
            .rest
            .trim_start_matches([' ', '\t', '\n', '\r', ',', ';', ':']);
        let first = self.rest.chars().next()?;
        if first == '"' || first == '\'' {
            return Some(Token::Quoted(self.quoted(first)));
        }
        let is_word = |letter: char| letter.is_alphanumeric() || "._-+".contains(letter);
        let length = self
            .rest
            .find(|letter| !is_word(letter))
            .unwrap_or(self.rest.len());
        let (token, length) = match length {
            0 => (Token::Mark(first), first.len_utf8()),
            _ => (Token::Word(self.rest[..length].to_owned()), length),
        };
        self.rest = &self.rest[length..];
        Some(token)
    }

    /// Consumes a text with its quotes.
    fn quoted(&mut self, quote: char) -> String {
        let mut text = String::new();
        let mut letters = self.rest.char_indices().skip(1);
        while let Some((at, letter)) = letters.next() {
            match letter {
                _ if letter == quote => {
                    self.rest = &self.rest[at + quote.len_utf8()..];
                    return text;
                }
                '\\' => match letters.next().map(|(_, escaped)| escaped) {
                    Some('n') => text.push('\n'),
                    Some('r') => text.push('\r'),
                    Some('t') => text.push('\t'),
                    Some(other) => text.push(other),
                    None => break,
                },
                _ => text.push(letter),
            }
        }
        self.rest = "";
        text
    }

    fn fields(&mut self, depth: usize) -> Vec<(String, Text)> {
        let mut fields = Vec::new();
        loop {
            match self.next() {
                Some(Token::Word(name)) => match self.value(depth) {
                    Some(value) => fields.push((name, value)),
                    None => return fields,
                },
                None | Some(Token::Mark('}' | '>')) => return fields,
                Some(_) => {}
            }
        }
    }

    /// Reads a value; `None` at the end of what is around it.
    fn value(&mut self, depth: usize) -> Option<Text> {
        if depth > DEPTH {
            self.rest = "";
            return None;
        }
        match self.next()? {
            Token::Word(text) | Token::Quoted(text) => Some(Text::Scalar(text)),
            Token::Mark('{' | '<') => Some(Text::Message(self.fields(depth + 1))),
            Token::Mark('[') => {
                let mut elements = Vec::new();
                while let Some(element) = self.value(depth + 1) {
                    elements.push(element);
                }
                Some(Text::List(elements))
            }
            Token::Mark(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        let meta = Text::read(text);
        let entries = meta.named("params").flat_map(Text::elements);
        let found: Vec<_> = entries.filter_map(Text::entry).collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn parameters_are_found_in_every_form_of_the_text() {
        let both = &[("a", "1"), ("b", "x\"y")][..];
        check(
            r#"params: [ { key: "a", value: "1" }, { value: "x\"y" key: 'b' } ]"#,
            both,
        );
        check(
            r#"doc: "d" params { key: "a" value: "1" } params < key: "b"; value: 'x"y' >"#,
            both,
        );
        check(r#"tags: ["PII"] rules: [{name: "r"}]"#, &[]);
    }

    #[test]
    fn a_broken_text_has_the_parameters_in_front_of_the_break() {
        check(r#"params: [{ key: "a", value: "1" }, { key"#, &[("a", "1")]);
        check(r#"params: [{ key: "a", value: "#, &[]);
        check(&"[{a:".repeat(10_000), &[]);
        check(&"params:[".repeat(10_000), &[]);
    }
}
