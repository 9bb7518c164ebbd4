//! Messages that say which schema of a registry they are written with.

mod choice;
mod config;
mod converter;
mod format;
mod frame;
mod reading;
mod side;
mod subject;
#[cfg(test)]
#[cfg(feature = "avro")]
mod tests;
mod writing;

use std::fmt;

use bytes::Bytes;
use connect_api::{Error, ErrorKind, Headers, Missing, Result, SchemaAndValue};

pub use self::config::WireConfig;
pub(crate) use self::{
    converter::registered,
    format::{Described, Format, Message, Null},
    side::Side,
};
use self::{frame::Framed, reading::Readings, subject::Subjects, writing::Writings};
use crate::registry::{Known, Registry, RegistryConfig};

/// A converter of messages whose schemas stand in a registry.
///
/// Reading and writing never wait: what the registry must be asked for is `NotPrepared`, and `prepare` asks.
pub(crate) struct Wire<F: Format> {
    format: F,
    registry: Registry,
    side: Side,
    subjects: Subjects,
    writings: Writings<F>,
    readings: Readings<F>,
}

impl<F: Format> Wire<F> {
    pub(crate) fn new(format: F, registry: &RegistryConfig, config: &WireConfig) -> Result<Self> {
        let subjects = config.subjects()?;
        Ok(Self {
            format,
            registry: Registry::new(registry, subjects.associations())?,
            side: config.side(),
            subjects,
            writings: Writings::new(config)?,
            readings: Readings::new(config)?,
        })
    }

    pub(crate) fn encode(
        &self,
        topic: &str,
        headers: &mut Headers,
        data: &SchemaAndValue,
    ) -> Result<Option<Bytes>> {
        if data.value.is_null() {
            let null = self.format.null(data.schema.as_ref());
            if null.map_err(|error| self.of_topic(topic, error))? == Null::Tombstone {
                return Ok(None);
            }
        }
        self.writings
            .write(self, topic, headers, data)
            .map(Some)
            .map_err(|error| self.of_topic(topic, error))
    }

    pub(crate) fn decode(
        &self,
        topic: &str,
        headers: &Headers,
        bytes: Option<&Bytes>,
    ) -> Result<SchemaAndValue> {
        let Some(bytes) = bytes else {
            return Ok(SchemaAndValue::NULL);
        };
        let framed = Framed::read::<F>(self.side, headers, bytes)
            .map_err(|error| self.of_bytes(topic, bytes, error))?;
        self.readings
            .read(self, topic, &framed)
            .map_err(|error| self.of_bytes(topic, bytes, error))
    }

    pub(crate) async fn prepare(&self, missing: Missing<'_>) -> Result<()> {
        match missing {
            Missing::Write { topic, data } => {
                let prepared = self.writings.prepare(self, topic, data).await;
                prepared.map_err(|error| self.of_topic(topic, error))
            }
            Missing::Read {
                topic,
                headers,
                bytes,
            } => {
                let prepared = match Framed::read::<F>(self.side, headers, bytes) {
                    Ok(framed) => self.readings.prepare(self, topic, &framed).await,
                    Err(error) => Err(error),
                };
                prepared.map_err(|error| self.of_bytes(topic, bytes, error))
            }
            other => Err(Error::fatal(format!(
                "expected a record to read or to write, found {other:?}"
            ))),
        }
    }

    /// Refuses a schema of another format.
    fn of_format(&self, known: &Known) -> Result<()> {
        let found = known.schema.schema_type;
        if found == F::TYPE {
            return Ok(());
        }
        Err(Error::rejected(format!(
            "expected a schema of type {}, found one of type {found}",
            F::TYPE
        )))
    }

    fn of_topic(&self, topic: &str, error: Error) -> Error {
        if error.kind() == ErrorKind::NotPrepared {
            return error;
        }
        error.context(format!("topic `{topic}`, {}", self.side.name()))
    }

    /// Says of which message an error speaks, and how it begins.
    fn of_bytes(&self, topic: &str, bytes: &Bytes, error: Error) -> Error {
        if error.kind() == ErrorKind::NotPrepared {
            return error;
        }
        error.context(format!(
            "topic `{topic}`, {} of {} bytes{}",
            self.side.name(),
            bytes.len(),
            Beginning(bytes)
        ))
    }
}

/// The first bytes of a message, for people.
struct Beginning<'a>(&'a [u8]);

impl Beginning<'_> {
    const SHOWN: usize = 16;
}

impl fmt::Display for Beginning<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().take(Self::SHOWN).enumerate() {
            let before = if at == 0 { ", " } else { " " };
            write!(f, "{before}{byte:02x}")?;
        }
        if self.0.len() > Self::SHOWN {
            f.write_str(" …")?;
        }
        Ok(())
    }
}
