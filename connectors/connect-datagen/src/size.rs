//! [`size_of`]: how large a value is.

use connect_api::{Record, Value};

/// Returns the bytes of the data itself, without names, schemas or any encoding.
pub(crate) fn size_of(record: &Record) -> u64 {
    let headers = record.headers.iter();
    let headers: u64 = headers
        .map(|(name, data)| name.len() as u64 + value(&data.value))
        .sum();
    value(&record.key.value) + value(&record.value.value) + headers
}

fn value(data: &Value) -> u64 {
    match data {
        Value::Boolean(_) | Value::Int8(_) => 1,
        Value::Int16(_) => 2,
        Value::Int32(_) | Value::Float32(_) | Value::Date(_) | Value::Time(_) => 4,
        Value::Int64(_) | Value::Float64(_) | Value::Timestamp(_) => 8,
        Value::String(text) => text.len() as u64,
        Value::Bytes(bytes) => bytes.len() as u64,
        Value::Decimal(number) => number.to_string().len() as u64,
        Value::Array(elements) => elements.iter().map(value).sum(),
        Value::Map(entries) => entries
            .iter()
            .map(|(key, entry)| value(key) + value(entry))
            .sum(),
        Value::Struct(fields) => fields.values().iter().map(value).sum(),
        _ => 0,
    }
}
