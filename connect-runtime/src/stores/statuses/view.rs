//! [`Statuses`]: what the records of the status topic add up to.

use std::collections::BTreeMap;

use connect_api::Str;

use super::{ActiveTopic, Status, StatusRecord};
use crate::TaskId;

/// What the records of the status topic add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Statuses {
    pub(crate) connectors: BTreeMap<Str, Status>,
    pub(crate) tasks: BTreeMap<TaskId, Status>,
    /// By connector and topic.
    pub(crate) topics: BTreeMap<(Str, Str), ActiveTopic>,
}

impl Statuses {
    /// Takes the next record.
    pub(crate) fn apply(&mut self, record: StatusRecord) {
        match record {
            StatusRecord::Connector { name, status } => match status {
                Some(status) => {
                    self.connectors.insert(name, status);
                }
                None => {
                    self.connectors.remove(&name);
                    self.tasks.retain(|id, _| id.connector != name);
                }
            },
            StatusRecord::Task { id, status } => self.apply_task(id, status),
            StatusRecord::Topic {
                connector,
                topic,
                active,
            } => {
                let key = (connector, topic);
                match active {
                    Some(active) => self.topics.insert(key, active),
                    None => self.topics.remove(&key),
                };
            }
        }
    }

    fn apply_task(&mut self, id: TaskId, status: Option<Status>) {
        let Some(status) = status else {
            self.tasks.remove(&id);
            return;
        };
        // A worker that lost the task may say so after the next one has it running already.
        let is_stale = |known: &Status| {
            status.state == "UNASSIGNED"
                && known.state == "RUNNING"
                && known.generation >= status.generation
        };
        if !self.tasks.get(&id).is_some_and(is_stale) {
            self.tasks.insert(id, status);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(state: &str, worker: &str, generation: i32) -> Status {
        Status {
            state: state.into(),
            trace: None,
            worker: worker.into(),
            generation,
        }
    }

    fn task(status: Option<Status>) -> StatusRecord {
        let id = TaskId {
            connector: "c".into(),
            task: 0,
        };
        StatusRecord::Task { id, status }
    }

    fn after(records: impl IntoIterator<Item = StatusRecord>) -> Statuses {
        let mut statuses = Statuses::default();
        records
            .into_iter()
            .for_each(|record| statuses.apply(record));
        statuses
    }

    #[test]
    fn a_worker_that_lost_a_task_does_not_hide_that_it_runs_elsewhere() {
        let states = |records: [Status; 2]| {
            let statuses = after(records.map(|status| task(Some(status))));
            statuses.tasks.into_values().next().unwrap().state
        };
        let running = status("RUNNING", "b", 5);
        for stale in [4, 5] {
            let unassigned = status("UNASSIGNED", "a", stale);
            assert_eq!(states([running.clone(), unassigned]), "RUNNING");
        }
        let later = status("UNASSIGNED", "a", 6);
        assert_eq!(states([running.clone(), later]), "UNASSIGNED");
        let failed = status("FAILED", "a", 4);
        assert_eq!(states([running, failed]), "FAILED");
    }

    #[test]
    fn a_removed_connector_takes_its_tasks_along() {
        let connector = |name: &str, status| StatusRecord::Connector {
            name: name.into(),
            status,
        };
        let running = || Some(status("RUNNING", "a", 1));
        let statuses = after([
            connector("c", running()),
            connector("d", running()),
            task(running()),
            connector("c", None),
        ]);
        assert_eq!(statuses, after([connector("d", running())]));
        assert_eq!(after([task(running()), task(None)]), Statuses::default());
    }

    #[test]
    fn topics_are_known_until_they_are_removed() {
        let topic = |topic: &str, active| StatusRecord::Topic {
            connector: "c".into(),
            topic: topic.into(),
            active,
        };
        let active = Some(ActiveTopic {
            task: 1,
            discovered: 2,
        });
        let statuses = after([topic("t", active), topic("u", active), topic("t", None)]);
        assert_eq!(statuses, after([topic("u", active)]));
    }
}
