//! Reading: a file or the standard input, line by line.

mod block;
mod connector;
mod glimpse;
mod identity;
mod java;
mod lines;
mod names;
mod place;
mod reading;
mod rotation;
mod stamp;
mod stdin;
mod tail;
mod task;

pub use self::connector::{FileSource, FileSourceConfig};
pub(crate) use self::stdin::Stdin;
