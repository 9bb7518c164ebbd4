//! A Connect schema and an Avro schema to a plan.

use std::collections::HashMap;

use connect_api::{Error, Logical, Result, Schema, Type};

use super::{
    EncodePlan, EntryStep, Leaf, Plan, PlanId, Step, Union,
    defaults::binary,
    fit::{best_branch, is_stored_in},
};
use crate::{
    avro::{
        config::Rules,
        connect::entry_fields,
        links::Links,
        marks,
        meaning::describe,
        schema::{AvroSchema, DEPTH, Kind, Node, NodeId, Record},
    },
    nulls::Nulls,
};

/// Makes the plan by which values of `schema` are written with `avro`.
pub(in crate::avro) fn compile(
    schema: Option<&Schema>,
    avro: &AvroSchema,
    rules: Rules,
) -> Result<EncodePlan> {
    let mut compiler = Compiler {
        avro,
        rules,
        plans: Vec::new(),
        known: HashMap::new(),
        links: Links::default(),
        depth: 0,
    };
    let root = match schema {
        Some(schema) => compiler.node(avro.root(), schema)?,
        None if avro.to_string() == marks::ANYTHING => compiler.add(Plan::Anything),
        None => {
            return Err(Error::rejected(format!(
                "expected values with a schema for {}, found one without",
                describe(&avro[avro.root()])
            )));
        }
    };
    Ok(EncodePlan {
        plans: compiler.plans,
        root,
        raw: avro[avro.root()].kind == Kind::Bytes,
    })
}

struct Compiler<'a> {
    avro: &'a AvroSchema,
    rules: Rules,
    plans: Vec<Plan>,
    /// By the node and the identity of the Connect schema, which outlives this.
    known: HashMap<(NodeId, usize), PlanId>,
    links: Links,
    depth: usize,
}

impl Compiler<'_> {
    fn add(&mut self, plan: Plan) -> PlanId {
        let id = u32::try_from(self.plans.len()).unwrap_or(u32::MAX);
        self.plans.push(plan);
        PlanId(id)
    }

    fn node(&mut self, id: NodeId, schema: &Schema) -> Result<PlanId> {
        let schema = &self.links.canonical(schema);
        let key = (id, schema.identity());
        if let Some(known) = self.known.get(&key) {
            return Ok(*known);
        }
        if self.depth == DEPTH {
            return Err(Error::rejected(format!(
                "expected at most {DEPTH} levels of types, found more"
            )));
        }
        let plan = self.add(Plan::Anything);
        self.known.insert(key, plan);
        self.depth += 1;
        self.plans[plan.0 as usize] = self.plan(id, schema)?;
        self.depth -= 1;
        Ok(plan)
    }

    fn plan(&mut self, id: NodeId, schema: &Schema) -> Result<Plan> {
        let avro = self.avro;
        let node = &avro[id];
        if let Kind::Union(branches) = &node.kind {
            return if marks::is_union(schema) {
                self.union(branches, schema)
            } else {
                self.branch(branches, schema)
            };
        }
        if !is_stored_in(schema, node, self.rules) {
            return Err(mismatch(schema, node));
        }
        match (schema.type_(), &node.kind) {
            (Type::Array, Kind::Array(of)) => {
                Ok(Plan::Array(self.element(*of, schema, "element")?))
            }
            (Type::Map, Kind::Map(of)) => Ok(Plan::Map(self.element(*of, schema, "map value")?)),
            (Type::Map, Kind::Array(of)) => self.entries(*of, schema),
            (Type::Struct, Kind::Record(record)) => self.record(record, schema),
            (Type::String, Kind::Enum(of)) => {
                let symbols = of.symbols.iter().zip(0..);
                Ok(Plan::Enum {
                    name: of.named.name.to_string(),
                    indexes: symbols
                        .map(|(symbol, index)| (symbol.clone(), index))
                        .collect(),
                })
            }
            _ => leaf(schema, node)
                .map(Plan::Leaf)
                .ok_or_else(|| mismatch(schema, node)),
        }
    }

    /// Finds the branch of values that are no union themselves.
    fn branch(&mut self, branches: &[NodeId], schema: &Schema) -> Result<Plan> {
        let Some(branch) = best_branch(self.avro, branches, schema, self.rules) else {
            let types = branches.iter().map(|branch| describe(&self.avro[*branch]));
            return Err(Error::rejected(format!(
                "expected one of the types {}, found {schema}",
                types.collect::<Vec<_>>().join(", ")
            )));
        };
        let value = self.add(Plan::Anything);
        self.depth += 1;
        self.plans[value.0 as usize] = self.plan(branches[branch], schema)?;
        self.depth -= 1;
        Ok(Plan::Optional {
            null: self.null(branches),
            branch: index(branch),
            value,
        })
    }

    fn union(&mut self, branches: &[NodeId], schema: &Schema) -> Result<Plan> {
        let avro = self.avro;
        let mut plans = Vec::with_capacity(schema.fields().len());
        for field in schema.fields() {
            let mut named = branches.iter().enumerate();
            let named = named.find(|(i, branch)| {
                let kind = &avro[**branch].kind;
                *kind != Kind::Null && marks::branch_field(kind, *i, self.rules) == **field.name()
            });
            let found = match named {
                Some((i, _)) => Some(i),
                None => best_branch(avro, branches, field.schema(), self.rules),
            };
            let place = || format!("branch `{}`", field.name());
            let found = found.ok_or_else(|| {
                Error::rejected(format!(
                    "{}: expected one that the union has, found none",
                    place()
                ))
            })?;
            let plan = self.node(branches[found], field.schema());
            plans.push((index(found), plan.map_err(|error| error.context(place()))?));
        }
        Ok(Plan::Union(Union {
            schema: schema.clone(),
            null: self.null(branches),
            branches: plans,
        }))
    }

    fn null(&self, branches: &[NodeId]) -> Option<i64> {
        let null = branches
            .iter()
            .position(|branch| self.avro[*branch].kind == Kind::Null);
        null.map(index)
    }

    fn element(&mut self, id: NodeId, schema: &Schema, place: &str) -> Result<PlanId> {
        let element = schema.value_schema().ok_or_else(|| {
            Error::rejected(format!("expected a schema with elements, found {schema}"))
        })?;
        self.node(id, element).map_err(|error| error.context(place))
    }

    fn entries(&mut self, id: NodeId, schema: &Schema) -> Result<Plan> {
        let avro = self.avro;
        let (Some((key, value)), Some(of_key), Some(of_value)) = (
            entry_fields(avro, id),
            schema.key_schema(),
            schema.value_schema(),
        ) else {
            return Err(mismatch(schema, &avro[id]));
        };
        let key_plan = self.node(key.schema, of_key);
        let key_plan = EntryStep::Key(key_plan.map_err(|error| error.context("map key"))?);
        let value_plan = self.node(value.schema, of_value);
        let value_plan = EntryStep::Value(value_plan.map_err(|error| error.context("map value"))?);
        let Kind::Record(record) = &avro[id].kind else {
            return Err(mismatch(schema, &avro[id]));
        };
        let key_is_first = record.fields.first() == Some(key);
        Ok(Plan::Entries(if key_is_first {
            vec![key_plan, value_plan]
        } else {
            vec![value_plan, key_plan]
        }))
    }

    fn record(&mut self, record: &Record, schema: &Schema) -> Result<Plan> {
        let mut unwritten: HashMap<String, usize> = HashMap::new();
        for (at, field) in schema.fields().iter().enumerate() {
            unwritten.insert(marks::field_name(field.name(), self.rules), at);
        }
        let mut steps = Vec::with_capacity(record.fields.len());
        for avro_field in &record.fields {
            let name = &avro_field.name;
            let step = match unwritten.remove(name) {
                Some(at) => {
                    let field = &schema.fields()[at];
                    let plan = self.node(avro_field.schema, field.schema());
                    let plan =
                        plan.map_err(|error| error.context(format_args!("field `{name}`")))?;
                    let default = field.schema().default_value().cloned();
                    let default = default.filter(|_| self.rules.nulls == Nulls::Replaced);
                    Step::Field {
                        name: name.clone(),
                        at,
                        plan,
                        default,
                    }
                }
                None => {
                    let json = avro_field.default.as_ref();
                    let constant = json.and_then(|json| binary(self.avro, avro_field.schema, json));
                    Step::Constant(constant.ok_or_else(|| {
                        Error::rejected(format!(
                            "field `{name}` of the registered schema: expected a default, because {schema} does not \
                             have the field, found none that fits"
                        ))
                    })?)
                }
            };
            steps.push(step);
        }
        if let Some(name) = unwritten.into_keys().min() {
            return Err(Error::rejected(format!(
                "field `{name}`: expected a place for it in record `{}`, found none",
                record.named.name
            )));
        }
        Ok(Plan::Record {
            schema: schema.clone(),
            steps,
        })
    }
}

fn index(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}

/// Returns how a value that contains no other is written.
fn leaf(schema: &Schema, node: &Node) -> Option<Leaf> {
    let logical = schema.logical();
    Some(match (schema.type_(), &node.kind) {
        (Type::Boolean, Kind::Boolean) => Leaf::Boolean,
        (Type::Int32, Kind::Int | Kind::Long) if logical == Some(Logical::Date) => Leaf::Date,
        (Type::Int32, Kind::Int | Kind::Long) if logical == Some(Logical::Time) => Leaf::Time,
        (Type::Int8 | Type::Int16 | Type::Int32, Kind::Int) => Leaf::Int,
        (Type::Int64, Kind::Long) if logical == Some(Logical::Timestamp) => Leaf::Timestamp,
        (Type::Int8 | Type::Int16 | Type::Int32 | Type::Int64, Kind::Long) => Leaf::Long,
        (Type::Int8 | Type::Int16 | Type::Float32, Kind::Float) if logical.is_none() => Leaf::Float,
        (Type::Int8 | Type::Int16 | Type::Int32 | Type::Float32 | Type::Float64, Kind::Double)
            if logical.is_none() =>
        {
            Leaf::Double
        }
        (Type::String, Kind::String | Kind::Bytes) => Leaf::String,
        (Type::Bytes, Kind::Bytes) => match logical {
            Some(Logical::Decimal { scale }) => Leaf::Decimal { scale },
            _ => Leaf::Bytes,
        },
        (Type::Bytes, Kind::Fixed(fixed)) => match logical {
            Some(Logical::Decimal { scale }) => Leaf::FixedDecimal {
                size: fixed.size,
                scale,
            },
            _ => Leaf::Fixed { size: fixed.size },
        },
        _ => return None,
    })
}

fn mismatch(schema: &Schema, node: &Node) -> Error {
    Error::rejected(format!(
        "expected values for {}, found those of {schema}",
        describe(node)
    ))
}
