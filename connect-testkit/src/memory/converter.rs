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
}

#[derive(Debug)]
enum Preparation {
    Unneeded,
    /// The topics that were prepared.
    PerTopic(Mutex<BTreeSet<String>>),
}

impl TextConverter {
    /// Values that start with these bytes are refused, both ways.
    pub const REFUSED: &'static [u8] = b"garbled";

    /// Builds a converter that is always prepared.
    #[must_use]
    pub fn new() -> Self {
        Self {
            preparation: Preparation::Unneeded,
        }
    }

    /// Builds a converter that lacks something for each topic, until it is asked to prepare.
    #[must_use]
    pub fn unprepared() -> Self {
        Self {
            preparation: Preparation::PerTopic(Mutex::default()),
        }
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
        to_bytes(&data.value)
    }

    fn decode(
        &self,
        topic: &str,
        _headers: &Headers,
        bytes: Option<&Bytes>,
    ) -> Result<SchemaAndValue> {
        self.prepared(topic)?;
        to_value(bytes)
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
        to_bytes(&data.value)
    }

    fn decode(&self, _topic: &str, _name: &str, bytes: Option<&Bytes>) -> Result<SchemaAndValue> {
        to_value(bytes)
    }
}

fn to_bytes(value: &Value) -> Result<Option<Bytes>> {
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
    accepted(bytes).map(Some)
}

fn to_value(bytes: Option<&Bytes>) -> Result<SchemaAndValue> {
    let Some(bytes) = bytes else {
        return Ok(SchemaAndValue::NULL);
    };
    let bytes = accepted(bytes.clone())?;
    Ok(match Str::from_utf8(bytes.clone()) {
        Ok(text) => text.into(),
        Err(_) => bytes.into(),
    })
}

fn accepted(bytes: Bytes) -> Result<Bytes> {
    if bytes.starts_with(TextConverter::REFUSED) {
        return Err(Error::rejected("garbled bytes"));
    }
    Ok(bytes)
}
