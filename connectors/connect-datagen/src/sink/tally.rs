//! [`Tally`]: what arrived, and how late.

use std::time::{Duration, SystemTime};

use connect_api::Record;

use crate::size::size_of;

/// What arrived since some moment.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    since: SystemTime,
    pub(super) records: u64,
    pub(super) bytes: u64,
    /// Of the records with a timestamp.
    stamped: u64,
    pub(super) lag_millis: u64,
    max_lag_millis: u64,
}

/// A tally in words that a log line has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Summary {
    pub(super) records_per_second: u64,
    pub(super) bytes_per_second: u64,
    pub(super) mean_lag_millis: u64,
    pub(super) max_lag_millis: u64,
}

impl Tally {
    pub(super) fn new(since: SystemTime) -> Self {
        Self {
            since,
            records: 0,
            bytes: 0,
            stamped: 0,
            lag_millis: 0,
            max_lag_millis: 0,
        }
    }

    /// Counts a record that arrived at `now`, in milliseconds since the epoch.
    pub(super) fn count(&mut self, record: &Record, now: i64) {
        self.records += 1;
        self.bytes += size_of(record);
        if let Some(timestamp) = record.timestamp {
            // Clocks differ: a record from the future is not late.
            let lag = u64::try_from(now.saturating_sub(timestamp)).unwrap_or(0);
            self.stamped += 1;
            self.lag_millis = self.lag_millis.saturating_add(lag);
            self.max_lag_millis = self.max_lag_millis.max(lag);
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.records += other.records;
        self.bytes += other.bytes;
        self.stamped += other.stamped;
        self.lag_millis = self.lag_millis.saturating_add(other.lag_millis);
        self.max_lag_millis = self.max_lag_millis.max(other.max_lag_millis);
    }

    /// Returns whether it is as old as `interval`.
    pub(super) fn is_due(&self, now: SystemTime, interval: Duration) -> bool {
        now.duration_since(self.since).unwrap_or_default() >= interval
    }

    pub(super) fn summary(&self, now: SystemTime) -> Summary {
        let passed = now.duration_since(self.since).unwrap_or_default();
        let per_second = |count: u64| {
            // Within the first millisecond there is no rate yet.
            let count = u128::from(count) * 1000;
            let rate = count.checked_div(passed.as_millis()).unwrap_or(0);
            u64::try_from(rate).unwrap_or(u64::MAX)
        };
        Summary {
            records_per_second: per_second(self.records),
            bytes_per_second: per_second(self.bytes),
            mean_lag_millis: self.lag_millis.checked_div(self.stamped).unwrap_or(0),
            max_lag_millis: self.max_lag_millis,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamped(timestamp: Option<i64>) -> Record {
        let mut record = Record::new("t", "1234");
        record.timestamp = timestamp;
        record
    }

    #[test]
    fn rates_and_lags_are_those_of_the_interval() {
        let start = SystemTime::UNIX_EPOCH;
        let mut tally = Tally::new(start);
        for timestamp in [Some(900), Some(700), None, Some(1500)] {
            tally.count(&stamped(timestamp), 1000);
        }
        let summary = tally.summary(start + Duration::from_secs(2));
        assert_eq!(
            summary,
            Summary {
                records_per_second: 2,
                bytes_per_second: 8,
                mean_lag_millis: 133,
                max_lag_millis: 300,
            }
        );
    }

    #[test]
    fn an_empty_tally_has_no_rates() {
        let tally = Tally::new(SystemTime::UNIX_EPOCH);
        let summary = tally.summary(SystemTime::UNIX_EPOCH);
        assert_eq!(summary.records_per_second + summary.mean_lag_millis, 0);
    }
}
