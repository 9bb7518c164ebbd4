//! What the configuration of a sink can say.

use connect_api::{Build, ConfigMap, ConfigType, Plugin, SinkConnector, UnknownKeys};
use std::sync::Arc;

fn plugin() -> Plugin {
    let mut plugins = connect_file::plugins().into_iter();
    plugins.find(|plugin| plugin.name() == "file-sink").unwrap()
}

fn build(pairs: &[(&str, &str)]) -> connect_api::Result<Arc<dyn SinkConnector>> {
    let Build::Sink(build) = plugin().build().clone() else {
        panic!("a sink");
    };
    let map: ConfigMap = pairs.iter().copied().collect();
    build(&map, UnknownKeys::Refuse)
}

#[test]
fn defaults_write_plain_text_into_one_file() {
    let plugin = plugin();
    let key = |name: &str| {
        let key = plugin.config().key(name).unwrap();
        assert!(!key.is_required());
        (key.type_(), key.default_value().map(str::to_owned))
    };
    let text = |text: &str| (ConfigType::String, Some(text.to_owned()));
    assert_eq!(key("format"), text("text"));
    assert_eq!(key("delimiter"), text("\\n"));
    assert_eq!(key("compression"), text("none"));
    assert_eq!(key("rotate.max.bytes"), (ConfigType::Long, None));
    assert_eq!(key("rotate.interval.ms"), (ConfigType::Long, None));
    assert_eq!(key("rotate.keep").1, None);
    assert_eq!(
        key("file.open.max"),
        (ConfigType::Int, Some("256".to_owned()))
    );
}

#[test]
fn a_template_in_the_configuration_leads_to_many_files() {
    let sink = build(&[
        ("file", "/out/${topic}-${partition}.json"),
        ("format", "json"),
    ]);
    assert_eq!(sink.unwrap().max_tasks(), None);
    let sink = build(&[("file", "/out/all.json"), ("format", "json")]);
    assert_eq!(sink.unwrap().max_tasks().map(usize::from), Some(1));
}

#[test]
fn everything_that_is_wrong_with_a_sink_is_said_at_once() {
    let wrong = [
        ("file", "/out/${tpic}.log"),
        ("delimiter", "\\q"),
        ("rotate.keep", "3"),
    ];
    expect_test::expect![[r#"
        Invalid value /out/${tpic}.log for configuration file: expected `${topic}` or `${partition}`, found `${tpic}`
        Invalid value \q for configuration delimiter: expected text with the escapes \n, \r, \t, \0, \\ and \xHH, found `\q`
        Configuration rotate.keep needs rotate.max.bytes or rotate.interval.ms"#]]
    .assert_eq(build(&wrong).err().unwrap().message());
    let wrong = [
        ("format", "xml"),
        ("compression", "zstd"),
        ("rotate.max.bytes", "0"),
        ("file.open.max", "0"),
    ];
    expect_test::expect![[r#"
        Invalid value 0 for configuration file.open.max: Value must be at least 1
        Invalid value xml for configuration format: String must be one of: text, json
        Invalid value zstd for configuration compression: String must be one of: none, gzip
        Invalid value 0 for configuration rotate.max.bytes: Value must be at least 1"#]]
    .assert_eq(build(&wrong).err().unwrap().message());
}

#[test]
fn the_standard_output_is_neither_rotated_nor_compressed() {
    let wrong = [("compression", "gzip"), ("rotate.interval.ms", "1000")];
    expect_test::expect![[r#"
        Configuration compression needs file: the standard output is printed
        Configuration rotate.interval.ms needs file: the standard output is printed"#]]
    .assert_eq(build(&wrong).err().unwrap().message());
    assert!(build(&[("format", "json"), ("delimiter", "\\qx")]).is_err());
    assert!(build(&[("format", "json"), ("delimiter", "\\0")]).is_ok());
}
