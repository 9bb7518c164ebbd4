//! [`Retries`]: how long to wait before a request is repeated.

use std::time::Duration;

use super::super::HttpConfig;

/// How often a request is repeated, and after which pauses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Retries {
    most: u32,
    first: Duration,
    longest: Duration,
}

impl Retries {
    pub(super) fn new(config: &HttpConfig) -> Self {
        Self {
            most: config.max_retries,
            first: config.retries_wait_ms.duration(),
            longest: config.retries_max_wait_ms.duration(),
        }
    }

    /// Returns the pause after `failed` tries; `None` if there were enough, or if `asked` is longer than we wait.
    ///
    /// `chance` is from 0 to 1.
    pub(super) fn pause(
        &self,
        failed: u32,
        asked: Option<Duration>,
        chance: f64,
    ) -> Option<Duration> {
        if failed > self.most {
            return None;
        }
        if let Some(asked) = asked {
            return (asked <= self.longest).then_some(asked);
        }
        let doubled = 2_u32.saturating_pow(failed.saturating_sub(1));
        let ceiling = self.first.saturating_mul(doubled).min(self.longest);
        Some(ceiling.mul_f64(chance))
    }
}

#[cfg(test)]
mod tests {
    use connect_api::Millis;

    use super::*;

    fn retries() -> Retries {
        Retries::new(&HttpConfig {
            max_retries: 6,
            retries_wait_ms: Millis::new(1000),
            retries_max_wait_ms: Millis::new(20_000),
            ..HttpConfig::default()
        })
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pauses: Vec<_> = (1..8)
            .map(|failed| retries().pause(failed, None, 1.0))
            .collect();
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        let expected = [1, 2, 4, 8, 16, 20].map(seconds);
        assert_eq!(pauses[..6], expected);
        assert_eq!(pauses[6], None);
    }

    #[test]
    fn a_pause_is_random_below_its_ceiling() {
        assert_eq!(
            retries().pause(2, None, 0.25),
            Some(Duration::from_millis(500))
        );
        assert_eq!(retries().pause(u32::MAX, None, 0.25), None);
    }

    #[test]
    fn what_the_registry_asks_for_is_waited_for_or_left_to_the_caller() {
        let asked = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(retries().pause(1, asked(7), 0.1), asked(7));
        assert_eq!(retries().pause(1, asked(21), 0.1), None);
    }
}
