//! Avro's schemas to Connect's.

mod attributes;
mod defaults;

use std::collections::HashMap;

use connect_api::{Error, Result, Schema, SchemaBuilder, Str};
use serde_json::Value as Json;

pub(super) use self::defaults::value_of;
use super::{
    config::{AvroLogicalTypes, Rules},
    marks,
    schema::{AvroSchema, DEPTH, Enum, Field, Kind, Node, NodeId, Record},
};

/// Returns the Connect schema of what is written with an Avro schema; `None` if values have none.
///
/// `version` is for a schema that tells none.
pub(super) fn connect_schema(
    avro: &AvroSchema,
    version: Option<i32>,
    rules: Rules,
) -> Result<Option<Schema>> {
    if avro.to_string() == marks::ANYTHING {
        return Ok(None);
    }
    let mut mapper = Mapper {
        avro,
        rules,
        known: HashMap::new(),
        open: Vec::new(),
        opened: 0,
        mapped: 0,
        unions: 0,
        depth: 0,
    };
    let wanted = Wanted {
        version,
        ..Wanted::default()
    };
    mapper.node(avro.root(), wanted).map(Some)
}

struct Mapper<'a> {
    avro: &'a AvroSchema,
    rules: Rules,
    known: HashMap<Place, Known>,
    /// The records around the one that is being mapped.
    open: Vec<Open>,
    /// How many records were ever opened.
    opened: u64,
    /// How many schemas were made.
    mapped: usize,
    unions: usize,
    depth: usize,
}

/// How many schemas one may be mapped to.
const SCHEMAS: usize = 100_000;

/// A node, whether it is optional, and whether it has a default that only leaves a mark.
type Place = (NodeId, bool, bool);

/// What was mapped before.
struct Known {
    schema: Schema,
    /// The records around it that it refers to, each one as it was opened.
    referred: Vec<Option<u64>>,
}

/// A record that is being mapped.
struct Open {
    /// Which one of all that were ever opened.
    serial: u64,
    node: NodeId,
    name: Option<Str>,
}

/// What the place of a schema says about it.
#[derive(Clone, Copy, Default)]
struct Wanted<'a> {
    presence: Presence,
    default: Option<&'a Json>,
    doc: Option<&'a str>,
    version: Option<i32>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Presence {
    /// As the schema says.
    #[default]
    Own,
    Optional,
}

impl Wanted<'_> {
    const OPTIONAL: Self = Self {
        presence: Presence::Optional,
        default: None,
        doc: None,
        version: None,
    };

    fn is_optional(self) -> bool {
        self.presence == Presence::Optional
    }
}

impl<'a> Mapper<'a> {
    fn node(&mut self, id: NodeId, wanted: Wanted<'a>) -> Result<Schema> {
        if let Some(at) = self.open.iter().position(|open| open.node == id) {
            return self.enclosing(at, wanted);
        }
        // A struct has no default, so of one all that is left is that there was one.
        let is_record = matches!(self.avro[id].kind, Kind::Record(_));
        let is_plain = wanted.default.is_none() || is_record;
        let is_plain = is_plain && wanted.doc.is_none() && wanted.version.is_none();
        let key = (id, wanted.is_optional(), wanted.default.is_some());
        if is_plain
            && let Some(known) = self.known.get(&key)
            && known.referred == self.referred(&known.schema)
        {
            return Ok(known.schema.clone());
        }
        if self.depth == DEPTH || self.mapped == SCHEMAS {
            return Err(Error::rejected(format!(
                "Avro schema: expected at most {DEPTH} levels of types and {SCHEMAS} schemas, found more"
            )));
        }
        self.mapped += 1;
        self.depth += 1;
        let schema = self.mapped(id, wanted)?;
        self.depth -= 1;
        if is_plain {
            let referred = self.referred(&schema);
            let schema = schema.clone();
            self.known.insert(key, Known { schema, referred });
        }
        Ok(schema)
    }

    /// Returns which of the records around this place a schema refers to.
    fn referred(&self, schema: &Schema) -> Vec<Option<u64>> {
        let innermost = |name: &Str| {
            let mut open = self.open.iter().rev();
            let found = open.find(|open| open.name.as_ref() == Some(name));
            found.map(|open| open.serial)
        };
        schema.unbound().iter().map(innermost).collect()
    }

    /// Returns what stands for a record within itself.
    fn enclosing(&mut self, at: usize, wanted: Wanted<'a>) -> Result<Schema> {
        let name = self.open[at].name.clone().ok_or_else(|| {
            Error::rejected("expected a record that contains itself to have a name, found none")
        })?;
        for inner in &self.open[at + 1..] {
            if inner.name.as_ref() == Some(&name) {
                return Err(Error::rejected(format!(
                    "expected records that contain each other to have different names, found `{name}` twice"
                )));
            }
        }
        let mut builder = Schema::enclosing(name);
        if wanted.is_optional() {
            builder = builder.optional();
        }
        if let Some(doc) = wanted.doc {
            builder = builder.doc(doc);
        }
        builder.build()
    }

    fn mapped(&mut self, id: NodeId, wanted: Wanted<'a>) -> Result<Schema> {
        let avro = self.avro;
        let node = &avro[id];
        let builder = match &node.kind {
            Kind::Boolean => Schema::boolean(),
            Kind::Double => Schema::float64(),
            Kind::Float => Schema::float32(),
            Kind::String => Schema::string(),
            Kind::Int => int(node)?,
            Kind::Long => match node.logical_type() {
                Some(logical) if logical.eq_ignore_ascii_case("timestamp-millis") => {
                    Schema::timestamp()
                }
                _ => Schema::int64(),
            },
            Kind::Bytes | Kind::Fixed(_) => bytes(node)?,
            Kind::Array(element) if marks::is_map_entry(avro, *element) => {
                self.entries(*element)?
            }
            Kind::Array(element) => {
                let element = self.node(*element, Wanted::default());
                Schema::array(element.map_err(|error| error.context("element"))?)
            }
            Kind::Map(value) => {
                let value = self.node(*value, Wanted::default());
                Schema::map(
                    Schema::plain_string(),
                    value.map_err(|error| error.context("map value"))?,
                )
            }
            Kind::Record(record) => self.record(id, record)?,
            Kind::Enum(of) => self.enumeration(of),
            Kind::Union(branches) => match self.single(branches, wanted) {
                Some(single) => return single,
                None => self.union(branches)?,
            },
            Kind::Null => {
                return Err(Error::rejected(
                    "expected null only as a branch of a union with other types, found it alone",
                ));
            }
        };
        let builder = self.logical(builder, node);
        self.attributed(id, builder, wanted)
    }

    /// Keeps a logical type that Confluent does not, if that is asked for.
    fn logical(&self, builder: SchemaBuilder, node: &Node) -> SchemaBuilder {
        let Some(logical) = node.logical_type() else {
            return builder;
        };
        if self.rules.logical == AvroLogicalTypes::Confluent
            || !marks::is_unmapped(logical, &node.kind)
        {
            return builder;
        }
        let named = node.text(marks::NAME).and_then(marks::named_logical_type);
        if named == Some(logical) {
            return builder;
        }
        builder.parameter(marks::LOGICAL_TYPE, logical)
    }

    /// Maps a union that is one type, or one type and null.
    fn single(&mut self, branches: &[NodeId], wanted: Wanted<'a>) -> Option<Result<Schema>> {
        if let &[only] = branches
            && self.rules.flatten
        {
            return Some(self.node(
                only,
                Wanted {
                    doc: wanted.doc,
                    ..Wanted::default()
                },
            ));
        }
        let optional = self.avro.optional(branches)?;
        Some(self.node(
            optional.value,
            Wanted {
                doc: wanted.doc,
                ..Wanted::OPTIONAL
            },
        ))
    }

    fn union(&mut self, branches: &[NodeId]) -> Result<SchemaBuilder> {
        let mut builder = if self.rules.generalized {
            let name = format!("{}{}", marks::GENERALIZED_UNION_NAME, self.unions);
            self.unions += 1;
            Schema::record(name.as_str()).parameter(marks::GENERALIZED_UNION, name)
        } else {
            Schema::record(marks::UNION)
        };
        let mut names: Vec<String> = Vec::new();
        for (i, branch) in branches.iter().enumerate() {
            let kind = &self.avro[*branch].kind;
            if *kind == Kind::Null {
                builder = builder.optional();
                continue;
            }
            let name = marks::branch_field(kind, i, self.rules);
            if names.contains(&name) {
                return Err(Error::rejected(format!(
                    "expected a union whose branches have different names, found `{name}` twice; \
                     `enhanced.avro.schema.support` takes their full names"
                )));
            }
            let schema = self.node(*branch, Wanted::OPTIONAL);
            let schema = schema.map_err(|error| error.context(format_args!("branch `{name}`")))?;
            builder = builder.field(name.as_str(), schema);
            names.push(name);
        }
        Ok(builder)
    }

    fn entries(&mut self, entry: NodeId) -> Result<SchemaBuilder> {
        let avro = self.avro;
        let (key, value) = entry_fields(avro, entry).ok_or_else(|| {
            Error::rejected(format!(
                "expected entries of a map to have the fields `key` and `value` only, found {}",
                avro[entry].kind.describe()
            ))
        })?;
        let key = self.node(key.schema, Wanted::default());
        let key = key.map_err(|error| error.context("map key"))?;
        let value = self.node(value.schema, Wanted::default());
        Ok(Schema::map(
            key,
            value.map_err(|error| error.context("map value"))?,
        ))
    }

    fn record(&mut self, id: NodeId, record: &'a Record) -> Result<SchemaBuilder> {
        let mut builder = Schema::structure();
        let keeps_docs = self.rules.meta && !self.rules.discard;
        if let Some(doc) = record.named.doc.as_deref()
            && keeps_docs
        {
            builder = builder.parameter(marks::PARAM_RECORD_DOC, doc);
        }
        self.opened += 1;
        self.open.push(Open {
            serial: self.opened,
            node: id,
            name: attributes::name(&self.avro[id])?.map(Str::from),
        });
        for field in &record.fields {
            if let Some(doc) = field.doc.as_deref()
                && keeps_docs
            {
                builder =
                    builder.parameter(format!("{}{}", marks::PARAM_FIELD_DOC, field.name), doc);
            }
            let schema = self.field(field);
            let schema =
                schema.map_err(|error| error.context(format_args!("field `{}`", field.name)))?;
            builder = builder.field(field.name.as_str(), schema);
        }
        self.open.pop();
        Ok(builder)
    }

    fn field(&mut self, field: &'a Field) -> Result<Schema> {
        let wanted = Wanted {
            default: field.default.as_ref(),
            doc: field.doc.as_deref().filter(|_| self.rules.discard),
            ..Wanted::default()
        };
        let schema = self.node(field.schema, wanted)?;
        let Some(Json::Object(parameters)) = field.props.get(marks::PARAMETERS) else {
            return Ok(schema);
        };
        // A record within itself has the parameters that it has outside.
        if !self.rules.meta || schema.is_enclosing() {
            return Ok(schema);
        }
        let mut builder = schema.to_builder();
        for (key, value) in parameters {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            builder = builder.parameter(key.as_str(), text);
        }
        builder.build()
    }

    /// An enum is text; its name and symbols are parameters.
    fn enumeration(&self, of: &Enum) -> SchemaBuilder {
        let mut builder = Schema::string();
        if self.rules.meta {
            if let Some(doc) = of.named.doc.as_deref() {
                let key = if self.rules.discard {
                    marks::ENUM_DOC.to_owned()
                } else {
                    format!("{}{}", marks::PARAM_ENUM_DOC, of.named.name.name)
                };
                builder = builder.parameter(key, doc);
            }
            if let Some(default) = of.default.as_deref()
                && !self.rules.discard
            {
                let key = format!("{}{}", marks::PARAM_ENUM_DEFAULT, of.named.name.name);
                builder = builder.parameter(key, default);
            }
        }
        let name = if self.rules.generalized {
            marks::GENERALIZED_ENUM
        } else {
            marks::ENUM
        };
        builder = builder.parameter(name, of.named.name.to_string());
        for (i, symbol) in of.symbols.iter().enumerate() {
            let value = if self.rules.generalized {
                i.to_string()
            } else {
                symbol.clone()
            };
            builder = builder.parameter(format!("{name}.{symbol}"), value);
        }
        builder
    }
}

/// Returns the fields of an entry of a map, if it has those two alone.
pub(super) fn entry_fields(avro: &AvroSchema, entry: NodeId) -> Option<(&Field, &Field)> {
    let Kind::Record(record) = &avro[entry].kind else {
        return None;
    };
    let field = |name: &str| record.fields.iter().find(|field| field.name == name);
    (record.fields.len() == 2).then_some(())?;
    Some((field("key")?, field("value")?))
}

fn int(node: &Node) -> Result<SchemaBuilder> {
    if let Some(logical) = node.logical_type() {
        return Ok(if logical.eq_ignore_ascii_case("date") {
            Schema::date()
        } else if logical.eq_ignore_ascii_case("time-millis") {
            Schema::time()
        } else {
            Schema::int32()
        });
    }
    match node.text(marks::TYPE) {
        None => Ok(Schema::int32()),
        Some("int8") => Ok(Schema::int8()),
        Some("int16") => Ok(Schema::int16()),
        Some(other) => Err(Error::rejected(format!(
            "`{}` of an int: expected int8 or int16, found `{other}`",
            marks::TYPE
        ))),
    }
}

fn bytes(node: &Node) -> Result<SchemaBuilder> {
    let is_decimal = node
        .logical_type()
        .is_some_and(|logical| logical.eq_ignore_ascii_case("decimal"));
    let number = |json: &Json| json.as_i64().and_then(|wide| i32::try_from(wide).ok());
    let mut builder = if is_decimal {
        let scale = node.props.get("scale").and_then(number).unwrap_or(0);
        let builder = Schema::decimal(scale);
        match node
            .props
            .get("precision")
            .map(|json| number(json).ok_or(json))
        {
            None => builder,
            Some(Ok(marks::DEFAULT_PRECISION)) => builder,
            Some(Ok(precision)) => builder.parameter(marks::PRECISION, precision.to_string()),
            Some(Err(other)) => {
                return Err(Error::rejected(format!(
                    "`precision` of a decimal: expected a number, found {other}"
                )));
            }
        }
    } else {
        Schema::bytes()
    };
    if let Kind::Fixed(fixed) = &node.kind {
        builder = builder.parameter(marks::FIXED_SIZE, fixed.size.to_string());
    }
    Ok(builder)
}
