//! Reading by a plan.

use std::sync::Arc;

use bytes::Bytes;
use connect_api::{Decimal, Dialect, Error, MapBuilder, Result, Schema, Str, Struct, Value};

use super::{
    DecodePlan, Elements, Fields, Leaf, Plan, PlanId, Symbols, To, input::Input, skip::skip,
};

/// How much room is made for elements that are only announced.
const ROOM: usize = 1024;

impl DecodePlan {
    /// Reads a value from all of `body`.
    pub(in crate::avro) fn read(&self, body: &Bytes) -> Result<Value> {
        if self.raw {
            return self.whole(self.root, body);
        }
        let mut run = Run {
            plan: self,
            input: Input::new(body),
        };
        let value = run.node(self.root)?;
        let rest = run.input.remaining();
        if rest > 0 && self.dialect != Dialect::Java {
            return Err(run.input.expected("the end", format!("{rest} more bytes")));
        }
        Ok(value)
    }

    fn whole(&self, id: PlanId, body: &Bytes) -> Result<Value> {
        match &self.plans[id.0 as usize] {
            Plan::Branch { schema, at, value } => wrapped(schema, *at, self.whole(*value, body)?),
            Plan::Leaf(Leaf::Bytes) => Ok(Value::Bytes(body.clone())),
            Plan::Leaf(Leaf::String) => text(body.clone(), 0),
            Plan::Leaf(Leaf::Decimal { scale }) => Ok(decimal(body, *scale)),
            Plan::Refused(reason) => Err(Error::rejected(reason.as_str())),
            other => Err(Error::rejected(format!(
                "expected a plan for bytes, found {other:?}"
            ))),
        }
    }
}

struct Run<'a> {
    plan: &'a DecodePlan,
    input: Input<'a>,
}

impl<'a> Run<'a> {
    fn node(&mut self, id: PlanId) -> Result<Value> {
        let plan: &'a DecodePlan = self.plan;
        match &plan.plans[id.0 as usize] {
            Plan::Leaf(leaf) => self.leaf(*leaf),
            Plan::Optional { null, value } => {
                if self.input.index(2, "branches")? == *null {
                    Ok(Value::Null)
                } else {
                    self.node(*value)
                }
            }
            Plan::Record { schema, fields } => {
                let values = self.fields(fields)?;
                Struct::from_values(schema, values).map(Value::Struct)
            }
            Plan::Enum(symbols) => self.symbol(symbols),
            Plan::Array(elements) => self.array(elements),
            Plan::Map(values) => self.map(values),
            Plan::Entries { entry, least } => self.entries(entry, *least),
            Plan::Union(branches) => {
                let index = self.input.index(branches.len(), "branches")?;
                self.node(branches[index])
            }
            Plan::Branch { schema, at, value } => {
                self.input.enter()?;
                let value = self.node(*value)?;
                self.input.leave();
                wrapped(schema, *at, value)
            }
            Plan::Anything => self.anything(),
            Plan::Refused(reason) => Err(self
                .input
                .expected("what the reader has a place for", reason)),
        }
    }

    #[inline]
    fn leaf(&mut self, leaf: Leaf) -> Result<Value> {
        let input = &mut self.input;
        Ok(match leaf {
            Leaf::Null => Value::Null,
            Leaf::Boolean => return self.boolean(),
            Leaf::Int32 => Value::Int32(input.int()?),
            Leaf::Int64 => Value::Int64(input.long()?),
            Leaf::Float64 => Value::Float64(f64::from_le_bytes(input.array()?)),
            Leaf::String => {
                let length = input.length()?;
                let at = input.at();
                return text(input.slice(length)?, at);
            }
            Leaf::Bytes => {
                let length = input.length()?;
                Value::Bytes(input.slice(length)?)
            }
            Leaf::Timestamp => Value::Timestamp(input.long()?),
            Leaf::Date => Value::Date(input.int()?),
            Leaf::Int8 | Leaf::Int16 | Leaf::Time => return self.narrow(leaf),
            Leaf::Float32 => Value::Float32(f32::from_le_bytes(input.array()?)),
            Leaf::Decimal { scale } => {
                let length = input.length()?;
                decimal(input.view(length)?, scale)
            }
            Leaf::Fixed { size } => Value::Bytes(input.slice(size)?),
            Leaf::FixedDecimal { size, scale } => decimal(input.view(size)?, scale),
            Leaf::IntToInt64 => Value::Int64(input.int()?.into()),
            Leaf::IntToTimestamp => Value::Timestamp(input.int()?.into()),
            Leaf::IntToFloat32 => Value::Float32(input.int()? as f32),
            Leaf::IntToFloat64 => Value::Float64(input.int()?.into()),
            Leaf::LongToFloat32 => Value::Float32(input.long()? as f32),
            Leaf::LongToFloat64 => Value::Float64(input.long()? as f64),
            Leaf::FloatToFloat64 => Value::Float64(f32::from_le_bytes(input.array()?).into()),
        })
    }

    fn boolean(&mut self) -> Result<Value> {
        let at = self.input.at();
        match self.input.byte()? {
            0 => Ok(Value::Boolean(false)),
            1 => Ok(Value::Boolean(true)),
            // Java takes whatever is not 1 for false.
            _ if self.plan.dialect == Dialect::Java => Ok(Value::Boolean(false)),
            other => Err(self.input.expected_at(at, "0 or 1", other)),
        }
    }

    /// Reads an int that not every int is.
    fn narrow(&mut self, leaf: Leaf) -> Result<Value> {
        let at = self.input.at();
        let wide = self.input.int()?;
        let wraps = self.plan.dialect == Dialect::Java;
        let (value, expected) = match leaf {
            Leaf::Int8 if wraps => (Some(Value::Int8(wide as i8)), ""),
            Leaf::Int8 => (i8::try_from(wide).ok().map(Value::Int8), "an int8"),
            Leaf::Int16 if wraps => (Some(Value::Int16(wide as i16)), ""),
            Leaf::Int16 => (i16::try_from(wide).ok().map(Value::Int16), "an int16"),
            _ => {
                let is_time = (0..=86_400_000).contains(&wide);
                (
                    is_time.then_some(Value::Time(wide)),
                    "a time of day between 0 and 86400000 ms",
                )
            }
        };
        value.ok_or_else(|| self.input.expected_at(at, expected, wide))
    }

    fn symbol(&mut self, symbols: &Symbols) -> Result<Value> {
        let at = self.input.at();
        let index = self.input.index(symbols.list.len(), "symbols")?;
        match &symbols.list[index] {
            Ok(symbol) => Ok(symbol.clone()),
            Err(unknown) => Err(self.input.expected_at(
                at,
                format_args!("a symbol that `{}` has for the reader", symbols.name),
                format_args!("`{unknown}`"),
            )),
        }
    }

    fn fields(&mut self, fields: &Fields) -> Result<Vec<Value>> {
        self.input.enter()?;
        self.input.spend(fields.free)?;
        let values = if fields.straight {
            let mut values = Vec::with_capacity(fields.list.len());
            for field in &fields.list {
                if let To::Reader { plan, .. } = field.to {
                    let value = self.node(plan);
                    values.push(value.map_err(|error| in_field(error, &field.name))?);
                }
            }
            values
        } else {
            let mut values = vec![Value::Null; fields.width];
            for (at, default) in &fields.defaults {
                values[*at] = default.clone();
            }
            for field in &fields.list {
                let read = match field.to {
                    To::Reader { at, plan } => self.node(plan).map(|value| values[at] = value),
                    To::Nowhere(id) => skip(&self.plan.writer, id, &mut self.input),
                };
                read.map_err(|error| in_field(error, &field.name))?;
            }
            values
        };
        self.input.leave();
        Ok(values)
    }

    fn array(&mut self, elements: &Elements) -> Result<Value> {
        self.input.enter()?;
        let mut values = Vec::new();
        loop {
            let count = self.input.block(elements.least)?;
            if count == 0 {
                break;
            }
            values.reserve(count.min(ROOM));
            for _ in 0..count {
                let value = self.node(elements.plan);
                values
                    .push(value.map_err(|error| {
                        error.context(format_args!("element {}", values.len()))
                    })?);
            }
        }
        self.input.leave();
        Ok(Value::Array(Arc::new(values)))
    }

    fn map(&mut self, of: &Elements) -> Result<Value> {
        self.input.enter()?;
        let mut map = MapBuilder::new();
        loop {
            let count = self.input.block(of.least)?;
            if count == 0 {
                break;
            }
            for _ in 0..count {
                let key = self
                    .leaf(Leaf::String)
                    .map_err(|error| error.context("map key"))?;
                let value = self
                    .node(of.plan)
                    .map_err(|error| error.context("map value"))?;
                map.insert(key, value);
            }
        }
        self.input.leave();
        Ok(map.build())
    }

    fn entries(&mut self, entry: &Fields, least: usize) -> Result<Value> {
        self.input.enter()?;
        let mut map = MapBuilder::new();
        loop {
            let count = self.input.block(least)?;
            if count == 0 {
                break;
            }
            for _ in 0..count {
                let mut values = self.fields(entry)?.into_iter();
                if let (Some(key), Some(value)) = (values.next(), values.next()) {
                    map.insert(key, value);
                }
            }
        }
        self.input.leave();
        Ok(map.build())
    }

    /// Reads the nine fields of a value without a schema; the first one that is set is the value.
    fn anything(&mut self) -> Result<Value> {
        const LEAVES: [Leaf; 7] = [
            Leaf::Boolean,
            Leaf::Bytes,
            Leaf::Float64,
            Leaf::Float32,
            Leaf::Int32,
            Leaf::Int64,
            Leaf::String,
        ];
        self.input.enter()?;
        let mut found = Value::Null;
        for leaf in LEAVES {
            if self.input.index(2, "branches")? == 1 {
                let value = self.leaf(leaf)?;
                found = if found.is_null() { value } else { found };
            }
        }
        if self.input.index(2, "branches")? == 1 {
            let value = self.any_elements()?;
            found = if found.is_null() { value } else { found };
        }
        if self.input.index(2, "branches")? == 1 {
            let value = self.any_entries()?;
            found = if found.is_null() { value } else { found };
        }
        self.input.leave();
        Ok(found)
    }

    /// A value without a schema takes a byte for each of its fields.
    const LEAST: usize = 9;

    fn any_elements(&mut self) -> Result<Value> {
        let mut values = Vec::new();
        loop {
            match self.input.block(Self::LEAST)? {
                0 => return Ok(Value::Array(Arc::new(values))),
                count => {
                    for _ in 0..count {
                        values.push(self.anything()?);
                    }
                }
            }
        }
    }

    fn any_entries(&mut self) -> Result<Value> {
        let mut map = MapBuilder::new();
        loop {
            match self.input.block(2 * Self::LEAST)? {
                0 => return Ok(map.build()),
                count => {
                    for _ in 0..count {
                        let key = self.anything()?;
                        map.insert(key, self.anything()?);
                    }
                }
            }
        }
    }
}

fn wrapped(schema: &Schema, at: usize, value: Value) -> Result<Value> {
    let mut values = vec![Value::Null; schema.fields().len()];
    values[at] = value;
    Struct::from_values(schema, values).map(Value::Struct)
}

#[inline]
fn text(bytes: Bytes, at: usize) -> Result<Value> {
    match Str::from_utf8(bytes) {
        Ok(text) => Ok(Value::String(text)),
        Err(error) => {
            let invalid = at + error.valid_up_to();
            Err(Error::rejected(format!(
                "offset {invalid}: expected UTF-8, found other bytes"
            ))
            .with_source(error))
        }
    }
}

fn decimal(bytes: &[u8], scale: i32) -> Value {
    Decimal::from_be_bytes(bytes, scale).into()
}

#[cold]
fn in_field(error: Error, name: &str) -> Error {
    error.context(format_args!("field `{name}`"))
}
