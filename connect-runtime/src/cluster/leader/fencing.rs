//! When the leader has producers fenced.

use std::collections::{BTreeMap, BTreeSet};

use connect_api::Str;

use super::{Decisions, Leader, Plan, Round, Sight, Wanted};
use crate::{
    stores::{ConfigRecord, Fencing, Tasks, Ticket, Writers},
    unit::Unit,
};

/// What has to happen before tasks of connectors are given to anybody.
pub(super) type Changes = BTreeMap<Str, Change>;

/// What has to happen before tasks of a connector are given to anybody.
#[derive(Debug, Default)]
pub(super) struct Change {
    /// Somebody still has a task that is to go, or to start anew.
    held: bool,
    /// Tasks that are free, and have to be fenced.
    unfenced: Vec<(u32, Ticket)>,
}

impl Leader {
    /// Finds the connectors whose tasks change, and what has to happen first.
    pub(super) fn changes(&self, wanted: &Wanted, plan: &Plan, touched: &BTreeSet<Str>) -> Changes {
        let mut changes = Changes::new();
        for (unit, placement) in plan {
            if wanted.get(unit) == Some(&placement.fingerprint)
                || touched.contains(unit.connector())
            {
                continue;
            }
            let Unit::Task(id) = unit else { continue };
            if placement.worker().is_some() {
                changes.entry(id.connector.clone()).or_default().held = true;
            } else if (placement.writers == Writers::Transactional
                || writers(plan, &id.connector) == Writers::Transactional)
                && self.fenced.get(unit) != Some(&placement.ticket)
            {
                let change = changes.entry(id.connector.clone()).or_default();
                change.unfenced.push((id.task, placement.ticket));
            }
        }
        changes
    }

    pub(super) fn start_rounds(&mut self, changes: &Changes, decisions: &mut Decisions) {
        for (connector, change) in changes {
            if !change.held && self.fencing.insert(connector.clone()) {
                decisions.rounds.push(Round {
                    connector: connector.clone(),
                    tasks: change.unfenced.clone(),
                });
            }
        }
    }
}

/// Returns how the tasks of a connector write.
fn writers(plan: &Plan, connector: &Str) -> Writers {
    let placement = plan.get(&Unit::Connector(connector.clone()));
    placement.map_or(Writers::Plain, |placement| placement.writers)
}

/// Writes that producers are fenced, for connectors of which nothing has to be.
pub(super) fn conclude_rounds(
    sight: Sight<'_>,
    is_blocked: impl Fn(&Str) -> bool,
    decisions: &mut Decisions,
) {
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
        // Of connectors from code the config topic says nothing.
        let is_code = sight.cluster.code.contains_key(name);
        if is_transactional && !is_done && !is_code && !is_blocked(name) {
            decisions.configs.push(ConfigRecord::Fencing {
                connector: name.clone(),
                tasks: Some(tasks),
            });
        }
    }
}
