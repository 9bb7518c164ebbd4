//! Whether a default fits its schema.

use serde_json::Value as Json;

use super::{AvroSchema, DEPTH, Kind, NodeId, latin1};

/// How many values one default may be made of, defaults within it included.
///
/// A short schema can otherwise say an endless one.
const VALUES: usize = 10_000;

/// Returns whether a JSON value is one of a schema, as the defaults of fields are written.
///
/// That of a union may be one of any branch.
pub(in crate::avro) fn fits(schema: &AvroSchema, id: NodeId, json: &Json) -> bool {
    Fit {
        schema,
        left: VALUES,
    }
    .node(id, json, 0)
}

struct Fit<'a> {
    schema: &'a AvroSchema,
    left: usize,
}

impl Fit<'_> {
    fn node(&mut self, id: NodeId, json: &Json, depth: usize) -> bool {
        if self.left == 0 || depth == DEPTH {
            return false;
        }
        self.left -= 1;
        match (&self.schema[id].kind, json) {
            (Kind::Array(of), Json::Array(elements)) => elements
                .iter()
                .all(|element| self.node(*of, element, depth + 1)),
            (Kind::Map(of), Json::Object(entries)) => entries
                .values()
                .all(|value| self.node(*of, value, depth + 1)),
            (Kind::Union(branches), json) => branches
                .iter()
                .any(|branch| self.node(*branch, json, depth + 1)),
            (Kind::Record(record), Json::Object(members)) => record.fields.iter().all(|field| {
                let value = members.get(&field.name).or(field.default.as_ref());
                value.is_some_and(|value| self.node(field.schema, value, depth + 1))
            }),
            (kind, json) => is_one(kind, json),
        }
    }
}

/// Returns whether a JSON value is one of a type that contains no other.
fn is_one(kind: &Kind, json: &Json) -> bool {
    match (kind, json) {
        (Kind::Null, Json::Null)
        | (Kind::Boolean, Json::Bool(_))
        | (Kind::String, Json::String(_))
        | (Kind::Float | Kind::Double, Json::Number(_)) => true,
        (Kind::Int, Json::Number(number)) => number
            .as_i64()
            .is_some_and(|wide| i32::try_from(wide).is_ok()),
        (Kind::Long, Json::Number(number)) => number.as_i64().is_some(),
        (Kind::Float | Kind::Double, Json::String(text)) => not_finite(text).is_some(),
        (Kind::Bytes, Json::String(text)) => latin1(text).is_some(),
        (Kind::Fixed(fixed), Json::String(text)) => {
            latin1(text).is_some_and(|bytes| bytes.len() == fixed.size)
        }
        (Kind::Enum(of), Json::String(symbol)) => of.symbols.contains(symbol),
        _ => false,
    }
}

/// Reads the numbers that JSON has no digits for.
pub(in crate::avro) fn not_finite(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}
