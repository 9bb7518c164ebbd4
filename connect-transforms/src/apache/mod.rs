//! The transforms and predicates that come with Apache Kafka.

mod cast;
mod drop_headers;
mod extract_field;
mod filter;
mod flatten;
mod header_from;
mod hoist_field;
mod insert_field;
mod insert_header;
mod mask_field;
mod predicates;
mod regex_router;
mod replace_field;
mod set_schema_metadata;
mod timestamp_converter;
mod timestamp_router;
mod value_to_key;

use connect_api::Plugin;

pub use self::{
    cast::{Cast, CastConfig},
    drop_headers::{DropHeaders, DropHeadersConfig},
    extract_field::{ExtractField, ExtractFieldConfig},
    filter::{Filter, FilterConfig},
    flatten::{Flatten, FlattenConfig},
    header_from::{HeaderFrom, HeaderFromConfig, HeaderFromOperation},
    hoist_field::{HoistField, HoistFieldConfig},
    insert_field::{InsertField, InsertFieldConfig},
    insert_header::{InsertHeader, InsertHeaderConfig},
    mask_field::{MaskField, MaskFieldConfig},
    predicates::{
        HasHeaderKey, HasHeaderKeyConfig, RecordIsTombstone, RecordIsTombstoneConfig,
        TopicNameMatches, TopicNameMatchesConfig,
    },
    regex_router::{RegexRouter, RegexRouterConfig},
    replace_field::{ReplaceField, ReplaceFieldConfig},
    set_schema_metadata::{SetSchemaMetadata, SetSchemaMetadataConfig},
    timestamp_converter::{
        TimestampConverter, TimestampConverterConfig, TimestampType, UnixPrecision,
    },
    timestamp_router::{TimestampRouter, TimestampRouterConfig},
    value_to_key::{ValueToKey, ValueToKeyConfig},
};
use crate::plugins::sided;

/// Lists them.
pub(crate) fn plugins() -> Vec<Plugin> {
    let mut plugins = Vec::from(whole_record());
    plugins.extend(sided!(
        "cast",
        "org.apache.kafka.connect.transforms.Cast",
        Cast::new
    ));
    plugins.extend(sided!(
        "extract-field",
        "org.apache.kafka.connect.transforms.ExtractField",
        ExtractField::new
    ));
    plugins.extend(sided!(
        "flatten",
        "org.apache.kafka.connect.transforms.Flatten",
        Flatten::new
    ));
    plugins.extend(sided!(
        "header-from",
        "org.apache.kafka.connect.transforms.HeaderFrom",
        HeaderFrom::new
    ));
    plugins.extend(sided!(
        "hoist-field",
        "org.apache.kafka.connect.transforms.HoistField",
        HoistField::new
    ));
    plugins.extend(sided!(
        "insert-field",
        "org.apache.kafka.connect.transforms.InsertField",
        InsertField::new
    ));
    plugins.extend(sided!(
        "mask-field",
        "org.apache.kafka.connect.transforms.MaskField",
        MaskField::new
    ));
    plugins.extend(sided!(
        "replace-field",
        "org.apache.kafka.connect.transforms.ReplaceField",
        ReplaceField::new
    ));
    plugins.extend(sided!(
        "set-schema-metadata",
        "org.apache.kafka.connect.transforms.SetSchemaMetadata",
        SetSchemaMetadata::new
    ));
    plugins.extend(sided!(
        "timestamp-converter",
        "org.apache.kafka.connect.transforms.TimestampConverter",
        TimestampConverter::new
    ));
    plugins.extend(predicates::plugins());
    plugins
}

/// Lists those of which there are no two for keys and values.
fn whole_record() -> [Plugin; 6] {
    let version = env!("CARGO_PKG_VERSION");
    [
        Plugin::transform("drop-headers", version, DropHeaders::new)
            .alias("org.apache.kafka.connect.transforms.DropHeaders"),
        Plugin::transform("filter", version, Filter::new)
            .alias("org.apache.kafka.connect.transforms.Filter"),
        Plugin::transform("insert-header", version, InsertHeader::new)
            .alias("org.apache.kafka.connect.transforms.InsertHeader"),
        Plugin::transform("regex-router", version, RegexRouter::new)
            .alias("org.apache.kafka.connect.transforms.RegexRouter"),
        Plugin::transform("timestamp-router", version, TimestampRouter::new)
            .alias("org.apache.kafka.connect.transforms.TimestampRouter"),
        Plugin::transform("value-to-key", version, ValueToKey::new)
            .alias("org.apache.kafka.connect.transforms.ValueToKey"),
    ]
}
