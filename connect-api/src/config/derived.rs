//! Layouts derived from the JSON Schema of a struct.

use std::collections::HashMap;

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value as Json};

use super::{
    ConfigKey, ConfigType, ConfigWidth, Importance,
    layout::{Form, Layout, Node, Presence},
    rule::{Case, Rule},
};

type Object = Map<String, Json>;

impl Layout {
    /// Derives the layout of `T`.
    pub(super) fn of<T: JsonSchema>() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
        });
        let schema = settings.into_generator().into_root_schema_for::<T>();
        let mut layout = Self::derive(&presentable(schema.as_value()), String::new());
        layout.number_groups(&mut HashMap::new());
        layout
    }

    fn derive(schema: &Object, prefix: String) -> Self {
        if has_type(schema, "null") && !has_type(schema, "object") {
            let form = Form::Unit;
            return Self { prefix, form };
        }
        let mut fields = Vec::new();
        collect(schema, &prefix, &mut fields);
        let rest = ["additionalProperties", "unevaluatedProperties"]
            .into_iter()
            .filter_map(|keyword| schema.get(keyword))
            .find(|rest| !matches!(rest, Json::Bool(false)))
            .map(|rest| key(String::new(), &presentable(rest), Presence::Optional))
            .map(Box::new);
        let form = Form::Fields { fields, rest };
        Self { prefix, form }
    }

    fn number_groups(&mut self, groups: &mut HashMap<String, i32>) {
        let Form::Fields { fields, .. } = &mut self.form else {
            return;
        };
        for (_, node) in fields {
            match node {
                Node::Group(layout, _) => layout.number_groups(groups),
                Node::Key(key) => {
                    if let Some(group) = key.group().map(str::to_owned) {
                        let last = groups.entry(group.clone()).or_default();
                        *last = if key.order_in_group() < 0 {
                            *last + 1
                        } else {
                            key.order_in_group()
                        };
                        *key = key.clone().with_group(group, *last);
                    }
                }
            }
        }
    }
}

/// The key of a field: `batch_max_rows` is `batch.max.rows`.
fn key_name(prefix: &str, field: &str) -> String {
    if field.contains('.') {
        format!("{prefix}{field}")
    } else {
        format!("{prefix}{}", field.replace('_', "."))
    }
}

/// Appends the fields of `schema`, those of flattened structs and tagged enums included.
fn collect(schema: &Object, prefix: &str, fields: &mut Vec<(String, Node)>) {
    let required = strings(schema.get("required"));
    if let Some(Json::Object(properties)) = schema.get("properties") {
        for (field, property) in properties {
            let presence = if required.contains(&field.as_str()) {
                Presence::Required
            } else {
                Presence::Optional
            };
            let node = node(key_name(prefix, field), &presentable(property), presence);
            fields.push((field.clone(), node));
        }
    }
    for part in schemas(schema, "allOf") {
        collect(&part, prefix, fields);
    }
    for keyword in ["oneOf", "anyOf"] {
        collect_variants(&schemas(schema, keyword), prefix, fields);
    }
}

/// Appends the fields of all variants; only what every variant requires is required.
fn collect_variants(variants: &[Object], prefix: &str, fields: &mut Vec<(String, Node)>) {
    let mut all: Vec<(String, Node, usize)> = Vec::new();
    for variant in variants {
        let mut own = Vec::new();
        collect(variant, prefix, &mut own);
        for (field, node) in own {
            match all.iter_mut().find(|(known, ..)| *known == field) {
                None => all.push((field, node, 1)),
                Some((_, known, times)) => {
                    *times += 1;
                    unite(known, node);
                }
            }
        }
    }
    let in_all = variants.len();
    fields.extend(all.into_iter().map(|(field, node, times)| {
        let node = match node {
            Node::Key(key) if key.is_required() && times < in_all => Node::Key(key.optional()),
            Node::Group(layout, _) if times < in_all => Node::Group(layout, Presence::Optional),
            node => node,
        };
        (field, node)
    }));
}

/// Joins the definitions that two variants have of one field: the values of a tag add up.
fn unite(known: &mut Node, other: Node) {
    let (Node::Key(known), Node::Key(other)) = (known, other) else {
        return;
    };
    if !known.valid_values().is_empty() && !other.valid_values().is_empty() {
        let mut values = known.valid_values().to_vec();
        values.extend_from_slice(other.valid_values());
        values.dedup();
        *known = known.clone().one_of(values);
    }
    if known.is_required() && !other.is_required() {
        *known = known.clone().optional();
    }
}

fn node(name: String, schema: &Object, presence: Presence) -> Node {
    if !schema.contains_key("x-type") && has_type(schema, "object") {
        let nullable = has_type(schema, "null") || schema.contains_key("x-nullable");
        let presence = if nullable {
            Presence::Optional
        } else {
            Presence::Required
        };
        return Node::Group(Layout::derive(schema, format!("{name}.")), presence);
    }
    Node::Key(key(name, schema, presence))
}

fn key(name: String, schema: &Object, presence: Presence) -> ConfigKey {
    let (type_, rule) = kind(schema);
    let mut key = ConfigKey::new(name, type_).with_rule(rule);
    if type_ == ConfigType::List {
        let items = schema.get("items").map(presentable).unwrap_or_default();
        let (items, rule) = kind(&items);
        key = key.with_items(items).with_rule(rule);
    }
    if text(schema, "x-case") == Some("insensitive") {
        key = key.in_any_case();
    }
    key = match (presence, schema.get("default").and_then(default_text)) {
        (_, Some(default)) => key.with_default(default),
        (Presence::Optional, None) => key.optional(),
        (Presence::Required, None) => key,
    };
    let documentation = text(schema, "description").unwrap_or_default();
    key = key
        .with_documentation(unwrapped(documentation))
        .with_importance(named(schema, "x-importance", Importance::from_name))
        .with_width(named(schema, "x-width", ConfigWidth::from_name))
        .with_dependents(strings(schema.get("x-dependents")));
    if let Some(group) = text(schema, "x-group") {
        let order = schema.get("x-order").and_then(Json::as_i64);
        let order = order.and_then(|order| i32::try_from(order).ok());
        key = key.with_group(group, order.unwrap_or(-1));
    }
    match text(schema, "x-display-name") {
        Some(name) => key.with_display_name(name),
        None => key,
    }
}

/// Chooses Connect's type, and what else a value must fulfil.
fn kind(schema: &Object) -> (ConfigType, Rule) {
    let (type_, rule) = if text(schema, "format") == Some("password") {
        (ConfigType::Password, Rule::Any)
    } else if has_type(schema, "boolean") {
        (ConfigType::Boolean, Rule::Any)
    } else if has_type(schema, "integer") {
        whole(schema)
    } else if has_type(schema, "number") {
        let min = schema.get("minimum").and_then(Json::as_f64);
        let max = schema.get("maximum").and_then(Json::as_f64);
        (ConfigType::Double, Rule::Real { min, max })
    } else if has_type(schema, "array") {
        (ConfigType::List, Rule::Any)
    } else {
        (ConfigType::String, text_rule(schema))
    };
    let chosen = text(schema, "x-type").and_then(ConfigType::from_name);
    (chosen.unwrap_or(type_), rule)
}

fn whole(schema: &Object) -> (ConfigType, Rule) {
    let min = schema.get("minimum").and_then(Json::as_i64);
    let max = schema.get("maximum").and_then(Json::as_i64);
    let (type_, max) = match text(schema, "format") {
        Some("int8" | "uint8" | "int16") => (ConfigType::Short, max),
        Some("uint16" | "int32") => (ConfigType::Int, max),
        Some("uint32") if max.is_some_and(|max| max <= i32::MAX.into()) => (ConfigType::Int, max),
        Some("uint32") => (ConfigType::Long, max.or(Some(u32::MAX.into()))),
        _ => (ConfigType::Long, max),
    };
    (type_, Rule::Whole { min, max })
}

fn text_rule(schema: &Object) -> Rule {
    let values = valid_values(schema);
    if !values.is_empty() {
        let case = Case::Exact;
        return Rule::OneOf { values, case };
    }
    match schema.get("minLength").and_then(Json::as_u64) {
        Some(1..) => Rule::NonEmpty,
        _ => Rule::Any,
    }
}

/// The texts that an enum of unit variants accepts; empty if there are others too.
fn valid_values(schema: &Object) -> Vec<String> {
    if let Some(value) = text(schema, "const") {
        return vec![value.to_owned()];
    }
    let listed = strings(schema.get("enum"));
    if !listed.is_empty() {
        return listed.into_iter().map(str::to_owned).collect();
    }
    let variants: Vec<_> = schemas(schema, "oneOf").iter().map(valid_values).collect();
    if variants.iter().any(Vec::is_empty) {
        return Vec::new();
    }
    variants.concat()
}

/// The schema itself, or what an `Option` wraps, with the attributes of the field.
fn presentable(schema: &Json) -> Object {
    let Json::Object(schema) = schema else {
        return Object::new();
    };
    let alternatives = schemas(schema, "anyOf");
    let [inner, null] = alternatives.as_slice() else {
        return schema.clone();
    };
    if !has_type(null, "null") {
        return schema.clone();
    }
    let mut merged = inner.clone();
    merged.extend(
        schema
            .iter()
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    merged.remove("anyOf");
    merged.insert("x-nullable".to_owned(), Json::Bool(true));
    merged
}

fn schemas(schema: &Object, keyword: &str) -> Vec<Object> {
    let parts = schema.get(keyword).and_then(Json::as_array);
    parts
        .into_iter()
        .flatten()
        .filter_map(Json::as_object)
        .cloned()
        .collect()
}

fn has_type(schema: &Object, name: &str) -> bool {
    match schema.get("type") {
        Some(Json::String(type_)) => type_ == name,
        Some(Json::Array(types)) => types.iter().any(|type_| type_ == name),
        _ => false,
    }
}

fn text<'a>(schema: &'a Object, keyword: &str) -> Option<&'a str> {
    schema.get(keyword).and_then(Json::as_str)
}

fn strings(array: Option<&Json>) -> Vec<&str> {
    let elements = array.and_then(Json::as_array);
    elements
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect()
}

fn named<T: Default>(schema: &Object, keyword: &str, find: impl FnOnce(&str) -> Option<T>) -> T {
    text(schema, keyword).and_then(find).unwrap_or_default()
}

/// Writes a default as a configuration would.
fn default_text(default: &Json) -> Option<String> {
    match default {
        Json::Null | Json::Object(_) => None,
        Json::String(text) => Some(text.clone()),
        Json::Array(elements) => {
            let elements: Vec<_> = elements.iter().filter_map(default_text).collect();
            Some(elements.join(","))
        }
        other => Some(other.to_string()),
    }
}

/// Joins the lines of each paragraph.
fn unwrapped(documentation: &str) -> String {
    let paragraphs = documentation.split("\n\n");
    let joined: Vec<_> = paragraphs
        .map(|paragraph| {
            paragraph
                .lines()
                .map(str::trim)
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    joined.join("\n")
}
