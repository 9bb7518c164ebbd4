//! What configuration can say.

use connect_api::{Build, ConfigMap, ConfigType, Plugin, SourceGuarantees, UnknownKeys};

fn plugin(name: &str) -> Plugin {
    let mut plugins = connect_file::plugins().into_iter();
    plugins
        .find(|plugin| plugin.name() == name || plugin.aliases().contains(&name))
        .unwrap()
}

#[test]
fn java_s_names_lead_to_the_same_connectors() {
    for name in [
        "FileStreamSource",
        "FileStreamSourceConnector",
        "org.apache.kafka.connect.file.FileStreamSourceConnector",
    ] {
        assert_eq!(plugin(name).name(), "file-source");
    }
    for name in [
        "FileStreamSink",
        "FileStreamSinkConnector",
        "org.apache.kafka.connect.file.FileStreamSinkConnector",
    ] {
        assert_eq!(plugin(name).name(), "file-sink");
    }
}

#[test]
fn keys_and_defaults_are_java_s() {
    let source = plugin("file-source");
    let key = |name: &str| {
        let key = source.config().key(name).unwrap();
        (
            key.type_(),
            key.default_value().map(str::to_owned),
            key.is_required(),
        )
    };
    assert_eq!(key("file"), (ConfigType::String, None, false));
    assert_eq!(key("topic"), (ConfigType::String, None, true));
    assert_eq!(
        key("batch.size"),
        (ConfigType::Int, Some("2000".to_owned()), false)
    );
    assert_eq!(
        key("line.max.bytes"),
        (ConfigType::Int, Some("8388608".to_owned()), false)
    );
    let file = plugin("file-sink").config().key("file").cloned().unwrap();
    assert_eq!(
        (file.type_(), file.is_required()),
        (ConfigType::String, false)
    );
}

#[test]
fn a_file_without_a_name_is_the_standard_input() {
    let Build::Source(build) = plugin("file-source").build().clone() else {
        panic!("a source");
    };
    let guarantees = |pairs: &[(&str, &str)]| {
        let map: ConfigMap = pairs.iter().copied().collect();
        build(&map, UnknownKeys::Refuse).unwrap().guarantees()
    };
    assert_eq!(
        guarantees(&[("topic", "t"), ("file", "a.log")]),
        SourceGuarantees::ExactlyOnce
    );
    assert_eq!(guarantees(&[("topic", "t")]), SourceGuarantees::AtLeastOnce);
    assert_eq!(
        guarantees(&[("topic", "t"), ("file", "")]),
        SourceGuarantees::AtLeastOnce
    );
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let Build::Source(build) = plugin("file-source").build().clone() else {
        panic!("a source");
    };
    let map: ConfigMap = [
        ("topic", ""),
        ("batch.size", "0"),
        ("file.final.line.timeout.ms", "-2"),
        ("file.rotation.wait.ms", "soon"),
        ("flie", "a.log"),
    ]
    .into_iter()
    .collect();
    let error = build(&map, UnknownKeys::Refuse).err().unwrap();
    expect_test::expect![[r#"
        Invalid value  for configuration topic: String must be non-empty
        Invalid value 0 for configuration batch.size: Value must be at least 1
        Invalid value -2 for configuration file.final.line.timeout.ms: Value must be at least -1
        Invalid value soon for configuration file.rotation.wait.ms: Not a number of type LONG
        Unknown configuration "flie": did you mean "file"?"#]]
    .assert_eq(error.message());
}

#[test]
fn everything_that_means_nothing_is_said_at_once() {
    let Build::Source(build) = plugin("file-source").build().clone() else {
        panic!("a source");
    };
    let refused = |pairs: &[(&str, &str)]| {
        let map: ConfigMap = pairs.iter().copied().collect();
        let error = build(&map, UnknownKeys::Refuse).err().unwrap();
        let keys = error.problems().iter().map(|problem| problem.key());
        assert!(keys.count() > 1, "each has its key");
        error.message().to_owned()
    };
    expect_test::expect![[r#"
        Configuration file.exclude needs file: the standard input is read by lines
        Configuration file.start.at needs file: the standard input is read by lines
        Configuration file.compression needs file: the standard input is read by lines
        Configuration multiline.negate needs multiline.pattern"#]]
    .assert_eq(&refused(&[
        ("topic", "t"),
        ("file.exclude", "*.tmp"),
        ("file.start.at", "end"),
        ("file.compression", "none"),
        ("multiline.negate", "true"),
    ]));
    expect_test::expect![[r#"
        Invalid value [a for configuration file: expected a path or a glob (`[*]` is a `*`), found "[a"
        Invalid value {a for configuration file.exclude: expected a path or a glob (`[*]` is a `*`), found "{a"
        Only one of "delimiter" and "multiline.pattern" may be configured
        Invalid value \q for configuration delimiter: expected text with the escapes \n, \r, \t, \0, \\ and \xHH, found `\q`
        Invalid value ( for configuration multiline.pattern: expected a regular expression, found "(""#]]
    .assert_eq(&refused(&[
        ("topic", "t"),
        ("file", "[a"),
        ("file.exclude", "{a"),
        ("delimiter", "\\q"),
        ("multiline.pattern", "("),
    ]));
}
