//! What is logged of the states of connectors and tasks, and of where they are.

use std::collections::BTreeMap;

use connect_api::Str;
use connect_runtime::{ConnectorStatus, State, WorkerHandle};

/// What each connector and task was last seen in, and on which worker, by name.
type States = BTreeMap<String, (State, Str)>;

/// A state that somebody came to.
#[derive(Debug, PartialEq, Eq)]
struct Change {
    who: String,
    state: State,
    worker: Str,
    trace: Option<String>,
}

/// Logs each change, until the worker ends.
pub(super) async fn log(worker: &WorkerHandle) {
    let mut updates = worker.watch();
    let mut states = States::new();
    let mut statuses = updates.latest();
    let here = worker.id();
    loop {
        for change in changes(&mut states, &statuses) {
            let Change {
                who,
                state,
                worker,
                trace,
            } = change;
            let place = match worker == here {
                true => String::new(),
                false => format!(" on worker {worker}"),
            };
            match (state, trace) {
                (State::Failed, trace) => {
                    let trace = trace.unwrap_or_default();
                    tracing::error!("{who} is {state}{place}: {trace}");
                }
                // Why it restarts was logged where it happened.
                _ => tracing::info!("{who} is {state}{place}"),
            }
        }
        match updates.next().await {
            Some(latest) => statuses = latest,
            None => return,
        }
    }
}

/// Returns who is in another state than in `states`, and remembers the states.
fn changes(states: &mut States, statuses: &[ConnectorStatus]) -> Vec<Change> {
    let mut now = States::new();
    let mut changes = Vec::new();
    let mut see = |who: String, (state, worker): (State, &Str), trace: &Option<String>| {
        let seen = (state, worker.clone());
        if states.get(&who) != Some(&seen) {
            changes.push(Change {
                who: who.clone(),
                state,
                worker: worker.clone(),
                trace: trace.clone(),
            });
        }
        now.insert(who, seen);
    };
    for status in statuses {
        let who = format!("{} `{}`", status.direction, status.name);
        see(who, (status.state, &status.worker), &status.trace);
        for task in &status.tasks {
            let who = format!("task `{}`", task.id);
            see(who, (task.state, &task.worker), &task.trace);
        }
    }
    *states = now;
    changes
}
