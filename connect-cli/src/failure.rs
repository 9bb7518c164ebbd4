//! [`Failure`]: why the program ends without having done what it was asked.

use std::{fmt, io, process::ExitCode};

use connect_api::{Error, ErrorKind};

/// The result of everything the program does.
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// Why the program ends without having done what it was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    code: Code,
    message: String,
}

/// The exit codes, as `--help` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    /// Nobody reads the output any more, as behind `| head`: that is no failure.
    Unread = 0,
    Running = 1,
    Configuration = 2,
}

impl Failure {
    /// Something went wrong outside of what was typed and configured.
    pub(crate) fn while_running(message: impl Into<String>) -> Self {
        Self {
            code: Code::Running,
            message: message.into(),
        }
    }

    /// What was typed or configured is wrong.
    pub(crate) fn of_configuration(message: impl Into<String>) -> Self {
        Self {
            code: Code::Configuration,
            message: message.into(),
        }
    }

    /// The standard output takes no more.
    pub(crate) fn of_output(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self {
                code: Code::Unread,
                message: String::new(),
            },
            _ => Self::while_running(format!("writing to the standard output: {error}")),
        }
    }

    /// Tells it on stderr, and returns the exit code.
    pub(crate) fn tell(&self) -> ExitCode {
        if self.code != Code::Unread {
            eprintln!("{self}");
        }
        ExitCode::from(self.code as u8)
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
        let message = &self.message;
        write!(f, "connect: {message}")
    }
}
