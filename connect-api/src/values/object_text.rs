//! Java's `toString` of values.

use super::{
    calendar::CalendarDay,
    temporal::{self, push_padded},
};
use crate::{Dialect, Error, Result, Struct, Value, number};

/// Writes what Java's `toString` prints: `Struct{a=1,b=x}`, `[1, 2]`, `{k=v}`, text as it is.
///
/// Dates and times read `Thu Jan 01 00:00:00 UTC 1970`, without their milliseconds.
///
/// # Errors
///
/// There are bytes, of which Java prints an address. In Java's dialect they print as its `ByteBuffer` does.
pub fn object_text(value: &Value, dialect: Dialect) -> Result<String> {
    let mut out = String::new();
    push(value, dialect, &mut out)?;
    Ok(out)
}

/// Appends what [`object_text`] returns.
///
/// ```
/// use connect_api::{Bytes, Dialect, Value, values::write_object_text};
///
/// let mut out = "found ".to_owned();
/// write_object_text(&Value::map([("id", 7)]), Dialect::Strict, &mut out)?;
/// let hidden = Value::array([Value::from(1), Bytes::new().into()]);
/// assert!(write_object_text(&hidden, Dialect::Strict, &mut out).is_err());
/// assert_eq!(out, "found {id=7}");
/// # Ok::<(), connect_api::Error>(())
/// ```
///
/// # Errors
///
/// As there; nothing is appended then.
pub fn write_object_text(value: &Value, dialect: Dialect, out: &mut String) -> Result<()> {
    let start = out.len();
    push(value, dialect, out).inspect_err(|_| out.truncate(start))
}

fn push(value: &Value, dialect: Dialect, out: &mut String) -> Result<()> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Boolean(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Int8(n) => number::push_i64(out, i64::from(*n)),
        Value::Int16(n) => number::push_i64(out, i64::from(*n)),
        Value::Int32(n) => number::push_i64(out, i64::from(*n)),
        Value::Int64(n) => number::push_i64(out, *n),
        Value::Float32(n) => number::push_f32(out, *n),
        Value::Float64(n) => number::push_f64(out, *n),
        Value::String(text) => out.push_str(text),
        Value::Decimal(decimal) => out.push_str(&decimal.to_string()),
        Value::Date(_) | Value::Time(_) | Value::Timestamp(_) => {
            push_date(temporal::millis(value), out);
        }
        Value::Bytes(bytes) if dialect == Dialect::Java => {
            out.push_str("java.nio.HeapByteBuffer[pos=0 lim=");
            number::push_i64(out, bytes.len() as i64);
            out.push_str(" cap=");
            number::push_i64(out, bytes.len() as i64);
            out.push(']');
        }
        Value::Bytes(_) => {
            return Err(Error::rejected(
                "expected something that has a text form, found bytes",
            ));
        }
        Value::Array(elements) => {
            out.push('[');
            for (i, element) in elements.iter().enumerate() {
                separate(i, ", ", out);
                push_inner(element, dialect, out)?;
            }
            out.push(']');
        }
        Value::Map(entries) => {
            out.push('{');
            for (i, (key, value)) in entries.iter().enumerate() {
                separate(i, ", ", out);
                push_inner(key, dialect, out)?;
                out.push('=');
                push_inner(value, dialect, out)?;
            }
            out.push('}');
        }
        Value::Struct(fields) => push_struct(fields, dialect, out)?,
    }
    Ok(())
}

/// Appends what stands inside of something.
///
/// Text is appended at once: most keys are text, and many values.
#[inline]
fn push_inner(value: &Value, dialect: Dialect, out: &mut String) -> Result<()> {
    match value {
        Value::String(text) => out.push_str(text),
        other => push(other, dialect, out)?,
    }
    Ok(())
}

/// Fields that are null are left out; defaults are not applied.
fn push_struct(fields: &Struct, dialect: Dialect, out: &mut String) -> Result<()> {
    out.push_str("Struct{");
    let all = fields.schema().fields().iter().zip(fields.values());
    let present = all.filter(|(_, value)| !value.is_null());
    for (i, (field, value)) in present.enumerate() {
        separate(i, ",", out);
        out.push_str(field.name());
        out.push('=');
        push_inner(value, dialect, out)
            .map_err(|error| error.context(format_args!("field `{}`", field.name())))?;
    }
    out.push('}');
    Ok(())
}

fn separate(index: usize, separator: &str, out: &mut String) {
    if index > 0 {
        out.push_str(separator);
    }
}

fn push_date(millis: i64, out: &mut String) {
    const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let days = millis.div_euclid(86_400_000);
    let seconds = millis.rem_euclid(86_400_000) / 1000;
    let day = CalendarDay::of(days);
    out.push_str(WEEKDAYS[days.rem_euclid(7) as usize]);
    out.push(' ');
    out.push_str(MONTHS[(day.month - 1) as usize]);
    out.push(' ');
    push_padded(day.day, 2, out);
    for (separator, unit) in [
        (' ', seconds / 3600),
        (':', seconds / 60 % 60),
        (':', seconds % 60),
    ] {
        out.push(separator);
        push_padded(unit, 2, out);
    }
    out.push_str(" UTC ");
    out.push_str(&day.year_of_era().to_string());
}
