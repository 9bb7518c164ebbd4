//! [`Failure`]: why the program ends without having done what it was asked.

use std::{fmt, io, process::ExitCode};

use connect_api::{Error, ErrorKind};

use crate::{arguments::LogFormat, signals::Caught};

/// The result of everything the program does.
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// Why the program ends without having done what it was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    end: End,
    message: String,
}

/// How the process ends; `--help` lists the codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Nobody reads the output any more, as behind `| head`: that is no failure.
    Unread,
    Running,
    Configuration,
    Signal(Caught),
}

impl Failure {
    /// Something went wrong outside of what was typed and configured.
    pub(crate) fn while_running(message: impl Into<String>) -> Self {
        Self {
            end: End::Running,
            message: message.into(),
        }
    }

    /// What was typed or configured is wrong.
    pub(crate) fn of_configuration(message: impl Into<String>) -> Self {
        Self {
            end: End::Configuration,
            message: message.into(),
        }
    }

    /// The standard output takes no more.
    pub(crate) fn of_output(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self {
                end: End::Unread,
                message: String::new(),
            },
            _ => Self::while_running(format!("writing to the standard output: {error}")),
        }
    }

    /// A signal came before the work was done.
    pub(crate) fn of_signal(caught: Caught) -> Self {
        Self {
            end: End::Signal(caught),
            message: format!("ended by {caught}"),
        }
    }

    /// Says more about what happened.
    pub(crate) fn and(mut self, more: &str) -> Self {
        self.message.push_str(more);
        self
    }

    /// Tells it on stderr, in the form of the log, and returns the exit code.
    pub(crate) fn tell(&self, format: LogFormat) -> ExitCode {
        match (self.end, format) {
            (End::Unread, _) => {}
            (_, LogFormat::Text) => eprintln!("connect: {self}"),
            (_, LogFormat::Json) => tracing::error!("{self}"),
        }
        match self.end {
            End::Unread => ExitCode::SUCCESS,
            End::Running => ExitCode::FAILURE,
            End::Configuration => ExitCode::from(2),
            End::Signal(caught) => ExitCode::from(caught.code()),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let message = error.report().to_string();
        match error.kind() {
            ErrorKind::Config => Self::of_configuration(message),
            _ => Self::while_running(message),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
