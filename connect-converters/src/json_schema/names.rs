//! The names that Confluent's converter gives to what JSON Schema does not say.

use connect_api::{Field, Schema, Type};

/// Connect's type of a JSON type that stands for several.
pub(super) const TYPE: &str = "connect.type";
/// Connect's version of a schema.
pub(super) const VERSION: &str = "connect.version";
/// Connect's parameters of a schema.
pub(super) const PARAMETERS: &str = "connect.parameters";
/// Where a field stands in its struct.
pub(super) const INDEX: &str = "connect.index";

/// What parameters begin with that are said by the schema itself.
pub(super) const NAMESPACE: &str = "io.confluent.connect.json";
/// The parameter with the `id` of a schema that is referred to.
pub(super) const ID: &str = "io.confluent.connect.json.Id";
/// The parameter of a text that is one of several; with `.SYMBOL` behind it, of each of them.
pub(super) const ENUM: &str = "io.confluent.connect.json.Enum";
/// The name of a struct of which one field is there.
pub(super) const ONE_OF: &str = "io.confluent.connect.json.OneOf";
/// The parameter of a text that is one of several, in all formats.
pub(super) const GENERAL_ENUM: &str = "org.apache.kafka.connect.data.Enum";
/// The parameter of a struct of which one field is there, in all formats.
pub(super) const GENERAL_UNION: &str = "org.apache.kafka.connect.data.Union";
/// The name of such a struct, before its number.
pub(super) const UNION: &str = "connect_union_";
/// The symbol of an enum that stands for null.
pub(super) const NULL_SYMBOL: &str = "<NULL>";

/// The name of a struct that holds any JSON.
pub(super) const VARIANT: &str = "org.apache.kafka.connect.data.Variant";
/// The field of what a schema does not name.
pub(super) const ADDITIONAL: &str = "__connect_additional_properties__";
/// The option that adds it.
pub(super) const PRESERVE: &str = "preserve.additional.properties";

/// The members of an entry of a map whose keys are not text.
pub(super) const KEY: &str = "key";
pub(super) const VALUE: &str = "value";

/// Returns whether one field of the struct is there at a time.
pub(super) fn is_union(schema: &Schema) -> bool {
    schema.type_() == Type::Struct
        && (schema.name().is_some_and(|name| name == ONE_OF)
            || schema.parameter(GENERAL_UNION).is_some())
}

/// Returns whether the struct holds any JSON.
pub(super) fn is_variant(schema: &Schema) -> bool {
    schema.type_() == Type::Struct && schema.name().is_some_and(|name| name == VARIANT)
}

/// Returns whether the field holds what the schema does not name.
pub(super) fn is_additional(field: &Field) -> bool {
    let schema = field.schema();
    field.name().as_str() == ADDITIONAL
        && schema
            .key_schema()
            .is_some_and(|key| key.type_() == Type::String)
        && schema.value_schema().is_some_and(is_variant)
}

/// Returns whether the map is an object: its keys are text, and never null.
pub(super) fn is_object(map: &Schema) -> bool {
    map.key_schema()
        .is_some_and(|key| key.type_() == Type::String && !key.is_optional())
}
