//! What connectors, converters and transforms implement, and what they are handed.
//!
//! An author needs this crate alone. It does no I/O, knows no async runtime and no Kafka: it holds the data model
//! of Kafka Connect and the contracts between a plugin and the runtime that drives it.
//!
//! Three rules carry everything else:
//!
//! - **The runtime owns positions.** A [`SourceRecord`] carries the place *after* it, a [`SinkBatch`] the offsets
//!   after it. A position is stored only when everything before it is durable; plugins never store one themselves,
//!   except a sink that stores it *with* its data.
//! - **A plugin's future is dropped only together with its plugin.** Plugin code survives a crash; it need not
//!   survive cancellation. The one exception is what is passed to [`TaskContext::wait`].
//! - **An error says what happens next.** [`ErrorKind`] is the list of the branches that the runtime takes, and
//!   [`Classify`] sorts foreign errors into it in one word.

mod config;
mod context;
mod converter;
mod decimal;
mod dialect;
mod error;
mod headers;
pub mod json;
mod map_builder;
pub mod number;
mod plugin;
mod problem;
mod record;
mod schema;
mod serde_bridge;
mod sink;
mod source;
mod structure;
mod text;
mod transform;
mod value;
pub mod values;

pub use async_trait::async_trait;
pub use bytes::Bytes;

pub use self::{
    config::{
        ConfigData, ConfigDef, ConfigKey, ConfigMap, ConfigProvider, ConfigType, ConfigWidth,
        Importance, Millis, Secret, TaskConfig, TypedConfig, UnknownKeys,
    },
    context::{Host, SinkContext, SourceContext, TaskContext},
    converter::{Converter, HeaderConverter, Missing},
    decimal::Decimal,
    dialect::Dialect,
    error::{Classify, Error, ErrorKind, Result},
    headers::Headers,
    map_builder::MapBuilder,
    plugin::{Build, Plugin},
    problem::ConfigProblem,
    record::{Record, SchemaAndValue},
    schema::{Field, Logical, Schema, SchemaBuilder, Type},
    sink::{
        FlushReason, Flushed, Offsets, Origin, RawRecords, SinkBatch, SinkConnector,
        SinkGuarantees, SinkRecord, SinkTask, TopicPartition,
    },
    source::{
        OffsetFields, SharedOffset, SourceBatch, SourceConnector, SourceGuarantees, SourceItem,
        SourceOffset, SourcePartition, SourceRecord, SourceTask, Unreadable,
    },
    structure::Struct,
    text::Str,
    transform::{Predicate, Transform},
    value::Value,
};
