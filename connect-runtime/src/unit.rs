//! [`Unit`]: a connector, or one of its tasks.

use std::fmt;

use connect_api::Str;

use crate::task_id::TaskId;

/// A connector, or one of its tasks: each has a status, and a cluster gives each to a worker.
///
/// Whoever has the connector splits its work and watches for changes of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Unit {
    Connector(Str),
    Task(TaskId),
}

const CONNECTOR: &str = "connector-";
const TASK: &str = "task-";

impl Unit {
    /// Returns the connector that it is, or is a part of.
    pub(crate) fn connector(&self) -> &Str {
        match self {
            Self::Connector(name) => name,
            Self::Task(id) => &id.connector,
        }
    }

    /// Reads what [`Display`](fmt::Display) writes.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix(CONNECTOR) {
            Some("") => None,
            Some(name) => Some(Self::Connector(name.into())),
            None => TaskId::parse(text.strip_prefix(TASK)?).map(Self::Task),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connector(name) => write!(f, "{CONNECTOR}{name}"),
            Self::Task(id) => write!(f, "{TASK}{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_again() {
        let task = |connector: &str, task| {
            let connector = connector.into();
            Unit::Task(TaskId { connector, task })
        };
        for unit in [
            Unit::Connector("orders".into()),
            Unit::Connector("task-1".into()),
            task("orders", 0),
            task("connector-x-1", 27),
        ] {
            assert_eq!(Unit::parse(&unit.to_string()), Some(unit));
        }
        for text in ["", "connector-", "task-", "task-x", "unit-x-1"] {
            assert_eq!(Unit::parse(text), None, "{text}");
        }
    }
}
