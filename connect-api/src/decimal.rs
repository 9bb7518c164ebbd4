//! [`Decimal`]: an exact number with a scale.

use std::{fmt, sync::Arc};

use num_bigint::BigInt;

/// An exact decimal number: `unscaled` × 10^−`scale`, as Java's `BigDecimal`.
///
/// Equality is `BigDecimal`'s: `1.0` and `1.00` differ.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Decimal(Arc<(BigInt, i32)>);

impl Decimal {
    /// Builds the number `unscaled` × 10^−`scale`.
    pub fn new(unscaled: impl Into<BigInt>, scale: i32) -> Self {
        Self(Arc::new((unscaled.into(), scale)))
    }

    /// Reads the unscaled value from big-endian two's complement bytes, Connect's binary form.
    #[must_use]
    pub fn from_be_bytes(unscaled: &[u8], scale: i32) -> Self {
        Self::new(BigInt::from_signed_bytes_be(unscaled), scale)
    }

    /// Returns the unscaled value as the shortest big-endian two's complement bytes.
    #[must_use]
    pub fn to_be_bytes(&self) -> Vec<u8> {
        self.0.0.to_signed_bytes_be()
    }

    /// Returns the unscaled value.
    #[must_use]
    pub fn unscaled(&self) -> &BigInt {
        &self.0.0
    }

    /// Returns how many digits stand right of the decimal point.
    #[must_use]
    pub fn scale(&self) -> i32 {
        self.0.1
    }

    /// Returns the number if it is whole and fits 128 bits.
    #[must_use]
    pub fn to_i128(&self) -> Option<i128> {
        let power = 10_i128.checked_pow(self.scale().unsigned_abs());
        match i128::try_from(self.unscaled()).ok()? {
            0 => Some(0),
            unscaled if self.scale() <= 0 => unscaled.checked_mul(power?),
            unscaled => power
                .filter(|power| unscaled % power == 0)
                .map(|power| unscaled / power),
        }
    }
}

/// Java's `BigDecimal.toString`: `12.30`, `5E+3`, `0.000001`, `1E-7`.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.unscaled().to_string();
        let (sign, digits) = text
            .strip_prefix('-')
            .map_or(("", &*text), |rest| ("-", rest));
        let scale = i64::from(self.scale());
        let adjusted = digits.len() as i64 - 1 - scale;
        f.write_str(sign)?;
        if scale >= 0 && adjusted >= -6 {
            let scale = scale as usize;
            if scale == 0 {
                f.write_str(digits)
            } else if digits.len() > scale {
                let (whole, fraction) = digits.split_at(digits.len() - scale);
                write!(f, "{whole}.{fraction}")
            } else {
                write!(f, "0.{digits:0>scale$}")
            }
        } else {
            f.write_str(&digits[..1])?;
            if digits.len() > 1 {
                write!(f, ".{}", &digits[1..])?;
            }
            if adjusted == 0 {
                Ok(())
            } else {
                write!(f, "E{adjusted:+}")
            }
        }
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decimal({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(unscaled: i64, scale: i32, text: &str) {
        assert_eq!(Decimal::new(unscaled, scale).to_string(), text);
    }

    #[test]
    fn text_is_that_of_java_big_decimal() {
        check(1230, 2, "12.30");
        check(5, -3, "5E+3");
        check(0, 0, "0");
        check(0, 2, "0.00");
        check(-1, 6, "-0.000001");
        check(1, 7, "1E-7");
        check(123, -1, "1.23E+3");
        check(-12345, 10, "-0.0000012345");
        check(-12345, 12, "-1.2345E-8");
    }

    #[test]
    fn whole_numbers_are_told_from_fractions() {
        assert_eq!(Decimal::new(1200, 2).to_i128(), Some(12));
        assert_eq!(Decimal::new(-5, -3).to_i128(), Some(-5000));
        assert_eq!(Decimal::new(1230, 2).to_i128(), None);
        assert_eq!(Decimal::new(1, i32::MIN).to_i128(), None);
        assert_eq!(Decimal::new(0, i32::MAX).to_i128(), Some(0));
    }

    #[test]
    fn bytes_are_the_shortest_twos_complement() {
        assert_eq!(Decimal::new(1234, 2).to_be_bytes(), [0x04, 0xD2]);
        assert_eq!(Decimal::new(-1, 0).to_be_bytes(), [0xFF]);
        assert_eq!(
            Decimal::from_be_bytes(&[0x04, 0xD2], 2),
            Decimal::new(1234, 2)
        );
    }
}
