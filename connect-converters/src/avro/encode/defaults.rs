//! The JSON of defaults to bytes.

use serde_json::Value as Json;

use super::output;
use crate::avro::schema::{AvroSchema, Kind, NodeId, fits, latin1, not_finite};

/// Returns a default as it is written; `None` if it does not fit.
pub(super) fn binary(avro: &AvroSchema, id: NodeId, json: &Json) -> Option<Vec<u8>> {
    if !fits(avro, id, json) {
        return None;
    }
    let mut out = Vec::new();
    write(avro, id, json, &mut out)?;
    Some(out)
}

/// Appends a value that fits.
fn write(avro: &AvroSchema, id: NodeId, json: &Json, out: &mut Vec<u8>) -> Option<()> {
    match (&avro[id].kind, json) {
        (Kind::Null, _) => {}
        (Kind::Boolean, Json::Bool(truth)) => out.push((*truth).into()),
        (Kind::Int | Kind::Long, Json::Number(number)) => output::long(number.as_i64()?, out),
        (Kind::Float, json) => out.extend_from_slice(&single(real(json)?).to_le_bytes()),
        (Kind::Double, json) => out.extend_from_slice(&real(json)?.to_le_bytes()),
        (Kind::Bytes, Json::String(text)) => output::bytes(&latin1(text)?, out),
        (Kind::Fixed(_), Json::String(text)) => out.extend_from_slice(&latin1(text)?),
        (Kind::String, Json::String(text)) => output::bytes(text.as_bytes(), out),
        (Kind::Enum(of), Json::String(text)) => {
            output::length(of.symbols.iter().position(|symbol| symbol == text)?, out);
        }
        (Kind::Array(of), Json::Array(elements)) => {
            if !elements.is_empty() {
                output::length(elements.len(), out);
            }
            elements
                .iter()
                .try_for_each(|element| write(avro, *of, element, out))?;
            output::length(0, out);
        }
        (Kind::Map(of), Json::Object(entries)) => {
            if !entries.is_empty() {
                output::length(entries.len(), out);
            }
            for (key, value) in entries {
                output::bytes(key.as_bytes(), out);
                write(avro, *of, value, out)?;
            }
            output::length(0, out);
        }
        (Kind::Union(branches), json) => {
            let index = branches
                .iter()
                .position(|branch| fits(avro, *branch, json))?;
            output::length(index, out);
            write(avro, branches[index], json, out)?;
        }
        (Kind::Record(record), Json::Object(members)) => {
            for field in &record.fields {
                let json = members.get(&field.name).or(field.default.as_ref())?;
                write(avro, field.schema, json, out)?;
            }
        }
        _ => return None,
    }
    Some(())
}

fn real(json: &Json) -> Option<f64> {
    json.as_f64().or_else(|| not_finite(json.as_str()?))
}

fn single(wide: f64) -> f32 {
    wide as f32
}
