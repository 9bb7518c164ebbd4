//! The transforms of Confluent.

use connect_api::Plugin;

/// Lists them.
pub(crate) fn plugins() -> Vec<Plugin> {
    Vec::new()
}
