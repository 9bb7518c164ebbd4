//! [`StatusRecord`]: one record of the status topic.

use connect_api::{Str, Value, json::to_string};

use crate::{TaskId, broker::ProducerRecord, stores::json, unit::Unit};

/// One record of the status topic; `None` is a tombstone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StatusRecord {
    /// `status-connector-<c>`.
    Connector { name: Str, status: Option<Status> },
    /// `status-task-<c>-<n>`.
    Task { id: TaskId, status: Option<Status> },
    /// `status-topic-<t>:connector-<c>`: the connector uses the topic.
    Topic {
        connector: Str,
        topic: Str,
        active: Option<ActiveTopic>,
    },
}

/// The status of a connector or a task, as a worker saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    /// Connect's word, such as `RUNNING`; kept as text, because other versions may have other words.
    pub(crate) state: Str,
    /// Why it failed.
    pub(crate) trace: Option<Str>,
    /// Which worker says so.
    pub(crate) worker: Str,
    /// The generation of the cluster that the worker was in.
    pub(crate) generation: i32,
}

/// When a connector was first seen to use a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ActiveTopic {
    /// The number of the task that used it first.
    pub(crate) task: u32,
    /// Milliseconds since the epoch.
    pub(crate) discovered: i64,
}

const CONNECTOR: &str = "status-connector-";
const TASK: &str = "status-task-";
const TOPIC: &str = "status-topic-";
/// Between topic and connector: topics have no colon.
const OF_CONNECTOR: &str = ":connector-";

impl StatusRecord {
    /// Builds what says how a connector or task is doing; `None` says nothing any more.
    pub(crate) fn of(unit: Unit, status: Option<Status>) -> Self {
        match unit {
            Unit::Connector(name) => Self::Connector { name, status },
            Unit::Task(id) => Self::Task { id, status },
        }
    }

    /// Reads a record, or says what was found instead.
    ///
    /// # Errors
    ///
    /// The key is unknown, or the value has another form.
    pub(crate) fn parse(key: &str, value: Option<&[u8]>) -> Result<Self, String> {
        let read = |bytes: &[u8]| json::parse(bytes).map_err(|error| error.to_string());
        let value = value
            .map(read)
            .transpose()?
            .filter(|value| *value != Value::Null);
        let value = value.as_ref();
        if let Some(name) = key.strip_prefix(CONNECTOR).filter(|name| !name.is_empty()) {
            let status = value.map(status).transpose()?;
            Ok(Self::Connector {
                name: name.into(),
                status,
            })
        } else if let Some(id) = key.strip_prefix(TASK) {
            let id = TaskId::parse(id).ok_or("expected `status-task-<connector>-<number>`")?;
            let status = value.map(status).transpose()?;
            Ok(Self::Task { id, status })
        } else if let Some(key) = key.strip_prefix(TOPIC) {
            let (topic, connector) = key
                .split_once(OF_CONNECTOR)
                .filter(|(topic, connector)| !topic.is_empty() && !connector.is_empty())
                .ok_or("expected `status-topic-<topic>:connector-<connector>`")?;
            let active = value.map(active_topic).transpose()?;
            Ok(Self::Topic {
                connector: connector.into(),
                topic: topic.into(),
                active,
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
            Self::Topic {
                connector, topic, ..
            } => {
                format!("{TOPIC}{topic}{OF_CONNECTOR}{connector}")
            }
        }
    }

    /// Builds the record for `status_topic`.
    pub(crate) fn encode(&self, status_topic: &Str) -> ProducerRecord {
        let value = match self {
            Self::Connector { status, .. } | Self::Task { status, .. } => {
                status.as_ref().map(Status::to_value)
            }
            Self::Topic {
                connector,
                topic,
                active,
            } => active.map(|active| active.to_value(connector, topic)),
        };
        ProducerRecord {
            topic: status_topic.clone(),
            key: Some(self.key().into()),
            value: value.map(|value| to_string(&value).into()),
            ..ProducerRecord::default()
        }
    }
}

impl Status {
    fn to_value(&self) -> Value {
        Value::map([
            ("state", Value::from(self.state.clone())),
            ("trace", self.trace.clone().map_or(Value::Null, Value::from)),
            ("worker_id", Value::from(self.worker.clone())),
            ("generation", Value::from(self.generation)),
        ])
    }
}

impl ActiveTopic {
    fn to_value(self, connector: &Str, topic: &Str) -> Value {
        let fields = Value::map([
            ("name", Value::from(topic.clone())),
            ("connector", Value::from(connector.clone())),
            ("task", Value::from(i64::from(self.task))),
            ("discoverTimestamp", Value::from(self.discovered)),
        ]);
        Value::map([("topic", fields)])
    }
}

fn status(value: &Value) -> Result<Status, String> {
    let read = || {
        Some(Status {
            state: json::text(value, "state")?.into(),
            trace: json::text(value, "trace").map(Str::from),
            worker: json::text(value, "worker_id")?.into(),
            generation: json::integer(value, "generation")?,
        })
    };
    read().ok_or_else(|| {
        format!(
            "expected `state`, `worker_id` and `generation`, found {}",
            to_string(value)
        )
    })
}

fn active_topic(value: &Value) -> Result<ActiveTopic, String> {
    let read = || {
        let topic = value.get("topic")?;
        Some(ActiveTopic {
            task: json::integer(topic, "task")?,
            discovered: json::integer(topic, "discoverTimestamp")?,
        })
    };
    read().ok_or_else(|| {
        let expected = "expected `topic` with `task` and `discoverTimestamp`";
        format!("{expected}, found {}", to_string(value))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn running() -> Status {
        Status {
            state: "RUNNING".into(),
            trace: None,
            worker: "127.0.0.1:8083".into(),
            generation: 4,
        }
    }

    fn id(connector: &str, task: u32) -> TaskId {
        TaskId {
            connector: connector.into(),
            task,
        }
    }

    /// Checks that `record` has these bytes, and that they are read back as `record`.
    #[track_caller]
    fn check(record: &StatusRecord, key: &str, value: Option<&str>) {
        let encoded = record.encode(&"connect-status".into());
        assert_eq!(encoded.topic, "connect-status");
        assert_eq!(encoded.key.unwrap(), key);
        assert_eq!(encoded.value.as_deref(), value.map(str::as_bytes));
        let read = StatusRecord::parse(key, value.map(str::as_bytes));
        assert_eq!(read.as_ref(), Ok(record));
    }

    #[test]
    fn records_have_the_bytes_of_java() {
        let value =
            r#"{"state":"RUNNING","trace":null,"worker_id":"127.0.0.1:8083","generation":4}"#;
        let connector = |status| StatusRecord::Connector {
            name: "my-x".into(),
            status,
        };
        check(
            &connector(Some(running())),
            "status-connector-my-x",
            Some(value),
        );
        check(&connector(None), "status-connector-my-x", None);
        let failed = Status {
            state: "FAILED".into(),
            trace: Some("a\n\tb".into()),
            generation: 0,
            ..running()
        };
        check(
            &StatusRecord::Task {
                id: id("my-x", 12),
                status: Some(failed),
            },
            "status-task-my-x-12",
            Some(
                r#"{"state":"FAILED","trace":"a\n\tb","worker_id":"127.0.0.1:8083","generation":0}"#,
            ),
        );
        let active = ActiveTopic {
            task: 0,
            discovered: 1_700_000_000_000,
        };
        check(
            &StatusRecord::Topic {
                connector: "x".into(),
                topic: "foo".into(),
                active: Some(active),
            },
            "status-topic-foo:connector-x",
            Some(
                r#"{"topic":{"name":"foo","connector":"x","task":0,"discoverTimestamp":1700000000000}}"#,
            ),
        );
    }

    #[test]
    fn fields_of_later_versions_are_ignored() {
        let value = br#"{"state":"RUNNING","trace":null,"worker_id":"127.0.0.1:8083","generation":4,"version":"4.1.0"}"#;
        let read = StatusRecord::parse("status-connector-x", Some(value));
        let expected = StatusRecord::Connector {
            name: "x".into(),
            status: Some(running()),
        };
        assert_eq!(read, Ok(expected));
    }

    #[test]
    fn other_keys_and_values_are_refused_with_what_was_found() {
        #[track_caller]
        fn refused(key: &str, value: &str, problem: &str) {
            let read = StatusRecord::parse(key, Some(value.as_bytes()));
            assert_eq!(read, Err(problem.to_owned()));
        }
        refused("connector-x", "{}", "the key is unknown");
        refused("status-connector-", "{}", "the key is unknown");
        refused(
            "status-task-x",
            "{}",
            "expected `status-task-<connector>-<number>`",
        );
        let topic = "expected `status-topic-<topic>:connector-<connector>`";
        refused("status-topic-x", "{}", topic);
        refused("status-topic-:connector-x", "{}", topic);
        refused(
            "status-connector-x",
            r#"{"state":"RUNNING"}"#,
            r#"expected `state`, `worker_id` and `generation`, found {"state":"RUNNING"}"#,
        );
    }

    proptest! {
        #[test]
        fn statuses_come_back_as_they_were(
            name in "\\PC{1,12}",
            task in any::<u32>(),
            state in any::<String>(),
            trace in proptest::option::of(any::<String>()),
            generation in any::<i32>(),
        ) {
            let status = Status {
                state: state.into(),
                trace: trace.map(Str::from),
                worker: "w".into(),
                generation,
            };
            let record = StatusRecord::Task { id: id(&name, task), status: Some(status) };
            let encoded = record.encode(&"t".into());
            let key = String::from_utf8(encoded.key.unwrap().to_vec()).unwrap();
            prop_assert_eq!(StatusRecord::parse(&key, encoded.value.as_deref()), Ok(record));
        }

        #[test]
        fn no_bytes_make_the_reader_panic(
            key in "(status-(connector|task|topic)-)?\\PC*",
            value in proptest::option::of(any::<Vec<u8>>()),
        ) {
            drop(StatusRecord::parse(&key, value.as_deref()));
        }
    }
}
