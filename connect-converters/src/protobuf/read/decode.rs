//! [`Decoder`]: bytes to values, by a plan.

use std::{cell::Cell, sync::Arc};

use bytes::Bytes;
use connect_api::{Error, MapBuilder, Result, Schema, Struct, Value};

use super::{
    plan::{Absence, Entry, FieldPlan, Node, NodeId, Plan, Read, Shape, Slot},
    scalar,
};
use crate::protobuf::{
    logical,
    wire::{Cursor, DEPTH, Tag, WireType, too_deep},
};

/// How many values a record may have: a short message may stand for a struct with many fields.
const VALUES: usize = 1 << 24;

/// Reads one record.
pub(super) struct Decoder<'a> {
    plan: &'a Plan,
    depth: Cell<u32>,
    values: Cell<usize>,
}

/// What was read of a message.
struct State {
    values: Vec<Value>,
    /// The maps among them, which are made at the end.
    maps: Vec<(usize, MapBuilder)>,
    /// Messages that came in several parts, by number.
    parts: Vec<u32>,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(plan: &'a Plan) -> Self {
        Self {
            plan,
            depth: Cell::new(0),
            values: Cell::new(0),
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
            parts: Vec::new(),
        };
        self.fields(node, schema, cursor.clone(), &mut state)?;
        if !state.parts.is_empty() {
            self.merge(node, schema, cursor, &mut state)?;
        }
        for (slot, map) in state.maps {
            state.values[slot] = map.build();
        }
        self.fill(node, schema, &mut state.values)?;
        self.depth.set(self.depth.get() - 1);
        Struct::from_values(schema, state.values).map(Value::Struct)
    }

    fn count(&self, more: usize) -> Result<()> {
        let values = self.values.get() + more;
        self.values.set(values);
        if values > VALUES {
            return Err(Error::rejected(format!(
                "expected at most {VALUES} values in a record, found more"
            )));
        }
        Ok(())
    }

    fn fields(
        &self,
        node: &Node,
        schema: &Schema,
        mut cursor: Cursor<'_>,
        state: &mut State,
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
            self.field((field, tag), schema, &mut cursor, state)
                .map_err(|error| in_field(&field.name, error))?;
        }
        Ok(())
    }

    fn field(
        &self,
        (field, tag): (&FieldPlan, Tag),
        schema: &Schema,
        cursor: &mut Cursor<'_>,
        state: &mut State,
    ) -> Result<()> {
        let schema = schema_of(schema, field.slot);
        match &field.shape {
            Shape::Single => {
                if field.read.is_message() && !is_absent(&state.values, field.slot) {
                    if !state.parts.contains(&field.number) {
                        state.parts.push(field.number);
                    }
                    refuse_wire(tag, WireType::Length)?;
                    cursor.nested()?;
                    return Ok(());
                }
                if let Some(value) = self.single(&field.read, tag, schema.0, cursor)? {
                    put(&mut state.values, field.slot, schema, value)?;
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
        while !cursor.is_empty() {
            let tag = cursor.tag()?;
            let (read, schema, place, name) = match tag.number {
                1 => (&entry.key.0, keys, &mut key, "map key"),
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
        for (read, schema, place) in [
            (&entry.key.0, keys, &mut key),
            (&entry.value.0, values, &mut value),
        ] {
            if place.is_null() && read.is_message() {
                *place = self.empty(read, schema);
            }
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
    fn empty(&self, read: &Read, schema: &Schema) -> Value {
        let empty = Bytes::new();
        let depth = self.depth.get();
        let value = self.content(read, schema, Cursor::new(&empty));
        self.depth.set(depth);
        value.unwrap_or_default()
    }

    /// Reads messages again that came in several parts: together they are one.
    fn merge(
        &self,
        node: &Node,
        schema: &Schema,
        mut cursor: Cursor<'_>,
        state: &mut State,
    ) -> Result<()> {
        let mut wholes: Vec<(usize, Vec<u8>)> = Vec::new();
        while !cursor.is_empty() {
            let tag = cursor.tag()?;
            let found = node
                .fields
                .binary_search_by_key(&tag.number, |field| field.number);
            if let Ok(at) = found
                && let Slot::Member { union, .. } = node.fields[at].slot
            {
                // Another member of a `oneof` ends what was read of this one.
                wholes
                    .retain(|(other, _)| *other == at || node.fields[*other].slot.field() != union);
            }
            match found {
                Ok(at) if state.parts.contains(&tag.number) => {
                    let part = cursor.bytes()?;
                    match wholes.iter_mut().find(|(known, _)| *known == at) {
                        Some((_, whole)) => whole.extend_from_slice(&part),
                        None => wholes.push((at, part.to_vec())),
                    }
                }
                _ => cursor.skip(tag)?,
            }
        }
        for (at, whole) in wholes {
            let field = &node.fields[at];
            let whole = Bytes::from(whole);
            let places = schema_of(schema, field.slot);
            let value = self
                .content(&field.read, places.0, Cursor::new(&whole))
                .map_err(|error| in_field(&field.name, error))?;
            put(&mut state.values, field.slot, places, value)?;
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
            let value = self.empty(&field.read, places.0);
            if !value.is_null() {
                put(values, field.slot, places, value)?;
            }
        }
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

fn put(
    values: &mut [Value],
    slot: Slot,
    (_, union): (&Schema, Option<&Schema>),
    value: Value,
) -> Result<()> {
    values[slot.field()] = match (slot, union) {
        (Slot::Member { member, .. }, Some(schema)) => {
            let mut members = vec![Value::Null; schema.fields().len()];
            members[member] = value;
            Value::Struct(Struct::from_values(schema, members)?)
        }
        _ => value,
    };
    Ok(())
}

fn wire_of(read: &Read) -> WireType {
    match read {
        Read::Scalar(scalar, _) => scalar::wire_of(*scalar),
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
            refuse_wire(tag, scalar::wire_of(scalar))?;
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
