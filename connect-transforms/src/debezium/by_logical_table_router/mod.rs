//! [`ByLogicalTableRouter`]: the topics of several tables become one.

mod config;
mod envelope;

use std::sync::Arc;

use connect_api::{Dialect, Error, Outcome, Record, Result, Schema, Str, Struct, Transform, Value};

use self::envelope::Envelope;
use super::{
    envelope as event,
    naming::{NameAdjustment, Named},
    topic_route::TopicRoute,
};
use crate::{options::refused, rebuilt::values_of, recent::Recent};

pub use self::config::ByLogicalTableRouterConfig;

/// Routes the changes of several tables to one topic: `io.debezium.transforms.ByLogicalTableRouter`.
///
/// Keys and rows get schemas that are named after the new topic, and keys a field for the table.
#[derive(Clone, Debug)]
pub struct ByLogicalTableRouter {
    topics: TopicRoute,
    identifier: Option<Identifier>,
    adjustment: NameAdjustment,
    dialect: Dialect,
    keys: Recent<(Schema, Str), Schema>,
    envelopes: Recent<(Schema, Str), Envelope>,
}

/// The field of the key that tells tables apart.
#[derive(Clone, Debug)]
struct Identifier {
    name: Str,
    tables: Option<TopicRoute>,
}

impl ByLogicalTableRouter {
    /// Builds it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): a regular expression or a replacement is missing, or is none.
    pub fn new(config: ByLogicalTableRouterConfig) -> Result<Self> {
        let most = usize::try_from(config.logical_table_cache_size).unwrap_or(1);
        let identifier = match config.key_enforce_uniqueness {
            true => Some(Identifier::new(&config, most)?),
            false => None,
        };
        for (key, value) in [
            ("topic.regex", &config.topic_regex),
            ("topic.replacement", &config.topic_replacement),
        ] {
            if value.trim().is_empty() {
                return Err(refused(key, value, "String must be non-empty"));
            }
        }
        Ok(Self {
            topics: TopicRoute::new(
                ("topic.regex", &config.topic_regex),
                ("topic.replacement", &config.topic_replacement),
                most,
            )?,
            identifier,
            adjustment: config.schema_name_adjustment_mode,
            dialect: Dialect::from(config.compat_java),
            keys: Recent::new(most),
            envelopes: Recent::new(most),
        })
    }

    fn route(&mut self, record: &mut Record) -> Result<()> {
        let Some(topic) = self
            .topics
            .of(&record.topic)?
            .filter(|topic| !topic.is_empty())
        else {
            return Ok(());
        };
        self.route_key(record, &topic)?;
        if event::has_schema(record) && !record.value.value.is_null() {
            self.route_value(record, &topic)?;
        }
        record.topic = topic;
        Ok(())
    }

    fn route_key(&mut self, record: &mut Record, topic: &Str) -> Result<()> {
        let table = match &mut self.identifier {
            Some(identifier) => Some((identifier.name.clone(), identifier.of(&record.topic)?)),
            None => None,
        };
        match std::mem::take(&mut record.key.value) {
            Value::Null => record.key.schema = None,
            Value::Struct(key) => {
                let key = self.rebuilt_key(key, topic, table)?;
                record.key.schema = Some(key.schema().clone());
                record.key.value = key.into();
            }
            Value::Map(entries) if self.dialect == Dialect::Strict => {
                let mut entries = Arc::unwrap_or_clone(entries);
                if let Some((name, table)) = table {
                    if event::entry(&entries, &name).is_some() {
                        return Err(Error::rejected(format!(
                            "routing keys: field `{name}` is already there"
                        )));
                    }
                    entries.push((name.into(), table.into()));
                }
                record.key.value = Value::Map(entries.into());
            }
            other if self.dialect == Dialect::Strict && table.is_none() => record.key.value = other,
            other => return Err(event::not_a("struct", "routing keys", &other)),
        }
        Ok(())
    }

    fn rebuilt_key(
        &mut self,
        key: Struct,
        topic: &Str,
        table: Option<(Str, Str)>,
    ) -> Result<Struct> {
        let (adjustment, dialect, old) = (self.adjustment, self.dialect, key.schema().clone());
        let rebuild = || {
            let name = adjustment
                .adjusted(&format!("{topic}.Key"), Named::Schema)
                .into_owned();
            let schema = old.to_builder().without_default().name(name);
            let schema = match &table {
                Some((field, _)) => schema.field(field, Schema::plain_string()),
                None => schema,
            };
            Ok((
                (old.clone(), topic.clone()),
                schema.build().map_err(rejected)?,
            ))
        };
        let schema = self.keys.get(
            |(schema, known)| schema.is_same(&old) && is_topic(known, topic, dialect),
            |(schema, known)| is_topic(known, topic, dialect) && *schema == old,
            rebuild,
        )?;
        let mut values = values_of(key, dialect);
        values.extend(table.map(|(_, table)| table.into()));
        Struct::from_values(schema, values)
    }

    fn route_value(&mut self, record: &mut Record, topic: &Str) -> Result<()> {
        let (adjustment, dialect) = (self.adjustment, self.dialect);
        let envelope = event::take_struct(&mut record.value, "routing values")?;
        let old = envelope.schema().clone();
        let plan = self.envelopes.get(
            |(schema, known)| schema.is_same(&old) && is_topic(known, topic, dialect),
            |(schema, known)| is_topic(known, topic, dialect) && *schema == old,
            || {
                let plan = Envelope::new(&old, topic, adjustment, dialect).map_err(rejected)?;
                Ok(((old.clone(), topic.clone()), plan))
            },
        )?;
        let routed = plan.apply(envelope, dialect)?;
        record.value.schema = Some(plan.schema().clone());
        record.value.value = routed.into();
        Ok(())
    }
}

impl Identifier {
    fn new(config: &ByLogicalTableRouterConfig, most: usize) -> Result<Self> {
        let given = |option: &Option<String>| option.clone().filter(|text| !text.trim().is_empty());
        let tables = match (
            given(&config.key_field_regex),
            given(&config.key_field_replacement),
        ) {
            (None, _) => None,
            (Some(_), None) => {
                let key = "key.field.replacement";
                return Err(refused(
                    key,
                    "",
                    "key.field.replacement must be non-empty if key.field.regex is set.",
                ));
            }
            (Some(regex), Some(replacement)) => Some(TopicRoute::new(
                ("key.field.regex", &regex),
                ("key.field.replacement", &replacement),
                most,
            )?),
        };
        Ok(Self {
            name: config.key_field_name.as_str().into(),
            tables,
        })
    }

    /// Returns which table a topic is of.
    fn of(&mut self, topic: &Str) -> Result<Str> {
        let table = match &mut self.tables {
            Some(tables) => tables.of(topic)?,
            None => None,
        };
        Ok(table.unwrap_or_else(|| topic.clone()))
    }
}

/// Debezium remembers a new schema by the old one alone, whatever the topic.
fn is_topic(known: &Str, topic: &Str, dialect: Dialect) -> bool {
    dialect == Dialect::Java || known == topic
}

fn rejected(error: Error) -> Error {
    error
        .with_kind(connect_api::ErrorKind::Rejected)
        .context("routing by tables")
}

impl Transform for ByLogicalTableRouter {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        self.route(record)?;
        Ok(Outcome::Kept)
    }
}
