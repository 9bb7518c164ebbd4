//! Writing: a file or the standard output, one line per record.

mod connector;
mod disk;
mod journal;
mod ledger;
mod line;
mod stdout;
mod task;
mod unsaved;

pub use self::connector::{FileSink, FileSinkConfig};
#[cfg(any(test, fuzzing))]
pub(crate) use self::ledger::fuzz as fuzz_ledger;
