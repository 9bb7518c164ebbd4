//! How an instant is written.

use connect_api::number::push_i64;

use super::{
    letters::{Field, Letter},
    moment::Moment,
    names::{DAYS, ERAS, HALVES, MONTHS, SHORT},
    zone::{self, Zone},
};

/// Appends one field of an instant.
pub(super) fn push(field: Field, moment: &Moment, zone: &Zone, out: &mut String) {
    let Field { letter, count, .. } = field;
    let name = |name: &'static str| if count >= 4 { name } else { &name[..SHORT] };
    match letter {
        Letter::Era => out.push_str(ERAS[moment.era()]),
        Letter::Month if count >= 3 => {
            out.push_str(name(MONTHS[(moment.day().month - 1) as usize]));
        }
        Letter::DayName => out.push_str(name(DAYS[moment.weekday()])),
        Letter::HalfDay => out.push_str(HALVES[(moment.hour() / 12) as usize]),
        Letter::Year | Letter::WeekYear if count == 2 => {
            let year = number(letter, moment);
            if year < 0 {
                out.push('-');
            }
            push_padded(year.abs() % 100, 2, out);
        }
        Letter::ZoneName if count >= 4 => zone.push_long_name(moment.offset(), out),
        Letter::ZoneName => zone.push_short_name(moment.offset(), out),
        Letter::Offset => zone::push_rfc_822(moment.offset(), out),
        Letter::IsoOffset => zone::push_iso_8601(moment.offset(), count, out),
        _ => push_padded(number(letter, moment), count, out),
    }
}

/// Returns the number that a field of an instant has, also where it is written as a name; 0 for zones.
pub(super) fn number(letter: Letter, moment: &Moment) -> i64 {
    let or = |n: i64, instead| if n == 0 { instead } else { n };
    match letter {
        Letter::Era => moment.era() as i64,
        Letter::WeekYear => moment.week().0,
        Letter::Year => moment.day().year_of_era(),
        Letter::Month => moment.day().month,
        Letter::WeekOfYear => moment.week().1,
        Letter::WeekOfMonth => moment.week_of_month(),
        Letter::DayOfYear => moment.day_of_year(),
        Letter::Day => moment.day().day,
        Letter::DayOfWeekInMonth => moment.weekday_in_month(),
        Letter::DayName => moment.weekday() as i64,
        Letter::DayNumber => or(moment.weekday() as i64, 7),
        Letter::HalfDay => moment.hour() / 12,
        Letter::Hour => moment.hour(),
        Letter::Hour24 => or(moment.hour(), 24),
        Letter::HourOfHalf => moment.hour() % 12,
        Letter::Hour12 => or(moment.hour() % 12, 12),
        Letter::Minute => moment.minute(),
        Letter::Second => moment.second(),
        Letter::Milli => moment.milli(),
        Letter::ZoneName | Letter::Offset | Letter::IsoOffset => 0,
    }
}

/// Appends a number with zeros before it.
pub(super) fn push_padded(number: i64, width: usize, out: &mut String) {
    if number < 0 {
        out.push('-');
    }
    let number = number.unsigned_abs();
    let digits = number.checked_ilog10().map_or(1, |log| log as usize + 1);
    out.extend((digits..width).map(|_| '0'));
    push_i64(out, number as i64);
}
