//! [`Decoder`]: bytes to values.

use bytes::Bytes;
use connect_api::{
    ErrorKind, Headers, Missing, Record, SchemaAndValue, Str, TopicPartition, Value,
};

use super::{Codec, Failure, Lacking, StageName};
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

    /// Decodes into a record without headers, where it stands: there is much of it to move.
    ///
    /// A failure that is `NotPrepared` says what [`lacking`](Self::lacking) is about.
    #[inline]
    pub(crate) fn decode(
        &self,
        from: &TopicPartition,
        consumed: &ConsumedRecord,
        record: &mut Record,
    ) -> Result<(), Failure> {
        let topic = &from.topic;
        let [key_name, value_name, header_name] = &self.codec.names;
        let raw = raw_headers(consumed);
        let key = self.codec.key.decode(topic, &raw, consumed.key.as_ref());
        record.key =
            key.map_err(|error| Failure::of_converter(StageName::KeyConverter, key_name, error))?;
        let value = self
            .codec
            .value
            .decode(topic, &raw, consumed.value.as_ref());
        record.value = value
            .map_err(|error| Failure::of_converter(StageName::ValueConverter, value_name, error))?;
        record.topic = topic.clone();
        record.partition = Some(from.partition);
        record.timestamp = Some(consumed.timestamp);
        record.offset = Some(consumed.offset);
        for (name, bytes) in &consumed.headers {
            let data = self.codec.header.decode(topic, name, bytes.as_ref());
            let data = data.map_err(|error| {
                Failure::of_converter(
                    StageName::HeaderConverter,
                    header_name,
                    error.context(format_args!("header `{name}`")),
                )
            })?;
            record.headers.add(name.clone(), data);
        }
        Ok(())
    }

    /// Returns what a converter has to fetch before a record can be decoded, if that is why it failed.
    ///
    /// A tombstone lacks nothing, whatever its converter says.
    pub(crate) fn lacking<'a>(
        &'a self,
        topic: &'a Str,
        headers: &'a Headers,
        consumed: &'a ConsumedRecord,
        failure: &Failure,
    ) -> Option<Lacking<'a>> {
        let (converter, bytes) = match (failure.error.kind(), failure.stage) {
            (ErrorKind::NotPrepared, StageName::KeyConverter) => (&self.codec.key, &consumed.key),
            (ErrorKind::NotPrepared, StageName::ValueConverter) => {
                (&self.codec.value, &consumed.value)
            }
            _ => return None,
        };
        let missing = Missing::Read {
            topic,
            headers,
            bytes: bytes.as_ref()?,
        };
        let converter = &**converter;
        Some(Lacking { converter, missing })
    }
}

/// Returns the headers as bytes, for converters that keep schema ids in them.
pub(crate) fn raw_headers(consumed: &ConsumedRecord) -> Headers {
    let datum = |bytes: &Option<Bytes>| {
        SchemaAndValue::from(bytes.clone().map_or(Value::Null, Value::Bytes))
    };
    consumed
        .headers
        .iter()
        .map(|(name, bytes)| (name.clone(), datum(bytes)))
        .collect()
}
