//! What the pages about transforms say is so.

use std::collections::BTreeSet;

use connect_api::{Bytes, ConfigMap, Converter, Headers, Plugin, Record, SchemaAndValue, Value};
use connect_converters::JsonConverter;
use connect_runtime::{Passed, Plugins, Preview, Worker, properties};
use serde_json::{Map, Value as Json};

use super::book::{Chapter, chapters};

/// Pages that are about several transforms.
const OVERVIEWS: [&str; 2] = ["transforms/README.md", "transforms/differences.md"];

fn pages() -> Vec<Chapter> {
    let is_page = |chapter: &Chapter| {
        chapter.name.starts_with("transforms/") && !OVERVIEWS.contains(&&*chapter.name)
    };
    chapters().into_iter().filter(is_page).collect()
}

fn transforms() -> impl Iterator<Item = Plugin> {
    let kinds = ["transformation", "predicate"];
    let all = connect_transforms::plugins().into_iter();
    all.filter(move |plugin| kinds.contains(&plugin.build().kind()))
}

#[test]
fn each_transform_has_a_page_with_all_its_options_and_their_defaults() {
    let (pages, mut wrong) = (pages(), Vec::new());
    for plugin in transforms() {
        let name = plugin.name();
        let is_named = |page: &&Chapter| page.text.contains(&format!("`{name}`"));
        let Some(page) = pages.iter().find(is_named) else {
            wrong.push(format!("no page names `{name}`"));
            continue;
        };
        for class in plugin.aliases() {
            let simple = class.rsplit('.').next().unwrap();
            let simple = simple.split('$').next().unwrap();
            if !page.text.contains(simple) {
                wrong.push(format!("{}: {class} is not named", page.name));
            }
        }
        for key in plugin.config().keys() {
            let row = format!("| `{}` |", key.name());
            let line = page.text.lines().find(|line| line.starts_with(&row));
            let default = key.default_value().filter(|default| !default.is_empty());
            let default = default.map(|default| format!("`{default}`"));
            match (line, default) {
                (None, _) => wrong.push(format!("{}: no row `{}`", page.name, key.name())),
                (Some(line), _) if key.is_required() && !line.contains(" | required | ") => {
                    wrong.push(format!("{}: `{}` is required", page.name, key.name()));
                }
                (Some(line), Some(default)) if !line.contains(&default) => {
                    wrong.push(format!(
                        "{}: `{}` has the default {default}",
                        page.name,
                        key.name()
                    ));
                }
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn each_example_is_what_comes_out() {
    let (mut wrong, mut count) = (Vec::new(), 0);
    for page in pages() {
        let blocks = page.blocks();
        let mut found = 0;
        for example in blocks.windows(3) {
            let [config, before, after] = example else {
                continue;
            };
            if (before.language, after.language) != ("json before", "json after") {
                continue;
            }
            found += 1;
            let shown = run(&config.text, &before.text).await;
            let expected = objects(&after.text);
            if shown != expected {
                let shown: Vec<_> = shown.iter().map(Json::to_string).collect();
                wrong.push(format!(
                    "{}:\n{}found\n{}",
                    page.name,
                    config.text,
                    shown.join("\n")
                ));
            }
        }
        if found == 0 {
            wrong.push(format!("{}: no example", page.name));
        }
        count += found;
    }
    eprintln!("{count} examples");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn objects(text: &str) -> Vec<Json> {
    let objects = serde_json::Deserializer::from_str(text).into_iter();
    objects.map(|object| object.unwrap()).collect()
}

/// Returns what comes out of the transforms of an example, as it is written in `after`.
async fn run(config: &str, before: &str) -> Vec<Json> {
    let mut preview = match preview(config).await {
        Ok(preview) => preview,
        Err(error) => return vec![Json::from(error.to_string())],
    };
    let mut shown = Vec::new();
    for object in objects(before) {
        match preview.record(record(&object)).unwrap() {
            Passed::Records(records) => shown.extend(records.iter().map(object_of)),
            Passed::Dropped(_) => {}
            Passed::Failed(failure) => {
                // The runtime says which transform it was.
                let (_, message) = failure.message.split_once(": ").unwrap();
                shown.push(serde_json::json!({ "error": message }));
            }
        }
    }
    shown
}

async fn preview(config: &str) -> connect_api::Result<Preview> {
    let entries = properties::parse(config).unwrap();
    let mut connector = ConfigMap::from([
        ("name", "page"),
        ("connector.class", "blackhole"),
        ("topics", "t"),
    ]);
    for entry in entries {
        connector.insert(entry.key, entry.value);
    }
    let plugins = Plugins::new()
        .with(connect_converters::plugins())
        .with(connect_datagen::plugins())
        .with(connect_transforms::plugins())
        .with_default_header_converter("simple-header");
    let worker = ConfigMap::from([
        ("bootstrap.servers", "embedded:memory"),
        ("key.converter", "json"),
        ("value.converter", "json"),
    ]);
    Worker::inspect(worker, plugins)
        .await
        .preview(&connector)
        .await
}

fn record(object: &Json) -> Record {
    let known = [
        "topic",
        "partition",
        "timestamp",
        "offset",
        "key",
        "value",
        "headers",
    ];
    let keys: BTreeSet<_> = object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert!(keys.is_subset(&known.into()), "{object}");
    let mut record = Record::new(object["topic"].as_str().unwrap(), datum(&object["value"]));
    record.key = datum(&object["key"]);
    record.partition = object["partition"]
        .as_i64()
        .map(|n| i32::try_from(n).unwrap());
    record.timestamp = object["timestamp"].as_i64();
    record.offset = object["offset"].as_i64();
    for header in object["headers"].as_array().into_iter().flatten() {
        record
            .headers
            .add(header[0].as_str().unwrap(), datum(&header[1]));
    }
    record
}

fn datum(json: &Json) -> SchemaAndValue {
    if json.is_null() {
        return SchemaAndValue::NULL;
    }
    let is_envelope = json.as_object().is_some_and(|object| {
        object.len() == 2 && object.contains_key("schema") && object.contains_key("payload")
    });
    let converter = match is_envelope {
        true => JsonConverter::default(),
        false => JsonConverter::schemaless(),
    };
    let text = Bytes::from(json.to_string());
    Converter::decode(&converter, "t", &Headers::new(), Some(&text)).unwrap()
}

fn object_of(record: &Record) -> Json {
    let mut object = Map::new();
    object.insert("topic".to_owned(), (&*record.topic).into());
    let numbers = [
        ("partition", record.partition.map(i64::from)),
        ("timestamp", record.timestamp),
    ];
    for (name, number) in numbers {
        number.map(|number| object.insert(name.to_owned(), number.into()));
    }
    for (name, datum) in [("key", &record.key), ("value", &record.value)] {
        let json = json_of(datum);
        if !json.is_null() {
            object.insert(name.to_owned(), json);
        }
    }
    let headers = record.headers.iter();
    let headers: Vec<_> = headers
        .map(|(name, datum)| Json::from(vec![(**name).into(), json_of(datum)]))
        .collect();
    if !headers.is_empty() {
        object.insert("headers".to_owned(), headers.into());
    }
    Json::Object(object)
}

fn json_of(datum: &SchemaAndValue) -> Json {
    if datum.schema.is_none() && datum.value == Value::Null {
        return Json::Null;
    }
    let converter = match datum.schema {
        Some(_) => JsonConverter::default(),
        None => JsonConverter::schemaless(),
    };
    let text = Converter::encode(&converter, "t", &mut Headers::new(), datum).unwrap();
    serde_json::from_slice(&text.unwrap()).unwrap()
}
