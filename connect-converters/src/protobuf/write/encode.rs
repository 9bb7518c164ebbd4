//! [`Encoder`]: values to bytes, by a plan.

use std::cell::Cell;

use connect_api::{Error, Result, Schema, Struct, Value};

use super::{
    plan::{EnumPlan, FieldPlan, Node, NodeId, Plan, Root, Source, Write, Zeros},
    scalar,
};
use crate::{
    nulls::Nulls,
    protobuf::{
        logical,
        pool::Packing,
        wire::{DEPTH, WireType, put_length_at, put_tag, put_varint, too_deep},
    },
};

/// Writes one record.
pub(super) struct Encoder<'a> {
    plan: &'a Plan,
    nulls: Nulls,
    depth: Cell<u32>,
}

impl<'a> Encoder<'a> {
    pub(super) fn new(plan: &'a Plan, nulls: Nulls) -> Self {
        Self {
            plan,
            nulls,
            depth: Cell::new(0),
        }
    }

    pub(super) fn root(&self, schema: &Schema, value: &Value, out: &mut Vec<u8>) -> Result<()> {
        match (&self.plan.root, value) {
            (Root::Struct(node), Value::Struct(fields)) => self.message(*node, fields, out),
            (Root::Wrapper(_), Value::Null) | (Root::Struct(_), _) => Err(Error::rejected(
                format!("expected a value of {schema}, found {}", value.type_name()),
            )),
            (Root::Wrapper(of), _) if scalar::is_zero(value) => {
                // The type is still looked at.
                scalar::write(*of, value, &mut Vec::new())
            }
            (Root::Wrapper(of), _) => {
                put_tag(1, of.wire(), out);
                scalar::write(*of, value, out)
            }
        }
    }

    fn message(&self, id: NodeId, fields: &Struct, out: &mut Vec<u8>) -> Result<()> {
        let node = &self.plan.nodes[id];
        refuse_other(node, fields)?;
        if self.depth.get() >= DEPTH {
            return Err(too_deep());
        }
        self.depth.set(self.depth.get() + 1);
        for union in &node.unions {
            self.refuse_ambiguous(fields, *union)?;
        }
        for field in &node.fields {
            let value = match field.source {
                Source::Field(at) => self.value(fields, at),
                Source::Member { union, member } => match self.value(fields, union) {
                    Value::Struct(of) => self.value(of, member),
                    _ => continue,
                },
            };
            self.field(field, value, out)
                .map_err(|error| error.context(format!("field `{}`", field.name)))?;
        }
        self.depth.set(self.depth.get() - 1);
        Ok(())
    }

    /// Returns a field's value, or its default if that stands in for null.
    fn value<'v>(&self, fields: &'v Struct, at: usize) -> &'v Value {
        match self.nulls {
            Nulls::Replaced => fields.get_at(at),
            Nulls::Kept => &fields.values()[at],
        }
    }

    /// Refuses a union of which not exactly one field has a value.
    fn refuse_ambiguous(&self, fields: &Struct, at: usize) -> Result<()> {
        let found = match self.value(fields, at) {
            Value::Null => return Ok(()),
            Value::Struct(union) => {
                let schema = fields.schema().fields()[at].schema();
                if union.schema().fields().len() != schema.fields().len() {
                    return Err(other_struct(schema, union));
                }
                let members = 0..union.values().len();
                let present = members.filter(|member| !self.value(union, *member).is_null());
                match present.count() {
                    1 => return Ok(()),
                    0 => "none".to_owned(),
                    more => more.to_string(),
                }
            }
            other => other.type_name().to_owned(),
        };
        Err(Error::rejected(format!(
            "field `{}`: expected a union in which one field has a value, found {found}",
            fields.schema().fields()[at].name()
        )))
    }

    fn field(&self, field: &FieldPlan, value: &Value, out: &mut Vec<u8>) -> Result<()> {
        if value.is_null() {
            return Ok(());
        }
        match &field.write {
            Write::Repeated(write, packing) => {
                self.elements(field.number, (write, *packing), value, out)
            }
            Write::Map(entry) => self.entries(field.number, entry, value, out),
            write => {
                let start = out.len();
                put_tag(field.number, wire_of(write), out);
                let body = out.len();
                self.single(write, value, out)?;
                let is_zero = match write {
                    Write::Scalar(_) => scalar::is_zero(value),
                    Write::Enum(_) => out[body..] == [0],
                    _ => false,
                };
                if is_zero && field.zeros == Zeros::LeftOut {
                    out.truncate(start);
                }
                Ok(())
            }
        }
    }

    fn elements(
        &self,
        number: u32,
        (write, packing): (&Write, Packing),
        value: &Value,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let Value::Array(elements) = value else {
            return Err(misfit("an array", value));
        };
        if elements.is_empty() {
            return Ok(());
        }
        if packing == Packing::Packed {
            put_tag(number, WireType::Length, out);
        }
        let start = out.len();
        for (at, element) in elements.iter().enumerate() {
            if packing == Packing::Unpacked {
                put_tag(number, wire_of(write), out);
            }
            self.single(write, element, out)
                .map_err(|error| error.context(format!("element {at}")))?;
        }
        if packing == Packing::Packed {
            put_length_at(start, out);
        }
        Ok(())
    }

    fn entries(
        &self,
        number: u32,
        (key_plan, value_plan): &(FieldPlan, FieldPlan),
        value: &Value,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let Value::Map(entries) = value else {
            return Err(misfit("a map", value));
        };
        for (key, value) in entries.iter() {
            put_tag(number, WireType::Length, out);
            let start = out.len();
            self.field(key_plan, key, out)
                .map_err(|error| error.context("map key"))?;
            self.field(value_plan, value, out)
                .map_err(|error| error.context("map value"))?;
            put_length_at(start, out);
        }
        Ok(())
    }

    /// Appends one value, without its tag.
    fn single(&self, write: &Write, value: &Value, out: &mut Vec<u8>) -> Result<()> {
        match write {
            Write::Scalar(of) => return scalar::write(*of, value, out),
            Write::Enum(of) => {
                put_varint(i64::from(number(of, value)?) as u64, out);
                return Ok(());
            }
            _ => {}
        }
        let start = out.len();
        match (write, value) {
            (Write::Message(node), Value::Struct(fields)) => self.message(*node, fields, out)?,
            (Write::Wrapper(of), value) => {
                put_tag(1, of.wire(), out);
                scalar::write(*of, value, out)?;
                if scalar::is_zero(value) {
                    out.truncate(start);
                }
            }
            (Write::Decimal, Value::Decimal(decimal)) => logical::write_decimal(decimal, out),
            (Write::Date, Value::Date(days)) => logical::write_date(*days, out)?,
            (Write::Time, Value::Time(millis)) => logical::write_time(*millis, out)?,
            (Write::Timestamp, Value::Timestamp(millis)) => {
                logical::write_timestamp(*millis, out)?;
            }
            (Write::Variant, Value::Struct(fields)) => variant(fields, out)?,
            (write, value) => return Err(misfit(expectation(write), value)),
        }
        put_length_at(start, out);
        Ok(())
    }
}

/// Refuses a struct that has other fields than its schema said.
fn refuse_other(node: &Node, fields: &Struct) -> Result<()> {
    if fields.schema().is_same(&node.schema) || fields.schema().fields() == node.schema.fields() {
        return Ok(());
    }
    Err(other_struct(&node.schema, fields))
}

fn other_struct(schema: &Schema, found: &Struct) -> Error {
    Error::rejected(format!(
        "expected a struct of {schema}, found one of {} with other fields",
        found.schema()
    ))
}

fn wire_of(write: &Write) -> WireType {
    match write {
        Write::Scalar(of) => of.wire(),
        Write::Enum(_) => WireType::Varint,
        _ => WireType::Length,
    }
}

fn number(of: &EnumPlan, value: &Value) -> Result<i32> {
    let number = match value {
        Value::String(symbol) => of.symbols.get(symbol).copied().or_else(|| {
            // As what Java's library calls a number without a symbol is read.
            let unknown = symbol.strip_prefix("UNKNOWN_ENUM_VALUE_")?;
            let number = unknown.strip_prefix(&*of.name)?.strip_prefix('_')?;
            number.parse().ok()
        }),
        other => other.as_i64().and_then(|number| i32::try_from(number).ok()),
    };
    number.ok_or_else(|| {
        let found = match value {
            Value::String(symbol) => format!("`{symbol}`"),
            other => other.type_name().to_owned(),
        };
        Error::rejected(format!(
            "expected a symbol of enum `{}`, found {found}",
            of.name
        ))
    })
}

fn variant(fields: &Struct, out: &mut Vec<u8>) -> Result<()> {
    for (number, name) in [(1, "metadata"), (2, "value")] {
        match fields.get(name) {
            Some(value @ Value::Bytes(bytes)) if !bytes.is_empty() => {
                put_tag(number, WireType::Length, out);
                scalar::write(crate::protobuf::pool::Scalar::Bytes, value, out)?;
            }
            Some(Value::Bytes(_)) => {}
            other => {
                let found = other.map_or("nothing", Value::type_name);
                return Err(Error::rejected(format!(
                    "field `{name}`: expected bytes, found {found}"
                )));
            }
        }
    }
    Ok(())
}

fn expectation(write: &Write) -> &'static str {
    match write {
        Write::Decimal => "a decimal",
        Write::Date => "a date",
        Write::Time => "a time",
        Write::Timestamp => "a timestamp",
        _ => "a struct",
    }
}

fn misfit(expected: &str, found: &Value) -> Error {
    Error::rejected(format!("expected {expected}, found {}", found.type_name()))
}
