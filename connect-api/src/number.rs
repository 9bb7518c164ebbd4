//! The text of numbers, as Java prints them.
//!
//! Floating point numbers follow `Double.toString` and `Float.toString` of JDK 19 and later: of the shortest decimals
//! that read back as the same number the closest, with at least two digits, in `E` notation below 10⁻³ and from 10⁷.

/// Appends an integer.
pub fn push_i64(out: &mut String, number: i64) {
    out.push_str(itoa::Buffer::new().format(number));
}

/// Appends a 64-bit number as Java's `Double.toString`: `100.0`, `1.0E10`, `4.9E-324`, `NaN`, `-Infinity`.
pub fn push_f64(out: &mut String, number: f64) {
    if !number.is_finite() {
        return push_not_finite(out, number);
    }
    let mut buffer = zmij::Buffer::new();
    let shortest = buffer.format_finite(number);
    if is_plain(number) {
        return out.push_str(shortest);
    }
    let mut digits = Digits::read(shortest);
    if digits.len == 1 && number != 0.0 {
        digits = Digits::read(&format!("{number:.1e}"));
    }
    digits.push(out);
}

/// Appends a 32-bit number as Java's `Float.toString`.
pub fn push_f32(out: &mut String, number: f32) {
    if !number.is_finite() {
        return push_not_finite(out, number.into());
    }
    let mut buffer = zmij::Buffer::new();
    let shortest = buffer.format_finite(number);
    if is_plain(number.into()) {
        return out.push_str(shortest);
    }
    let mut digits = Digits::read(shortest);
    if digits.len == 1 && number != 0.0 {
        digits = Digits::read(&format!("{number:.1e}"));
    }
    digits.push(out);
}

/// Says whether Java, like everybody else, writes the shortest digits without an exponent.
fn is_plain(number: f64) -> bool {
    (1e-3..1e7).contains(&number.abs())
}

fn push_not_finite(out: &mut String, number: f64) {
    out.push_str(if number.is_nan() {
        "NaN"
    } else if number > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    });
}

/// The significant digits of a number, without zeros at either end: 0.`digits` × 10^`point`.
struct Digits {
    negative: bool,
    digits: [u8; Self::MOST],
    len: usize,
    point: i32,
}

impl Digits {
    /// No 64-bit number needs more than 17 digits; with the zeros of plain notation its text has fewer than 24.
    const MOST: usize = 24;

    /// Takes apart text like `-12.5`, `1e23` or `4.9e-324`.
    fn read(text: &str) -> Self {
        let mut parts = Self {
            negative: false,
            digits: [b'0'; Self::MOST],
            len: 0,
            point: 0,
        };
        let mut fraction = false;
        for (at, &byte) in text.as_bytes().iter().enumerate() {
            match byte {
                b'-' => parts.negative = true,
                b'.' => fraction = true,
                b'e' => {
                    parts.point += text[at + 1..].parse::<i32>().unwrap_or_default();
                    break;
                }
                b'0' if parts.len == 0 => parts.point -= i32::from(fraction),
                digit => {
                    parts.digits[parts.len.min(Self::MOST - 1)] = digit;
                    parts.len += 1;
                    parts.point += i32::from(!fraction);
                }
            }
        }
        parts.len = parts.len.min(Self::MOST);
        while parts.len > 0 && parts.digits[parts.len - 1] == b'0' {
            parts.len -= 1;
        }
        parts
    }

    /// Appends the number in `E` notation, which is the only one left for it but for zero.
    fn push(&self, out: &mut String) {
        if self.negative {
            out.push('-');
        }
        let digits = std::str::from_utf8(&self.digits[..self.len]).expect("digits are ASCII");
        match digits.split_at_checked(1) {
            None => out.push_str("0.0"),
            Some((first, rest)) => {
                out.push_str(first);
                out.push('.');
                out.push_str(if rest.is_empty() { "0" } else { rest });
                out.push('E');
                push_i64(out, i64::from(self.point) - 1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(number: f64, text: &str) {
        let mut out = String::new();
        push_f64(&mut out, number);
        assert_eq!(out, text);
    }

    #[track_caller]
    fn check_f32(number: f32, text: &str) {
        let mut out = String::new();
        push_f32(&mut out, number);
        assert_eq!(out, text);
    }

    #[test]
    fn doubles_read_as_java_prints_them() {
        check(0.0, "0.0");
        check(-0.0, "-0.0");
        check(1.0, "1.0");
        check(100.0, "100.0");
        check(-1.5, "-1.5");
        check(0.001, "0.001");
        check(0.01, "0.01");
        check(0.012, "0.012");
        check(0.25, "0.25");
        check(9.999e-4, "9.999E-4");
        check(1.0e-5, "1.0E-5");
        check(9_999_999.0, "9999999.0");
        check(9_999_999.5, "9999999.5");
        check(1.0e7, "1.0E7");
        check(1.0e10, "1.0E10");
        check(12_345_678.9, "1.23456789E7");
        check(1.0e23, "1.0E23");
        check(2.0e23, "2.0E23");
        check(f64::MAX, "1.7976931348623157E308");
        check(f64::MIN_POSITIVE, "2.2250738585072014E-308");
        check(1_700_000_000_123.0, "1.700000000123E12");
    }

    #[test]
    fn numbers_of_one_digit_get_the_closest_second_one() {
        check(f64::from_bits(1), "4.9E-324");
        check(f64::from_bits(4), "2.0E-323");
        check_f32(f32::from_bits(1), "1.4E-45");
        check_f32(f32::from_bits(2), "2.8E-45");
    }

    #[test]
    fn floats_read_as_java_prints_them() {
        check_f32(1.1, "1.1");
        check_f32(16_777_216.0, "1.6777216E7");
        check_f32(f32::MAX, "3.4028235E38");
        check_f32(-0.0, "-0.0");
        check_f32(3.3e-5, "3.3E-5");
    }

    #[test]
    fn numbers_that_are_not_finite_have_names() {
        check(f64::NAN, "NaN");
        check(f64::INFINITY, "Infinity");
        check_f32(f32::NEG_INFINITY, "-Infinity");
    }
}
