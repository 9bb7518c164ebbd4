//! [`Pause`]: how long a source rests between two polls.

use std::time::Duration;

/// How long a source rests between two polls.
#[derive(Debug, Default)]
pub(crate) struct Pause {
    empty_polls: u32,
}

/// What the last poll came back with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Polled {
    Something,
    /// Nothing, because the loop wanted the task back.
    NothingAsAsked,
    Nothing,
}

impl Pause {
    const LONGEST: Duration = Duration::from_millis(500);

    /// Returns the pause after a poll: what it asked for, or a growing one while there is nothing.
    pub(crate) fn after(&mut self, polled: Polled, asked: Option<Duration>) -> Option<Duration> {
        match polled {
            Polled::Something => {
                self.empty_polls = 0;
                asked
            }
            Polled::NothingAsAsked => asked,
            Polled::Nothing => {
                self.empty_polls = (self.empty_polls + 1).min(10);
                let growing = Duration::from_millis(1 << (self.empty_polls - 1));
                Some(asked.unwrap_or(growing.min(Self::LONGEST)))
            }
        }
    }
}

/// Makes `pause`, which begins `elapsed` after some fixed moment, a little longer, so that many end together.
///
/// A thousand quiet sources would wake the process a thousand times a second otherwise, and waking costs more than a poll
/// that finds nothing. It is a sixteenth longer at most.
pub(crate) fn aligned(pause: Duration, elapsed: Duration) -> Duration {
    let sixteenth = u64::try_from(pause.as_millis() / 16).unwrap_or(u64::MAX);
    // Powers of two, so that the ends of shorter pauses meet those of longer ones.
    let Some(grid) = sixteenth.checked_ilog2().map(|power| 1_u128 << power) else {
        return pause;
    };
    let beyond = elapsed.saturating_add(pause).as_nanos() % (grid * 1_000_000);
    let missing = (grid * 1_000_000 - beyond) % (grid * 1_000_000);
    pause.saturating_add(Duration::from_nanos(missing.try_into().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_end_together_and_are_hardly_longer() {
        let second = Duration::from_secs(1);
        let ends = |start: u64| {
            let start = Duration::from_micros(start);
            let pause = aligned(second, start);
            assert!(
                pause >= second && pause <= second + second / 16,
                "{pause:?}"
            );
            start + pause
        };
        let mut ends: Vec<_> = (0..1_000_000).step_by(997).map(ends).collect();
        ends.dedup();
        assert!(ends.len() < 40, "{}", ends.len());
        let short = Duration::from_millis(15);
        assert_eq!(aligned(short, second / 7), short);
        assert!(aligned(Duration::MAX / 2, second) >= Duration::MAX / 2);
    }

    #[test]
    fn pauses_grow_to_half_a_second_until_something_comes() {
        let mut pause = Pause::default();
        let mut pauses = || pause.after(Polled::Nothing, None).unwrap().as_millis();
        assert_eq!([pauses(), pauses(), pauses()], [1, 2, 4]);
        assert_eq!((0..20).map(|_| pauses()).max(), Some(500));
        assert_eq!(pause.after(Polled::Something, None), None);
        assert_eq!(
            pause.after(Polled::Nothing, None),
            Some(Duration::from_millis(1))
        );
    }

    #[test]
    fn the_task_may_choose_its_pause() {
        let asked = Some(Duration::from_secs(3));
        assert_eq!(Pause::default().after(Polled::Nothing, asked), asked);
        assert_eq!(Pause::default().after(Polled::Something, asked), asked);
    }
}
