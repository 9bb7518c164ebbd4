//! `connect`: Kafka Connect's command line, without a server and without Java.
//!
//! Whoever has run `connect-standalone` or `connect-distributed` keeps their files. On Kafka they change nothing; with
//! `bootstrap.servers=embedded:<directory>` the directory holds the topics, so nothing else has to run. The libraries do the work; this program decides what
//! they must not: where logs go, what a signal means, with which code the process ends.
//!
//! # The one idea
//!
//! **Nothing starts before everything is known to be right.** All files are read and checked first, each mistake is
//! told with its file and line, what was expected and what was found, and only a set of files without one is run.
//! `connect validate` is the same check without the rest.
//!
//! # How the pieces fit
//!
//! | module | what it decides |
//! |---|---|
//! | `arguments`, `start` | what may be typed |
//! | `files`, `setup` | what files say, and everything that is wrong with it |
//! | `running` | how a worker starts and ends, what is told meanwhile, what becomes of a changed file |
//! | `standalone`, `distributed` | which connectors run: those of files, those of a cluster and of a directory |
//! | `broker` | looking into a broker, and feeding it |
//! | `plugins` | which connectors and converters there are: the one place to add some |
//! | `output`, `logs`, `terminal`, `signals`, `failure` | stdout, stderr, the progress line, Ctrl-C, exit codes |
//!
//! # What it never does
//!
//! - It writes nothing to stdout but what was asked for; logs and progress go to stderr.
//! - It creates no directory for a configuration that is wrong, and none to look into.

mod arguments;
mod broker;
mod catalog;
mod content;
mod distributed;
mod failure;
mod files;
#[cfg(test)]
mod fuzz;
mod input;
mod logs;
mod output;
mod plugins;
mod preview;
mod program;
mod running;
mod schema;
mod setup;
mod signals;
mod standalone;
mod start;
mod terminal;
mod validation;

fn main() -> std::process::ExitCode {
    program::main()
}
