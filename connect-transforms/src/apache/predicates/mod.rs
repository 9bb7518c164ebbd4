//! Predicates: which records a transform gets to see.

mod has_header_key;
mod record_is_tombstone;
mod topic_name_matches;

use connect_api::Plugin;

pub use self::{
    has_header_key::{HasHeaderKey, HasHeaderKeyConfig},
    record_is_tombstone::{RecordIsTombstone, RecordIsTombstoneConfig},
    topic_name_matches::{TopicNameMatches, TopicNameMatchesConfig},
};

/// Lists them.
pub(super) fn plugins() -> [Plugin; 3] {
    let version = env!("CARGO_PKG_VERSION");
    [
        Plugin::predicate("has-header-key", version, HasHeaderKey::new)
            .alias("org.apache.kafka.connect.transforms.predicates.HasHeaderKey"),
        Plugin::predicate("record-is-tombstone", version, RecordIsTombstone::new)
            .alias("org.apache.kafka.connect.transforms.predicates.RecordIsTombstone"),
        Plugin::predicate("topic-name-matches", version, TopicNameMatches::new)
            .alias("org.apache.kafka.connect.transforms.predicates.TopicNameMatches"),
    ]
}
