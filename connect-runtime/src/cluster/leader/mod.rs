//! [`Leader`]: what the leader of a cluster decides.
//!
//! Pure: it is shown the members, what the topics say, and the time, and says what to write. All that has to outlive a
//! leader stands in the topics; what one forgets with its leadership costs a delay or a needless fencing round.

mod fencing;
mod forgetting;
mod placing;
mod requests;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    time::Duration,
};

use connect_api::Str;
use uuid::Uuid;

use self::{forgetting::sweep, placing::candidates};
use crate::{
    cluster::fingerprint::fingerprint,
    stores::{
        ClusterRecord, ClusterState, ConfigRecord, ConfigState, ConnectorConfig, LoosePiece,
        Placement, TargetState, Tasks, Ticket,
    },
    task_id::TaskId,
    unit::Unit,
};

/// What the leader of a cluster decides.
#[derive(Debug)]
pub(crate) struct Leader {
    policy: Policy,
    term: u64,
    /// The number of the last decision.
    number: u64,
    /// Since when workers take units; of those that did at first it is not known.
    joined: BTreeMap<Uuid, Option<Duration>>,
    /// Since when workers that have cards are no members.
    absent: BTreeMap<Uuid, Duration>,
    /// Since when units are without the worker that died with them.
    lost: BTreeMap<Unit, Duration>,
    /// Since when units wait to be released, and by which decision their workers have them.
    releasing: BTreeMap<Unit, (Ticket, Duration)>,
    /// Since when workers have units, by which decision, as far as this leader has seen.
    trials: BTreeMap<Unit, (Ticket, Duration)>,
    /// Connectors whose tasks are being fenced.
    fencing: BTreeSet<Str>,
    /// What was fenced since its last worker let it go, and the decision by which that one had it.
    fenced: BTreeMap<Unit, Ticket>,
    /// When replies were seen first.
    answered: BTreeMap<Uuid, Duration>,
    /// When pieces were seen first that are of nothing.
    loose: BTreeMap<LoosePiece, Duration>,
    /// When requests were seen first that cannot be read.
    unread: BTreeMap<Uuid, Duration>,
    /// Requests that cannot be written, and why.
    refused: BTreeMap<Uuid, Str>,
}

/// What an operator chose.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    /// How long units wait for a worker that takes the place of the one that died.
    pub(crate) delay: Duration,
    /// How long a worker may take to release a unit.
    pub(crate) release: Duration,
    /// After so many deaths a unit is quarantined; 0 is never.
    pub(crate) most_deaths: u32,
}

/// What the leader sees.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sight<'a> {
    pub(crate) now: Duration,
    /// All members of a group that is settled, looked up after this leader's term was written and before the topics
    /// were read to their ends: an older list could lack who has units, and a newer one is not needed.
    pub(crate) members: &'a BTreeSet<Uuid>,
    pub(crate) cluster: &'a ClusterState,
    pub(crate) configs: &'a ConfigState,
}

/// What is to be done, all of it in one transaction but for the rounds.
///
/// The next decision is for topics that are read to the end of this transaction. A leader whose transaction fails leads
/// no more: the next one reads what was written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Decisions {
    pub(crate) cluster: Vec<ClusterRecord>,
    pub(crate) configs: Vec<ConfigRecord>,
    /// Who has asked for which of these records.
    pub(crate) asked: Vec<Asked>,
    /// Units of which no status is to be shown any more.
    ///
    /// They are forgotten before the rest is written: only then are they not said again.
    pub(crate) gone: Vec<Unit>,
    pub(crate) rounds: Vec<Round>,
    /// When to look again although nothing has changed.
    pub(crate) again: Option<Duration>,
}

/// The records that a request has led to, by their places in a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) id: Uuid,
    pub(crate) configs: Range<usize>,
    pub(crate) cluster: Range<usize>,
}

/// Tasks whose producers, wherever they are, may not write any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Round {
    pub(crate) connector: Str,
    /// The tasks, and the decisions by which somebody had them.
    pub(crate) tasks: Vec<(u32, Ticket)>,
}

/// The units that are to be, with what makes them start anew when it changes.
type Wanted = BTreeMap<Unit, u64>;

/// Placements as they are to be; what differs is written.
type Plan = BTreeMap<Unit, Placement>;

impl Leader {
    pub(crate) fn new(term: u64, policy: Policy) -> Self {
        Self {
            policy,
            term,
            number: 0,
            joined: BTreeMap::new(),
            absent: BTreeMap::new(),
            lost: BTreeMap::new(),
            releasing: BTreeMap::new(),
            trials: BTreeMap::new(),
            fencing: BTreeSet::new(),
            fenced: BTreeMap::new(),
            answered: BTreeMap::new(),
            loose: BTreeMap::new(),
            unread: BTreeMap::new(),
            refused: BTreeMap::new(),
        }
    }

    /// Leads for another term, and knows nothing of the one before but who has had what since when.
    pub(crate) fn begin(&mut self, term: u64) {
        let trials = std::mem::take(&mut self.trials);
        *self = Self {
            trials,
            ..Self::new(term, self.policy)
        };
    }

    /// Decides, now that the topics are read to their ends.
    pub(crate) fn decide(&mut self, sight: Sight<'_>) -> Decisions {
        let mut decisions = Decisions::default();
        self.meet(sight);
        self.forget(sight, &mut decisions);
        let touched = self.answer(sight, &mut decisions);
        self.place(sight, &touched, &mut decisions);
        sweep(sight, &mut decisions);
        decisions
    }

    pub(crate) fn term(&self) -> u64 {
        self.term
    }

    /// Refuses a request of which a record cannot be written.
    pub(crate) fn refuse(&mut self, request: Uuid, message: &str) {
        self.refused.insert(request, message.into());
    }

    /// Says that a round is over: nobody who had one of these tasks can write any more.
    pub(crate) fn on_fenced(&mut self, round: Round) {
        self.fencing.remove(&round.connector);
        for (task, ticket) in round.tasks {
            let connector = round.connector.clone();
            self.fenced
                .insert(Unit::Task(TaskId { connector, task }), ticket);
        }
    }

    /// Says that a round failed, and is to be tried again.
    pub(crate) fn on_not_fenced(&mut self, connector: &Str) {
        self.fencing.remove(connector);
    }

    fn meet(&mut self, sight: Sight<'_>) {
        let since = (!self.joined.is_empty()).then_some(sight.now);
        let ids: BTreeSet<Uuid> = candidates(sight).into_iter().map(|it| it.id).collect();
        self.joined.retain(|id, _| ids.contains(id));
        for id in ids {
            self.joined.entry(id).or_insert(since);
        }
    }

    fn ticket(&mut self) -> Ticket {
        self.number += 1;
        Ticket {
            term: self.term,
            number: self.number,
        }
    }
}

impl Decisions {
    /// Returns whether nothing has to be written.
    pub(crate) fn is_empty(&self) -> bool {
        self.cluster.is_empty() && self.configs.is_empty()
    }

    fn look_again(&mut self, at: Duration) {
        self.again = Some(self.again.map_or(at, |known| known.min(at)));
    }
}

/// Returns the tasks that are to run, with what makes them start anew when it changes.
pub(crate) fn wanted_tasks(connector: &ConnectorConfig) -> Vec<(u32, u64)> {
    match (&connector.tasks, connector.target) {
        (_, TargetState::Stopped) | (Tasks::Unknown | Tasks::Inconsistent { .. }, _) => Vec::new(),
        (Tasks::Committed { configs, .. }, TargetState::Started | TargetState::Paused) => {
            (0..).zip(configs.iter().map(fingerprint)).collect()
        }
    }
}
