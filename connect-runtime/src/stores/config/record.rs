//! [`ConfigRecord`]: one record of the config topic.

use connect_api::{ConfigMap, Str, Value, json::to_string};

use super::TargetState;
use crate::{TaskId, broker::ProducerRecord, stores::json};

/// One record of the config topic; `None` is a tombstone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ConfigRecord {
    /// `connector-<c>`: what a person configured, references unresolved.
    Connector {
        name: Str,
        config: Option<ConfigMap>,
    },
    /// `task-<c>-<n>`: counts once a commit follows.
    Task {
        id: TaskId,
        config: Option<ConfigMap>,
    },
    /// `commit-<c>`: the tasks 0…n−1 before it are a set.
    Commit { connector: Str, tasks: Option<u32> },
    /// `target-state-<c>`.
    TargetState {
        connector: Str,
        state: Option<TargetState>,
    },
    /// `tasks-fencing-<c>`: the older producers of so many tasks are fenced.
    Fencing { connector: Str, tasks: Option<u32> },
    /// `restart-connector-<c>`: an event, not a state.
    Restart {
        connector: Str,
        tasks: RestartTasks,
        instances: RestartInstances,
    },
    /// `session-key`: signs requests between Java workers; nobody else needs it.
    SessionKey,
    /// `logger-cluster-<logger>`: an event, not a state.
    LoggerLevel { logger: Str, level: Option<Str> },
}

/// Whether a restart takes the tasks along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RestartTasks {
    Excluded,
    Included,
}

/// Which instances a restart concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RestartInstances {
    All,
    Failed,
}

const TARGET_STATE: &str = "target-state-";
const CONNECTOR: &str = "connector-";
const TASK: &str = "task-";
const COMMIT: &str = "commit-";
const RESTART: &str = "restart-connector-";
const FENCING: &str = "tasks-fencing-";
const SESSION_KEY: &str = "session-key";
const LOGGER: &str = "logger-cluster-";

impl ConfigRecord {
    /// Builds what creates or changes a connector; its first target state stands before it.
    pub(crate) fn connector(
        name: &Str,
        config: ConfigMap,
        first: Option<TargetState>,
    ) -> Vec<Self> {
        let name = name.clone();
        let state = first.map(|state| Self::TargetState {
            connector: name.clone(),
            state: Some(state),
        });
        let config = Some(config);
        state
            .into_iter()
            .chain([Self::Connector { name, config }])
            .collect()
    }

    /// Builds what deletes a connector.
    pub(crate) fn deletion(name: &Str) -> Vec<Self> {
        let (name, connector) = (name.clone(), name.clone());
        let config = None;
        let state = None;
        vec![
            Self::Connector { name, config },
            Self::TargetState { connector, state },
        ]
    }

    /// Builds what gives a connector a new set of tasks.
    pub(crate) fn tasks(connector: &Str, configs: Vec<ConfigMap>) -> Vec<Self> {
        let task = |(task, config)| {
            let connector = connector.clone();
            Self::Task {
                id: TaskId { connector, task },
                config: Some(config),
            }
        };
        let mut records: Vec<Self> = (0..).zip(configs).map(task).collect();
        let tasks = u32::try_from(records.len()).ok();
        records.push(Self::Commit {
            connector: connector.clone(),
            tasks,
        });
        records
    }

    /// Reads a record, or says what was found instead.
    ///
    /// # Errors
    ///
    /// The key is unknown, or the value has another form.
    pub(crate) fn parse(key: &str, value: Option<&[u8]>) -> Result<Self, String> {
        let read = |bytes: &[u8]| json::parse(bytes).map_err(|error| error.to_string());
        // A value of four bytes `null` is no tombstone for Kafka, but Java's reader takes it for one.
        let value = value
            .map(read)
            .transpose()?
            .filter(|value| *value != Value::Null);
        let value = value.as_ref();
        // Java's order: `connector-` must not swallow longer prefixes.
        if let Some(connector) = key.strip_prefix(TARGET_STATE) {
            let state = value.map(target_state).transpose()?;
            Ok(Self::TargetState {
                connector: connector.into(),
                state,
            })
        } else if let Some(name) = key.strip_prefix(CONNECTOR) {
            let config = value.map(properties).transpose()?;
            Ok(Self::Connector {
                name: name.into(),
                config,
            })
        } else if let Some(id) = key.strip_prefix(TASK) {
            let id = TaskId::parse(id).ok_or("expected `task-<connector>-<number>`")?;
            let config = value.map(properties).transpose()?;
            Ok(Self::Task { id, config })
        } else if let Some(connector) = key.strip_prefix(COMMIT) {
            let tasks = value.map(|value| count(value, "tasks")).transpose()?;
            Ok(Self::Commit {
                connector: connector.into(),
                tasks,
            })
        } else if let Some(connector) = key.strip_prefix(RESTART) {
            restart(connector, value)
        } else if let Some(connector) = key.strip_prefix(FENCING) {
            let tasks = value.map(|value| count(value, "task-count")).transpose()?;
            Ok(Self::Fencing {
                connector: connector.into(),
                tasks,
            })
        } else if key == SESSION_KEY {
            Ok(Self::SessionKey)
        } else if let Some(logger) = key.strip_prefix(LOGGER) {
            let level = value.map(|value| {
                json::text(value, "level")
                    .map(Str::from)
                    .ok_or_else(|| expected("level", "a text", value))
            });
            Ok(Self::LoggerLevel {
                logger: logger.into(),
                level: level.transpose()?,
            })
        } else {
            Err("the key is unknown".to_owned())
        }
    }

    /// Returns the key.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Connector { name, .. } => format!("{CONNECTOR}{name}"),
            Self::Task { id, .. } => format!("{TASK}{id}"),
            Self::Commit { connector, .. } => format!("{COMMIT}{connector}"),
            Self::TargetState { connector, .. } => format!("{TARGET_STATE}{connector}"),
            Self::Fencing { connector, .. } => format!("{FENCING}{connector}"),
            Self::Restart { connector, .. } => format!("{RESTART}{connector}"),
            Self::SessionKey => SESSION_KEY.to_owned(),
            Self::LoggerLevel { logger, .. } => format!("{LOGGER}{logger}"),
        }
    }

    /// Builds the record for `topic`.
    pub(crate) fn encode(&self, topic: &Str) -> ProducerRecord {
        ProducerRecord {
            topic: topic.clone(),
            key: Some(self.key().into()),
            value: self.value().map(|value| to_string(&value).into()),
            ..ProducerRecord::default()
        }
    }

    fn value(&self) -> Option<Value> {
        match self {
            Self::Connector { config, .. } | Self::Task { config, .. } => {
                let properties = config
                    .as_ref()?
                    .iter()
                    .map(|(key, value)| (Str::from(key), value));
                Some(Value::map([("properties", Value::map(properties))]))
            }
            Self::Commit { tasks, .. } => Some(Value::map([("tasks", i64::from((*tasks)?))])),
            Self::TargetState { state, .. } => {
                let state = (*state)?;
                Some(Value::map([
                    ("state", state.legacy_name()),
                    ("state.v2", state.name()),
                ]))
            }
            Self::Fencing { tasks, .. } => Some(Value::map([("task-count", i64::from((*tasks)?))])),
            Self::Restart {
                tasks, instances, ..
            } => Some(Value::map([
                ("include-tasks", *tasks == RestartTasks::Included),
                ("only-failed", *instances == RestartInstances::Failed),
            ])),
            Self::SessionKey => None,
            Self::LoggerLevel { level, .. } => Some(Value::map([("level", level.clone()?)])),
        }
    }
}

/// `state.v2` is what a worker of Kafka 3.5 or later means; `state` is for older ones.
fn target_state(value: &Value) -> Result<TargetState, String> {
    let name = json::text(value, "state.v2").or_else(|| json::text(value, "state"));
    name.and_then(TargetState::parse)
        .ok_or_else(|| expected("state", "STARTED, PAUSED or STOPPED", value))
}

/// Values are secrets as likely as not, so nothing of them is printed.
fn properties(value: &Value) -> Result<ConfigMap, String> {
    json::texts(value, "properties")
        .ok_or_else(|| "expected `properties` as an object of texts".to_owned())
}

fn count(value: &Value, field: &str) -> Result<u32, String> {
    json::integer(value, field).ok_or_else(|| expected(field, "a number of tasks", value))
}

fn restart(connector: &str, value: Option<&Value>) -> Result<ConfigRecord, String> {
    let flag = |field: &str| match value.and_then(|value| value.get(field)) {
        Some(Value::Boolean(flag)) => Ok(*flag),
        _ => Err(format!("expected `{field}` as a boolean")),
    };
    Ok(ConfigRecord::Restart {
        connector: connector.into(),
        tasks: if flag("include-tasks")? {
            RestartTasks::Included
        } else {
            RestartTasks::Excluded
        },
        instances: if flag("only-failed")? {
            RestartInstances::Failed
        } else {
            RestartInstances::All
        },
    })
}

fn expected(field: &str, what: &str, found: &Value) -> String {
    format!("expected `{field}` as {what}, found {}", to_string(found))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(connector: &str, task: u32) -> TaskId {
        TaskId {
            connector: connector.into(),
            task,
        }
    }

    /// Checks that `record` has these bytes, and that they are read back as `record`.
    #[track_caller]
    fn check(record: &ConfigRecord, key: &str, value: Option<&str>) {
        let encoded = record.encode(&"connect-configs".into());
        assert_eq!(encoded.topic, "connect-configs");
        assert_eq!(encoded.key.unwrap(), key);
        assert_eq!(encoded.value.as_deref(), value.map(str::as_bytes));
        let read = ConfigRecord::parse(key, value.map(str::as_bytes));
        assert_eq!(read.as_ref(), Ok(record));
    }

    #[test]
    fn records_have_the_bytes_of_java() {
        let config = ConfigMap::from([
            ("connector.class", "FileStreamSource"),
            ("name", "x"),
            ("tasks.max", "1"),
        ]);
        check(
            &ConfigRecord::Connector {
                name: "x".into(),
                config: Some(config),
            },
            "connector-x",
            Some(
                r#"{"properties":{"connector.class":"FileStreamSource","name":"x","tasks.max":"1"}}"#,
            ),
        );
        check(
            &ConfigRecord::Task {
                id: id("my-x", 12),
                config: Some(ConfigMap::from([("file", "a\"b")])),
            },
            "task-my-x-12",
            Some(r#"{"properties":{"file":"a\"b"}}"#),
        );
        check(
            &ConfigRecord::Commit {
                connector: "x".into(),
                tasks: Some(2),
            },
            "commit-x",
            Some(r#"{"tasks":2}"#),
        );
        check(
            &ConfigRecord::Fencing {
                connector: "x".into(),
                tasks: Some(3),
            },
            "tasks-fencing-x",
            Some(r#"{"task-count":3}"#),
        );
        check(
            &ConfigRecord::Restart {
                connector: "x".into(),
                tasks: RestartTasks::Included,
                instances: RestartInstances::All,
            },
            "restart-connector-x",
            Some(r#"{"include-tasks":true,"only-failed":false}"#),
        );
        check(
            &ConfigRecord::LoggerLevel {
                logger: "org.apache".into(),
                level: Some("DEBUG".into()),
            },
            "logger-cluster-org.apache",
            Some(r#"{"level":"DEBUG"}"#),
        );
    }

    #[test]
    fn a_stopped_connector_is_paused_for_workers_that_cannot_stop() {
        let record = |state| ConfigRecord::TargetState {
            connector: "x".into(),
            state: Some(state),
        };
        let key = "target-state-x";
        check(
            &record(TargetState::Stopped),
            key,
            Some(r#"{"state":"PAUSED","state.v2":"STOPPED"}"#),
        );
        check(
            &record(TargetState::Started),
            key,
            Some(r#"{"state":"STARTED","state.v2":"STARTED"}"#),
        );
        let old = ConfigRecord::parse(key, Some(br#"{"state":"PAUSED"}"#));
        assert_eq!(old, Ok(record(TargetState::Paused)));
    }

    #[test]
    fn a_deletion_is_two_tombstones_and_a_creation_starts_with_its_target() {
        let name = Str::from("x");
        let keys = |records: &[ConfigRecord]| -> Vec<String> {
            records.iter().map(ConfigRecord::key).collect()
        };
        let deletion = ConfigRecord::deletion(&name);
        assert_eq!(keys(&deletion), ["connector-x", "target-state-x"]);
        for record in &deletion {
            assert_eq!(record.encode(&name).value, None);
        }
        let creation = ConfigRecord::connector(&name, ConfigMap::new(), Some(TargetState::Stopped));
        assert_eq!(keys(&creation), ["target-state-x", "connector-x"]);
        let tasks = ConfigRecord::tasks(&name, vec![ConfigMap::new(), ConfigMap::new()]);
        assert_eq!(keys(&tasks), ["task-x-0", "task-x-1", "commit-x"]);
        let none = ConfigRecord::tasks(&name, Vec::new());
        assert_eq!(none[0].encode(&name).value.unwrap(), r#"{"tasks":0}"#);
    }

    #[test]
    fn what_java_writes_in_other_words_is_read_too() {
        let task = ConfigRecord::parse(
            "task-a-b-3",
            Some(br#" {"properties" : {"x":null,"y":""}} "#),
        );
        let config = Some(ConfigMap::from([("y", "")]));
        assert_eq!(
            task,
            Ok(ConfigRecord::Task {
                id: id("a-b", 3),
                config
            })
        );
        let null = ConfigRecord::parse("connector-a", Some(b"null"));
        let tombstone = ConfigRecord::Connector {
            name: "a".into(),
            config: None,
        };
        assert_eq!(null, Ok(tombstone));
        let key = br#"{"key":"AAAA","algorithm":"HmacSHA256","creation-timestamp":1700000000000}"#;
        let key = ConfigRecord::parse("session-key", Some(key));
        assert_eq!(key, Ok(ConfigRecord::SessionKey));
    }

    #[test]
    fn other_keys_and_values_are_refused_with_what_was_found() {
        #[track_caller]
        fn refused(key: &str, value: &str, problem: &str) {
            let read = ConfigRecord::parse(key, Some(value.as_bytes()));
            assert_eq!(read, Err(problem.to_owned()));
        }
        refused("leader", "{}", "the key is unknown");
        refused("task-x", "{}", "expected `task-<connector>-<number>`");
        refused("task-x-+1", "{}", "expected `task-<connector>-<number>`");
        refused(
            "commit-x",
            r#"{"tasks":-1}"#,
            r#"expected `tasks` as a number of tasks, found {"tasks":-1}"#,
        );
        refused(
            "target-state-x",
            r#"{"state":"DEAD"}"#,
            r#"expected `state` as STARTED, PAUSED or STOPPED, found {"state":"DEAD"}"#,
        );
        let secret = r#"{"properties":{"password":7}}"#;
        refused(
            "connector-x",
            secret,
            "expected `properties` as an object of texts",
        );
    }

    proptest! {
        #[test]
        fn configurations_come_back_as_they_were(
            name in "\\PC{1,12}",
            task in any::<u32>(),
            config in proptest::collection::btree_map(any::<String>(), any::<String>(), 0..5),
        ) {
            let config: ConfigMap = config.into_iter().collect();
            let record = ConfigRecord::Task { id: id(&name, task), config: Some(config) };
            let encoded = record.encode(&"t".into());
            let key = String::from_utf8(encoded.key.unwrap().to_vec()).unwrap();
            prop_assert_eq!(ConfigRecord::parse(&key, encoded.value.as_deref()), Ok(record));
        }

        #[test]
        fn no_bytes_make_the_reader_panic(
            key in "(connector-|task-|commit-|target-state-|tasks-fencing-|restart-connector-)?\\PC*",
            value in proptest::option::of(any::<Vec<u8>>()),
        ) {
            drop(ConfigRecord::parse(&key, value.as_deref()));
        }
    }
}
