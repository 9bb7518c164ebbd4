//! JSON text to variants.

use std::collections::HashMap;

use bytes::Bytes;
use connect_api::{
    Result, Schema, Str, Struct, Value,
    json::{Kind, Number, Reader},
};

use super::{
    ARRAY, DECIMAL4, DECIMAL8, DECIMAL16, DOUBLE, FALSE, INT8, INT16, INT32, INT64, NULL, OBJECT,
    PRIMITIVE, SHORT, SHORT_TEXT, TEXT, TRUE,
};

/// How many digits a decimal may have.
const DIGITS: u32 = 38;

/// Consumes a value, whatever it is.
pub(in crate::json_schema) fn read(reader: &mut Reader<'_>, schema: &Schema) -> Result<Struct> {
    let mut names = Names::default();
    let mut value = Vec::new();
    names.read(reader, &mut value)?;
    let fields = [names.metadata(), value].map(|bytes| Value::Bytes(Bytes::from(bytes)));
    Struct::from_values(schema, fields.into())
}

/// The names of members, in the order in which they are met.
#[derive(Default)]
struct Names {
    list: Vec<Str>,
    places: HashMap<Str, usize>,
}

impl Names {
    fn place(&mut self, name: Str) -> usize {
        let next = self.list.len();
        *self.places.entry(name).or_insert_with_key(|name| {
            self.list.push(name.clone());
            next
        })
    }

    fn metadata(&self) -> Vec<u8> {
        let length: usize = self.list.iter().map(|name| name.len()).sum();
        let width = width(length.max(self.list.len()));
        let mut out = vec![1 | bits(width) << 6];
        push(self.list.len(), width, &mut out);
        let mut end = 0;
        push(end, width, &mut out);
        for name in &self.list {
            end += name.len();
            push(end, width, &mut out);
        }
        for name in &self.list {
            out.extend(name.as_bytes());
        }
        out
    }

    fn read(&mut self, reader: &mut Reader<'_>, out: &mut Vec<u8>) -> Result<()> {
        match reader.peek()? {
            Kind::Null => {
                reader.null()?;
                out.push(primitive(NULL));
            }
            Kind::Boolean => {
                let truth = reader.boolean()?;
                out.push(primitive(if truth { TRUE } else { FALSE }));
            }
            Kind::Number => {
                let start = reader.position();
                write_number(&reader.number()?, out)
                    .ok_or_else(|| reader.expected_at(start, "float64"))?;
            }
            Kind::String => write_text(&reader.string()?, out),
            Kind::Array => self.read_array(reader, out)?,
            Kind::Object => self.read_object(reader, out)?,
        }
        Ok(())
    }

    fn read_array(&mut self, reader: &mut Reader<'_>, out: &mut Vec<u8>) -> Result<()> {
        let mut values = Vec::new();
        let mut ends = vec![0];
        reader.begin_array()?;
        while reader.next_element()? {
            self.read(reader, &mut values)?;
            ends.push(values.len());
        }
        let count = ends.len() - 1;
        let (large, count_width) = large(count);
        let width = width(values.len());
        out.push(ARRAY | (bits(width) | large << 2) << 2);
        push(count, count_width, out);
        for end in ends {
            push(end, width, out);
        }
        out.extend(values);
        Ok(())
    }

    /// Members are found by their names in order; of two with one name the later one counts.
    fn read_object(&mut self, reader: &mut Reader<'_>, out: &mut Vec<u8>) -> Result<()> {
        let mut values = Vec::new();
        let mut members: HashMap<Str, usize> = HashMap::new();
        reader.begin_object()?;
        while let Some(name) = reader.next_key()? {
            members.insert(name, values.len());
            self.read(reader, &mut values)?;
        }
        let mut members: Vec<(Str, usize)> = members.into_iter().collect();
        members.sort();
        let places: Vec<usize> = members
            .iter()
            .map(|(name, _)| self.place(name.clone()))
            .collect();
        let (large, count_width) = large(members.len());
        let value_width = width(values.len());
        let name_width = width(places.iter().copied().max().unwrap_or_default());
        let header = bits(value_width) | bits(name_width) << 2 | large << 4;
        out.push(OBJECT | header << 2);
        push(members.len(), count_width, out);
        for place in places {
            push(place, name_width, out);
        }
        for (_, start) in members {
            push(start, value_width, out);
        }
        push(values.len(), value_width, out);
        out.extend(values);
        Ok(())
    }
}

fn primitive(kind: u8) -> u8 {
    PRIMITIVE | kind << 2
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    if text.len() <= SHORT {
        out.push(SHORT_TEXT | (text.len() as u8) << 2);
    } else {
        out.push(primitive(TEXT));
        push(text.len(), 4, out);
    }
    out.extend(text.as_bytes());
}

/// In the smallest form that loses nothing; only what has no decimal of 38 digits is rounded.
fn write_number(number: &Number<'_>, out: &mut Vec<u8>) -> Option<()> {
    if number.is_integer()
        && let Some(integer) = number.to_i64()
    {
        write_integer(integer, out);
    } else if let Some((unscaled, scale)) = exact(number) {
        write_decimal(unscaled, scale, out);
    } else {
        let rounded = number.to_f64();
        if rounded.is_infinite() {
            return None;
        }
        out.push(primitive(DOUBLE));
        out.extend(rounded.to_le_bytes());
    }
    Some(())
}

/// Returns the digits and the scale of a number without an exponent, if it has few enough.
fn exact(number: &Number<'_>) -> Option<(i128, u8)> {
    if number.text().contains(['e', 'E']) {
        return None;
    }
    let exact = number.to_decimal()?;
    let unscaled = i128::try_from(exact.unscaled()).ok()?;
    let scale = u8::try_from(exact.scale()).ok()?;
    let fits = unscaled.unsigned_abs() < 10u128.pow(DIGITS) && u32::from(scale) <= DIGITS;
    fits.then_some((unscaled, scale))
}

fn write_integer(integer: i64, out: &mut Vec<u8>) {
    let bytes = integer.to_le_bytes();
    let (kind, width) = if i8::try_from(integer).is_ok() {
        (INT8, 1)
    } else if i16::try_from(integer).is_ok() {
        (INT16, 2)
    } else if i32::try_from(integer).is_ok() {
        (INT32, 4)
    } else {
        (INT64, 8)
    };
    out.push(primitive(kind));
    out.extend(&bytes[..width]);
}

fn write_decimal(unscaled: i128, scale: u8, out: &mut Vec<u8>) {
    let bytes = unscaled.to_le_bytes();
    let (kind, width) = match unscaled.unsigned_abs() {
        0..=999_999_999 => (DECIMAL4, 4),
        1_000_000_000..=999_999_999_999_999_999 => (DECIMAL8, 8),
        _ => (DECIMAL16, 16),
    };
    out.extend([primitive(kind), scale]);
    out.extend(&bytes[..width]);
}

/// Returns how many bytes a number needs.
fn width(number: usize) -> usize {
    match number {
        0..=0xFF => 1,
        0x100..=0xFFFF => 2,
        0x1_0000..=0xFF_FFFF => 3,
        _ => 4,
    }
}

/// Returns how a header says a width.
fn bits(width: usize) -> u8 {
    width as u8 - 1
}

/// Returns how a header says the width of a count.
fn large(count: usize) -> (u8, usize) {
    if count <= 0xFF { (0, 1) } else { (1, 4) }
}

fn push(number: usize, width: usize, out: &mut Vec<u8>) {
    out.extend(&number.to_le_bytes()[..width]);
}
