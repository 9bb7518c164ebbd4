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
    /// With a fraction, and with few digits: so many places of these are behind the point.
    Short { digits: u64, places: usize },
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
        matches!(self.form, Form::Small(_) | Form::Large)
    }

    /// Returns the integer, if it is one that fits; `1.0` and `1e2` are integers too.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        match self.form {
            Form::Small(integer) => Some(integer),
            Form::Large => None,
            Form::Short { .. } | Form::Fraction => self.to_decimal()?.to_i64(),
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
        match self.form {
            // Both are exact, so that the division alone rounds.
            Form::Short { digits, places } => {
                let number = digits as f64 / POWERS[places];
                if self.text.starts_with('-') {
                    -number
                } else {
                    number
                }
            }
            _ => self.text.parse().unwrap_or(f64::NAN),
        }
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
    let (whole, integer) = digits(bytes, sign, 0);
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
    let (mut end, mut mantissa, mut places) = (whole, integer, 0);
    if bytes.get(end) == Some(&b'.') {
        (end, mantissa) = some_digits(bytes, end + 1, integer)?;
        places = end - whole - 1;
    }
    let has_exponent = matches!(bytes.get(end), Some(b'e' | b'E'));
    if has_exponent {
        let signed = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        (end, _) = some_digits(bytes, end + 1 + signed, 0)?;
    }
    if end > Number::LENGTH {
        return Err(Refused::new(0, "a number of at most 1000 characters"));
    }
    let text = &text[start..start + end];
    let form = if end == whole && count <= 18 {
        let integer = integer as i64;
        Form::Small(if sign == 1 { -integer } else { integer })
    } else if end == whole {
        text.parse().map_or(Form::Large, Form::Small)
    } else if !has_exponent && end - sign <= EXACT {
        Form::Short {
            digits: mantissa,
            places,
        }
    } else {
        Form::Fraction
    };
    Ok(Number { text, form })
}

/// With so many characters, the point among them, the digits and the power of ten are exact as an `f64`.
const EXACT: usize = 16;

const POWERS: [f64; EXACT] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/// Returns where the digits end, and what they make of the number before them; with too many it is meaningless.
fn digits(bytes: &[u8], from: usize, before: u64) -> (usize, u64) {
    let (mut at, mut number) = (from, before);
    while let Some(digit) = bytes.get(at).map(|byte| byte.wrapping_sub(b'0'))
        && digit < 10
    {
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
        at += 1;
    }
    (at, number)
}

fn some_digits(bytes: &[u8], from: usize, before: u64) -> Result<(usize, u64), Refused> {
    match digits(bytes, from, before) {
        (end, _) if end == from => Err(Refused::new(from, "a digit")),
        some => Ok(some),
    }
}
