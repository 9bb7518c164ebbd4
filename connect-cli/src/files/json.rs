//! JSON in the two forms that Connect reads.
//!
//! An object is the options themselves, or what the REST API takes to create a connector.

use std::{collections::BTreeMap, fmt};

use connect_runtime::InitialState;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{Entry, Mistake};

/// What a JSON text says.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) entries: Vec<Entry>,
    pub(crate) form: Form,
    /// The members that are there more than once.
    pub(crate) repeated: Vec<String>,
}

/// The two forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `{"name": "a", "connector.class": …}`
    Options,
    /// `{"name": "a", "config": {…}, "initial_state": "PAUSED"}`, as in a request to create a connector.
    Request(InitialState),
}

/// The members of an object; of those with one name the last counts, as in Java.
#[derive(Default)]
struct Members {
    values: BTreeMap<String, Box<RawValue>>,
    repeated: Vec<String>,
}

/// What the REST API answers beside what it takes: saved answers work as files.
const ANSWERED: [&str; 2] = ["tasks", "type"];

/// Reads a text; everything that is wrong is said at once.
pub(crate) fn parse(text: &str) -> Result<Document, Vec<Mistake>> {
    let mut members: Members = serde_json::from_str(text).map_err(|error| {
        vec![Mistake {
            line: Some(error.line()),
            message: format!("expected a JSON object: {error}"),
        }]
    })?;
    let mut mistakes = Vec::new();
    let config = members.values.get("config").map(|config| config.get());
    let config = config.filter(|config| config.starts_with('{'));
    let config = config.map(|config| serde_json::from_str::<Members>(config).unwrap_or_default());
    let (entries, form) = match &config {
        None => (options(&members, "", &mut mistakes), Form::Options),
        Some(config) => request(&members, config, &mut mistakes),
    };
    let mut repeated = std::mem::take(&mut members.repeated);
    repeated.extend(config.into_iter().flat_map(|config| config.repeated));
    match mistakes.is_empty() {
        true => Ok(Document {
            entries,
            form,
            repeated,
        }),
        false => Err(mistakes),
    }
}

/// Names what a JSON text is that is no object; nothing if it is no JSON.
pub(crate) fn other_than_object(text: &str) -> Option<&'static str> {
    let value: Box<RawValue> = serde_json::from_str(text).ok()?;
    Some(match value.get().trim_start().starts_with('[') {
        true => "a JSON array",
        false => "a single JSON value",
    })
}

fn request(members: &Members, config: &Members, mistakes: &mut Vec<Mistake>) -> (Vec<Entry>, Form) {
    let mut say = |message: String| mistakes.push(Mistake::new(message));
    let mut name = None;
    let mut state = InitialState::default();
    for (member, value) in &members.values {
        match &**member {
            "config" => {}
            "name" => name = scalar(value),
            "initial_state" => match scalar(value).as_deref().and_then(InitialState::from_name) {
                Some(known) => state = known,
                None => say(format!(
                    "`initial_state`: expected RUNNING, PAUSED or STOPPED, found {value}"
                )),
            },
            answered if ANSWERED.contains(&answered) => {}
            other => say(format!(
                "`{other}`: expected `name`, `config` or `initial_state`, found another member"
            )),
        }
    }
    if name.is_none() {
        say("`name`: expected the name of the connector, found nothing".to_owned());
    }
    let mut entries = options(config, "config.", mistakes);
    let own = entries.iter().find(|entry| entry.key == "name");
    match (own.map(|entry| entry.value.clone()), name) {
        (None, Some(name)) => entries.push(Entry {
            key: "name".to_owned(),
            value: name,
            line: None,
        }),
        (Some(own), Some(name)) if own != name => mistakes.push(Mistake::new(format!(
            "`config.name`: expected `{name}`, as in `name`, found `{own}`"
        ))),
        _ => {}
    }
    (entries, Form::Request(state))
}

fn options(members: &Members, prefix: &str, mistakes: &mut Vec<Mistake>) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (key, value) in &members.values {
        match scalar(value) {
            Some(value) => entries.push(Entry {
                key: key.clone(),
                value,
                line: None,
            }),
            None => mistakes.push(Mistake::new(format!(
                "`{prefix}{key}`: expected text, a number or a boolean, found {}",
                kind(value)
            ))),
        }
    }
    entries
}

/// Returns the text of a value, numbers as they were written.
fn scalar(value: &RawValue) -> Option<String> {
    let text = value.get();
    match text.as_bytes().first()? {
        b'"' => serde_json::from_str(text).ok(),
        b'{' | b'[' | b'n' => None,
        _ => Some(text.to_owned()),
    }
}

fn kind(value: &RawValue) -> &'static str {
    match value.get().as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "text that is no Unicode",
        _ => "null",
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;

        impl<'de> Visitor<'de> for Each {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Members::default();
                while let Some((name, value)) = map.next_entry::<String, _>()? {
                    if members.values.insert(name.clone(), value).is_some() {
                        members.repeated.push(name);
                    }
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(Each)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<(String, String)>, Form) {
        let document = parse(text).unwrap();
        let entries = document.entries.into_iter();
        let entries = entries.map(|entry| (entry.key, entry.value)).collect();
        (entries, document.form)
    }

    #[track_caller]
    fn check_refused(text: &str, expected: &[&str]) {
        let mistakes = parse(text).unwrap_err();
        let found: Vec<_> = mistakes.iter().map(|mistake| &*mistake.message).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn numbers_and_booleans_are_texts_as_they_were_written() {
        let (entries, form) =
            read(r#"{"a": 1.50, "b": true, "c": "\u00e9", "d": 12345678901234567890123}"#);
        let expected = [
            ("a", "1.50"),
            ("b", "true"),
            ("c", "é"),
            ("d", "12345678901234567890123"),
        ];
        let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(entries, expected);
        assert_eq!(form, Form::Options);
    }

    #[test]
    fn a_request_of_the_rest_api_is_a_connector() {
        let text = r#"{"name": "a", "config": {"topics": "t"}, "initial_state": "paused", "tasks": [], "type": "sink"}"#;
        let (entries, form) = read(text);
        let expected = [("topics", "t"), ("name", "a")];
        let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(entries, expected);
        assert_eq!(form, Form::Request(InitialState::Paused));
    }

    #[test]
    fn everything_that_is_wrong_with_a_request_is_said_at_once() {
        let text = r#"{"name": "a", "config": {"name": "b", "x": null, "y": [1]}, "initial_state": "GONE", "cfg": 1}"#;
        check_refused(
            text,
            &[
                "`cfg`: expected `name`, `config` or `initial_state`, found another member",
                "`initial_state`: expected RUNNING, PAUSED or STOPPED, found \"GONE\"",
                "`config.x`: expected text, a number or a boolean, found null",
                "`config.y`: expected text, a number or a boolean, found an array",
                "`config.name`: expected `a`, as in `name`, found `b`",
            ],
        );
        check_refused(
            r#"{"config": {"name": "b"}}"#,
            &["`name`: expected the name of the connector, found nothing"],
        );
    }

    #[test]
    fn what_is_no_json_is_named_with_its_line() {
        let mistakes = parse("{\n\"a\": }").unwrap_err();
        assert_eq!(mistakes[0].line, Some(2));
        assert!(
            mistakes[0].message.starts_with("expected a JSON object: "),
            "{mistakes:?}"
        );
    }
}
