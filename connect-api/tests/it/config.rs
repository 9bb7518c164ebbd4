//! Options: from a struct to a definition, and from texts to the struct.

use std::{
    collections::BTreeMap,
    num::{NonZeroU16, NonZeroU32},
    time::Duration,
};

use connect_api::{
    ConfigDef, ConfigKey, ConfigMap, ConfigProblem, ConfigType, ConfigWidth, Error, ErrorKind,
    Importance, Millis, Secret, TypedConfig, UnknownKeys,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options with one key of each sort.
#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
struct Options {
    /// Where the shop
    /// answers.
    ///
    /// With the port.
    #[schemars(extend(
        "x-importance" = "high",
        "x-group" = "Connection",
        "x-width" = "long",
        "x-display-name" = "URL",
        "x-dependents" = ["user"]
    ))]
    #[schemars(length(min = 1))]
    url: String,
    #[schemars(extend("x-group" = "Connection"))]
    user: Option<String>,
    password: Option<Secret>,
    #[serde(default = "sixteen")]
    batch_max_rows: NonZeroU16,
    #[serde(rename = "poll.interval_ms", default = "second")]
    poll: Millis,
    #[serde(default)]
    tables: Vec<String>,
    #[serde(default = "ports")]
    #[schemars(inner(range(min = 1)))]
    ports: Vec<i32>,
    #[serde(default)]
    mode: Mode,
    #[schemars(extend("x-case" = "insensitive"))]
    level: Option<Level>,
    #[serde(default = "half")]
    #[schemars(range(min = 0.0, max = 1.0))]
    ratio: f64,
    #[serde(default)]
    dry: bool,
    #[schemars(extend("x-type" = "CLASS"))]
    format: Option<String>,
    #[serde(flatten)]
    retry: Retry,
    proxy: Option<Proxy>,
    producer: BTreeMap<String, String>,
}

#[derive(Debug, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Retry {
    #[schemars(range(max = 100))]
    max_retries: u32,
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
struct Proxy {
    host: String,
    #[serde(default)]
    non_proxy_hosts: Vec<String>,
}

#[derive(Debug, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    /// Everything.
    #[default]
    All,
    /// New rows only.
    NewRows,
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
enum Level {
    Low,
    High,
}

fn sixteen() -> NonZeroU16 {
    NonZeroU16::new(16).unwrap()
}

fn second() -> Millis {
    Millis::new(1000)
}

fn ports() -> Vec<i32> {
    vec![80, 443]
}

fn half() -> f64 {
    0.5
}

fn parse<T: TypedConfig>(entries: &[(&str, &str)]) -> connect_api::Result<T> {
    T::parse(&entries.iter().copied().collect(), UnknownKeys::Refuse)
}

#[track_caller]
fn refused<T: TypedConfig>(entries: &[(&str, &str)]) -> Error {
    let Err(error) = parse::<T>(entries) else {
        panic!("it was accepted");
    };
    assert_eq!(error.kind(), ErrorKind::Config);
    error
}

#[track_caller]
fn check<T: TypedConfig>(entries: &[(&str, &str)], messages: &[&str]) {
    assert_eq!(refused::<T>(entries).to_string(), messages.join("\n"));
}

#[test]
fn a_definition_lists_names_types_and_defaults() {
    let def = Options::definition();
    let lines: Vec<_> = def
        .keys()
        .iter()
        .map(|key| {
            let default = match key.is_required() {
                true => "required",
                false => key.default_value().unwrap_or("null"),
            };
            format!(
                "{} {} {default}: {}",
                key.name(),
                key.type_(),
                key.expected()
            )
        })
        .collect();
    expect_test::expect![[r#"
        url STRING required: text that is not empty
        user STRING null: text
        password PASSWORD null: text
        batch.max.rows INT 16: a 32-bit integer from 1 to 65535
        poll.interval_ms LONG 1000: a 64-bit integer of at least 0
        tables LIST : a list separated by commas, each text
        ports LIST 80,443: a list separated by commas, each a 32-bit integer of at least 1
        mode STRING all: one of all, new-rows
        level STRING null: one of Low, High
        ratio DOUBLE 0.5: a number from 0 to 1
        dry BOOLEAN false: true or false
        format CLASS null: the name of a plugin
        max.retries INT 0: a 32-bit integer from 0 to 100
        proxy.host STRING null: text
        proxy.non.proxy.hosts LIST : a list separated by commas, each text"#]]
    .assert_eq(&lines.join("\n"));
    assert_eq!(def.prefixes(), ["producer."]);
}

#[test]
fn a_definition_carries_what_a_form_shows() {
    let def = Options::definition();
    let url = def.key("url").unwrap();
    assert_eq!(
        url.documentation(),
        "Where the shop answers.\nWith the port."
    );
    assert_eq!(url.importance(), Importance::High);
    assert_eq!(url.width(), ConfigWidth::Long);
    assert_eq!(url.display_name(), "URL");
    assert_eq!(url.dependents(), ["user"]);
    assert_eq!((url.group(), url.order_in_group()), (Some("Connection"), 1));
    let user = def.key("user").unwrap();
    assert_eq!(
        (user.group(), user.order_in_group()),
        (Some("Connection"), 2)
    );
    let dry = def.key("dry").unwrap();
    assert_eq!(dry.importance(), Importance::Medium);
    assert_eq!((dry.group(), dry.order_in_group()), (None, -1));
    assert_eq!(
        (dry.display_name(), dry.width()),
        ("dry", ConfigWidth::None)
    );
    assert_eq!(def.key("mode").unwrap().valid_values(), ["all", "new-rows"]);
}

#[test]
fn options_are_read_as_connect_reads_them() {
    let options: Options = parse(&[
        ("url", "  http://shop \n"),
        ("password", "hunter2"),
        ("batch.max.rows", " 100 "),
        ("poll.interval_ms", "250"),
        ("tables", "a , b,, c"),
        ("ports", "8080 ,8443"),
        ("mode", "new-rows"),
        ("level", "hIGH"),
        ("ratio", "0.25"),
        ("dry", "TRUE"),
        ("max.retries", "3"),
        ("proxy.host", "p"),
        ("proxy.non.proxy.hosts", "x,y"),
        ("producer.linger.ms", "5"),
        ("producer.acks", " all "),
        ("compat.java", "true"),
        ("converter.type", "key"),
    ])
    .unwrap();
    let expected = Options {
        url: "http://shop".to_owned(),
        user: None,
        password: Some(Secret::new("hunter2")),
        batch_max_rows: NonZeroU16::new(100).unwrap(),
        poll: Millis::new(250),
        tables: ["a", "b", "", "c"].map(str::to_owned).into(),
        ports: vec![8080, 8443],
        mode: Mode::NewRows,
        level: Some(Level::High),
        ratio: 0.25,
        dry: true,
        format: None,
        retry: Retry { max_retries: 3 },
        proxy: Some(Proxy {
            host: "p".to_owned(),
            non_proxy_hosts: vec!["x".to_owned(), "y".to_owned()],
        }),
        producer: [("linger.ms", "5"), ("acks", "all")]
            .map(|(key, text)| (key.to_owned(), text.to_owned()))
            .into(),
    };
    assert_eq!(options, expected);
}

#[test]
fn absent_options_take_their_defaults() {
    let options: Options = parse(&[("url", "x"), ("tables", " ")]).unwrap();
    assert_eq!(options.batch_max_rows, sixteen());
    assert_eq!(options.poll.duration(), Duration::from_secs(1));
    assert_eq!(options.ports, [80, 443]);
    assert_eq!(options.mode, Mode::All);
    assert_eq!(options.tables, [""; 0]);
    assert_eq!((options.proxy, options.level), (None, None));
}

#[test]
fn everything_that_is_wrong_is_said_at_once_in_connects_words() {
    check::<Options>(
        &[
            ("batch.max.rows", "0"),
            ("poll.interval_ms", "soon"),
            ("ports", "80,0"),
            ("mode", "ALL"),
            ("level", "middle"),
            ("ratio", "1.5"),
            ("dry", "yes"),
            ("max.retries", "101"),
            ("tablse", "a"),
            ("producer", "x"),
            ("zzz", "x"),
        ],
        &[
            r#"Missing required configuration "url" which has no default value."#,
            "Invalid value 0 for configuration batch.max.rows: Value must be at least 1",
            "Invalid value soon for configuration poll.interval_ms: Not a number of type LONG",
            "Invalid value 80,0 for configuration ports: Value must be at least 1",
            "Invalid value ALL for configuration mode: String must be one of: all, new-rows",
            "Invalid value middle for configuration level: String must be one of (case insensitive): Low, High",
            "Invalid value 1.5 for configuration ratio: Value must be no more than 1",
            "Invalid value yes for configuration dry: Expected value to be either true or false",
            "Invalid value 101 for configuration max.retries: Value must be no more than 100",
            r#"Unknown configuration "producer""#,
            r#"Unknown configuration "tablse": did you mean "tables"?"#,
            r#"Unknown configuration "zzz""#,
        ],
    );
}

#[test]
fn an_optional_group_is_complete_or_absent() {
    check::<Options>(
        &[("url", "x"), ("proxy.non.proxy.hosts", "a")],
        &[r#"Missing required configuration "proxy.host" which has no default value."#],
    );
}

#[test]
fn a_problem_tells_key_expected_found_and_nearest() {
    let error = refused::<Options>(&[("url", ""), ("dry", "1"), ("modee", "all")]);
    let told: Vec<_> = error
        .problems()
        .iter()
        .map(|problem| {
            (
                problem.key(),
                problem.expected().unwrap_or("-"),
                problem.found().unwrap_or("-"),
                problem.nearest().unwrap_or("-"),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("url", "text that is not empty", "", "-"),
            ("dry", "true or false", "1", "-"),
            ("modee", "-", "-", "mode"),
        ]
    );
}

#[test]
fn unknown_keys_can_be_ignored_and_listed() {
    let map = ConfigMap::from([("url", "x"), ("usr", "me"), ("compat.java", "true")]);
    assert!(Options::parse(&map, UnknownKeys::Ignore).is_ok());
    assert_eq!(
        Options::definition().problems(&map, UnknownKeys::Ignore),
        []
    );
    let unknown = Options::definition().unknown(&map);
    assert_eq!(unknown.len(), 1);
    assert_eq!(unknown[0].nearest(), Some("user"));
}

/// A text with rules of its own.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
struct Even(usize);

impl TryFrom<String> for Even {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.len() {
            even if even % 2 == 0 => Ok(Self(even)),
            odd => Err(format!("expected an even length, found {odd}")),
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Own {
    one: Option<Even>,
    two: Option<Even>,
    #[serde(default)]
    #[schemars(extend("x-type" = "PASSWORD"))]
    three: Option<Even>,
    count: u8,
}

#[test]
fn what_types_refuse_themselves_is_said_at_once_too() {
    check::<Own>(
        &[("one", "a"), ("two", "abc"), ("three", "x"), ("tow", "")],
        &[
            r#"Missing required configuration "count" which has no default value."#,
            "Invalid value a for configuration one: expected an even length, found 1",
            "Invalid value abc for configuration two: expected an even length, found 3",
            "Invalid value [hidden] for configuration three: text",
            r#"Unknown configuration "tow": did you mean "two"?"#,
        ],
    );
    let own: Own = parse(&[("two", "ab"), ("count", "7"), ("compat.java", "false")]).unwrap();
    assert!(matches!((own.two, own.count), (Some(Even(2)), 7)));
    assert!(own.one.is_none() && own.three.is_none());
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Keys {
    #[expect(dead_code, reason = "only refused")]
    pin: Pin,
}

#[derive(Debug)]
struct Pin;

impl<'de> Deserialize<'de> for Pin {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Err(serde::de::Error::custom(format!("{text} is no pin")))
    }
}

impl JsonSchema for Pin {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Pin".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Secret::json_schema(generator)
    }
}

#[test]
fn the_value_of_a_secret_is_in_no_message() {
    let error = refused::<Keys>(&[("pin", "hunter2")]);
    let told = format!("{error} {error:?} {:?}", error.problems());
    assert!(!told.contains("hunter2"), "{told}");
    assert!(told.contains("Invalid value [hidden] for configuration pin"));
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
struct Sink {
    dir: String,
    #[serde(flatten)]
    rotation: Rotation,
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "rotation", rename_all = "lowercase")]
enum Rotation {
    Never,
    Bytes {
        max_bytes: NonZeroU32,
    },
    Time {
        #[serde(rename = "max.ms")]
        max: Millis,
        zone: Option<String>,
    },
}

#[test]
fn a_tagged_enum_has_the_keys_of_all_its_variants() {
    let def = Sink::definition();
    let names: Vec<_> = def.keys().iter().map(ConfigKey::name).collect();
    assert_eq!(names, ["dir", "rotation", "max.bytes", "max.ms", "zone"]);
    let rotation = def.key("rotation").unwrap();
    assert_eq!(rotation.valid_values(), ["never", "bytes", "time"]);
    assert!(rotation.is_required() && !def.key("max.bytes").unwrap().is_required());

    let sink: Sink = parse(&[("dir", "d"), ("rotation", "time"), ("max.ms", "5")]).unwrap();
    let max = Millis::new(5);
    assert_eq!(sink.rotation, Rotation::Time { max, zone: None });
    check::<Sink>(
        &[("dir", "d"), ("rotation", "size")],
        &[
            "Invalid value size for configuration rotation: String must be one of: never, bytes, time",
        ],
    );
    check::<Sink>(
        &[("dir", "d"), ("rotation", "bytes")],
        &["Invalid value null for configuration max.bytes: expected a value, found nothing"],
    );
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
struct Open {
    name: String,
    #[serde(flatten)]
    rest: ConfigMap,
}

#[test]
fn a_flattened_map_takes_every_other_key() {
    let open: Open = parse(&[("name", "n"), ("a.b_c", "1"), ("compat.java", "true")]).unwrap();
    assert_eq!(open.rest, ConfigMap::from([("a.b_c", "1")]));
    assert!(Open::definition().knows("whatever"));
    let all: ConfigMap = parse(&[("a", "1"), ("b", "2")]).unwrap();
    assert_eq!(all, ConfigMap::from([("a", "1"), ("b", "2")]));
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
struct Nothing;

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Empty {}

#[test]
fn no_options_are_options_too() {
    assert_eq!(parse::<()>(&[]).unwrap(), ());
    assert_eq!(
        parse::<Nothing>(&[("compat.java", "true")]).unwrap(),
        Nothing
    );
    assert_eq!(
        parse::<Empty>(&[("converter.type", "key")]).unwrap(),
        Empty {}
    );
    for def in [
        <()>::definition(),
        Nothing::definition(),
        Empty::definition(),
    ] {
        assert_eq!(def, ConfigDef::new());
    }
    check::<()>(&[("a", "1")], &[r#"Unknown configuration "a""#]);
    check::<Empty>(&[("a", "1")], &[r#"Unknown configuration "a""#]);
}

#[test]
fn definitions_are_put_together_from_parts() {
    let plugin = Sink::definition();
    let framework = ConfigDef::new()
        .with_key(ConfigKey::new("name", ConfigType::String).non_empty())
        .with_key(ConfigKey::new("dir", ConfigType::Int))
        .with_prefix("producer.override.");
    let transform = ConfigDef::new()
        .with_key(
            ConfigKey::new("fields", ConfigType::List)
                .with_group("Masking", 2)
                .with_dependents(["replacement"]),
        )
        .with_key(ConfigKey::new("replacement", ConfigType::String).optional());
    let def = plugin
        .merge(framework)
        .embed("transforms.mask.", "Transforms: mask", 3, &transform);

    let names: Vec<_> = def.keys().iter().map(ConfigKey::name).collect();
    assert_eq!(names[..2], ["dir", "rotation"]);
    assert_eq!(def.key("dir").unwrap().type_(), ConfigType::String);
    let fields = def.key("transforms.mask.fields").unwrap();
    assert_eq!(fields.group(), Some("Transforms: mask: Masking"));
    assert_eq!(fields.order_in_group(), 5);
    assert_eq!(fields.dependents(), ["transforms.mask.replacement"]);
    assert_eq!(fields.display_name(), "fields");

    let map = ConfigMap::from([
        ("name", ""),
        ("dir", "d"),
        ("rotation", "never"),
        ("producer.override.acks", "1"),
        ("transforms.mask.field", "a"),
    ]);
    let problems = def.problems(&map, UnknownKeys::Refuse);
    let messages: Vec<_> = problems.iter().map(ConfigProblem::message).collect();
    assert_eq!(
        messages,
        [
            "Invalid value  for configuration name: String must be non-empty",
            r#"Missing required configuration "transforms.mask.fields" which has no default value."#,
            r#"Unknown configuration "transforms.mask.field": did you mean "transforms.mask.fields"?"#,
        ]
    );
    assert_eq!(def.select(&map).len(), 4);
    assert_eq!(Sink::definition().select(&map).len(), 2);
}
