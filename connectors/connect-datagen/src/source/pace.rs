//! [`Pace`]: how many records are due.

use std::time::{Duration, SystemTime};

/// The shortest pause: below it, records of a fast pace come in batches.
const SHORTEST: Duration = Duration::from_millis(10);

/// Lets records through at a rate; what was not taken within a second is forgone, so that nothing is caught up with.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    per_second: f64,
    /// How many are due.
    credit: f64,
    last: SystemTime,
}

impl Pace {
    /// Begins with one record due.
    pub(super) fn new(per_second: f64, now: SystemTime) -> Self {
        Self {
            per_second,
            credit: 1.0,
            last: now,
        }
    }

    /// Returns how many records are due, at most `most`.
    pub(super) fn due(&mut self, now: SystemTime, most: usize) -> usize {
        // A clock that was set back counts as one that stood.
        let passed = now.duration_since(self.last).unwrap_or_default();
        self.last = now;
        let credit = self.credit + passed.as_secs_f64() * self.per_second;
        self.credit = credit.min(self.per_second.max(1.0));
        (self.credit as usize).min(most)
    }

    /// Takes records that were due.
    pub(super) fn take(&mut self, records: usize) {
        self.credit -= records as f64;
    }

    /// Returns how long it takes until one is due.
    pub(super) fn pause(&self) -> Duration {
        let missing = 1.0 - self.credit;
        if missing <= 0.0 {
            return Duration::ZERO;
        }
        Duration::from_secs_f64(missing / self.per_second).max(SHORTEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(millis: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
    }

    /// Takes whatever is due whenever the pause is over, and returns how many records came within `millis`.
    fn taken(per_second: f64, millis: u64) -> usize {
        let mut pace = Pace::new(per_second, second(0));
        let (mut at, mut taken) = (second(0), 0);
        while at < second(millis) {
            let due = pace.due(at, 1000);
            pace.take(due);
            taken += due;
            at += pace.pause();
        }
        taken
    }

    #[test]
    fn the_rate_is_kept() {
        assert_eq!(taken(0.5, 10_000), 5);
        assert_eq!(taken(10.0, 10_000), 100);
        assert!((49_000..=50_001).contains(&taken(5000.0, 10_000)));
        assert!((4_900_000..=5_000_001).contains(&taken(500_000.0, 10_000)));
    }

    #[test]
    fn nothing_is_caught_up_with_after_an_outage() {
        let mut pace = Pace::new(10.0, second(0));
        assert_eq!(pace.due(second(3_600_000), 1000), 10);
        let mut pace = Pace::new(0.1, second(0));
        assert_eq!(pace.due(second(3_600_000), 1000), 1);
    }

    #[test]
    fn a_clock_that_is_set_back_stops_nothing() {
        let mut pace = Pace::new(10.0, second(100_000));
        pace.take(1);
        assert_eq!(pace.due(second(0), 1000), 0);
        assert_eq!(pace.due(second(1000), 1000), 10);
    }
}
