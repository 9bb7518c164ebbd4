//! [`Number`]: the text of a JSON number.

use super::string::Refused;
use crate::{Decimal, Dialect};

/// The text of a JSON number: nothing is rounded before somebody asks for a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number<'a> {
    text: &'a str,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Fits an `i64`.
    Small(i64),
    /// An integer with more digits.
    Large,
    /// With a fraction or an exponent.
    Fraction,
}

impl<'a> Number<'a> {
    /// How many characters a number may have, as in Jackson.
    pub const LENGTH: usize = 1000;

    /// Returns the number as it was written.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Returns whether it has neither a fraction nor an exponent.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        self.form != Form::Fraction
    }

    /// Returns the integer, if it is one that fits; `1.0` and `1e2` are integers too.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        match self.form {
            Form::Small(integer) => Some(integer),
            Form::Large => None,
            Form::Fraction => self.to_decimal()?.to_i64(),
        }
    }

    /// Returns what Java's `BigDecimal.longValue` does: the fraction cut off, then the low 64 bits.
    ///
    /// An exponent beyond any 64-bit number leaves zero, as in Java.
    #[must_use]
    pub fn wrapping_i64(&self) -> i64 {
        match self.form {
            Form::Small(integer) => integer,
            _ => self
                .to_decimal()
                .map_or(0, |decimal| decimal.wrapping_i64()),
        }
    }

    /// Returns the nearest 64-bit number; too large ones are infinite.
    #[must_use]
    pub fn to_f64(&self) -> f64 {
        self.text.parse().unwrap_or(f64::NAN)
    }

    /// Returns the nearest 32-bit number; too large ones are infinite.
    #[must_use]
    pub fn to_f32(&self) -> f32 {
        self.text.parse().unwrap_or(f32::NAN)
    }

    /// Returns the number with the scale in which it was written.
    ///
    /// Answers `None` if its exponent is out of range.
    #[must_use]
    pub fn to_decimal(&self) -> Option<Decimal> {
        match self.form {
            Form::Small(integer) => Some(Decimal::new(integer, 0)),
            _ => self.text.parse().ok(),
        }
    }
}

/// Reads the number that begins at `start`.
pub(super) fn scan(text: &str, start: usize, dialect: Dialect) -> Result<Number<'_>, Refused> {
    let bytes = &text.as_bytes()[start..];
    let sign = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(bytes, sign);
    let count = whole - sign;
    if count == 0 {
        return Err(Refused::new(
            sign,
            if sign == 0 { "a number" } else { "a digit" },
        ));
    }
    if count > 1 && bytes[sign] == b'0' && dialect == Dialect::Strict {
        return Err(Refused::new(sign, "a number without leading zeros"));
    }
    let mut end = whole;
    if bytes.get(end) == Some(&b'.') {
        end = some_digits(bytes, end + 1)?;
    }
    if let Some(b'e' | b'E') = bytes.get(end) {
        let signed = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        end = some_digits(bytes, end + 1 + signed)?;
    }
    if end > Number::LENGTH {
        return Err(Refused::new(0, "a number of at most 1000 characters"));
    }
    let text = &text[start..start + end];
    let form = if end > whole {
        Form::Fraction
    } else if count <= 18 {
        let integer = bytes[sign..whole]
            .iter()
            .fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
        Form::Small(if sign == 1 { -integer } else { integer })
    } else {
        text.parse().map_or(Form::Large, Form::Small)
    };
    Ok(Number { text, form })
}

fn digits(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn some_digits(bytes: &[u8], from: usize) -> Result<usize, Refused> {
    match digits(bytes, from) {
        end if end > from => Ok(end),
        _ => Err(Refused::new(from, "a digit")),
    }
}
