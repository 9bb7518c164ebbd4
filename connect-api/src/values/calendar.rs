//! Days and dates, in the calendar of Java's `GregorianCalendar`.

/// 15 October 1582, the first Gregorian day; the day before was 4 October in the Julian calendar.
const GREGORIAN: i64 = -141_427;

/// A calendar day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CalendarDay {
    pub(super) year: i64,
    /// From 1.
    pub(super) month: i64,
    /// From 1.
    pub(super) day: i64,
}

impl CalendarDay {
    /// Returns the day that is `days` after 1 January 1970.
    pub(super) fn of(days: i64) -> Self {
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

    /// Returns the days since 1 January 1970; months and days that do not exist roll over.
    pub(super) fn days(self) -> i64 {
        let year = self.year + (self.month - 1).div_euclid(12);
        let month = (self.month - 1).rem_euclid(12) + 1;
        let year = year - i64::from(month <= 2);
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + self.day - 1;
        let gregorian = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        let days = 365 * year + gregorian + of_year - 719_468;
        if days >= GREGORIAN {
            days
        } else {
            365 * year + year.div_euclid(4) + of_year - 719_470
        }
    }

    /// Returns the year as `SimpleDateFormat` prints it, which leaves the era out.
    pub(super) fn year_of_era(self) -> i64 {
        if self.year > 0 {
            self.year
        } else {
            1 - self.year
        }
    }
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
    fn days_that_do_not_exist_roll_over() {
        let days = |year, month, day| CalendarDay { year, month, day }.days();
        assert_eq!(days(2020, 13, 45), days(2021, 2, 14));
        assert_eq!(days(2020, 0, 0), days(2019, 11, 30));
        assert_eq!(days(2021, 2, 29), days(2021, 3, 1));
    }
}
