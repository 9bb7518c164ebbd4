//! [`Moment`]: an instant, taken apart by a calendar and a clock.

use connect_api::values::CalendarDay;

use super::zone::Offset;

pub(super) const DAY_MILLIS: i64 = 86_400_000;

/// An instant as calendar and clock show it somewhere.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// Days since 1 January 1970, there.
    days: i64,
    day: CalendarDay,
    of_day: i64,
    offset: Offset,
}

impl Moment {
    /// Returns what is shown `millis` after the epoch, where `offset` is kept.
    pub(super) fn new(millis: i64, offset: Offset) -> Self {
        // Apart, so that the ends of what 64 bits hold do not overflow.
        let of_day = millis.rem_euclid(DAY_MILLIS) + offset.millis();
        let days = millis.div_euclid(DAY_MILLIS) + of_day.div_euclid(DAY_MILLIS);
        Self {
            days,
            day: CalendarDay::of(days),
            of_day: of_day.rem_euclid(DAY_MILLIS),
            offset,
        }
    }

    pub(super) fn offset(&self) -> Offset {
        self.offset
    }

    pub(super) fn day(&self) -> CalendarDay {
        self.day
    }

    /// Returns 0 before the beginning of the first year, and 1 after it.
    pub(super) fn era(&self) -> usize {
        usize::from(self.day.year > 0)
    }

    /// Returns the day of the week; Sunday is 0.
    pub(super) fn weekday(&self) -> usize {
        weekday(self.days) as usize
    }

    pub(super) fn day_of_year(&self) -> i64 {
        self.days - first(self.day.year, 1) + 1
    }

    /// Returns the year that the week belongs to, and the number of the week.
    ///
    /// Weeks begin on Sunday, and the first one is the one of 1 January, as in the United States.
    pub(super) fn week(&self) -> (i64, i64) {
        let year = self.day.year;
        let sunday = sunday(self.days);
        if first(year + 1, 1) <= sunday + 6 {
            return (year + 1, 1);
        }
        (year, self.weeks_since(first(year, 1)))
    }

    pub(super) fn week_of_month(&self) -> i64 {
        self.weeks_since(first(self.day.year, self.day.month))
    }

    /// Returns which one of its weekday it is in its month.
    pub(super) fn weekday_in_month(&self) -> i64 {
        (self.days - first(self.day.year, self.day.month)) / 7 + 1
    }

    pub(super) fn hour(&self) -> i64 {
        self.of_day / 3_600_000
    }

    pub(super) fn minute(&self) -> i64 {
        self.of_day / 60_000 % 60
    }

    pub(super) fn second(&self) -> i64 {
        self.of_day / 1000 % 60
    }

    pub(super) fn milli(&self) -> i64 {
        self.of_day % 1000
    }

    fn weeks_since(&self, first: i64) -> i64 {
        (sunday(self.days) - sunday(first)) / 7 + 1
    }
}

/// Returns the day of the week; Sunday is 0.
pub(super) fn weekday(days: i64) -> i64 {
    (days + 4).rem_euclid(7)
}

/// Returns the Sunday of a week.
pub(super) fn sunday(days: i64) -> i64 {
    days - weekday(days)
}

fn first(year: i64, month: i64) -> i64 {
    let day = CalendarDay {
        year,
        month,
        day: 1,
    };
    day.days()
}
