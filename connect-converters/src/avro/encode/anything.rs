//! Values without a schema.

use connect_api::{Error, Result, Value};

use super::output;

/// How deep values may be nested.
const DEPTH: usize = 256;

/// Appends the record that stands for a value: the field of its type is set, the other eight are null.
pub(super) fn write(value: &Value, out: &mut Vec<u8>) -> Result<()> {
    nested(value, 0, out)
}

fn nested(value: &Value, depth: usize, out: &mut Vec<u8>) -> Result<()> {
    if depth == DEPTH {
        return Err(Error::rejected(format!(
            "expected at most {DEPTH} levels of values, found more"
        )));
    }
    let field = match value {
        Value::Null => {
            out.extend_from_slice(&[0; FIELDS]);
            return Ok(());
        }
        Value::Boolean(_) => 0,
        Value::Bytes(_) => 1,
        Value::Float64(_) => 2,
        Value::Float32(_) => 3,
        Value::Int8(_) | Value::Int16(_) | Value::Int32(_) => 4,
        Value::Int64(_) => 5,
        Value::String(_) => 6,
        Value::Array(_) => 7,
        Value::Map(_) => 8,
        other => {
            return Err(Error::rejected(format!(
                "expected a value that can be written without a schema, found {}",
                other.type_name()
            )));
        }
    };
    out.extend_from_slice(&[0; FIELDS][..field]);
    output::long(1, out);
    present(value, depth, out)?;
    out.extend_from_slice(&[0; FIELDS][field + 1..]);
    Ok(())
}

const FIELDS: usize = 9;

fn present(value: &Value, depth: usize, out: &mut Vec<u8>) -> Result<()> {
    match value {
        Value::Boolean(truth) => out.push((*truth).into()),
        Value::Bytes(bytes) => output::bytes(bytes, out),
        Value::Float64(n) => out.extend_from_slice(&n.to_le_bytes()),
        Value::Float32(n) => out.extend_from_slice(&n.to_le_bytes()),
        Value::String(text) => output::bytes(text.as_bytes(), out),
        Value::Array(elements) => {
            if !elements.is_empty() {
                output::length(elements.len(), out);
            }
            for (i, element) in elements.iter().enumerate() {
                nested(element, depth + 1, out)
                    .map_err(|error| error.context(format_args!("element {i}")))?;
            }
            output::length(0, out);
        }
        Value::Map(entries) => {
            if !entries.is_empty() {
                output::length(entries.len(), out);
            }
            for (key, value) in entries.iter() {
                nested(key, depth + 1, out).map_err(|error| error.context("map key"))?;
                nested(value, depth + 1, out).map_err(|error| error.context("map value"))?;
            }
            output::length(0, out);
        }
        other => output::long(other.as_i64().unwrap_or_default(), out),
    }
    Ok(())
}
