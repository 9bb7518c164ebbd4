//! [`Part`]s: what a pattern is made of.

use connect_api::Dialect;

/// One part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Text that stands for itself.
    Text(String),
    /// A field, as often as its letter was written.
    Field(Field),
}

/// A field of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) letter: Letter,
    pub(super) count: usize,
    /// Whether the next part is a number, so that this one has no more digits than letters.
    pub(super) bounded: bool,
}

/// What a letter stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Letter {
    /// `G`
    Era,
    /// `Y`
    WeekYear,
    /// `y`
    Year,
    /// `M`, and `L`, which is the same in English.
    Month,
    /// `w`
    WeekOfYear,
    /// `W`
    WeekOfMonth,
    /// `D`
    DayOfYear,
    /// `d`
    Day,
    /// `F`: which Monday, Tuesday… of the month it is.
    DayOfWeekInMonth,
    /// `E`
    DayName,
    /// `u`: Monday is 1.
    DayNumber,
    /// `a`
    HalfDay,
    /// `H`: from 0 to 23.
    Hour,
    /// `k`: from 1 to 24.
    Hour24,
    /// `K`: from 0 to 11.
    HourOfHalf,
    /// `h`: from 1 to 12.
    Hour12,
    /// `m`
    Minute,
    /// `s`
    Second,
    /// `S`
    Milli,
    /// `z`: `PST`, `Pacific Standard Time`.
    ZoneName,
    /// `Z`: `-0800`.
    Offset,
    /// `X`: `-08`, `-0800`, `-08:00`, `Z`.
    IsoOffset,
}

impl Letter {
    fn of(letter: char) -> Option<Self> {
        Some(match letter {
            'G' => Self::Era,
            'Y' => Self::WeekYear,
            'y' => Self::Year,
            'M' | 'L' => Self::Month,
            'w' => Self::WeekOfYear,
            'W' => Self::WeekOfMonth,
            'D' => Self::DayOfYear,
            'd' => Self::Day,
            'F' => Self::DayOfWeekInMonth,
            'E' => Self::DayName,
            'u' => Self::DayNumber,
            'a' => Self::HalfDay,
            'H' => Self::Hour,
            'k' => Self::Hour24,
            'K' => Self::HourOfHalf,
            'h' => Self::Hour12,
            'm' => Self::Minute,
            's' => Self::Second,
            'S' => Self::Milli,
            'z' => Self::ZoneName,
            'Z' => Self::Offset,
            'X' => Self::IsoOffset,
            _ => return None,
        })
    }

    /// Names what it stands for in messages.
    pub(super) fn meaning(self) -> &'static str {
        match self {
            Self::Era => "an era",
            Self::WeekYear => "a year of weeks",
            Self::Year => "a year",
            Self::Month => "a month",
            Self::WeekOfYear => "a week of the year",
            Self::WeekOfMonth => "a week of the month",
            Self::DayOfYear => "a day of the year",
            Self::Day => "a day",
            Self::DayOfWeekInMonth => "the number of a weekday in the month",
            Self::DayName => "the name of a day",
            Self::DayNumber => "the number of a day of the week",
            Self::HalfDay => "AM or PM",
            Self::Hour | Self::Hour24 | Self::HourOfHalf | Self::Hour12 => "an hour",
            Self::Minute => "a minute",
            Self::Second => "a second",
            Self::Milli => "milliseconds",
            Self::ZoneName => "a time zone",
            Self::Offset | Self::IsoOffset => "an offset from UTC",
        }
    }

    fn is_number(self, count: usize) -> bool {
        match self {
            Self::Month => count <= 2,
            Self::Era
            | Self::DayName
            | Self::HalfDay
            | Self::ZoneName
            | Self::Offset
            | Self::IsoOffset => false,
            _ => true,
        }
    }
}

/// Takes a pattern apart.
///
/// # Errors
///
/// A letter means nothing, a quote does not end, or a field is longer than it can be.
pub(super) fn parts(pattern: &str, dialect: Dialect) -> Result<Vec<Part>, String> {
    let mut parts: Vec<Part> = Vec::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            let text = quoted(&mut rest)?;
            push_text(&mut parts, &text);
            continue;
        }
        if !first.is_ascii_alphabetic() {
            push_text(&mut parts, &rest[..first.len_utf8()]);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let count = rest.chars().take_while(|letter| *letter == first).count();
        rest = &rest[count..];
        let field = field(first, count, dialect)?;
        if let (Some(Part::Field(before)), true) = (parts.last_mut(), field.letter.is_number(count))
        {
            before.bounded = true;
        }
        parts.push(Part::Field(field));
    }
    Ok(parts)
}

fn field(letter: char, count: usize, dialect: Dialect) -> Result<Field, String> {
    let known = Letter::of(letter).ok_or_else(|| {
        format!("the letter {letter} means nothing; text stands in single quotes")
    })?;
    match known {
        Letter::IsoOffset if count > 3 => {
            return Err(format!("expected at most XXX, found {count} letters X"));
        }
        Letter::Milli if count > 3 && dialect == Dialect::Strict => {
            return Err(format!(
                "expected at most SSS, found {count} letters S: S counts milliseconds"
            ));
        }
        _ if count > MOST => {
            return Err(format!(
                "expected at most {MOST} letters, found {count} times {letter}"
            ));
        }
        _ => {}
    }
    Ok(Field {
        letter: known,
        count,
        bounded: false,
    })
}

/// How often a letter may stand in a row; Java pads numbers to any width.
const MOST: usize = 1000;

/// Reads what begins with a quote; two quotes stand for one, inside of quotes and outside.
fn quoted(rest: &mut &str) -> Result<String, String> {
    let mut text = String::new();
    let mut inside = &rest[1..];
    if let Some(after) = inside.strip_prefix('\'') {
        *rest = after;
        return Ok("'".to_owned());
    }
    loop {
        let end = inside.find('\'').ok_or("a single quote has no partner")?;
        text.push_str(&inside[..end]);
        inside = &inside[end + 1..];
        let Some(after) = inside.strip_prefix('\'') else {
            *rest = inside;
            return Ok(text);
        };
        text.push('\'');
        inside = after;
    }
}

/// Appends text; an empty one parts two fields all the same.
fn push_text(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        Some(Part::Text(before)) => before.push_str(text),
        _ => parts.push(Part::Text(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_quotes_and_literals_are_told_apart() {
        let field = |letter, count, bounded| {
            Part::Field(Field {
                letter,
                count,
                bounded,
            })
        };
        let text = |text: &str| Part::Text(text.to_owned());
        let parts = |pattern| parts(pattern, Dialect::Strict).unwrap();
        assert_eq!(
            parts("yyyyMM'T'hh 'o''clock'"),
            [
                field(Letter::Year, 4, true),
                field(Letter::Month, 2, false),
                text("T"),
                field(Letter::Hour12, 2, false),
                text(" o'clock"),
            ]
        );
        assert_eq!(parts("''''"), [text("''")]);
        assert_eq!(
            parts("yyMMM"),
            [
                field(Letter::Year, 2, false),
                field(Letter::Month, 3, false)
            ]
        );
    }

    #[test]
    fn patterns_that_mean_nothing_are_refused() {
        let refused = |pattern| parts(pattern, Dialect::Strict).unwrap_err();
        assert_eq!(
            refused("yyyy-bb"),
            "the letter b means nothing; text stands in single quotes"
        );
        assert_eq!(refused("'T"), "a single quote has no partner");
        assert_eq!(refused("XXXX"), "expected at most XXX, found 4 letters X");
        assert_eq!(
            refused("SSSSSS"),
            "expected at most SSS, found 6 letters S: S counts milliseconds"
        );
        assert!(parts("SSSSSS", Dialect::Java).is_ok());
    }
}
