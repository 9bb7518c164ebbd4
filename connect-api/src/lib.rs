//! What connectors, converters and transforms implement, and what they are handed.
//!
//! An author needs this crate alone. It does no I/O, knows no async runtime and no Kafka: it holds the data model of
//! Kafka Connect and the contracts between a plugin and the runtime that drives it. What follows argues for these
//! contracts in the order in which an author meets them. The two pages to start from are those of
//! [`SourceConnector`] and [`SinkConnector`]: each shows a complete connector.
//!
//! # Why a runtime, and not a loop
//!
//! Copying from one system to another is a loop of three lines, until something fails between two of them. A record
//! was written and its position was not, or the other way round; the process died, moved to another machine, and two
//! copies of it run for a while; one record out of a million does not parse. Each loop that copies data answers these
//! questions again, and mostly wrong. Here the runtime answers them once, and a plugin keeps the part that only its
//! author knows: how to read that system, or how to write it.
//!
//! Three rules make that possible. Everything else in this crate follows from them.
//!
//! # The runtime owns positions
//!
//! A [`SourceRecord`] carries the place *after* it: where reading resumes once the record is durable. A [`SinkBatch`]
//! carries the offsets after it, those of filtered and rejected records included. The runtime stores a position only
//! when everything before it is durable downstream, so a crash at any moment repeats work and never skips it.
//!
//! A plugin therefore keeps no position of its own between restarts. A source resumes from
//! [`SourceContext::offset`], and hears in [`SourceTask::commit`] what became durable: only then may it acknowledge
//! upstream. A sink says in [`SinkTask::flush`] how far its data is durable. There is one exception, and it buys
//! exactly once: a sink that stores the offsets *with* its data, by compare-and-set, and returns them from
//! [`SinkTask::open`]. If two owners write, one of them fails to compare, answers [`ErrorKind::Fenced`], and nothing
//! is written twice.
//!
//! What is promised is said, never assumed: [`SourceGuarantees`] and [`SinkGuarantees`] have no default.
//!
//! # A plugin's future is dropped only together with its plugin
//!
//! Code that may be cancelled at any await is hard to write: half a request was sent, a buffer holds what nobody
//! will read. So the runtime does not cancel. A call that must end, because its deadline passed or the task lost its
//! partitions, ends together with the task, and a new task is opened from stored positions. Plugin code has to
//! survive a crash, which it had to anyway; it need not survive cancellation.
//!
//! Waiting is the exception. A source that waits for data must let go when the runtime wants to commit or to stop,
//! so it waits inside [`TaskContext::wait`] and passes nothing that is lost when dropped. (The other exception asks
//! and does nothing: [`SourceConnector::changed`].) A pause is asked for with [`SourceBatch::idle`] rather than slept.
//! Blocking calls belong in [`TaskContext::blocking`], work beside the calls in [`TaskContext::spawn`].
//!
//! A *task* that exists is connected: `open` connects and returns it, so there is no half-open client to check for. A
//! *connector* holds options and pools that connect lazily. Building one has no effect outside the process; that is
//! why a configuration is checked by building.
//!
//! # An error says what happens next
//!
//! [`ErrorKind`] is the list of the branches that the runtime takes: repeat the call, condemn the record, stop the
//! task, check who owns it. `?` on a foreign error does not compile until one word of [`Classify`] has chosen the
//! branch:
//!
//! ```
//! use connect_api::{Classify, ErrorKind, Result};
//!
//! fn read(path: &str) -> Result<String> {
//!     std::fs::read_to_string(path).unavailable("reading the sensor")
//! }
//! let error = read("/no/such/sensor").unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::Unavailable);
//! assert_eq!(error.to_string(), "reading the sensor"); // its source says why
//! ```
//!
//! | the plugin says | about | the runtime |
//! |---|---|---|
//! | [`Unavailable`](ErrorKind::Unavailable) | the system | repeats the call, after [`Error::retry_after`] or backoff, without limit |
//! | [`Rejected`](ErrorKind::Rejected) | one record | asks tolerance and the dead letter queue, goes on with the rest |
//! | [`Fatal`](ErrorKind::Fatal) | the task | stops it; policy may open a new one |
//! | [`Fenced`](ErrorKind::Fenced) | the right to write | checks it, then opens anew or stops |
//! | [`NotPrepared`](ErrorKind::NotPrepared) | a converter | awaits [`Converter::prepare`], then converts again |
//! | [`Config`](ErrorKind::Config) | the options | refuses them, key by key: [`Error::problems`] |
//!
//! Partial success cannot be expressed by silence: a sink that cannot store one record of a batch says so with
//! [`SinkContext::reject`] or with an error that names it, and `Ok` means all the others are in.
//!
//! # The data
//!
//! The types are exactly Connect's, because every transform, converter and connector depends on their distinctions.
//! A [`Record`] has a key and a value, each a [`SchemaAndValue`], and five cases stay distinct: a [`Struct`] with its
//! [`Schema`], a map without one, a primitive, a logical value ([`Decimal`], date, time, timestamp; also without a
//! schema), and a null *with* a schema. Nothing is copied on the way: text and bytes are slices of shared buffers,
//! arrays, maps and structs are reference counted, and changed in place by their only owner.
//!
//! Authors who would rather have their own structs read and write them with serde, in one call each and without JSON
//! between: [`SchemaAndValue::decode`], [`SchemaAndValue::encode`], [`SinkRecord::decode`].
//!
//! Between a connector and the topic stand a [`Transform`] (one record in, any number out; a closure will do) and a
//! [`Converter`] (values to bytes and back). Neither awaits anything per record, and neither sees positions or
//! origins, so neither can damage them.
//!
//! # Options
//!
//! The options of a plugin are a struct. Its fields are the keys, their documentation is the documentation, and
//! everything that a form or a REST client wants to know comes from the same place: [`TypedConfig`] has the rules.
//! A [`Plugin`] gives the struct's parser, the constructor and a name to the runtime, which registers what the
//! application lists and nothing else:
//!
//! ```
//! use connect_api::{Plugin, Record, Result};
//!
//! /// Where records go.
//! #[derive(serde::Deserialize, schemars::JsonSchema)]
//! struct Route {
//!     /// The topic that all records go to.
//!     topic: String,
//! }
//!
//! pub fn plugins() -> Vec<Plugin> {
//!     vec![Plugin::transform("route", env!("CARGO_PKG_VERSION"), |options: Route| {
//!         Ok(move |mut record: Record| -> Result<Option<Record>> {
//!             record.topic = options.topic.as_str().into();
//!             Ok(Some(record))
//!         })
//!     })]
//! }
//! # assert_eq!(plugins()[0].config().keys()[0].documentation(), "The topic that all records go to.");
//! ```
//!
//! # Proof
//!
//! The contracts are written on each method under *Contract*, and `connect-testkit` turns them into a suite that any
//! connector can run on itself: crashes between every two calls, calls repeated, batches cut differently, two owners
//! at once. A connector that passes it may be trusted by people who never met its author.

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
mod projector;
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
        ConfigData, ConfigDef, ConfigKey, ConfigMap, ConfigParser, ConfigProvider, ConfigType,
        ConfigWidth, Importance, Millis, Secret, TaskConfig, TypedConfig, UnknownKeys,
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
    projector::SchemaProjector,
    record::{Record, SchemaAndValue},
    schema::{Field, Logical, Schema, SchemaBuilder, Type},
    sink::{
        FlushReason, Flushed, Offsets, Origin, Origins, RawRecords, SinkBatch, SinkConnector,
        SinkGuarantees, SinkRecord, SinkTask, TopicPartition,
    },
    source::{
        OffsetFields, SharedOffset, SourceBatch, SourceConnector, SourceGuarantees, SourceItem,
        SourceOffset, SourcePartition, SourceRecord, SourceTask, Unreadable,
    },
    structure::Struct,
    text::Str,
    transform::{Outcome, Predicate, Transform},
    value::Value,
};

/// The programs of the README: compiled, and seen by nobody else.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
