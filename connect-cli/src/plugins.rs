//! Which connectors, converters and transforms there are: the one place to add some.

use connect_runtime::{Plugins, providers};

/// Returns everything that configurations may name.
pub(crate) fn plugins() -> Plugins {
    Plugins::new()
        .with(connect_converters::plugins())
        .with(connect_datagen::plugins())
        .with(connect_file::plugins())
        .with(connect_transforms::plugins())
        .with(providers::plugins())
        .with_default_header_converter("simple-header")
}
