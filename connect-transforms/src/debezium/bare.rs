//! Schemas of structs without their fields.

use connect_api::{Schema, SchemaBuilder};

use crate::rebuilt::named_like;

/// Starts a required struct with the name, version, documentation and parameters of `schema`, and no field.
pub(super) fn bare(schema: &Schema) -> SchemaBuilder {
    named_like(schema, Schema::structure())
}
