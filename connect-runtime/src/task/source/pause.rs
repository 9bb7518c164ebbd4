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

#[cfg(test)]
mod tests {
    use super::*;

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
