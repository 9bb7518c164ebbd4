//! What configuration can name.

use connect_api::Plugin;

use crate::{
    ByteArrayConverter, ByteArrayConverterConfig, JsonConverter, JsonConverterConfig,
    PrimitiveConverter, PrimitiveConverterConfig, SimpleHeaderConverter,
    SimpleHeaderConverterConfig, StringConverter, StringConverterConfig,
};

/// Lists every converter of this crate, for keys and values and for headers.
#[must_use]
pub fn plugins() -> Vec<Plugin> {
    let version = env!("CARGO_PKG_VERSION");
    let json = |config: JsonConverterConfig| JsonConverter::new(config);
    let string = |config: StringConverterConfig| StringConverter::new(&config);
    let bytes = |_: ByteArrayConverterConfig| Ok(ByteArrayConverter::default());
    let simple = |config: SimpleHeaderConverterConfig| Ok(SimpleHeaderConverter::new(&config));
    let mut plugins = vec![
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
    ];
    plugins.extend(primitives().into_iter().flatten());
    #[cfg(any(feature = "avro", feature = "json-schema", feature = "protobuf"))]
    plugins.extend(registered());
    plugins
}

/// The converters whose schemas stand in a registry, for keys and values.
#[cfg(any(feature = "avro", feature = "json-schema", feature = "protobuf"))]
fn registered() -> Vec<Plugin> {
    let version = env!("CARGO_PKG_VERSION");
    vec![
        #[cfg(feature = "avro")]
        Plugin::converter("avro", version, crate::AvroConverter::new)
            .alias("io.confluent.connect.avro.AvroConverter")
            .alias("AvroConverter"),
        #[cfg(feature = "json-schema")]
        Plugin::converter("json-schema", version, crate::JsonSchemaConverter::new)
            .alias("io.confluent.connect.json.JsonSchemaConverter")
            .alias("JsonSchemaConverter"),
        #[cfg(feature = "protobuf")]
        Plugin::converter("protobuf", version, crate::ProtobufConverter::new)
            .alias("io.confluent.connect.protobuf.ProtobufConverter")
            .alias("ProtobufConverter"),
    ]
}

/// The converters of one number or boolean, each for records and for headers.
fn primitives() -> [[Plugin; 2]; 6] {
    [
        primitive(
            "short",
            [
                "org.apache.kafka.connect.converters.ShortConverter",
                "ShortConverter",
            ],
            PrimitiveConverter::short,
        ),
        primitive(
            "integer",
            [
                "org.apache.kafka.connect.converters.IntegerConverter",
                "IntegerConverter",
            ],
            PrimitiveConverter::integer,
        ),
        primitive(
            "long",
            [
                "org.apache.kafka.connect.converters.LongConverter",
                "LongConverter",
            ],
            PrimitiveConverter::long,
        ),
        primitive(
            "float",
            [
                "org.apache.kafka.connect.converters.FloatConverter",
                "FloatConverter",
            ],
            PrimitiveConverter::float,
        ),
        primitive(
            "double",
            [
                "org.apache.kafka.connect.converters.DoubleConverter",
                "DoubleConverter",
            ],
            PrimitiveConverter::double,
        ),
        primitive(
            "boolean",
            [
                "org.apache.kafka.connect.converters.BooleanConverter",
                "BooleanConverter",
            ],
            PrimitiveConverter::boolean,
        ),
    ]
}

fn primitive(
    name: &'static str,
    aliases: [&'static str; 2],
    build: fn() -> PrimitiveConverter,
) -> [Plugin; 2] {
    let version = env!("CARGO_PKG_VERSION");
    let build = move |_: PrimitiveConverterConfig| Ok(build());
    [
        Plugin::converter(name, version, build),
        Plugin::header_converter(name, version, build),
    ]
    .map(|plugin| aliases.into_iter().fold(plugin, Plugin::alias))
}
