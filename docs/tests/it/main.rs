//! What the book says is so.

#![expect(clippy::unwrap_used, reason = "what a test does not expect ends it")]

mod book;
mod configurations;
mod differences;
mod links;
mod reference;
mod registry;
mod transforms;
