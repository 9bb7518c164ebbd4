//! [`Call`] and [`Subject`]: what is called, and of whom.

use std::{fmt, time::Duration};

use connect_api::Str;

use crate::TaskId;

/// A call into a plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Call {
    TaskConfigs,
    Changed,
    AlterOffsets,
    Open,
    Poll,
    Commit,
    Put,
    Flush,
    OpenPartitions,
    ClosePartitions,
    Stop,
    /// Converters and transforms, a batch at a time; may run beside `put`.
    Convert,
    /// Building the transforms of a task.
    BuildTransforms,
    /// Dropping a plugin value, or the future of a call that was not over.
    Drop,
}

/// The name of the plugin's method.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::TaskConfigs => "task_configs",
            Self::Changed => "changed",
            Self::AlterOffsets => "alter_offsets",
            Self::Open => "open",
            Self::Poll => "poll",
            Self::Commit => "commit",
            Self::Put => "put",
            Self::Flush => "flush",
            Self::OpenPartitions => "open partitions",
            Self::ClosePartitions => "close partitions",
            Self::Stop => "stop",
            Self::Convert => "convert",
            Self::BuildTransforms => "building transforms",
            Self::Drop => "drop",
        })
    }
}

/// Whose plugin is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Connector(Str),
    Task(TaskId),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connector(name) => write!(f, "connector `{name}`"),
            Self::Task(TaskId { connector, task }) => {
                write!(f, "connector `{connector}` task {task}")
            }
        }
    }
}

/// A call that blocks its thread past its deadline: nothing can end it from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stuck {
    pub(crate) subject: Subject,
    pub(crate) call: Call,
    /// When the call began, as [`Environment::elapsed`](crate::Environment::elapsed) counts.
    pub(crate) since: Duration,
    /// How long it has been running.
    pub(crate) running: Duration,
}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            subject,
            call,
            running,
            ..
        } = self;
        write!(
            f,
            "{subject}: {call}: blocks its thread for {}",
            Seconds(*running)
        )
    }
}

/// Prints whole seconds as such and everything else in milliseconds.
pub(super) struct Seconds(pub(super) Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.subsec_millis() == 0 || self.0.as_secs() >= 60 {
            write!(f, "{} s", self.0.as_secs())
        } else {
            write!(f, "{} ms", self.0.as_millis())
        }
    }
}
