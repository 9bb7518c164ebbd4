//! [`DatePattern`]: dates as Java's `SimpleDateFormat` writes and reads them.

mod given;
mod letters;
mod moment;
mod names;
mod read;
mod write;
mod zone;
mod zone_names;

use std::time::{SystemTime, UNIX_EPOCH};

use connect_api::{Dialect, Error, Result, values::CalendarDay};

pub(crate) use self::zone::Zone;
use self::{
    letters::{Letter, Part, parts},
    moment::{DAY_MILLIS, Moment},
    read::{Mismatch, Rules},
};

/// A pattern of `java.text.SimpleDateFormat`, in the English of the United States.
///
/// Days are those of `GregorianCalendar`: Julian until 4 October 1582, Gregorian from the next day on, 15 October. Weeks
/// begin on Sunday.
///
/// What is read must fit the pattern: numbers have as many digits as letters, or more if no number follows; the date and
/// the time exist; nothing contradicts; nothing comes after. Java's dialect is lenient as `SimpleDateFormat` is: what does
/// not exist rolls over, of what contradicts the last counts, and what comes after is ignored.
#[derive(Clone, Debug)]
pub(crate) struct DatePattern {
    text: String,
    parts: Vec<Part>,
    zone: Zone,
    dialect: Dialect,
    century: Century,
}

/// The hundred years in which a year of two digits lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Century {
    year: i32,
    /// Milliseconds since the epoch.
    start: i64,
}

impl Century {
    /// Begins with a year; without one, as Java's does.
    pub(crate) fn new(year: Option<i32>, zone: &Zone) -> Self {
        match year {
            Some(year) => Self::from_year(year, zone),
            None => Self::around_now(zone),
        }
    }

    /// Begins with a year.
    fn from_year(year: i32, zone: &Zone) -> Self {
        let day = CalendarDay {
            year: year.into(),
            month: 1,
            day: 1,
        };
        let clock = day.days() * DAY_MILLIS;
        let start = clock - i64::from(zone.offset_of_clock(clock)) * 1000;
        Self { year, start }
    }

    /// Begins 80 years before now, as Java's does when a `SimpleDateFormat` is built.
    fn around_now(zone: &Zone) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.map_or(0, |now| now.as_millis() as i64);
        let moment = Moment::new(now, zone.offset_at(now));
        let then = CalendarDay {
            year: moment.day().year - 80,
            ..moment.day()
        };
        Self {
            year: then.year as i32,
            start: now - (moment.day().days() - then.days()) * DAY_MILLIS,
        }
    }
}

impl DatePattern {
    /// Compiles `text`; what names no zone is in `zone`.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it.
    pub(crate) fn new(
        text: &str,
        zone: Zone,
        century: Century,
        dialect: Dialect,
    ) -> Result<Self, String> {
        Ok(Self {
            parts: parts(text, dialect)?,
            text: text.to_owned(),
            zone,
            dialect,
            century,
        })
    }

    /// Writes an instant, given in milliseconds since the epoch.
    pub(crate) fn format(&self, millis: i64) -> String {
        let mut out = String::with_capacity(self.text.len() + 8);
        let moment = Moment::new(millis, self.zone.offset_at(millis));
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Field(field) => write::push(*field, &moment, &self.zone, &mut out),
            }
        }
        out
    }

    /// Reads an instant, in milliseconds since the epoch.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Rejected`](connect_api::ErrorKind::Rejected): `text` does not fit the pattern, or means no date.
    pub(crate) fn parse(&self, text: &str) -> Result<i64> {
        let rules = Rules {
            dialect: self.dialect,
            zone: &self.zone,
            century: self.century.year,
        };
        let mut seen = Vec::new();
        let strict = self.dialect == Dialect::Strict;
        let note = |letter, number| {
            if strict {
                seen.push((letter, number));
            }
        };
        let given = read::read(&self.parts, text, rules, note);
        let mut given = given.map_err(|mismatch| self.unfit(text, &mismatch))?;
        let (mut millis, mut offset) = given.resolve(&self.zone);
        let mut more = 0;
        if given.ambiguous && millis < self.century.start {
            given.add_century();
            (millis, offset) = given.resolve(&self.zone);
            more = 100;
        }
        let moment = Moment::new(millis, offset);
        for (letter, number) in seen {
            let is_year = matches!(letter, Letter::Year | Letter::WeekYear);
            let expected = if is_year { number + more } else { number };
            let found = write::number(letter, &moment);
            if found != expected {
                return Err(self.impossible(text, letter));
            }
        }
        Ok(millis)
    }

    fn unfit(&self, text: &str, mismatch: &Mismatch<'_, '_>) -> Error {
        let expected = match mismatch.expected {
            Some(Part::Text(text)) => format!("{text:?}"),
            Some(Part::Field(field)) => field.letter.meaning().to_owned(),
            None => "the end".to_owned(),
        };
        let found = match mismatch.at {
            "" => "the end".to_owned(),
            at => format!("{:?}", shown(at)),
        };
        Error::rejected(format!(
            "expected a date like {}, found {:?}: expected {expected}, found {found}",
            self.text,
            shown(text)
        ))
    }

    fn impossible(&self, text: &str, letter: Letter) -> Error {
        Error::rejected(format!(
            "expected a date like {}, found {:?}: there is no such date, by {}",
            self.text,
            shown(text),
            letter.meaning()
        ))
    }
}

/// Returns what a message shows of a text.
fn shown(text: &str) -> String {
    text.chars().take(100).collect()
}

/// The pattern itself.
impl std::fmt::Display for DatePattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str, zone: &str, dialect: Dialect) -> DatePattern {
        let zone = Zone::named(zone).unwrap();
        let century = Century::from_year(1950, &zone);
        DatePattern::new(text, zone, century, dialect).unwrap()
    }

    fn strict(text: &str) -> DatePattern {
        pattern(text, "UTC", Dialect::Strict)
    }

    #[test]
    fn dates_are_written_and_read_as_by_java() {
        let mut wrong = Vec::new();
        for line in include_str!("../../tests/it/vectors/dates.tsv").lines() {
            let fields: Vec<_> = line.splitn(5, '\t').collect();
            let [kind, zone, text, millis, date] = fields[..] else {
                panic!("{line}")
            };
            let pattern = pattern(text, zone, Dialect::Java);
            let (expected, found) = match kind {
                "f" => (date.to_owned(), pattern.format(millis.parse().unwrap())),
                _ => {
                    let found = pattern.parse(date);
                    let found = found.map_or("!".to_owned(), |millis| millis.to_string());
                    (millis.to_owned(), found)
                }
            };
            if expected != found {
                wrong.push(format!("{line}: found {found}"));
            }
        }
        assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
    }

    #[test]
    fn what_is_written_is_read_again() {
        for text in [
            "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
            "yyyyMMddHHmmssSSS",
            "EEEE, MMMM d, yyyy G h:mm:ss.SSS a Z",
            "YYYY-ww-u k:mm:ss.SSS",
        ] {
            let pattern = strict(text);
            for millis in (-2_000_000_000_000..3_000_000_000_000).step_by(7_777_777_777) {
                let written = pattern.format(millis);
                assert_eq!(pattern.parse(&written).unwrap(), millis, "{written}");
            }
        }
    }

    #[test]
    fn a_text_that_does_not_fit_is_refused_with_the_place() {
        let refused = |text| strict("yyyy-MM-dd").parse(text).unwrap_err().to_string();
        assert_eq!(
            refused("2020-1-05"),
            r#"expected a date like yyyy-MM-dd, found "2020-1-05": expected a month, found "1-05""#
        );
        assert_eq!(
            refused("2020-02-30"),
            r#"expected a date like yyyy-MM-dd, found "2020-02-30": there is no such date, by a month"#
        );
        assert_eq!(
            refused("2020-02-03 junk"),
            r#"expected a date like yyyy-MM-dd, found "2020-02-03 junk": expected the end, found " junk""#
        );
        assert_eq!(
            refused("2020"),
            r#"expected a date like yyyy-MM-dd, found "2020": expected "-", found the end"#
        );
        for text in [
            "",
            "-020-01-01",
            "2020-13-01",
            " 2020-01-01",
            "2020-00-10",
            "99999999999-01-01",
        ] {
            assert!(strict("yyyy-MM-dd").parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn contradictions_and_times_that_do_not_exist_are_refused() {
        assert!(strict("EEE yyyy-MM-dd").parse("Mon 2020-01-01").is_err());
        assert!(strict("EEE yyyy-MM-dd").parse("Wed 2020-01-01").is_ok());
        assert!(strict("h a").parse("13 PM").is_err());
        assert!(strict("k").parse("0").is_err());
        assert!(strict("HH:mm").parse("24:00").is_err());
        let berlin = pattern("yyyy-MM-dd HH:mm", "Europe/Berlin", Dialect::Strict);
        assert!(berlin.parse("2024-03-31 02:30").is_err());
        assert_eq!(berlin.parse("2024-10-27 02:30").unwrap(), 1_729_992_600_000);
    }

    #[test]
    fn years_of_two_digits_lie_in_the_century() {
        let date = |text| strict("yyMMdd").parse(text).unwrap() / DAY_MILLIS;
        assert_eq!(date("500101"), -7305);
        assert_eq!(date("491231"), 29_219);
        assert!(strict("yy").parse("1950").is_err());
        let zone = Zone::utc();
        let now = Century::around_now(&zone);
        let years = (2020..2100).map(|year| year - 80);
        assert!(years.into_iter().any(|year| year == now.year));
        let same = Century::from_year(now.year, &zone);
        assert!((0..366 * DAY_MILLIS).contains(&(now.start - same.start)));
    }
}
