//! [`Plan`]: what becomes of the fields of messages, worked out once per schema.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use connect_api::{Error, Result, Str, Value};

use super::scalar;
use crate::protobuf::{
    ProtobufDataConfig,
    layout::{Layout, Meaning, Place},
    pool::{Cardinality, Enum, EnumId, Field, Kind, MessageId, Openness, Pool, Presence, Scalar},
};

pub(super) type NodeId = usize;

/// How messages are read, and the messages in them.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) root: NodeId,
    pub(super) nodes: Vec<Node>,
}

/// How one message is read.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// By number, ascending.
    pub(super) fields: Vec<FieldPlan>,
    /// What the fields of the struct are before anything is read.
    pub(super) start: Vec<Value>,
}

#[derive(Debug)]
pub(super) struct FieldPlan {
    pub(super) number: u32,
    pub(super) name: Str,
    pub(super) slot: Slot,
    pub(super) shape: Shape,
    pub(super) read: Read,
    pub(super) absence: Absence,
}

/// Where a value goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Slot {
    /// Into a field of the struct.
    Field(usize),
    /// Into a field of a struct in a field, which stands for a `oneof`.
    Member { union: usize, member: usize },
}

impl Slot {
    /// Returns the field of the struct, whether it is a union or not.
    pub(super) fn field(self) -> usize {
        match self {
            Self::Field(at) | Self::Member { union: at, .. } => at,
        }
    }
}

#[derive(Debug)]
pub(super) enum Shape {
    Single,
    Repeated,
    /// Key and value of an entry.
    Map(Box<Entry>),
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: (Read, Value),
    pub(super) value: (Read, Value),
}

/// What an absent field is, beyond what the struct starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absence {
    Fine,
    /// An error.
    Refused,
    /// A message without fields.
    Filled,
}

/// What one value is.
#[derive(Clone, Debug)]
pub(super) enum Read {
    Scalar(Scalar, Width),
    Enum(Arc<EnumPlan>),
    Message(NodeId),
    Wrapper(Scalar),
    /// With the scale of the schema.
    Decimal(i32),
    Date,
    Time,
    Timestamp,
    Variant,
}

impl Read {
    /// Returns whether it is a message, whose parts may come one after the other.
    pub(super) fn is_message(&self) -> bool {
        !matches!(self, Self::Scalar(..) | Self::Enum(_))
    }
}

/// How many bits of an integer Connect has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    Full,
    Int8,
    Int16,
}

#[derive(Debug)]
pub(super) struct EnumPlan {
    name: Str,
    openness: Openness,
    /// The first symbol with a number counts.
    symbols: HashMap<i32, Str>,
    form: EnumForm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EnumForm {
    Number,
    Symbol,
}

impl EnumPlan {
    fn of(of: &Enum, config: &ProtobufDataConfig) -> Self {
        let mut symbols = HashMap::new();
        for (symbol, number) in &of.values {
            symbols.entry(*number).or_insert_with(|| symbol.clone());
        }
        Self {
            name: of.name.clone(),
            openness: of.openness,
            symbols,
            form: if config.int_for_enums {
                EnumForm::Number
            } else {
                EnumForm::Symbol
            },
        }
    }

    /// Returns the value of a number; `None` if it is as if it were not there.
    pub(super) fn value(&self, number: i32) -> Option<Value> {
        let symbol = self.symbols.get(&number);
        if symbol.is_none() && self.openness == Openness::Closed {
            return None;
        }
        Some(match (self.form, symbol) {
            (EnumForm::Number, _) => Value::Int32(number),
            (EnumForm::Symbol, Some(symbol)) => Value::String(symbol.clone()),
            // As Java's library calls it.
            (EnumForm::Symbol, None) => {
                Value::from(format!("UNKNOWN_ENUM_VALUE_{}_{number}", self.name))
            }
        })
    }
}

impl Plan {
    /// Returns a plan without messages.
    pub(super) fn empty() -> Self {
        Self {
            root: 0,
            nodes: Vec::new(),
        }
    }

    pub(super) fn of(pool: &Pool, id: MessageId, config: &ProtobufDataConfig) -> Result<Self> {
        let mut planner = Planner {
            pool,
            config,
            nodes: Vec::new(),
            known: HashMap::new(),
        };
        let root = planner.node(id)?;
        Ok(Self {
            root,
            nodes: planner.nodes,
        })
    }
}

struct Planner<'a> {
    pool: &'a Pool,
    config: &'a ProtobufDataConfig,
    nodes: Vec<Node>,
    known: HashMap<MessageId, NodeId>,
}

impl Planner<'_> {
    fn node(&mut self, id: MessageId) -> Result<NodeId> {
        if let Some(known) = self.known.get(&id) {
            return Ok(*known);
        }
        let node = self.nodes.len();
        self.known.insert(id, node);
        self.nodes.push(Node::default());
        let message = &self.pool.messages[id];
        let places = Layout::of(message, self.config).places;
        let mut start = vec![Value::Null; places.len()];
        let mut fields = Vec::with_capacity(message.fields.len());
        for (slot, place) in places.iter().enumerate() {
            match place {
                Place::Union { members, .. } => {
                    for (member, at) in members.iter().enumerate() {
                        let slot = Slot::Member {
                            union: slot,
                            member,
                        };
                        fields.push(self.field(id, &message.fields[*at], slot)?.0);
                    }
                }
                Place::Field { at, .. } => {
                    let (plan, absent) = self.field(id, &message.fields[*at], Slot::Field(slot))?;
                    start[slot] = absent;
                    fields.push(plan);
                }
            }
        }
        fields.sort_unstable_by_key(|field| field.number);
        self.nodes[node] = Node { fields, start };
        Ok(node)
    }

    /// Returns how a field is read, and what it is before that.
    fn field(
        &mut self,
        around: MessageId,
        field: &Field,
        slot: Slot,
    ) -> Result<(FieldPlan, Value)> {
        let built = self.build_field(around, field, slot);
        built.map_err(|error| error.context(format!("field `{}`", field.name)))
    }

    fn build_field(
        &mut self,
        around: MessageId,
        field: &Field,
        slot: Slot,
    ) -> Result<(FieldPlan, Value)> {
        let read = self.read(field)?;
        let (shape, start) = match self.pool.entry(field) {
            Some((key, value)) => {
                let entry = Entry {
                    key: (self.read(key)?, self.zero(key)?),
                    value: (self.read(value)?, self.zero(value)?),
                };
                (
                    Shape::Map(Box::new(entry)),
                    Value::Map(Arc::new(Vec::new())),
                )
            }
            None if field.cardinality == Cardinality::Repeated => {
                (Shape::Repeated, Value::Array(Arc::new(Vec::new())))
            }
            None => (Shape::Single, self.absent(field)?),
        };
        let plan = FieldPlan {
            number: field.number,
            name: field.name.clone(),
            slot,
            shape,
            read,
            absence: self.absence(around, field),
        };
        Ok((plan, start))
    }

    fn absence(&self, around: MessageId, field: &Field) -> Absence {
        match (field.cardinality, field.kind) {
            (Cardinality::Required, _) => Absence::Refused,
            (Cardinality::Single, Kind::Message(id))
                if self.config.generate_struct_for_nulls
                    && field.oneof.is_none()
                    && !self.reaches(id, around) =>
            {
                Absence::Filled
            }
            _ => Absence::Fine,
        }
    }

    /// Returns whether a message leads to another one, or is it.
    fn reaches(&self, from: MessageId, to: MessageId) -> bool {
        let mut seen = HashSet::new();
        let mut open = vec![from];
        while let Some(id) = open.pop() {
            if id == to {
                return true;
            }
            if seen.insert(id) {
                open.extend(self.pool.messages[id].fields.iter().filter_map(
                    |field| match field.kind {
                        Kind::Message(id) => Some(id),
                        _ => None,
                    },
                ));
            }
        }
        false
    }

    /// Returns what a single field is that nothing was read of.
    fn absent(&self, field: &Field) -> Result<Value> {
        let is_null = field.oneof.is_some()
            || field.cardinality == Cardinality::Required
            || match field.presence {
                Presence::Implicit => false,
                Presence::Explicit => true,
                Presence::Proto3Optional => !self.config.generate_struct_for_nulls,
                Presence::Proto2Optional => {
                    self.config.optional_for_proto2 && !self.config.generate_struct_for_nulls
                }
            };
        if is_null {
            return Ok(Value::Null);
        }
        self.zero(field)
    }

    /// Returns the default of a scalar or an enum; messages have none here.
    fn zero(&self, field: &Field) -> Result<Value> {
        let default = field.default.as_deref();
        match field.kind {
            Kind::Scalar(scalar) => {
                let zero = match default {
                    Some(text) => scalar::parse(scalar, text)?,
                    None => scalar::zero(scalar),
                };
                scalar::narrow(zero, width(scalar, field))
            }
            Kind::Enum(id) => self.zero_of_enum(id, default),
            Kind::Message(_) | Kind::Group => Ok(Value::Null),
        }
    }

    fn zero_of_enum(&self, id: EnumId, default: Option<&str>) -> Result<Value> {
        let of = &self.pool.enums[id];
        let mut values = of.values.iter();
        let first = match default {
            Some(name) => values.find(|(symbol, _)| symbol == name),
            None => values.next(),
        };
        let (_, number) = first.ok_or_else(|| {
            let name = default.unwrap_or("a first one");
            Error::rejected(format!(
                "expected the symbol {name} in enum `{}`, found none",
                of.full_name
            ))
        })?;
        Ok(EnumPlan::of(of, self.config)
            .value(*number)
            .unwrap_or_default())
    }

    fn read(&mut self, field: &Field) -> Result<Read> {
        match field.kind {
            Kind::Scalar(scalar) => Ok(Read::Scalar(scalar, width(scalar, field))),
            Kind::Enum(id) => {
                let of = EnumPlan::of(&self.pool.enums[id], self.config);
                Ok(Read::Enum(Arc::new(of)))
            }
            Kind::Message(_) if self.pool.entry(field).is_some() => Ok(Read::Variant),
            Kind::Message(id) => Ok(match Meaning::of(self.pool, id, self.config) {
                Meaning::Decimal => {
                    let scale = field.parameter("scale").and_then(|told| told.parse().ok());
                    Read::Decimal(scale.unwrap_or(0))
                }
                Meaning::Date => Read::Date,
                Meaning::Time => Read::Time,
                Meaning::Timestamp => Read::Timestamp,
                Meaning::Variant => Read::Variant,
                Meaning::Wrapper(scalar) => Read::Wrapper(scalar),
                Meaning::Struct => Read::Message(self.node(id)?),
            }),
            Kind::Group => Err(Error::rejected(
                "expected a scalar, an enum or a message, found a group",
            )),
        }
    }
}

fn width(scalar: Scalar, field: &Field) -> Width {
    let is_small = matches!(scalar, Scalar::Int32 | Scalar::SInt32 | Scalar::SFixed32);
    match field.parameter("connect.type").filter(|_| is_small) {
        Some("int8") => Width::Int8,
        Some("int16") => Width::Int16,
        _ => Width::Full,
    }
}
