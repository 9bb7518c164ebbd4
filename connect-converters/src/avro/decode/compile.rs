//! What a writer wrote and what a reader wants of it, as a plan.

use std::collections::HashMap;

use connect_api::{Error, Logical, Result, Schema, Type, Value};

use super::{DecodePlan, Elements, Field, Fields, Leaf, Plan, PlanId, Symbols, To, least::Least};
use crate::avro::{
    config::Rules,
    connect::{entry_fields, value_of},
    links::Links,
    marks,
    matching::{best_branch, is_taken, names_match},
    meaning::describe,
    schema::{AvroSchema, DEPTH, Enum, Field as AvroField, Fixed, Kind, Node, NodeId, Record},
};

/// Makes the plan by which values of `schema`, which `reader` was mapped to, are read.
///
/// Without a schema, both say any value.
pub(in crate::avro) fn compile(
    writer: AvroSchema,
    reader: &AvroSchema,
    schema: Option<&Schema>,
    rules: Rules,
) -> Result<DecodePlan> {
    let mut compiler = Compiler {
        writer: &writer,
        reader,
        rules,
        plans: Vec::new(),
        known: HashMap::new(),
        links: Links::default(),
        least: Least::new(&writer),
        depth: 0,
    };
    let (from, to) = (writer.root(), reader.root());
    let root = match schema {
        Some(schema) => compiler.node(from, to, schema)?,
        None if writer.to_string() == marks::ANYTHING => compiler.add(Plan::Anything),
        None => return Err(mismatch(&writer[from], &reader[to])),
    };
    let plans = compiler.plans;
    let raw = writer[from].kind == Kind::Bytes;
    Ok(DecodePlan {
        plans,
        root,
        raw,
        writer,
        dialect: rules.dialect,
    })
}

struct Compiler<'a> {
    writer: &'a AvroSchema,
    reader: &'a AvroSchema,
    rules: Rules,
    plans: Vec<Plan>,
    /// By the nodes and the identity of the Connect schema, all of which outlive this.
    known: HashMap<(NodeId, NodeId, usize), PlanId>,
    links: Links,
    least: Least<'a>,
    depth: usize,
}

impl<'a> Compiler<'a> {
    fn add(&mut self, plan: Plan) -> PlanId {
        let id = u32::try_from(self.plans.len()).unwrap_or(u32::MAX);
        self.plans.push(plan);
        PlanId(id)
    }

    fn node(&mut self, from: NodeId, to: NodeId, schema: &Schema) -> Result<PlanId> {
        let schema = &self.links.canonical(schema);
        let key = (from, to, schema.identity());
        if let Some(known) = self.known.get(&key) {
            return Ok(*known);
        }
        if self.depth == DEPTH {
            return Err(Error::rejected(format!(
                "Avro schema: expected at most {DEPTH} levels of types, found more"
            )));
        }
        let id = self.add(Plan::Leaf(Leaf::Null));
        self.known.insert(key, id);
        self.depth += 1;
        let plan = self.plan(from, to, schema);
        self.depth -= 1;
        match plan {
            Ok(plan) => {
                self.plans[id.0 as usize] = plan;
                Ok(id)
            }
            Err(error) => {
                // A plan that was made meanwhile may lead here.
                self.plans[id.0 as usize] = Plan::Refused(error.message().to_owned());
                self.known.remove(&key);
                Err(error)
            }
        }
    }

    fn plan(&mut self, from: NodeId, to: NodeId, schema: &Schema) -> Result<Plan> {
        let (writer, reader) = (self.writer, self.reader);
        match (&writer[from].kind, &reader[to].kind) {
            (Kind::Union(branches), _) => self.writers_union(branches, to, schema),
            (_, Kind::Union(branches)) => self.readers_union(from, branches, schema),
            _ if !is_taken(&writer[from], &reader[to], self.rules.dialect) => {
                Err(mismatch(&writer[from], &reader[to]))
            }
            (Kind::Record(from_record), Kind::Record(to_record)) => {
                let schemas: Vec<_> = schema
                    .fields()
                    .iter()
                    .map(connect_api::Field::schema)
                    .collect();
                let mut fields = self.fields(from_record, to_record, &schemas)?;
                fields.free += usize::from(self.least.of(from) == 0);
                Ok(Plan::Record {
                    schema: schema.clone(),
                    fields: Box::new(fields),
                })
            }
            (Kind::Array(from), Kind::Array(to)) if schema.type_() == Type::Map => {
                self.entries(*from, *to, schema)
            }
            (Kind::Array(from), Kind::Array(to)) => {
                let plan = self.node(*from, *to, element(schema)?);
                let plan = plan.map_err(|error| error.context("element"))?;
                Ok(Plan::Array(Elements {
                    plan,
                    least: self.least.of(*from),
                }))
            }
            (Kind::Map(from), Kind::Map(to)) => {
                let plan = self.node(*from, *to, element(schema)?);
                let plan = plan.map_err(|error| error.context("map value"))?;
                let least = self.least.of(*from).saturating_add(1);
                Ok(Plan::Map(Elements { plan, least }))
            }
            (Kind::Enum(from), Kind::Enum(to)) if names_match(&from.named, &to.named) => {
                Ok(Plan::Enum(symbols(from, to)))
            }
            (Kind::Fixed(from), Kind::Fixed(to)) if names_match(&from.named, &to.named) => {
                fixed(from, to, schema)
            }
            (one, other) => match leaf(one, other, schema) {
                Some(leaf) => Ok(Plan::Leaf(leaf)),
                None => Err(mismatch(&writer[from], &reader[to])),
            },
        }
    }

    /// A branch that the reader has no place for is an error only if it comes.
    fn writers_union(&mut self, branches: &[NodeId], to: NodeId, schema: &Schema) -> Result<Plan> {
        let mut plans = Vec::with_capacity(branches.len());
        let mut problem = None;
        for branch in branches {
            match self.node(*branch, to, schema) {
                Ok(plan) => plans.push(plan),
                Err(error) => {
                    plans.push(self.add(Plan::Refused(error.message().to_owned())));
                    problem = Some(error);
                }
            }
        }
        let is_refused = |plan: &PlanId| matches!(self.plans[plan.0 as usize], Plan::Refused(_));
        if let Some(problem) = problem
            && plans.iter().all(is_refused)
        {
            return Err(problem);
        }
        if let Some(optional) = self.writer.optional(branches) {
            let null = optional.null;
            if matches!(self.plans[plans[null].0 as usize], Plan::Leaf(Leaf::Null)) {
                return Ok(Plan::Optional {
                    null,
                    value: plans[1 - null],
                });
            }
        }
        Ok(Plan::Union(plans))
    }

    fn readers_union(
        &mut self,
        from: NodeId,
        branches: &[NodeId],
        schema: &Schema,
    ) -> Result<Plan> {
        let (writer, reader) = (self.writer, self.reader);
        let Some(index) = best_branch((writer, from), (reader, branches), self.rules.dialect)
        else {
            return Err(Error::rejected(format!(
                "expected one of the types {}, found {}",
                branches
                    .iter()
                    .map(|branch| describe(&reader[*branch]))
                    .collect::<Vec<_>>()
                    .join(", "),
                describe(&writer[from])
            )));
        };
        let branch = branches[index];
        if reader[branch].kind == Kind::Null {
            return Ok(Plan::Leaf(Leaf::Null));
        }
        let is_flat = branches.len() == 1 && self.rules.flatten;
        if is_flat || reader.optional(branches).is_some() {
            // The plan is the same, and is made again so that the node may be met on its own.
            return self.plan(from, branch, schema);
        }
        let name = marks::branch_field(&reader[branch].kind, index, self.rules);
        let Some(at) = schema.field_index(&name) else {
            return Err(Error::rejected(format!(
                "{schema}: expected a field for branch `{name}`, found none"
            )));
        };
        let value = self.node(from, branch, schema.fields()[at].schema());
        let value = value.map_err(|error| error.context(format_args!("branch `{name}`")))?;
        Ok(Plan::Branch {
            schema: schema.clone(),
            at,
            value,
        })
    }

    fn entries(&mut self, from: NodeId, to: NodeId, schema: &Schema) -> Result<Plan> {
        let (writer, reader) = (self.writer, self.reader);
        let (Kind::Record(from_record), Kind::Record(to_record)) =
            (&writer[from].kind, &reader[to].kind)
        else {
            return Err(mismatch(&writer[from], &reader[to]));
        };
        let (Some(key), Some(value)) = (schema.key_schema(), schema.value_schema()) else {
            return Err(Error::rejected(format!(
                "expected the schema of a map, found {schema}"
            )));
        };
        let key_is_first =
            entry_fields(reader, to).is_some_and(|(key, _)| to_record.fields.first() == Some(key));
        let schemas = if key_is_first {
            [key, value]
        } else {
            [value, key]
        };
        let mut fields = self.fields(from_record, to_record, &schemas)?;
        if !key_is_first {
            fields.swap();
        }
        fields.free += usize::from(self.least.of(from) == 0);
        Ok(Plan::Entries {
            entry: Box::new(fields),
            least: self.least.of(from),
        })
    }

    /// Finds each of the writer's fields by name or alias among the reader's, which `schemas` are of.
    fn fields(&mut self, from: &'a Record, to: &'a Record, schemas: &[&Schema]) -> Result<Fields> {
        let mut given = vec![false; to.fields.len()];
        let mut list = Vec::with_capacity(from.fields.len());
        let mut free = 0;
        let by_name = by_name(to);
        for field in &from.fields {
            free += usize::from(self.least.of(field.schema) == 0);
            let at = by_name
                .get(field.name.as_str())
                .copied()
                .filter(|at| !given[*at]);
            let to = match at {
                None => To::Nowhere(field.schema),
                Some(at) => {
                    given[at] = true;
                    let plan = schema_at(schemas, at)
                        .and_then(|schema| self.node(field.schema, to.fields[at].schema, schema));
                    let plan = plan
                        .map_err(|error| error.context(format_args!("field `{}`", field.name)))?;
                    To::Reader { at, plan }
                }
            };
            list.push(Field {
                name: field.name.clone(),
                to,
            });
        }
        let mut defaults = Vec::new();
        for (at, field) in to.fields.iter().enumerate().filter(|(at, _)| !given[*at]) {
            defaults.push((at, self.default(field, schema_at(schemas, at)?)?));
        }
        let straight = list.len() == to.fields.len()
            && list
                .iter()
                .enumerate()
                .all(|(i, field)| matches!(field.to, To::Reader { at, .. } if at == i));
        free += defaults.len();
        Ok(Fields {
            list,
            width: to.fields.len(),
            defaults,
            straight,
            free,
        })
    }

    fn default(&self, field: &AvroField, schema: &Schema) -> Result<Value> {
        let default = field
            .default
            .as_ref()
            .and_then(|json| value_of(self.reader, field.schema, schema, json, self.rules));
        default.ok_or_else(|| {
            let name = &field.name;
            Error::rejected(format!(
                "field `{name}`: expected a default, because the writer does not have the field, found none that fits"
            ))
        })
    }
}

impl Fields {
    /// Puts the value of an entry behind its key.
    fn swap(&mut self) {
        for field in &mut self.list {
            if let To::Reader { at, .. } = &mut field.to {
                *at = 1 - *at;
            }
        }
        for (at, _) in &mut self.defaults {
            *at = 1 - *at;
        }
        self.straight = false;
    }
}

/// Names come before aliases.
fn by_name(record: &Record) -> HashMap<&str, usize> {
    let fields = record.fields.iter().enumerate();
    let mut found: HashMap<&str, usize> = fields
        .clone()
        .map(|(at, field)| (field.name.as_str(), at))
        .collect();
    for (at, field) in fields {
        for alias in &field.aliases {
            found.entry(alias).or_insert(at);
        }
    }
    found
}

fn schema_at<'s>(schemas: &[&'s Schema], at: usize) -> Result<&'s Schema> {
    let schema = schemas.get(at).copied();
    schema.ok_or_else(|| Error::rejected("expected a schema for every field, found fewer"))
}

fn element(schema: &Schema) -> Result<&Schema> {
    schema
        .value_schema()
        .ok_or_else(|| Error::rejected(format!("expected a schema with elements, found {schema}")))
}

fn symbols(from: &Enum, to: &Enum) -> Symbols {
    let list = from.symbols.iter().map(|symbol| {
        let known = to.symbols.contains(symbol).then_some(symbol);
        match known.or(to.default.as_ref()) {
            Some(symbol) => Ok(Value::from(symbol.as_str())),
            None => Err(symbol.clone()),
        }
    });
    Symbols {
        name: to.named.name.to_string(),
        list: list.collect(),
    }
}

fn fixed(from: &Fixed, to: &Fixed, schema: &Schema) -> Result<Plan> {
    let size = from.size;
    if size != to.size {
        return Err(Error::rejected(format!(
            "fixed `{}`: expected {} bytes, found {size}",
            to.named.name, to.size
        )));
    }
    Ok(Plan::Leaf(match schema.logical() {
        Some(Logical::Decimal { scale }) => Leaf::FixedDecimal { size, scale },
        _ => Leaf::Fixed { size },
    }))
}

/// Returns how a primitive is read as another one.
fn leaf(from: &Kind, to: &Kind, schema: &Schema) -> Option<Leaf> {
    let (logical, type_) = (schema.logical(), schema.type_());
    Some(match (from, to) {
        (Kind::Null, Kind::Null) => Leaf::Null,
        (Kind::Boolean, Kind::Boolean) => Leaf::Boolean,
        (Kind::Int, Kind::Int) => match (logical, type_) {
            (Some(Logical::Date), _) => Leaf::Date,
            (Some(Logical::Time), _) => Leaf::Time,
            (_, Type::Int8) => Leaf::Int8,
            (_, Type::Int16) => Leaf::Int16,
            _ => Leaf::Int32,
        },
        (Kind::Int | Kind::Long, Kind::Long) => {
            let is_timestamp = logical == Some(Logical::Timestamp);
            match (from, is_timestamp) {
                (Kind::Int, true) => Leaf::IntToTimestamp,
                (Kind::Int, false) => Leaf::IntToInt64,
                (_, true) => Leaf::Timestamp,
                (_, false) => Leaf::Int64,
            }
        }
        (Kind::Int, Kind::Float) => Leaf::IntToFloat32,
        (Kind::Int, Kind::Double) => Leaf::IntToFloat64,
        (Kind::Long, Kind::Float) => Leaf::LongToFloat32,
        (Kind::Long, Kind::Double) => Leaf::LongToFloat64,
        (Kind::Float, Kind::Float) => Leaf::Float32,
        (Kind::Float, Kind::Double) => Leaf::FloatToFloat64,
        (Kind::Double, Kind::Double) => Leaf::Float64,
        (Kind::String | Kind::Bytes, Kind::String) => Leaf::String,
        (Kind::String | Kind::Bytes, Kind::Bytes) => match logical {
            Some(Logical::Decimal { scale }) => Leaf::Decimal { scale },
            _ => Leaf::Bytes,
        },
        _ => return None,
    })
}

fn mismatch(from: &Node, to: &Node) -> Error {
    Error::rejected(format!(
        "the reader's schema expected {}, the writer's has {}",
        describe(to),
        describe(from)
    ))
}
