//! [`TaskId`]: which task of which connector.

use std::fmt;

use connect_api::Str;

/// Names a task: `orders-0`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a name, meant to be built by literal"
)]
pub struct TaskId {
    /// The connector.
    pub connector: Str,
    /// The number of the task, from 0.
    pub task: u32,
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.connector, self.task)
    }
}
