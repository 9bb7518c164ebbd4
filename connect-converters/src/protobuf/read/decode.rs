//! [`Decoder`]: bytes to values, by a plan.

use std::{cell::Cell, mem, sync::Arc};

use bytes::Bytes;
use connect_api::{Error, MapBuilder, Result, Schema, Struct, Value};

use super::{
    parts::{Parts, Whole},
    plan::{Absence, Entry, FieldPlan, Node, NodeId, Plan, Read, Shape, Slot},
    scalar,
};
use crate::protobuf::{
    logical,
    wire::{Cursor, DEPTH, Tag, WireType, too_deep},
};

/// How many values any message may have, as a short one stands for a struct with many fields.
const FREE: usize = 1 << 18;

/// How many more of them each byte allows.
const VALUES_PER_BYTE: usize = 8;

/// Reads one record.
pub(super) struct Decoder<'a> {
    plan: &'a Plan,
    depth: Cell<u32>,
    values: Cell<usize>,
    most: usize,
}

/// What was read of a message.
struct State<'m> {
    values: Vec<Value>,
    /// The maps among them, which are made at the end.
    maps: Vec<(usize, MapBuilder)>,
    /// The messages among them, which are read at the end.
    parts: Parts<'m>,
}

impl<'a> Decoder<'a> {
    /// Returns what reads a record of some bytes.
    pub(super) fn new(plan: &'a Plan, bytes: usize) -> Self {
        Self {
            plan,
            depth: Cell::new(0),
            values: Cell::new(0),
            most: FREE.saturating_add(bytes.saturating_mul(VALUES_PER_BYTE)),
        }
    }

    /// Reads a message of the plan, up to the end.
    pub(super) fn message(&self, id: NodeId, schema: &Schema, cursor: Cursor<'_>) -> Result<Value> {
        if self.depth.get() >= DEPTH {
            return Err(too_deep());
        }
        self.depth.set(self.depth.get() + 1);
        let node = &self.plan.nodes[id];
        self.count(node.start.len())?;
        let mut state = State {
            values: node.start.clone(),
            maps: Vec::new(),
            parts: Parts::default(),
        };
        self.fields(node, schema, cursor, &mut state)?;
        self.messages(node, schema, &mut state)?;
        for (slot, map) in state.maps {
            state.values[slot] = map.build();
        }
        self.fill(node, schema, &mut state.values)?;
        self.depth.set(self.depth.get() - 1);
        Struct::from_values(schema, state.values).map(Value::Struct)
    }

    fn count(&self, more: usize) -> Result<()> {
        self.values.set(self.values.get().saturating_add(more));
        if self.is_spent() {
            return Err(Error::rejected(format!(
                "expected at most {} values in a record of this length, found more",
                self.most
            )));
        }
        Ok(())
    }

    fn is_spent(&self) -> bool {
        self.values.get() > self.most
    }

    fn fields<'m>(
        &self,
        node: &Node,
        schema: &Schema,
        mut cursor: Cursor<'m>,
        state: &mut State<'m>,
    ) -> Result<()> {
        // Fields come in the order of their numbers, mostly.
        let mut next = 0;
        while !cursor.is_empty() {
            let tag = cursor.tag()?;
            let at = match node.fields.get(next) {
                Some(field) if field.number == tag.number => next,
                _ => match node
                    .fields
                    .binary_search_by_key(&tag.number, |field| field.number)
                {
                    Ok(at) => at,
                    Err(_unknown) => {
                        cursor.skip(tag)?;
                        continue;
                    }
                },
            };
            let field = &node.fields[at];
            next = at + usize::from(matches!(field.shape, Shape::Single));
            self.field((at, field, tag), schema, &mut cursor, state)
                .map_err(|error| in_field(&field.name, error))?;
        }
        Ok(())
    }

    fn field<'m>(
        &self,
        (at, field, tag): (usize, &FieldPlan, Tag),
        schema: &Schema,
        cursor: &mut Cursor<'m>,
        state: &mut State<'m>,
    ) -> Result<()> {
        let schema = schema_of(schema, field.slot);
        match &field.shape {
            Shape::Single if field.read.is_message() => {
                refuse_wire(tag, WireType::Length)?;
                state.parts.add(field.slot, at, cursor.nested()?);
                Ok(())
            }
            Shape::Single => {
                if let Some(value) = self.single(&field.read, tag, schema.0, cursor)? {
                    state.parts.forget(field.slot);
                    self.put(&mut state.values, field.slot, schema, value)?;
                }
                Ok(())
            }
            Shape::Repeated => {
                let element = schema.0.value_schema().expect("an array has elements");
                let Value::Array(elements) = &mut state.values[field.slot.field()] else {
                    unreachable!("a repeated field starts as an array")
                };
                let elements = Arc::make_mut(elements);
                self.elements((&field.read, tag), element, cursor, elements)
            }
            Shape::Map(entry) => {
                refuse_wire(tag, WireType::Length)?;
                let (key, value) = self.entry(entry, schema.0, cursor.nested()?)?;
                let slot = field.slot.field();
                let at = match state.maps.iter().position(|(known, _)| *known == slot) {
                    Some(at) => at,
                    None => {
                        state.maps.push((slot, MapBuilder::new()));
                        state.maps.len() - 1
                    }
                };
                state.maps[at].1.insert(key, value);
                Ok(())
            }
        }
    }

    /// Appends an element, or all of those that are packed.
    fn elements(
        &self,
        (read, tag): (&Read, Tag),
        schema: &Schema,
        cursor: &mut Cursor<'_>,
        elements: &mut Vec<Value>,
    ) -> Result<()> {
        let before = elements.len();
        let wire = wire_of(read);
        if tag.wire == WireType::Length && wire != WireType::Length {
            let mut packed = cursor.nested()?;
            while !packed.is_empty() {
                let element = Tag {
                    number: tag.number,
                    wire,
                };
                elements.extend(self.single(read, element, schema, &mut packed)?);
            }
        } else {
            let element = self
                .single(read, tag, schema, cursor)
                .map_err(|error| error.context(format!("element {before}")))?;
            elements.extend(element);
        }
        self.count(elements.len() - before)
    }

    fn entry(
        &self,
        entry: &Entry,
        schema: &Schema,
        mut cursor: Cursor<'_>,
    ) -> Result<(Value, Value)> {
        let keys = schema.key_schema().expect("a map has keys");
        let values = schema.value_schema().expect("a map has values");
        let (mut key, mut value) = (entry.key.1.clone(), entry.value.1.clone());
        let mut whole: Option<Whole<'_>> = None;
        while !cursor.is_empty() {
            let tag = cursor.tag()?;
            let (read, schema, place, name) = match tag.number {
                1 => (&entry.key.0, keys, &mut key, "map key"),
                2 if entry.value.0.is_message() => {
                    refuse_wire(tag, WireType::Length)
                        .map_err(|error| error.context("map value"))?;
                    Whole::add(&mut whole, cursor.nested()?);
                    continue;
                }
                2 => (&entry.value.0, values, &mut value, "map value"),
                _ => {
                    cursor.skip(tag)?;
                    continue;
                }
            };
            let found = self.single(read, tag, schema, &mut cursor);
            if let Some(found) = found.map_err(|error| error.context(name))? {
                *place = found;
            }
        }
        self.count(2)?;
        if entry.value.0.is_message() {
            value = match whole {
                Some(whole) => whole
                    .read(|cursor| self.content(&entry.value.0, values, cursor))
                    .map_err(|error| error.context("map value"))?,
                None => self.empty(&entry.value.0, values)?,
            };
        }
        Ok((key, value))
    }

    /// Consumes one value; `None` if it is as if it were not there.
    fn single(
        &self,
        read: &Read,
        tag: Tag,
        schema: &Schema,
        cursor: &mut Cursor<'_>,
    ) -> Result<Option<Value>> {
        refuse_wire(tag, wire_of(read))?;
        match read {
            Read::Scalar(scalar, width) => {
                scalar::narrow(scalar::read(*scalar, cursor)?, *width).map(Some)
            }
            Read::Enum(of) => Ok(of.value(cursor.varint()? as i32)),
            _ => self.content(read, schema, cursor.nested()?).map(Some),
        }
    }

    /// Reads what is in a message.
    pub(super) fn content(
        &self,
        read: &Read,
        schema: &Schema,
        cursor: Cursor<'_>,
    ) -> Result<Value> {
        match read {
            Read::Message(node) => self.message(*node, schema, cursor),
            Read::Wrapper(scalar) => wrapped(*scalar, cursor),
            Read::Decimal(scale) => logical::read_decimal(cursor, *scale),
            Read::Date => logical::read_date(cursor),
            Read::Time => logical::read_time(cursor),
            Read::Timestamp => logical::read_timestamp(cursor),
            Read::Variant => variant(schema, cursor),
            Read::Scalar(..) | Read::Enum(_) => unreachable!("scalars and enums are no messages"),
        }
    }

    /// Returns a message without fields; null, if it cannot be without them, as a date cannot.
    fn empty(&self, read: &Read, schema: &Schema) -> Result<Value> {
        let empty = Bytes::new();
        let depth = self.depth.get();
        let value = self.content(read, schema, Cursor::new(&empty));
        self.depth.set(depth);
        match value {
            Err(error) if self.is_spent() => Err(error),
            value => Ok(value.unwrap_or_default()),
        }
    }

    /// Reads the messages in a message, whose parts are all known by now.
    fn messages(&self, node: &Node, schema: &Schema, state: &mut State<'_>) -> Result<()> {
        for (at, whole) in mem::take(&mut state.parts).into_wholes() {
            let field = &node.fields[at];
            let places = schema_of(schema, field.slot);
            let value = whole
                .read(|cursor| self.content(&field.read, places.0, cursor))
                .map_err(|error| in_field(&field.name, error))?;
            self.put(&mut state.values, field.slot, places, value)?;
        }
        Ok(())
    }

    /// Refuses the absence of what is required, and makes messages that were not there.
    fn fill(&self, node: &Node, schema: &Schema, values: &mut [Value]) -> Result<()> {
        for field in &node.fields {
            if field.absence == Absence::Fine || !is_absent(values, field.slot) {
                continue;
            }
            if field.absence == Absence::Refused {
                return Err(Error::rejected(format!(
                    "field `{}`: expected a value, which is required, found none",
                    field.name
                )));
            }
            let places = schema_of(schema, field.slot);
            let value = self.empty(&field.read, places.0)?;
            if !value.is_null() {
                self.put(values, field.slot, places, value)?;
            }
        }
        Ok(())
    }

    fn put(
        &self,
        values: &mut [Value],
        slot: Slot,
        (_, union): (&Schema, Option<&Schema>),
        value: Value,
    ) -> Result<()> {
        values[slot.field()] = match (slot, union) {
            (Slot::Member { member, .. }, Some(schema)) => {
                self.count(schema.fields().len())?;
                let mut members = vec![Value::Null; schema.fields().len()];
                members[member] = value;
                Value::Struct(Struct::from_values(schema, members)?)
            }
            _ => value,
        };
        Ok(())
    }
}

/// Returns the schema of a field, and that of the union it is in.
fn schema_of(schema: &Schema, slot: Slot) -> (&Schema, Option<&Schema>) {
    let field = schema.fields()[slot.field()].schema();
    match slot {
        Slot::Field(_) => (field, None),
        Slot::Member { member, .. } => (field.fields()[member].schema(), Some(field)),
    }
}

fn is_absent(values: &[Value], slot: Slot) -> bool {
    match (slot, &values[slot.field()]) {
        (Slot::Member { member, .. }, Value::Struct(union)) => union.values()[member].is_null(),
        (_, value) => value.is_null(),
    }
}

fn wire_of(read: &Read) -> WireType {
    match read {
        Read::Scalar(scalar, _) => scalar.wire(),
        Read::Enum(_) => WireType::Varint,
        _ => WireType::Length,
    }
}

fn refuse_wire(tag: Tag, expected: WireType) -> Result<()> {
    if tag.wire == expected {
        return Ok(());
    }
    Err(Error::rejected(format!(
        "expected {} on the wire, found {}",
        expected.name(),
        tag.wire.name()
    )))
}

/// Reads the primitive in a message like `google.protobuf.StringValue`.
fn wrapped(scalar: crate::protobuf::pool::Scalar, mut cursor: Cursor<'_>) -> Result<Value> {
    let mut value = scalar::zero(scalar);
    while !cursor.is_empty() {
        let tag = cursor.tag()?;
        if tag.number == 1 {
            refuse_wire(tag, scalar.wire())?;
            value = scalar::read(scalar, &mut cursor)?;
        } else {
            cursor.skip(tag)?;
        }
    }
    Ok(value)
}

fn variant(schema: &Schema, mut cursor: Cursor<'_>) -> Result<Value> {
    let mut parts = [Bytes::new(), Bytes::new()];
    while !cursor.is_empty() {
        let tag = cursor.tag()?;
        match (tag.number, tag.wire) {
            (number @ (1 | 2), WireType::Length) => parts[number as usize - 1] = cursor.bytes()?,
            _ => cursor.skip(tag)?,
        }
    }
    Struct::from_values(schema, parts.map(Value::Bytes).into()).map(Value::Struct)
}

fn in_field(name: &str, error: Error) -> Error {
    error.context(format!("field `{name}`"))
}
