//! What stands in an offsets file: [`parse`] and [`write`].
//!
//! ```text
//! {"format":"connect-offsets","version":1}
//! {"key":"[\"orders\",{\"filename\":\"a\"}]","value":"{\"position\":42}"}
//! {"entries":1}
//! ```
//!
//! Keys and values are the texts of the offsets topic; the last line tells a whole file from one that was cut.

use std::{collections::BTreeMap, str};

use bytes::Bytes;
use connect_api::{
    Value,
    json::{parse as parse_json, to_string},
};

use super::super::{java, key::Key};

/// The keys of offsets, and the offsets.
pub(crate) type Entries = BTreeMap<Bytes, Bytes>;

/// What an offsets file holds, by who wrote it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Contents {
    Java(Entries),
    Ours(Entries),
}

impl Contents {
    pub(crate) fn into_entries(self) -> Entries {
        match self {
            Self::Java(entries) | Self::Ours(entries) => entries,
        }
    }
}

const FORMAT: &str = "connect-offsets";
const VERSION: i64 = 1;

/// Reads an offsets file of Java's or of this worker's, or says what was found instead.
///
/// Java creates its file when it stores the first offset, and takes an empty one for none.
pub(crate) fn parse(file: &Bytes) -> Result<Contents, String> {
    match file.first() {
        None => Ok(Contents::Ours(Entries::new())),
        Some(b'{') => parse_ours(file).map(Contents::Ours),
        Some(0xac) => parse_java(file).map(Contents::Java),
        Some(_) => Err(
            "expected an offsets file of this worker's or of Java's, found something else"
                .to_owned(),
        ),
    }
}

fn parse_java(file: &Bytes) -> Result<Entries, String> {
    let mut entries = Entries::new();
    for (key, value) in java::parse(file)? {
        match (Key::parse(&key), value) {
            (Ok(Key::Offset { .. }), Some(value)) => {
                if let Err(error) = str::from_utf8(&value) {
                    let key = String::from_utf8_lossy(&key);
                    return Err(format!("expected a text under {key}, found {error}"));
                }
                entries.insert(key, value);
            }
            // Removed offsets, and what Java writes for connectors without source partitions.
            (Ok(_), _) => {}
            (Err(found), _) => {
                tracing::warn!("not imported: a key that is no offset's: {found}");
            }
        }
    }
    Ok(entries)
}

fn parse_ours(file: &Bytes) -> Result<Entries, String> {
    let mut lines = file.split(|byte| *byte == b'\n').zip(1..);
    let (first, _) = lines.next().unwrap_or_default();
    head(first).map_err(|problem| format!("line 1: {problem}"))?;
    let mut entries = Entries::new();
    let mut ended = None;
    for (line, number) in lines {
        match (ended, line.is_empty()) {
            (None, _) => {
                ended = entry(line, &mut entries)
                    .map_err(|problem| format!("line {number}: {problem}"))?;
            }
            (Some(_), true) => {}
            (Some(_), false) => {
                return Err(format!("line {number}: expected the end, found more"));
            }
        }
    }
    match ended {
        Some(count) if usize::try_from(count) == Ok(entries.len()) => Ok(entries),
        Some(count) => Err(format!(
            "expected {count} entries, as the last line says, found {}",
            entries.len()
        )),
        None => Err("expected a last line with the number of entries, found none".to_owned()),
    }
}

/// Reads the first line.
fn head(line: &[u8]) -> Result<(), String> {
    let head = object(line)?;
    let format = head.get("format").and_then(Value::as_str);
    if format != Some(FORMAT) {
        return Err(format!(
            "expected \"format\":\"{FORMAT}\", found {}",
            to_string(&head)
        ));
    }
    match head.get("version").and_then(Value::as_i64) {
        Some(VERSION) => Ok(()),
        _ => Err(format!(
            "expected \"version\":{VERSION}, found {}",
            to_string(&head)
        )),
    }
}

/// Reads an entry, or from the last line how many there are.
fn entry(line: &[u8], entries: &mut Entries) -> Result<Option<i64>, String> {
    let entry = object(line)?;
    if let Some(count) = entry.get("entries").and_then(Value::as_i64) {
        return Ok(Some(count));
    }
    let text = |field: &str| {
        let text = entry.get(field).and_then(Value::as_str);
        let text = text.map(|text| Bytes::copy_from_slice(text.as_bytes()));
        text.ok_or_else(|| {
            format!(
                "expected a text as \"{field}\", found {}",
                to_string(&entry)
            )
        })
    };
    let (key, value) = (text("key")?, text("value")?);
    match Key::parse(&key) {
        Ok(Key::Offset { .. }) => {}
        _ => {
            let found = String::from_utf8_lossy(&key);
            return Err(format!(
                "expected [\"<connector>\",{{<partition>}}] as \"key\", found {found}"
            ));
        }
    }
    match entries.insert(key, value) {
        None => Ok(None),
        Some(_) => Err("expected a key of its own, found that of another line".to_owned()),
    }
}

fn object(line: &[u8]) -> Result<Value, String> {
    match parse_json(&Bytes::copy_from_slice(line)) {
        Ok(map @ Value::Map(_)) => Ok(map),
        Ok(other) => Err(format!(
            "expected a JSON object, found {}",
            to_string(&other)
        )),
        Err(error) => Err(format!("expected a JSON object: {error}")),
    }
}

/// Writes an offsets file of this worker's.
pub(super) fn write(entries: &Entries) -> Vec<u8> {
    let mut file = Vec::new();
    let mut line = |value: &Value| {
        file.extend_from_slice(to_string(value).as_bytes());
        file.push(b'\n');
    };
    line(&Value::map([
        ("format", Value::from(FORMAT)),
        ("version", Value::from(VERSION)),
    ]));
    for (key, value) in entries {
        // Both are texts: `Committed` makes them, and what is read is checked.
        let text = |bytes: &Bytes| Value::from(String::from_utf8_lossy(bytes).into_owned());
        line(&Value::map([("key", text(key)), ("value", text(value))]));
    }
    let count = i64::try_from(entries.len()).unwrap_or(i64::MAX);
    line(&Value::map([("entries", Value::from(count))]));
    file
}
