//! What configuration can name.

use connect_api::Plugin;

use crate::{Explode, Expression, ExpressionConfig, aiven, apache, confluent, debezium};

/// Lists every transform and predicate of this crate.
#[must_use]
pub fn plugins() -> Vec<Plugin> {
    let mut plugins = apache::plugins();
    plugins.extend(debezium::plugins());
    plugins.extend(confluent::plugins());
    plugins.extend(aiven::plugins());
    plugins.extend(own());
    plugins
}

/// The transforms that nobody else has.
fn own() -> Vec<Plugin> {
    let version = env!("CARGO_PKG_VERSION");
    vec![
        Plugin::transform("explode", version, Explode::new),
        Plugin::transform("expression", version, |config: ExpressionConfig| {
            Expression::new(&config)
        }),
    ]
}

/// Registers a transform once for keys and once for values, as Java has two classes.
///
/// `sided!("mask-field", "org.apache.kafka.connect.transforms.MaskField", MaskField::new)` is named `mask-field-key` and
/// `mask-field-value`, and answers to `org.apache.kafka.connect.transforms.MaskField$Key` and `…$Value`.
macro_rules! sided {
    ($name:literal, $class:literal, $new:expr) => {
        [
            ::connect_api::Plugin::transform(
                concat!($name, "-key"),
                env!("CARGO_PKG_VERSION"),
                |config| $new(config, $crate::Side::Key),
            )
            .alias(concat!($class, "$Key")),
            ::connect_api::Plugin::transform(
                concat!($name, "-value"),
                env!("CARGO_PKG_VERSION"),
                |config| $new(config, $crate::Side::Value),
            )
            .alias(concat!($class, "$Value")),
        ]
    };
}
pub(crate) use sided;
