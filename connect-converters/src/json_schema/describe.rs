//! Connect's schema to the text that Confluent registers for it.

use connect_api::{Decimal, Error, Logical, Result, Schema, Str, Type, Value};

use super::{
    JsonSchemaDataConfig, java_map, names,
    plan::Plan,
    tree::{Members, Tree},
};
use crate::DecimalFormat;

/// How deep schemas may be nested; an optional map whose keys are not text has five levels of JSON.
const DEPTH: usize = Tree::DEPTH / 5;

/// How many schemas there may be in one; one that many fields share is written for each.
const SCHEMAS: usize = 100_000;

/// Describes a schema; the order of names is that of Confluent's text.
pub(super) fn describe(schema: &Schema, config: &JsonSchemaDataConfig) -> Result<Tree> {
    let mut describing = Describing {
        config,
        enclosing: Vec::new(),
        ids: 0,
        depth: 0,
        schemas: 0,
    };
    describing.schema(schema, None, Null::AsDescribed)
}

struct Describing<'a> {
    config: &'a JsonSchemaDataConfig,
    /// The named structs around a place, with their `id` if they have one.
    enclosing: Vec<(Str, Option<Str>)>,
    ids: usize,
    depth: usize,
    schemas: usize,
}

/// Whether null is a value of what is described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Null {
    /// As the schema says.
    AsDescribed,
    /// It is said elsewhere.
    Elsewhere,
}

impl Null {
    fn is_in(self, schema: &Schema) -> bool {
        self == Self::AsDescribed && schema.is_optional()
    }
}

/// The keywords of one schema, in the order of the text.
#[derive(Default)]
struct Keywords {
    /// The type, and what Confluent writes with it.
    first: Vec<(&'static str, Tree)>,
    title: Option<Tree>,
    description: Option<Tree>,
    default: Option<Tree>,
    id: Option<Tree>,
    /// In the order of a map of Java's.
    connect: Vec<(&'static str, Tree)>,
    last: Vec<(&'static str, Tree)>,
}

impl Describing<'_> {
    fn schema(&mut self, schema: &Schema, index: Option<usize>, null: Null) -> Result<Tree> {
        self.schemas += 1;
        if self.depth > DEPTH || self.schemas > SCHEMAS {
            return Err(Error::rejected(format!(
                "expected a schema of at most {DEPTH} levels and {SCHEMAS} schemas, found more"
            )));
        }
        self.depth += 1;
        let described = self.described(schema, index, null);
        self.depth -= 1;
        described
    }

    fn described(&mut self, schema: &Schema, index: Option<usize>, null: Null) -> Result<Tree> {
        if schema.is_enclosing() {
            return self.reference(schema, index, null);
        }
        let is_variant = names::is_variant(schema);
        if names::is_union(schema) && !is_variant {
            return self.union(schema, index, null);
        }
        let is_null = null.is_in(schema);
        if schema.type_() == Type::Struct && is_null && !is_variant {
            let mut keywords = Keywords {
                id: parameter(schema, names::ID),
                ..Keywords::default()
            };
            let present = self.schema(schema, None, Null::Elsewhere)?;
            keywords.one_of(vec![null_schema(), present], index);
            return Ok(keywords.into_tree());
        }
        let mut keywords = self.shape(schema)?;
        self.attributes(schema, &mut keywords)?;
        let id = keywords.id.take().filter(|_| !is_null);
        if is_null {
            let mut outer = Keywords {
                id,
                ..Keywords::default()
            };
            outer.one_of(vec![null_schema(), keywords.into_tree()], index);
            return Ok(outer.into_tree());
        }
        keywords.id = id;
        keywords.indexed(index);
        Ok(keywords.into_tree())
    }

    /// Refers to the struct around the place.
    fn reference(&mut self, schema: &Schema, index: Option<usize>, null: Null) -> Result<Tree> {
        let mut around = self.enclosing.iter_mut().rev();
        let Some((_, id)) = around.find(|(name, _)| schema.name() == Some(name)) else {
            return Err(Error::rejected(format!(
                "expected a struct called as {schema} around it, found none"
            )));
        };
        let id = id.get_or_insert_with(|| {
            self.ids += 1;
            format!("#connect{}", self.ids).into()
        });
        let mut reference = Keywords {
            first: vec![("$ref", Tree::String(id.clone()))],
            ..Keywords::default()
        };
        if null.is_in(schema) {
            let mut keywords = Keywords::default();
            keywords.one_of(vec![null_schema(), reference.into_tree()], index);
            return Ok(keywords.into_tree());
        }
        reference.indexed(index);
        Ok(reference.into_tree())
    }

    fn union(&mut self, schema: &Schema, index: Option<usize>, null: Null) -> Result<Tree> {
        let mut schemas = Vec::with_capacity(schema.fields().len() + 1);
        if null.is_in(schema) {
            schemas.push(null_schema());
        }
        for (i, field) in schema.fields().iter().enumerate() {
            let index = (!field.schema().is_enclosing()).then_some(i);
            let described = self.schema(field.schema(), index, Null::Elsewhere);
            schemas.push(described.map_err(|error| error.context(field.name()))?);
        }
        let mut keywords = Keywords {
            id: parameter(schema, names::ID),
            ..Keywords::default()
        };
        keywords.one_of(schemas, index);
        Ok(keywords.into_tree())
    }

    fn shape(&mut self, schema: &Schema) -> Result<Keywords> {
        let mut keywords = Keywords::default();
        let (type_, connect) = match schema.type_() {
            Type::Int8 => ("integer", Some("int8")),
            Type::Int16 => ("integer", Some("int16")),
            Type::Int32 => ("integer", Some("int32")),
            Type::Int64 => ("integer", Some("int64")),
            Type::Float32 => ("number", Some("float32")),
            Type::Float64 => ("number", Some("float64")),
            Type::Boolean => ("boolean", None),
            Type::String => ("string", None),
            Type::Bytes if self.is_number(schema) => ("number", Some("bytes")),
            Type::Bytes => ("string", Some("bytes")),
            Type::Array => ("array", None),
            Type::Map if names::is_object(schema) => ("object", Some("map")),
            Type::Map => ("array", Some("map")),
            Type::Struct => ("object", None),
        };
        match self.symbols(schema) {
            Some(symbols) => keywords.first.push(("enum", symbols)),
            None if names::is_variant(schema) => {}
            None => keywords.first.push(("type", Tree::String(type_.into()))),
        }
        if let Some(connect) = connect {
            keywords
                .connect
                .push((names::TYPE, Tree::String(connect.into())));
        }
        match (schema.type_(), schema.key_schema(), schema.value_schema()) {
            (Type::Array, _, Some(elements)) => {
                let elements = self.schema(elements, None, Null::AsDescribed);
                keywords.last.push((
                    "items",
                    elements.map_err(|error| error.context("elements"))?,
                ));
            }
            (Type::Map, Some(keys), Some(values)) => {
                self.map(schema, keys, values, &mut keywords)?
            }
            (Type::Struct, ..) if !names::is_variant(schema) => {
                self.structure(schema, &mut keywords)?;
            }
            _ => {}
        }
        Ok(keywords)
    }

    fn is_number(&self, schema: &Schema) -> bool {
        self.config.decimal_format == DecimalFormat::Numeric
            && matches!(schema.logical(), Some(Logical::Decimal { .. }))
    }

    /// Returns what a text may be, in the order of a set of Java's.
    fn symbols(&self, schema: &Schema) -> Option<Tree> {
        let ours = self.config.enum_parameter();
        let parameter = [ours, names::ENUM, names::GENERAL_ENUM]
            .into_iter()
            .find(|name| schema.parameter(name).is_some())
            .filter(|_| schema.type_() == Type::String)?;
        let mut symbols: Vec<&str> = schema
            .parameters()
            .iter()
            .filter_map(|(name, _)| name.strip_prefix(parameter)?.strip_prefix('.'))
            .collect();
        // Null is in the first place of a map.
        java_map::put(&mut symbols, |symbol| {
            if *symbol == names::NULL_SYMBOL {
                ""
            } else {
                symbol
            }
        });
        let symbols = symbols.into_iter().map(|symbol| match symbol {
            names::NULL_SYMBOL => Tree::Null,
            symbol => Tree::String(symbol.into()),
        });
        Some(Tree::Array(symbols.collect()))
    }

    fn map(
        &mut self,
        schema: &Schema,
        keys: &Schema,
        values: &Schema,
        keywords: &mut Keywords,
    ) -> Result<()> {
        if names::is_object(schema) {
            let values = self
                .schema(values, None, Null::AsDescribed)
                .map_err(|error| error.context("map values"))?;
            keywords.last.push(("additionalProperties", values));
            return Ok(());
        }
        let keys = self
            .schema(keys, Some(0), Null::AsDescribed)
            .map_err(|error| error.context("map keys"))?;
        let values = self
            .schema(values, Some(1), Null::AsDescribed)
            .map_err(|error| error.context("map values"))?;
        let entry = Keywords {
            first: vec![("type", Tree::String("object".into()))],
            last: vec![(
                "properties",
                properties(vec![
                    (names::KEY.into(), keys),
                    (names::VALUE.into(), values),
                ]),
            )],
            ..Keywords::default()
        };
        keywords.last.push(("items", entry.into_tree()));
        Ok(())
    }

    fn structure(&mut self, schema: &Schema, keywords: &mut Keywords) -> Result<()> {
        let given = schema.parameter(names::ID).cloned();
        if let Some(name) = schema.name() {
            self.enclosing.push((name.clone(), given));
        }
        let fields = self.fields(schema)?;
        if schema.name().is_some() {
            let id = self.enclosing.pop().and_then(|(_, id)| id);
            keywords.id = id.map(Tree::String);
        }
        if !self.config.object_additional_properties {
            keywords
                .first
                .push(("additionalProperties", Tree::Boolean(false)));
        }
        if !fields.is_empty() {
            keywords.last.push(("properties", properties(fields)));
        }
        Ok(())
    }

    /// Confluent tells of a field that is a reference not where it stands; of one alone that is plain.
    fn fields(&mut self, schema: &Schema) -> Result<Vec<(Str, Tree)>> {
        let references = schema.fields().iter();
        let references = references.filter(|field| field.schema().is_enclosing());
        let is_alone = references.count() == 1;
        let mut fields = Vec::with_capacity(schema.fields().len());
        for (i, field) in schema.fields().iter().enumerate() {
            if self.config.preserve_additional_properties && names::is_additional(field) {
                continue;
            }
            let is_plain = is_alone && field.schema().is_enclosing();
            let described = self
                .schema(field.schema(), (!is_plain).then_some(i), Null::AsDescribed)
                .map_err(|error| error.context(format_args!("field `{}`", field.name())))?;
            fields.push((field.name().clone(), described));
        }
        Ok(fields)
    }

    fn attributes(&self, schema: &Schema, keywords: &mut Keywords) -> Result<()> {
        let text = |text: &Str| Tree::String(text.clone());
        keywords.title = schema.name().map(text);
        keywords.description = schema.doc().map(text);
        if keywords.id.is_none() {
            keywords.id = parameter(schema, names::ID);
        }
        if let Some(version) = schema.version() {
            let version = Tree::Number(version.to_string().into());
            keywords.connect.push((names::VERSION, version));
        }
        let mut parameters: Vec<(Str, Tree)> = schema
            .parameters()
            .iter()
            .filter(|(name, _)| !name.starts_with(names::NAMESPACE))
            .map(|(name, value)| (name.clone(), text(value)))
            .collect();
        if !parameters.is_empty() {
            java_map::put(&mut parameters, |(name, _)| name);
            java_map::copy(&mut parameters, |(name, _)| name);
            let parameters = Tree::Object(parameters.into_iter().collect());
            keywords.connect.push((names::PARAMETERS, parameters));
        }
        if let Some(default) = schema.default_value().filter(|default| !default.is_null()) {
            let default = self
                .default(schema, default)
                .map_err(|error| error.context("default value"))?;
            keywords.default = Some(default);
        }
        Ok(())
    }

    fn default(&self, schema: &Schema, default: &Value) -> Result<Tree> {
        let mut text = String::new();
        Plan::of(schema, self.config).write(default, &mut text)?;
        Tree::parse(&text).map(as_java)
    }
}

impl Keywords {
    fn one_of(&mut self, schemas: Vec<Tree>, index: Option<usize>) {
        self.last.push(("oneOf", Tree::Array(schemas)));
        self.indexed(index);
    }

    fn indexed(&mut self, index: Option<usize>) {
        if let Some(index) = index {
            let index = Tree::Number(index.to_string().into());
            self.connect.push((names::INDEX, index));
        }
    }

    fn into_tree(mut self) -> Tree {
        java_map::put(&mut self.connect, |(name, _)| name);
        java_map::copy(&mut self.connect, |(name, _)| name);
        let attributes = [
            ("title", self.title),
            ("description", self.description),
            ("default", self.default),
            ("id", self.id),
        ];
        let attributes = attributes
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        let keywords = self.first.into_iter().chain(attributes);
        let keywords = keywords.chain(self.connect).chain(self.last);
        Tree::Object(keywords.map(|(name, value)| (name.into(), value)).collect())
    }
}

fn properties(mut properties: Vec<(Str, Tree)>) -> Tree {
    java_map::put(&mut properties, |(name, _)| name);
    Tree::Object(properties.into_iter().collect())
}

fn null_schema() -> Tree {
    let mut members = Members::default();
    members.put("type", Tree::String("null".into()));
    Tree::Object(members)
}

fn parameter(schema: &Schema, name: &str) -> Option<Tree> {
    schema.parameter(name).map(|id| Tree::String(id.clone()))
}

/// Writes a default as Java does: without zeros at the end of a fraction, and members in the order of a map.
fn as_java(tree: Tree) -> Tree {
    match tree {
        Tree::Number(text) => Tree::Number(number_as_java(&text)),
        Tree::Array(elements) => Tree::Array(elements.into_iter().map(as_java).collect()),
        Tree::Object(members) => {
            let mut list = members.into_list();
            java_map::put(&mut list, |(name, _)| name);
            let list = list.into_iter().map(|(name, value)| (name, as_java(value)));
            Tree::Object(list.collect())
        }
        other => other,
    }
}

fn number_as_java(text: &Str) -> Str {
    if text.contains(['e', 'E']) {
        let exact: Option<Decimal> = text.parse().ok();
        return exact.map_or_else(|| text.clone(), |exact| exact.to_string().into());
    }
    match text.split_once('.') {
        // A negative zero stays one.
        Some(("-0", fraction)) if fraction.bytes().all(|digit| digit == b'0') => text.clone(),
        Some(_) => text.trim_end_matches('0').trim_end_matches('.').into(),
        None => text.clone(),
    }
}
