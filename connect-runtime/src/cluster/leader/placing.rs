//! Where the leader puts units.

use std::{collections::BTreeSet, time::Duration};

use connect_api::Str;
use uuid::Uuid;

use super::{
    Decisions, Leader, Plan, Sight, Wanted,
    fencing::{Changes, conclude_rounds},
    wanted_tasks,
};
use crate::{
    cluster::assignment::{Candidate, Move, Place, Placed, assign},
    stores::{ClusterRecord, Hold, Placement, Stay, Trial, Writers},
    task_id::TaskId,
    unit::Unit,
};

/// What keeps units from being given to anybody.
#[derive(Clone, Copy)]
struct Blocked<'a> {
    /// Connectors that answers change: none of their units moves until that can be read.
    touched: &'a BTreeSet<Str>,
    /// Connectors whose tasks change: what changes waits until all of it is free, and fenced.
    changes: &'a Changes,
}

impl Leader {
    /// A worker that dies sooner after it got a unit may have died of it.
    const SOON: Duration = Duration::from_secs(60);

    /// Moves units towards where they are to be; those of `touched` connectors wait until what was asked can be read.
    pub(super) fn place(
        &mut self,
        sight: Sight<'_>,
        touched: &BTreeSet<Str>,
        decisions: &mut Decisions,
    ) {
        let wanted = wanted(sight);
        let mut plan: Plan = sight.cluster.placements.clone();
        for (unit, placement) in &mut plan {
            if !touched.contains(unit.connector()) {
                self.watch(sight, (unit, placement), decisions);
                self.settle(sight, unit, placement);
                let is_wanted = wanted.get(unit) == Some(&placement.fingerprint);
                if let Hold::Owned(worker) = placement.hold
                    && !(is_wanted && is_home(sight, unit, worker))
                {
                    placement.hold = Hold::Releasing(worker);
                }
                self.lose_patience(sight, (unit, placement), decisions);
            }
        }
        self.releasing.retain(|unit, _| plan.contains_key(unit));
        self.trials.retain(|unit, _| plan.contains_key(unit));
        self.lost.retain(|unit, _| wanted.contains_key(unit));
        self.fenced.retain(|unit, _| plan.contains_key(unit));
        let changes = self.changes(&wanted, &plan, touched);
        self.start_rounds(&changes, decisions);
        let changes = &changes;
        let blocked = Blocked { touched, changes };
        remove((&wanted, &mut plan), blocked, decisions);
        self.give(sight, (&wanted, &mut plan), blocked, decisions);
        for (unit, placement) in plan {
            if sight.cluster.placements.get(&unit) != Some(&placement) {
                let placement = Some(placement);
                decisions
                    .cluster
                    .push(ClusterRecord::Placement { unit, placement });
            }
        }
        conclude_rounds(sight, |name| blocked.concerns(name), decisions);
    }

    /// Notes when a worker has lived with a unit for long enough, on this leader's own clock: the next leader may count
    /// from the beginning.
    fn watch(
        &mut self,
        sight: Sight<'_>,
        (unit, placement): (&Unit, &mut Placement),
        decisions: &mut Decisions,
    ) {
        if placement.worker().is_none() || placement.trial == Trial::Passed {
            self.trials.remove(unit);
            return;
        }
        let seen = (placement.ticket, sight.now);
        let since = self.trials.entry(unit.clone()).or_insert(seen);
        if since.0 != placement.ticket {
            *since = seen;
        }
        let until = since.1 + Self::SOON;
        if sight.now >= until {
            placement.trial = Trial::Passed;
            placement.deaths = 0;
        } else {
            decisions.look_again(until);
        }
    }

    /// Frees a unit that its worker has released, or with which it died.
    fn settle(&mut self, sight: Sight<'_>, unit: &Unit, placement: &mut Placement) {
        let Some(worker) = placement.worker() else {
            return;
        };
        if sight.cluster.releases.get(unit) == Some(&placement.ticket) {
            placement.hold = Hold::Free;
        } else if !sight.members.contains(&worker) {
            placement.deaths = match placement.trial {
                Trial::Open if !is_leaving(sight, worker) => placement.deaths + 1,
                Trial::Open | Trial::Passed => 0,
            };
            let most = self.policy.most_deaths;
            placement.hold = if most > 0 && placement.deaths >= most {
                tracing::error!(%unit, "quarantined: {most} workers in a row died soon after they got it");
                Hold::Quarantined(
                    format!(
                        "{most} workers in a row died within a minute after they got it, the last one was {worker}: \
                         restart it once the cause is mended"
                    )
                    .into(),
                )
            } else {
                self.lost.insert(unit.clone(), sight.now);
                Hold::Free
            };
        }
    }

    /// Frees a unit that its worker does not release in time; whoever has it next fences that one.
    fn lose_patience(
        &mut self,
        sight: Sight<'_>,
        (unit, placement): (&Unit, &mut Placement),
        decisions: &mut Decisions,
    ) {
        let Hold::Releasing(worker) = placement.hold else {
            self.releasing.remove(unit);
            return;
        };
        let asked = (placement.ticket, sight.now);
        let asked = self.releasing.entry(unit.clone()).or_insert(asked);
        if asked.0 != placement.ticket {
            *asked = (placement.ticket, sight.now);
        }
        let until = asked.1 + self.policy.release;
        if sight.now >= until {
            tracing::warn!(%unit, "the worker {worker} did not release it in time: another one gets it");
            placement.hold = Hold::Free;
        } else {
            decisions.look_again(until);
        }
    }

    /// Gives free units to workers, and takes some from those that have too many.
    fn give(
        &mut self,
        sight: Sight<'_>,
        (wanted, plan): (&Wanted, &mut Plan),
        blocked: Blocked<'_>,
        decisions: &mut Decisions,
    ) {
        let candidates = candidates(sight);
        let ids: BTreeSet<Uuid> = candidates.iter().map(|candidate| candidate.id).collect();
        let mut units = Vec::with_capacity(wanted.len());
        for unit in wanted.keys() {
            let Some(plugin) = plugin(sight, unit) else {
                continue;
            };
            let placement = plan.get(unit);
            let place = match placement.map(|placement| &placement.hold) {
                Some(Hold::Quarantined(_)) => continue,
                Some(Hold::Owned(worker)) if ids.contains(worker) => Place::At(*worker),
                Some(Hold::Owned(_) | Hold::Releasing(_)) => Place::Leaving,
                Some(Hold::Free) | None if blocked.keeps(unit, wanted, placement) => Place::Leaving,
                Some(Hold::Free) | None if self.is_delayed(sight, unit, decisions) => {
                    Place::Leaving
                }
                Some(Hold::Free) | None => Place::Free,
            };
            units.push((unit, plugin, place));
        }
        let placed: Vec<_> = units
            .iter()
            .map(|(unit, plugin, place)| Placed {
                unit,
                plugin,
                place: *place,
            })
            .collect();
        for wish in assign(&candidates, &placed).moves {
            match wish {
                Move::Give(unit, worker) => {
                    let placement = self.given(sight, &unit, worker, (wanted, plan));
                    plan.insert(unit, placement);
                }
                Move::Release(unit) => {
                    let is_blocked = blocked.concerns(unit.connector());
                    if let Some(placement) = plan.get_mut(&unit)
                        && let Hold::Owned(worker) = placement.hold
                        && !is_blocked
                    {
                        placement.hold = Hold::Releasing(worker);
                    }
                }
            }
        }
    }

    /// Returns whether a unit waits for a worker that takes the place of its last one.
    fn is_delayed(&self, sight: Sight<'_>, unit: &Unit, decisions: &mut Decisions) -> bool {
        let Some(since) = self.lost.get(unit) else {
            return false;
        };
        let until = *since + self.policy.delay;
        let has_come = self.joined.values().flatten().any(|joined| joined >= since);
        if has_come || sight.now >= until {
            return false;
        }
        decisions.look_again(until);
        true
    }

    fn given(
        &mut self,
        sight: Sight<'_>,
        unit: &Unit,
        worker: Uuid,
        (wanted, plan): (&Wanted, &Plan),
    ) -> Placement {
        self.lost.remove(unit);
        self.fenced.remove(unit);
        let former = plan.get(unit);
        let of_connector = sight
            .cluster
            .placements
            .get(&Unit::Connector(unit.connector().clone()));
        let ticket = self.ticket();
        self.trials.insert(unit.clone(), (ticket, sight.now));
        Placement {
            ticket,
            hold: Hold::Owned(worker),
            fingerprint: wanted.get(unit).copied().unwrap_or_default(),
            writers: of_connector.map_or(Writers::Plain, |placement| placement.writers),
            trial: Trial::Open,
            deaths: former.map_or(0, |placement| placement.deaths),
        }
    }
}

impl Blocked<'_> {
    /// Returns whether something of a connector waits.
    fn concerns(self, connector: &Str) -> bool {
        self.touched.contains(connector) || self.changes.contains_key(connector)
    }

    /// Returns whether a free unit waits.
    fn keeps(self, unit: &Unit, wanted: &Wanted, placement: Option<&Placement>) -> bool {
        let fingerprint = placement.map(|placement| placement.fingerprint);
        let is_new = fingerprint != wanted.get(unit).copied();
        self.touched.contains(unit.connector())
            || is_new && self.changes.contains_key(unit.connector())
    }
}

/// Removes what nobody has and nobody wants any more.
fn remove((wanted, plan): (&Wanted, &mut Plan), blocked: Blocked<'_>, decisions: &mut Decisions) {
    let is_over = |unit: &Unit, placement: &mut Placement| {
        !wanted.contains_key(unit)
            && placement.worker().is_none()
            && !blocked.concerns(unit.connector())
    };
    for (unit, _) in plan.extract_if(.., is_over) {
        let placement = None;
        decisions.gone.push(unit.clone());
        decisions
            .cluster
            .push(ClusterRecord::Placement { unit, placement });
    }
}

fn is_leaving(sight: Sight<'_>, worker: Uuid) -> bool {
    let card = sight.cluster.cards.get(&worker);
    card.is_some_and(|card| card.stay == Stay::Leaving)
}

/// Returns the members that take units.
pub(super) fn candidates(sight: Sight<'_>) -> Vec<Candidate<'_>> {
    let cards = &sight.cluster.cards;
    sight
        .members
        .iter()
        .filter_map(|id| Some((id, cards.get(id)?)))
        .filter(|(_, card)| card.stay == Stay::Staying)
        .map(|(id, card)| Candidate {
            id: *id,
            plugins: &card.plugins,
        })
        .collect()
}

fn wanted(sight: Sight<'_>) -> Wanted {
    let mut wanted = Wanted::new();
    for (name, connector) in &sight.configs.connectors {
        wanted.insert(Unit::Connector(name.clone()), 0);
        for (task, fingerprint) in wanted_tasks(connector) {
            let connector = name.clone();
            wanted.insert(Unit::Task(TaskId { connector, task }), fingerprint);
        }
    }
    wanted
}

fn plugin(sight: Sight<'_>, unit: &Unit) -> Option<Str> {
    let connector = sight.configs.connectors.get(unit.connector())?;
    Some(connector.config.get("connector.class")?.into())
}

/// Returns whether a worker can keep a unit; as long as it says nothing of itself, it can.
fn is_home(sight: Sight<'_>, unit: &Unit, worker: Uuid) -> bool {
    let has = |plugins: &BTreeSet<Str>| plugin(sight, unit).is_none_or(|it| plugins.contains(&it));
    let card = sight.cluster.cards.get(&worker);
    card.is_none_or(|card| card.stay == Stay::Staying && has(&card.plugins))
}
