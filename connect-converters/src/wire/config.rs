//! [`WireConfig`]: how messages say which schema they have, and how that schema is chosen.

use std::{collections::BTreeMap, time::Duration};

use connect_api::{Error, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    choice::{Choice, Fit},
    frame::Framing,
    side::Side,
    subject::{Strategy, Subjects},
};
use crate::{ConverterType, registry::Associations};

/// How a converter's messages say which schema they have, and how that schema is chosen.
///
/// Keys and defaults are those of Confluent's serializers. Which of them chooses the schema to write with, if several
/// do: `auto.register.schemas`, `use.schema.id`, `use.schema.guid`, `use.latest.with.metadata`, `use.latest.version`;
/// without any, the schema must be registered already.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each one is a key of Confluent's"
)]
pub struct WireConfig {
    /// Whether a schema that the registry does not have yet is registered.
    #[schemars(extend("x-importance" = "medium", "x-group" = "Schemas"))]
    pub auto_register_schemas: bool,
    /// The number of the schema to write with; −1 for none. Needs `auto.register.schemas=false`.
    #[schemars(extend("x-importance" = "low", "x-group" = "Schemas"))]
    pub use_schema_id: i32,
    /// The GUID of the schema to write with. Needs `auto.register.schemas=false`.
    #[schemars(extend("x-importance" = "low", "x-group" = "Schemas"))]
    pub use_schema_guid: Option<String>,
    /// Whether a schema that was chosen by number must be able to read what the record's schema writes.
    #[schemars(extend("x-importance" = "low", "x-group" = "Schemas"))]
    pub id_compatibility_strict: bool,
    /// Whether the latest version of the subject is written with, and read as. Needs `auto.register.schemas=false`.
    #[schemars(extend("x-importance" = "low", "x-group" = "Schemas"))]
    pub use_latest_version: bool,
    /// Whether the latest version must be able to read what the record's schema writes.
    #[schemars(extend("x-importance" = "low", "x-group" = "Schemas"))]
    pub latest_compatibility_strict: bool,
    /// Metadata, `key=value` pairs split at commas: the latest version that has it is written with, and read as.
    #[schemars(extend("x-importance" = "low", "x-group" = "Schemas"))]
    pub use_latest_with_metadata: Vec<String>,
    /// Which subject keys have: `associated`, `topic`, `record`, `topic-record`, or Confluent's class for it.
    #[schemars(extend("x-importance" = "medium", "x-group" = "Subjects"))]
    pub key_subject_name_strategy: String,
    /// Which subject values have: `associated`, `topic`, `record`, `topic-record`, or Confluent's class for it.
    #[schemars(extend("x-importance" = "medium", "x-group" = "Subjects"))]
    pub value_subject_name_strategy: String,
    /// Which subject a topic has that is associated with none: `TOPIC`, `RECORD`, `TOPIC_RECORD` or `NONE`, an error.
    #[schemars(extend("x-importance" = "low", "x-group" = "Subjects"))]
    pub subject_name_strategy_fallback_type: String,
    /// The Kafka cluster whose topics are associated with subjects; `-` for any.
    #[schemars(extend("x-importance" = "low", "x-group" = "Subjects"))]
    pub subject_name_strategy_kafka_cluster_id: String,
    /// For how many seconds the association of a topic is kept; −1 for ever.
    #[schemars(extend("x-importance" = "low", "x-group" = "Subjects"))]
    pub subject_name_strategy_cache_expiry_secs: i64,
    /// How many associations are kept.
    #[schemars(range(min = 1, max = 2_147_483_647))]
    #[schemars(extend("x-importance" = "low", "x-group" = "Subjects"))]
    pub subject_name_strategy_cache_size: u32,
    /// Where a key says its schema: `prefix`, five bytes in front, or `header`, or Confluent's class for it.
    #[schemars(extend("x-importance" = "low", "x-group" = "Messages"))]
    pub key_schema_id_serializer: String,
    /// Where a value says its schema: `prefix`, five bytes in front, or `header`, or Confluent's class for it.
    #[schemars(extend("x-importance" = "low", "x-group" = "Messages"))]
    pub value_schema_id_serializer: String,
    /// How many writers and how many readers are kept prepared.
    #[schemars(range(min = 1, max = 2_147_483_647))]
    #[schemars(extend("x-importance" = "low", "x-group" = "Schemas"))]
    pub schemas_cache_config: u32,
    /// What the converter converts; set by the runtime.
    #[schemars(extend("x-importance" = "low"))]
    pub converter_type: Option<ConverterType>,
}

impl Default for WireConfig {
    fn default() -> Self {
        Self {
            auto_register_schemas: true,
            use_schema_id: -1,
            use_schema_guid: None,
            id_compatibility_strict: true,
            use_latest_version: false,
            latest_compatibility_strict: true,
            use_latest_with_metadata: Vec::new(),
            key_subject_name_strategy: "associated".to_owned(),
            value_subject_name_strategy: "associated".to_owned(),
            subject_name_strategy_fallback_type: "TOPIC".to_owned(),
            subject_name_strategy_kafka_cluster_id: "-".to_owned(),
            subject_name_strategy_cache_expiry_secs: -1,
            subject_name_strategy_cache_size: 1000,
            key_schema_id_serializer: "prefix".to_owned(),
            value_schema_id_serializer: "prefix".to_owned(),
            schemas_cache_config: 1000,
            converter_type: None,
        }
    }
}

impl WireConfig {
    pub(super) fn side(&self) -> Side {
        match self.converter_type {
            Some(ConverterType::Key) => Side::Key,
            _ => Side::Value,
        }
    }

    pub(super) fn choice(&self) -> Result<Choice> {
        let fit = |strict| if strict { Fit::Checked } else { Fit::Assumed };
        if self.auto_register_schemas {
            return Ok(Choice::Register);
        }
        if self.use_schema_id >= 0 {
            return Ok(Choice::Id(
                self.use_schema_id,
                fit(self.id_compatibility_strict),
            ));
        }
        if let Some(text) = &self.use_schema_guid {
            let guid = Uuid::parse_str(text).map_err(|error| {
                Error::config(format!("use.schema.guid: expected a GUID, found `{text}`"))
                    .with_source(error)
            })?;
            return Ok(Choice::Guid(guid, fit(self.id_compatibility_strict)));
        }
        Ok(match self.latest()? {
            // As in Java, metadata says by itself that the schema fits.
            Some(metadata) if !metadata.is_empty() => Choice::Latest(metadata, Fit::Assumed),
            Some(any) => Choice::Latest(any, fit(self.latest_compatibility_strict)),
            None => Choice::LookUp,
        })
    }

    /// Returns the metadata of the version that is read as, if one is.
    pub(super) fn latest(&self) -> Result<Option<BTreeMap<String, String>>> {
        let pairs = self.use_latest_with_metadata.iter().map(|pair| {
            let (key, value) = pair.split_once('=').ok_or_else(|| {
                Error::config(format!(
                    "use.latest.with.metadata: expected pairs `key=value`, found `{pair}`"
                ))
            })?;
            Ok((key.trim().to_owned(), value.trim().to_owned()))
        });
        let metadata: BTreeMap<_, _> = pairs.collect::<Result<_>>()?;
        Ok((self.use_latest_version || !metadata.is_empty()).then_some(metadata))
    }

    pub(super) fn subjects(&self) -> Result<Subjects> {
        let side = self.side();
        let (key, strategy) = match side {
            Side::Key => ("key.subject.name.strategy", &self.key_subject_name_strategy),
            Side::Value => (
                "value.subject.name.strategy",
                &self.value_subject_name_strategy,
            ),
        };
        let fallback = Strategy::fallback(&self.subject_name_strategy_fallback_type)?;
        let strategy = Strategy::named(key, strategy, fallback)?;
        // What was fetched for a record has to count until that record is converted.
        let expiry = u64::try_from(self.subject_name_strategy_cache_expiry_secs).ok();
        let associations = Associations {
            most: self.subject_name_strategy_cache_size,
            counts: expiry.map(|expiry| Duration::from_secs(expiry.max(1))),
        };
        let cluster = &self.subject_name_strategy_kafka_cluster_id;
        Ok(Subjects::new(side, strategy, cluster, associations))
    }

    pub(super) fn framing(&self) -> Result<Framing> {
        match self.side() {
            Side::Key => Framing::named("key.schema.id.serializer", &self.key_schema_id_serializer),
            Side::Value => Framing::named(
                "value.schema.id.serializer",
                &self.value_schema_id_serializer,
            ),
        }
    }
}
