//! `enum` and `const`: one of some values.

use connect_api::{Schema, SchemaBuilder, Value};
use serde_json::Value as Json;

use super::{Content, Keywords, Kind, Mistake};

/// Makes one of the listed values.
pub(super) fn content(
    keywords: &Keywords<'_>,
    kind: Kind,
) -> Result<(SchemaBuilder, Content), Mistake> {
    keywords.only(&["type", "nullable", "enum", "const"])?;
    let keyword = if keywords.has("const") {
        "const"
    } else {
        "enum"
    };
    let listed = listed(keywords);
    if listed.is_empty() && !has_null(keywords) {
        return Err(keywords.wrong(keyword, "a list of values"));
    }
    let builder = match kind {
        Kind::Boolean => Schema::boolean(),
        Kind::Integer => Schema::int64(),
        Kind::Number => Schema::float64(),
        Kind::String | Kind::Null => Schema::string(),
        Kind::Array | Kind::Object => {
            return Err(keywords.wrong(keyword, "texts, numbers or booleans"));
        }
    };
    if listed.is_empty() {
        return Ok((builder.optional(), Content::Null));
    }
    let values: Option<Vec<Value>> = listed.iter().map(|json| value(json, kind)).collect();
    let Some(values) = values else {
        return Err(keywords.wrong(keyword, "values of one type, that of the schema"));
    };
    Ok((builder, Content::Choice(values)))
}

/// Returns whether null is one of the values.
pub(super) fn has_null(keywords: &Keywords<'_>) -> bool {
    match (keywords.get("const"), keywords.get("enum")) {
        (Some(Json::Null), _) => true,
        (None, Some(Json::Array(values))) => values.contains(&Json::Null),
        _ => false,
    }
}

/// Tells the type by the first value.
pub(super) fn implied_type(keywords: &Keywords<'_>) -> Option<&'static str> {
    if !keywords.has("const") && !keywords.has("enum") {
        return None;
    }
    let values = listed(keywords);
    if values.iter().any(|value| value.is_f64()) {
        return Some("number");
    }
    Some(match values.first() {
        None => "null",
        Some(Json::Bool(_)) => "boolean",
        Some(Json::Number(_)) => "integer",
        Some(Json::Array(_)) => "array",
        Some(Json::Object(_)) => "object",
        Some(_) => "string",
    })
}

/// Returns the values that are not null.
fn listed<'a>(keywords: &Keywords<'a>) -> Vec<&'a Json> {
    let values = match (keywords.get("const"), keywords.get("enum")) {
        (Some(value), _) => vec![value],
        (None, Some(Json::Array(values))) => values.iter().collect(),
        _ => Vec::new(),
    };
    values
        .into_iter()
        .filter(|value| !value.is_null())
        .collect()
}

fn value(json: &Json, kind: Kind) -> Option<Value> {
    match kind {
        Kind::Boolean => json.as_bool().map(Value::from),
        Kind::Integer => json.as_i64().map(Value::from),
        Kind::Number => json.as_f64().map(Value::from),
        Kind::String => json.as_str().map(Value::from),
        Kind::Null | Kind::Array | Kind::Object => None,
    }
}
