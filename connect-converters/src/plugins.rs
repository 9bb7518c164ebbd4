//! What configuration can name.

use connect_api::Plugin;

use crate::{
    ByteArrayConverter, ByteArrayConverterConfig, JsonConverter, JsonConverterConfig,
    SimpleHeaderConverter, SimpleHeaderConverterConfig, StringConverter, StringConverterConfig,
};

/// Lists every converter of this crate, for keys and values and for headers.
#[must_use]
pub fn plugins() -> Vec<Plugin> {
    let version = env!("CARGO_PKG_VERSION");
    let json = |config: JsonConverterConfig| JsonConverter::new(config);
    let string = |config: StringConverterConfig| StringConverter::new(&config);
    let bytes = |_: ByteArrayConverterConfig| Ok(ByteArrayConverter::default());
    let simple = |config: SimpleHeaderConverterConfig| Ok(SimpleHeaderConverter::new(&config));
    vec![
        Plugin::converter("json", version, json)
            .alias("org.apache.kafka.connect.json.JsonConverter")
            .alias("JsonConverter"),
        Plugin::header_converter("json", version, json)
            .alias("org.apache.kafka.connect.json.JsonConverter")
            .alias("JsonConverter"),
        Plugin::converter("string", version, string)
            .alias("org.apache.kafka.connect.storage.StringConverter")
            .alias("StringConverter"),
        Plugin::header_converter("string", version, string)
            .alias("org.apache.kafka.connect.storage.StringConverter")
            .alias("StringConverter"),
        Plugin::converter("bytes", version, bytes)
            .alias("org.apache.kafka.connect.converters.ByteArrayConverter")
            .alias("ByteArrayConverter"),
        Plugin::header_converter("bytes", version, bytes)
            .alias("org.apache.kafka.connect.converters.ByteArrayConverter")
            .alias("ByteArrayConverter"),
        Plugin::header_converter("simple-header", version, simple)
            .alias("org.apache.kafka.connect.storage.SimpleHeaderConverter")
            .alias("SimpleHeaderConverter"),
    ]
}
