//! Whether workers have the same number of units.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    topics::Latest,
    world::{CODE, World},
};

/// Who has which units, by their names.
pub(super) type Owners = BTreeMap<String, Owner>;

/// Who has a unit, and by which decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) worker: String,
    pub(super) ticket: String,
}

impl World {
    /// Returns who has what.
    pub(super) async fn owners(&self) -> Owners {
        owners(&self.latest("cluster").await)
    }

    /// The workers have the same number of units, or almost: no unit is where it could go to one that has two fewer.
    pub(super) async fn imbalance(&self, wanted: &BTreeMap<&str, i64>) -> Vec<String> {
        let cluster = self.latest("cluster").await;
        let owners = owners(&cluster);
        let mut wrong: Vec<_> = cluster
            .iter()
            .filter(|(key, _)| key.starts_with("unit-") && !owners.contains_key(*key))
            .map(|(key, placement)| format!("`{key}` is {placement:?}"))
            .collect();
        let expected = wanted.values().map(|tasks| tasks + 1).sum::<i64>();
        if i64::try_from(owners.len()) != Ok(expected) {
            let count = owners.len();
            wrong.push(format!("expected {expected} units, found {count}"));
        }
        let handles = self.lanes.iter().filter_map(super::world::Lane::handle);
        let workers: BTreeSet<_> = handles.map(|it| it.id().to_string()).collect();
        let mut loads: BTreeMap<&str, usize> = workers.iter().map(|id| (&**id, 0)).collect();
        for Owner { worker, .. } in owners.values() {
            *loads.entry(worker).or_default() += 1;
        }
        for (unit, Owner { worker, .. }) in &owners {
            let other = workers.iter().find(|other| {
                loads[&***other] + 1 < loads[&**worker] && can(&cluster, other, unit)
            });
            if let Some(other) = other {
                wrong.push(format!(
                    "{unit} could go from {worker} to {other}: {loads:?}"
                ));
            }
            if !workers.contains(worker) || !can(&cluster, worker, unit) {
                wrong.push(format!("{unit} is at {worker}, which cannot run it"));
            }
        }
        wrong
    }
}

fn owners(cluster: &Latest) -> Owners {
    let units = cluster.iter().filter(|(key, _)| key.starts_with("unit-"));
    units
        .filter_map(|(unit, placement)| {
            let worker = placement.get("hold")?.get("owned")?.as_str()?.to_owned();
            let ticket = placement.get("ticket")?.to_string();
            Some((unit.clone(), Owner { worker, ticket }))
        })
        .collect()
}

/// Returns whether a worker says that it can run a unit.
fn can(cluster: &Latest, worker: &str, unit: &str) -> bool {
    let Some(card) = cluster.get(&format!("worker-{worker}")) else {
        return false;
    };
    if !unit.contains(CODE) {
        return true;
    }
    let version = cluster.get(&format!("code-{CODE}"));
    let version = version.and_then(|code| code.get("version")?.as_str());
    let class = format!("code {} ", version.unwrap_or_default());
    let plugins = card.get("plugins").and_then(Value::as_array);
    plugins.is_some_and(|plugins| {
        let mut plugins = plugins.iter().filter_map(Value::as_str);
        plugins.any(|plugin| plugin.starts_with(&class))
    })
}
