//! [`Plan`]: which field of a message each field of a struct becomes.

use std::collections::{HashMap, HashSet};

use connect_api::{Error, Logical, Result, Schema, Str, Type};

use super::scalar;
use crate::protobuf::{
    ProtobufDataConfig,
    names::{is_identifier, scrub},
    pool::{Cardinality, Enum, Field, Kind, MessageId, Packing, Pool, Presence, Scalar},
    special::{is_union, is_variant},
};

pub(super) type NodeId = usize;

/// How a value is written, and the structs in it.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) root: Root,
    pub(super) nodes: Vec<Node>,
}

#[derive(Debug)]
pub(super) enum Root {
    Struct(NodeId),
    /// A primitive, as the only field of its wrapper.
    Wrapper(Scalar),
}

/// How a struct is written.
#[derive(Debug)]
pub(super) struct Node {
    /// The schema of the struct where it was first met.
    pub(super) schema: Schema,
    /// By number, ascending, as Java writes them.
    pub(super) fields: Vec<FieldPlan>,
    /// The fields of the struct that stand for a `oneof`.
    pub(super) unions: Vec<usize>,
}

#[derive(Debug)]
pub(super) struct FieldPlan {
    pub(super) number: u32,
    pub(super) name: Str,
    pub(super) source: Source,
    pub(super) write: Write,
    pub(super) zeros: Zeros,
}

/// Where the value of a field comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source {
    /// A field of the struct.
    Field(usize),
    /// A field of a struct in a field, which stands for a `oneof`.
    Member { union: usize, member: usize },
}

/// Whether a zero is written, or is the same as nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Zeros {
    Written,
    LeftOut,
}

/// How one value is written.
#[derive(Debug)]
pub(super) enum Write {
    Scalar(Scalar),
    Enum(Box<EnumPlan>),
    Message(NodeId),
    Wrapper(Scalar),
    Decimal,
    Date,
    Time,
    Timestamp,
    Variant,
    Repeated(Box<Self>, Packing),
    Map(Box<(FieldPlan, FieldPlan)>),
}

#[derive(Debug)]
pub(super) struct EnumPlan {
    pub(super) name: Str,
    pub(super) symbols: HashMap<Str, i32>,
}

impl EnumPlan {
    fn of(of: &Enum) -> Self {
        Self {
            name: of.name.clone(),
            symbols: of.values.iter().cloned().collect(),
        }
    }
}

impl Plan {
    pub(super) fn of(
        pool: &Pool,
        id: MessageId,
        schema: &Schema,
        config: &ProtobufDataConfig,
    ) -> Result<Self> {
        let mut planner = Planner {
            pool,
            config,
            nodes: Vec::new(),
            known: HashMap::new(),
            around: Vec::new(),
        };
        let root = match (schema.type_(), pool.wrapped(id)) {
            (Type::Struct, _) => Root::Struct(planner.node(id, schema)?),
            (_, Some(scalar)) => {
                scalar::refuse_misfit(scalar, schema)?;
                Root::Wrapper(scalar)
            }
            (of, None) => {
                return Err(Error::rejected(format!(
                    "expected a struct, found {of}, which fits a wrapper like `google.protobuf.StringValue` alone"
                )));
            }
        };
        Ok(Self {
            root,
            nodes: planner
                .nodes
                .into_iter()
                .map(|node| node.expect("every struct that was begun was ended"))
                .collect(),
        })
    }
}

struct Planner<'a> {
    pool: &'a Pool,
    config: &'a ProtobufDataConfig,
    nodes: Vec<Option<Node>>,
    /// By message and schema.
    known: HashMap<(MessageId, usize), NodeId>,
    /// The structs around the one that is planned.
    around: Vec<(MessageId, Schema, NodeId)>,
}

impl Planner<'_> {
    fn node(&mut self, id: MessageId, schema: &Schema) -> Result<NodeId> {
        if let Some(known) = self.known.get(&(id, schema.identity())) {
            return Ok(*known);
        }
        if schema.is_enclosing() {
            let same = |(known, around, _): &&(MessageId, Schema, NodeId)| {
                *known == id && around.name() == schema.name()
            };
            if let Some((.., node)) = self.around.iter().rev().find(same) {
                return Ok(*node);
            }
            if self.around.len() > self.pool.messages.len() {
                return Err(Error::rejected(format!(
                    "expected `{}` in itself as the message does, found it in other messages",
                    self.pool.messages[id].full_name
                )));
            }
        }
        let node = self.nodes.len();
        self.nodes.push(None);
        self.known.insert((id, schema.identity()), node);
        self.around.push((id, schema.clone(), node));
        let planned = self.plan(id, schema)?;
        self.around.pop();
        self.nodes[node] = Some(planned);
        Ok(node)
    }

    fn plan(&mut self, id: MessageId, schema: &Schema) -> Result<Node> {
        let mut fields = Vec::new();
        let mut unions = Vec::new();
        for (at, field) in schema.fields().iter().enumerate() {
            if !is_union(field.schema()) {
                fields.push(self.field(id, field, Source::Field(at))?);
                continue;
            }
            unions.push(at);
            for (member, of) in field.schema().fields().iter().enumerate() {
                let source = Source::Member { union: at, member };
                fields.push(self.field(id, of, source)?);
            }
        }
        self.refuse_missing(id, &fields)?;
        fields.sort_unstable_by_key(|field| field.number);
        Ok(Node {
            schema: schema.clone(),
            fields,
            unions,
        })
    }

    /// Refuses two fields that become one, and a message that requires what is not there.
    fn refuse_missing(&self, id: MessageId, fields: &[FieldPlan]) -> Result<()> {
        let mut numbers = HashSet::new();
        if let Some(twice) = fields.iter().find(|field| !numbers.insert(field.number)) {
            return Err(Error::rejected(format!(
                "expected one value for field `{}`, found two fields that become it",
                twice.name
            )));
        }
        let mut required = self.pool.messages[id].fields.iter();
        let missing = required.find(|field| {
            field.cardinality == Cardinality::Required && !numbers.contains(&field.number)
        });
        match missing {
            Some(field) => Err(Error::rejected(format!(
                "expected field `{}`, which `{}` requires, found none",
                field.name, self.pool.messages[id].full_name
            ))),
            None => Ok(()),
        }
    }

    fn field(
        &mut self,
        id: MessageId,
        field: &connect_api::Field,
        source: Source,
    ) -> Result<FieldPlan> {
        let message = &self.pool.messages[id];
        let scrubbed = scrub(field.name());
        let name: &str = match is_identifier(field.name()) && !self.config.scrub_invalid_names {
            true => field.name(),
            false => &scrubbed,
        };
        let target = message.fields.iter().find(|known| known.name == name);
        let target = target.ok_or_else(|| {
            Error::rejected(format!(
                "field `{}`: expected a field of that name in message `{}`, found none",
                field.name(),
                message.full_name
            ))
        })?;
        self.target(field.schema(), target, source)
            .map_err(|error| error.context(format!("field `{}`", field.name())))
    }

    fn target(&mut self, schema: &Schema, target: &Field, source: Source) -> Result<FieldPlan> {
        Ok(FieldPlan {
            number: target.number,
            name: target.name.clone(),
            source,
            write: self.write(schema, target)?,
            zeros: if target.presence == Presence::Implicit {
                Zeros::LeftOut
            } else {
                Zeros::Written
            },
        })
    }

    fn write(&mut self, schema: &Schema, target: &Field) -> Result<Write> {
        match (schema.type_(), target.cardinality) {
            (Type::Map, Cardinality::Repeated) => self.map(schema, target),
            (Type::Array, Cardinality::Repeated) => {
                let element = schema.value_schema().expect("an array has elements");
                let single = self.single(element, target)?;
                let packable = match &single {
                    Write::Scalar(scalar) => scalar::is_packable(*scalar),
                    Write::Enum(_) => true,
                    _ => false,
                };
                let packing = if packable {
                    target.packing
                } else {
                    Packing::Unpacked
                };
                Ok(Write::Repeated(Box::new(single), packing))
            }
            (of, Cardinality::Repeated) => Err(Error::rejected(format!(
                "expected an array or a map for a repeated field, found {of}"
            ))),
            _ => self.single(schema, target),
        }
    }

    fn map(&mut self, schema: &Schema, target: &Field) -> Result<Write> {
        let (Some(keys), Some(values)) = (schema.key_schema(), schema.value_schema()) else {
            unreachable!("a map has keys and values")
        };
        let entry = match target.kind {
            Kind::Message(id) => &self.pool.messages[id].fields,
            _ => &Vec::new(),
        };
        let part = |name: &str| entry.iter().find(|field| field.name == name);
        let (Some(key), Some(value)) = (part("key"), part("value")) else {
            return Err(Error::rejected(
                "expected repeated messages with `key` and `value` for a map, found others",
            ));
        };
        let key = self
            .target(keys, key, Source::Field(0))
            .map_err(|error| error.context("map key"))?;
        let value = self
            .target(values, value, Source::Field(1))
            .map_err(|error| error.context("map value"))?;
        Ok(Write::Map(Box::new((key, value))))
    }

    fn single(&mut self, schema: &Schema, target: &Field) -> Result<Write> {
        match target.kind {
            Kind::Scalar(scalar) => {
                scalar::refuse_misfit(scalar, schema)?;
                Ok(Write::Scalar(scalar))
            }
            Kind::Enum(id) => match schema.type_() {
                Type::String | Type::Int8 | Type::Int16 | Type::Int32 => {
                    Ok(Write::Enum(Box::new(EnumPlan::of(&self.pool.enums[id]))))
                }
                of => Err(Error::rejected(format!(
                    "expected text or an integer for enum `{}`, found {of}",
                    self.pool.enums[id].full_name
                ))),
            },
            Kind::Message(id) => self.message(schema, id),
            Kind::Group => Err(Error::rejected(
                "expected a field of a message, found a group",
            )),
        }
    }

    fn message(&mut self, schema: &Schema, id: MessageId) -> Result<Write> {
        let full_name = &*self.pool.messages[id].full_name;
        match (full_name, schema.logical()) {
            ("confluent.type.Decimal", Some(Logical::Decimal { .. })) => return Ok(Write::Decimal),
            ("google.type.Date", Some(Logical::Date)) => return Ok(Write::Date),
            ("google.type.TimeOfDay", Some(Logical::Time)) => return Ok(Write::Time),
            ("google.protobuf.Timestamp", Some(Logical::Timestamp)) => return Ok(Write::Timestamp),
            ("confluent.type.Variant", _) if is_variant(schema) => return Ok(Write::Variant),
            _ => {}
        }
        match (schema.type_(), self.pool.wrapped(id)) {
            (Type::Struct, _) if is_union(schema) => Err(Error::rejected(
                "expected a struct, found a union: put it into a struct",
            )),
            (Type::Struct, _) => self.node(id, schema).map(Write::Message),
            (_, Some(scalar)) => {
                scalar::refuse_misfit(scalar, schema)?;
                Ok(Write::Wrapper(scalar))
            }
            (of, None) => Err(Error::rejected(format!(
                "expected what fits message `{full_name}`, found {of}{}",
                schema
                    .name()
                    .map(|name| format!(" ({name})"))
                    .unwrap_or_default()
            ))),
        }
    }
}
