//! [`Failure`]: why the program ends without having done what it was asked.

use std::{
    fmt,
    io::{self, Write, stderr},
    process::ExitCode,
};

use connect_api::{Error, ErrorKind};
use serde_json::json;
use tracing_subscriber::fmt::{
    format::Writer,
    time::{FormatTime, SystemTime},
};

use crate::{arguments::LogFormat, signals::Caught, terminal::printable};

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

    /// Tells it on stderr, in the form of the log whatever its levels are, and returns the exit code.
    pub(crate) fn tell(&self, format: LogFormat) -> ExitCode {
        let line = match format {
            LogFormat::Text => format!("connect: {}", printable(&self.message)),
            LogFormat::Json => event(&self.message),
        };
        if self.end != End::Unread {
            // Where nobody takes it, the exit code has to do.
            let _ = writeln!(stderr(), "{line}");
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

/// Writes an error as the JSON log does.
fn event(message: &str) -> String {
    let mut timestamp = String::new();
    // A string takes everything.
    let _ = SystemTime.format_time(&mut Writer::new(&mut timestamp));
    let event = json!({
        "timestamp": timestamp,
        "level": "ERROR",
        "fields": { "message": message },
        "target": module_path!(),
    });
    event.to_string()
}
