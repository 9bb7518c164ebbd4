//! [`RateLimit`]: how fast a connector may be.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// How fast a connector may be: `rate.limit.*`. All its tasks in this worker share it.
///
/// What is handled at once may be more than a second's worth; the time after it is longer then.
#[derive(Debug)]
pub(crate) struct RateLimit {
    records: Option<Pace>,
    bytes: Option<Pace>,
}

impl RateLimit {
    /// Limits what is given, per second.
    pub(crate) fn new(records: Option<u64>, bytes: Option<u64>) -> Self {
        Self {
            records: records.map(Pace::new),
            bytes: bytes.map(Pace::new),
        }
    }

    /// Returns how many records of `size` bytes are a second's worth, at least one.
    pub(crate) fn records(&self, size: usize) -> usize {
        let records = self.records.as_ref().map(|pace| pace.per_second);
        let bytes = self.bytes.as_ref().map(|pace| pace.per_second);
        let bytes = bytes.map(|bytes| bytes / (size as u64).max(1));
        let most = records
            .into_iter()
            .chain(bytes)
            .min()
            .map(|most| most.max(1));
        most.map_or(usize::MAX, |most| {
            usize::try_from(most).unwrap_or(usize::MAX)
        })
    }

    /// Takes what was handled, and returns when more may be; that may be over already.
    pub(crate) fn take(&self, records: usize, bytes: usize) -> Instant {
        let now = Instant::now();
        let after =
            |pace: &Option<Pace>, count| pace.as_ref().map_or(now, |pace| pace.take(count, now));
        after(&self.records, records).max(after(&self.bytes, bytes))
    }
}

/// One thing that is counted.
#[derive(Debug)]
struct Pace {
    per_second: u64,
    /// Until then what was taken lasts.
    until: Mutex<Option<Instant>>,
}

impl Pace {
    fn new(per_second: u64) -> Self {
        Self {
            per_second,
            until: Mutex::default(),
        }
    }

    fn take(&self, count: usize, now: Instant) -> Instant {
        let lasts = Duration::from_secs_f64(count as f64 / self.per_second as f64);
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let from = until.map_or(now, |until| until.max(now));
        *until.insert(from + lasts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_was_taken_has_to_last() {
        let limit = RateLimit::new(Some(10), Some(1_000));
        let start = Instant::now();
        assert_eq!(limit.take(5, 100), start + Duration::from_millis(500));
        assert_eq!(limit.take(1, 2_000), start + Duration::from_millis(2_100));
        assert_eq!(limit.take(0, 0), start + Duration::from_millis(2_100));
        tokio::time::advance(Duration::from_secs(10)).await;
        // Time without records is not saved up.
        assert_eq!(limit.take(10, 0), start + Duration::from_secs(11));
    }

    #[test]
    fn a_seconds_worth_is_at_least_one_record() {
        let limit = RateLimit::new(Some(100), Some(1_000));
        assert_eq!(limit.records(1), 100);
        assert_eq!(limit.records(50), 20);
        assert_eq!(limit.records(5_000), 1);
    }

    #[test]
    fn without_a_limit_there_is_no_wait() {
        let limit = RateLimit::new(None, None);
        assert!(limit.take(usize::MAX, usize::MAX) <= Instant::now());
        assert_eq!(limit.records(1), usize::MAX);
    }
}
