//! The transforms of Confluent, written after their documentation.
//!
//! Their classes are `io.confluent.connect.transforms.….`; some have the simple name of another's, so that these are named
//! in full.

mod drop;
mod extract_topic;
mod filter;
mod gzip_decompress;
mod message_timestamp_router;
mod tombstone_handler;
mod topic_regex_router;

use connect_api::Plugin;

pub use self::{
    drop::{Drop, DropConfig, SchemaBehavior},
    extract_topic::{ExtractTopic, ExtractTopicConfig, FieldFormat},
    filter::{Filter, FilterConfig, FilterType, MissingOrNull},
    gzip_decompress::{GzipDecompress, GzipDecompressConfig},
    message_timestamp_router::{MessageTimestampRouter, MessageTimestampRouterConfig},
    tombstone_handler::{TombstoneBehavior, TombstoneHandler, TombstoneHandlerConfig},
    topic_regex_router::{TopicRegexRouter, TopicRegexRouterConfig},
};
use crate::plugins::sided;

/// Lists them.
pub(crate) fn plugins() -> Vec<Plugin> {
    const VERSION: &str = env!("CARGO_PKG_VERSION");
    let mut plugins = vec![
        Plugin::transform(
            "confluent-extract-topic-header",
            VERSION,
            ExtractTopic::from_header,
        )
        .alias("io.confluent.connect.transforms.ExtractTopic$Header"),
        Plugin::transform(
            "confluent-tombstone-handler",
            VERSION,
            TombstoneHandler::new,
        )
        .alias("io.confluent.connect.transforms.TombstoneHandler"),
        Plugin::transform(
            "message-timestamp-router",
            VERSION,
            MessageTimestampRouter::new,
        )
        .alias("io.confluent.connect.transforms.MessageTimestampRouter"),
        Plugin::transform("topic-regex-router", VERSION, TopicRegexRouter::new)
            .alias("io.confluent.connect.cloud.transforms.TopicRegexRouter"),
    ];
    plugins.extend(sided!(
        "confluent-extract-topic",
        "io.confluent.connect.transforms.ExtractTopic",
        ExtractTopic::new
    ));
    plugins.extend(sided!(
        "confluent-filter",
        "io.confluent.connect.transforms.Filter",
        Filter::new
    ));
    plugins.extend(sided!(
        "drop",
        "io.confluent.connect.transforms.Drop",
        Drop::new
    ));
    plugins.extend(sided!(
        "gzip-decompress",
        "io.confluent.connect.transforms.GzipDecompress",
        GzipDecompress::new
    ));
    plugins
}
