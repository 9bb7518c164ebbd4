//! Schemas of structs without their fields.

use connect_api::{Schema, SchemaBuilder};

/// Starts a required struct with the name, version, documentation and parameters of `schema`, and no field.
pub(super) fn bare(schema: &Schema) -> SchemaBuilder {
    let mut builder = Schema::structure();
    if let Some(name) = schema.name() {
        builder = builder.name(name.clone());
    }
    if let Some(version) = schema.version() {
        builder = builder.version(version);
    }
    if let Some(doc) = schema.doc() {
        builder = builder.doc(doc.clone());
    }
    let parameters = schema.parameters().iter();
    parameters.fold(builder, |builder, (name, value)| {
        builder.parameter(name.clone(), value.clone())
    })
}
