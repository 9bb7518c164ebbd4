//! Dates, times and timestamps in the three forms that `Values` knows, in UTC.

use super::calendar::CalendarDay;
use crate::{Dialect, Schema, SchemaAndValue, Value};

const DAY: i64 = 86_400_000;
const TIME: usize = "HH:mm:ss.SSSZ".len();
const DATE: usize = "yyyy-MM-dd".len();
const TIMESTAMP: usize = DATE + 1 + TIME;

/// Returns the milliseconds since the epoch that Java's `Date` holds for a logical value.
pub(super) fn millis(value: &Value) -> i64 {
    match value {
        Value::Date(days) => i64::from(*days) * DAY,
        Value::Time(millis) => i64::from(*millis),
        Value::Timestamp(millis) => *millis,
        _ => 0,
    }
}

/// Appends a moment in the form that its size calls for.
pub(super) fn push(millis: i64, dialect: Dialect, out: &mut String) {
    let is_time = millis < DAY && (millis >= 0 || dialect == Dialect::Java);
    if is_time {
        return push_time(millis, out);
    }
    let day = CalendarDay::of(millis.div_euclid(DAY));
    push_padded(day.year_of_era(), 4, out);
    out.push('-');
    push_padded(day.month, 2, out);
    out.push('-');
    push_padded(day.day, 2, out);
    if millis.rem_euclid(DAY) != 0 {
        out.push('T');
        push_time(millis, out);
    }
}

fn push_time(millis: i64, out: &mut String) {
    let of_day = millis.rem_euclid(DAY);
    push_padded(of_day / 3_600_000, 2, out);
    out.push(':');
    push_padded(of_day / 60_000 % 60, 2, out);
    out.push(':');
    push_padded(of_day / 1000 % 60, 2, out);
    out.push('.');
    push_padded(of_day % 1000, 3, out);
    out.push('Z');
}

pub(super) fn push_padded(number: i64, width: usize, out: &mut String) {
    let digits = number.to_string();
    out.extend((digits.len()..width).map(|_| '0'));
    out.push_str(&digits);
}

/// Reads a date, a time or a timestamp, which are told apart by their length.
pub(super) fn parse(token: &str, dialect: Dialect) -> Option<SchemaAndValue> {
    // Colons may be escaped, since they separate keys from values.
    let unescaped;
    let token = if token.contains("\\:") {
        unescaped = token.replace("\\:", ":");
        &*unescaped
    } else {
        token
    };
    let mut fields = Fields {
        rest: token,
        dialect,
    };
    let (schema, value) = match token.len() {
        TIME => {
            let millis = fields.time()?;
            (Schema::time(), Value::Time(i32::try_from(millis).ok()?))
        }
        DATE => {
            let days = fields.date()?;
            (Schema::date(), Value::Date(i32::try_from(days).ok()?))
        }
        TIMESTAMP => {
            let days = fields.date()?;
            fields.literal('T')?;
            // Java takes years of any length.
            let midnight = days.checked_mul(DAY)?;
            let millis = midnight.checked_add(fields.time()?)?;
            (Schema::timestamp(), Value::Timestamp(millis))
        }
        _ => return None,
    };
    Some(SchemaAndValue::new(schema.build().ok()?, value))
}

/// Numbers and what stands between them.
struct Fields<'a> {
    rest: &'a str,
    dialect: Dialect,
}

impl Fields<'_> {
    fn date(&mut self) -> Option<i64> {
        let year = self.number(4)?;
        self.literal('-')?;
        let month = self.number(2)?;
        self.literal('-')?;
        let day = CalendarDay {
            year,
            month,
            day: self.number(2)?,
        };
        let days = day.days();
        (self.dialect == Dialect::Java || CalendarDay::of(days) == day).then_some(days)
    }

    fn time(&mut self) -> Option<i64> {
        let hour = self.number(2)?;
        self.literal(':')?;
        let minute = self.number(2)?;
        self.literal(':')?;
        let second = self.number(2)?;
        self.literal('.')?;
        let milli = self.number(3)?;
        self.literal('Z')?;
        let exists = hour < 24 && minute < 60 && second < 60;
        (self.dialect == Dialect::Java || exists)
            .then_some(((hour * 60 + minute) * 60 + second) * 1000 + milli)
    }

    /// Java takes any number of digits, and white space before them.
    fn number(&mut self, width: usize) -> Option<i64> {
        if self.dialect == Dialect::Java {
            self.rest = self.rest.trim_start_matches([' ', '\t']);
        }
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 || self.dialect == Dialect::Strict && digits != width {
            return None;
        }
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        // A number that Java's `int` does not hold is none of a calendar.
        number.parse::<i32>().ok().map(i64::from)
    }

    fn literal(&mut self, expected: char) -> Option<()> {
        self.rest = self.rest.strip_prefix(expected)?;
        Some(())
    }
}
