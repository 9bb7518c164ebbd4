//! [`Plan`]: how values of one schema are written and read.

mod ahead;
mod read;
mod union;
mod write;

use std::collections::HashMap;

use connect_api::{Schema, Str, Type, json};

use super::{JsonSchemaDataConfig, names};
use crate::json::Rules;

/// Everything about a schema that a record would otherwise ask for again.
#[derive(Debug)]
pub(super) struct Plan {
    nodes: Vec<Node>,
    root: usize,
    rules: Rules,
}

#[derive(Debug)]
struct Node {
    schema: Schema,
    shape: Shape,
}

/// How a value looks in JSON.
#[derive(Debug)]
enum Shape {
    /// As the JSON converter has it.
    Scalar,
    /// A text that a number or a boolean may stand for.
    Symbol,
    Array(usize),
    /// A map as an object.
    Object(usize),
    /// A map as an array of objects with `key` and `value`.
    Entries(usize, usize),
    Struct(Vec<Member>, Additional),
    /// One of the fields, without its name.
    Union(Vec<usize>),
    /// Any JSON.
    Variant,
}

#[derive(Debug)]
struct Member {
    node: usize,
    /// `"name":`
    opening: String,
}

/// Where what the schema does not name is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Additional {
    Dropped,
    /// In this field.
    Field(usize),
}

impl Plan {
    pub(super) fn of(schema: &Schema, config: &JsonSchemaDataConfig) -> Self {
        let mut compiling = Compiling {
            nodes: Vec::new(),
            known: HashMap::new(),
            repeated: Vec::new(),
            config,
        };
        let root = compiling.node(schema);
        Self {
            nodes: compiling.nodes,
            root,
            rules: config.rules(),
        }
    }

    fn node(&self, at: usize) -> &Node {
        &self.nodes[at]
    }
}

struct Compiling<'a> {
    nodes: Vec<Node>,
    /// By identity: a schema that is met in many places has one plan.
    known: HashMap<usize, usize>,
    /// What stands for a struct around it has one plan, however often it is met.
    repeated: Vec<(Schema, usize)>,
    config: &'a JsonSchemaDataConfig,
}

impl Compiling<'_> {
    fn node(&mut self, schema: &Schema) -> usize {
        if let Some(&known) = self.known.get(&schema.identity()) {
            return known;
        }
        if schema.is_enclosing()
            && let Some((_, known)) = self.repeated.iter().find(|(known, _)| known == schema)
        {
            return *known;
        }
        let at = self.nodes.len();
        self.nodes.push(Node {
            schema: schema.clone(),
            shape: Shape::Scalar,
        });
        self.known.insert(schema.identity(), at);
        if schema.is_enclosing() {
            self.repeated.push((schema.clone(), at));
        }
        self.nodes[at].shape = self.shape(schema);
        at
    }

    fn shape(&mut self, schema: &Schema) -> Shape {
        match (schema.type_(), schema.key_schema(), schema.value_schema()) {
            (Type::Array, _, Some(elements)) => Shape::Array(self.node(elements)),
            (Type::Map, _, Some(values)) if names::is_object(schema) => {
                Shape::Object(self.node(values))
            }
            (Type::Map, Some(keys), Some(values)) => {
                Shape::Entries(self.node(keys), self.node(values))
            }
            (Type::Struct, ..) if names::is_variant(schema) => Shape::Variant,
            (Type::Struct, ..) if names::is_union(schema) => {
                let fields = schema.fields().iter();
                Shape::Union(fields.map(|field| self.node(field.schema())).collect())
            }
            (Type::Struct, ..) => self.structure(schema),
            (Type::String, ..) if is_enum(schema) => Shape::Symbol,
            _ => Shape::Scalar,
        }
    }

    fn structure(&mut self, schema: &Schema) -> Shape {
        let additional = if self.config.preserve_additional_properties {
            let place = schema.fields().iter().position(names::is_additional);
            place.map_or(Additional::Dropped, Additional::Field)
        } else {
            Additional::Dropped
        };
        let members = schema
            .fields()
            .iter()
            .map(|field| Member {
                node: self.node(field.schema()),
                opening: opening(field.name()),
            })
            .collect();
        Shape::Struct(members, additional)
    }
}

fn is_enum(schema: &Schema) -> bool {
    [names::ENUM, names::GENERAL_ENUM]
        .iter()
        .any(|name| schema.parameter(name).is_some())
}

fn opening(name: &Str) -> String {
    let mut out = String::new();
    json::write_string(name, &mut out);
    out.push(':');
    out
}
