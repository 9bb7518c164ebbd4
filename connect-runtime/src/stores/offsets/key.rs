//! [`Key`]: the keys of the offsets topic.

use std::path::Path;

use bytes::Bytes;
use connect_api::{SourcePartition, Str, Value, json::to_string};
use uuid::Uuid;

use crate::{TaskId, stores::json};

/// What a record of the offsets topic is about.
#[derive(Debug, PartialEq)]
pub(super) enum Key {
    /// `["<connector>",{<partition>}]`.
    Offset {
        connector: Str,
        partition: SourcePartition,
    },
    /// `["<connector>",null]`: Java writes it for connectors without source partitions.
    Untracked,
    /// The right to run a task; see [`claim_key`].
    Claim(TaskId),
    /// A file of Java's was imported; see [`import_key`].
    Import,
}

impl Key {
    /// Reads a key, or says what was found instead.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let value = json::parse(bytes).map_err(|error| error.to_string())?;
        if let Some(task) = claimed(&value) {
            return Ok(Self::Claim(task));
        }
        if value.get("import").is_some() {
            return Ok(Self::Import);
        }
        let Value::Array(elements) = &value else {
            return Err(to_string(&value));
        };
        match elements.as_slice() {
            [Value::String(_), Value::Null] => Ok(Self::Untracked),
            [Value::String(connector), fields @ Value::Map(_)] => {
                let partition = SourcePartition::from_value(fields.clone())
                    .map_err(|error| error.to_string())?;
                Ok(Self::Offset {
                    connector: connector.clone(),
                    partition,
                })
            }
            _ => Err(to_string(&value)),
        }
    }
}

/// Returns the bytes of `["<connector>",{<partition>}]`.
pub(super) fn offset_key(connector: &Str, partition: &SourcePartition) -> Bytes {
    let connector = Value::from(connector.clone());
    let key = Value::Array(std::sync::Arc::new(vec![
        connector,
        partition.fields().clone(),
    ]));
    to_string(&key).into()
}

/// Returns the key under which the right to run `task` is claimed: `{"claim":{"connector":"orders","task":0}}`.
///
/// Java's reader takes arrays of a name and an object for offsets, logs a warning for every other JSON text and goes
/// on; some of its versions stop at a key that is no JSON. So a claim is JSON, and no array.
pub(super) fn claim_key(task: &TaskId) -> Bytes {
    let task = Value::map([
        (
            Str::from_static("connector"),
            Value::from(task.connector.clone()),
        ),
        (Str::from_static("task"), Value::from(i64::from(task.task))),
    ]);
    to_string(&Value::map([("claim", task)])).into()
}

/// Returns the key that says that a file of Java's was imported: `{"import":{"file":"/tmp/connect.offsets"}}`.
///
/// Java ignores it as it ignores a claim.
pub(super) fn import_key(file: &Path) -> Bytes {
    let file = Value::map([("file", file.to_string_lossy().into_owned())]);
    to_string(&Value::map([("import", file)])).into()
}

fn claimed(key: &Value) -> Option<TaskId> {
    let claim = key.get("claim")?;
    Some(TaskId {
        connector: json::text(claim, "connector")?.into(),
        task: json::integer(claim, "task")?,
    })
}

/// Returns the value of a claim: `{"worker":"<uuid>"}`.
pub(super) fn claim_value(worker: Uuid) -> Bytes {
    to_string(&Value::map([("worker", worker.to_string())])).into()
}

/// Reads the value of a claim.
pub(super) fn claimant(value: &[u8]) -> Option<Uuid> {
    let value = json::parse(value).ok()?;
    Uuid::parse_str(json::text(&value, "worker")?).ok()
}
