//! [`RestartPolicy`]: when a task that failed is opened again.

use std::time::Duration;

use connect_api::ErrorKind;

/// When a task that failed is opened again; the clock is passed in.
///
/// What is unavailable is tried without limit, what looks permanent a few times, and a wrong configuration never.
#[derive(Debug, Default)]
pub(crate) struct RestartPolicy {
    /// Openings in a row without settled progress.
    attempts: u32,
    /// Failures that looked permanent, since the last long stretch of settled progress.
    failures: u32,
}

/// One incarnation, in the time of [`Environment::elapsed`](crate::Environment::elapsed).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lifetime {
    /// When it was opened.
    pub(crate) began: Duration,
    /// When a position was last stored, by this or an earlier incarnation.
    pub(crate) settled: Duration,
}

/// What happens after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Open again after this pause.
    Again(Duration),
    /// Another owner wrote: find out who has the right to go on.
    CheckRight,
    /// Only a person can help.
    GiveUp,
}

impl RestartPolicy {
    /// How often a task is opened again after failures that look permanent.
    pub(crate) const MOST_FAILURES: u32 = 5;
    /// For how long positions have to be stored until earlier failures are forgotten.
    pub(crate) const FORGIVEN_AFTER: Duration = Duration::from_secs(10 * 60);
    /// The first pause.
    pub(crate) const SHORTEST: Duration = Duration::from_secs(1);
    /// The longest pause.
    pub(crate) const LONGEST: Duration = Duration::from_secs(60);

    /// Decides after a failure of `kind`; `random` spreads the pauses.
    pub(crate) fn judge(&mut self, kind: ErrorKind, life: Lifetime, random: u64) -> Verdict {
        let progress = life.settled.saturating_sub(life.began);
        if progress > Duration::ZERO {
            self.attempts = 0;
        }
        if progress >= Self::FORGIVEN_AFTER {
            self.failures = 0;
        }
        match kind {
            ErrorKind::Unavailable => Verdict::Again(self.pause(random)),
            ErrorKind::Fenced => Verdict::CheckRight,
            ErrorKind::Config => Verdict::GiveUp,
            _ if self.failures >= Self::MOST_FAILURES => Verdict::GiveUp,
            _ => {
                self.failures += 1;
                Verdict::Again(self.pause(random))
            }
        }
    }

    /// Returns how long to wait before the next attempt: doubled each time, and up to a quarter less.
    pub(crate) fn pause(&mut self, random: u64) -> Duration {
        let doubled =
            Self::SHORTEST.saturating_mul(1_u32.checked_shl(self.attempts).unwrap_or(u32::MAX));
        self.attempts = self.attempts.saturating_add(1);
        let pause = doubled.min(Self::LONGEST);
        let quarter = u64::try_from(pause.as_millis() / 4).unwrap_or(u64::MAX);
        pause - Duration::from_millis(random % (quarter + 1))
    }

    /// Forgets everything, because a person asked for a restart.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An incarnation that stored positions for `minutes`.
    fn life(minutes: u64) -> Lifetime {
        let began = Duration::from_secs(1000);
        Lifetime {
            began,
            settled: began + Duration::from_secs(60 * minutes),
        }
    }

    const IDLE: Lifetime = Lifetime {
        began: Duration::from_secs(1000),
        settled: Duration::from_secs(500),
    };

    #[test]
    fn what_is_unavailable_is_tried_for_ever_with_growing_pauses() {
        let mut policy = RestartPolicy::default();
        let pauses: Vec<_> = (0..9)
            .map(|_| policy.judge(ErrorKind::Unavailable, IDLE, 0))
            .collect();
        let seconds = [1, 2, 4, 8, 16, 32, 60, 60, 60];
        assert_eq!(
            pauses,
            seconds.map(|s| Verdict::Again(Duration::from_secs(s)))
        );
        for _ in 0..1000 {
            let verdict = policy.judge(ErrorKind::Unavailable, IDLE, 0);
            assert_eq!(verdict, Verdict::Again(RestartPolicy::LONGEST));
        }
    }

    #[test]
    fn five_permanent_failures_are_survived_and_the_sixth_is_not() {
        let mut policy = RestartPolicy::default();
        for kind in [
            ErrorKind::Fatal,
            ErrorKind::Rejected,
            ErrorKind::NotPrepared,
            ErrorKind::Fatal,
            ErrorKind::Fatal,
        ] {
            assert!(matches!(policy.judge(kind, IDLE, 0), Verdict::Again(_)));
            assert!(matches!(
                policy.judge(ErrorKind::Unavailable, IDLE, 0),
                Verdict::Again(_)
            ));
        }
        assert_eq!(policy.judge(ErrorKind::Fatal, IDLE, 0), Verdict::GiveUp);
        policy.reset();
        assert!(matches!(
            policy.judge(ErrorKind::Fatal, IDLE, 0),
            Verdict::Again(_)
        ));
    }

    #[test]
    fn ten_minutes_of_settled_progress_are_forgiving_and_nine_are_not() {
        for (minutes, last) in [
            (9, Verdict::GiveUp),
            (10, Verdict::Again(RestartPolicy::SHORTEST)),
        ] {
            let mut policy = RestartPolicy::default();
            for _ in 0..5 {
                policy.judge(ErrorKind::Fatal, IDLE, 0);
            }
            assert_eq!(policy.judge(ErrorKind::Fatal, life(minutes), 0), last);
        }
    }

    #[test]
    fn progress_makes_pauses_short_again() {
        let mut policy = RestartPolicy::default();
        for _ in 0..5 {
            policy.judge(ErrorKind::Unavailable, IDLE, 0);
        }
        let verdict = policy.judge(ErrorKind::Unavailable, life(1), 0);
        assert_eq!(verdict, Verdict::Again(RestartPolicy::SHORTEST));
    }

    #[test]
    fn a_wrong_configuration_is_not_tried_again_and_a_lost_right_is_checked() {
        let mut policy = RestartPolicy::default();
        assert_eq!(policy.judge(ErrorKind::Config, IDLE, 0), Verdict::GiveUp);
        assert_eq!(
            policy.judge(ErrorKind::Fenced, IDLE, 0),
            Verdict::CheckRight
        );
    }

    proptest! {
        #[test]
        fn jitter_takes_at_most_a_quarter(attempts in 0_u32..100, random: u64) {
            let mut plain = RestartPolicy { attempts, failures: 0 };
            let mut spread = RestartPolicy { attempts, failures: 0 };
            let (plain, spread) = (plain.pause(0), spread.pause(random));
            prop_assert!(spread <= plain);
            prop_assert!(spread >= plain * 3 / 4);
        }
    }
}
