#![doc = include_str!("docs.md")]

mod source;

pub use self::source::{FileSource, FileSourceConfig};
