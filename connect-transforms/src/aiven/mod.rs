//! The transforms of Aiven.
//!
//! Their classes are `io.aiven.kafka.connect.transforms.….`; some have the simple name of another's, so that these are
//! named in full.

mod case_transform;
mod concat_fields;
mod drop_value_if_header_set;
mod extract_timestamp;
mod extract_topic;
mod extract_topic_from_schema_name;
mod filter_by_field_value;
mod hash;
mod key_to_value;
mod make_tombstone;
mod string_to_date_time;
mod tombstone_handler;

use connect_api::Plugin;

pub use self::{
    case_transform::{Case, CaseTransform, CaseTransformConfig},
    concat_fields::{ConcatFields, ConcatFieldsConfig},
    drop_value_if_header_set::{DropValueIfHeaderSet, DropValueIfHeaderSetConfig},
    extract_timestamp::{ExtractTimestamp, ExtractTimestampConfig, TimestampResolution},
    extract_topic::{ExtractTopic, ExtractTopicConfig},
    extract_topic_from_schema_name::{
        ExtractTopicFromSchemaName, ExtractTopicFromSchemaNameConfig,
    },
    filter_by_field_value::{FilterByFieldValue, FilterByFieldValueConfig},
    hash::{Hash, HashConfig, HashFunction},
    key_to_value::{KeyToValue, KeyToValueConfig},
    make_tombstone::{MakeTombstone, MakeTombstoneConfig},
    string_to_date_time::{StringToDateTime, StringToDateTimeConfig},
    tombstone_handler::{TombstoneBehavior, TombstoneHandler, TombstoneHandlerConfig},
};
use crate::{Side, plugins::sided};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Lists them.
pub(crate) fn plugins() -> Vec<Plugin> {
    let mut plugins = Vec::from(of_whole_records());
    plugins.extend(hashes());
    plugins.extend(topics_from_schemas());
    plugins.extend(sided!(
        "aiven-extract-topic",
        "io.aiven.kafka.connect.transforms.ExtractTopic",
        ExtractTopic::new
    ));
    plugins.extend(sided!(
        "case-transform",
        "io.aiven.kafka.connect.transforms.CaseTransform",
        CaseTransform::new
    ));
    plugins.extend(sided!(
        "concat-fields",
        "io.aiven.kafka.connect.transforms.ConcatFields",
        ConcatFields::new
    ));
    plugins.extend(sided!(
        "extract-timestamp",
        "io.aiven.kafka.connect.transforms.ExtractTimestamp",
        ExtractTimestamp::new
    ));
    plugins.extend(sided!(
        "filter-by-field-value",
        "io.aiven.kafka.connect.transforms.FilterByFieldValue",
        FilterByFieldValue::new
    ));
    plugins
}

fn of_whole_records() -> [Plugin; 5] {
    [
        Plugin::transform("aiven-tombstone-handler", VERSION, TombstoneHandler::new)
            .alias("io.aiven.kafka.connect.transforms.TombstoneHandler"),
        Plugin::transform(
            "drop-value-if-header-set",
            VERSION,
            DropValueIfHeaderSet::new,
        )
        .alias("io.aiven.kafka.connect.transforms.DropValueIfHeaderSet"),
        Plugin::transform("key-to-value", VERSION, KeyToValue::new)
            .alias("io.aiven.kafka.connect.transforms.KeyToValue"),
        Plugin::transform("make-tombstone", VERSION, MakeTombstone::new)
            .alias("io.aiven.kafka.connect.transforms.MakeTombstone"),
        Plugin::transform("string-to-date-time", VERSION, StringToDateTime::new)
            .alias("io.aiven.kafka.connect.transforms.StringToDateTime"),
    ]
}

/// `HashField` was its name before the first release that had it.
fn hashes() -> [Plugin; 2] {
    let [key, value] = sided!("hash", "io.aiven.kafka.connect.transforms.Hash", Hash::new);
    [
        key.alias("io.aiven.kafka.connect.transforms.HashField$Key"),
        value.alias("io.aiven.kafka.connect.transforms.HashField$Value"),
    ]
}

/// Java has the one for values; `ExtractTopicFromValueSchema` was its name before the first release that had it.
fn topics_from_schemas() -> [Plugin; 2] {
    let [key, value] = sided!(
        "extract-topic-from-schema-name",
        "io.aiven.kafka.connect.transforms.ExtractTopicFromSchemaName",
        ExtractTopicFromSchemaName::new
    );
    let before = "io.aiven.kafka.connect.transforms.ExtractTopicFromValueSchema$Name";
    [key, value.alias(before)]
}

/// Refuses a datum that has to be there.
fn null(purpose: &str, side: Side) -> connect_api::Error {
    connect_api::Error::rejected(format!("{purpose}: expected a {side}, found null"))
}
