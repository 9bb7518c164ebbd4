//! Reading.

mod driver;
mod folder;
mod interleaving;
mod lines;
mod offsets;
mod rotation;
mod stdin;
mod truncation;
