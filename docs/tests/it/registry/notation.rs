//! Connect's schemas as the pages write them.

use connect_api::{Schema, Type, json};

/// Writes a schema: `Point{x: int32, tags: array<string>?}`.
///
/// A name stands behind everything but structs, a default behind `=`, parameters in brackets. A struct within itself is
/// its name alone.
pub(super) fn notation(schema: &Schema) -> String {
    let mut text = kind(schema);
    if schema.is_optional() {
        text.push('?');
    }
    if let Some(name) = schema.name()
        && schema.type_() != Type::Struct
        && schema.logical().is_none()
    {
        text.push_str(&format!(" {name}"));
    }
    if let Some(default) = schema.default_value() {
        let mut json = String::new();
        json::write(default, &mut json);
        text.push_str(&format!(" = {json}"));
    }
    let told = |name: &str| name == "scale" && schema.logical().is_some();
    let parameters: Vec<_> = schema
        .parameters()
        .iter()
        .filter(|(name, _)| !told(name))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    if !parameters.is_empty() {
        text.push_str(&format!(" [{}]", parameters.join(", ")));
    }
    text
}

fn kind(schema: &Schema) -> String {
    let of = |inner: Option<&Schema>| notation(inner.unwrap());
    if schema.logical().is_some() {
        let name = schema.name().unwrap().rsplit('.').next().unwrap();
        return match schema.parameter("scale") {
            Some(scale) => format!("{name}({scale})"),
            None => name.to_owned(),
        };
    }
    match schema.type_() {
        Type::Array => format!("array<{}>", of(schema.value_schema())),
        Type::Map => format!(
            "map<{}, {}>",
            of(schema.key_schema()),
            of(schema.value_schema())
        ),
        Type::Struct if schema.is_enclosing() => schema.name().unwrap().to_string(),
        Type::Struct => {
            let fields = schema.fields().iter();
            let fields: Vec<_> = fields
                .map(|field| format!("{}: {}", field.name(), notation(field.schema())))
                .collect();
            let name = schema.name().map_or("", |name| name);
            format!("{name}{{{}}}", fields.join(", "))
        }
        other => other.name().to_lowercase(),
    }
}
