//! [`ConfigState`]: what the records of the config topic add up to.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use connect_api::{ConfigMap, Str};

use super::{ConfigRecord, TargetState};

/// What the records of the config topic add up to, at its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ConfigState {
    /// The offset after the last record.
    pub(crate) offset: i64,
    /// All connectors that exist, by name.
    pub(crate) connectors: BTreeMap<Str, ConnectorConfig>,
    /// Which tasks' producers were fenced, also of connectors that are gone: their tasks may still run somewhere.
    pub(crate) fencing: BTreeMap<Str, Fencing>,
}

/// A connector as it is configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConnectorConfig {
    pub(crate) config: ConfigMap,
    /// The offset of the record that has it.
    pub(crate) version: i64,
    /// The offset of the last record of its configuration or its target state; of a connector from code, of all of it.
    pub(crate) changed: i64,
    pub(crate) target: TargetState,
    pub(crate) tasks: Tasks,
}

/// The tasks of a connector as they are configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tasks {
    /// They were never computed.
    Unknown,
    /// A part of the last set is missing, by compaction or a crash: none runs, they must be computed again.
    Inconsistent { expected: u32 },
    /// A whole set.
    Committed {
        configs: Vec<ConfigMap>,
        basis: Basis,
    },
}

impl Tasks {
    /// Returns how many tasks may have records, and may run somewhere.
    pub(crate) fn written(&self) -> u32 {
        match self {
            Self::Unknown => 0,
            Self::Inconsistent { expected } => *expected,
            Self::Committed { configs, .. } => u32::try_from(configs.len()).unwrap_or(u32::MAX),
        }
    }
}

/// What a set of tasks was computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Basis {
    /// The connector's latest record.
    Latest,
    /// An older record of the connector: it was changed afterwards, and its tasks were not yet, or did not need to be.
    ///
    /// Or of a deleted connector of the same name, whose deletion was compacted away. They run until the connector has
    /// computed its tasks, which it does when it starts.
    Earlier,
}

/// Up to where the producers of a connector's tasks were fenced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fencing {
    /// So many tasks, after the last set of tasks was written.
    Done { tasks: u32 },
    /// So many tasks, but a new set of tasks was written since.
    Pending { tasks: u32 },
}

/// Gathers records; nothing is decided before the end of the topic.
///
/// Compaction reorders what belongs together: the last record of a connector may stand behind the commit of its tasks,
/// although it was there before too. So "there is no such connector" can be said only at the end.
#[derive(Debug, Default)]
pub(crate) struct ConfigLog {
    offset: i64,
    connectors: BTreeMap<Str, Entry>,
    /// What it adds up to, if that was asked for since the last record.
    resolved: OnceLock<Arc<ConfigState>>,
}

#[derive(Debug, Default)]
struct Entry {
    config: Option<ConfigMap>,
    version: i64,
    changed: i64,
    target: Option<TargetState>,
    /// Task records that no commit has followed yet.
    pending: BTreeMap<u32, ConfigMap>,
    tasks: Committed,
    fencing: Option<Fencing>,
}

#[derive(Debug, Default)]
enum Committed {
    #[default]
    Never,
    Inconsistent {
        expected: u32,
    },
    Whole {
        configs: Vec<ConfigMap>,
        basis: Basis,
    },
}

impl ConfigLog {
    /// Takes the next record; `offset` is its own.
    pub(super) fn apply(&mut self, offset: i64, record: ConfigRecord) {
        self.skip(offset);
        match record {
            ConfigRecord::Connector { name, config } => {
                let entry = self.entry(name);
                entry.version = offset;
                entry.changed = offset;
                entry.configure(config);
            }
            ConfigRecord::Task { id, config } => {
                let pending = &mut self.entry(id.connector).pending;
                match config {
                    Some(config) => pending.insert(id.task, config),
                    None => pending.remove(&id.task),
                };
            }
            ConfigRecord::Commit { connector, tasks } => self.entry(connector).commit(tasks),
            ConfigRecord::TargetState { connector, state } => {
                let entry = self.entry(connector);
                entry.changed = offset;
                entry.target = state;
            }
            ConfigRecord::Fencing { connector, tasks } => {
                self.entry(connector).fencing = tasks.map(|tasks| Fencing::Done { tasks });
            }
            ConfigRecord::Restart { .. }
            | ConfigRecord::SessionKey
            | ConfigRecord::LoggerLevel { .. } => {}
        }
    }

    /// Skips a record that says nothing.
    pub(super) fn skip(&mut self, offset: i64) {
        self.offset = offset + 1;
        self.resolved = OnceLock::new();
    }

    /// Says what it all adds up to; call it at the end of the topic only.
    pub(crate) fn resolve(&self) -> Arc<ConfigState> {
        let resolved = self.resolved.get_or_init(|| Arc::new(self.add_up()));
        Arc::clone(resolved)
    }

    fn add_up(&self) -> ConfigState {
        let connectors = self.connectors.iter().filter_map(|(name, entry)| {
            let config = ConnectorConfig {
                config: entry.config.clone()?,
                version: entry.version,
                changed: entry.changed,
                target: entry.target.unwrap_or_default(),
                tasks: entry.tasks.resolve(),
            };
            Some((name.clone(), config))
        });
        let fencing = |(name, entry): (&Str, &Entry)| Some((name.clone(), entry.fencing?));
        ConfigState {
            offset: self.offset,
            connectors: connectors.collect(),
            fencing: self.connectors.iter().filter_map(fencing).collect(),
        }
    }

    fn entry(&mut self, connector: Str) -> &mut Entry {
        self.connectors.entry(connector).or_default()
    }
}

impl Entry {
    fn configure(&mut self, config: Option<ConfigMap>) {
        if config.is_none() {
            // What comes under this name later is another connector.
            self.pending.clear();
            self.tasks = Committed::Never;
        } else if let Committed::Whole { basis, .. } = &mut self.tasks {
            *basis = Basis::Earlier;
        }
        self.config = config;
    }

    fn commit(&mut self, tasks: Option<u32>) {
        if let Some(Fencing::Done { tasks }) = self.fencing {
            self.fencing = Some(Fencing::Pending { tasks });
        }
        let Some(expected) = tasks else {
            self.tasks = Committed::Never;
            return;
        };
        // Taken even if they are no whole set: the next one is written anew from its first task.
        let pending = std::mem::take(&mut self.pending);
        // There may be more: tasks of an older, larger set survive compaction.
        self.tasks = if (0..expected).all(|task| pending.contains_key(&task)) {
            Committed::Whole {
                configs: pending.into_values().take(expected as usize).collect(),
                basis: match self.config {
                    Some(_) => Basis::Latest,
                    None => Basis::Earlier,
                },
            }
        } else {
            Committed::Inconsistent { expected }
        };
    }
}

impl Committed {
    fn resolve(&self) -> Tasks {
        match self {
            Self::Never => Tasks::Unknown,
            Self::Inconsistent { expected } => Tasks::Inconsistent {
                expected: *expected,
            },
            Self::Whole { configs, basis } => Tasks::Committed {
                configs: configs.clone(),
                basis: *basis,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::ConsumedRecord;
    use crate::stores::{
        config::record::{RestartInstances, RestartTasks},
        log::View,
    };

    /// Writes records as text and resolves them, as Java's tests do.
    fn resolve(records: &[(&str, &str)]) -> ConfigState {
        let mut log = ConfigLog::default();
        for (offset, (key, value)) in (10..).zip(records) {
            let record = ConsumedRecord {
                offset,
                key: Some((*key).to_owned().into()),
                value: (!value.is_empty()).then(|| (*value).to_owned().into()),
                ..ConsumedRecord::default()
            };
            View::apply(&mut log, 0, record);
        }
        Arc::unwrap_or_clone(log.resolve())
    }

    fn config(value: &str) -> ConfigMap {
        ConfigMap::from([("v", value)])
    }

    fn committed(values: &[&str], basis: Basis) -> Tasks {
        let configs = values.iter().map(|value| config(value)).collect();
        Tasks::Committed { configs, basis }
    }

    #[track_caller]
    fn check(records: &[(&str, &str)], tasks: &Tasks) {
        assert_eq!(resolve(records).connectors["c"].tasks, *tasks);
    }

    const CONNECTOR: (&str, &str) = ("connector-c", r#"{"properties":{"v":"1"}}"#);
    const CHANGED: (&str, &str) = ("connector-c", r#"{"properties":{"v":"2"}}"#);
    const DELETED: (&str, &str) = ("connector-c", "");
    const TASK_0: (&str, &str) = ("task-c-0", r#"{"properties":{"v":"a"}}"#);
    const TASK_1: (&str, &str) = ("task-c-1", r#"{"properties":{"v":"b"}}"#);
    const NEW_0: (&str, &str) = ("task-c-0", r#"{"properties":{"v":"A"}}"#);
    const COMMIT_1: (&str, &str) = ("commit-c", r#"{"tasks":1}"#);
    const COMMIT_2: (&str, &str) = ("commit-c", r#"{"tasks":2}"#);

    #[test]
    fn a_set_of_tasks_counts_once_it_is_committed() {
        check(&[CONNECTOR], &Tasks::Unknown);
        check(&[CONNECTOR, TASK_0, TASK_1], &Tasks::Unknown);
        let both = committed(&["a", "b"], Basis::Latest);
        check(&[CONNECTOR, TASK_0, TASK_1, COMMIT_2], &both);
        let half_written = [CONNECTOR, TASK_0, TASK_1, COMMIT_2, NEW_0];
        check(&half_written, &both);
        check(
            &[CONNECTOR, ("commit-c", r#"{"tasks":0}"#)],
            &committed(&[], Basis::Latest),
        );
    }

    #[test]
    fn a_set_with_a_hole_is_inconsistent_until_the_next_one() {
        let hole = Tasks::Inconsistent { expected: 2 };
        check(&[CONNECTOR, TASK_1, COMMIT_2], &hole);
        check(&[CONNECTOR, COMMIT_2, TASK_0, TASK_1], &hole);
        check(&[CONNECTOR, TASK_1, COMMIT_2, TASK_0, COMMIT_2], &hole);
        check(
            &[CONNECTOR, TASK_1, COMMIT_2, NEW_0, COMMIT_1],
            &committed(&["A"], Basis::Latest),
        );
    }

    #[test]
    fn tasks_of_an_older_and_larger_set_do_no_harm() {
        check(
            &[CONNECTOR, TASK_1, NEW_0, COMMIT_1],
            &committed(&["A"], Basis::Latest),
        );
    }

    #[test]
    fn tasks_survive_that_compaction_moves_their_connector_behind_them() {
        let tasks = committed(&["a", "b"], Basis::Earlier);
        let whole = [CONNECTOR, TASK_0, TASK_1, COMMIT_2, CHANGED];
        let compacted = [TASK_0, TASK_1, COMMIT_2, CHANGED];
        check(&whole, &tasks);
        check(&compacted, &tasks);
        assert_eq!(resolve(&compacted).connectors["c"].config, config("2"));
    }

    #[test]
    fn a_deleted_connector_takes_its_tasks_along() {
        let deleted = [CONNECTOR, TASK_0, COMMIT_1, DELETED];
        assert!(resolve(&deleted).connectors.is_empty());
        assert!(
            resolve(&[TASK_0, COMMIT_1]).connectors.is_empty(),
            "compacted"
        );
        check(
            &[CONNECTOR, TASK_0, COMMIT_1, DELETED, CHANGED],
            &Tasks::Unknown,
        );
        let with_new_commit = [CONNECTOR, TASK_0, DELETED, CHANGED, COMMIT_1];
        check(&with_new_commit, &Tasks::Inconsistent { expected: 1 });
    }

    #[test]
    fn the_target_state_may_stand_before_the_connector_and_is_started_by_default() {
        let target = |records: &[(&str, &str)]| resolve(records).connectors["c"].target;
        let stopped = (
            "target-state-c",
            r#"{"state":"PAUSED","state.v2":"STOPPED"}"#,
        );
        assert_eq!(target(&[CONNECTOR]), TargetState::Started);
        assert_eq!(target(&[stopped, CONNECTOR]), TargetState::Stopped);
        assert_eq!(
            target(&[CONNECTOR, stopped, ("target-state-c", "")]),
            TargetState::Started
        );
        let unreadable = ("target-state-c", r#"{"state":"DEAD"}"#);
        assert_eq!(
            target(&[stopped, unreadable, CONNECTOR]),
            TargetState::Stopped
        );
    }

    #[test]
    fn a_fencing_round_counts_until_the_next_set_of_tasks() {
        let fenced = ("tasks-fencing-c", r#"{"task-count":3}"#);
        let fencing = |records: &[(&str, &str)]| resolve(records).fencing.get("c").copied();
        assert_eq!(fencing(&[CONNECTOR, TASK_0, COMMIT_1]), None);
        let done = Some(Fencing::Done { tasks: 3 });
        assert_eq!(fencing(&[CONNECTOR, TASK_0, COMMIT_1, fenced]), done);
        let pending = Some(Fencing::Pending { tasks: 3 });
        assert_eq!(fencing(&[CONNECTOR, fenced, TASK_0, COMMIT_1]), pending);
        assert_eq!(
            fencing(&[CONNECTOR, fenced, DELETED]),
            done,
            "its tasks may still run"
        );
    }

    #[test]
    fn events_and_unknown_keys_only_move_the_offset() {
        let state = resolve(&[
            CONNECTOR,
            (
                "restart-connector-c",
                r#"{"include-tasks":true,"only-failed":true}"#,
            ),
            ("logger-cluster-root", r#"{"level":"DEBUG"}"#),
            ("leader", "x"),
        ]);
        let mut without = resolve(&[CONNECTOR]);
        without.offset = 14;
        assert_eq!(state, without);
        let restart = ConfigRecord::Restart {
            connector: "c".into(),
            tasks: RestartTasks::Included,
            instances: RestartInstances::Failed,
        };
        assert_eq!(restart.key(), "restart-connector-c");
    }
}
