//! One way to measure, to run side by side, and to print.
//!
//! `./test bench` runs them all; `docs/benchmarks.md` says how to read what they print.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::missing_panics_doc,
    reason = "a benchmark prints, and stops at the first error"
)]

mod child;
mod in_place;
mod java;
mod lines;
mod meter;
mod pass_through;
mod pipeline;
mod table;

pub use self::{
    child::{Answer, Case, main, median, rounds},
    in_place::context,
    java::{java_worker, properties},
    lines::Lines,
    meter::{Memory, Meter, Spent},
    pass_through::{Direction, pass_through},
    pipeline::{Mode, Options, Pipeline, open},
    table::{print, title},
};
