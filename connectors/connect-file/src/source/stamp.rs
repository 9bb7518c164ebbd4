//! [`Stamp`]: what rotation appended to the name of a file.

use std::cmp::Ordering;

/// What rotation appended to the name of a file, in the orders that are in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stamp {
    /// A number of at most four digits: `app.log.1`.
    Index(u64),
    /// A date, or any longer row of numbers: `app.log-20260131`, `app.2026-01-31.2.log`. Later ones are newer.
    Time(Vec<u64>),
}

impl Stamp {
    /// Reads what `name` has and `original` has not: behind it, or in front of its extension.
    pub(crate) fn of(name: &str, original: &str) -> Option<Self> {
        let behind = name.strip_prefix(original);
        let inside = || {
            let (stem, extension) = original.rsplit_once('.')?;
            name.strip_prefix(stem)?
                .strip_suffix(extension)?
                .strip_suffix('.')
        };
        behind
            .and_then(Self::parse)
            .or_else(|| inside().and_then(Self::parse))
    }

    /// Reads what was appended to a name, with the sign in front of it.
    pub(crate) fn parse(appended: &str) -> Option<Self> {
        let digits = appended.strip_prefix(['.', '-', '_'])?;
        if !digits.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let numbers = digits
            .split(['.', '-', '_', ':', 'T'])
            .map(|number| number.trim_end_matches('Z').parse().ok())
            .collect::<Option<Vec<u64>>>()?;
        Some(match *numbers {
            [index] if digits.len() <= 4 => Self::Index(index),
            _ => Self::Time(numbers),
        })
    }

    /// Orders stamps from old to new, for files that were written at the same time.
    ///
    /// Nearly every tool renames `app.log.1` to `app.log.2`, so the lower number is the newer file.
    pub(crate) fn cmp_age(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Index(one), Self::Index(two)) => two.cmp(one),
            (Self::Time(one), Self::Time(two)) => one.cmp(two),
            (Self::Index(_), Self::Time(_)) => Ordering::Greater,
            (Self::Time(_), Self::Index(_)) => Ordering::Less,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: Option<Stamp>) {
        assert_eq!(Stamp::of(name, "app.log"), expected, "{name}");
    }

    #[test]
    fn names_that_rotation_makes_are_recognised() {
        check("app.log.1", Some(Stamp::Index(1)));
        check("app.log-20260131", Some(Stamp::Time(vec![20_260_131])));
        check(
            "app.log.2026-01-31_23",
            Some(Stamp::Time(vec![2026, 1, 31, 23])),
        );
        check("app.1.log", Some(Stamp::Index(1)));
        check(
            "app-2026-01-31T23:00Z.log",
            Some(Stamp::Time(vec![2026, 1, 31, 23, 0])),
        );
    }

    #[test]
    fn other_files_beside_it_are_not() {
        for name in [
            "app.log",
            "app.log.1.gz",
            "app.log.bak",
            "app.log~",
            "app.log.connect-offsets",
            "app.logs.1",
            "app2.log",
            "other.log.1",
            "app.log.",
            "app.log.99999999999999999999999",
        ] {
            check(name, None);
        }
    }

    #[test]
    fn lower_numbers_and_later_dates_are_newer() {
        assert_eq!(Stamp::Index(10).cmp_age(&Stamp::Index(9)), Ordering::Less);
        let (tenth, ninth) = (
            Stamp::Time(vec![20_260_131, 10]),
            Stamp::Time(vec![20_260_131, 9]),
        );
        assert_eq!(ninth.cmp_age(&tenth), Ordering::Less);
    }
}
