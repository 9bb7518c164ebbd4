//! What is logged of the states of connectors and tasks.

use std::collections::BTreeMap;

use connect_runtime::{ConnectorStatus, State, WorkerHandle};

/// What each connector and task was last seen in, by name.
type States = BTreeMap<String, State>;

/// A state that somebody came to.
#[derive(Debug, PartialEq, Eq)]
struct Change {
    who: String,
    state: State,
    trace: Option<String>,
}

/// Logs each change, until the worker ends.
pub(super) async fn log(worker: &WorkerHandle) {
    let mut updates = worker.watch();
    let mut states = States::new();
    let mut statuses = updates.latest();
    loop {
        for change in changes(&mut states, &statuses) {
            let Change { who, state, trace } = change;
            match (state, trace) {
                (State::Failed, trace) => {
                    let trace = trace.unwrap_or_default();
                    tracing::error!("{who} is {state}: {trace}");
                }
                // Why it restarts was logged where it happened.
                _ => tracing::info!("{who} is {state}"),
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
    let mut see = |who: String, state: State, trace: &Option<String>| {
        if states.get(&who) != Some(&state) {
            changes.push(Change {
                who: who.clone(),
                state,
                trace: trace.clone(),
            });
        }
        now.insert(who, state);
    };
    for status in statuses {
        let who = format!("{} `{}`", status.direction, status.name);
        see(who, status.state, &status.trace);
        for task in &status.tasks {
            see(format!("task `{}`", task.id), task.state, &task.trace);
        }
    }
    *states = now;
    changes
}
