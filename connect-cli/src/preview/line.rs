//! [`Message`] and [`Printer`]: the lines that go in and come out.

use connect_api::{Bytes, Converter, Headers, Record, SchemaAndValue, Str};
use connect_converters::JsonConverter;
use connect_runtime::{Passed, PreviewFailure, PreviewMessage};
use serde::{Deserialize, Serialize};
use serde_json::{json, value::RawValue};

use crate::{content::Content, failure::Result, output::Output};

/// A message of a topic, as a line of the input.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Message {
    topic: String,
    partition: Option<i32>,
    offset: Option<i64>,
    timestamp: Option<i64>,
    key: Option<Content>,
    value: Option<Content>,
    #[serde(default)]
    headers: Vec<(String, Option<Content>)>,
}

impl Message {
    /// Reads a line of the input.
    pub(super) fn parse(line: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(line).map_err(|error| {
            format!(
                "expected an object with `topic` and perhaps `partition`, `offset`, `timestamp`, `key`, `value`, \
                 `headers`: {error}"
            )
        })
    }
}

impl TryFrom<Message> for PreviewMessage {
    type Error = String;

    fn try_from(message: Message) -> Result<Self, String> {
        let bytes = |content: Option<Content>| content.map(Content::into_bytes).transpose();
        let headers = message.headers.into_iter();
        let headers = headers.map(|(name, data)| Ok((name.into(), bytes(data)?)));
        Ok(Self {
            topic: message.topic.into(),
            partition: message.partition,
            offset: message.offset,
            timestamp: message.timestamp,
            key: bytes(message.key)?,
            value: bytes(message.value)?,
            headers: headers.collect::<Result<Vec<(Str, Option<Bytes>)>, String>>()?,
        })
    }
}

/// A record that came out, as a line of the output.
#[derive(Serialize)]
struct Shown<'a> {
    topic: &'a str,
    partition: Option<i32>,
    timestamp: Option<i64>,
    key: Option<Box<RawValue>>,
    value: Option<Box<RawValue>>,
    headers: Vec<(&'a str, Option<Box<RawValue>>)>,
}

/// Prints what came out.
pub(super) struct Printer {
    out: Output,
    /// Writes a datum with its schema.
    json: JsonConverter,
}

impl Printer {
    pub(super) fn new() -> Self {
        Self {
            out: Output::new(),
            json: JsonConverter::default(),
        }
    }

    /// Prints a line for each record, or one for what became of it instead.
    pub(super) fn print(&mut self, passed: Passed) -> Result<()> {
        match passed {
            Passed::Records(records) => {
                for record in &records {
                    let line = self.shown(record).unwrap_or_else(|error| {
                        error_line("OUTPUT", "json", &error.report().to_string())
                    });
                    self.out.line(&line)?;
                }
            }
            Passed::Dropped(alias) => self
                .out
                .line(&json!({ "dropped_by": *alias }).to_string())?,
            Passed::Failed(PreviewFailure {
                stage,
                plugin,
                message,
                ..
            }) => {
                self.out.line(&error_line(&stage, &plugin, &message))?;
            }
        }
        // Whoever watches a slow source sees each record as it comes.
        self.out.flush()
    }

    /// Prints what is wrong with a line of the input.
    pub(super) fn wrong_line(&mut self, number: u64, mistake: &str) -> Result<()> {
        self.out.line(&error_line(
            "INPUT",
            "preview",
            &format!("line {number}: {mistake}"),
        ))
    }

    pub(super) fn end(mut self) -> Result<()> {
        self.out.flush()
    }

    fn shown(&self, record: &Record) -> connect_api::Result<String> {
        let headers = record.headers.iter();
        let headers = headers.map(|(name, data)| Ok((&**name, self.datum(data)?)));
        let shown = Shown {
            topic: &record.topic,
            partition: record.partition,
            timestamp: record.timestamp,
            key: self.datum(&record.key)?,
            value: self.datum(&record.value)?,
            headers: headers.collect::<connect_api::Result<_>>()?,
        };
        Ok(serde_json::to_string(&shown).expect("texts, numbers and JSON are JSON"))
    }

    /// Writes a datum with its schema; `None` is null without a schema.
    fn datum(&self, data: &SchemaAndValue) -> connect_api::Result<Option<Box<RawValue>>> {
        let written = Converter::encode(&self.json, "", &mut Headers::new(), data)?;
        let raw = |bytes: Bytes| {
            let text = String::from_utf8(bytes.into()).expect("JSON is UTF-8");
            RawValue::from_string(text).expect("the converter writes JSON")
        };
        Ok(written.map(raw))
    }
}

fn error_line(stage: &str, plugin: &str, message: &str) -> String {
    json!({ "error": { "stage": stage, "plugin": plugin, "message": message } }).to_string()
}
