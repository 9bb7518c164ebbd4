//! [`Number`]: numbers of any type, compared.

use std::cmp::Ordering;

use connect_api::{Decimal, Value, number};

/// A number of any type.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Number<'a> {
    Integer(i64),
    Single(f32),
    Double(f64),
    Decimal(&'a Decimal),
}

impl<'a> Number<'a> {
    /// Returns the number that a value is; dates, times and timestamps count as those that they are in Connect's JSON.
    pub(crate) fn of(value: &'a Value) -> Option<Self> {
        Some(match value {
            Value::Float32(n) => Self::Single(*n),
            Value::Float64(n) => Self::Double(*n),
            Value::Decimal(n) => Self::Decimal(n),
            Value::Date(n) | Value::Time(n) => Self::Integer((*n).into()),
            Value::Timestamp(n) => Self::Integer(*n),
            other => Self::Integer(other.as_i64()?),
        })
    }

    /// Compares by what they amount to: `1` equals `1.0`. What is no number is not comparable.
    ///
    /// Integers and decimals are compared exactly, and with others as numbers of floating point.
    pub(crate) fn compare(self, other: Number<'_>) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(one), Number::Integer(two)) => Some(one.cmp(&two)),
            (Self::Decimal(one), Number::Decimal(two)) => Some(one.compare(two)),
            (Self::Integer(one), Number::Decimal(two)) => Some(Decimal::new(one, 0).compare(two)),
            (Self::Decimal(one), Number::Integer(two)) => Some(one.compare(&Decimal::new(two, 0))),
            // 0.1 in 32 bits is the number that is written 0.1, and not the nearest one in 64 bits.
            (Self::Single(one), Number::Double(_) | Number::Decimal(_)) => {
                one.partial_cmp(&(other.double() as f32))
            }
            (Self::Double(_) | Self::Decimal(_), Number::Single(two)) => {
                (self.double() as f32).partial_cmp(&two)
            }
            _ => self.double().partial_cmp(&other.double()),
        }
    }

    pub(crate) fn equals(self, other: Number<'_>) -> bool {
        self.compare(other) == Some(Ordering::Equal)
    }

    /// Returns the text that Java prints.
    pub(crate) fn text(self) -> String {
        let mut text = String::new();
        match self {
            Self::Integer(n) => number::push_i64(&mut text, n),
            Self::Single(n) => number::push_f32(&mut text, n),
            Self::Double(n) => number::push_f64(&mut text, n),
            Self::Decimal(n) => text = n.to_string(),
        }
        text
    }

    fn double(self) -> f64 {
        match self {
            Self::Integer(n) => n as f64,
            Self::Single(n) => n.into(),
            Self::Double(n) => n,
            Self::Decimal(n) => n.to_f64(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_different_types_are_compared_by_what_they_amount_to() {
        let check = |one: Value, two: Value, expected| {
            let number = |value| Number::of(value).unwrap();
            assert_eq!(
                number(&one).compare(number(&two)),
                expected,
                "{one:?} {two:?}"
            );
            let reversed = expected.map(Ordering::reverse);
            assert_eq!(
                number(&two).compare(number(&one)),
                reversed,
                "{two:?} {one:?}"
            );
        };
        let equal = Some(Ordering::Equal);
        check(1i8.into(), 1i64.into(), equal);
        check(1i32.into(), 1.0.into(), equal);
        check(0.1f32.into(), 0.1.into(), equal);
        check(
            Decimal::new(110, 2).into(),
            Decimal::new(11, 1).into(),
            equal,
        );
        check(Decimal::new(1999, 2).into(), 19.99.into(), equal);
        check(i64::MAX.into(), Decimal::new(i64::MAX, 0).into(), equal);
        check((i64::MAX - 1).into(), i64::MAX.into(), Some(Ordering::Less));
        check(
            2.into(),
            Decimal::new(19, 1).into(),
            Some(Ordering::Greater),
        );
        let exact: Decimal = "9007199254740993.0".parse().unwrap();
        let more: Decimal = "9007199254740993.25".parse().unwrap();
        check(
            exact.clone().into(),
            more.clone().into(),
            Some(Ordering::Less),
        );
        check(9_007_199_254_740_993_i64.into(), exact.into(), equal);
        check(
            9_007_199_254_740_993_i64.into(),
            more.into(),
            Some(Ordering::Less),
        );
        check(f64::NAN.into(), 1.into(), None);
    }
}
