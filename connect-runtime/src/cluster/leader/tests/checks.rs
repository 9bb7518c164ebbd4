//! What holds at every step, and what once everything is done.

use std::collections::{BTreeMap, BTreeSet};

use super::{worker::Life, world::World};
use crate::{
    cluster::leader::wanted_tasks,
    stores::{ClusterState, Fencing, Hold, Writers},
    task_id::TaskId,
    unit::Unit,
};

impl World {
    /// Checks that changed tasks under transactional ids begin after all old ones were fenced.
    pub(super) fn check_fencing(&mut self, before: &ClusterState) {
        let configs = self.configs();
        let after = self.state().clone();
        let is_old = |unit: &Unit, fingerprint: u64| {
            let placement = after.placements.get(unit);
            placement.is_none_or(|placement| placement.fingerprint != fingerprint)
        };
        for (unit, old) in &before.placements {
            let ends = matches!(unit, Unit::Task(_)) && is_old(unit, old.fingerprint);
            if ends && old.writers == Writers::Transactional {
                let fenced = self.fenced.contains(&(unit.clone(), old.ticket));
                assert!(fenced, "{unit}: {old:?} ends unfenced");
            }
        }
        for (unit, new) in &after.placements {
            let old = before.placements.get(unit);
            let Unit::Task(id) = unit else { continue };
            if old.is_some_and(|old| old.fingerprint == new.fingerprint) {
                continue;
            }
            let name = &id.connector;
            let wanted: BTreeMap<u32, u64> = wanted_tasks(&configs.connectors[name])
                .into_iter()
                .collect();
            for (other, placement) in &after.placements {
                if let Unit::Task(id) = other
                    && id.connector == *name
                    && wanted.get(&id.task) != Some(&placement.fingerprint)
                {
                    assert_eq!(
                        placement.worker(),
                        None,
                        "{unit} begins before {other} ends"
                    );
                }
            }
            if new.writers == Writers::Transactional {
                let tasks = u32::try_from(wanted.len()).unwrap();
                let fencing = configs.fencing.get(name);
                assert_eq!(fencing, Some(&Fencing::Done { tasks }), "{unit}");
            }
        }
    }

    /// Checks that nothing is run by two at the same time.
    pub(super) fn check_holders(&self) {
        let mut holders = BTreeMap::new();
        for (id, worker) in &self.workers {
            for unit in worker.holds.keys().filter(|_| worker.is_effective()) {
                let other = holders.insert(unit, id);
                assert_eq!(other, None, "{unit} is also run by {id}");
            }
        }
    }

    /// Checks that everything is where it should be, now that nothing is left to do.
    pub(super) fn check_settled(&mut self) {
        let configs = self.configs();
        let state = self.state().clone();
        let mut wanted = BTreeSet::new();
        for (name, connector) in &configs.connectors {
            let plugin = connector.config.get("connector.class").unwrap();
            let tasks = wanted_tasks(connector).into_iter().map(|(task, _)| {
                let connector = name.clone();
                Unit::Task(TaskId { connector, task })
            });
            for unit in tasks.chain([Unit::Connector(name.clone())]) {
                let mut workers = self.workers.values();
                let is_homeless = !workers.any(|it| it.life == Life::Awake && it.takes(plugin));
                match state.placements.get(&unit).map(|it| (&it.hold, it.ticket)) {
                    Some((Hold::Owned(worker), ticket)) => {
                        let worker = &self.workers[worker];
                        assert!(worker.takes(plugin), "{unit}");
                        assert_eq!(worker.holds.get(&unit), Some(&ticket), "{unit}");
                    }
                    Some((Hold::Quarantined(_), _)) => {}
                    None | Some((Hold::Free, _)) => assert!(is_homeless, "{unit}"),
                    Some((Hold::Releasing(_), _)) => panic!("{unit} is still released"),
                }
                wanted.insert(unit);
            }
        }
        assert!(state.placements.keys().all(|unit| wanted.contains(unit)));
        assert!(state.requests.is_empty() && state.replies.is_empty());
        assert!(state.cards.keys().all(|id| self.members.contains(id)));
        let left = state.releases.keys().find(|unit| !wanted.contains(unit));
        assert_eq!(left, None);
        self.compact();
        for key in self.config.keys() {
            let known = configs
                .connectors
                .keys()
                .any(|name| key.contains(name.as_str()));
            assert!(known, "{key} is left");
        }
        let restarts = state.restarts.keys();
        let gone = restarts.filter(|name| !configs.connectors.contains_key(*name));
        assert_eq!(gone.count(), 0);
    }
}
