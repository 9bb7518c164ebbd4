//! [`cast`]: a value as one of another type.

use connect_api::{Decimal, Dialect, Error, Result, Str, Type, Value, values};

/// Returns the value of type `to`; null stays null.
pub(super) fn cast(value: Value, to: Type, dialect: Dialect) -> Result<Value> {
    match value {
        Value::Null => Ok(Value::Null),
        Value::Struct(_) | Value::Map(_) | Value::Array(_) => Err(impossible(&value, to)),
        Value::String(_) if to == Type::String => Ok(value),
        other if to == Type::String => Ok(values::format(&other, dialect).into()),
        Value::Bytes(_) => Err(impossible(&value, to)),
        Value::String(text) => of_text(&text, to, dialect),
        other => of_number(&other, to, dialect),
    }
}

fn impossible(value: &Value, to: Type) -> Error {
    let found = value.type_name();
    Error::rejected(format!("{found} cannot be cast to {}", to.name()))
}

fn of_text(text: &Str, to: Type, dialect: Dialect) -> Result<Value> {
    let read = match to {
        Type::Int8 => text.parse::<i8>().ok().map(Value::from),
        Type::Int16 => text.parse::<i16>().ok().map(Value::from),
        Type::Int32 => text.parse::<i32>().ok().map(Value::from),
        Type::Int64 => text.parse::<i64>().ok().map(Value::from),
        Type::Float32 => float(text)
            .and_then(|text| text.parse::<f32>().ok())
            .filter(|number| !number.is_infinite() || may_be_infinite(text, dialect))
            .map(Value::from),
        Type::Float64 => float(text)
            .and_then(|text| text.parse::<f64>().ok())
            .filter(|number| !number.is_infinite() || may_be_infinite(text, dialect))
            .map(Value::from),
        _ if text.eq_ignore_ascii_case("true") => Some(true.into()),
        // Java takes any other text for false.
        _ if dialect == Dialect::Java || text.eq_ignore_ascii_case("false") => Some(false.into()),
        _ => None,
    };
    read.ok_or_else(|| {
        let shown: String = text.chars().take(100).collect();
        Error::rejected(format!("expected text of {}, found {shown:?}", to.name()))
    })
}

/// Returns what Rust reads as the number that `Double.parseDouble` reads: blanks around it and a suffix are left out.
fn float(text: &str) -> Option<&str> {
    let text = text.trim_matches(|character| character <= ' ');
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, "NaN" | "Infinity") {
        return Some(text);
    }
    let number = text.strip_suffix(['f', 'F', 'd', 'D']).unwrap_or(text);
    let is_decimal = |byte: u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
    number.bytes().all(is_decimal).then_some(number)
}

/// Says whether text means the infinite; Java takes any number for it that is too large.
fn may_be_infinite(text: &str, dialect: Dialect) -> bool {
    dialect == Dialect::Java || text.contains("Infinity")
}

/// A number, as Java's `java.lang.Number` gives it.
struct Number {
    /// What `longValue` returns, if the number is no floating point one.
    whole: Option<i64>,
    float32: f32,
    float64: f64,
    /// Whether `whole`, or the number without its fraction, is the number.
    fits: bool,
}

impl Number {
    fn whole(number: i64) -> Self {
        Self {
            whole: Some(number),
            float32: number as f32,
            float64: number as f64,
            fits: true,
        }
    }

    fn float(float32: f32, float64: f64) -> Self {
        Self {
            whole: None,
            float32,
            float64,
            fits: !float64.is_nan(),
        }
    }

    fn decimal(number: &Decimal) -> Self {
        let float64 = number.to_f64();
        Self {
            whole: Some(number.wrapping_i64()),
            float32: number.to_f32(),
            float64,
            fits: float64.abs() < WITHIN_LONG || number.to_i64().is_some(),
        }
    }

    fn of(value: &Value) -> Option<Self> {
        Some(match *value {
            Value::Boolean(truth) => Self::whole(truth.into()),
            Value::Int8(n) => Self::whole(n.into()),
            Value::Int16(n) => Self::whole(n.into()),
            Value::Int32(n) | Value::Date(n) | Value::Time(n) => Self::whole(n.into()),
            Value::Int64(n) | Value::Timestamp(n) => Self::whole(n),
            Value::Float32(n) => Self::float(n, n.into()),
            Value::Float64(n) => Self::float(n as f32, n),
            Value::Decimal(ref n) => Self::decimal(n),
            _ => return None,
        })
    }

    /// Says whether it is no number that a float holds, but infinite itself, or not a number.
    fn is_infinite(&self) -> bool {
        self.whole.is_none() && !self.float64.is_finite()
    }

    /// Returns what `intValue` does: what `int` does not hold of a floating point number ends at the nearest one.
    fn to_i32(&self) -> i32 {
        match self.whole {
            Some(whole) => whole as i32,
            None => self.float64 as i32,
        }
    }

    /// Returns what `longValue` does.
    fn to_i64(&self) -> i64 {
        self.whole.unwrap_or(self.float64 as i64)
    }

    /// Says whether the number without its fraction is not 0; of a large decimal, Java asks the lower bits alone.
    fn is_true(&self, dialect: Dialect) -> bool {
        let is_long = self.whole.is_none() || self.fits || dialect == Dialect::Java;
        !is_long || self.to_i64() != 0
    }

    /// Says whether the number without its fraction lies from `least` to `most`.
    fn is_within(&self, least: i64, most: i64) -> bool {
        let whole = self.to_i64();
        let is_long = self.whole.is_some() || self.float64.abs() <= WITHIN_LONG;
        self.fits && is_long && (least..=most).contains(&whole)
    }
}

/// Numbers of 64 bits are below it, and a float at the end of them is as good as they are.
const WITHIN_LONG: f64 = 9_223_372_036_854_774_784.0;

fn of_number(value: &Value, to: Type, dialect: Dialect) -> Result<Value> {
    let number = Number::of(value).ok_or_else(|| impossible(value, to))?;
    let limits = match to {
        Type::Int8 => Some((i8::MIN.into(), i8::MAX.into())),
        Type::Int16 => Some((i16::MIN.into(), i16::MAX.into())),
        Type::Int32 => Some((i32::MIN.into(), i32::MAX.into())),
        Type::Int64 => Some((i64::MIN, i64::MAX)),
        _ => None,
    };
    let fits = match (limits, to) {
        (Some((least, most)), _) => number.is_within(least, most),
        (None, Type::Float32) => number.float32.is_finite() || number.is_infinite(),
        (None, Type::Float64) => number.float64.is_finite() || number.is_infinite(),
        _ => true,
    };
    if !fits && dialect == Dialect::Strict {
        let text = values::format(value, dialect);
        return Err(Error::rejected(format!(
            "expected a number of {}, found {text}",
            to.name()
        )));
    }
    Ok(match to {
        Type::Int8 => Value::Int8(number.to_i32() as i8),
        Type::Int16 => Value::Int16(number.to_i32() as i16),
        Type::Int32 => Value::Int32(number.to_i32()),
        Type::Int64 => Value::Int64(number.to_i64()),
        Type::Float32 => Value::Float32(number.float32),
        Type::Float64 => Value::Float64(number.float64),
        _ => Value::Boolean(number.is_true(dialect)),
    })
}
