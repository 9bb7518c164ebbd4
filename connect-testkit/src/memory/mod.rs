//! Plugins that live in memory.
//!
//! They are for tests of runtimes, and serve as the shortest examples of sound plugins.
//!
//! What they read and write survives their tasks: [`MemoryInput`] and [`MemoryTable`] are the systems, shared by all
//! clones. [`Faults`] make their calls fail, panic, hang, block or answer too much.

mod converter;
mod fault;
mod input;
mod sink;
mod source;
mod table;

pub use self::{
    converter::TextConverter,
    fault::{Call, Excess, Fault, Faults, Gate},
    input::{Entry, MemoryInput},
    sink::{Buffering, MemorySink, Refusal},
    source::MemorySource,
    table::{MemoryTable, Move, Row},
};
