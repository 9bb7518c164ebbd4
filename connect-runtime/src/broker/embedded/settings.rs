//! [`Settings`]: what a topic's configuration means here.

use std::{collections::BTreeMap, str::FromStr, time::Duration};

use connect_api::{Error, Result};

use super::super::CleanupPolicy;

/// The settings of Kafka's topics that are taken, but change nothing here.
const WITHOUT_EFFECT: &[&str] = &[
    "compression.gzip.level",
    "compression.lz4.level",
    "compression.type",
    "compression.zstd.level",
    "file.delete.delay.ms",
    "flush.messages",
    "flush.ms",
    "follower.replication.throttled.replicas",
    "index.interval.bytes",
    "leader.replication.throttled.replicas",
    "local.retention.bytes",
    "local.retention.ms",
    "max.compaction.lag.ms",
    "message.downconversion.enable",
    "message.format.version",
    "message.timestamp.after.max.ms",
    "message.timestamp.before.max.ms",
    "message.timestamp.difference.max.ms",
    "message.timestamp.type",
    "min.cleanable.dirty.ratio",
    "min.compaction.lag.ms",
    "min.insync.replicas",
    "preallocate",
    "remote.storage.enable",
    "segment.bytes",
    "segment.index.bytes",
    "segment.jitter.ms",
    "segment.ms",
    "unclean.leader.election.enable",
];

/// What a topic's configuration means here, with Kafka's defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) cleanup: CleanupPolicy,
    /// How long records stay; `None`: for ever.
    pub(super) retention: Option<Duration>,
    /// How many bytes a partition keeps; `None`: all.
    pub(super) retention_bytes: Option<u64>,
    /// How long a tombstone stays after the log was compacted around it.
    pub(super) tombstones: Duration,
    /// The largest record.
    pub(super) largest: usize,
}

impl Default for Settings {
    fn default() -> Self {
        const DAY: u64 = 24 * 60 * 60;
        Self {
            cleanup: CleanupPolicy::Delete,
            retention: Some(Duration::from_secs(7 * DAY)),
            retention_bytes: None,
            tombstones: Duration::from_secs(DAY),
            largest: 1_048_588,
        }
    }
}

impl Settings {
    /// Reads `configs` of the topic `name`.
    pub(super) fn of(name: &str, configs: &BTreeMap<String, String>) -> Result<Self> {
        let mut settings = Self::default();
        for (key, value) in configs {
            settings.set(key, value).map_err(|expected| {
                Error::config(format!(
                    "topic `{name}`: `{key}`: expected {expected}, found `{value}`"
                ))
            })?;
        }
        Ok(settings)
    }

    /// Answers with what was expected if `value` is something else.
    fn set(&mut self, key: &str, value: &str) -> Result<(), &'static str> {
        match key {
            "cleanup.policy" => self.cleanup = cleanup(value)?,
            "retention.ms" => {
                self.retention = unless_minus_one(value)?.map(Duration::from_millis);
            }
            "retention.bytes" => self.retention_bytes = unless_minus_one(value)?,
            "delete.retention.ms" => self.tombstones = Duration::from_millis(number(value)?),
            "max.message.bytes" => self.largest = number(value)?,
            _ if WITHOUT_EFFECT.contains(&key) => {}
            _ => return Err("one of Kafka's topic settings"),
        }
        Ok(())
    }

    /// Returns whether only the last record of each key stays.
    pub(super) fn is_compacted(&self) -> bool {
        self.cleanup != CleanupPolicy::Delete
    }

    /// Returns whether old records are deleted by age or size.
    pub(super) fn is_deleted(&self) -> bool {
        self.cleanup != CleanupPolicy::Compact
    }
}

fn cleanup(value: &str) -> Result<CleanupPolicy, &'static str> {
    let mut policies: Vec<_> = value.split(',').map(str::trim).collect();
    policies.sort_unstable();
    match policies[..] {
        ["delete"] => Ok(CleanupPolicy::Delete),
        ["compact"] => Ok(CleanupPolicy::Compact),
        ["compact", "delete"] => Ok(CleanupPolicy::CompactAndDelete),
        _ => Err("`compact`, `delete` or both"),
    }
}

fn unless_minus_one(value: &str) -> Result<Option<u64>, &'static str> {
    match value.trim() {
        "-1" => Ok(None),
        other => number(other).map(Some),
    }
}

fn number<T: FromStr>(value: &str) -> Result<T, &'static str> {
    value
        .trim()
        .parse()
        .map_err(|_other: T::Err| "a number, not negative")
}

/// Answers with what was expected if `key` is no setting of Kafka's topics, or `value` nothing for it.
pub(crate) fn check_setting(key: &str, value: &str) -> Result<(), &'static str> {
    Settings::default().set(key, value)
}

/// Refuses names that Kafka refuses.
pub(super) fn check_name(name: &str) -> Result<()> {
    const LONGEST: usize = 249;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let expected = if name.is_empty() || name == "." || name == ".." {
        "a name other than ``, `.` and `..`"
    } else if name.len() > LONGEST {
        "at most 249 characters"
    } else if !name.chars().all(allowed) {
        "ASCII letters, digits, `.`, `_` and `-`"
    } else {
        return Ok(());
    };
    Err(Error::config(format!(
        "topic `{name}`: expected {expected} as its name"
    )))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check_refused(key: &str, value: &str, expected: Expect) {
        let configs = BTreeMap::from([(key.to_owned(), value.to_owned())]);
        let error = Settings::of("orders", &configs).unwrap_err();
        assert_eq!(error.kind(), connect_api::ErrorKind::Config);
        expected.assert_eq(error.message());
    }

    #[test]
    fn settings_that_kafka_does_not_know_are_refused() {
        check_refused(
            "retention.minutes",
            "5",
            expect![
                "topic `orders`: `retention.minutes`: expected one of Kafka's topic settings, found `5`"
            ],
        );
        check_refused(
            "cleanup.policy",
            "archive",
            expect![
                "topic `orders`: `cleanup.policy`: expected `compact`, `delete` or both, found `archive`"
            ],
        );
        check_refused(
            "retention.ms",
            "-2",
            expect!["topic `orders`: `retention.ms`: expected a number, not negative, found `-2`"],
        );
    }

    #[test]
    fn minus_one_means_for_ever() {
        let configs = [
            ("retention.ms", "-1"),
            ("cleanup.policy", "delete, compact"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()));
        let settings = Settings::of("orders", &configs.into()).unwrap();
        assert_eq!(settings.retention, None);
        assert_eq!(settings.cleanup, CleanupPolicy::CompactAndDelete);
    }

    #[test]
    fn names_are_those_of_kafka() {
        for name in ["a", "A.b_c-9", "__consumer_offsets", &"x".repeat(249)] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["", ".", "..", "a b", "ä", "a/b", &"x".repeat(250)] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
