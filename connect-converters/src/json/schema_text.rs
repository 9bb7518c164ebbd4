//! Schemas to their JSON text.

use connect_api::{Error, Field, Result, Schema, Type, json, number};

use super::config::Rules;

/// Appends a schema, its attributes in Java's order.
///
/// # Errors
///
/// It contains itself.
pub(super) fn write(schema: &Schema, rules: Rules, out: &mut String) -> Result<()> {
    write_attributes(schema, rules, out)?;
    out.push('}');
    Ok(())
}

fn write_field(field: &Field, rules: Rules, out: &mut String) -> Result<()> {
    write_attributes(field.schema(), rules, out)?;
    out.push_str(r#","field":"#);
    json::write_string(field.name(), out);
    out.push('}');
    Ok(())
}

/// Java's text has no way to say that a struct contains itself: its converter fails with a `StackOverflowError`.
fn check_end(schema: &Schema) -> Result<()> {
    if !schema.is_enclosing() {
        return Ok(());
    }
    let name = schema.name().map_or("", |name| name);
    Err(Error::rejected(format!(
        "expected a schema that JSON can spell out, found one that contains itself (`{name}`): set schemas.enable=false, or use a converter with a schema registry"
    )))
}

fn write_attributes(schema: &Schema, rules: Rules, out: &mut String) -> Result<()> {
    check_end(schema)?;
    out.push_str(r#"{"type":"#);
    json::write_string(type_name(schema.type_()), out);
    write_parts(schema, rules, out)?;
    out.push_str(if schema.is_optional() {
        r#","optional":true"#
    } else {
        r#","optional":false"#
    });
    if let Some(name) = schema.name() {
        out.push_str(r#","name":"#);
        json::write_string(name, out);
    }
    if let Some(version) = schema.version() {
        out.push_str(r#","version":"#);
        number::push_i64(out, version.into());
    }
    if let Some(doc) = schema.doc() {
        out.push_str(r#","doc":"#);
        json::write_string(doc, out);
    }
    if !schema.parameters().is_empty() {
        out.push_str(r#","parameters":"#);
        for (i, (name, value)) in schema.parameters().iter().enumerate() {
            out.push(if i == 0 { '{' } else { ',' });
            json::write_string(name, out);
            out.push(':');
            json::write_string(value, out);
        }
        out.push('}');
    }
    if let Some(default) = schema.default_value().filter(|default| !default.is_null()) {
        out.push_str(r#","default":"#);
        rules
            .write(Some(schema), default, out)
            .map_err(|error| error.context("default value"))?;
    }
    Ok(())
}

fn write_parts(schema: &Schema, rules: Rules, out: &mut String) -> Result<()> {
    match (schema.type_(), schema.key_schema(), schema.value_schema()) {
        (Type::Array, _, Some(elements)) => {
            out.push_str(r#","items":"#);
            write(elements, rules, out)
        }
        (Type::Map, Some(keys), Some(values)) => {
            out.push_str(r#","keys":"#);
            write(keys, rules, out)?;
            out.push_str(r#","values":"#);
            write(values, rules, out)
        }
        (Type::Struct, ..) => {
            out.push_str(r#","fields":["#);
            for (i, field) in schema.fields().iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_field(field, rules, out)?;
            }
            out.push(']');
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The names in JSON; only two of them differ from Connect's own.
fn type_name(of: Type) -> &'static str {
    match of {
        Type::Float32 => "float",
        Type::Float64 => "double",
        other => other.name(),
    }
}
