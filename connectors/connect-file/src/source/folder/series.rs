//! Which files are one log, and which task reads it.

use connect_api::{Error, Result, TaskConfig};
use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher13;

use super::super::stamp::Stamp;

/// What compressing a file appends to its name.
const COMPRESSED: [&str; 4] = [".gz", ".gzip", ".zst", ".zstd"];
/// What stands behind the name under which a file is known that has none any more.
pub(crate) const GONE: &str = ".connect-gone";
/// What is appended to the name of a file that is put aside.
const ASIDE: [&str; 8] = [
    ".old", ".bak", ".orig", ".prev", ".save", ".copy", "~", GONE,
];

/// Returns the name that all rotated forms of a file have in common.
///
/// Rotation never leads out of a series, so one task has all of it.
pub(crate) fn series(path: &str) -> String {
    let (folder, mut name) = path.rsplit_once('/').unwrap_or(("", path));
    while let Some(shorter) = without_suffix(name).filter(|name| !name.is_empty()) {
        name = shorter;
    }
    let inside = name.rsplit_once('.').and_then(|(stem, extension)| {
        let (base, stamp) = split_stamp(stem)?;
        let is_index = stamp.starts_with('.') && stamp.len() <= 4;
        let follows_digit = base.ends_with(|last: char| last.is_ascii_digit());
        ((is_index && !follows_digit) || is_date(stamp)).then(|| format!("{base}.{extension}"))
    });
    format!("{folder}/{}", inside.as_deref().unwrap_or(name))
}

fn without_suffix(name: &str) -> Option<&str> {
    let mut suffixes = COMPRESSED.iter().chain(&ASIDE);
    if let Some(shorter) = suffixes.find_map(|suffix| name.strip_suffix(suffix)) {
        return Some(shorter);
    }
    let (base, stamp) = split_stamp(name)?;
    // Without an extension in front of it, a number is more often a part of the name.
    let is_extended = base.contains('.') && !base.ends_with(|last: char| last.is_ascii_digit());
    let is_index = stamp.starts_with('.') && stamp.len() <= 5;
    (is_extended || is_index || is_date(stamp)).then_some(base)
}

/// Splits off the longest row of numbers at the end.
fn split_stamp(name: &str) -> Option<(&str, &str)> {
    let mut places = name.match_indices(['.', '-', '_']);
    places.find_map(|(at, _)| {
        let (base, stamp) = name.split_at(at);
        (!base.is_empty() && Stamp::parse(stamp).is_some()).then_some((base, stamp))
    })
}

fn is_date(stamp: &str) -> bool {
    let digits = &stamp[1..];
    let year = matches!(digits.get(..2), Some("19" | "20"));
    let first = digits.split(['.', '-', '_', 'T']).next().unwrap_or(digits);
    year && (first.len() >= 8 || (first.len() == 4 && digits.len() > 4))
}

/// Which of the tasks of a connector one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Share {
    #[serde(rename = "file.task")]
    task: u32,
    #[serde(rename = "file.tasks")]
    tasks: u32,
}

impl Share {
    /// What the only task has.
    pub(crate) const ALL: Self = Self { task: 0, tasks: 1 };

    /// Writes one config for each task.
    ///
    /// # Errors
    ///
    /// None of these structs is refused.
    pub(crate) fn configs(tasks: u32) -> Result<Vec<TaskConfig>> {
        let shares = (0..tasks).map(|task| Self { task, tasks });
        shares.map(|share| TaskConfig::of(&share)).collect()
    }

    /// Reads the config of a task, if it is one of several.
    ///
    /// # Errors
    ///
    /// `Config`, naming the key.
    pub(crate) fn read(config: &TaskConfig) -> Result<Option<Self>> {
        if config.get("file.task").is_none() {
            return Ok(None);
        }
        let share: Self = config.decode()?;
        if share.task < share.tasks {
            return Ok(Some(share));
        }
        let Self { task, tasks } = share;
        Err(Error::config(format!(
            "task config: `file.task`: expected a number below {tasks}, found {task}"
        )))
    }

    /// Returns whether `series` belongs to it.
    ///
    /// With another number of tasks, as few as possible move (rendezvous hashing).
    pub(crate) fn has(self, series: &str) -> bool {
        let weight = |task: &u32| {
            let hasher = SipHasher13::new_with_keys(u64::from(*task), 0);
            (hasher.hash(series.as_bytes()), *task)
        };
        self.tasks == 1 || (0..self.tasks).max_by_key(weight) == Some(self.task)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(names: &[&str], expected: &str) {
        for name in names {
            assert_eq!(series(&format!("/log/{name}")), format!("/log/{expected}"));
        }
    }

    #[test]
    fn rotation_never_leads_out_of_a_series() {
        check(
            &[
                "app.log",
                "app.log.1",
                "app.log.2.gz",
                "app.log-20260131",
                "app.log.2026-01-31_23.zst",
                "app.log.old",
                "app.log.1.bak",
                "app.1.log",
                "app-2026-01-31.log",
                "app_20260131.log.gz",
            ],
            "app.log",
        );
        check(
            &["syslog", "syslog.1", "syslog.12.gz", "syslog-20260131"],
            "syslog",
        );
    }

    #[test]
    fn numbered_files_are_series_of_their_own() {
        for name in [
            "app-00017.log",
            "data-001.csv",
            "part-3",
            "part-00017",
            "10.0.0.17.log",
            "a-1.2",
        ] {
            check(&[name], name);
        }
    }

    #[test]
    fn one_task_has_a_series_and_few_move_when_there_are_more() {
        let shares = |tasks| (0..tasks).map(move |task| Share { task, tasks });
        let owner = |tasks, name: &str| {
            let owners: Vec<_> = shares(tasks).filter(|share| share.has(name)).collect();
            assert_eq!(owners.len(), 1, "{name}");
            owners[0].task
        };
        let names: Vec<_> = (0..1000).map(|n| format!("/log/app-{n}.log")).collect();
        let moved = names
            .iter()
            .filter(|name| owner(4, name) != owner(5, name))
            .count();
        assert!((100..300).contains(&moved), "{moved} of 1000 moved");
        let configs = Share::configs(2).unwrap();
        assert_eq!(
            Share::read(&configs[1]).unwrap(),
            Some(Share { task: 1, tasks: 2 })
        );
    }
}
