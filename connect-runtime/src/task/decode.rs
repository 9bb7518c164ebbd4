//! [`Decoder`]: bytes to values.

use bytes::Bytes;
use connect_api::{ErrorKind, Headers, Missing, Record, SchemaAndValue, Str, Value};

use super::{Codec, Failure, StageName, encode::prepare};
use crate::broker::ConsumedRecord;

/// Turns consumed bytes into records.
pub(crate) struct Decoder {
    codec: Codec,
}

impl Decoder {
    pub(crate) fn new(codec: &Codec) -> Self {
        Self {
            codec: codec.clone(),
        }
    }

    /// Decodes a record, waiting for what a converter must fetch first.
    pub(crate) async fn decode(
        &self,
        topic: &Str,
        consumed: &ConsumedRecord,
    ) -> Result<Record, Failure> {
        loop {
            match self.try_decode(topic, consumed) {
                Err(failure) if failure.error.kind() == ErrorKind::NotPrepared => {
                    self.prepare(topic, consumed, failure).await?;
                }
                decoded => return decoded,
            }
        }
    }

    /// Decodes a record, unless a converter lacks something.
    #[inline]
    pub(crate) fn try_decode(
        &self,
        topic: &Str,
        consumed: &ConsumedRecord,
    ) -> Result<Record, Failure> {
        let [key_name, value_name, header_name] = &self.codec.names;
        let raw = raw_headers(consumed);
        let key = self.codec.key.decode(topic, &raw, consumed.key.as_ref());
        let key = key.map_err(|error| Failure::new(StageName::KeyConverter, key_name, error))?;
        let value = self
            .codec
            .value
            .decode(topic, &raw, consumed.value.as_ref());
        let value =
            value.map_err(|error| Failure::new(StageName::ValueConverter, value_name, error))?;
        let mut record = Record::new(topic.clone(), value);
        record.key = key;
        record.timestamp = Some(consumed.timestamp);
        for (name, bytes) in &consumed.headers {
            let data = self.codec.header.decode(topic, name, bytes.as_ref());
            let data = data.map_err(|error| {
                Failure::new(
                    StageName::HeaderConverter,
                    header_name,
                    error.context(format_args!("header `{name}`")),
                )
            })?;
            record.headers.add(name.clone(), data);
        }
        Ok(record)
    }

    async fn prepare(
        &self,
        topic: &Str,
        consumed: &ConsumedRecord,
        lacking: Failure,
    ) -> Result<(), Failure> {
        let (converter, bytes) = match lacking.stage {
            StageName::KeyConverter => (&self.codec.key, &consumed.key),
            StageName::ValueConverter => (&self.codec.value, &consumed.value),
            _ => {
                return Err(Failure {
                    error: lacking.error.with_kind(ErrorKind::Fatal),
                    ..lacking
                });
            }
        };
        let headers = raw_headers(consumed);
        let empty = Bytes::new();
        let missing = Missing::Read {
            topic,
            headers: &headers,
            bytes: bytes.as_ref().unwrap_or(&empty),
        };
        let prepared = prepare(&**converter, missing).await;
        prepared.map_err(|error| Failure { error, ..lacking })
    }
}

/// Returns the headers as bytes, for converters that keep schema ids in them.
fn raw_headers(consumed: &ConsumedRecord) -> Headers {
    let datum = |bytes: &Option<Bytes>| {
        SchemaAndValue::from(bytes.clone().map_or(Value::Null, Value::Bytes))
    };
    consumed
        .headers
        .iter()
        .map(|(name, bytes)| (name.clone(), datum(bytes)))
        .collect()
}
