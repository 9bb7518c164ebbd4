//! [`Zone`]: where a clock hangs.

use jiff::{
    Timestamp,
    tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase},
};

use super::{moment::DAY_MILLIS, write::push_padded, zone_names::ZoneNames};

/// Where a clock hangs: the offsets from UTC that are kept there.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    /// Seconds east of UTC, in standard time.
    standard: i32,
    /// When something else is kept; never, if that is not known.
    rules: Option<TimeZone>,
    /// Short names, in standard time and in daylight saving time.
    names: [Option<String>; 2],
    /// What they are called in texts, if that is in our table.
    known: Option<&'static ZoneNames>,
}

/// An offset from UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offset {
    /// Seconds east of UTC.
    pub(super) seconds: i32,
    /// Whether it is daylight saving time.
    pub(super) daylight: bool,
}

impl Offset {
    pub(super) fn fixed(seconds: i32) -> Self {
        Self {
            seconds,
            daylight: false,
        }
    }

    pub(super) fn millis(self) -> i64 {
        i64::from(self.seconds) * 1000
    }
}

impl Zone {
    /// UTC.
    pub(crate) fn utc() -> Self {
        Self::fixed(0, Some("UTC".to_owned()))
    }

    /// Finds a zone by its name in IANA's database, or by its offset: `Europe/Berlin`, `UTC`, `+02:00`, `GMT-5`.
    ///
    /// # Errors
    ///
    /// There is no such zone.
    pub(crate) fn named(name: &str) -> Result<Self, String> {
        match name {
            "UTC" | "Etc/UTC" | "Z" => return Ok(Self::utc()),
            "GMT" | "Etc/GMT" => return Ok(Self::fixed(0, Some("GMT".to_owned()))),
            _ => {}
        }
        if let Some(seconds) = offset(name) {
            return Ok(Self::fixed(seconds, None));
        }
        let rules = TimeZoneDatabase::bundled().get(name).map_err(|_unknown| {
            "expected a time zone of IANA's database, as Europe/Berlin, or an offset, as +02:00"
                .to_owned()
        })?;
        Ok(Self::with_rules(rules))
    }

    fn fixed(standard: i32, name: Option<String>) -> Self {
        Self {
            standard,
            rules: None,
            names: [name, None],
            known: None,
        }
    }

    /// Takes names and the standard offset from what is kept nowadays, as Java does.
    fn with_rules(rules: TimeZone) -> Self {
        let mut names = [None, None];
        let mut kept = Vec::new();
        for second in [NOWADAYS, NOWADAYS + HALF_A_YEAR] {
            let info = rules.to_offset_info(timestamp(second));
            let name = info.abbreviation().to_owned();
            if name.bytes().all(|byte| byte.is_ascii_alphabetic()) {
                names[usize::from(info.dst().is_dst())] = Some(name.clone());
            }
            kept.push((name, info.offset().seconds()));
        }
        let known = ZoneNames::of(&kept);
        if let (None, Some(known)) = (&names[1], known) {
            names[1] = Some(known.short_daylight().to_owned());
        }
        Self {
            standard: kept[0].1.min(kept[1].1),
            rules: Some(rules),
            names,
            known,
        }
    }

    /// Returns the offset that is kept at an instant.
    ///
    /// Before 1900 it is today's standard one, as in Java, which has no local mean times.
    pub(super) fn offset_at(&self, millis: i64) -> Offset {
        let Some(rules) = &self.rules else {
            return Offset::fixed(self.standard);
        };
        if millis < START_OF_1900 {
            return Offset::fixed(self.standard);
        }
        let info = rules.to_offset_info(timestamp(millis.div_euclid(1000)));
        Offset {
            seconds: info.offset().seconds(),
            daylight: info.dst().is_dst(),
        }
    }

    /// Returns the day, counted from 1 January 1970, and the milliseconds of the day that a clock shows.
    pub(crate) fn day_and_time(&self, millis: i64) -> (i64, i64) {
        // Apart, so that the ends of what 64 bits hold do not overflow.
        let time = millis.rem_euclid(DAY_MILLIS) + self.offset_at(millis).millis();
        let day = millis.div_euclid(DAY_MILLIS) + time.div_euclid(DAY_MILLIS);
        (day, time.rem_euclid(DAY_MILLIS))
    }

    /// Returns the seconds east of UTC that a clock has which shows `millis` after the epoch.
    ///
    /// What a clock shows twice is the later time, and what it leaves out is counted from before, as in Java: both are
    /// standard time.
    pub(super) fn offset_of_clock(&self, millis: i64) -> i32 {
        let Some(rules) = &self.rules else {
            return self.standard;
        };
        if millis < START_OF_1900 + i64::from(self.standard) * 1000 {
            return self.standard;
        }
        let shown = jiff::tz::Offset::UTC.to_datetime(timestamp(millis.div_euclid(1000)));
        let offset = match rules.to_ambiguous_timestamp(shown).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset,
            AmbiguousOffset::Gap { before, .. } => before,
            AmbiguousOffset::Fold { after, .. } => after,
        };
        offset.seconds()
    }

    /// Returns the names that are meant first when they are read in this zone.
    pub(super) fn zone_names(&self) -> Option<&'static ZoneNames> {
        self.known
    }

    pub(super) fn push_short_name(&self, offset: Offset, out: &mut String) {
        match &self.names[usize::from(offset.daylight)] {
            Some(name) => out.push_str(name),
            None => push_gmt(offset, out),
        }
    }

    pub(super) fn push_long_name(&self, offset: Offset, out: &mut String) {
        let short = self.names[usize::from(offset.daylight)].as_deref();
        match short.and_then(|short| ZoneNames::long_name(short, offset.seconds)) {
            Some(name) => out.push_str(name),
            None => push_gmt(offset, out),
        }
    }
}

const START_OF_1900: i64 = -2_208_988_800_000;

/// 1 January 2024, in seconds.
const NOWADAYS: i64 = 1_704_067_200;

const HALF_A_YEAR: i64 = 182 * 86_400;

/// Returns an instant at which the same is kept: after the year 8000 one that is a multiple of 400 years before.
fn timestamp(seconds: i64) -> Timestamp {
    const PERIOD: i64 = 146_097 * 86_400;
    const LAST: i64 = 190_288_396_800;
    let beyond = (seconds - LAST).max(0);
    let periods = (beyond + PERIOD - 1).div_euclid(PERIOD);
    Timestamp::from_second(seconds - periods * PERIOD).unwrap_or_default()
}

/// Reads `+02:00`, `-0530`, `GMT+2`, `UTC-05:00`.
fn offset(text: &str) -> Option<i32> {
    let text = ["GMT", "UTC"]
        .iter()
        .find_map(|name| text.strip_prefix(name))
        .unwrap_or(text);
    let sign = match text.bytes().next()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let text = &text[1..];
    let (hours, minutes) = match text.split_once(':') {
        Some(parts) => parts,
        None if text.len() > 2 && text.is_ascii() => text.split_at(text.len() - 2),
        None => (text, "0"),
    };
    let number = |text: &str, most: i32| {
        let digits =
            (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        let number: i32 = text.parse().ok().filter(|_| digits)?;
        (number <= most).then_some(number)
    };
    Some(sign * (number(hours, 23)? * 3600 + number(minutes, 59)? * 60))
}

/// Appends `GMT-03:00`.
fn push_gmt(offset: Offset, out: &mut String) {
    out.push_str("GMT");
    push_signed(offset, ":", out);
}

/// Appends `-0800`.
pub(super) fn push_rfc_822(offset: Offset, out: &mut String) {
    push_signed(offset, "", out);
}

/// Appends `-08`, `-0800`, `-08:00` or `Z`.
pub(super) fn push_iso_8601(offset: Offset, count: usize, out: &mut String) {
    match (offset.seconds, count) {
        (0, _) => out.push('Z'),
        (_, 1) => push_hours(offset, out),
        (_, 2) => push_signed(offset, "", out),
        _ => push_signed(offset, ":", out),
    }
}

fn push_signed(offset: Offset, between: &str, out: &mut String) {
    push_hours(offset, out);
    out.push_str(between);
    push_padded(i64::from(offset.seconds.abs() / 60 % 60), 2, out);
}

fn push_hours(offset: Offset, out: &mut String) {
    out.push(if offset.seconds / 60 < 0 { '-' } else { '+' });
    push_padded(i64::from(offset.seconds.abs() / 3600), 2, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> Zone {
        Zone::named("Europe/Berlin").unwrap()
    }

    #[test]
    fn offsets_and_names_are_zones() {
        let standard = |name| Zone::named(name).unwrap().standard;
        assert_eq!(standard("+02:00"), 7200);
        assert_eq!(standard("-0530"), -19_800);
        assert_eq!(standard("GMT+2"), 7200);
        assert_eq!(standard("Asia/Kolkata"), 19_800);
        assert_eq!(standard("Europe/Dublin"), 0);
        for unknown in ["", "Mars/Olympus", "+25:00", "+2:60", "+1:2:3", "+é1"] {
            assert!(Zone::named(unknown).is_err(), "{unknown}");
        }
    }

    #[test]
    fn what_is_shown_twice_or_never_is_standard_time() {
        let clock = |day: i64, hour: i64| (day * 24 + hour) * 3_600_000 + 1_800_000;
        let (march, october) = (19_813, 20_023);
        assert_eq!(berlin().offset_of_clock(clock(march, 1)), 3600);
        assert_eq!(berlin().offset_of_clock(clock(march, 2)), 3600);
        assert_eq!(berlin().offset_of_clock(clock(march, 3)), 7200);
        assert_eq!(berlin().offset_of_clock(clock(october, 1)), 7200);
        assert_eq!(berlin().offset_of_clock(clock(october, 2)), 3600);
    }

    #[test]
    fn times_far_away_have_an_offset() {
        for millis in [i64::MIN, -62_135_769_600_000, 253_402_300_800_000, i64::MAX] {
            let hours = berlin().offset_at(millis).seconds / 3600;
            assert!((1..=2).contains(&hours), "{millis}");
            assert!((1..=2).contains(&(berlin().offset_of_clock(millis) / 3600)));
        }
    }
}
