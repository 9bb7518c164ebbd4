//! The sink: takes everything, keeps nothing, and measures.

mod connector;
mod tally;
mod task;

pub use self::connector::{Blackhole, BlackholeConfig};
