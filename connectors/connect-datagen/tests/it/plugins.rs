//! What configuration can say.

use std::{collections::BTreeMap, sync::Arc};

use connect_api::{
    Build, ConfigMap, ErrorKind, Plugin, Result, SourceConnector, TaskConfig, UnknownKeys,
};
use connect_testkit::TestHost;

fn plugin(name: &str) -> Plugin {
    let mut plugins = connect_datagen::plugins().into_iter();
    plugins
        .find(|plugin| plugin.name() == name || plugin.aliases().contains(&name))
        .unwrap()
}

fn source(options: &[(&str, &str)]) -> Result<Arc<dyn SourceConnector>> {
    let mut map = ConfigMap::from([("topic", "things")]);
    for (key, value) in options {
        map.insert(*key, *value);
    }
    match plugin("datagen").build() {
        Build::Source(build) => build(&map, UnknownKeys::Refuse),
        other => panic!("expected a source, found {other:?}"),
    }
}

#[track_caller]
fn refused(options: &[(&str, &str)]) -> String {
    let Err(error) = source(options) else {
        panic!("expected an error for {options:?}, found a connector")
    };
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(!error.problems().is_empty());
    error.message().to_owned()
}

#[test]
fn every_preset_is_a_schema() {
    for preset in ["orders", "clicks", "users", "sensors"] {
        assert!(source(&[("preset", preset)]).is_ok(), "{preset}");
    }
}

#[test]
fn exactly_one_schema_is_needed() {
    assert_eq!(
        refused(&[]),
        "Missing required configuration: one of \"preset\", \"schema\" and \"schema.file\""
    );
    assert_eq!(
        refused(&[("preset", "orders"), ("schema.file", "orders.json")]),
        "Only one of \"preset\", \"schema\" and \"schema.file\" may be configured"
    );
}

#[test]
fn wrong_options_are_refused_by_their_keys() {
    let sensors = ("preset", "sensors");
    assert_eq!(
        refused(&[sensors, ("rate", "0"), ("partitions", "-1")]),
        "Invalid value 0 for configuration rate: Value must be at least 1\n\
         Invalid value -1 for configuration partitions: Value must be at least 1"
    );
    assert_eq!(
        refused(&[sensors, ("key.field", "sensor")]),
        "Invalid value sensor for configuration key.field: expected a field of the schema: `sensor_id`, `temperature`, \
         `humidity`, `battery`, `measured_at`"
    );
    assert_eq!(
        refused(&[("schema", r#"{"type": "boolean"}"#), ("key.field", "id")]),
        "Invalid value id for configuration key.field: expected nothing, since the schema has no fields"
    );
}

#[test]
fn a_schema_is_blamed_by_option_and_pointer() {
    assert_eq!(
        refused(&[("schema", r#"{"properties": {"a/b": {"type": "text"}}}"#)]),
        "Invalid configuration schema: at /properties/a~1b/type: expected null, boolean, integer, number, string, array \
         or object, found \"text\""
    );
    let message = refused(&[("schema", "{")]);
    assert!(
        message
            .starts_with("Invalid configuration schema: at the schema: expected JSON, found EOF"),
        "{message}"
    );
}

#[tokio::test]
async fn a_schema_file_is_read_when_a_task_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flags.json");
    let file = source(&[("schema.file", path.to_str().unwrap())]).unwrap();
    let open = || {
        let config = TaskConfig::new().with("streams", "[\"0\"]");
        file.open(TestHost::new().source_context("datagen", config, BTreeMap::new()))
    };
    let Err(error) = open().await else {
        panic!("there is no file yet")
    };
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(
        error.message(),
        format!("schema.file: reading `{}`", path.display())
    );
    std::fs::write(&path, r#"{"type": "bool"}"#).unwrap();
    let Err(error) = open().await else {
        panic!("the file is no schema yet")
    };
    assert!(
        error
            .message()
            .starts_with("Invalid configuration schema.file: at /type:"),
        "{error}"
    );
    std::fs::write(&path, r#"{"type": "boolean"}"#).unwrap();
    let mut task = open().await.unwrap();
    assert_eq!(task.poll().await.unwrap().len(), 2000);
}
