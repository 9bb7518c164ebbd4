//! Decimals, days, times and moments as messages.

use bytes::Bytes;
use connect_api::{Decimal, Error, Result, Value, values::CalendarDay};

use super::wire::{Cursor, WireType, put_tag, put_varint};

/// The seconds of the first and the last moment that a `google.protobuf.Timestamp` holds: years 1 to 9999.
const MOMENTS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

const DAY: i32 = 86_400_000;

/// The fields of a message of a logical type, of which none has a number above 4.
#[derive(Default)]
struct Parts {
    numbers: [i64; 5],
    bytes: Bytes,
}

impl Parts {
    fn read(mut cursor: Cursor<'_>) -> Result<Self> {
        let mut parts = Self::default();
        while !cursor.is_empty() {
            let tag = cursor.tag()?;
            match (parts.numbers.get_mut(tag.number as usize), tag.wire) {
                (Some(number), WireType::Varint) => *number = cursor.varint()? as i64,
                (Some(_), WireType::Length) => parts.bytes = cursor.bytes()?,
                _ => cursor.skip(tag)?,
            }
        }
        Ok(parts)
    }

    /// Returns the low bits, which is all that an `int32` has.
    fn small(&self, number: usize) -> i32 {
        self.numbers[number] as i32
    }
}

/// Reads a `confluent.type.Decimal`.
///
/// It gets the scale of the schema, unless digits would be lost: then it keeps its own, as in Java.
pub(super) fn read_decimal(cursor: Cursor<'_>, scale: i32) -> Result<Value> {
    let parts = Parts::read(cursor)?;
    let own = Decimal::from_be_bytes(&parts.bytes, parts.small(3));
    Ok(Value::Decimal(own.rescale(scale).unwrap_or(own)))
}

pub(super) fn write_decimal(decimal: &Decimal, out: &mut Vec<u8>) {
    let digits = decimal.unscaled().to_string();
    let precision = digits.trim_start_matches('-').len();
    let unscaled = decimal.to_be_bytes();
    put_tag(1, WireType::Length, out);
    put_varint(unscaled.len() as u64, out);
    out.extend_from_slice(&unscaled);
    put_numbers(
        &[(2, precision as i64), (3, i64::from(decimal.scale()))],
        out,
    );
}

/// Reads a `google.type.Date`.
pub(super) fn read_date(cursor: Cursor<'_>) -> Result<Value> {
    let parts = Parts::read(cursor)?;
    let day = CalendarDay {
        year: parts.small(1).into(),
        month: parts.small(2).into(),
        day: parts.small(3).into(),
    };
    let days = day.days();
    match i32::try_from(days) {
        Ok(days) if day.year >= 1 && CalendarDay::of(days.into()) == day => Ok(Value::Date(days)),
        _ => Err(Error::rejected(format!(
            "expected a day that exists, found year {}, month {}, day {}",
            day.year, day.month, day.day
        ))),
    }
}

pub(super) fn write_date(days: i32, out: &mut Vec<u8>) -> Result<()> {
    let day = CalendarDay::of(days.into());
    if day.year < 1 {
        return Err(Error::rejected(format!(
            "expected a day from year 1 on, found one in year {}",
            day.year
        )));
    }
    put_numbers(&[(1, day.year), (2, day.month), (3, day.day)], out);
    Ok(())
}

/// Reads a `google.type.TimeOfDay`.
pub(super) fn read_time(cursor: Cursor<'_>) -> Result<Value> {
    let parts = Parts::read(cursor)?;
    let [_, hours, minutes, seconds, nanos] = [0, 1, 2, 3, 4].map(|number| parts.small(number));
    match (hours, minutes, seconds, nanos) {
        (0..=23, 0..=59, 0..=59, 0..=999_999_999) => Ok(Value::Time(
            ((hours * 60 + minutes) * 60 + seconds) * 1000 + nanos / 1_000_000,
        )),
        _ => Err(Error::rejected(format!(
            "expected a time of day, found {hours} h, {minutes} min, {seconds} s, {nanos} ns"
        ))),
    }
}

pub(super) fn write_time(millis: i32, out: &mut Vec<u8>) -> Result<()> {
    if !(0..DAY).contains(&millis) {
        return Err(Error::rejected(format!(
            "expected a time of day from 0 to {} ms, found {millis}",
            DAY - 1
        )));
    }
    let seconds = i64::from(millis / 1000);
    let nanos = i64::from(millis % 1000) * 1_000_000;
    let numbers = [
        (1, seconds / 3600),
        (2, seconds / 60 % 60),
        (3, seconds % 60),
        (4, nanos),
    ];
    put_numbers(&numbers, out);
    Ok(())
}

/// Reads a `google.protobuf.Timestamp`; what is finer than a millisecond is cut off.
pub(super) fn read_timestamp(cursor: Cursor<'_>) -> Result<Value> {
    let parts = Parts::read(cursor)?;
    let (seconds, nanos) = (parts.numbers[1], parts.small(2));
    if MOMENTS.contains(&seconds) && (0..1_000_000_000).contains(&nanos) {
        return Ok(Value::Timestamp(
            seconds * 1000 + i64::from(nanos / 1_000_000),
        ));
    }
    Err(Error::rejected(format!(
        "expected a moment in years 1 to 9999, found {seconds} s and {nanos} ns"
    )))
}

pub(super) fn write_timestamp(millis: i64, out: &mut Vec<u8>) -> Result<()> {
    let seconds = millis.div_euclid(1000);
    if !MOMENTS.contains(&seconds) {
        return Err(Error::rejected(format!(
            "expected a moment in years 1 to 9999, found {millis} ms"
        )));
    }
    put_numbers(
        &[(1, seconds), (2, millis.rem_euclid(1000) * 1_000_000)],
        out,
    );
    Ok(())
}

fn put_numbers(numbers: &[(u32, i64)], out: &mut Vec<u8>) {
    for (field, number) in numbers {
        if *number != 0 {
            put_tag(*field, WireType::Varint, out);
            put_varint(*number as u64, out);
        }
    }
}
