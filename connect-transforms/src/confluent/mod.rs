//! The transforms of Confluent.

mod message_timestamp_router;

use connect_api::Plugin;

pub use self::message_timestamp_router::{MessageTimestampRouter, MessageTimestampRouterConfig};

/// Lists them.
pub(crate) fn plugins() -> Vec<Plugin> {
    vec![
        Plugin::transform(
            "message-timestamp-router",
            env!("CARGO_PKG_VERSION"),
            MessageTimestampRouter::new,
        )
        .alias("io.confluent.connect.transforms.MessageTimestampRouter"),
    ]
}
