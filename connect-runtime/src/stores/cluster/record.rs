//! [`ClusterRecord`]: one record of the cluster topic.

use std::collections::BTreeSet;

use connect_api::{ConfigMap, Error, ErrorKind, Str};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::pieces::{self, Piece};
use crate::{
    broker::ProducerRecord,
    status::{Direction, Guarantee},
    unit::Unit,
};

/// One record of the cluster topic; `None` is a tombstone.
///
/// The format is this crate's own: keys are texts, values JSON objects. Fields that are not known are ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ClusterRecord {
    /// `leader`: the leader's first record of a term.
    Leader(Term),
    /// `worker-<id>`: written by the worker, deleted by the leader.
    Worker { id: Uuid, card: Option<Card> },
    /// `unit-<unit>`: written by the leader.
    Placement {
        unit: Unit,
        placement: Option<Placement>,
    },
    /// `released-<unit>`: written by the worker that had it, deleted by the leader.
    Release { unit: Unit, release: Option<Ticket> },
    /// `request-<id>`: written by any worker, deleted by the leader with its reply.
    Request { id: Uuid, request: Option<Request> },
    /// `reply-<id>`: written by the leader.
    Reply { id: Uuid, reply: Option<Reply> },
    /// `restart-<connector>`: written by the leader; an event for those who have its units.
    Restart {
        connector: Str,
        order: Option<RestartOrder>,
    },
    /// `code-<connector>`: a connector that is a value of the application; written by the leader.
    Code { connector: Str, code: Option<Code> },
    /// `piece-<number>-<key>`: a part of the value of another key; see [`Pieces`](pieces::Pieces).
    Piece {
        of: Str,
        number: u32,
        piece: Option<Piece>,
    },
}

/// When whose leadership began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Term {
    pub(crate) term: u64,
    pub(crate) worker: Uuid,
}

/// What a worker says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Card {
    /// How it calls itself in statuses.
    pub(crate) name: Str,
    /// The names of the connectors' plugins that it has.
    pub(crate) plugins: BTreeSet<Str>,
    #[serde(default)]
    pub(crate) stay: Stay,
}

/// Whether a worker takes units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Stay {
    #[default]
    Staying,
    /// It hands over what it has, and then leaves.
    Leaving,
}

/// Orders all decisions about placements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Ticket {
    pub(crate) term: u64,
    pub(crate) number: u64,
}

/// Where a unit is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Placement {
    /// Of the decision that put it there.
    pub(crate) ticket: Ticket,
    pub(crate) hold: Hold,
    /// Of the task's config when it was given to somebody; 0 for a connector.
    pub(crate) fingerprint: u64,
    /// How the task writes, or the tasks of the connector do.
    #[serde(default)]
    pub(crate) writers: Writers,
    /// Whether the worker that has it has lived with it for long enough.
    #[serde(default)]
    pub(crate) trial: Trial,
    /// How many workers in a row died uncleanly soon after they got it.
    #[serde(default)]
    pub(crate) deaths: u32,
}

/// Who has a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Hold {
    /// This worker runs it.
    Owned(Uuid),
    /// This worker is to stop it, and to say so.
    Releasing(Uuid),
    /// Nobody has it.
    Free,
    /// Nobody gets it before a person restarts it.
    Quarantined(Str),
}

/// Whether a worker has lived with a unit for long enough: if it dies then, it is not of that unit.
///
/// It stands here and not when the unit was given, because the clocks of two leaders may show different times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Trial {
    #[default]
    Open,
    Passed,
}

/// What a worker asks of the leader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) from: Uuid,
    pub(crate) wish: Wish,
}

/// What is to change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Wish {
    /// A connector that does not exist.
    Create {
        connector: Str,
        config: ConfigMap,
        state: Str,
    },
    /// The configuration of a connector, which may exist.
    Put {
        connector: Str,
        config: ConfigMap,
    },
    Delete {
        connector: Str,
        /// Only if nothing has changed it since; see [`ConnectorConfig::changed`](crate::stores::ConnectorConfig).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        as_of: Option<i64>,
    },
    /// Connect's word for the target state.
    Target {
        connector: Str,
        state: Str,
    },
    Restart {
        connector: Str,
        scope: Scope,
    },
    /// The tasks of a connector, as its plugin split it.
    Tasks {
        connector: Str,
        /// The version of the connector's configuration that was split.
        version: i64,
        configs: Vec<ConfigMap>,
        writers: Writers,
    },
    /// A connector from code that runs for the first time, or with another version.
    Code {
        connector: Str,
        code: Code,
    },
}

/// Whether tasks write under transactional ids, and have to be fenced when they change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Writers {
    #[default]
    Plain,
    Transactional,
}

/// What is restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scope {
    Connector,
    All,
    Failed,
    Task(u32),
}

/// A restart; a new number is a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RestartOrder {
    pub(crate) ticket: Ticket,
    pub(crate) scope: Scope,
}

/// What the leader answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Reply {
    Created,
    Updated,
    Unchanged,
    Done,
    /// A higher version of the code is there, which runs instead.
    Waits,
    Refused(Refusal),
}

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refusal {
    pub(crate) reason: Reason,
    pub(crate) message: Str,
}

/// What kind of refusal it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Reason {
    /// What was asked for is not possible.
    Wrong,
    /// It may be later.
    Busy,
}

/// A connector from code, as far as replicas have to agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Code {
    /// The embedder's version.
    pub(crate) version: Str,
    /// Of what its author chose in code, and in settings.
    pub(crate) fingerprint: Str,
    pub(crate) config: ConfigMap,
    /// What replicas show of it that have another version.
    pub(crate) direction: Direction,
    pub(crate) guarantee: Guarantee,
    /// Connect's word for the target state.
    pub(crate) state: Str,
    /// Its tasks, once they are known.
    #[serde(default)]
    pub(crate) tasks: Option<Vec<ConfigMap>>,
}

impl Code {
    /// Returns what stands for the name of a plugin: workers that have the same code can run it.
    pub(crate) fn class(&self) -> Str {
        format!("code {} {}", self.version, self.fingerprint).into()
    }
}

const LEADER: &str = "leader";
const WORKER: &str = "worker-";
const UNIT: &str = "unit-";
const RELEASED: &str = "released-";
const REQUEST: &str = "request-";
const REPLY: &str = "reply-";
const RESTART: &str = "restart-";
const CODE: &str = "code-";
const PIECE: &str = "piece-";

impl ClusterRecord {
    /// Reads a record, or says what was found instead.
    ///
    /// # Errors
    ///
    /// The key is unknown, or the value has another form.
    pub(crate) fn parse(key: &str, value: Option<&[u8]>) -> Result<Self, String> {
        if let Some(unit) = key.strip_prefix(UNIT) {
            let (unit, placement) = (unit_of(unit)?, read(value)?);
            Ok(Self::Placement { unit, placement })
        } else if let Some(unit) = key.strip_prefix(RELEASED) {
            let (unit, release) = (unit_of(unit)?, read(value)?);
            Ok(Self::Release { unit, release })
        } else if let Some(id) = key.strip_prefix(WORKER) {
            let (id, card) = (id_of(id)?, read(value)?);
            Ok(Self::Worker { id, card })
        } else if let Some(id) = key.strip_prefix(REQUEST) {
            let (id, request) = (id_of(id)?, read(value)?);
            Ok(Self::Request { id, request })
        } else if let Some(id) = key.strip_prefix(REPLY) {
            let (id, reply) = (id_of(id)?, read(value)?);
            Ok(Self::Reply { id, reply })
        } else if let Some(connector) = key.strip_prefix(RESTART) {
            let (connector, order) = (connector.into(), read(value)?);
            Ok(Self::Restart { connector, order })
        } else if let Some(connector) = key.strip_prefix(CODE) {
            let (connector, code) = (connector.into(), read(value)?);
            Ok(Self::Code { connector, code })
        } else if let Some(place) = key.strip_prefix(PIECE) {
            let (of, number) = place_of(place)?;
            let piece = read(value)?;
            Ok(Self::Piece { of, number, piece })
        } else if key == LEADER {
            let term = read(value)?.ok_or("expected a term, found a tombstone")?;
            Ok(Self::Leader(term))
        } else {
            Err("the key is unknown".to_owned())
        }
    }

    /// Returns the key.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Leader(_) => LEADER.to_owned(),
            Self::Worker { id, .. } => format!("{WORKER}{id}"),
            Self::Placement { unit, .. } => format!("{UNIT}{unit}"),
            Self::Release { unit, .. } => format!("{RELEASED}{unit}"),
            Self::Request { id, .. } => format!("{REQUEST}{id}"),
            Self::Reply { id, .. } => format!("{REPLY}{id}"),
            Self::Restart { connector, .. } => format!("{RESTART}{connector}"),
            Self::Code { connector, .. } => format!("{CODE}{connector}"),
            Self::Piece { of, number, .. } => format!("{PIECE}{number}-{of}"),
        }
    }

    /// Builds the records for `topic`: one, or several if it is large. They stand in this order, and together.
    pub(crate) fn encode(&self, topic: &Str) -> Vec<ProducerRecord> {
        self.encode_within(topic, pieces::MOST)
    }

    /// Builds the records for `topic`, none of which has more than `most` bytes of the value.
    pub(crate) fn encode_within(&self, topic: &Str, most: usize) -> Vec<ProducerRecord> {
        pieces::encode(topic, (self.key(), self.value()), most)
    }

    /// Returns the value, as text; `None` is a tombstone.
    pub(super) fn value(&self) -> Option<Vec<u8>> {
        match self {
            Self::Leader(term) => json(&Some(term)),
            Self::Worker { card, .. } => json(card),
            Self::Placement { placement, .. } => json(placement),
            Self::Release { release, .. } => json(release),
            Self::Request { request, .. } => json(request),
            Self::Reply { reply, .. } => json(reply),
            Self::Restart { order, .. } => json(order),
            Self::Code { code, .. } => json(code),
            Self::Piece { piece, .. } => json(piece),
        }
    }
}

impl Placement {
    /// Returns which worker has the right to run the unit.
    pub(crate) fn owner(&self) -> Option<Uuid> {
        match self.hold {
            Hold::Owned(worker) => Some(worker),
            Hold::Releasing(_) | Hold::Free | Hold::Quarantined(_) => None,
        }
    }

    /// Returns which worker has the unit, or is to release it.
    pub(crate) fn worker(&self) -> Option<Uuid> {
        match self.hold {
            Hold::Owned(worker) | Hold::Releasing(worker) => Some(worker),
            Hold::Free | Hold::Quarantined(_) => None,
        }
    }
}

impl Wish {
    /// Returns the name of the connector that it is about.
    pub(crate) fn connector(&self) -> &Str {
        match self {
            Self::Create { connector, .. }
            | Self::Put { connector, .. }
            | Self::Delete { connector, .. }
            | Self::Target { connector, .. }
            | Self::Restart { connector, .. }
            | Self::Tasks { connector, .. }
            | Self::Code { connector, .. } => connector,
        }
    }
}

impl Refusal {
    /// Says it as an error.
    pub(crate) fn error(&self) -> Error {
        let kind = match self.reason {
            Reason::Wrong => ErrorKind::Config,
            Reason::Busy => ErrorKind::Unavailable,
        };
        Error::new(kind, self.message.to_string())
    }
}

fn unit_of(text: &str) -> Result<Unit, String> {
    let expected = || format!("expected `connector-<name>` or `task-<name>-<number>`: `{text}`");
    Unit::parse(text).ok_or_else(expected)
}

fn place_of(text: &str) -> Result<(Str, u32), String> {
    let place = text
        .split_once('-')
        .and_then(|(number, of)| Some((of.into(), number.parse().ok()?)));
    place.ok_or_else(|| format!("expected `piece-<number>-<key>`: `{text}`"))
}

/// Returns the request that a key is of.
pub(super) fn request_of(key: &str) -> Option<Uuid> {
    id_of(key.strip_prefix(REQUEST)?).ok()
}

fn id_of(text: &str) -> Result<Uuid, String> {
    Uuid::parse_str(text).map_err(|error| error.to_string())
}

fn read<T: DeserializeOwned>(value: Option<&[u8]>) -> Result<Option<T>, String> {
    let read = |bytes| serde_json::from_slice(bytes).map_err(|error| error.to_string());
    value.map(read).transpose().map(Option::flatten)
}

/// Of these types none is refused.
fn json<T: Serialize>(value: &Option<T>) -> Option<Vec<u8>> {
    value
        .as_ref()
        .and_then(|value| serde_json::to_vec(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task_id::TaskId;

    #[track_caller]
    fn check(record: &ClusterRecord, key: &str, value: Option<&str>) {
        let [encoded] = record.encode(&"connect-cluster".into()).try_into().unwrap();
        assert_eq!(encoded.key.unwrap(), key);
        assert_eq!(encoded.value.as_deref(), value.map(str::as_bytes));
        let read = ClusterRecord::parse(key, value.map(str::as_bytes));
        assert_eq!(read.as_ref(), Ok(record));
    }

    const ID: Uuid = Uuid::from_u128(7);
    const TICKET: Ticket = Ticket { term: 3, number: 9 };

    #[test]
    fn records_are_read_again() {
        let worker = Uuid::from_u128(7);
        check(
            &ClusterRecord::Leader(Term { term: 3, worker }),
            "leader",
            Some(r#"{"term":3,"worker":"00000000-0000-0000-0000-000000000007"}"#),
        );
        let connector = Str::from("a-b");
        let unit = Unit::Task(TaskId { connector, task: 2 });
        let placement = Placement {
            ticket: TICKET,
            hold: Hold::Releasing(ID),
            fingerprint: 5,
            writers: Writers::Plain,
            trial: Trial::Passed,
            deaths: 1,
        };
        check(
            &ClusterRecord::Placement {
                unit: unit.clone(),
                placement: Some(placement),
            },
            "unit-task-a-b-2",
            Some(
                r#"{"ticket":{"term":3,"number":9},"hold":{"releasing":"00000000-0000-0000-0000-000000000007"},"fingerprint":5,"writers":"plain","trial":"passed","deaths":1}"#,
            ),
        );
        let release = Some(TICKET);
        check(
            &ClusterRecord::Release { unit, release },
            "released-task-a-b-2",
            Some(r#"{"term":3,"number":9}"#),
        );
        check(
            &ClusterRecord::Worker { id: ID, card: None },
            "worker-00000000-0000-0000-0000-000000000007",
            None,
        );
    }

    #[test]
    fn requests_and_replies_are_read_again() {
        let request = Some(Request {
            from: ID,
            wish: Wish::Tasks {
                connector: "orders".into(),
                version: 12,
                configs: vec![ConfigMap::from([("tables", "a,b")])],
                writers: Writers::Transactional,
            },
        });
        check(
            &ClusterRecord::Request { id: ID, request },
            "request-00000000-0000-0000-0000-000000000007",
            Some(
                r#"{"from":"00000000-0000-0000-0000-000000000007","wish":{"tasks":{"connector":"orders","version":12,"configs":[{"tables":"a,b"}],"writers":"transactional"}}}"#,
            ),
        );
        for (as_of, text) in [(None, ""), (Some(4), r#","as_of":4"#)] {
            let wish = Wish::Delete {
                connector: "orders".into(),
                as_of,
            };
            let request = Some(Request { from: ID, wish });
            let expected = format!(
                r#"{{"from":"00000000-0000-0000-0000-000000000007","wish":{{"delete":{{"connector":"orders"{text}}}}}}}"#
            );
            let key = "request-00000000-0000-0000-0000-000000000007";
            check(
                &ClusterRecord::Request { id: ID, request },
                key,
                Some(&expected),
            );
        }
        let reply = Some(Reply::Refused(Refusal {
            reason: Reason::Wrong,
            message: "there is no connector `x`".into(),
        }));
        check(
            &ClusterRecord::Reply { id: ID, reply },
            "reply-00000000-0000-0000-0000-000000000007",
            Some(r#"{"refused":{"reason":"wrong","message":"there is no connector `x`"}}"#),
        );
    }

    #[test]
    fn what_has_another_form_is_told() {
        for (key, value) in [
            ("unit-x", "{}"),
            ("worker-x", "{}"),
            ("leader", "null"),
            ("leader", "{}"),
            ("what", "{}"),
            ("released-connector-x", "[1]"),
            ("piece-x", "{}"),
            ("piece-1-code-x", "{}"),
        ] {
            let read = ClusterRecord::parse(key, Some(value.as_bytes()));
            assert!(read.is_err(), "{key} {value}: {read:?}");
        }
    }
}
