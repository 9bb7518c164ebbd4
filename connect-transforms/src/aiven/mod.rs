//! The transforms of Aiven.

mod extract_timestamp;
mod string_to_date_time;

use connect_api::Plugin;

pub use self::{
    extract_timestamp::{ExtractTimestamp, ExtractTimestampConfig, TimestampResolution},
    string_to_date_time::{StringToDateTime, StringToDateTimeConfig},
};
use crate::plugins::sided;

/// Lists them.
pub(crate) fn plugins() -> Vec<Plugin> {
    let mut plugins = Vec::new();
    plugins.extend(sided!(
        "extract-timestamp",
        "io.aiven.kafka.connect.transforms.ExtractTimestamp",
        ExtractTimestamp::new
    ));
    plugins.push(
        Plugin::transform(
            "string-to-date-time",
            env!("CARGO_PKG_VERSION"),
            StringToDateTime::new,
        )
        .alias("io.aiven.kafka.connect.transforms.StringToDateTime"),
    );
    plugins
}
