//! Variants to JSON text.

use connect_api::{
    Decimal, Error, Result, Struct, Value,
    json::{self, Reader},
    number,
};

use super::{
    ARRAY, BINARY, DECIMAL4, DECIMAL8, DECIMAL16, DOUBLE, FALSE, FLOAT, INT8, INT16, INT32, INT64,
    NULL, OBJECT, SHORT_TEXT, TEXT, TRUE,
};
use crate::json::separate;

/// How much text one variant may become: parts of it may be named many times.
const TEXT_LENGTH: usize = 100_000_000;

/// Appends what a variant holds.
pub(in crate::json_schema) fn write(variant: &Struct, out: &mut String) -> Result<()> {
    let (Some(Value::Bytes(metadata)), Some(Value::Bytes(value))) =
        (variant.get("metadata"), variant.get("value"))
    else {
        return Err(Error::rejected(
            "expected a variant with `metadata` and `value` of bytes, found something else",
        ));
    };
    let names = Names::of(metadata)
        .ok_or_else(|| Error::rejected("expected the metadata of a variant, found other bytes"))?;
    let start = out.len();
    let mut writing = Writing {
        names,
        // Each value has a byte of its own.
        values: value.len(),
        limit: start + TEXT_LENGTH,
    };
    writing.write(value, 0, out).ok_or_else(|| {
        out.truncate(start);
        Error::rejected(format!(
            "expected a variant that JSON can hold, of at most {} levels and {TEXT_LENGTH} bytes of text, found other bytes",
            Reader::DEPTH
        ))
    })
}

struct Writing<'a> {
    names: Names<'a>,
    values: usize,
    limit: usize,
}

impl<'a> Writing<'a> {
    fn write(&mut self, value: &'a [u8], depth: usize, out: &mut String) -> Option<()> {
        let (&first, rest) = value.split_first()?;
        self.values = self.values.checked_sub(1)?;
        if out.len() > self.limit || depth > Reader::DEPTH {
            return None;
        }
        let header = first >> 2;
        match first & 3 {
            SHORT_TEXT => json::write_string(text(rest.get(..header.into())?)?, out),
            OBJECT => return self.write_object(header, rest, depth, out),
            ARRAY => return self.write_array(header, rest, depth, out),
            _ => return write_primitive(header, rest, out),
        }
        Some(())
    }

    fn write_array(
        &mut self,
        header: u8,
        mut rest: &'a [u8],
        depth: usize,
        out: &mut String,
    ) -> Option<()> {
        let width = usize::from(header & 3) + 1;
        let count = take(&mut rest, if header & 4 == 0 { 1 } else { 4 })?;
        let starts = split(&mut rest, count.checked_add(1)?.checked_mul(width)?)?;
        out.push('[');
        for (i, start) in starts.chunks_exact(width).take(count).enumerate() {
            separate(i, out);
            self.write(rest.get(integer(start)..)?, depth + 1, out)?;
        }
        out.push(']');
        Some(())
    }

    fn write_object(
        &mut self,
        header: u8,
        mut rest: &'a [u8],
        depth: usize,
        out: &mut String,
    ) -> Option<()> {
        let value_width = usize::from(header & 3) + 1;
        let name_width = usize::from(header >> 2 & 3) + 1;
        let count = take(&mut rest, if header & 16 == 0 { 1 } else { 4 })?;
        let names = split(&mut rest, count.checked_mul(name_width)?)?;
        let starts = split(&mut rest, count.checked_add(1)?.checked_mul(value_width)?)?;
        let members = names
            .chunks_exact(name_width)
            .zip(starts.chunks_exact(value_width));
        out.push('{');
        for (i, (name, start)) in members.enumerate() {
            separate(i, out);
            json::write_string(self.names.get(integer(name))?, out);
            out.push(':');
            self.write(rest.get(integer(start)..)?, depth + 1, out)?;
        }
        out.push('}');
        Some(())
    }
}

/// Dates, times and identifiers are in no JSON, and so in no variant that was one.
fn write_primitive(kind: u8, mut rest: &[u8], out: &mut String) -> Option<()> {
    match kind {
        NULL => out.push_str("null"),
        TRUE => out.push_str("true"),
        FALSE => out.push_str("false"),
        INT8 => number::push_i64(out, i8::from_le_bytes(array(rest)?).into()),
        INT16 => number::push_i64(out, i16::from_le_bytes(array(rest)?).into()),
        INT32 => number::push_i64(out, i32::from_le_bytes(array(rest)?).into()),
        INT64 => number::push_i64(out, i64::from_le_bytes(array(rest)?)),
        FLOAT => json::write_f32(f32::from_le_bytes(array(rest)?), out),
        DOUBLE => json::write_f64(f64::from_le_bytes(array(rest)?), out),
        DECIMAL4 | DECIMAL8 | DECIMAL16 => {
            let scale = take(&mut rest, 1)?;
            let unscaled = match kind {
                DECIMAL4 => i32::from_le_bytes(array(rest)?).into(),
                DECIMAL8 => i64::from_le_bytes(array(rest)?).into(),
                _ => i128::from_le_bytes(array(rest)?),
            };
            let decimal = Decimal::new(unscaled, i32::try_from(scale).ok()?);
            out.push_str(&decimal.to_string());
        }
        TEXT | BINARY => {
            let length = take(&mut rest, 4)?;
            let bytes = rest.get(..length)?;
            if kind == TEXT {
                json::write_string(text(bytes)?, out);
            } else {
                json::write_base64(bytes, out);
            }
        }
        _ => return None,
    }
    Some(())
}

/// The names of members.
struct Names<'a> {
    ends: &'a [u8],
    width: usize,
    text: &'a [u8],
}

impl<'a> Names<'a> {
    fn of(metadata: &'a [u8]) -> Option<Self> {
        let (&header, mut rest) = metadata.split_first()?;
        if header & 15 != 1 {
            return None;
        }
        let width = usize::from(header >> 6) + 1;
        let count = take(&mut rest, width)?;
        let ends = split(&mut rest, count.checked_add(1)?.checked_mul(width)?)?;
        Some(Self {
            ends,
            width,
            text: rest,
        })
    }

    fn get(&self, index: usize) -> Option<&'a str> {
        let mut ends = self.ends.chunks_exact(self.width).skip(index).map(integer);
        let (start, end) = (ends.next()?, ends.next()?);
        text(self.text.get(start..end)?)
    }
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn array<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.get(..N)?.try_into().ok()
}

fn split<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (front, back) = rest.split_at_checked(count)?;
    *rest = back;
    Some(front)
}

fn take(rest: &mut &[u8], width: usize) -> Option<usize> {
    split(rest, width).map(integer)
}

fn integer(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .rev()
        .fold(0, |sum, &byte| sum << 8 | usize::from(byte))
}
