//! The source: typed data, made of a seed and an index.

mod connector;
mod pace;
mod preset;
mod recipe;
mod stream;
mod task;

pub use self::{
    connector::{DatagenSource, DatagenSourceConfig},
    preset::Preset,
};
