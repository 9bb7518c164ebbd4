//! Writing.

mod driver;
mod files;
mod offsets;
mod ownership;
mod stdout;
