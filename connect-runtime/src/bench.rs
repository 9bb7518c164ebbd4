//! What benchmarks measure that is not public.

pub use crate::cluster::{Decision, Rehearsal};
