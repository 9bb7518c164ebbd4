//! Trying a conversion or a transform again, as `errors.retry.*` says.

use std::time::Duration;

use connect_api::ErrorKind;
use tokio::time::{Instant, sleep};

use super::{Failure, RetryOptions};

/// The first pause, doubled each time, as in Java.
const FIRST_DELAY: Duration = Duration::from_millis(300);

/// The tries that one record gets.
#[derive(Debug)]
pub(crate) struct Retries {
    options: RetryOptions,
    started: Option<Instant>,
    next_delay: Duration,
}

impl Retries {
    pub(crate) fn new(options: RetryOptions) -> Self {
        Self {
            options,
            started: None,
            next_delay: FIRST_DELAY,
        }
    }

    /// Waits before another try; `false`: there is none.
    pub(crate) async fn again(&mut self, failure: &Failure) -> bool {
        if failure.error.kind() != ErrorKind::Unavailable
            || self.options.timeout == Some(Duration::ZERO)
        {
            return false;
        }
        let started = *self.started.get_or_insert_with(Instant::now);
        let delay = self.next_delay.min(self.options.max_delay);
        if self
            .options
            .timeout
            .is_some_and(|timeout| started.elapsed() + delay > timeout)
        {
            return false;
        }
        self.next_delay = self.next_delay.saturating_mul(2);
        sleep(delay).await;
        true
    }
}
