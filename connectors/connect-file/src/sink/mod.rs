//! Writing: files or the standard output, one line per record.

mod compression;
mod config;
mod connector;
mod disk;
mod files;
mod format;
mod journal;
mod ledger;
mod local_disk;
mod rotation;
mod stdout;
mod task;
mod template;
mod unsaved;

#[cfg(any(test, fuzzing))]
pub(crate) use self::ledger::fuzz as fuzz_ledger;
pub use self::{
    compression::Compression, config::FileSinkConfig, connector::FileSink, format::Format,
    rotation::Rotation,
};
