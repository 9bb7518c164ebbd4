//! Writing.

mod conformance;
pub(crate) mod driver;
mod files;
mod formats;
mod offsets;
mod options;
mod ownership;
mod rotation;
mod stdout;
mod templates;
