//! [`Record`]s by Apache Kafka's own clients, which are independent of what is tested.

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{Kafka, LabError, jvm};

/// A record as it is written, or was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "tests write records down whole, and no crate outside of the workspace uses them"
)]
pub struct Record {
    /// The partition.
    pub partition: i32,
    /// The offset; of no meaning when it is written.
    pub offset: i64,
    /// The timestamp in milliseconds; when it is written, `None` is the present.
    pub timestamp: Option<i64>,
    /// The key.
    pub key: Option<Vec<u8>>,
    /// The value.
    pub value: Option<Vec<u8>>,
    /// The headers in their order.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

impl Record {
    /// A record of partition 0 with two texts.
    #[must_use]
    pub fn text(key: &str, value: &str) -> Self {
        Self {
            key: Some(key.into()),
            value: Some(value.into()),
            ..Self::default()
        }
    }
}

/// What becomes of the records that are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// They are written without a transaction.
    Plain,
    /// Their transaction is committed.
    Committed,
    /// Their transaction is aborted.
    Aborted,
    /// Their transaction is left to the broker, which aborts it after a minute.
    Open,
}

impl Kafka {
    /// Reads what is committed in a topic, to its end, with Java's consumer.
    ///
    /// The end is the one at the call: the first open transaction, if there is one. Records of a partition
    /// are in order.
    ///
    /// # Errors
    ///
    /// If there is no such topic, or the broker cannot be reached.
    pub fn read_committed(bootstrap: &str, topic: &str) -> Result<Vec<Record>, LabError> {
        read(bootstrap, topic, "read_committed")
    }

    /// Reads a topic like [`Self::read_committed`], with everything that was ever written.
    ///
    /// # Errors
    ///
    /// If there is no such topic, or the broker cannot be reached.
    pub fn read_uncommitted(bootstrap: &str, topic: &str) -> Result<Vec<Record>, LabError> {
        read(bootstrap, topic, "read_uncommitted")
    }

    /// Writes records with Java's producer, and returns when all are acknowledged.
    ///
    /// # Errors
    ///
    /// If there is no such topic, or the broker cannot be reached.
    pub fn write(
        bootstrap: &str,
        topic: &str,
        records: &[Record],
        ending: Ending,
    ) -> Result<(), LabError> {
        let ending = match ending {
            Ending::Plain => "plain",
            Ending::Committed => "committed",
            Ending::Aborted => "aborted",
            Ending::Open => "open",
        };
        let lines: Vec<_> = records.iter().map(line).collect();
        jvm::call(&["write", bootstrap, topic, ending], &lines).map(drop)
    }

    /// Creates a topic with settings of its own, such as `("cleanup.policy", "compact")`.
    ///
    /// # Errors
    ///
    /// If there is one, a setting is wrong, or the broker cannot be reached.
    pub fn create_topic(
        bootstrap: &str,
        topic: &str,
        partitions: usize,
        settings: &[(&str, &str)],
    ) -> Result<(), LabError> {
        let partitions = partitions.to_string();
        let settings = settings.iter().map(|(key, value)| format!("{key}={value}"));
        let settings: Vec<_> = settings.collect();
        let mut arguments = vec!["create", bootstrap, topic, &partitions];
        arguments.extend(settings.iter().map(String::as_str));
        jvm::call(&arguments, &[]).map(drop)
    }

    /// Adds partitions to a topic, until it has so many.
    ///
    /// # Errors
    ///
    /// If there is no such topic, it has as many already, or the broker cannot be reached.
    pub fn set_partitions(bootstrap: &str, topic: &str, partitions: usize) -> Result<(), LabError> {
        let partitions = partitions.to_string();
        jvm::call(&["partitions", bootstrap, topic, &partitions], &[]).map(drop)
    }
}

fn read(bootstrap: &str, topic: &str, isolation: &str) -> Result<Vec<Record>, LabError> {
    let answer = jvm::call(&["read", bootstrap, topic, isolation], &[])?;
    answer
        .iter()
        .map(|line| {
            parse(line).ok_or_else(|| {
                LabError::new(format!("expected a record from the reader, found {line:?}"))
            })
        })
        .collect()
}

fn line(record: &Record) -> String {
    let timestamp = record.timestamp.map(|number| number.to_string());
    let mut fields = vec![
        record.partition.to_string(),
        record.offset.to_string(),
        timestamp.unwrap_or_else(|| "-".to_owned()),
        field(record.key.as_deref()),
        field(record.value.as_deref()),
    ];
    for (name, value) in &record.headers {
        fields.push(field(Some(name.as_bytes())));
        fields.push(field(value.as_deref()));
    }
    fields.join("\t")
}

fn field(bytes: Option<&[u8]>) -> String {
    bytes.map_or_else(|| "-".to_owned(), |bytes| BASE64_STANDARD.encode(bytes))
}

fn parse(line: &str) -> Option<Record> {
    let mut fields = line.split('\t');
    let mut record = Record {
        partition: fields.next()?.parse().ok()?,
        offset: fields.next()?.parse().ok()?,
        timestamp: Some(fields.next()?.parse().ok()?),
        key: parse_field(fields.next()?)?,
        value: parse_field(fields.next()?)?,
        headers: Vec::new(),
    };
    while let Some(name) = fields.next() {
        let name = String::from_utf8(parse_field(name)??).ok()?;
        record.headers.push((name, parse_field(fields.next()?)?));
    }
    Some(record)
}

/// Returns bytes or null; nothing if the field is neither.
fn parse_field(field: &str) -> Option<Option<Vec<u8>>> {
    match field {
        "-" => Some(None),
        _ => BASE64_STANDARD.decode(field).ok().map(Some),
    }
}
