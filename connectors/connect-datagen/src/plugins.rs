//! What configuration can name.

use connect_api::Plugin;

use crate::{Blackhole, BlackholeConfig, DatagenSource, DatagenSourceConfig};

/// Returns the source and the sink.
///
/// ```
/// let names: Vec<_> = connect_datagen::plugins().iter().map(|plugin| plugin.name()).collect();
/// assert_eq!(names, ["datagen-source", "blackhole"]);
/// ```
#[must_use]
pub fn plugins() -> Vec<Plugin> {
    let version = env!("CARGO_PKG_VERSION");
    vec![
        Plugin::source("datagen-source", version, |config: DatagenSourceConfig| {
            DatagenSource::from_config(config)
        })
        .alias("datagen"),
        Plugin::sink("blackhole", version, |config: BlackholeConfig| {
            Ok(Blackhole::from_config(config))
        })
        .alias("blackhole-sink"),
    ]
}
