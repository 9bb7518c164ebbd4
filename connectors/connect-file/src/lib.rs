#![doc = include_str!("docs.md")]

mod plugins;
mod sink;
mod source;

pub use self::{
    plugins::plugins,
    sink::{FileSink, FileSinkConfig},
    source::{FileSource, FileSourceConfig},
};
