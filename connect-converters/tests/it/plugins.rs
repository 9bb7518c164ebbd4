//! Converters as configuration names and builds them.

use std::sync::Arc;

use connect_api::{
    Build, Bytes, ConfigMap, Converter, Headers, Plugin, Result, UnknownKeys, Value,
};
use connect_converters::plugins;

fn plugin(name: &str, kind: &str) -> Plugin {
    plugins()
        .into_iter()
        .find(|plugin| {
            let named = plugin.name() == name || plugin.aliases().contains(&name);
            named && plugin.build().kind() == kind
        })
        .unwrap()
}

fn converter(name: &str, options: ConfigMap) -> Result<Arc<dyn Converter>> {
    match plugin(name, "converter").build() {
        Build::Converter(build) => build(&options, UnknownKeys::Refuse),
        other => panic!("{name} is a converter, found {other:?}"),
    }
}

fn encode(converter: &dyn Converter, value: Value) -> Bytes {
    let encoded = converter.encode("t", &mut Headers::new(), &value.into());
    encoded.unwrap().unwrap()
}

#[test]
fn every_converter_answers_to_its_own_name_and_its_java_names() {
    for (own, simple, class) in [
        (
            "json",
            "JsonConverter",
            "org.apache.kafka.connect.json.JsonConverter",
        ),
        (
            "string",
            "StringConverter",
            "org.apache.kafka.connect.storage.StringConverter",
        ),
        (
            "bytes",
            "ByteArrayConverter",
            "org.apache.kafka.connect.converters.ByteArrayConverter",
        ),
        (
            "short",
            "ShortConverter",
            "org.apache.kafka.connect.converters.ShortConverter",
        ),
        (
            "integer",
            "IntegerConverter",
            "org.apache.kafka.connect.converters.IntegerConverter",
        ),
        (
            "long",
            "LongConverter",
            "org.apache.kafka.connect.converters.LongConverter",
        ),
        (
            "float",
            "FloatConverter",
            "org.apache.kafka.connect.converters.FloatConverter",
        ),
        (
            "double",
            "DoubleConverter",
            "org.apache.kafka.connect.converters.DoubleConverter",
        ),
        (
            "boolean",
            "BooleanConverter",
            "org.apache.kafka.connect.converters.BooleanConverter",
        ),
    ] {
        for name in [own, simple, class] {
            assert_eq!(plugin(name, "converter").name(), own);
            assert_eq!(plugin(name, "header_converter").name(), own);
        }
    }
    for name in [
        "simple-header",
        "SimpleHeaderConverter",
        "org.apache.kafka.connect.storage.SimpleHeaderConverter",
    ] {
        assert_eq!(plugin(name, "header_converter").name(), "simple-header");
    }
}

#[test]
fn options_are_read_under_javas_keys() {
    let options = ConfigMap::from([
        ("schemas.enable", "false"),
        ("schemas.cache.size", "5"),
        ("decimal.format", "numeric"),
        ("replace.null.with.default", "false"),
        ("converter.type", "value"),
        ("compat.java", "true"),
    ]);
    let json = converter("json", options).unwrap();
    assert_eq!(encode(&*json, 7i64.into()), "7");
    let read = json.decode("t", &Headers::new(), Some(&Bytes::from_static(b"007 x")));
    assert_eq!(read.unwrap(), 7i64.into());
    let latin = ConfigMap::from([("converter.encoding", "ISO-8859-1")]);
    let text = converter("string", latin).unwrap();
    assert_eq!(encode(&*text, "é".into()), &b"\xE9"[..]);
}

#[test]
fn without_options_the_defaults_are_javas() {
    let json = converter("json", ConfigMap::new()).unwrap();
    assert_eq!(
        encode(&*json, 7i64.into()),
        r#"{"schema":null,"payload":7}"#
    );
    let defaults: Vec<(String, Option<String>)> = plugin("json", "converter")
        .config()
        .keys()
        .iter()
        .map(|key| {
            (
                key.name().to_owned(),
                key.default_value().map(str::to_owned),
            )
        })
        .collect();
    let expected = [
        ("schemas.enable", Some("true")),
        ("schemas.cache.size", Some("1000")),
        ("schema.content", None),
        ("decimal.format", Some("BASE64")),
        ("replace.null.with.default", Some("true")),
        ("converter.type", None),
        ("compat.java", Some("false")),
    ]
    .map(|(key, default)| (key.to_owned(), default.map(str::to_owned)));
    assert_eq!(defaults, expected);
}

#[test]
fn each_number_has_the_width_of_its_name() {
    let width = |name, value| encode(&*converter(name, ConfigMap::new()).unwrap(), value).len();
    assert_eq!(width("short", 1i16.into()), 2);
    assert_eq!(width("integer", 1i32.into()), 4);
    assert_eq!(width("long", 1i64.into()), 8);
    assert_eq!(width("float", 1f32.into()), 4);
    assert_eq!(width("double", 1f64.into()), 8);
    assert_eq!(width("boolean", true.into()), 1);
}

#[test]
fn wrong_options_are_refused_by_their_keys() {
    let options = ConfigMap::from([("decimal.format", "HEX"), ("schema.enable", "true")]);
    let Err(error) = converter("json", options) else {
        panic!("wrong options build nothing")
    };
    assert_eq!(
        error.message(),
        "Invalid value HEX for configuration decimal.format: String must be one of (case insensitive): BASE64, NUMERIC\n\
         Unknown configuration \"schema.enable\": did you mean \"schemas.enable\"?"
    );
}
