//! [`Backoff`]: how long to wait before something unavailable is tried again.

use std::time::Duration;

use connect_api::Error;

/// Waits 1 s, 2 s, 4 s, … up to 60 s, or as long as the other side asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    const FIRST: Duration = Duration::from_secs(1);
    const LONGEST: Duration = Duration::from_secs(60);

    /// Returns how long to wait after `error`.
    pub(crate) fn after(&mut self, error: &Error) -> Duration {
        let doubled = Self::FIRST.saturating_mul(1 << self.failures.min(6));
        self.failures += 1;
        error.delay().unwrap_or(doubled.min(Self::LONGEST))
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
    fn pauses_double_up_to_a_minute() {
        let mut backoff = Backoff::default();
        let error = Error::unavailable("down");
        let pauses: Vec<u64> = (0..8).map(|_| backoff.after(&error).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
        backoff.reset();
        assert_eq!(backoff.after(&error).as_secs(), 1);
    }

    #[test]
    fn the_other_side_may_ask_for_a_pause() {
        let error = Error::unavailable("busy").retry_after(Duration::from_millis(7));
        assert_eq!(Backoff::default().after(&error), Duration::from_millis(7));
    }
}
