//! The transforms and predicates that come with Apache Kafka.

mod mask_field;

use connect_api::Plugin;

pub use self::mask_field::{MaskField, MaskFieldConfig};
use crate::plugins::sided;

/// Lists them.
pub(crate) fn plugins() -> Vec<Plugin> {
    let mut plugins = Vec::new();
    plugins.extend(sided!(
        "mask-field",
        "org.apache.kafka.connect.transforms.MaskField",
        MaskField::new
    ));
    plugins
}
