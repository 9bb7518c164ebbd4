//! A [`Document`] to Connect's schema.

mod all_of;
mod enclosing;

use std::collections::HashMap;

use connect_api::{Error, Result, Schema, SchemaBuilder, Str};

use self::enclosing::Enclosing;
use super::{
    JsonSchemaDataConfig,
    document::{Additional, Combination, Document, Kind, Node, NodeId, Number, Object},
    java_map, names,
    plan::Plan,
    tree::Tree,
};

/// How deep structs, arrays and maps may be nested.
const DEPTH: usize = 200;

/// How many schemas there may be in one.
const SCHEMAS: usize = 100_000;

/// How many of them may refer to structs around them: what refers to itself in many ways has very many forms.
const OPEN: usize = 100;

/// Maps a schema; `version` is the registry's, for one that tells none itself.
pub(super) fn map(
    document: &Document,
    version: Option<i32>,
    config: &JsonSchemaDataConfig,
) -> Result<Schema> {
    let mut mapping = Mapping {
        document,
        config,
        known: HashMap::new(),
        enclosing: Enclosing::default(),
        depth: 0,
        schemas: 0,
        open: 0,
        unions: 0,
    };
    mapping.schema(document.root(), version, Presence::AsWritten)
}

struct Mapping<'a> {
    document: &'a Document,
    config: &'a JsonSchemaDataConfig,
    known: HashMap<(NodeId, Presence), Known>,
    enclosing: Enclosing,
    depth: usize,
    schemas: usize,
    open: usize,
    unions: usize,
}

/// What was mapped before.
struct Known {
    schema: Schema,
    /// Which structs around the place the schema refers to.
    referred: Vec<Option<u64>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Presence {
    AsWritten,
    Optional,
}

impl<'a> Mapping<'a> {
    fn schema(&mut self, id: NodeId, version: Option<i32>, presence: Presence) -> Result<Schema> {
        let id = self.document.resolve(id);
        let node = self.document.node(id);
        if let Some(link) = self.enclosing.refer_to(id) {
            let link = link.map_err(|error| at(node, error))?;
            return with(link, presence).build();
        }
        if let Some(known) = self.known.get(&(id, presence))
            && version.is_none()
            && self.enclosing.referred(&known.schema) == known.referred
        {
            return Ok(known.schema.clone());
        }
        self.schemas += 1;
        if self.depth == DEPTH || self.schemas == SCHEMAS {
            let bound = format!(
                "expected at most {DEPTH} levels and {SCHEMAS} schemas, found more of them, or one that contains itself \
                 without an object between"
            );
            return Err(at(node, Error::rejected(bound)));
        }
        self.depth += 1;
        let mapped = self.mapped(id, node, version, presence);
        self.depth -= 1;
        let schema = mapped?;
        self.open += usize::from(!schema.unbound().is_empty());
        if self.open > OPEN {
            let bound = format!(
                "expected at most {OPEN} schemas that refer to an object around them, found more"
            );
            return Err(at(node, Error::rejected(bound)));
        }
        if version.is_none() {
            let known = Known {
                referred: self.enclosing.referred(&schema),
                schema: schema.clone(),
            };
            self.known.insert((id, presence), known);
        }
        Ok(schema)
    }

    fn mapped(
        &mut self,
        id: NodeId,
        node: &'a Node,
        version: Option<i32>,
        presence: Presence,
    ) -> Result<Schema> {
        let builder = match &node.kind {
            Kind::Combined(_, parts)
                if parts.len() == 1 && self.config.flatten_singleton_unions =>
            {
                return self.schema(parts[0], None, Presence::AsWritten);
            }
            Kind::Combined(Combination::All, parts) => {
                return self.all_of(id, parts, version, presence);
            }
            Kind::Combined(_, parts) => {
                if let Some(present) = self.nullable(parts) {
                    return self.schema(present, version, Presence::Optional);
                }
                self.union(parts)?
            }
            Kind::Object(object, _) => self.object(id, node, object)?,
            Kind::Array(items, _) => self.array(node, *items)?,
            _ => self.scalar(node).map_err(|error| at(node, error))?,
        };
        self.attributed(builder, node, version, presence)
            .map_err(|error| at(node, error))
    }

    /// What is not made of other schemas.
    fn scalar(&self, node: &Node) -> Result<SchemaBuilder> {
        let type_ = node.connect.type_.as_ref().map(|type_| type_.as_str());
        Ok(match (&node.kind, type_) {
            (Kind::Boolean, _) => Schema::boolean(),
            (Kind::Number(Number::Integer, _), None) => Schema::int64(),
            (Kind::Number(Number::Any, _), None) => Schema::float64(),
            (Kind::Number(..), Some("int8")) => Schema::int8(),
            (Kind::Number(..), Some("int16")) => Schema::int16(),
            (Kind::Number(..), Some("int32")) => Schema::int32(),
            (Kind::Number(..), Some("int64")) => Schema::int64(),
            (Kind::Number(..), Some("float32")) => Schema::float32(),
            (Kind::Number(..), Some("float64")) => Schema::float64(),
            (Kind::Number(..), Some("bytes")) => Schema::bytes(),
            (Kind::Number(..), Some(other)) => {
                return Err(Error::rejected(format!(
                    "expected in `connect.type` one of int8, int16, int32, int64, float32, float64, bytes, found `{other}`"
                )));
            }
            (Kind::String(_), Some("bytes")) => Schema::bytes(),
            (Kind::String(_), _) => Schema::string(),
            (Kind::Const(value), _) => self.symbols(std::slice::from_ref(value)),
            (Kind::Enum(values), _) => self.symbols(values),
            (Kind::Any, _) => variant(),
            (other, _) => {
                let found = match other {
                    Kind::Never => "`false`",
                    Kind::Null => "the type null alone",
                    Kind::Reference(_) => "a reference to itself",
                    _ => "only `not` or `if`",
                };
                return Err(Error::rejected(format!(
                    "expected a schema that has a type in Connect, found {found}"
                )));
            }
        })
    }

    /// A text whose parameters tell what it may be.
    fn symbols(&self, values: &[Tree]) -> SchemaBuilder {
        let parameter = self.config.enum_parameter();
        let mut builder = Schema::string().parameter(parameter, "");
        for (i, value) in values.iter().enumerate() {
            let symbol = match value {
                Tree::Null => names::NULL_SYMBOL.to_owned(),
                Tree::String(text) => text.to_string(),
                other => other.to_text(),
            };
            let value = if self.config.generalized_sum_type_support {
                i.to_string()
            } else {
                symbol.clone()
            };
            builder = builder.parameter(format!("{parameter}.{symbol}"), value);
        }
        builder
    }

    /// Returns the other one of two schemas, if one is of null.
    fn nullable(&self, parts: &[NodeId]) -> Option<NodeId> {
        let is_null = |id: NodeId| matches!(self.document.node(id).kind, Kind::Null);
        match *parts {
            [first, second] if is_null(second) => Some(first),
            [first, second] if is_null(first) => Some(second),
            _ => None,
        }
    }

    /// A struct of which one field is there.
    fn union(&mut self, parts: &[NodeId]) -> Result<SchemaBuilder> {
        let is_general = self.config.generalized_sum_type_support;
        let name = if is_general {
            self.unions += 1;
            format!("{}{}", names::UNION, self.unions - 1)
        } else {
            names::ONE_OF.to_owned()
        };
        let mut builder = Schema::record(&name);
        if is_general {
            builder = builder.parameter(names::GENERAL_UNION, &name);
        }
        let mut index = 0;
        for &part in parts {
            if matches!(self.document.node(part).kind, Kind::Null) {
                builder = builder.optional();
                continue;
            }
            let field = if is_general {
                format!("{}field_{index}", names::UNION)
            } else {
                format!("{name}.field.{index}")
            };
            builder = builder.field(field, self.schema(part, None, Presence::Optional)?);
            index += 1;
        }
        Ok(builder)
    }

    fn array(&mut self, node: &'a Node, items: Option<NodeId>) -> Result<SchemaBuilder> {
        let Some(items) = items else {
            let error = Error::rejected("expected one schema in `items`, found none");
            return Err(at(node, error));
        };
        let is_map = node
            .connect
            .type_
            .as_ref()
            .is_some_and(|type_| type_ == "map");
        if let (true, Kind::Object(entry, _)) = (is_map, &self.document.node(items).kind) {
            let mut member = |name: &str| {
                let property = entry.properties.iter().find(|(known, _)| known == name);
                let Some((_, property)) = property else {
                    let error = format!("expected entries of a map with `{name}`, found none");
                    return Err(at(node, Error::rejected(error)));
                };
                self.schema(*property, None, Presence::AsWritten)
            };
            return Ok(Schema::map(member(names::KEY)?, member(names::VALUE)?));
        }
        Ok(Schema::array(self.schema(
            items,
            None,
            Presence::AsWritten,
        )?))
    }

    fn object(&mut self, id: NodeId, node: &'a Node, object: &'a Object) -> Result<SchemaBuilder> {
        if node
            .connect
            .type_
            .as_ref()
            .is_some_and(|type_| type_ == "map")
        {
            let Additional::Of(values) = object.additional else {
                let error = "expected a schema in `additionalProperties` of a map, found none";
                return Err(at(node, Error::rejected(error)));
            };
            let values = self.schema(values, None, Presence::AsWritten)?;
            return Ok(Schema::map(Schema::plain_string(), values));
        }
        let keeps_others = self.config.preserve_additional_properties
            && object.additional != Additional::Forbidden;
        let is_taken = object
            .properties
            .iter()
            .any(|(name, _)| name == names::ADDITIONAL);
        if keeps_others && is_taken {
            let error = format!(
                "expected with `{}` no property called `{}`, found one",
                names::PRESERVE,
                names::ADDITIONAL
            );
            return Err(at(node, Error::rejected(error)));
        }
        self.enclosing.enter(id, node, node.title.as_ref());
        let fields = self.fields(object);
        let mut builder = self.enclosing.leave(fields?);
        if keeps_others {
            let others = Schema::map(Schema::plain_string(), variant().build()?);
            builder = builder.field(names::ADDITIONAL, others.optional().build()?);
        }
        Ok(builder)
    }

    fn fields(&mut self, object: &'a Object) -> Result<SchemaBuilder> {
        let mut builder = Schema::structure();
        for (name, property) in self.ordered(object) {
            let presence = self.presence(&name, &object.required);
            builder = builder.field(name, self.schema(property, None, presence)?);
        }
        Ok(builder)
    }

    fn presence(&self, name: &Str, required: &[Str]) -> Presence {
        if self.config.use_optional_for_nonrequired && !required.contains(name) {
            Presence::Optional
        } else {
            Presence::AsWritten
        }
    }

    /// By `connect.index`; those without one fill the gaps, in the order of Java's map.
    fn ordered(&self, object: &Object) -> Vec<(Str, NodeId)> {
        let index = |id: NodeId| self.document.node(id).connect.index;
        let (mut indexed, unindexed): (Vec<_>, Vec<_>) = self
            .in_javas_order(object)
            .into_iter()
            .partition(|(_, id)| index(*id).is_some());
        indexed.sort_by_key(|(_, id)| index(*id));
        let mut ordered = Vec::with_capacity(indexed.len() + unindexed.len());
        let mut unindexed = unindexed.into_iter();
        for (name, id) in indexed {
            let place = index(id).and_then(|index| usize::try_from(index).ok());
            while ordered.len() < place.unwrap_or_default() {
                let Some(next) = unindexed.next() else { break };
                ordered.push(next);
            }
            ordered.push((name, id));
        }
        ordered.extend(unindexed);
        ordered
    }

    fn in_javas_order(&self, object: &Object) -> Vec<(Str, NodeId)> {
        let mut properties = object.properties.clone();
        java_map::put(&mut properties, |(name, _)| name);
        properties
    }

    fn attributed(
        &self,
        mut builder: SchemaBuilder,
        node: &Node,
        version: Option<i32>,
        presence: Presence,
    ) -> Result<Schema> {
        if let Some(title) = &node.title
            && !matches!(node.kind, Kind::Any | Kind::Combined(..))
        {
            builder = builder.name(title);
        }
        if let Some(version) = node.connect.version.or(version) {
            builder = builder.version(version);
        }
        if let Some(doc) = &node.description {
            builder = builder.doc(doc);
        }
        for (name, value) in &node.connect.parameters {
            builder = builder.parameter(name, value);
        }
        let schema = with(builder, presence).build()?;
        let is_decimal = schema.name().is_some_and(|name| name == DECIMAL);
        if is_decimal && schema.logical().is_none() {
            let error = "expected a decimal with the parameter `scale`, found none";
            return Err(Error::rejected(error));
        }
        self.with_default(schema, node)
    }

    /// A struct cannot be a default, as its schema would be in itself.
    fn with_default(&self, schema: Schema, node: &Node) -> Result<Schema> {
        let Some(default) = &node.default else {
            return Ok(schema);
        };
        if schema.type_() == connect_api::Type::Struct {
            return Ok(schema);
        }
        let default = Plan::of(&schema, self.config)
            .read(&default.to_text().into())
            .map_err(|error| error.context("default"))?;
        schema.to_builder().default_value(default).build()
    }
}

const DECIMAL: &str = "org.apache.kafka.connect.data.Decimal";

fn with(builder: SchemaBuilder, presence: Presence) -> SchemaBuilder {
    match presence {
        Presence::AsWritten => builder,
        Presence::Optional => builder.optional(),
    }
}

/// Any JSON.
fn variant() -> SchemaBuilder {
    Schema::record(names::VARIANT)
        .field("metadata", Schema::plain_bytes())
        .field("value", Schema::plain_bytes())
}

#[cold]
fn at(node: &Node, error: Error) -> Error {
    error.context(format_args!("json schema {}", node.path))
}
