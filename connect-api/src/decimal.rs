//! [`Decimal`]: an exact number with a scale.

use std::{cmp::Ordering, fmt, str::FromStr, sync::Arc};

use num_bigint::{BigInt, Sign};

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

    /// Returns the same number with another scale.
    ///
    /// `None` if digits would be lost, or if more than [`Decimal::FILL`] zeros would be appended.
    #[must_use]
    pub fn rescale(&self, scale: i32) -> Option<Self> {
        let more = i64::from(scale) - i64::from(self.scale());
        let zeros = u32::try_from(more.unsigned_abs()).ok()?;
        if more == 0 {
            Some(self.clone())
        } else if self.unscaled() == &BigInt::ZERO {
            Some(Self::new(0, scale))
        } else if more > 0 {
            (zeros <= Self::FILL).then(|| Self::new(self.unscaled() * power_of_ten(zeros), scale))
        } else {
            self.whole_quotient(zeros)
                .map(|unscaled| Self::new(unscaled, scale))
        }
    }

    /// How many zeros [`rescale`](Self::rescale) appends at most.
    ///
    /// A short text must not become a huge number.
    pub const FILL: u32 = 1000;

    /// Returns the number as an integer, if it is one that fits.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        i64::try_from(self.to_i128()?).ok()
    }

    /// Returns the nearest double, which is infinite for a number that is too large.
    #[must_use]
    pub fn to_f64(&self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// Returns the nearest float, which is infinite for a number that is too large.
    #[must_use]
    pub fn to_f32(&self) -> f32 {
        self.to_string().parse().unwrap_or(f32::NAN)
    }

    /// Compares by what the numbers amount to, exactly.
    ///
    /// As Java's `BigDecimal.compareTo`, whatever the scale: `1.0` is as much as `1.00`.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Ordering {
        let (one, two) = (self.unscaled(), other.unscaled());
        match one.sign() {
            sign if self.scale() == other.scale() || sign != two.sign() => one.cmp(two),
            Sign::NoSign => Ordering::Equal,
            Sign::Plus => Magnitude::of(self).cmp(&Magnitude::of(other)),
            Sign::Minus => Magnitude::of(other).cmp(&Magnitude::of(self)),
        }
    }

    /// Returns what Java's `BigDecimal.longValue` does: the fraction cut off, then the low 64 bits.
    #[must_use]
    pub fn wrapping_i64(&self) -> i64 {
        let zeros = self.scale().unsigned_abs();
        if self.scale() <= 0 {
            // 10^64 is a multiple of 2^64: no lower bit is left.
            let factor = if zeros < 64 {
                10u64.wrapping_pow(zeros)
            } else {
                0
            };
            low_bits(self.unscaled()).wrapping_mul(factor) as i64
        } else if u64::from(zeros) > self.unscaled().bits() {
            0
        } else {
            low_bits(&(self.unscaled() / power_of_ten(zeros))) as i64
        }
    }

    /// Divides by 10^`zeros`, if nothing remains.
    fn whole_quotient(&self, zeros: u32) -> Option<BigInt> {
        if u64::from(zeros) > self.unscaled().bits() {
            return None;
        }
        let divisor = power_of_ten(zeros);
        let quotient = self.unscaled() / &divisor;
        (&quotient * divisor == *self.unscaled()).then_some(quotient)
    }
}

/// How large a number is that is not zero, whatever its sign.
///
/// The zeros that a scale stands for are not written out: a short text must not become a huge number.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Magnitude {
    /// How many digits stand left of the point, or minus the zeros between it and the first digit.
    whole: i64,
    /// The digits from the first to the last that is not zero.
    digits: String,
}

impl Magnitude {
    fn of(number: &Decimal) -> Self {
        let mut digits = number.unscaled().magnitude().to_string();
        let whole = digits.len() as i64 - i64::from(number.scale());
        digits.truncate(digits.trim_end_matches('0').len());
        Self { whole, digits }
    }
}

fn power_of_ten(exponent: u32) -> BigInt {
    BigInt::from(10).pow(exponent)
}

fn low_bits(number: &BigInt) -> u64 {
    let low = number.iter_u64_digits().next().unwrap_or_default();
    if number.sign() == Sign::Minus {
        low.wrapping_neg()
    } else {
        low
    }
}

/// Text is not a decimal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a decimal number like `-12.30` or `5E+3`")]
pub struct ParseDecimalError(());

/// Reads what Java's `BigDecimal` does, in ASCII digits: `12.30`, `+5`, `.5`, `5.`, `1e400`.
impl FromStr for Decimal {
    type Err = ParseDecimalError;

    fn from_str(text: &str) -> Result<Self, ParseDecimalError> {
        Self::read(text).ok_or(ParseDecimalError(()))
    }
}

impl Decimal {
    fn read(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
            None => (text, 0),
        };
        let unsigned = mantissa.strip_prefix(['+', '-']).unwrap_or(mantissa);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits = [whole, fraction].concat();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let unscaled: BigInt = match digits.parse::<i64>() {
            Ok(small) => small.into(),
            Err(_) => digits.parse().ok()?,
        };
        let scale = i64::try_from(fraction.len()).ok()? - exponent;
        let unscaled = if mantissa.starts_with('-') {
            -unscaled
        } else {
            unscaled
        };
        Some(Self::new(unscaled, i32::try_from(scale).ok()?))
    }
}

fn read_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let exponent: i32 = text.parse().ok().filter(|_| plain)?;
    Some(exponent.into())
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

    #[track_caller]
    fn check_read(text: &str, expected: Option<(i64, i32)>) {
        let expected = expected.map(|(unscaled, scale)| Decimal::new(unscaled, scale));
        assert_eq!(text.parse().ok(), expected, "{text}");
    }

    #[test]
    fn text_is_read_as_java_big_decimal_does() {
        check_read("12.30", Some((1230, 2)));
        check_read("+5", Some((5, 0)));
        check_read("-.5", Some((-5, 1)));
        check_read("5.", Some((5, 0)));
        check_read("007", Some((7, 0)));
        check_read("1e400", Some((1, -400)));
        check_read("1.5E-3", Some((15, 4)));
        check_read("1e0000000000007", Some((1, -7)));
        check_read("1e2147483647", Some((1, -2_147_483_647)));
        for refused in [
            "",
            "+",
            ".",
            "e5",
            "1e",
            "1e+",
            "1e99999999999",
            "1e3000000000",
            "0x10",
        ] {
            check_read(refused, None);
        }
        for refused in ["1_000", " 1", "1 ", "--1", "1.2.3", "1e5.0", "NaN", "1e5e5"] {
            check_read(refused, None);
        }
    }

    #[test]
    fn a_scale_changes_only_if_no_digit_is_lost() {
        let rescaled = |unscaled: i64, from: i32, to: i32| {
            let found = Decimal::new(unscaled, from).rescale(to);
            found.map(|found| found.unscaled().to_string())
        };
        assert_eq!(rescaled(123, 1, 2).as_deref(), Some("1230"));
        assert_eq!(rescaled(1230, 2, 1).as_deref(), Some("123"));
        assert_eq!(rescaled(123, 2, 1), None);
        assert_eq!(rescaled(5, -3, 0).as_deref(), Some("5000"));
        assert_eq!(rescaled(0, -1_000_000, 2).as_deref(), Some("0"));
        assert_eq!(rescaled(1, -1_000_000, 2), None);
        assert_eq!(rescaled(1, 1_000_000, 2), None);
    }

    #[test]
    fn a_long_keeps_the_low_bits_of_the_whole_part() {
        let low = |text: &str| text.parse::<Decimal>().unwrap().wrapping_i64();
        assert_eq!(low("12.99"), 12);
        assert_eq!(low("-12.99"), -12);
        assert_eq!(low("1e3"), 1000);
        assert_eq!(low("18446744073709551617"), 1);
        assert_eq!(low("-18446744073709551617"), -1);
        assert_eq!(low("1e20"), 7_766_279_631_452_241_920);
        assert_eq!(low("1e2000000000"), 0);
        assert_eq!(low("1e-2000000000"), 0);
    }

    #[test]
    fn numbers_are_compared_by_what_they_amount_to() {
        // Each is less than the next.
        let rising = [
            "-1e2147483647",
            "-123.46",
            "-123.4501",
            "-12.3",
            "-1e-2147483647",
            "0",
            "1e-2147483647",
            "9.99e-5",
            "0.0001",
            "9007199254740993",
            "9007199254740993.5",
            "9007199254740994",
            "1e2147483647",
        ];
        for (at, one) in rising.iter().enumerate() {
            for (beside, two) in rising.iter().enumerate() {
                let number = |text: &str| text.parse::<Decimal>().unwrap();
                assert_eq!(
                    number(one).compare(&number(two)),
                    at.cmp(&beside),
                    "{one} {two}"
                );
            }
        }
        let equal = [
            ("1.10", "1.1"),
            ("12e2", "1200.00"),
            ("0e7", "0.00"),
            ("-5", "-5.0"),
        ];
        for (one, two) in equal {
            let [one, two]: [Decimal; 2] = [one, two].map(|text| text.parse().unwrap());
            assert_eq!(one.compare(&two), Ordering::Equal, "{one} {two}");
        }
    }

    #[test]
    fn floating_point_numbers_are_the_nearest_ones() {
        let number = |text: &str| text.parse::<Decimal>().unwrap();
        assert_eq!(number("19.99").to_f64().to_bits(), 19.99_f64.to_bits());
        assert_eq!(number("0.1").to_f32().to_bits(), 0.1_f32.to_bits());
        assert_eq!(number("-1e400").to_f64(), f64::NEG_INFINITY);
        assert_eq!(number("1e39").to_f32(), f32::INFINITY);
        assert_eq!(number("1e-400").to_f64().to_bits(), 0);
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
