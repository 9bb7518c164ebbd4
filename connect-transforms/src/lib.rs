//! Single message transforms and predicates: Kafka Connect's, Debezium's, Confluent's, Aiven's, and our own.
//!
//! A transform stands between a connector and the topic and makes records out of one record. Those of Apache Kafka are all
//! here, under their class names, with their options and their results; so are those that users install beside them.
//! [`plugins()`] lists them for an application's registry. Each is a [`Transform`](connect_api::Transform) that code can
//! build without any configuration file:
//!
//! ```
//! use connect_api::{Outcome, Record, Transform, Value};
//! use connect_transforms::{MaskField, MaskFieldConfig, Side};
//!
//! let config = MaskFieldConfig { fields: vec!["card".into()], ..MaskFieldConfig::default() };
//! let mut mask = MaskField::new(config, Side::Value)?;
//! let mut order = Record::new("orders", Value::map([("id", "7"), ("card", "4111")]));
//! assert_eq!(mask.apply(&mut order, &mut Vec::new())?, Outcome::Kept);
//! assert_eq!(order.value.value.get("card"), Some(&"".into()));
//! # Ok::<(), connect_api::Error>(())
//! ```
//!
//! Those of Confluent and of Aiven are in modules of their own, [`confluent`] and [`aiven`], as some share their names.
//!
//! # Schemas
//!
//! A schema that a transform changes is rewritten once and kept for the records that follow; values are changed where they
//! stand, and what a transform does not touch is not copied.
//!
//! # What differs from Java
//!
//! Field paths (`field.syntax.version=V2`) work everywhere, and through arrays. What Java's classes lose or do by mistake
//! is mended: the order of fields, whether a rebuilt struct is optional, and its default, entries that come out of
//! nowhere, dates that do not exist. `compat.java=true` copies Java instead. The pages of the book say it transform by
//! transform.

pub mod aiven;
mod apache;
mod by_schema;
pub mod confluent;
mod date;
pub mod debezium;
mod edit;
mod explode;
mod expression;
mod finder;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod jsonpath;
mod number;
mod options;
mod path;
mod pattern;
mod plugins;
mod rebuilt;
mod recent;
mod renaming;
mod reshape;
mod routing;
mod shape;
mod side;
mod tombstones;
mod topic_format;

pub use self::{
    apache::{
        Cast, CastConfig, DropHeaders, DropHeadersConfig, ExtractField, ExtractFieldConfig, Filter,
        FilterConfig, Flatten, FlattenConfig, HasHeaderKey, HasHeaderKeyConfig, HeaderFrom,
        HeaderFromConfig, HeaderFromOperation, HoistField, HoistFieldConfig, InsertField,
        InsertFieldConfig, InsertHeader, InsertHeaderConfig, MaskField, MaskFieldConfig,
        RecordIsTombstone, RecordIsTombstoneConfig, RegexRouter, RegexRouterConfig, ReplaceField,
        ReplaceFieldConfig, SetSchemaMetadata, SetSchemaMetadataConfig, TimestampConverter,
        TimestampConverterConfig, TimestampRouter, TimestampRouterConfig, TimestampType,
        TopicNameMatches, TopicNameMatchesConfig, UnixPrecision, ValueToKey, ValueToKeyConfig,
    },
    explode::{EmptyBehavior, Explode, ExplodeConfig, ExplodeOutput},
    expression::{Expression, ExpressionConfig},
    path::FieldSyntax,
    plugins::plugins,
    side::Side,
};
