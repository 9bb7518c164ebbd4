//! Scalars: from the wire, from the text of a default.

use bytes::Bytes;
use connect_api::{Error, Result, Value};

use super::plan::Width;
use crate::protobuf::{
    pool::Scalar,
    wire::{Cursor, zigzag},
};

/// Consumes a scalar.
#[inline]
pub(super) fn read(scalar: Scalar, cursor: &mut Cursor<'_>) -> Result<Value> {
    Ok(match scalar {
        Scalar::Double => Value::Float64(f64::from_bits(cursor.fixed64()?)),
        Scalar::Float => Value::Float32(f32::from_bits(cursor.fixed32()?)),
        Scalar::Int64 | Scalar::UInt64 => Value::Int64(cursor.varint()? as i64),
        Scalar::Int32 => Value::Int32(cursor.varint()? as i32),
        Scalar::Fixed64 | Scalar::SFixed64 => Value::Int64(cursor.fixed64()? as i64),
        Scalar::Fixed32 => Value::Int64(cursor.fixed32()?.into()),
        Scalar::SFixed32 => Value::Int32(cursor.fixed32()? as i32),
        Scalar::Bool => Value::Boolean(cursor.varint()? != 0),
        Scalar::String => Value::String(cursor.text()?),
        Scalar::Bytes => Value::Bytes(cursor.bytes()?),
        Scalar::UInt32 => Value::Int64((cursor.varint()? as u32).into()),
        Scalar::SInt32 => Value::Int32(zigzag(u64::from(cursor.varint()? as u32)) as i32),
        Scalar::SInt64 => Value::Int64(zigzag(cursor.varint()?)),
    })
}

/// Returns what an absent scalar is.
pub(super) fn zero(scalar: Scalar) -> Value {
    match scalar {
        Scalar::Double => Value::Float64(0.0),
        Scalar::Float => Value::Float32(0.0),
        Scalar::Int32 | Scalar::SInt32 | Scalar::SFixed32 => Value::Int32(0),
        Scalar::Bool => Value::Boolean(false),
        Scalar::String => Value::from(""),
        Scalar::Bytes => Value::Bytes(Bytes::new()),
        _ => Value::Int64(0),
    }
}

/// Makes an integer as small as its schema.
pub(super) fn narrow(value: Value, width: Width) -> Result<Value> {
    let number = match (width, &value) {
        (Width::Full, _) => return Ok(value),
        (_, Value::Int32(number)) => *number,
        _ => return Ok(value),
    };
    let small = match width {
        Width::Int8 => i8::try_from(number).ok().map(Value::Int8),
        _ => i16::try_from(number).ok().map(Value::Int16),
    };
    small.ok_or_else(|| {
        let expected = if width == Width::Int8 {
            "int8"
        } else {
            "int16"
        };
        Error::rejected(format!("expected {expected}, found {number}"))
    })
}

/// Reads the default that a `.proto` file tells.
pub(super) fn parse(scalar: Scalar, text: &str) -> Result<Value> {
    let parsed = match scalar {
        Scalar::Double => text.parse().ok().map(Value::Float64),
        Scalar::Float => text.parse().ok().map(Value::Float32),
        Scalar::Int32 | Scalar::SInt32 | Scalar::SFixed32 => text.parse().ok().map(Value::Int32),
        Scalar::UInt64 | Scalar::Fixed64 => text
            .parse()
            .ok()
            .map(|number: u64| Value::Int64(number as i64)),
        Scalar::Bool => text.parse().ok().map(Value::Boolean),
        Scalar::String => Some(Value::from(text)),
        Scalar::Bytes => Some(Value::from(unescape(text))),
        _ => text.parse().ok().map(Value::Int64),
    };
    parsed.ok_or_else(|| {
        Error::rejected(format!(
            "expected a default of type {}, found `{text}`",
            scalar.name()
        ))
    })
}

/// Reads bytes as descriptors hold them: printable, with C's escapes.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next() {
            Some(b'n') => bytes.push(b'\n'),
            Some(b'r') => bytes.push(b'\r'),
            Some(b't') => bytes.push(b'\t'),
            Some(b'a') => bytes.push(7),
            Some(b'b') => bytes.push(8),
            Some(b'v') => bytes.push(11),
            Some(b'f') => bytes.push(12),
            Some(b'x' | b'X') => {
                let mut number = 0;
                while let Some(digit) = rest.peek().and_then(|digit| (*digit as char).to_digit(16))
                {
                    number = number << 4 | digit;
                    rest.next();
                }
                bytes.push(number as u8);
            }
            Some(first @ b'0'..=b'7') => {
                let mut number = u32::from(first - b'0');
                for _ in 0..2 {
                    let Some(digit) = rest.peek().and_then(|digit| (*digit as char).to_digit(8))
                    else {
                        break;
                    };
                    number = number << 3 | digit;
                    rest.next();
                }
                bytes.push(number as u8);
            }
            Some(other) => bytes.push(other),
            None => {}
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_with_their_escapes() {
        assert_eq!(unescape(r#"a\001\x1F\n\\\"b\377"#), b"a\x01\x1f\n\\\"b\xff");
    }
}
