//! The configurations of the book are accepted as they stand there.

use connect_api::ConfigMap;
use connect_runtime::{Inspection, Plugins, Worker, properties, providers};

use super::book::chapters;

async fn inspect(settings: ConfigMap) -> Inspection {
    let plugins = Plugins::new()
        .with(connect_converters::plugins())
        .with(connect_datagen::plugins())
        .with(connect_file::plugins())
        .with(connect_transforms::plugins())
        .with(providers::plugins())
        .with_default_header_converter("simple-header");
    match settings.contains_key("config.storage.topic") {
        true => Worker::inspect_distributed(settings, plugins).await,
        false => Worker::inspect(settings, plugins).await,
    }
}

#[tokio::test]
async fn every_configuration_is_accepted() {
    let converter = "org.apache.kafka.connect.storage.StringConverter";
    let converters = [("key.converter", converter), ("value.converter", converter)];
    let mut count = 0;
    for chapter in chapters() {
        for block in chapter.blocks() {
            if block.language != "properties" {
                continue;
            }
            let entries = properties::parse(&block.text).unwrap().into_iter();
            let mut config: ConfigMap = entries.map(|entry| (entry.key, entry.value)).collect();
            if config.contains_key("transforms") && !config.contains_key("connector.class") {
                // A part of a connector's configuration.
                for (key, value) in [
                    ("name", "a"),
                    ("connector.class", "blackhole"),
                    ("topics", "t"),
                ] {
                    config.insert(key, value);
                }
            }
            let problems = match config.contains_key("connector.class") {
                true => {
                    inspect(converters.into())
                        .await
                        .connector_problems(&config)
                        .await
                }
                false => inspect(config).await.problems().to_vec(),
            };
            assert!(
                problems.is_empty(),
                "{}: {problems:?} in\n{}",
                chapter.name,
                block.text
            );
            count += 1;
        }
    }
    assert!(count >= 6, "only {count} configurations were found");
}
