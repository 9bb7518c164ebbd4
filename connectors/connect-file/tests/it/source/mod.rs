//! Reading.

mod driver;
mod interleaving;
mod lines;
mod offsets;
mod rotation;
mod stdin;
mod truncation;
