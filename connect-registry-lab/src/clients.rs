//! [`PythonClients`]: Confluent's serializers and deserializers for Python.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::{LabError, place::Place};

/// Where Python is with what `python/requirements.txt` names.
const PLACE: Place = Place {
    variable: "CONNECT_REGISTRY_CLIENTS",
    folder: "registry-clients",
};

const PROGRAM: &str = include_str!("../python/clients.py");

/// Confluent's serializers and deserializers for Python, beside a registry.
///
/// They are one process, which answers one call after the other and ends with this value.
///
/// # Values
///
/// JSON stands for what Python has:
///
/// | in JSON | in Python |
/// |---|---|
/// | null, booleans, integers, texts, arrays, objects | the same |
/// | `{"$float": "1.5"}`, also `"nan"` and `"inf"` | `float`; a number with a point is one too |
/// | `{"$bytes": base64}` | `bytes` |
/// | `{"$decimal": "12.30"}` | `Decimal` |
/// | `{"$date": "2024-02-29"}` | `date` |
/// | `{"$time": "12:34:56.789"}` | `time` |
/// | `{"$moment": "2024-02-29T12:34:56.789000+00:00"}` | `datetime`, UTC |
/// | `{"$uuid": "…"}` | `UUID` |
/// | `{"$branch": ["Name", value]}` | a tuple, which names the branch of an Avro union; only written |
///
/// A Protobuf message is what `google.protobuf.json_format` makes of it, with the names of the `.proto` file, and fields that are
/// not there left out.
#[derive(Debug)]
pub struct PythonClients {
    child: Child,
    calls: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// How a message is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "registries have these three")]
pub enum Format {
    /// `AvroSerializer`, which is `fastavro`.
    Avro,
    /// `ProtobufSerializer`; the message is the first one of the schema.
    Protobuf,
    /// `JSONSerializer`, which validates by `jsonschema`.
    Json,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Self::Avro => "avro",
            Self::Protobuf => "protobuf",
            Self::Json => "json",
        }
    }
}

/// Where the id of the schema stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "serializers know these two")]
pub enum Framing {
    /// In five bytes before the payload.
    Prefix,
    /// In a header, which the registry has to give a GUID for.
    Header,
}

/// What is to be written.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct Message<'a> {
    /// How it is encoded.
    pub format: Format,
    /// The topic; the subject is `<topic>-value`.
    pub topic: &'a str,
    /// The text of the schema, which is registered.
    pub schema: &'a str,
    /// The value, in the JSON that [`PythonClients`] describes.
    pub value: Value,
    /// Where the id stands.
    pub framing: Framing,
}

/// What a record has of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct Framed {
    /// The record's value.
    pub bytes: Vec<u8>,
    /// The record's headers.
    pub headers: Vec<(String, Vec<u8>)>,
}

impl PythonClients {
    /// Starts Python beside the registry at `url`.
    ///
    /// # Errors
    ///
    /// `./test` has not installed the clients, or Python does not start.
    pub fn start(url: &str) -> Result<Self, LabError> {
        let python = PLACE.find()?.join("bin/python");
        let mut child = Command::new(&python)
            .args(["-I", "-c", PROGRAM, url])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(LabError::during(format!("starting {}", python.display())))?;
        let answers = child.stdout.take().ok_or_else(ended)?;
        Ok(Self {
            calls: child.stdin.take(),
            answers: BufReader::new(answers),
            child,
        })
    }

    /// Writes a message, and registers its schema.
    ///
    /// # Errors
    ///
    /// The serializer or the registry refuses it: with Python's traceback.
    pub fn write(&mut self, message: &Message<'_>) -> Result<Framed, LabError> {
        let call = json!({
            "op": "write",
            "format": message.format.name(),
            "topic": message.topic,
            "schema": message.schema,
            "value": message.value,
            "framing": match message.framing {
                Framing::Prefix => "prefix",
                Framing::Header => "header",
            },
        });
        let answer = self.call(&call)?;
        let headers = answer["headers"].as_object().into_iter().flatten();
        let headers = headers.map(|(name, text)| Ok((name.clone(), bytes(text)?)));
        Ok(Framed {
            bytes: bytes(&answer["bytes"])?,
            headers: headers.collect::<Result<_, LabError>>()?,
        })
    }

    /// Reads a message by the schema that the registry has for it.
    ///
    /// A Protobuf message is read by the text that the registry has for its id.
    ///
    /// # Errors
    ///
    /// The deserializer or the registry refuses it: with Python's traceback.
    pub fn read(
        &mut self,
        format: Format,
        topic: &str,
        framed: &Framed,
    ) -> Result<Value, LabError> {
        let headers = framed.headers.iter();
        let headers = headers.map(|(name, bytes)| (name.clone(), text(bytes).into()));
        let mut answer = self.call(&json!({
            "op": "read",
            "format": format.name(),
            "topic": topic,
            "bytes": text(&framed.bytes),
            "headers": headers.collect::<serde_json::Map<_, Value>>(),
        }))?;
        Ok(answer["value"].take())
    }

    /// Returns the text of the latest schema of a subject.
    ///
    /// # Errors
    ///
    /// The registry has none, or does not answer: with Python's traceback.
    pub fn latest(&mut self, subject: &str) -> Result<String, LabError> {
        let answer = self.call(&json!({"op": "latest", "subject": subject}))?;
        let text = answer["schema"].as_str();
        text.map(str::to_owned)
            .ok_or_else(|| LabError::new(format!("expected a schema, found {answer}")))
    }

    fn call(&mut self, call: &Value) -> Result<Value, LabError> {
        let doing = "asking Confluent's Python clients";
        let calls = self.calls.as_mut().ok_or_else(ended)?;
        calls
            .write_all(format!("{call}\n").as_bytes())
            .and_then(|()| calls.flush())
            .map_err(LabError::during(doing))?;
        let mut answer = String::new();
        let read = self.answers.read_line(&mut answer);
        if read.map_err(LabError::during(doing))? == 0 {
            return Err(ended());
        }
        let answer: Value = serde_json::from_str(&answer)
            .map_err(|error| LabError::new(format!("{doing}: {error}: {answer}")))?;
        match answer["error"].as_str() {
            Some(trace) => Err(LabError::new(format!("{doing}: {trace}"))),
            None => Ok(answer),
        }
    }
}

impl Drop for PythonClients {
    fn drop(&mut self) {
        // Their input ends, and so do they.
        self.calls = None;
        if let Err(error) = self.child.wait() {
            eprintln!("waiting for the end of Confluent's Python clients: {error}");
        }
    }
}

fn text(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

fn bytes(text: &Value) -> Result<Vec<u8>, LabError> {
    let bytes = text
        .as_str()
        .and_then(|text| BASE64_STANDARD.decode(text).ok());
    bytes.ok_or_else(|| LabError::new(format!("expected bytes in base64, found {text}")))
}

fn ended() -> LabError {
    LabError::new("expected an answer of Confluent's Python clients, found their end")
}
