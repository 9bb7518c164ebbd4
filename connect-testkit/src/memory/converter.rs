//! [`TextConverter`]: the simplest converter.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;
use connect_api::{
    Converter, Error, HeaderConverter, Headers, Missing, Result, SchemaAndValue, Str, Value,
};

/// Texts and bytes as they are, everything else refused.
#[derive(Debug)]
pub struct TextConverter {
    preparation: Preparation,
    refused: &'static str,
}

#[derive(Debug)]
enum Preparation {
    Unneeded,
    /// The topics that were prepared.
    PerTopic(Mutex<BTreeSet<String>>),
}

impl TextConverter {
    /// Texts that start so are refused, both ways, unless others are chosen.
    pub const REFUSED: &'static str = "garbled";

    /// Builds a converter that is always prepared.
    #[must_use]
    pub fn new() -> Self {
        Self {
            preparation: Preparation::Unneeded,
            refused: Self::REFUSED,
        }
    }

    /// Builds a converter that lacks something for each topic, until it is asked to prepare.
    #[must_use]
    pub fn unprepared() -> Self {
        Self {
            preparation: Preparation::PerTopic(Mutex::default()),
            refused: Self::REFUSED,
        }
    }

    /// Refuses texts that start with `prefix` instead.
    #[must_use]
    pub fn refusing(mut self, prefix: &'static str) -> Self {
        self.refused = prefix;
        self
    }

    fn prepared(&self, topic: &str) -> Result<()> {
        match &self.preparation {
            Preparation::PerTopic(topics)
                if !topics
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .contains(topic) =>
            {
                Err(Error::not_prepared(format!("topic `{topic}`")))
            }
            _ => Ok(()),
        }
    }
}

impl TextConverter {
    fn to_bytes(&self, value: &Value) -> Result<Option<Bytes>> {
        let bytes = match value {
            Value::Null => return Ok(None),
            Value::String(text) => text.bytes(),
            Value::Bytes(bytes) => bytes.clone(),
            other => {
                return Err(Error::rejected(format!(
                    "expected a string or bytes, found {}",
                    other.type_name()
                )));
            }
        };
        self.accepted(bytes).map(Some)
    }

    fn to_value(&self, bytes: Option<&Bytes>) -> Result<SchemaAndValue> {
        let Some(bytes) = bytes else {
            return Ok(SchemaAndValue::NULL);
        };
        let bytes = self.accepted(bytes.clone())?;
        Ok(match Str::from_utf8(bytes.clone()) {
            Ok(text) => text.into(),
            Err(_) => bytes.into(),
        })
    }

    fn accepted(&self, bytes: Bytes) -> Result<Bytes> {
        if bytes.starts_with(self.refused.as_bytes()) {
            return Err(Error::rejected(format!(
                "a text that starts with `{}`",
                self.refused
            )));
        }
        Ok(bytes)
    }
}

impl Default for TextConverter {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Converter for TextConverter {
    fn encode(
        &self,
        topic: &str,
        _headers: &mut Headers,
        data: &SchemaAndValue,
    ) -> Result<Option<Bytes>> {
        self.prepared(topic)?;
        self.to_bytes(&data.value)
    }

    fn decode(
        &self,
        topic: &str,
        _headers: &Headers,
        bytes: Option<&Bytes>,
    ) -> Result<SchemaAndValue> {
        self.prepared(topic)?;
        self.to_value(bytes)
    }

    async fn prepare(&self, missing: Missing<'_>) -> Result<()> {
        let (Missing::Write { topic, .. } | Missing::Read { topic, .. }) = missing else {
            return Err(Error::fatal("an unknown kind of missing things"));
        };
        if let Preparation::PerTopic(topics) = &self.preparation {
            topics
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(topic.to_owned());
        }
        Ok(())
    }
}

impl HeaderConverter for TextConverter {
    fn encode(&self, _topic: &str, _name: &str, data: &SchemaAndValue) -> Result<Option<Bytes>> {
        self.to_bytes(&data.value)
    }

    fn decode(&self, _topic: &str, _name: &str, bytes: Option<&Bytes>) -> Result<SchemaAndValue> {
        self.to_value(bytes)
    }
}
