//! The JSON of defaults to values.

use connect_api::{Decimal, Logical, MapBuilder, Schema, Struct, Type, Value};
use serde_json::Value as Json;

use super::entry_fields;
use crate::avro::{
    config::Rules,
    marks,
    schema::{AvroSchema, DEPTH, Kind, NodeId, fits, latin1, not_finite},
};

/// How many values one default may be made of.
const VALUES: usize = 10_000;

/// Returns the value that a default stands for; `None` if it does not fit.
pub(in crate::avro) fn value_of(
    avro: &AvroSchema,
    id: NodeId,
    schema: &Schema,
    json: &Json,
    rules: Rules,
) -> Option<Value> {
    let mut reading = Reading {
        avro,
        rules,
        left: VALUES,
        depth: 0,
    };
    reading.node(id, schema, json)
}

struct Reading<'a> {
    avro: &'a AvroSchema,
    rules: Rules,
    left: usize,
    depth: usize,
}

impl Reading<'_> {
    fn node(&mut self, id: NodeId, schema: &Schema, json: &Json) -> Option<Value> {
        self.left = self.left.checked_sub(1)?;
        if self.depth == DEPTH {
            return None;
        }
        self.depth += 1;
        let avro = self.avro;
        let value = match (&avro[id].kind, json) {
            (Kind::Array(entry), Json::Array(entries)) if schema.type_() == Type::Map => {
                self.entries(*entry, schema, entries)
            }
            (Kind::Array(of), Json::Array(elements)) => {
                let element = schema.value_schema()?;
                let values = elements.iter().map(|json| self.node(*of, element, json));
                values.collect::<Option<Vec<_>>>().map(Value::array)
            }
            (Kind::Map(of), Json::Object(members)) => {
                let of_values = schema.value_schema()?;
                let entries = members
                    .iter()
                    .map(|(key, json)| Some((key.as_str(), self.node(*of, of_values, json)?)));
                entries.collect::<Option<Vec<_>>>().map(Value::map)
            }
            (Kind::Record(record), Json::Object(members)) => {
                let fields = record.fields.iter().zip(schema.fields());
                let values = fields.map(|(avro, field)| {
                    let json = members.get(&avro.name).or(avro.default.as_ref());
                    self.node(avro.schema, field.schema(), json?)
                });
                let values = values.collect::<Option<Vec<_>>>()?;
                Struct::from_values(schema, values).ok().map(Value::from)
            }
            (Kind::Union(branches), json) => self.union(branches, schema, json),
            (kind, json) => single(kind, schema, json),
        };
        self.depth -= 1;
        value
    }

    /// Entries are pairs in `connect.default`, and records in the default of a field.
    fn entries(&mut self, entry: NodeId, schema: &Schema, entries: &[Json]) -> Option<Value> {
        let (key, value) = entry_fields(self.avro, entry)?;
        let mut map = MapBuilder::new();
        for entry in entries {
            let (of_key, of_value) = match entry {
                Json::Array(pair) => (pair.first()?, pair.get(1)?),
                Json::Object(members) => (members.get("key")?, members.get("value")?),
                _ => return None,
            };
            map.insert(
                self.node(key.schema, schema.key_schema()?, of_key)?,
                self.node(value.schema, schema.value_schema()?, of_value)?,
            );
        }
        Some(map.build())
    }

    fn union(&mut self, branches: &[NodeId], schema: &Schema, json: &Json) -> Option<Value> {
        let avro = self.avro;
        let kind = |branch: &NodeId| &avro[*branch].kind;
        if json.is_null() {
            return branches
                .iter()
                .any(|branch| *kind(branch) == Kind::Null)
                .then_some(Value::Null);
        }
        if let Some(optional) = avro.optional(branches) {
            return self.node(optional.value, schema, json);
        }
        if let &[only] = branches
            && self.rules.flatten
        {
            return self.node(only, schema, json);
        }
        let mut fitting = branches.iter().enumerate();
        let (i, branch) = fitting.find(|(_, branch)| fits(avro, **branch, json))?;
        let name = marks::branch_field(kind(branch), i, self.rules);
        let at = schema.field_index(&name)?;
        let mut values = vec![Value::Null; schema.fields().len()];
        values[at] = self.node(*branch, schema.fields()[at].schema(), json)?;
        Struct::from_values(schema, values).ok().map(Value::from)
    }
}

/// Reads a value that contains no other.
fn single(kind: &Kind, schema: &Schema, json: &Json) -> Option<Value> {
    match (kind, json) {
        (Kind::Boolean, Json::Bool(truth)) => Some(Value::Boolean(*truth)),
        (Kind::Int | Kind::Long, Json::Number(number)) => integer(schema, number.as_i64()?),
        (Kind::Float | Kind::Double, Json::Number(number)) => real(schema, number.as_f64()?),
        (Kind::Float | Kind::Double, Json::String(text)) => real(schema, not_finite(text)?),
        (Kind::String, Json::String(text)) => Some(text.as_str().into()),
        (Kind::Enum(of), Json::String(symbol)) => {
            of.symbols.contains(symbol).then(|| symbol.as_str().into())
        }
        (Kind::Bytes, Json::String(text)) => bytes(schema, latin1(text)?),
        (Kind::Fixed(fixed), Json::String(text)) => {
            let read = latin1(text)?;
            let is_decimal = schema.logical().is_some();
            (is_decimal || read.len() == fixed.size).then_some(())?;
            bytes(schema, read)
        }
        _ => None,
    }
}

fn integer(schema: &Schema, wide: i64) -> Option<Value> {
    Some(match (schema.logical(), schema.type_()) {
        (Some(Logical::Date), _) => Value::Date(wide.try_into().ok()?),
        (Some(Logical::Time), _) => Value::Time(wide.try_into().ok()?),
        (Some(Logical::Timestamp), _) => Value::Timestamp(wide),
        (_, Type::Int8) => Value::Int8(wide.try_into().ok()?),
        (_, Type::Int16) => Value::Int16(wide.try_into().ok()?),
        (_, Type::Int32) => Value::Int32(wide.try_into().ok()?),
        (_, Type::Int64) => Value::Int64(wide),
        _ => return None,
    })
}

fn real(schema: &Schema, wide: f64) -> Option<Value> {
    match schema.type_() {
        Type::Float32 => Some(Value::Float32(wide as f32)),
        Type::Float64 => Some(Value::Float64(wide)),
        _ => None,
    }
}

fn bytes(schema: &Schema, bytes: Vec<u8>) -> Option<Value> {
    match schema.logical() {
        Some(Logical::Decimal { scale }) => Some(Decimal::from_be_bytes(&bytes, scale).into()),
        Some(_) => None,
        None => Some(bytes.into()),
    }
}
