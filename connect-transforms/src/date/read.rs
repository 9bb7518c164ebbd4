//! [`read`]: what a text says, by a pattern.

use connect_api::Dialect;

use super::{
    given::{Given, Slot},
    letters::{Field, Letter, Part},
    names::{self, DAYS, ERAS, HALVES, LONG_ERAS, MONTHS, begins},
    zone::Zone,
    zone_names::ZoneNames,
};

/// Where a text does not fit its pattern.
#[derive(Clone, Debug)]
pub(super) struct Mismatch<'p, 't> {
    /// What should be there; the end if it is nothing.
    pub(super) expected: Option<&'p Part>,
    /// What is there.
    pub(super) at: &'t str,
}

/// How texts are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules<'a> {
    pub(super) dialect: Dialect,
    pub(super) zone: &'a Zone,
    /// The year in which the century of years of two digits begins.
    pub(super) century: i32,
}

/// Reads a text from its beginning, and tells `seen` what number each field has.
///
/// Java's dialect passes over blanks before a field, takes numbers of any length and sign, and ignores what comes after
/// the last part.
pub(super) fn read<'p, 't>(
    parts: &'p [Part],
    text: &'t str,
    rules: Rules<'_>,
    mut seen: impl FnMut(Letter, i64),
) -> Result<Given, Mismatch<'p, 't>> {
    let mut given = Given::default();
    let mut rest = text;
    for part in parts {
        let after = match part {
            Part::Text(expected) => after_text(expected, rest, rules.dialect),
            Part::Field(field) => Reader {
                field: *field,
                start: rest,
                rules,
            }
            .read(&mut given)
            .map(|(number, after)| {
                seen(field.letter, number.into());
                after
            }),
        };
        rest = after.ok_or(Mismatch {
            expected: Some(part),
            at: rest,
        })?;
    }
    if !rest.is_empty() && rules.dialect == Dialect::Strict {
        return Err(Mismatch {
            expected: None,
            at: rest,
        });
    }
    Ok(given)
}

/// Since JDK 23 any space fits any other in Java's dialect.
fn after_text<'t>(expected: &str, text: &'t str, dialect: Dialect) -> Option<&'t str> {
    if let Some(after) = text.strip_prefix(expected) {
        return Some(after);
    }
    let mut found = text.chars();
    for expected in expected.chars() {
        let found = found.next()?;
        let spaces = dialect == Dialect::Java && is_space(found) && is_space(expected);
        if found != expected && !spaces {
            return None;
        }
    }
    Some(found.as_str())
}

fn is_space(character: char) -> bool {
    matches!(
        character,
        ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

/// Reads one field at the start of a text.
#[derive(Clone, Copy)]
struct Reader<'a, 't> {
    field: Field,
    start: &'t str,
    rules: Rules<'a>,
}

impl<'t> Reader<'_, 't> {
    /// Returns the number that the field has, 0 for zones, and what comes after it.
    fn read(self, given: &mut Given) -> Option<(i32, &'t str)> {
        let blanks = match self.rules.dialect {
            Dialect::Java => self.start.trim_start_matches([' ', '\t']),
            _ => self.start,
        };
        if blanks.is_empty() {
            return None;
        }
        match self.field.letter {
            Letter::Era => self.name(Slot::Era, 0, given, |text| {
                names::find(text, &LONG_ERAS).or_else(|| names::find(text, &ERAS))
            }),
            Letter::Month if self.field.count > 2 => self
                .name(Slot::Month, 0, given, |text| {
                    names::find_long_or_short(text, &MONTHS)
                })
                .map(|(month, after)| (month + 1, after)),
            Letter::DayName => self.name(Slot::Weekday, 1, given, |text| {
                names::find_long_or_short(text, &DAYS)
            }),
            Letter::HalfDay => self.name(Slot::Half, 0, given, |text| names::find(text, &HALVES)),
            Letter::ZoneName | Letter::Offset | Letter::IsoOffset => {
                let (offset, length) = self.offset(blanks, given.offset)?;
                given.offset = offset;
                Some((0, &blanks[length..]))
            }
            _ => {
                let (number, length) = self.number(blanks)?;
                let is_signed = !blanks.as_bytes()[0].is_ascii_digit();
                let digits = if is_signed { 0 } else { length };
                let number = self.put(number, digits, given);
                Some((number, &blanks[length..]))
            }
        }
    }

    /// Java does not pass over blanks before names.
    fn name(
        self,
        slot: Slot,
        first: i32,
        given: &mut Given,
        find: impl Fn(&str) -> Option<(usize, usize)>,
    ) -> Option<(i32, &'t str)> {
        let (found, length) = find(self.start)?;
        given.set(slot, found as i32 + first);
        Some((found as i32, &self.start[length..]))
    }

    fn number(self, text: &str) -> Option<(i32, usize)> {
        let Field { count, bounded, .. } = self.field;
        if self.rules.dialect == Dialect::Java {
            if !bounded {
                return java_number(text);
            }
            // Blanks count as digits.
            let blanks = self.start.len() - text.len();
            let end = self.start.char_indices().nth(count - 1);
            let end = end.map(|(at, last)| at + last.len_utf8())?;
            return java_number(self.start.get(blanks..end)?);
        }
        let is_year = matches!(self.field.letter, Letter::Year | Letter::WeekYear);
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let length = if bounded || is_year && count == 2 {
            count
        } else {
            digits
        };
        if digits < count || length < count {
            return None;
        }
        Some((text[..length].parse().ok()?, length))
    }

    /// Notes a number of so many digits, 0 if it has a sign, and returns the one that is written for it.
    fn put(self, number: i32, digits: usize, given: &mut Given) -> i32 {
        let slot = match self.field.letter {
            Letter::Year | Letter::WeekYear => return self.put_year(number, digits, given),
            Letter::Month => {
                given.set(Slot::Month, number.wrapping_sub(1));
                return number;
            }
            Letter::DayNumber => {
                let weekday = match number {
                    7 => 1,
                    1..=6 => number + 1,
                    _ => number,
                };
                given.set(Slot::Weekday, weekday);
                return number;
            }
            Letter::Hour24 => {
                given.set(Slot::Hour, if number == 24 { 0 } else { number });
                return number;
            }
            Letter::Hour12 => {
                given.set(Slot::HourOfHalf, if number == 12 { 0 } else { number });
                return number;
            }
            Letter::WeekOfYear => Slot::WeekOfYear,
            Letter::WeekOfMonth => Slot::WeekOfMonth,
            Letter::DayOfYear => Slot::DayOfYear,
            Letter::DayOfWeekInMonth => Slot::WeekdayInMonth,
            Letter::Hour => Slot::Hour,
            Letter::HourOfHalf => Slot::HourOfHalf,
            Letter::Minute => Slot::Minute,
            Letter::Second => Slot::Second,
            Letter::Milli => Slot::Milli,
            _ => Slot::Day,
        };
        given.set(slot, number);
        number
    }

    /// A year of two digits lies in the hundred years that begin with the century.
    fn put_year(self, number: i32, digits: usize, given: &mut Given) -> i32 {
        let slot = match self.field.letter {
            Letter::WeekYear => Slot::WeekYear,
            _ => Slot::Year,
        };
        let mut year = number;
        if digits == 2 && self.field.count <= 2 {
            let first = self.rules.century % 100;
            given.ambiguous = number == first;
            year += self.rules.century / 100 * 100 + if number < first { 100 } else { 0 };
        }
        given.set(slot, year);
        year
    }

    /// Returns the seconds east of UTC, if not the zone is to decide, and how many bytes say so.
    ///
    /// `before` is what was said already.
    fn offset(self, text: &str, before: Option<i32>) -> Option<(Option<i32>, usize)> {
        let is_number = self.field.letter == Letter::IsoOffset
            || text.starts_with(['+', '-'])
            || begins(self.start, "GMT");
        if is_number {
            let (seconds, length) = self.numeric_offset(text)?;
            return Some((Some(seconds), length));
        }
        let own = self.rules.zone.zone_names();
        if let Some(named) = own.and_then(|names| names.match_start(text)) {
            let offset = if named.says_season {
                Some(named.offset)
            } else {
                before
            };
            return Some((offset, named.length));
        }
        let named = ZoneNames::find(text)?;
        let offset = match before {
            Some(before) if !named.says_season => before,
            _ => named.offset,
        };
        Some((Some(offset), named.length))
    }

    /// Returns the seconds east of UTC that a number gives, and how many bytes do so.
    fn numeric_offset(self, text: &str) -> Option<(i32, usize)> {
        let sign = |byte| match byte {
            b'+' => Some(1),
            b'-' => Some(-1),
            _ => None,
        };
        let first = *text.as_bytes().first()?;
        if self.field.letter == Letter::IsoOffset {
            if first == b'Z' {
                return Some((0, 1));
            }
            let sign = sign(first)?;
            let count = self.field.count;
            let colon = if count == 3 {
                Colon::Between
            } else {
                Colon::None
            };
            let (seconds, length) = offset_number(&text[1..], count, colon)?;
            return Some((sign * seconds, length + 1));
        }
        if let Some(sign) = sign(first) {
            let (seconds, length) = offset_number(&text[1..], 0, Colon::None)?;
            return Some((sign * seconds, length + 1));
        }
        if !begins(self.start, "GMT") {
            return None;
        }
        let Some(sign) = text.as_bytes().get(3).copied().and_then(sign) else {
            return Some((0, 3));
        };
        let (seconds, length) = offset_number(&text[4..], 0, Colon::Between)?;
        Some((sign * seconds, length + 4))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Colon {
    None,
    Between,
}

/// Reads hours, and minutes unless there is one letter; without a letter, one digit is enough before a colon.
fn offset_number(text: &str, count: usize, colon: Colon) -> Option<(i32, usize)> {
    let bytes = text.as_bytes();
    let digit = |at: usize| {
        let byte = bytes.get(at).filter(|byte| byte.is_ascii_digit())?;
        Some(i32::from(byte - b'0'))
    };
    let mut hours = digit(0)?;
    let mut at = 1;
    match digit(1) {
        Some(second) => {
            hours = hours * 10 + second;
            at = 2;
        }
        None if count > 0 || colon == Colon::None => return None,
        None => {}
    }
    if hours > 23 {
        return None;
    }
    if count == 1 {
        return Some((hours * 3600, at));
    }
    if colon == Colon::Between {
        if bytes.get(at) != Some(&b':') {
            return None;
        }
        at += 1;
    }
    let minutes = digit(at)? * 10 + digit(at + 1)?;
    (minutes <= 59).then_some((hours * 3600 + minutes * 60, at + 2))
}

/// Reads a number as Java's `NumberFormat` for integers does, and then its `intValue`.
///
/// It knows exponents, `NaN` and `∞`; what `long` holds wraps, what it does not hold ends at the nearest `int`.
fn java_number(text: &str) -> Option<(i32, usize)> {
    if text.starts_with("NaN") {
        return Some((0, 3));
    }
    let body = text.strip_prefix('-').unwrap_or(text);
    let sign = text.len() - body.len();
    let end = if sign > 0 { i32::MIN } else { i32::MAX };
    if body.starts_with('∞') {
        return Some((end, sign + '∞'.len_utf8()));
    }
    let count = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let digits = count(body);
    if digits == 0 {
        return None;
    }
    let length = sign + digits;
    let exponent = text[length..].strip_prefix('E').and_then(|after| {
        let sign = usize::from(after.starts_with('-'));
        let digits = count(&after[sign..]);
        (digits > 0).then_some(1 + sign + digits)
    });
    if let Some(exponent) = exponent {
        let number: f64 = text[..length + exponent].parse().ok()?;
        let whole = number as i64;
        let is_long = number.trunc() == number && number.abs() < 9e18;
        let number = if is_long { whole as i32 } else { number as i32 };
        return Some((number, length + exponent));
    }
    let number = text[..length].parse::<i64>().map_or(end, |n| n as i32);
    Some((number, length))
}
