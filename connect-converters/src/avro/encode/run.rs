//! Writing by a plan.

use std::collections::HashMap;

use connect_api::{Decimal, Error, Result, Schema, Struct, Value};

use super::{EncodePlan, EntryStep, Leaf, Plan, PlanId, Step, Union, anything, output};

impl EncodePlan {
    /// Appends a value.
    pub(in crate::avro) fn write(&self, value: &Value, out: &mut Vec<u8>) -> Result<()> {
        if !self.raw {
            return self.node(self.root, value, out);
        }
        match (value, &self.plans[self.root.0 as usize]) {
            (Value::Bytes(bytes), Plan::Leaf(Leaf::Bytes)) => out.extend_from_slice(bytes),
            (Value::Decimal(decimal), Plan::Leaf(Leaf::Decimal { scale })) => {
                out.extend_from_slice(&unscaled(decimal, *scale)?);
            }
            (Value::String(text), Plan::Leaf(Leaf::String)) => {
                out.extend_from_slice(text.as_bytes())
            }
            (other, _) => return Err(expected("bytes", other)),
        }
        Ok(())
    }

    fn node(&self, id: PlanId, value: &Value, out: &mut Vec<u8>) -> Result<()> {
        match &self.plans[id.0 as usize] {
            Plan::Leaf(leaf) => write_leaf(*leaf, value, out),
            Plan::Optional {
                null,
                branch,
                value: plan,
            } => match (value, null) {
                (Value::Null, Some(null)) => {
                    output::long(*null, out);
                    Ok(())
                }
                _ => {
                    output::long(*branch, out);
                    self.node(*plan, value, out)
                }
            },
            Plan::Record { schema, steps } => self.record(structure(schema, value)?, steps, out),
            Plan::Array(plan) => {
                let Value::Array(elements) = value else {
                    return Err(expected("array", value));
                };
                self.block(elements, out, |(i, element), out| {
                    self.node(*plan, element, out)
                        .map_err(|error| error.context(format_args!("element {i}")))
                })
            }
            Plan::Map(plan) => {
                let Value::Map(entries) = value else {
                    return Err(expected("map", value));
                };
                self.block(entries, out, |(_, (key, value)), out| {
                    let Value::String(key) = key else {
                        return Err(expected("string", key).context("map key"));
                    };
                    output::bytes(key.as_bytes(), out);
                    self.node(*plan, value, out)
                        .map_err(|error| error.context("map value"))
                })
            }
            Plan::Entries(steps) => {
                let Value::Map(entries) = value else {
                    return Err(expected("map", value));
                };
                self.block(entries, out, |(_, entry), out| {
                    self.entry(steps, entry, out)
                })
            }
            Plan::Union(union) => self.union(union, value, out),
            Plan::Enum { name, indexes } => symbol(name, indexes, value, out),
            Plan::Anything => anything::write(value, out),
        }
    }

    fn record(&self, fields: &Struct, steps: &[Step], out: &mut Vec<u8>) -> Result<()> {
        let values = fields.values();
        for step in steps {
            match step {
                Step::Constant(bytes) => out.extend_from_slice(bytes),
                Step::Field {
                    name,
                    at,
                    plan,
                    default,
                } => {
                    let value = match (&values[*at], default) {
                        (Value::Null, Some(default)) => default,
                        (value, _) => value,
                    };
                    self.node(*plan, value, out)
                        .map_err(|error| in_field(error, name))?;
                }
            }
        }
        Ok(())
    }

    fn entry(
        &self,
        steps: &[EntryStep],
        (key, value): &(Value, Value),
        out: &mut Vec<u8>,
    ) -> Result<()> {
        for step in steps {
            match step {
                EntryStep::Key(plan) => self
                    .node(*plan, key, out)
                    .map_err(|error| error.context("map key"))?,
                EntryStep::Value(plan) => {
                    self.node(*plan, value, out)
                        .map_err(|error| error.context("map value"))?;
                }
            }
        }
        Ok(())
    }

    fn union(&self, union: &Union, value: &Value, out: &mut Vec<u8>) -> Result<()> {
        let Union {
            schema,
            null,
            branches,
        } = union;
        let null = *null;
        if let (Value::Null, Some(null)) = (value, null) {
            output::long(null, out);
            return Ok(());
        }
        let fields = structure(schema, value)?;
        let mut set = fields.values().iter().zip(branches).enumerate();
        match (set.find(|(_, (value, _))| !value.is_null()), null) {
            (Some((i, (value, (branch, plan)))), _) => {
                output::long(*branch, out);
                let written = self.node(*plan, value, out);
                written.map_err(|error| in_field(error, schema.fields()[i].name()))
            }
            (None, Some(null)) => {
                output::long(null, out);
                Ok(())
            }
            (None, None) => Err(Error::rejected(
                "expected a union with a value, found one without",
            )),
        }
    }

    fn block<T>(
        &self,
        elements: &[T],
        out: &mut Vec<u8>,
        mut write: impl FnMut((usize, &T), &mut Vec<u8>) -> Result<()>,
    ) -> Result<()> {
        if !elements.is_empty() {
            output::length(elements.len(), out);
        }
        for element in elements.iter().enumerate() {
            write(element, out)?;
        }
        output::length(0, out);
        Ok(())
    }
}

fn symbol(
    name: &str,
    indexes: &HashMap<String, i64>,
    value: &Value,
    out: &mut Vec<u8>,
) -> Result<()> {
    let Value::String(symbol) = value else {
        return Err(expected("string", value));
    };
    let index = indexes.get(symbol.as_str()).ok_or_else(|| {
        Error::rejected(format!(
            "expected a symbol of enum `{name}`, found `{symbol}`"
        ))
    })?;
    output::long(*index, out);
    Ok(())
}

/// Returns the struct, if it is one of that schema.
fn structure<'a>(schema: &Schema, value: &'a Value) -> Result<&'a Struct> {
    match value {
        Value::Struct(fields) if fields.schema() == schema => Ok(fields),
        Value::Struct(fields) => Err(Error::rejected(format!(
            "expected a struct of {schema}, found one of {}",
            fields.schema()
        ))),
        other => Err(expected("struct", other)),
    }
}

#[inline]
fn write_leaf(leaf: Leaf, value: &Value, out: &mut Vec<u8>) -> Result<()> {
    match (leaf, value) {
        (Leaf::Boolean, Value::Boolean(truth)) => out.push((*truth).into()),
        (Leaf::Int | Leaf::Long, Value::Int32(n))
        | (Leaf::Date, Value::Date(n))
        | (Leaf::Time, Value::Time(n)) => {
            output::long((*n).into(), out);
        }
        (Leaf::Long, Value::Int64(n)) | (Leaf::Timestamp, Value::Timestamp(n)) => {
            output::long(*n, out)
        }
        (Leaf::Int | Leaf::Long, Value::Int8(n)) => output::long((*n).into(), out),
        (Leaf::Int | Leaf::Long, Value::Int16(n)) => output::long((*n).into(), out),
        (Leaf::Float, Value::Float32(n)) => out.extend_from_slice(&n.to_le_bytes()),
        (Leaf::Float, Value::Int8(n)) => out.extend_from_slice(&f32::from(*n).to_le_bytes()),
        (Leaf::Float, Value::Int16(n)) => out.extend_from_slice(&f32::from(*n).to_le_bytes()),
        (Leaf::Double, value) => {
            let wide = match value {
                Value::Float64(n) => *n,
                Value::Float32(n) => (*n).into(),
                Value::Int8(n) => (*n).into(),
                Value::Int16(n) => (*n).into(),
                Value::Int32(n) => (*n).into(),
                other => return Err(expected("float64", other)),
            };
            out.extend_from_slice(&wide.to_le_bytes());
        }
        (Leaf::String, Value::String(text)) => output::bytes(text.as_bytes(), out),
        (Leaf::Bytes, Value::Bytes(bytes)) => output::bytes(bytes, out),
        (Leaf::Decimal { scale }, Value::Decimal(decimal)) => {
            output::bytes(&unscaled(decimal, scale)?, out)
        }
        (Leaf::Fixed { size }, Value::Bytes(bytes)) if bytes.len() == size => {
            out.extend_from_slice(bytes)
        }
        (Leaf::Fixed { size }, Value::Bytes(bytes)) => {
            return Err(Error::rejected(format!(
                "expected {size} bytes, found {}",
                bytes.len()
            )));
        }
        (Leaf::FixedDecimal { size, scale }, Value::Decimal(decimal)) => {
            let bytes = unscaled(decimal, scale)?;
            let Some(missing) = size.checked_sub(bytes.len()) else {
                return Err(Error::rejected(format!(
                    "expected a decimal of at most {size} bytes, found {decimal}"
                )));
            };
            let sign = if bytes.first().is_some_and(|first| first & 0x80 != 0) {
                0xFF
            } else {
                0
            };
            out.resize(out.len() + missing, sign);
            out.extend_from_slice(&bytes);
        }
        (leaf, other) => return Err(expected(leaf.name(), other)),
    }
    Ok(())
}

impl Leaf {
    fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Int => "an integer",
            Self::Date => "date",
            Self::Time => "time",
            Self::Long => "int64",
            Self::Timestamp => "timestamp",
            Self::Float => "float32",
            Self::Double => "float64",
            Self::String => "string",
            Self::Bytes | Self::Fixed { .. } => "bytes",
            Self::Decimal { .. } | Self::FixedDecimal { .. } => "decimal",
        }
    }
}

fn unscaled(decimal: &Decimal, scale: i32) -> Result<Vec<u8>> {
    if decimal.scale() != scale {
        return Err(Error::rejected(format!(
            "expected a decimal with scale {scale}, found {decimal} with scale {}",
            decimal.scale()
        )));
    }
    Ok(decimal.to_be_bytes())
}

#[cold]
fn expected(expected: &str, found: &Value) -> Error {
    Error::rejected(format!("expected {expected}, found {}", found.type_name()))
}

#[cold]
fn in_field(error: Error, name: &str) -> Error {
    error.context(format_args!("field `{name}`"))
}
