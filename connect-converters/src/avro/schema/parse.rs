//! Text to schemas.

use std::collections::HashMap;

use connect_api::{Error, Result};
use serde_json::{Map, Value as Json};

use super::{AvroSchema, DEPTH, Enum, Field, Fixed, FullName, Kind, Named, NodeId, Props, Record};
use crate::registry::Resolved;

/// Attributes with a meaning in every schema; what else there is, is kept.
const RESERVED: &[&str] = &[
    "doc",
    "fields",
    "items",
    "name",
    "namespace",
    "size",
    "symbols",
    "values",
    "type",
    "aliases",
];

const FIELD_RESERVED: &[&str] = &["default", "doc", "name", "order", "type", "aliases"];

impl AvroSchema {
    /// Reads a schema that refers to no other one.
    pub(in crate::avro) fn parse(text: &str) -> Result<Self> {
        let mut parser = Parser::new();
        let root = parser.text(text)?;
        parser.finish(root)
    }

    /// Reads a schema; the ones that it refers to are read first.
    pub(in crate::avro) fn resolve(resolved: &Resolved) -> Result<Self> {
        let mut parser = Parser::new();
        parser.references(resolved, 0)?;
        let root = parser.text(&resolved.text)?;
        parser.finish(root)
    }
}

struct Parser {
    schema: AvroSchema,
    names: HashMap<FullName, NodeId>,
    /// Where the reader stands, for messages.
    path: Vec<String>,
}

impl Parser {
    fn new() -> Self {
        Self {
            schema: AvroSchema::new(),
            names: HashMap::new(),
            path: Vec::new(),
        }
    }

    fn finish(self, root: NodeId) -> Result<AvroSchema> {
        let schema = self.schema.finish(root);
        schema.check_depth()?;
        Ok(schema)
    }

    /// One schema may be referred to in several ways: it is read once.
    fn references(&mut self, resolved: &Resolved, depth: usize) -> Result<()> {
        if depth == DEPTH {
            return Err(rejected(
                "schema",
                format!("at most {DEPTH} levels of references"),
                "more",
            ));
        }
        for (name, reference) in &resolved.references {
            if self.names.contains_key(&FullName::new(name, None)) {
                continue;
            }
            self.references(reference, depth + 1)?;
            self.text(&reference.text)
                .map_err(|error| error.context(format_args!("reference `{name}`")))?;
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<NodeId> {
        let json: Json = serde_json::from_str(text).map_err(|error| {
            Error::rejected(format!("Avro schema: expected JSON, found {error}"))
        })?;
        // The name of a type alone need not be in quotes in a registry, but it is valid JSON only with them.
        self.schema(&json, None)
    }

    fn schema(&mut self, json: &Json, namespace: Option<&str>) -> Result<NodeId> {
        match json {
            Json::String(name) => self.reference(name, namespace),
            Json::Array(branches) => self.union(branches, namespace),
            Json::Object(members) => self.object(members, namespace),
            other => Err(self.expected("a schema", kind(other))),
        }
    }

    fn reference(&mut self, name: &str, namespace: Option<&str>) -> Result<NodeId> {
        if let Some(primitive) = Kind::primitive(name) {
            return Ok(self.schema.add(primitive));
        }
        let known = [namespace, None].into_iter();
        let known = known.map(|namespace| FullName::new(name, namespace));
        let known = known
            .filter_map(|name| self.names.get(&name).copied())
            .next();
        known.ok_or_else(|| self.expected("a type that is defined before", format!("`{name}`")))
    }

    fn union(&mut self, branches: &[Json], namespace: Option<&str>) -> Result<NodeId> {
        let mut ids = Vec::with_capacity(branches.len());
        let mut names = Vec::with_capacity(branches.len());
        for (i, branch) in branches.iter().enumerate() {
            let id = self.at(format!("branch {i}"), |parser| {
                parser.schema(branch, namespace)
            })?;
            let kind = &self.schema[id].kind;
            let name = kind.branch_name();
            if matches!(kind, Kind::Union(_)) {
                return Err(self.expected(
                    "no union directly within a union",
                    format!("one in branch {i}"),
                ));
            }
            if names.contains(&name) {
                return Err(self.expected("a union of different types", format!("`{name}` twice")));
            }
            names.push(name);
            ids.push(id);
        }
        Ok(self.schema.add(Kind::Union(ids)))
    }

    fn object(&mut self, members: &Map<String, Json>, namespace: Option<&str>) -> Result<NodeId> {
        let name = match members.get("type") {
            Some(Json::String(name)) => name.as_str(),
            Some(nested @ (Json::Object(_) | Json::Array(_))) => {
                return self.schema(nested, namespace);
            }
            Some(other) => return Err(self.expected("the name of a type in `type`", kind(other))),
            None => return Err(self.expected("a schema with `type`", "none")),
        };
        match name {
            "record" | "error" => self.record(members, namespace),
            "enum" => self.enumeration(members, namespace),
            "fixed" => self.fixed(members, namespace),
            "array" | "map" => {
                let member = if name == "array" { "items" } else { "values" };
                let json = members.get(member).ok_or_else(|| {
                    self.expected(format!("`{member}` in a schema of type {name}"), "none")
                })?;
                let of = self.at(member, |parser| parser.schema(json, namespace))?;
                let kind = if name == "array" {
                    Kind::Array(of)
                } else {
                    Kind::Map(of)
                };
                Ok(self.schema.add_with(kind, props(members, RESERVED)))
            }
            name => match Kind::primitive(name) {
                Some(primitive) => Ok(self.schema.add_with(primitive, props(members, RESERVED))),
                None => self.reference(name, namespace),
            },
        }
    }

    /// Reads what all named types have, and reserves the name.
    fn named(
        &mut self,
        members: &Map<String, Json>,
        namespace: Option<&str>,
    ) -> Result<(Named, NodeId)> {
        let name = self.required_text(members, "name")?;
        let own = members.get("namespace").and_then(Json::as_str);
        let name = FullName::new(name, own.or(namespace));
        if name.name.is_empty()
            || (name.namespace.is_none() && Kind::primitive(&name.name).is_some())
        {
            return Err(self.expected("a name that is no primitive type's", format!("`{name}`")));
        }
        let space = name.namespace.as_deref();
        let aliases = texts(members.get("aliases")).map(|alias| FullName::new(alias, space));
        let named = Named {
            aliases: aliases.collect(),
            doc: members.get("doc").and_then(Json::as_str).map(str::to_owned),
            name,
        };
        // Stands in until the type is read, and is what its fields refer to.
        let id = self.schema.add(Kind::Record(Record {
            named: named.clone(),
            fields: Vec::new(),
        }));
        if self.names.insert(named.name.clone(), id).is_some() {
            return Err(self.expected(
                "one definition of each name",
                format!("`{}` twice", named.name),
            ));
        }
        Ok((named, id))
    }

    fn record(&mut self, members: &Map<String, Json>, namespace: Option<&str>) -> Result<NodeId> {
        let (named, id) = self.named(members, namespace)?;
        let Some(Json::Array(list)) = members.get("fields") else {
            return Err(self.expected(
                format!("an array `fields` in record `{}`", named.name),
                "none",
            ));
        };
        let namespace = named.name.namespace.clone();
        let mut fields: Vec<Field> = Vec::with_capacity(list.len());
        for (i, field) in list.iter().enumerate() {
            let Json::Object(members) = field else {
                return Err(self.expected(format!("an object as field {i}"), kind(field)));
            };
            let name = self.required_text(members, "name")?.to_owned();
            let field = self.at(format!("field `{name}`"), |parser| {
                parser.field(name, members, namespace.as_deref())
            })?;
            fields.push(field);
        }
        self.check_unique(&fields)?;
        self.define(
            id,
            Kind::Record(Record { named, fields }),
            props(members, RESERVED),
        )
    }

    fn check_unique(&self, fields: &[Field]) -> Result<()> {
        let mut names: Vec<_> = fields.iter().map(|field| field.name.as_str()).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(self.expected(
                "fields with different names",
                format!("`{}` twice", pair[0]),
            )),
            None => Ok(()),
        }
    }

    fn field(
        &mut self,
        name: String,
        members: &Map<String, Json>,
        namespace: Option<&str>,
    ) -> Result<Field> {
        let Some(type_) = members.get("type") else {
            return Err(self.expected("a field with `type`", "none"));
        };
        Ok(Field {
            name,
            schema: self.schema(type_, namespace)?,
            doc: members.get("doc").and_then(Json::as_str).map(str::to_owned),
            default: members.get("default").cloned(),
            order: members
                .get("order")
                .and_then(Json::as_str)
                .map(str::to_owned),
            aliases: texts(members.get("aliases")).map(str::to_owned).collect(),
            props: props(members, FIELD_RESERVED),
        })
    }

    fn enumeration(
        &mut self,
        members: &Map<String, Json>,
        namespace: Option<&str>,
    ) -> Result<NodeId> {
        let (named, id) = self.named(members, namespace)?;
        let Some(Json::Array(list)) = members.get("symbols") else {
            return Err(self.expected(
                format!("an array `symbols` in enum `{}`", named.name),
                "none",
            ));
        };
        let mut symbols: Vec<String> = Vec::with_capacity(list.len());
        for symbol in list {
            match symbol {
                Json::String(symbol) => symbols.push(symbol.clone()),
                other => return Err(self.expected("symbols that are text", kind(other))),
            }
        }
        let default = members
            .get("default")
            .and_then(Json::as_str)
            .map(str::to_owned);
        if let Some(default) = &default
            && !symbols.contains(default)
        {
            return Err(self.expected("a symbol as default", format!("`{default}`")));
        }
        let mut props = props(members, RESERVED);
        props.shift_remove("default");
        self.define(
            id,
            Kind::Enum(Enum {
                named,
                symbols,
                default,
            }),
            props,
        )
    }

    fn fixed(&mut self, members: &Map<String, Json>, namespace: Option<&str>) -> Result<NodeId> {
        let (named, id) = self.named(members, namespace)?;
        let size = members.get("size").and_then(Json::as_u64);
        let size = size
            .and_then(|size| i32::try_from(size).ok())
            .and_then(|size| usize::try_from(size).ok());
        let Some(size) = size else {
            return Err(self.expected(format!("a number `size` in fixed `{}`", named.name), "none"));
        };
        self.define(
            id,
            Kind::Fixed(Fixed { named, size }),
            props(members, RESERVED),
        )
    }

    fn define(&mut self, id: NodeId, kind: Kind, props: Props) -> Result<NodeId> {
        let node = self.schema.node_mut(id);
        node.kind = kind;
        node.props = props;
        Ok(id)
    }

    fn required_text<'a>(&self, members: &'a Map<String, Json>, member: &str) -> Result<&'a str> {
        let text = members.get(member).and_then(Json::as_str);
        text.ok_or_else(|| self.expected(format!("text in `{member}`"), "none"))
    }

    fn at<T>(
        &mut self,
        step: impl Into<String>,
        read: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        self.path.push(step.into());
        let read = read(self)?;
        self.path.pop();
        Ok(read)
    }

    fn expected(&self, expected: impl Into<String>, found: impl Into<String>) -> Error {
        let path = self.path.join(": ");
        let place = if path.is_empty() {
            "Avro schema".to_owned()
        } else {
            format!("Avro schema: {path}")
        };
        rejected(&place, expected, &found.into())
    }
}

fn rejected(place: &str, expected: impl Into<String>, found: &str) -> Error {
    Error::rejected(format!(
        "{place}: expected {}, found {found}",
        expected.into()
    ))
}

fn props(members: &Map<String, Json>, reserved: &[&str]) -> Props {
    let kept = members
        .iter()
        .filter(|(name, _)| !reserved.contains(&name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Returns the texts of an array; whatever else is there counts as absent, as in Java.
fn texts(json: Option<&Json>) -> impl Iterator<Item = &str> {
    let list = json.and_then(Json::as_array).into_iter().flatten();
    list.filter_map(Json::as_str)
}

fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "text",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}

impl AvroSchema {
    /// Refuses schemas that are nested too deep; a type within itself is not looked into again.
    ///
    /// Text of little depth can say them: each type refers to the one before it by name.
    pub(in crate::avro) fn check_depth(&self) -> Result<()> {
        let mut heights = vec![None; self.nodes.len()];
        self.height(self.root(), 1, &mut heights).map(drop)
    }

    /// Returns how many levels there are from a node on, which stands at `depth` itself.
    fn height(&self, id: NodeId, depth: usize, heights: &mut [Option<usize>]) -> Result<usize> {
        if let Some(known) = heights[id.index()] {
            return within((depth + known).saturating_sub(1)).map(|()| known);
        }
        within(depth)?;
        heights[id.index()] = Some(0);
        let mut below = |of: NodeId| self.height(of, depth + 1, heights);
        let tallest = match &self[id].kind {
            Kind::Array(of) | Kind::Map(of) => below(*of)?,
            Kind::Union(branches) => {
                let mut heights = branches.iter().map(|branch| below(*branch));
                heights.try_fold(0, |tallest, height| Ok::<_, Error>(tallest.max(height?)))?
            }
            Kind::Record(record) => {
                let mut heights = record.fields.iter().map(|field| below(field.schema));
                heights.try_fold(0, |tallest, height| Ok::<_, Error>(tallest.max(height?)))?
            }
            _ => 0,
        };
        heights[id.index()] = Some(tallest + 1);
        Ok(tallest + 1)
    }
}

fn within(depth: usize) -> Result<()> {
    if depth > DEPTH {
        return Err(rejected(
            "Avro schema",
            format!("at most {DEPTH} levels of types"),
            "more",
        ));
    }
    Ok(())
}
