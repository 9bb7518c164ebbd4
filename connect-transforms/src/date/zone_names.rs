//! [`ZoneNames`]: what time zones are called in English.

use super::names::begins;

/// What a time zone is called.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ZoneNames {
    /// Seconds east of UTC in standard time.
    offset: i32,
    /// Long and short, in standard time.
    standard: [&'static str; 2],
    /// Long and short, in daylight saving time.
    daylight: [&'static str; 2],
    /// Whether the zone has daylight saving time nowadays.
    saves: bool,
}

impl ZoneNames {
    /// Returns the long name of what is called `short` and is `offset` seconds east of UTC.
    pub(super) fn long_name(short: &str, offset: i32) -> Option<&'static str> {
        ALL.iter().find_map(|names| {
            let [long, known] = if names.offset == offset {
                names.standard
            } else if names.offset + HOUR == offset {
                names.daylight
            } else {
                return None;
            };
            (known == short).then_some(long)
        })
    }

    /// Returns the names of a zone that has all of these short names at these offsets.
    pub(super) fn of(kept: &[(String, i32)]) -> Option<&'static Self> {
        let knows = |names: &Self, short: &str, offset| {
            let standard = names.offset == offset && names.standard[1] == short;
            let daylight = names.offset + HOUR == offset && names.daylight[1] == short;
            standard || daylight
        };
        ALL.iter().find(|names| {
            kept.iter()
                .all(|(short, offset)| knows(names, short, *offset))
        })
    }

    /// Returns the short name in daylight saving time.
    pub(super) fn short_daylight(&self) -> &'static str {
        self.daylight[1]
    }

    /// Finds which of all names `text` begins with; Java's order decides among equal ones.
    pub(super) fn find(text: &str) -> Option<Named> {
        ALL.iter().find_map(|names| names.match_start(text))
    }

    /// Returns what it means that `text` begins with one of these names.
    pub(super) fn match_start(&self, text: &str) -> Option<Named> {
        let at = |names: &[&str; 2]| names.iter().position(|name| begins(text, name));
        if let Some(at) = at(&self.standard) {
            return Some(Named {
                offset: self.offset,
                says_season: self.standard[at] != self.daylight[at],
                length: self.standard[at].len(),
            });
        }
        let at = at(&self.daylight)?;
        Some(Named {
            offset: self.offset + i32::from(self.saves) * HOUR,
            says_season: self.saves,
            length: self.daylight[at].len(),
        })
    }
}

/// What a name of a time zone means: its offset nowadays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// Seconds east of UTC.
    pub(super) offset: i32,
    /// Whether the name says if it is daylight saving time; if not, an offset that came before it counts.
    pub(super) says_season: bool,
    /// How long the name is.
    pub(super) length: usize,
}

macro_rules! names {
    ($($offset:expr, $saves:literal, [$long:literal, $short:literal], [$long_daylight:literal, $short_daylight:literal];)*) => {
        /// In the order in which Java looks for them.
        const ALL: &[ZoneNames] = &[$(ZoneNames {
            offset: $offset,
            standard: [$long, $short],
            daylight: [$long_daylight, $short_daylight],
            saves: $saves,
        }),*];
    };
}
const HOUR: i32 = 3600;

names! {
    -8 * HOUR, true, ["Pacific Standard Time", "PST"], ["Pacific Daylight Time", "PDT"];
    -7 * HOUR, true, ["Mountain Standard Time", "MST"], ["Mountain Daylight Time", "MDT"];
    -6 * HOUR, true, ["Central Standard Time", "CST"], ["Central Daylight Time", "CDT"];
    -5 * HOUR, true, ["Eastern Standard Time", "EST"], ["Eastern Daylight Time", "EDT"];
    -10 * HOUR, false, ["Hawaii-Aleutian Standard Time", "HST"], ["Hawaii-Aleutian Daylight Time", "HDT"];
    -9 * HOUR, true, ["Alaska Standard Time", "AKST"], ["Alaska Daylight Time", "AKDT"];
    -4 * HOUR, true, ["Atlantic Standard Time", "AST"], ["Atlantic Daylight Time", "ADT"];
    -12_600, true, ["Newfoundland Standard Time", "NST"], ["Newfoundland Daylight Time", "NDT"];
    HOUR, true, ["Central European Standard Time", "CET"], ["Central European Summer Time", "CEST"];
    2 * HOUR, true, ["Israel Standard Time", "IST"], ["Israel Daylight Time", "IDT"];
    9 * HOUR, false, ["Japan Standard Time", "JST"], ["Japan Daylight Time", "JDT"];
    2 * HOUR, true, ["Eastern European Standard Time", "EET"], ["Eastern European Summer Time", "EEST"];
    8 * HOUR, false, ["China Standard Time", "CST"], ["China Daylight Time", "CDT"];
    0, false, ["Coordinated Universal Time", "UTC"], ["Coordinated Universal Time", "UTC"];
    0, true, ["Greenwich Mean Time", "GMT"], ["British Summer Time", "BST"];
    0, true, ["Western European Standard Time", "WET"], ["Western European Summer Time", "WEST"];
    3 * HOUR, false, ["Moscow Standard Time", "MSK"], ["Moscow Summer Time", "MSK"];
    0, true, ["Greenwich Mean Time", "GMT"], ["Irish Standard Time", "IST"];
    19_800, false, ["India Standard Time", "IST"], ["Kolkata Daylight Time", "IST"];
    9 * HOUR, false, ["Korean Standard Time", "KST"], ["Korean Daylight Time", "KST"];
    8 * HOUR, false, ["Hong Kong Standard Time", "HKT"], ["Hong Kong Summer Time", "HKST"];
    5 * HOUR, false, ["Pakistan Standard Time", "PKT"], ["Pakistan Summer Time", "PKST"];
    7 * HOUR, false, ["Western Indonesia Time", "WIB"], ["Jakarta Daylight Time", "WIB"];
    10 * HOUR, true, ["Australian Eastern Standard Time", "AEST"], ["Australian Eastern Daylight Time", "AEDT"];
    34_200, false, ["Australian Central Standard Time", "ACST"], ["Australian Central Daylight Time", "ACDT"];
    8 * HOUR, false, ["Australian Western Standard Time", "AWST"], ["Australian Western Daylight Time", "AWDT"];
    12 * HOUR, true, ["New Zealand Standard Time", "NZST"], ["New Zealand Daylight Time", "NZDT"];
    2 * HOUR, false, ["South Africa Standard Time", "SAST"], ["Johannesburg Daylight Time", "SAST"];
    2 * HOUR, false, ["Central Africa Time", "CAT"], ["Maputo Daylight Time", "CAT"];
    3 * HOUR, false, ["East Africa Time", "EAT"], ["Nairobi Daylight Time", "EAT"];
    HOUR, false, ["West Africa Standard Time", "WAT"], ["West Africa Summer Time", "WAT"];
}
