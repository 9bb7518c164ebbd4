//! The examples: a value, the schema that is registered for it, and the bytes of its message.

use std::sync::Arc;

use connect_api::{Build, Bytes, ConfigMap, Converter, Headers, UnknownKeys};
use connect_converters::{
    JsonConverter, plugins,
    registry::{Client, Deleted, RegistryConfig, Version},
};
use connect_runtime::properties;
use connect_testkit::{
    converter::{decode, encode},
    registry::MockRegistry,
};
use serde_json::Value as Json;

use super::{FORMATS, Format};

const TOPIC: &str = "orders";

fn converter(format: &Format, registry: &MockRegistry, options: &str) -> Arc<dyn Converter> {
    let entries = properties::parse(options).unwrap().into_iter();
    let mut options: ConfigMap = entries.map(|entry| (entry.key, entry.value)).collect();
    options.insert("schema.registry.url", registry.url());
    let plugin = plugins()
        .into_iter()
        .find(|plugin| plugin.name() == format.plugin);
    match plugin.unwrap().build() {
        Build::Converter(build) => build(&options, UnknownKeys::Refuse).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Writes bytes as the pages do: as numbers, and JSON as it is.
fn shown(format: &Format, bytes: &[u8]) -> String {
    let (hex, json) = match format.plugin {
        "json-schema" => bytes.split_at(5),
        _ => (bytes, &b""[..]),
    };
    let hex: Vec<_> = hex.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{} {}", hex.join(" "), String::from_utf8_lossy(json))
}

fn unspaced(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Compares schemas: JSON in any order, `.proto` files line by line.
fn is_same_schema(one: &str, other: &str) -> bool {
    let json = |text: &str| serde_json::from_str::<Json>(text).ok();
    match (json(one), json(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one.trim() == other.trim(),
    }
}

#[tokio::test]
async fn each_example_is_what_is_registered_and_written() {
    let mut wrong = Vec::new();
    for format in FORMATS {
        let (chapter, mut count) = (format.chapter(), 0);
        let blocks = chapter.blocks();
        for at in 0..blocks.len().saturating_sub(2) {
            let [before, schema, message] = &blocks[at..at + 3] else {
                continue;
            };
            if (before.language, schema.language) != ("json connect", format.language) {
                continue;
            }
            count += 1;
            let options = at.checked_sub(1).map(|at| &blocks[at]);
            let options = options.filter(|block| block.language == "properties options");
            let registry = MockRegistry::start().await;
            let options = options.map_or("", |block| &block.text);
            let converter = converter(&format, &registry, options);
            let text = Bytes::from(before.text.clone());
            let json = JsonConverter::default();
            let data = Converter::decode(&json, TOPIC, &Headers::new(), Some(&text)).unwrap();
            let headers = &mut Headers::new();
            let bytes = encode(&*converter, TOPIC, headers, &data).await.unwrap();
            let bytes = bytes.unwrap();
            let client = Client::new(&RegistryConfig::new([registry.url()])).unwrap();
            let found = client
                .by_version("orders-value", Version::Latest, Deleted::Hidden)
                .await;
            let found = found.unwrap().schema.text;
            if !is_same_schema(&found, &schema.text) {
                wrong.push(format!("{}: registered\n{found}", chapter.name));
            }
            let found = shown(&format, &bytes);
            if unspaced(&found) != unspaced(&message.text) {
                wrong.push(format!("{}: written\n{found}", chapter.name));
            }
            let read = decode(&*converter, TOPIC, headers, Some(&bytes)).await;
            read.unwrap();
        }
        if count == 0 {
            wrong.push(format!("{}: no example", chapter.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
