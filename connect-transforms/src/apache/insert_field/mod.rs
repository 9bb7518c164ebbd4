//! [`InsertField`]: what is known about a record, inside of it.

mod insertion;
mod plan;
mod tree;

use std::sync::Arc;

use connect_api::{
    ConfigProblem, Dialect, Outcome, Record, Result, SchemaAndValue, Transform, Value,
};
use schemars::JsonSchema;
use serde::Deserialize;

use self::{
    insertion::{Form, Insertion, Source},
    plan::Plan,
    tree::Node,
};
use crate::{FieldSyntax, Side, by_schema::BySchema, options::refused, path::Nulls, shape::misfit};

/// For messages.
const PURPOSE: &str = "inserting fields";

/// The options of [`InsertField`]; keys and defaults are Java's.
///
/// Behind the name of a field, `!` makes it required and `?` optional, which it is anyway.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each one is a key of Kafka Connect's"
)]
pub struct InsertFieldConfig {
    /// The field that gets the topic. `!` behind it makes it required, `?` optional, which is the default.
    pub topic_field: Option<String>,
    /// The field that gets the partition, if the record has one. May end in `!` or `?`.
    pub partition_field: Option<String>,
    /// The field that gets the offset, which records of sinks have. May end in `!` or `?`.
    pub offset_field: Option<String>,
    /// The field that gets the timestamp, if the record has one. May end in `!` or `?`.
    pub timestamp_field: Option<String>,
    /// The field that gets `static.value`. May end in `!` or `?`.
    pub static_field: Option<String>,
    /// The text that `static.field` gets.
    pub static_value: Option<String>,
    /// How fields are named: `V1`, a field at the top; `V2`, the way to a nested one, as `meta.topic`.
    #[schemars(extend("x-case" = "insensitive"))]
    pub field_syntax_version: FieldSyntax,
    /// Whether a null field that has a default counts as the default.
    pub replace_null_with_default: bool,
    /// Whether a struct forgets that it was optional, and a required field may stay null, as in Java.
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

impl Default for InsertFieldConfig {
    fn default() -> Self {
        Self {
            topic_field: None,
            partition_field: None,
            offset_field: None,
            timestamp_field: None,
            static_field: None,
            static_value: None,
            field_syntax_version: FieldSyntax::V1,
            replace_null_with_default: true,
            compat_java: false,
        }
    }
}

impl InsertFieldConfig {
    /// Reads what is to be inserted, in Java's order.
    fn insertions(&self, dialect: Dialect) -> Result<Vec<Insertion>> {
        if self.static_field.is_some() && self.static_value.is_none() {
            let reason = "expected a text for the field that static.field names";
            return Err(refused("static.value", "null", reason));
        }
        let text = self.static_value.as_deref().unwrap_or_default();
        let fields = [
            ("topic.field", &self.topic_field, Source::Topic),
            ("partition.field", &self.partition_field, Source::Partition),
            ("offset.field", &self.offset_field, Source::Offset),
            ("timestamp.field", &self.timestamp_field, Source::Timestamp),
            (
                "static.field",
                &self.static_field,
                Source::Static(text.into()),
            ),
        ];
        let given = fields
            .into_iter()
            .filter_map(|(key, field, source)| Some((key, field.as_deref()?, source)));
        given
            .map(|(key, field, source)| {
                Insertion::new(key, field, source, self.field_syntax_version, dialect)
            })
            .collect()
    }
}

/// Adds what is known about a record to it: `org.apache.kafka.connect.transforms.InsertField`.
///
/// With a schema, fields are added at the end and the timestamp is a `Timestamp`; without one, entries of those names are
/// overwritten and the timestamp is a number of milliseconds. A null goes on as it is.
#[derive(Clone, Debug)]
pub struct InsertField {
    side: Side,
    insertions: Vec<Insertion>,
    root: Node,
    plans: BySchema<Plan>,
    /// What is inserted into the record at hand, in the order of the insertions; kept for its memory.
    values: Vec<Value>,
    nulls: Nulls,
    dialect: Dialect,
}

impl InsertField {
    /// Builds it for the key or the value.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): there is nothing to insert, the name of a field is none, or
    /// two have one name.
    pub fn new(config: InsertFieldConfig, side: Side) -> Result<Self> {
        let dialect = Dialect::from(config.compat_java);
        let insertions = config.insertions(dialect)?;
        if insertions.is_empty() {
            return Err(ConfigProblem::new("", "No field insertion configured").into());
        }
        let mut root = Node::default();
        for (index, insertion) in insertions.iter().enumerate() {
            root.insert(insertion, index, dialect)?;
        }
        Ok(Self {
            side,
            insertions,
            root,
            plans: BySchema::default(),
            values: Vec::new(),
            nulls: config.replace_null_with_default.into(),
            dialect,
        })
    }

    /// Notes what is inserted into `record`.
    fn note(&mut self, record: &Record) -> Result<()> {
        let form = match self.side.of(record).schema {
            Some(_) => Form::WithSchema,
            None => Form::Schemaless,
        };
        self.values.clear();
        for insertion in &self.insertions {
            let value = insertion.value(record, form, self.dialect)?;
            self.values.push(value);
        }
        Ok(())
    }

    fn insert(&mut self, datum: &mut SchemaAndValue) -> Result<()> {
        let (root, insertions) = (&self.root, &self.insertions);
        if datum.schema.is_none() {
            let Value::Map(entries) = &mut datum.value else {
                return Err(misfit("without a schema expected a map", &datum.value));
            };
            return root.insert_into(Arc::make_mut(entries), &self.values);
        }
        let fields = match std::mem::take(&mut datum.value) {
            Value::Struct(fields) => fields,
            other => return Err(misfit("with a schema expected a struct", &other)),
        };
        let rules = (self.nulls, self.dialect);
        let plan = self.plans.get(fields.schema(), |schema| {
            Plan::new(root, schema, insertions, rules)
        })?;
        *datum = plan.apply(fields.into(), insertions, &self.values)?.into();
        Ok(())
    }
}

impl Transform for InsertField {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        if !self.side.of(record).value.is_null() {
            let inserted = self
                .note(record)
                .and_then(|()| self.insert(self.side.of_mut(record)));
            inserted.map_err(|error| error.context(PURPOSE))?;
        }
        Ok(Outcome::Kept)
    }
}
