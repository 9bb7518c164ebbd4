//! [`Ledger`]: what the offsets file says.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use connect_api::{Error, Offsets, Result, TopicPartition};
use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher13;

/// The only version of the format there is.
const VERSION: u32 = 1;

/// How much of the data file counts, and which records that is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ledger {
    /// Grows with every owner, so that an older one notices.
    pub(crate) epoch: u64,
    /// How many bytes of the data file count; what follows was never committed.
    pub(crate) length: u64,
    /// Which file that was.
    pub(crate) inode: String,
    /// What the last of those bytes look like.
    pub(crate) tail: String,
    /// When the first line of the file was written, if that matters.
    pub(crate) begun: Option<SystemTime>,
    /// The number of the last finished file.
    pub(crate) finished: u64,
    /// The next offset of each topic-partition.
    pub(crate) offsets: Offsets,
}

/// The file, as JSON: `{"version":1,"epoch":3,"length":120,…,"offsets":{"topic":{"0":17}}}`.
#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    epoch: u64,
    length: u64,
    inode: String,
    tail: String,
    /// In milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    begun: Option<u64>,
    #[serde(default, skip_serializing_if = "is_zero")]
    finished: u64,
    offsets: BTreeMap<String, BTreeMap<i32, i64>>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl Ledger {
    /// How many of the last bytes are hashed for [`tail`](Self::tail).
    pub(crate) const TAIL: u64 = 1024;

    /// Describes the last bytes of the data.
    pub(crate) fn describe_tail(bytes: &[u8]) -> String {
        format!("{}:{:016x}", bytes.len(), SipHasher13::new().hash(bytes))
    }

    /// Returns a time as the file can hold it, so that what is read equals what was written.
    pub(crate) fn whole_millis(time: SystemTime) -> SystemTime {
        UNIX_EPOCH
            .checked_add(Duration::from_millis(millis(time)))
            .unwrap_or(time)
    }

    /// Reads the text of the file.
    ///
    /// # Errors
    ///
    /// `Fatal`: it is not what a sink has written, and overwriting it would lose offsets.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self> {
        let wrong = |error: serde_json::Error| {
            Error::fatal("expected the JSON that a file sink writes, found something else")
                .with_source(error)
        };
        let Version { version } = serde_json::from_slice(bytes).map_err(wrong)?;
        if version != VERSION {
            return Err(Error::fatal(format!(
                "expected version {VERSION}, found version {version}"
            )));
        }
        let stored: Stored = serde_json::from_slice(bytes).map_err(wrong)?;
        let offsets = stored.offsets.into_iter().flat_map(|(topic, partitions)| {
            partitions
                .into_iter()
                .map(move |(partition, offset)| (TopicPartition::new(&topic, partition), offset))
        });
        Ok(Self {
            epoch: stored.epoch,
            length: stored.length,
            inode: stored.inode,
            tail: stored.tail,
            begun: stored
                .begun
                .and_then(|millis| UNIX_EPOCH.checked_add(Duration::from_millis(millis))),
            finished: stored.finished,
            offsets: offsets.collect(),
        })
    }

    /// Writes the text of the file.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut offsets = BTreeMap::<String, BTreeMap<i32, i64>>::new();
        for (at, offset) in &self.offsets {
            let partitions = offsets.entry(at.topic.to_string()).or_default();
            partitions.insert(at.partition, *offset);
        }
        let stored = Stored {
            version: VERSION,
            epoch: self.epoch,
            length: self.length,
            inode: self.inode.clone(),
            tail: self.tail.clone(),
            begun: self.begun.map(millis),
            finished: self.finished,
            offsets,
        };
        serde_json::to_vec(&stored).expect("texts and numbers are JSON")
    }
}

fn millis(time: SystemTime) -> u64 {
    // A clock in front of 1970 is no clock.
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Reads `bytes` as the file; what can be read is written and read the same.
#[cfg(any(test, fuzzing))]
pub(crate) fn fuzz(bytes: &[u8]) {
    if let Ok(ledger) = Ledger::parse(bytes) {
        let again = Ledger::parse(&ledger.to_bytes());
        assert_eq!(again.ok(), Some(ledger), "written and read again");
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[test]
    fn what_is_written_can_be_read_again() {
        let ledger = Ledger {
            epoch: 3,
            length: 120,
            inode: "64768:11".into(),
            tail: Ledger::describe_tail(b"line\n"),
            begun: None,
            finished: 0,
            offsets: [
                (TopicPartition::new("orders", 0), 17),
                (TopicPartition::new("orders", 10), 2),
            ]
            .into(),
        };
        let bytes = ledger.to_bytes();
        let expected = expect![[
            r#"{"version":1,"epoch":3,"length":120,"inode":"64768:11","tail":"5:aedebbdecaef42e7","offsets":{"orders":{"0":17,"10":2}}}"#
        ]];
        expected.assert_eq(std::str::from_utf8(&bytes).unwrap());
        assert_eq!(Ledger::parse(&bytes).unwrap(), ledger);
        let rotated = Ledger {
            begun: Some(UNIX_EPOCH + Duration::from_millis(1_700_000_000_123)),
            finished: 7,
            ..ledger
        };
        let bytes = rotated.to_bytes();
        let text = std::str::from_utf8(&bytes).unwrap();
        assert!(
            text.contains(r#","begun":1700000000123,"finished":7,"#),
            "{text}"
        );
        assert_eq!(Ledger::parse(&bytes).unwrap(), rotated);
    }

    #[track_caller]
    fn check_refused(text: &str, expected: &Expect) {
        let error = Ledger::parse(text.as_bytes()).unwrap_err();
        expected.assert_eq(&error.report().to_string());
    }

    #[test]
    fn other_files_are_refused() {
        check_refused(
            "{\"version\":2}",
            &expect!["expected version 1, found version 2"],
        );
        check_refused(
            "",
            &expect![
                "expected the JSON that a file sink writes, found something else: EOF while parsing a value at line 1 column 0"
            ],
        );
        check_refused(
            "{\"version\":1}",
            &expect![
                "expected the JSON that a file sink writes, found something else: missing field `epoch` at line 1 column 13"
            ],
        );
    }
}
