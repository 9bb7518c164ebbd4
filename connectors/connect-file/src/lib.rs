#![doc = include_str!("docs.md")]

mod delimiter;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod plugins;
mod sink;
mod source;

pub use self::{
    plugins::plugins,
    sink::{Compression, FileSink, FileSinkConfig, Format, Rotation},
    source::{
        Decompression, FileSource, FileSourceConfig, LineFormat, MultilineMode, StartAt, Watch,
    },
};
