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

impl TaskId {
    /// Reads `orders-0`; the last dash counts, because names of connectors may have dashes too.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (connector, task) = text.rsplit_once('-')?;
        if connector.is_empty() || !task.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        Some(Self {
            connector: connector.into(),
            task: task.parse().ok()?,
        })
    }
}
