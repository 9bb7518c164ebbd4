//! Many files at once: those that a glob matches, or those in a folder.

mod archive;
mod claim;
mod content;
mod decoder;
mod foreign;
mod ledger;
mod live;
mod meeting;
mod pattern;
mod reader;
mod scan;
mod series;
mod task;
mod watch;

use std::{num::NonZeroUsize, sync::Arc};

use schemars::JsonSchema;
use serde::Deserialize;

pub use self::{decoder::Decompression, watch::Watch};
pub(crate) use self::{
    pattern::{Exclude, Pattern},
    series::Share,
    task::FolderTask,
};
use super::{framing::Framing, lines::Lines, tail::Patience};

/// Where files are read from that are there at the very first start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum StartAt {
    /// From their beginning.
    #[default]
    Beginning,
    /// From their end. Files that appear later are read from their beginning.
    End,
}

/// Which files a task reads, and how.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) pattern: Pattern,
    pub(crate) share: Share,
    pub(crate) patience: Patience,
    pub(crate) framing: Arc<Framing>,
    pub(crate) compression: Decompression,
    pub(crate) start_at: StartAt,
    pub(crate) lines: Lines,
    /// How many records a batch may have.
    pub(crate) most: NonZeroUsize,
    /// How many files are open between polls; whichever was not read for longest is closed.
    pub(crate) most_open: NonZeroUsize,
}
