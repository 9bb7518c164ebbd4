//! The program from outside: killed, run again, misused.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod arguments;
#[cfg(unix)]
mod footprint;
mod kill;
mod recovery;

use std::process::Command;

/// Returns the program, about to run.
fn quickstart() -> Command {
    Command::new(env!("CARGO_BIN_EXE_quickstart"))
}
