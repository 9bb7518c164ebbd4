//! [`Ledger`]: what was asked for, what was answered, and what may be configured therefore.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use connect_api::{ErrorKind, Result};

use super::world::CODE;

/// What may be configured, by connector.
#[derive(Default)]
pub(super) struct Ledger {
    pages: BTreeMap<&'static str, Page>,
    wrong: Vec<String>,
}

/// What may be configured of one connector.
struct Page {
    may_be: BTreeSet<Known>,
    /// Asked for, and not known to be answered: it may still happen at any time.
    late: Vec<Wish>,
    flying: Vec<Flight>,
}

/// A connector as it is configured: what its configuration is marked with, and its target state; `None` is absent.
pub(super) type Known = Option<(u64, &'static str)>;

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// With this mark.
    Create(u64),
    Put(u64),
    Delete,
    Target(&'static str),
    Restart,
    /// The change of offsets of this number.
    Alter(usize),
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    Refused,
    /// It may have happened, or happen later.
    Unknown,
}

/// Something that was asked for, and its outcome once it is there.
#[derive(Clone)]
pub(super) struct Flight {
    pub(super) wish: Wish,
    outcome: Arc<Mutex<Option<Outcome>>>,
}

impl Outcome {
    pub(super) fn of<T>(answer: &Result<T>) -> Self {
        match answer {
            Ok(_) => Self::Done,
            Err(error) if error.kind() == ErrorKind::Config => Self::Refused,
            Err(_) => Self::Unknown,
        }
    }
}

impl Flight {
    pub(super) fn new(wish: Wish) -> Self {
        let outcome = Arc::default();
        Self { wish, outcome }
    }

    /// Says what came of it; only the first word counts.
    pub(super) fn end(&self, outcome: Outcome) {
        let mut known = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        known.get_or_insert(outcome);
    }

    pub(super) fn outcome(&self) -> Option<Outcome> {
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Page {
    fn of(name: &str) -> Self {
        // Who creates a connector from code first, and when, is the application's business.
        let late = (name == CODE).then_some(Wish::Create(0));
        Self {
            may_be: BTreeSet::from([None]),
            late: late.into_iter().collect(),
            flying: Vec::new(),
        }
    }
}

impl Wish {
    /// Returns what it makes of a connector; `None` if it is refused.
    fn apply(self, known: Known) -> Option<Known> {
        match (self, known) {
            (Self::Create(mark) | Self::Put(mark), None) => Some(Some((mark, "STARTED"))),
            (Self::Put(mark), Some((_, target))) => Some(Some((mark, target))),
            (Self::Delete, Some(_)) => Some(None),
            (Self::Target(target), Some((mark, _))) => Some(Some((mark, target))),
            (Self::Restart, Some((_, "STARTED"))) | (Self::Alter(_), Some((_, "STOPPED"))) => {
                Some(known)
            }
            (Self::Create(_), Some(_))
            | (Self::Delete | Self::Target(_), None)
            | (Self::Restart | Self::Alter(_), _) => None,
        }
    }
}

impl Ledger {
    /// Returns whether something is under way for a connector.
    pub(super) fn is_busy(&self, name: &str) -> bool {
        self.pages
            .get(name)
            .is_some_and(|page| !page.flying.is_empty())
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.pages.values().all(|page| page.flying.is_empty())
    }

    pub(super) fn send(&mut self, name: &'static str, flights: &[Flight]) {
        let page = self.pages.entry(name).or_insert_with(|| Page::of(name));
        page.flying.extend_from_slice(flights);
    }

    /// Returns what may be configured.
    pub(super) fn may_be(&self, name: &str) -> BTreeSet<Known> {
        match self.pages.get(name) {
            Some(page) => page.closed(page.may_be.clone()),
            None => {
                let page = Page::of(name);
                page.closed(page.may_be.clone())
            }
        }
    }

    /// Returns whether a connector is known to be stopped.
    pub(super) fn is_stopped(&self, name: &str) -> bool {
        let may_be = self.may_be(name);
        let is_stopped = |known: &Known| matches!(known, Some((_, "STOPPED")));
        may_be.iter().all(is_stopped)
    }

    /// Takes the outcomes that are there, and returns those of changes of offsets, with their numbers.
    pub(super) fn settle(&mut self) -> Vec<(&'static str, usize, Outcome)> {
        let mut alterations = Vec::new();
        for (name, page) in &mut self.pages {
            let outcomes: Option<Vec<_>> = page
                .flying
                .iter()
                .map(|flight| Some((flight.wish, flight.outcome()?)))
                .collect();
            let Some(outcomes) = outcomes.filter(|outcomes| !outcomes.is_empty()) else {
                continue;
            };
            page.flying.clear();
            alterations.extend(outcomes.iter().filter_map(|(wish, outcome)| match wish {
                Wish::Alter(number) => Some((*name, *number, *outcome)),
                _ => None,
            }));
            let before = page.may_be.clone();
            if let Err(()) = page.take(&outcomes) {
                self.wrong.push(format!(
                    "connector `{name}`: it was one of {before:?}, and no order of {outcomes:?} explains these answers"
                ));
            }
        }
        alterations
    }

    /// Returns what was answered that cannot be.
    pub(super) fn wrong(&self) -> Vec<String> {
        self.wrong.clone()
    }
}

impl Page {
    /// Finds everything that may be configured after these; they happened in any order.
    fn take(&mut self, outcomes: &[(Wish, Outcome)]) -> Result<(), ()> {
        let unknown =
            |(wish, outcome): &(Wish, Outcome)| (*outcome == Outcome::Unknown).then_some(*wish);
        self.late.extend(outcomes.iter().filter_map(unknown));
        let start = self.closed(self.may_be.clone());
        let sure: Vec<_> = outcomes
            .iter()
            .filter(|(_, outcome)| *outcome != Outcome::Unknown)
            .copied()
            .collect();
        let backwards: Vec<_> = sure.iter().rev().copied().collect();
        let mut after = BTreeSet::new();
        for order in [sure, backwards] {
            after.extend(self.in_order(start.clone(), &order));
        }
        if after.is_empty() {
            return Err(());
        }
        self.may_be = after;
        Ok(())
    }

    fn in_order(&self, mut states: BTreeSet<Known>, order: &[(Wish, Outcome)]) -> BTreeSet<Known> {
        for (wish, outcome) in order {
            let next = states
                .iter()
                .filter_map(|known| match (wish.apply(*known), outcome) {
                    (Some(next), Outcome::Done) => Some(next),
                    (None, Outcome::Refused) => Some(*known),
                    // Its tasks may not have ended.
                    (Some(_), Outcome::Refused) if matches!(wish, Wish::Alter(_)) => Some(*known),
                    _ => None,
                });
            states = self.closed(next.collect());
        }
        states
    }

    /// Adds everything that late wishes may make of these.
    fn closed(&self, mut states: BTreeSet<Known>) -> BTreeSet<Known> {
        loop {
            let more: Vec<Known> = states
                .iter()
                .flat_map(|known| self.late.iter().filter_map(|wish| wish.apply(*known)))
                .collect();
            let count = states.len();
            states.extend(more);
            if states.len() == count {
                return states;
            }
        }
    }
}
