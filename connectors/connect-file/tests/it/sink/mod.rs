//! Writing.

mod driver;
mod files;
mod formats;
mod offsets;
mod ownership;
mod rotation;
mod stdout;
mod templates;
