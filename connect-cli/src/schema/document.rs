//! A schema in a file.

use std::path::Path;

use connect_converters::registry::{self, SchemaText};

use crate::{
    arguments::{NewSchema, SchemaType},
    failure::{Failure, Result},
    input,
};

/// Reads a schema that shall be checked or registered.
pub(super) async fn document(schema: &NewSchema) -> Result<SchemaText> {
    let schema_type = schema.schema_type.map_or_else(
        || {
            by_ending(&schema.file).ok_or_else(|| {
                Failure::of_configuration(format!(
                    "{}: expected a file that ends in .avsc, .proto or .json, or --type",
                    schema.file.display()
                ))
            })
        },
        |named| {
            Ok(match named {
                SchemaType::Avro => registry::SchemaType::Avro,
                SchemaType::Protobuf => registry::SchemaType::Protobuf,
                SchemaType::Json => registry::SchemaType::Json,
            })
        },
    )?;
    let text = String::from_utf8(input::read(&schema.file).await?).map_err(|error| {
        Failure::of_configuration(format!(
            "{}: expected UTF-8: {error}",
            schema.file.display()
        ))
    })?;
    Ok(SchemaText::new(schema_type, text).with_references(schema.references.clone()))
}

fn by_ending(file: &Path) -> Option<registry::SchemaType> {
    match file.extension()?.to_str()? {
        "avsc" => Some(registry::SchemaType::Avro),
        "proto" => Some(registry::SchemaType::Protobuf),
        "json" => Some(registry::SchemaType::Json),
        _ => None,
    }
}
