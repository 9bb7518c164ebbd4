//! The sink: takes everything, keeps nothing, and measures.

mod connector;
mod size;
mod tally;
mod task;

pub use self::connector::{Blackhole, BlackholeConfig};
