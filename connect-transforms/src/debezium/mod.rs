//! The transforms of Debezium.

mod by_logical_table_router;
mod envelope;
mod event_router;
mod extract_new_record_state;
mod naming;
mod topic_route;

use connect_api::Plugin;

pub use self::{
    by_logical_table_router::{ByLogicalTableRouter, ByLogicalTableRouterConfig},
    event_router::{EventRouter, EventRouterConfig, InvalidOperation, JsonNulls},
    extract_new_record_state::{
        DeleteHandling, ExtractNewRecordState, ExtractNewRecordStateConfig, TombstoneHandling,
    },
    naming::NameAdjustment,
};

/// Lists them.
pub(crate) fn plugins() -> Vec<Plugin> {
    let version = env!("CARGO_PKG_VERSION");
    vec![
        Plugin::transform(
            "by-logical-table-router",
            version,
            ByLogicalTableRouter::new,
        )
        .alias("io.debezium.transforms.ByLogicalTableRouter"),
        Plugin::transform("event-router", version, EventRouter::new)
            .alias("io.debezium.transforms.outbox.EventRouter"),
        Plugin::transform(
            "extract-new-record-state",
            version,
            ExtractNewRecordState::new,
        )
        .alias("io.debezium.transforms.ExtractNewRecordState"),
    ]
}
