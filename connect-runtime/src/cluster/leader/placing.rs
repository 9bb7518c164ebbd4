//! Where the leader puts units.

use std::collections::{BTreeMap, BTreeSet};

use connect_api::Str;
use uuid::Uuid;

use super::{Decisions, Leader, Round, Sight, wanted_tasks};
use crate::{
    cluster::assignment::{Candidate, Move, Place, Placed, assign},
    stores::{ClusterRecord, ConfigRecord, Fencing, Hold, Placement, Stay, Tasks, Ticket, Writers},
    task_id::TaskId,
    unit::Unit,
};

/// The units that are to be, with what makes them start anew when it changes.
type Wanted = BTreeMap<Unit, u64>;

/// Placements as they are to be; what differs is written.
type Plan = BTreeMap<Unit, Placement>;

/// What keeps units of a connector from being given to anybody.
#[derive(Debug, Default)]
struct Change {
    /// Somebody still has a task that is to go, or to start anew.
    held: bool,
    /// Tasks that are free, and have to be fenced.
    unfenced: Vec<(u32, Option<Ticket>)>,
}

impl Leader {
    /// A worker that dies sooner after it got a unit may have died of it, milliseconds.
    const SOON: u64 = 60_000;

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
                self.settle(sight, unit, placement);
                let is_wanted = wanted.get(unit) == Some(&placement.fingerprint);
                if let Hold::Owned(worker) = placement.hold
                    && (!is_wanted || is_leaving(sight, worker))
                {
                    placement.hold = Hold::Releasing(worker);
                }
            }
        }
        self.lost.retain(|unit, _| wanted.contains_key(unit));
        self.fenced.retain(|unit, _| plan.contains_key(unit));
        let changes = self.changes(&wanted, &plan, touched);
        self.start_rounds(&changes, decisions);
        let blocked: BTreeSet<&Str> = changes.keys().chain(touched).collect();
        self.remove(sight, (&wanted, &mut plan), &blocked, decisions);
        conclude_rounds(sight, &blocked, decisions);
        self.give(sight, (&wanted, &mut plan), &blocked, decisions);
        let changed = plan
            .into_iter()
            .filter(|(unit, placement)| sight.cluster.placements.get(unit) != Some(placement));
        decisions
            .cluster
            .extend(changed.map(|(unit, placement)| ClusterRecord::Placement {
                unit,
                placement: Some(placement),
            }));
    }

    /// Frees a unit that its worker has released, or with which it died.
    fn settle(&mut self, sight: Sight<'_>, unit: &Unit, placement: &mut Placement) {
        let Some(worker) = placement.worker() else {
            return;
        };
        if sight.cluster.releases.get(unit) == Some(&placement.ticket) {
            placement.hold = Hold::Free;
        } else if !sight.members.contains(&worker) {
            let is_soon = sight.wall.saturating_sub(placement.since) < Self::SOON;
            placement.deaths = if is_soon { placement.deaths + 1 } else { 0 };
            self.lost.insert(unit.clone(), sight.now);
            placement.hold = match self.policy.most_deaths {
                0 => Hold::Free,
                most if placement.deaths < most => Hold::Free,
                most => {
                    tracing::error!(%unit, "quarantined: {most} workers in a row died soon after they got it");
                    Hold::Quarantined(
                        format!(
                            "{most} workers in a row died within a minute after they got it, the last one was {worker}: \
                             restart it once the cause is mended"
                        )
                        .into(),
                    )
                }
            };
        }
    }

    /// Finds the connectors whose tasks change, and what has to happen first.
    fn changes(
        &self,
        wanted: &Wanted,
        plan: &Plan,
        touched: &BTreeSet<Str>,
    ) -> BTreeMap<Str, Change> {
        let mut changes = BTreeMap::<Str, Change>::new();
        for (unit, placement) in plan {
            if wanted.get(unit) == Some(&placement.fingerprint)
                || touched.contains(unit.connector())
            {
                continue;
            }
            let Unit::Task(id) = unit else { continue };
            if placement.worker().is_some() {
                changes.entry(id.connector.clone()).or_default().held = true;
            } else if placement.writers == Writers::Transactional
                && self.fenced.get(unit) != Some(&Some(placement.ticket))
            {
                let change = changes.entry(id.connector.clone()).or_default();
                change.unfenced.push((id.task, Some(placement.ticket)));
            }
        }
        changes
    }

    fn start_rounds(&mut self, changes: &BTreeMap<Str, Change>, decisions: &mut Decisions) {
        for (connector, change) in changes {
            if !change.held && self.fencing.insert(connector.clone()) {
                decisions.rounds.push(Round {
                    connector: connector.clone(),
                    tasks: change.unfenced.clone(),
                });
            }
        }
    }

    /// Removes what nobody has and nobody wants any more, and all that was stored of connectors that are gone.
    fn remove(
        &mut self,
        sight: Sight<'_>,
        (wanted, plan): (&Wanted, &mut Plan),
        blocked: &BTreeSet<&Str>,
        decisions: &mut Decisions,
    ) {
        let is_over = |unit: &Unit, placement: &Placement| {
            !wanted.contains_key(unit)
                && placement.worker().is_none()
                && !blocked.contains(unit.connector())
        };
        let over = plan.extract_if(.., |unit, placement| is_over(unit, placement));
        let over: Vec<_> = over.map(|(unit, _)| unit).collect();
        for unit in over {
            self.fenced.remove(&unit);
            let exists = sight.configs.connectors.contains_key(unit.connector());
            match &unit {
                Unit::Task(id) => {
                    let (id, config) = (id.clone(), None);
                    decisions.configs.push(ConfigRecord::Task { id, config });
                }
                Unit::Connector(name) if !exists => forget(name, decisions),
                Unit::Connector(_) => {}
            }
            if sight.cluster.releases.contains_key(&unit) {
                let (unit, release) = (unit.clone(), None);
                decisions
                    .cluster
                    .push(ClusterRecord::Release { unit, release });
            }
            let placement = None;
            decisions.gone.push(unit.clone());
            decisions
                .cluster
                .push(ClusterRecord::Placement { unit, placement });
        }
    }

    /// Gives free units to workers, and takes some from those that have too many.
    fn give(
        &mut self,
        sight: Sight<'_>,
        (wanted, plan): (&Wanted, &mut Plan),
        blocked: &BTreeSet<&Str>,
        decisions: &mut Decisions,
    ) {
        let cards = &sight.cluster.cards;
        let candidates: Vec<_> = sight
            .members
            .iter()
            .filter_map(|id| Some((id, cards.get(id)?)))
            .filter(|(_, card)| card.stay == Stay::Staying)
            .map(|(id, card)| Candidate {
                id: *id,
                plugins: &card.plugins,
            })
            .collect();
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
                Some(Hold::Free) | None if waits(unit, wanted, (placement, blocked)) => {
                    Place::Leaving
                }
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
                    let is_blocked = blocked.contains(unit.connector());
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
        let has_come = self.joined.values().any(|joined| joined > since);
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
        Placement {
            ticket: self.ticket(),
            hold: Hold::Owned(worker),
            fingerprint: wanted.get(unit).copied().unwrap_or_default(),
            writers: of_connector.map_or(Writers::Plain, |placement| placement.writers),
            since: sight.wall,
            deaths: former.map_or(0, |placement| placement.deaths),
        }
    }
}

/// Returns whether a unit waits until tasks of its connector are settled and fenced.
fn waits(
    unit: &Unit,
    wanted: &Wanted,
    (placement, blocked): (Option<&Placement>, &BTreeSet<&Str>),
) -> bool {
    let fingerprint = placement.map(|placement| placement.fingerprint);
    fingerprint != wanted.get(unit).copied() && blocked.contains(unit.connector())
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

fn is_leaving(sight: Sight<'_>, worker: Uuid) -> bool {
    let card = sight.cluster.cards.get(&worker);
    card.is_some_and(|card| card.stay == Stay::Leaving)
}

/// Writes that producers are fenced, for connectors of which nothing has to be.
fn conclude_rounds(sight: Sight<'_>, blocked: &BTreeSet<&Str>, decisions: &mut Decisions) {
    for (name, connector) in &sight.configs.connectors {
        let unit = Unit::Connector(name.clone());
        let placement = sight.cluster.placements.get(&unit);
        let Tasks::Committed { configs, .. } = &connector.tasks else {
            continue;
        };
        let is_transactional =
            placement.is_some_and(|placement| placement.writers == Writers::Transactional);
        let tasks = u32::try_from(configs.len()).unwrap_or(u32::MAX);
        let is_done = sight.configs.fencing.get(name) == Some(&Fencing::Done { tasks });
        if is_transactional && !is_done && !blocked.contains(name) {
            decisions.configs.push(ConfigRecord::Fencing {
                connector: name.clone(),
                tasks: Some(tasks),
            });
        }
    }
}

/// Removes what is left of a connector that is gone.
fn forget(name: &Str, decisions: &mut Decisions) {
    decisions.configs.push(ConfigRecord::Fencing {
        connector: name.clone(),
        tasks: None,
    });
    decisions.cluster.push(ClusterRecord::Restart {
        connector: name.clone(),
        order: None,
    });
}
