//! [`EmbeddedOptions`]: how an embedded broker behaves.

use std::time::Duration;

/// How an embedded broker behaves; the defaults suit nearly everybody.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EmbeddedOptions {
    /// Whether producing to a topic that does not exist creates it. Default: [`AutoCreate::Topics`], as Kafka.
    pub auto_create: AutoCreate,
    /// How many partitions a topic has that does not say. Default: 1.
    pub partitions: i32,
    /// What is dear: each commit, or the start after a crash. Default: [`Recovery::CheapCommits`].
    pub recovery: Recovery,
    /// How often old and replaced records are removed, at most. Default: 5 minutes, as Kafka.
    pub maintenance: Duration,
    /// How many bytes of the database are kept in memory at most. Default: 16 MiB.
    pub cache_bytes: usize,
}

/// Whether producing to a topic that does not exist creates it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it does or it does not")]
pub enum AutoCreate {
    /// It does, with default settings.
    Topics,
    /// It is refused.
    Nothing,
}

/// What is dear: each commit, or the start after a crash.
///
/// A broker that was closed or dropped starts at once in either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are these two ways")]
pub enum Recovery {
    /// A commit syncs once; the start after a crash reads the whole database, about two seconds per gigabyte.
    CheapCommits,
    /// A commit syncs twice and writes about 140 KB more per gigabyte; the start after a crash takes milliseconds.
    QuickStart,
}

impl Default for EmbeddedOptions {
    fn default() -> Self {
        const MIB: usize = 1024 * 1024;
        Self {
            auto_create: AutoCreate::Topics,
            partitions: 1,
            recovery: Recovery::CheapCommits,
            maintenance: Duration::from_secs(5 * 60),
            cache_bytes: 16 * MIB,
        }
    }
}
