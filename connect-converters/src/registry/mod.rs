//! A schema registry, as Confluent's API has it: its client, and what is kept of its answers.

mod schema;
mod store;

pub use self::schema::{Reference, SchemaText, SchemaType};
pub(crate) use self::store::{Key, Known, Registry, Resolved};
