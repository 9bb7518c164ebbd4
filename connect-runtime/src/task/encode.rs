//! [`Encoder`]: values to bytes.

use bytes::Bytes;
use connect_api::{Error, ErrorKind, Headers, Missing, Record, Result, SchemaAndValue, Str, Value};

use super::{Codec, Failure, Lacking, StageName};
use crate::broker::ProducerRecord;

/// Turns records into the bytes that are produced.
#[derive(Clone)]
pub(crate) struct Encoder {
    codec: Codec,
    max_size: usize,
    /// The last topic whose name was found to be fine: most records share one.
    known_topic: Str,
}

impl Encoder {
    pub(crate) fn new(codec: &Codec, max_size: usize) -> Self {
        Self {
            codec: codec.clone(),
            max_size,
            known_topic: Str::default(),
        }
    }

    /// Encodes `record`; a failure that is `NotPrepared` says what [`lacking`](Self::lacking) is about.
    #[inline]
    pub(crate) fn encode(&mut self, record: &Record) -> Result<ProducerRecord, Failure> {
        let [key_name, value_name, header_name] = &self.codec.names;
        let mut added = Headers::new();
        let mut encoded = ProducerRecord::default();
        let key = self
            .codec
            .key
            .encode(&record.topic, &mut added, &record.key);
        encoded.key =
            key.map_err(|error| Failure::of_converter(StageName::KeyConverter, key_name, error))?;
        let value = self
            .codec
            .value
            .encode(&record.topic, &mut added, &record.value);
        encoded.value = value
            .map_err(|error| Failure::of_converter(StageName::ValueConverter, value_name, error))?;
        for (name, data) in &record.headers {
            let bytes = self.codec.header.encode(&record.topic, name, data);
            let bytes = bytes.map_err(|error| {
                Failure::of_converter(
                    StageName::HeaderConverter,
                    header_name,
                    error.context(format_args!("header `{name}`")),
                )
            })?;
            encoded.headers.push((name.clone(), bytes));
        }
        for (name, data) in &added {
            let bytes = added_bytes(name, data)
                .map_err(|e| Failure::new(StageName::ValueConverter, value_name, e))?;
            encoded.headers.push((name.clone(), bytes));
        }
        encoded.topic = record.topic.clone();
        encoded.partition = record.partition;
        encoded.timestamp = record.timestamp;
        self.check(&encoded).map_err(|error| {
            Failure::new(StageName::Produce, &Str::from_static("producer"), error)
        })?;
        Ok(encoded)
    }

    /// Refuses what no broker takes, before it costs a transaction.
    fn check(&mut self, record: &ProducerRecord) -> Result<()> {
        let size = record.size();
        if size > self.max_size {
            return Err(Error::rejected(format!(
                "expected at most {} bytes (`max.request.size`), found {size}",
                self.max_size
            )));
        }
        if record.topic != self.known_topic {
            check_topic(&record.topic)?;
            self.known_topic = record.topic.clone();
        }
        Ok(())
    }

    /// Returns what a converter has to fetch before `record` can be encoded, if that is why it failed.
    pub(crate) fn lacking<'a>(
        &'a self,
        record: &'a Record,
        failure: &Failure,
    ) -> Option<Lacking<'a>> {
        let (converter, data) = match (failure.error.kind(), failure.stage) {
            (ErrorKind::NotPrepared, StageName::KeyConverter) => (&self.codec.key, &record.key),
            (ErrorKind::NotPrepared, StageName::ValueConverter) => {
                (&self.codec.value, &record.value)
            }
            _ => return None,
        };
        let missing = Missing::Write {
            topic: &record.topic,
            data,
        };
        let converter = &**converter;
        Some(Lacking { converter, missing })
    }
}

fn added_bytes(name: &str, data: &SchemaAndValue) -> Result<Option<Bytes>> {
    match &data.value {
        Value::Null => Ok(None),
        Value::Bytes(bytes) => Ok(Some(bytes.clone())),
        other => Err(Error::fatal(format!(
            "header `{name}` added by the converter: expected bytes, found {}",
            other.type_name()
        ))),
    }
}

/// Kafka's rule for topic names.
fn check_topic(topic: &str) -> Result<()> {
    let legal = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'-');
    if (1..=249).contains(&topic.len()) && topic.bytes().all(legal) && topic != "." && topic != ".."
    {
        return Ok(());
    }
    Err(Error::rejected(format!(
        "topic `{topic}`: expected 1 to 249 letters, digits, `.`, `_` or `-`, and not `.` or `..`"
    )))
}
