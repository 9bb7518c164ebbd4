//! A schema registry, as Confluent's API has it: its client, and what is kept of its answers.

mod schema;
mod store;

pub(crate) use self::store::{Key, Known, Registry, Resolved};
pub use self::schema::{Reference, SchemaText, SchemaType};
