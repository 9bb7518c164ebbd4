//! [`Failure`]: a record that a stage could not handle, and what happens then.

use std::{fmt, sync::Arc};

use connect_api::{Error, ErrorKind, Result, Str};

use super::{ErrorLog, Pulse, TaskOptions, Tolerance};
use crate::TaskId;

/// The stages of a pipeline, under Connect's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StageName {
    Poll,
    Put,
    Transformation,
    KeyConverter,
    ValueConverter,
    HeaderConverter,
    Produce,
}

impl fmt::Display for StageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Poll => "TASK_POLL",
            Self::Put => "TASK_PUT",
            Self::Transformation => "TRANSFORMATION",
            Self::KeyConverter => "KEY_CONVERTER",
            Self::ValueConverter => "VALUE_CONVERTER",
            Self::HeaderConverter => "HEADER_CONVERTER",
            Self::Produce => "KAFKA_PRODUCE",
        })
    }
}

/// A record that a stage could not handle.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) stage: StageName,
    /// The plugin that failed.
    pub(crate) plugin: Str,
    pub(crate) error: Error,
}

impl Failure {
    pub(crate) fn new(stage: StageName, plugin: &Str, error: Error) -> Self {
        Self {
            stage,
            plugin: plugin.clone(),
            error,
        }
    }

    /// Makes the failure of a converter: whatever it answers condemns the record alone, or may pass.
    pub(crate) fn of_converter(stage: StageName, plugin: &Str, error: Error) -> Self {
        let error = match error.kind() {
            ErrorKind::NotPrepared | ErrorKind::Unavailable => error,
            _ => error.with_kind(ErrorKind::Rejected),
        };
        Self::new(stage, plugin, error)
    }
}

/// Decides whether a task survives the failures of single records.
#[derive(Clone, Debug)]
pub(crate) struct ErrorPolicy {
    id: TaskId,
    tolerance: Tolerance,
    log: ErrorLog,
    pulse: Arc<Pulse>,
}

impl ErrorPolicy {
    pub(crate) fn new(id: &TaskId, options: &TaskOptions, pulse: &Arc<Pulse>) -> Self {
        let pulse = Arc::clone(pulse);
        Self {
            id: id.clone(),
            tolerance: options.tolerance,
            log: options.error_log,
            pulse,
        }
    }

    /// Counts and logs a failure of the record `at`.
    ///
    /// # Errors
    ///
    /// It is not tolerated, or nothing about the record is to blame: the task ends with this error.
    pub(crate) fn judge(&self, failure: &Failure, at: &dyn fmt::Display) -> Result<()> {
        self.pulse.failed.add(1);
        let error = &failure.error;
        let condemns_record = matches!(error.kind(), ErrorKind::Rejected | ErrorKind::Unavailable);
        if self.tolerance == Tolerance::None || !condemns_record {
            let kind = match error.kind() {
                ErrorKind::Unavailable | ErrorKind::NotPrepared => ErrorKind::Fatal,
                kind => kind,
            };
            let what = format!(
                "{}: `{}` failed on record {at}: {}",
                failure.stage,
                failure.plugin,
                error.report()
            );
            return Err(Error::new(kind, what));
        }
        self.pulse.skipped.add(1);
        match self.log {
            ErrorLog::Off => {}
            ErrorLog::Failures => tracing::error!(
                connector = %self.id.connector, task = self.id.task, stage = %failure.stage,
                plugin = %failure.plugin, error = %error.report(), "a record was tolerated away"
            ),
            ErrorLog::FailuresAndRecords => tracing::error!(
                connector = %self.id.connector, task = self.id.task, stage = %failure.stage,
                plugin = %failure.plugin, error = %error.report(), record = %at, "a record was tolerated away"
            ),
        }
        Ok(())
    }
}
