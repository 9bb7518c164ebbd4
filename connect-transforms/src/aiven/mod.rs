//! The transforms of Aiven.

use connect_api::Plugin;

/// Lists them.
pub(crate) fn plugins() -> Vec<Plugin> {
    Vec::new()
}
