//! Days and dates, in the calendar of Java's `GregorianCalendar`.

/// 15 October 1582, the first Gregorian day; the day before was 4 October in the Julian calendar.
const GREGORIAN: i64 = -141_427;

/// A day in the calendar of Java's `GregorianCalendar`.
///
/// That is Julian up to 4 October 1582, and then Gregorian.
///
/// ```
/// use connect_api::values::CalendarDay;
///
/// let first = CalendarDay { year: 1582, month: 10, day: 15 };
/// let before = CalendarDay { year: 1582, month: 10, day: 4 };
/// assert_eq!(CalendarDay::of(first.days() - 1), before);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_structs, reason = "a day has these")]
pub struct CalendarDay {
    /// The year; 0 is 1 BC, -1 is 2 BC.
    pub year: i64,
    /// The month, from 1.
    pub month: i64,
    /// The day of the month, from 1.
    pub day: i64,
}

impl CalendarDay {
    /// Returns the day that is `days` after 1 January 1970.
    #[must_use]
    pub fn of(days: i64) -> Self {
        // The year is shifted to begin in March, so that the leap day is its last one.
        let (year, of_year) = if days >= GREGORIAN {
            let shifted = days + 719_468;
            let era = shifted.div_euclid(146_097);
            let of_era = shifted.rem_euclid(146_097);
            let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
            (
                year + era * 400,
                of_era - (365 * year + year / 4 - year / 100),
            )
        } else {
            let shifted = days + 719_470;
            let era = shifted.div_euclid(1461);
            let of_era = shifted.rem_euclid(1461);
            let year = (of_era - of_era / 1460) / 365;
            (year + era * 4, of_era - 365 * year)
        };
        let month = (5 * of_year + 2) / 153;
        Self {
            year: year + i64::from(month >= 10),
            month: if month < 10 { month + 3 } else { month - 9 },
            day: of_year - (153 * month + 2) / 5 + 1,
        }
    }

    /// Returns the days since 1 January 1970.
    ///
    /// Months and days that do not exist roll over. What would be Gregorian and before the first Gregorian day is Julian, as the days that were left out are.
    #[must_use]
    pub fn days(self) -> i64 {
        self.at(Self::days_in)
    }

    /// Works out a day in both calendars and returns the one that counts.
    ///
    /// The year of `self` decides, and the first Gregorian day. For what is found by other ways than month and day, as the
    /// second Monday is.
    pub fn at(self, days: impl Fn(Self, CalendarSystem) -> i64) -> i64 {
        let gregorian = days(self, CalendarSystem::Gregorian);
        if self.year >= 1582 && gregorian >= GREGORIAN {
            gregorian
        } else {
            days(self, CalendarSystem::Julian)
        }
    }

    /// Returns the days since 1 January 1970, in one calendar.
    ///
    /// Months and days that do not exist roll over.
    #[must_use]
    pub fn days_in(self, system: CalendarSystem) -> i64 {
        let year = self.year + (self.month - 1).div_euclid(12);
        let month = (self.month - 1).rem_euclid(12) + 1;
        let year = year - i64::from(month <= 2);
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + self.day - 1;
        let julian = 365 * year + year.div_euclid(4) + of_year - 719_470;
        match system {
            CalendarSystem::Julian => julian,
            CalendarSystem::Gregorian => julian - year.div_euclid(100) + year.div_euclid(400) + 2,
        }
    }

    /// Returns the year as `SimpleDateFormat` prints it, which leaves the era out.
    #[must_use]
    pub fn year_of_era(self) -> i64 {
        if self.year > 0 {
            self.year
        } else {
            1 - self.year
        }
    }
}

/// Which years have a leap day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "`GregorianCalendar` has these two")]
pub enum CalendarSystem {
    /// Every fourth.
    Julian,
    /// Every fourth, but of the hundredth only every fourth.
    Gregorian,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(days: i64, year: i64, month: i64, day: i64) {
        let expected = CalendarDay { year, month, day };
        assert_eq!(CalendarDay::of(days), expected);
        assert_eq!(expected.days(), days);
    }

    #[test]
    fn days_and_dates_agree_with_java() {
        check(0, 1970, 1, 1);
        check(-1, 1969, 12, 31);
        check(18_262, 2020, 1, 1);
        check(11_016, 2000, 2, 29);
        check(GREGORIAN, 1582, 10, 15);
        check(GREGORIAN - 1, 1582, 10, 4);
        check(-719_164, 1, 1, 1);
        check(-719_165, 0, 12, 31);
    }

    #[test]
    fn every_day_comes_back() {
        for days in (-800_000..800_000).step_by(13) {
            assert_eq!(CalendarDay::of(days).days(), days);
        }
    }

    #[test]
    fn a_calendar_alone_has_all_days() {
        let tenth = CalendarDay {
            year: 1582,
            month: 10,
            day: 10,
        };
        assert_eq!(tenth.days_in(CalendarSystem::Gregorian), GREGORIAN - 5);
        assert_eq!(tenth.days_in(CalendarSystem::Julian), GREGORIAN + 5);
        assert_eq!(tenth.days(), GREGORIAN + 5, "was left out");
        let late = CalendarDay {
            year: 1581,
            month: 24,
            day: 31,
        };
        assert_eq!(
            late.days(),
            late.days_in(CalendarSystem::Julian),
            "by its year"
        );
    }

    #[test]
    fn days_that_do_not_exist_roll_over() {
        let days = |year, month, day| CalendarDay { year, month, day }.days();
        assert_eq!(days(2020, 13, 45), days(2021, 2, 14));
        assert_eq!(days(2020, 0, 0), days(2019, 11, 30));
        assert_eq!(days(2021, 2, 29), days(2021, 3, 1));
    }
}
