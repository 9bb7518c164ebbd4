#![doc = include_str!("docs.md")]

mod plugins;
mod shape;
mod sink;
mod size;
mod source;

pub use self::{
    plugins::plugins,
    sink::{Blackhole, BlackholeConfig},
    source::{DatagenSource, DatagenSourceConfig, Preset},
};
