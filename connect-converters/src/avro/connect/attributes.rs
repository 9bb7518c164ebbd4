//! What properties say about a Connect schema.

use connect_api::{Error, Result, Schema, SchemaBuilder, Type};
use serde_json::Value as Json;

use super::{Mapper, Wanted, defaults::value_of};
use crate::avro::{
    marks,
    schema::{Kind, Node, NodeId},
};

impl<'a> Mapper<'a> {
    /// Adds what the properties of a node and its place say, and builds.
    pub(super) fn attributed(
        &self,
        id: NodeId,
        builder: SchemaBuilder,
        wanted: Wanted<'a>,
    ) -> Result<Schema> {
        let node = &self.avro[id];
        let mut builder = self.documented(builder, node, wanted);
        if let Some(version) = version(node, wanted)? {
            builder = builder.version(version);
        }
        builder = self.with_parameters(builder, node)?;
        let own = node.props.get(marks::DEFAULT);
        if wanted.default.is_some() && own.is_none() && self.rules.meta && !self.rules.discard {
            builder = builder.parameter(marks::PARAM_FIELD_DEFAULT, "true");
        }
        if let Some(name) = name(node)? {
            builder = builder.name(name);
        }
        if wanted.is_optional() {
            builder = builder.optional();
        }
        let schema = builder.build()?;
        Ok(match wanted.default.or(own) {
            Some(default) => self.with_default(id, schema, default),
            None => schema,
        })
    }

    /// A default that does not fit counts as absent, as in Java; so does a struct, which no schema can have.
    fn with_default(&self, id: NodeId, schema: Schema, default: &Json) -> Schema {
        if schema.type_() == Type::Struct {
            return schema;
        }
        match value_of(self.avro, id, &schema, default, self.rules) {
            Some(value) if !value.is_null() => schema
                .to_builder()
                .default_value(value)
                .build()
                .unwrap_or(schema),
            _ => schema,
        }
    }

    fn documented(&self, builder: SchemaBuilder, node: &Node, wanted: Wanted<'a>) -> SchemaBuilder {
        let own = node.text(marks::DOC);
        if !self.rules.discard {
            return match own {
                Some(doc) if self.rules.meta => builder.doc(doc),
                _ => builder,
            };
        }
        let of_type = node.kind.named().and_then(|named| named.doc.as_deref());
        let builder = match wanted.doc.or(of_type).or(own) {
            Some(doc) => builder.doc(doc),
            None => builder,
        };
        match of_type {
            Some(doc) if self.rules.meta => builder.parameter(marks::RECORD_DOC, doc),
            _ => builder,
        }
    }

    fn with_parameters(&self, mut builder: SchemaBuilder, node: &Node) -> Result<SchemaBuilder> {
        if let Some(parameters) = node.props.get(marks::PARAMETERS)
            && self.rules.meta
        {
            let Json::Object(parameters) = parameters else {
                return Err(expected(marks::PARAMETERS, "an object", parameters));
            };
            for (key, value) in parameters {
                let Json::String(text) = value else {
                    return Err(expected(marks::PARAMETERS, "texts", value));
                };
                builder = builder.parameter(key.as_str(), text.as_str());
            }
        }
        for (key, value) in &node.props {
            if key.starts_with(marks::COPIED) {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                builder = builder.parameter(key.as_str(), text);
            }
        }
        Ok(builder)
    }
}

fn version(node: &Node, wanted: Wanted<'_>) -> Result<Option<i32>> {
    let own = match node.props.get(marks::VERSION) {
        None => None,
        Some(json) => {
            let number = json.as_i64().and_then(|wide| i32::try_from(wide).ok());
            Some(number.ok_or_else(|| expected(marks::VERSION, "a number", json))?)
        }
    };
    let is_logical = node.logical_type().is_some();
    let registered = wanted.version.filter(|_| !is_logical);
    Ok(own.or(registered).filter(|version| *version >= 0))
}

/// The name that Connect gave, or that of the type; Avro's name of a decimal is none.
pub(super) fn name(node: &Node) -> Result<Option<String>> {
    let given = match node.props.get(marks::NAME) {
        None => None,
        Some(Json::String(name)) => Some(name.clone()),
        Some(other) => return Err(expected(marks::NAME, "text", other)),
    };
    let own = match &node.kind {
        Kind::Fixed(_) if is_decimal(node) => None,
        kind => kind.named().map(|named| named.name.to_string()),
    };
    let name = given.or(own);
    Ok(name.filter(|name| !name.starts_with(marks::DEFAULT_FULL_NAME)))
}

fn is_decimal(node: &Node) -> bool {
    node.logical_type()
        .is_some_and(|logical| logical.eq_ignore_ascii_case("decimal"))
}

fn expected(property: &str, expected: &str, found: &Json) -> Error {
    Error::rejected(format!(
        "property `{property}`: expected {expected}, found {found}"
    ))
}
