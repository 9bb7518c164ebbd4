//! [`Given`]: what a text says about an instant.

use connect_api::values::{CalendarDay, CalendarSystem};

use super::{
    moment::{DAY_MILLIS, sunday, weekday},
    zone::{Offset, Zone},
};

/// What a text says about an instant; of what contradicts the last counts, as in Java's `GregorianCalendar`.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    values: [i32; Slot::COUNT],
    /// When each was given; 0 is never.
    stamps: [u32; Slot::COUNT],
    last: u32,
    /// Seconds east of UTC.
    pub(super) offset: Option<i32>,
    /// Whether the year is the one of two digits that may be of the first or of the last year of the century.
    pub(super) ambiguous: bool,
}

/// What can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// 0 is before the beginning of the first year, 1 after it.
    Era,
    Year,
    WeekYear,
    /// From 0.
    Month,
    WeekOfYear,
    WeekOfMonth,
    Day,
    DayOfYear,
    /// Sunday is 1.
    Weekday,
    WeekdayInMonth,
    /// 0 is before noon, 1 after it.
    Half,
    HourOfHalf,
    Hour,
    Minute,
    Second,
    Milli,
}

impl Slot {
    const COUNT: usize = 16;
}

/// Before or after the beginning of the first year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Era {
    Before,
    After,
}

/// How the day is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Day,
    DayOfYear,
    WeekOfYear,
    WeekOfMonth,
    WeekdayInMonth,
}

impl Given {
    pub(super) fn set(&mut self, slot: Slot, value: i32) {
        self.last += 1;
        self.stamps[slot as usize] = self.last;
        self.values[slot as usize] = value;
    }

    /// Moves the year into the next century.
    pub(super) fn add_century(&mut self) {
        for slot in [Slot::Year, Slot::WeekYear] {
            let year = &mut self.values[slot as usize];
            *year = year.wrapping_add(100);
        }
    }

    fn get(&self, slot: Slot) -> i32 {
        self.values[slot as usize]
    }

    fn get_or(&self, slot: Slot, absent: i32) -> i32 {
        if self.is_set(slot) {
            self.get(slot)
        } else {
            absent
        }
    }

    fn value(&self, slot: Slot) -> i64 {
        self.get(slot).into()
    }

    fn stamp(&self, slot: Slot) -> u32 {
        self.stamps[slot as usize]
    }

    fn is_set(&self, slot: Slot) -> bool {
        self.stamp(slot) > 0
    }

    /// Returns the milliseconds since the epoch, and the offset from UTC that is kept then.
    ///
    /// What is not given is as on 1 January 1970 at midnight; what does not exist rolls over; what 64 bits do not hold
    /// wraps.
    pub(super) fn resolve(&self, zone: &Zone) -> (i64, Offset) {
        let of_day = self.time_of_day();
        let days = self.days(of_day.div_euclid(DAY_MILLIS));
        let clock = days
            .wrapping_mul(DAY_MILLIS)
            .wrapping_add(of_day.rem_euclid(DAY_MILLIS));
        match self.offset {
            Some(seconds) => {
                let offset = Offset::fixed(seconds);
                (clock.wrapping_sub(offset.millis()), offset)
            }
            None => {
                let offset = Offset::fixed(zone.offset_of_clock(clock));
                let millis = clock.wrapping_sub(offset.millis());
                (millis, zone.offset_at(millis))
            }
        }
    }

    fn time_of_day(&self) -> i64 {
        let of_half = self.both(Slot::HourOfHalf, Slot::Half);
        let hour = self.stamp(Slot::Hour);
        let hours = if hour > 0 && hour >= of_half {
            self.value(Slot::Hour)
        } else {
            self.value(Slot::HourOfHalf) + 12 * self.value(Slot::Half)
        };
        let minutes = hours * 60 + self.value(Slot::Minute);
        (minutes * 60 + self.value(Slot::Second)) * 1000 + self.value(Slot::Milli)
    }

    /// Returns the days since 1 January 1970, `more` days after the one that is given.
    fn days(&self, more: i64) -> i64 {
        let days = self.days_by_year(more);
        if self.stamp(Slot::WeekYear) <= self.stamp(Slot::Year) {
            return days;
        }
        // Java takes the era from the day that all the rest gives.
        let era = match CalendarDay::of(wrapped(days)).year {
            ..=0 => Era::Before,
            _ => Era::After,
        };
        self.day_of_week_year(era) + more
    }

    fn days_by_year(&self, more: i64) -> i64 {
        let way = self.way();
        let by_year = matches!(way, Way::DayOfYear | Way::WeekOfYear);
        let era = match self.get_or(Slot::Era, 1) {
            0 => Era::Before,
            _ => Era::After,
        };
        let first = CalendarDay {
            year: of_era(self.get_or(Slot::Year, 1970), era),
            month: if by_year {
                1
            } else {
                self.value(Slot::Month) + 1
            },
            day: 1,
        };
        if by_year && first.year == 1582 {
            return self.day_after(first, CalendarSystem::Julian, way) + more;
        }
        first.at(|first, system| self.day_after(first, system, way) + more)
    }

    /// Says what gives the day: what came last and is complete.
    fn way(&self) -> Way {
        let weekday = self.stamp(Slot::Weekday);
        let day = self.stamp(Slot::Day);
        let of_month = self.both(Slot::WeekOfMonth, Slot::Weekday);
        let in_month = self.both(Slot::WeekdayInMonth, Slot::Weekday);
        let of_year = self.stamp(Slot::DayOfYear);
        let week = self.both(Slot::WeekOfYear, Slot::Weekday);
        let complete = day.max(of_month).max(in_month).max(of_year).max(week);
        if complete > 0 {
            return if complete == day {
                Way::Day
            } else if complete == of_year {
                Way::DayOfYear
            } else {
                self.way_by_week([of_month, in_month, week], complete)
            };
        }
        // None is complete: a week, or a weekday alone.
        let of_month = self.stamp(Slot::WeekOfMonth);
        let in_month = self.stamp(Slot::WeekdayInMonth).max(weekday);
        let week = self.stamp(Slot::WeekOfYear);
        match of_month.max(in_month).max(week) {
            0 => Way::Day,
            best => self.way_by_week([of_month, in_month, week], best),
        }
    }

    /// Chooses among ways that share a weekday.
    fn way_by_week(&self, [of_month, in_month, week]: [u32; 3], best: u32) -> Way {
        let week_of_month = self.stamp(Slot::WeekOfMonth);
        let weekday_in_month = self.stamp(Slot::WeekdayInMonth);
        let week_of_year = self.stamp(Slot::WeekOfYear);
        let by_month = best == of_month && week_of_month >= week_of_year
            || best == in_month && weekday_in_month >= week_of_year;
        if !by_month {
            debug_assert_eq!(best, week);
            return Way::WeekOfYear;
        }
        let week_counts = if of_month == in_month {
            week_of_month >= weekday_in_month
        } else {
            best == of_month
        };
        if week_counts {
            Way::WeekOfMonth
        } else {
            Way::WeekdayInMonth
        }
    }

    /// Returns the later stamp of two, if both are given.
    fn both(&self, one: Slot, other: Slot) -> u32 {
        match (self.stamp(one), self.stamp(other)) {
            (0, _) | (_, 0) => 0,
            (one, other) => one.max(other),
        }
    }

    /// Returns the day that is given, counted from the first of its month or year.
    fn day_after(&self, first: CalendarDay, system: CalendarSystem, way: Way) -> i64 {
        let start = first.days_in(system);
        let given_weekday = self
            .is_set(Slot::Weekday)
            .then(|| self.value(Slot::Weekday));
        let week_start = sunday(start);
        let in_week = |week_start: i64| match given_weekday {
            Some(weekday) => on_or_before(week_start + 6, weekday),
            None => week_start,
        };
        match way {
            Way::Day if self.is_set(Slot::Day) => start + self.value(Slot::Day) - 1,
            Way::Day => start,
            Way::DayOfYear => start + self.value(Slot::DayOfYear) - 1,
            Way::WeekOfYear => in_week(week_start) + 7 * (self.value(Slot::WeekOfYear) - 1),
            Way::WeekOfMonth => {
                let weeks = self.get(Slot::WeekOfMonth).wrapping_sub(1);
                in_week(week_start) + i64::from(weeks.wrapping_mul(7))
            }
            Way::WeekdayInMonth => {
                let weekday = given_weekday.unwrap_or(1);
                let which = self.get_or(Slot::WeekdayInMonth, 1);
                if which >= 0 {
                    let days = i64::from(which.wrapping_mul(7));
                    return on_or_before(start + days - 1, weekday);
                }
                let next = CalendarDay {
                    month: first.month + 1,
                    ..first
                };
                let days = i64::from(which.wrapping_add(1).wrapping_mul(7));
                on_or_before(next.days_in(system) + days - 1, weekday)
            }
        }
    }

    /// Returns the day that is given by a year of weeks.
    fn day_of_week_year(&self, era: Era) -> i64 {
        let first = CalendarDay {
            year: of_era(self.get(Slot::WeekYear), era),
            month: 1,
            day: 1,
        };
        let first = if first.year == 1582 {
            first.days_in(CalendarSystem::Julian)
        } else {
            first.days()
        };
        let week = self.get_or(Slot::WeekOfYear, 1);
        let (week, weekday) = rolled_over(week, self.get_or(Slot::Weekday, 1));
        let days = (weekday - 1).wrapping_add(week.wrapping_sub(1).wrapping_mul(7));
        wrapped(wrapped(sunday(first)) + i64::from(days))
    }
}

/// Returns the year 0 for 1 BC, and so on.
fn of_era(year: i32, era: Era) -> i64 {
    match era {
        Era::Before => 1i32.wrapping_sub(year).into(),
        Era::After => year.into(),
    }
}

/// Returns the day that is left of one whose milliseconds 64 bits do not hold: Java works a week out as an instant.
fn wrapped(days: i64) -> i64 {
    days.wrapping_mul(DAY_MILLIS).div_euclid(DAY_MILLIS)
}

/// Brings a weekday, counted from Monday if it is none, into a week before or after.
fn rolled_over(week: i32, weekday: i32) -> (i32, i32) {
    if (1..=7).contains(&weekday) {
        return (week, weekday);
    }
    let (week, from_monday) = if weekday >= 8 {
        let past = weekday - 1;
        (week.wrapping_add(past / 7), past % 7 + 1)
    } else {
        let weeks = weekday.div_euclid(7) - i32::from(weekday % 7 == 0);
        (
            week.wrapping_add(weeks),
            (weekday.rem_euclid(7) + 6) % 7 + 1,
        )
    };
    (week, if from_monday == 7 { 1 } else { from_monday + 1 })
}

/// Returns the last day until `day` that is a `weekday`, of which Sunday is 1.
fn on_or_before(day: i64, weekday_wanted: i64) -> i64 {
    day - (weekday(day) + 1 - weekday_wanted).rem_euclid(7)
}
