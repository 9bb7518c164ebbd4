//! From texts to options.

use std::{collections::BTreeSet, num::NonZeroU16, time::Duration};

use connect_api::{ConfigMap, ConfigProblem, Millis, Secret, TypedConfig, UnknownKeys};
use proptest::{collection, prelude::*, sample::select};

use super::{Level, Mode, Options, Proxy, Retry, check, parse, refused, sixteen};

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
fn a_number_that_is_none_is_in_no_range() {
    check::<Options>(
        &[("url", "x"), ("ratio", "NaN")],
        &["Invalid value NaN for configuration ratio: Value must be at least 0"],
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

proptest! {
    /// What a form says about texts is what building says: the definition and the parser are one.
    #[test]
    fn a_definition_finds_what_parsing_finds(
        texts in collection::btree_map(select(&KEYS[..]), text(), 0..8)
    ) {
        let map: ConfigMap = texts.into_iter().collect();
        let said = Options::definition().problems(&map, UnknownKeys::Refuse);
        let found = match Options::parse(&map, UnknownKeys::Refuse) {
            Ok(_) => Vec::new(),
            Err(error) => error.problems().to_vec(),
        };
        let sorted = |problems: Vec<ConfigProblem>| {
            problems.iter().map(ToString::to_string).collect::<BTreeSet<_>>()
        };
        prop_assert_eq!(sorted(found), sorted(said));
    }
}

const KEYS: [&str; 14] = [
    "url",
    "user",
    "password",
    "batch.max.rows",
    "poll.interval_ms",
    "tables",
    "ports",
    "mode",
    "level",
    "ratio",
    "dry",
    "max.retries",
    "producer.acks",
    "dyr",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        any::<i32>().prop_map(|number| number.to_string()),
        (0_i32..120).prop_map(|number| number.to_string()),
        select(&["true", "ALL", "all", "low", "0.5", "1,2", " "][..]).prop_map(str::to_owned),
    ]
}
