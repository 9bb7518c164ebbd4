//! [`Backoff`]: how long to wait before something unavailable is tried again.

use std::time::Duration;

use connect_api::Error;

/// Waits about 1 s, 2 s, 4 s, … up to 60 s, or as long as the other side asked for.
///
/// A random half of each pause keeps those apart who were turned away together.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    failures: u32,
    longest: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        let longest = Self::LONGEST;
        Self {
            failures: 0,
            longest,
        }
    }
}

impl Backoff {
    const FIRST: Duration = Duration::from_secs(1);
    const LONGEST: Duration = Duration::from_secs(60);

    /// Waits for 2 s at most, where others wait for what is tried again.
    pub(crate) fn short() -> Self {
        Self {
            longest: Duration::from_secs(2),
            ..Self::default()
        }
    }

    /// Returns how long to wait after `error`; `random` is any number.
    pub(crate) fn after(&mut self, error: &Error, random: u64) -> Duration {
        let doubled = Self::FIRST.saturating_mul(1 << self.failures.min(6));
        self.failures += 1;
        let half = doubled.min(self.longest) / 2;
        let jitter = half.mul_f64((random >> 11) as f64 / (1_u64 << 53) as f64);
        error.delay().unwrap_or(half + jitter)
    }

    /// Starts over: it worked.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_minute_and_half_of_each_is_chance() {
        let down = Error::unavailable("down");
        let pauses = |random| {
            let mut backoff = Backoff::default();
            (0..9).map(move |_| {
                backoff
                    .after(&Error::unavailable("down"), random)
                    .as_millis()
            })
        };
        assert_eq!(
            pauses(0).collect::<Vec<_>>(),
            [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]
        );
        let longest = pauses(u64::MAX).max().unwrap();
        assert!((59_999..=60_000).contains(&longest), "{longest}");
        let mut backoff = Backoff::default();
        backoff.after(&down, 0);
        backoff.reset();
        assert_eq!(backoff.after(&down, 0), Duration::from_millis(500));
    }

    #[test]
    fn whoever_says_when_to_come_again_is_believed() {
        let asked = Error::unavailable("busy").retry_after(Duration::from_millis(7));
        assert_eq!(
            Backoff::default().after(&asked, 99),
            Duration::from_millis(7)
        );
    }
}
