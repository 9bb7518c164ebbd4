//! Scalars to the wire.

use connect_api::{Error, Result, Schema, Type, Value};

use crate::protobuf::{
    pool::Scalar,
    wire::{put_varint, put_zigzag},
};

/// Refuses a Connect type of which not every value could be of a scalar's kind; integers are looked at one by one.
pub(super) fn refuse_misfit(scalar: Scalar, schema: &Schema) -> Result<()> {
    let fits = match schema.type_() {
        Type::Int8 | Type::Int16 | Type::Int32 | Type::Int64 => is_integer(scalar),
        Type::Float32 => matches!(scalar, Scalar::Float | Scalar::Double),
        Type::Float64 => scalar == Scalar::Double,
        Type::Boolean => scalar == Scalar::Bool,
        Type::String => scalar == Scalar::String,
        Type::Bytes => scalar == Scalar::Bytes,
        Type::Array | Type::Map | Type::Struct => false,
    };
    if fits {
        return Ok(());
    }
    Err(Error::rejected(format!(
        "expected what fits `{}`, found {}",
        scalar.name(),
        schema.type_()
    )))
}

fn is_integer(scalar: Scalar) -> bool {
    !matches!(
        scalar,
        Scalar::Double | Scalar::Float | Scalar::Bool | Scalar::String | Scalar::Bytes
    )
}

pub(super) fn is_packable(scalar: Scalar) -> bool {
    !matches!(scalar, Scalar::String | Scalar::Bytes)
}

/// Returns whether a value is what an absent field is read as; -0.0 is not.
pub(super) fn is_zero(value: &Value) -> bool {
    match value {
        Value::Boolean(truth) => !truth,
        Value::Float32(number) => number.to_bits() == 0,
        Value::Float64(number) => number.to_bits() == 0,
        Value::String(text) => text.is_empty(),
        Value::Bytes(bytes) => bytes.is_empty(),
        Value::Decimal(_) => false,
        other => integer(other) == Some(0),
    }
}

/// Appends a scalar.
#[inline]
pub(super) fn write(scalar: Scalar, value: &Value, out: &mut Vec<u8>) -> Result<()> {
    match (scalar, value) {
        (Scalar::String, Value::String(text)) => put_bytes(text.as_bytes(), out),
        (Scalar::Bytes, Value::Bytes(bytes)) => put_bytes(bytes, out),
        (Scalar::Bytes, Value::Decimal(decimal)) => put_bytes(&decimal.to_be_bytes(), out),
        (Scalar::Bool, Value::Boolean(truth)) => out.push(u8::from(*truth)),
        (Scalar::Double, Value::Float64(number)) => out.extend_from_slice(&number.to_le_bytes()),
        (Scalar::Double, Value::Float32(number)) => {
            out.extend_from_slice(&f64::from(*number).to_le_bytes());
        }
        (Scalar::Float, Value::Float32(number)) => out.extend_from_slice(&number.to_le_bytes()),
        _ => match integer(value).filter(|_| is_integer(scalar)) {
            Some(number) => return write_integer(scalar, number, out),
            None => {
                return Err(Error::rejected(format!(
                    "expected what fits `{}`, found {}",
                    scalar.name(),
                    value.type_name()
                )));
            }
        },
    }
    Ok(())
}

fn integer(value: &Value) -> Option<i64> {
    match *value {
        Value::Date(number) | Value::Time(number) => Some(number.into()),
        Value::Timestamp(number) => Some(number),
        ref other => other.as_i64(),
    }
}

fn write_integer(scalar: Scalar, number: i64, out: &mut Vec<u8>) -> Result<()> {
    let misfit = |_out_of_range| {
        Error::rejected(format!(
            "expected what fits `{}`, found {number}",
            scalar.name()
        ))
    };
    match scalar {
        Scalar::Int64 | Scalar::UInt64 => put_varint(number as u64, out),
        Scalar::SInt64 => put_zigzag(number, out),
        Scalar::Fixed64 | Scalar::SFixed64 => out.extend_from_slice(&number.to_le_bytes()),
        Scalar::Int32 => {
            let small = i32::try_from(number).map_err(misfit)?;
            put_varint(i64::from(small) as u64, out);
        }
        Scalar::SInt32 => put_zigzag(i32::try_from(number).map_err(misfit)?.into(), out),
        Scalar::SFixed32 => {
            out.extend_from_slice(&i32::try_from(number).map_err(misfit)?.to_le_bytes());
        }
        Scalar::UInt32 => put_varint(u32::try_from(number).map_err(misfit)?.into(), out),
        _ => out.extend_from_slice(&u32::try_from(number).map_err(misfit)?.to_le_bytes()),
    }
    Ok(())
}

fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    put_varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}
