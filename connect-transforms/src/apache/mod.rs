//! The transforms and predicates that come with Apache Kafka.

mod cast;
mod mask_field;
mod timestamp_converter;
mod timestamp_router;

use connect_api::Plugin;

pub use self::{
    cast::{Cast, CastConfig},
    mask_field::{MaskField, MaskFieldConfig},
    timestamp_converter::{
        TimestampConverter, TimestampConverterConfig, TimestampType, UnixPrecision,
    },
    timestamp_router::{TimestampRouter, TimestampRouterConfig},
};
use crate::plugins::sided;

/// Lists them.
pub(crate) fn plugins() -> Vec<Plugin> {
    let mut plugins = Vec::new();
    plugins.extend(sided!(
        "cast",
        "org.apache.kafka.connect.transforms.Cast",
        Cast::new
    ));
    plugins.extend(sided!(
        "mask-field",
        "org.apache.kafka.connect.transforms.MaskField",
        MaskField::new
    ));
    plugins.extend(sided!(
        "timestamp-converter",
        "org.apache.kafka.connect.transforms.TimestampConverter",
        TimestampConverter::new
    ));
    plugins.push(
        Plugin::transform(
            "timestamp-router",
            env!("CARGO_PKG_VERSION"),
            TimestampRouter::new,
        )
        .alias("org.apache.kafka.connect.transforms.TimestampRouter"),
    );
    plugins
}
