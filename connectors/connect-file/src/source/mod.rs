//! Reading: files or the standard input, line by line.

mod block;
mod config;
mod connector;
mod folder;
mod framing;
mod glimpse;
mod identity;
mod java;
mod lines;
mod multiline;
mod names;
mod place;
mod reading;
mod rotation;
mod stamp;
mod stdin;
mod tail;
mod task;

pub(crate) use self::stdin::Stdin;
pub use self::{
    config::FileSourceConfig,
    connector::FileSource,
    folder::{Decompression, StartAt, Watch},
    lines::LineFormat,
    multiline::MultilineMode,
};
