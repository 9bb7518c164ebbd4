//! What workers may be told, and what connectors on them may do.

use connect_api::ConfigMap;
use expect_test::{Expect, expect};

use super::{SINK, SOURCE, config, plan, planner};
use crate::settings::{Mode, Storage, WorkerSettings};

#[track_caller]
fn check_worker(settings: &[(&str, &str)], expected: Expect) {
    let settings: ConfigMap = settings.iter().copied().collect();
    let error = WorkerSettings::parse(settings, Mode::Alone).unwrap_err();
    expected.assert_eq(error.message());
}

#[test]
fn every_worker_key_of_java_is_known() {
    let settings = ConfigMap::from([
        ("plugin.path", "/usr/share/java"),
        ("listeners", "http://:8083"),
        ("listeners.https.ssl.keystore.location", "x"),
        ("rest.advertised.host.name", "x"),
        ("offset.flush.timeout.ms", "5000"),
        ("offset.storage.file.filename", "/tmp/connect.offsets"),
        ("offset.storage.segment.bytes", "1000000"),
        ("config.storage.topic", "connect-configs"),
        ("config.storage.replication.factor", "1"),
        ("security.protocol", "SSL"),
        ("ssl.truststore.location", "x"),
        ("producer.sasl.mechanism", "PLAIN"),
        ("config.providers", "env"),
        ("config.providers.env.class", "EnvVarConfigProvider"),
        ("metrics.context.cluster", "x"),
        ("session.timeout.ms", "10000"),
        ("internal.topics.automatic.creation.enable", "true"),
    ]);
    let settings = WorkerSettings::parse(settings, Mode::Alone).unwrap();
    let configs = settings.internal_topics.offsets.configs;
    assert_eq!(
        configs.into_iter().collect::<Vec<_>>(),
        [("segment.bytes".to_owned(), "1000000".to_owned())]
    );
}

/// What stands in Java's `connect-distributed.properties`, with the lines that are comments there.
const DISTRIBUTED: &[(&str, &str)] = &[
    ("bootstrap.servers", "embedded:memory"),
    ("group.id", "connect-cluster"),
    ("key.converter", "text"),
    ("value.converter", "text"),
    ("key.converter.schemas.enable", "true"),
    ("value.converter.schemas.enable", "true"),
    ("offset.storage.topic", "connect-offsets"),
    ("offset.storage.replication.factor", "1"),
    ("offset.storage.partitions", "25"),
    ("config.storage.topic", "connect-configs"),
    ("config.storage.replication.factor", "1"),
    ("status.storage.topic", "connect-status"),
    ("status.storage.replication.factor", "1"),
    ("status.storage.partitions", "5"),
    ("offset.flush.interval.ms", "10000"),
    ("listeners", "HTTP://:8083"),
    ("rest.advertised.host.name", "x"),
    ("rest.advertised.port", "8083"),
    ("rest.advertised.listener", "http"),
    ("plugin.path", "/usr/local/share/java"),
];

#[test]
fn javas_file_of_a_distributed_worker_is_accepted() {
    for mode in [Mode::Alone, Mode::Cluster] {
        let settings = WorkerSettings::parse(DISTRIBUTED.iter().copied().collect(), mode).unwrap();
        let topics = settings.internal_topics;
        let names = [
            topics.configs,
            topics.offsets,
            topics.statuses,
            topics.cluster,
        ]
        .map(|topic| (topic.name.to_string(), topic.replication_factor));
        assert_eq!(
            names,
            [
                ("connect-configs".to_owned(), Some(1)),
                ("connect-offsets".to_owned(), Some(1)),
                ("connect-status".to_owned(), Some(1)),
                ("connect-connect-cluster-cluster".to_owned(), None),
            ]
        );
    }
}

#[test]
fn the_topics_of_a_cluster_are_made_as_they_are_told_to() {
    let settings = ConfigMap::from([
        ("group.id", "shop"),
        ("config.storage.segment.bytes", "1000000"),
        ("config.storage.partitions", "3"),
        ("cluster.storage.topic", "members"),
        ("cluster.storage.replication.factor", "-1"),
        ("cluster.storage.min.insync.replicas", "2"),
    ]);
    let topics = WorkerSettings::parse(settings, Mode::Cluster)
        .unwrap()
        .internal_topics;
    assert_eq!(&*topics.configs.name, "connect-shop-configs");
    assert_eq!(topics.configs.configs["segment.bytes"], "1000000");
    assert_eq!(topics.configs.configs.len(), 1);
    assert_eq!(&*topics.cluster.name, "members");
    assert_eq!(topics.cluster.replication_factor, None);
    assert_eq!(topics.cluster.configs["min.insync.replicas"], "2");
}

#[test]
fn sinks_are_found_silent_as_workers_are() {
    let times = |settings: &[(&str, &str)], sink: &[(&str, &str)]| {
        let planner = planner(settings);
        let plan = plan(&planner, &config(&SINK, sink), None).unwrap();
        let sink = &plan.options.sink;
        let cluster = planner.settings.cluster;
        let millis = [
            cluster.session,
            cluster.heartbeat,
            cluster.delay,
            sink.session,
            sink.heartbeat,
        ];
        millis.map(|time| time.as_millis())
    };
    assert_eq!(times(&[], &[]), [6000, 500, 0, 6000, 500]);
    let worker = [
        ("session.timeout.ms", "10000"),
        ("heartbeat.interval.ms", "3000"),
        ("scheduled.rebalance.max.delay.ms", "300000"),
    ];
    assert_eq!(times(&worker, &[]), [10000, 3000, 300_000, 10000, 3000]);
    let sink = [
        ("consumer.override.session.timeout.ms", "45000"),
        ("consumer.override.heartbeat.interval.ms", "1000"),
    ];
    assert_eq!(times(&worker, &sink), [10000, 3000, 300_000, 45000, 1000]);
}

#[test]
fn a_worker_says_that_it_lives_before_its_session_ends() {
    check_worker(
        &[("session.timeout.ms", "500")],
        expect![
            "Invalid value 500 for configuration heartbeat.interval.ms: Must be lower than session.timeout.ms, which is 500"
        ],
    );
    check_worker(
        &[("session.timeout.ms", "0")],
        expect!["Invalid value 0 for configuration session.timeout.ms: Value must be at least 1"],
    );
}

#[test]
#[cfg(feature = "kafka")]
fn offsets_of_a_cluster_are_never_in_a_file() {
    let settings = ConfigMap::from([
        ("offset.storage.file.filename", "/tmp/connect.offsets"),
        ("bootstrap.servers", "localhost:9092"),
        ("exactly.once.source.support", "disabled"),
    ]);
    let settings = WorkerSettings::parse(settings, Mode::Cluster).unwrap();
    let import = Some("/tmp/connect.offsets".into());
    assert_eq!(settings.storage, Storage::Topics { import });
}

#[test]
fn a_misspelled_worker_key_is_refused() {
    check_worker(
        &[
            ("offset.storage.topc", "x"),
            ("plugin.paht", "x"),
            ("listener", "x"),
            ("connector.client.config.override.policy", "Some"),
            ("topic.creation.enable", "maybe"),
        ],
        expect![[r#"
            Invalid value maybe for configuration topic.creation.enable: Expected value to be either true or false
            Unknown configuration "listener": did you mean "listeners"?
            Unknown configuration "offset.storage.topc": did you mean "offset.storage.topic"?
            Unknown configuration "plugin.paht": did you mean "plugin.path"?
            Invalid value Some for configuration connector.client.config.override.policy: String must be one of: All, None, Principal, Allowlist"#]],
    );
}

#[test]
fn a_policy_says_which_client_settings_connectors_override() {
    const KEY: &str = "connector.client.config.override.policy";
    let overriding = config(
        &SINK,
        &[
            ("consumer.override.max.poll.records", "1"),
            ("producer.override.sasl.mechanism", "PLAIN"),
        ],
    );
    let refused = |settings: &[(&str, &str)]| match plan(&planner(settings), &overriding, None) {
        Ok(_) => Vec::new(),
        Err(error) => error
            .problems()
            .iter()
            .map(|problem| problem.key().to_owned())
            .collect(),
    };
    let (poll, sasl) = (
        "consumer.override.max.poll.records",
        "producer.override.sasl.mechanism",
    );
    assert!(refused(&[]).is_empty());
    assert!(refused(&[(KEY, "All")]).is_empty());
    assert_eq!(refused(&[(KEY, "None")]), [sasl, poll]);
    assert_eq!(refused(&[(KEY, "Principal")]), [poll]);
    let class = "org.apache.kafka.connect.connector.policy.NoneConnectorClientConfigOverridePolicy";
    assert_eq!(refused(&[(KEY, class)]), [sasl, poll]);
    let allowed = (
        "connector.client.config.override.allowlist",
        "max.poll.records, acks",
    );
    assert_eq!(refused(&[(KEY, "Allowlist"), allowed]), [sasl]);
    let error = plan(&planner(&[(KEY, "None")]), &overriding, None).unwrap_err();
    expect!["The 'None' policy does not allow 'sasl.mechanism' to be overridden in the connector configuration."].assert_eq(error.problems()[0].message());
}

#[test]
#[cfg(feature = "kafka")]
fn offsets_are_in_a_file_on_kafka_without_exactly_once() {
    let file = ("offset.storage.file.filename", "/tmp/connect.offsets");
    let kafka = ("bootstrap.servers", "localhost:9092");
    let disabled = ("exactly.once.source.support", "disabled");
    let preparing = ("exactly.once.source.support", "preparing");
    let embedded = ("bootstrap.servers", "embedded:memory");
    let storage = |settings: &[(&str, &str)]| planner(settings).settings.storage.clone();
    assert_eq!(
        storage(&[kafka, disabled, file]),
        Storage::File(file.1.into())
    );
    assert_eq!(
        storage(&[kafka, preparing, file]),
        Storage::File(file.1.into())
    );
    let import = Some(file.1.into());
    assert_eq!(
        storage(&[kafka, disabled]),
        Storage::Topics { import: None }
    );
    for settings in [
        [kafka, file].as_slice(),
        &[embedded, disabled, file],
        &[disabled, file],
    ] {
        let import = import.clone();
        assert_eq!(storage(settings), Storage::Topics { import });
    }
}

#[test]
fn a_connectors_own_offsets_topic_is_made_as_the_workers_is() {
    const KEY: &str = "offsets.storage.topic";
    let worker = [
        ("offset.storage.topic", "offsets"),
        ("offset.storage.partitions", "7"),
        ("offset.storage.segment.bytes", "1000000"),
    ];
    let own = |topic: &str, settings: &[(&str, &str)]| {
        let settings = [&worker, settings].concat();
        let plan = plan(&planner(&settings), &config(&SOURCE, &[(KEY, topic)]), None)?;
        Ok::<_, connect_api::Error>(plan.options.source.offsets_topic.clone())
    };
    let topic = own("mine", &[]).unwrap().unwrap();
    assert_eq!(topic.to_string(), "topic `mine` (offsets.storage.topic)");
    assert_eq!(topic.partitions, Some(7));
    assert_eq!(topic.configs["segment.bytes"], "1000000");
    assert!(own("offsets", &[]).unwrap().is_none(), "the worker's own");
    let error = own(" ", &[]).unwrap_err();
    assert_eq!(error.problems()[0].key(), KEY);
    if cfg!(feature = "kafka") {
        let file = [
            ("bootstrap.servers", "localhost:9092"),
            ("exactly.once.source.support", "disabled"),
            ("offset.storage.file.filename", "/tmp/connect.offsets"),
        ];
        assert!(
            own("mine", &file).unwrap().is_none(),
            "offsets are in a file"
        );
    }
}

const CREATION: [(&str, &str); 2] = [
    ("topic.creation.default.partitions", "3"),
    ("topic.creation.default.replication.factor", "-1"),
];

#[test]
fn groups_inherit_the_numbers_of_the_default() {
    let mut source = config(&SOURCE, &CREATION);
    source.extend([
        ("topic.creation.groups", "compacted, big, a.b"),
        ("topic.creation.compacted.include", "table-.*, orders"),
        ("topic.creation.compacted.exclude", "table-old"),
        ("topic.creation.compacted.cleanup.policy", "compact"),
        ("topic.creation.big.include", ".*-big"),
        ("topic.creation.big.partitions", "40"),
        ("topic.creation.a.b.include", "dotted"),
        ("topic.creation.a.b.partitions", "5"),
    ]);
    let plan = plan(&planner(&[]), &source, None).unwrap();
    let creation = plan.options.source.creation.as_ref().unwrap();
    let of = |topic: &str| {
        let new = creation.of(&topic.into()).unwrap();
        (new.partitions, new.configs.len())
    };
    assert_eq!(of("table-new"), (Some(3), 1));
    assert_eq!(of("table-old"), (Some(3), 0));
    assert_eq!(of("very-big"), (Some(40), 0));
    assert_eq!(of("dotted"), (Some(5), 0));
}

#[test]
fn wrong_groups_are_refused() {
    let refused = |more: &[(&str, &str)]| {
        let planned = plan(&planner(&[]), &config(&SOURCE, more), None);
        planned.unwrap_err().message().to_owned()
    };
    expect![[r#"
        Invalid value 0 for configuration topic.creation.default.partitions: Must be a number of at least 1, or -1 for the broker's default
        Missing required configuration "topic.creation.default.replication.factor" which has no default value."#]].assert_eq(&refused(&[("topic.creation.default.partitions", "0")]));
    let more = [
        ("topic.creation.groups", "one"),
        ("topic.creation.one.partitions", "many"),
        ("topic.creation.two.partitions", "2"),
        ("topic.creation.default.include", ".*"),
        ("topic.creation.default.retention.mss", "1"),
        ("topic.creation.default.retention.ms", "soon"),
        CREATION[0],
        CREATION[1],
    ];
    expect![[r#"
        Configuration "topic.creation.two.partitions" has no effect: `two` is not among "topic.creation.groups"
        Invalid value .* for configuration topic.creation.default.include: The default group matches every topic that no other group does
        Invalid value soon for configuration topic.creation.default.retention.ms: Must be a number, not negative
        Invalid value 1 for configuration topic.creation.default.retention.mss: Must be one of Kafka's topic settings
        Missing required configuration "topic.creation.one.include" which has no default value.
        Invalid value many for configuration topic.creation.one.partitions: Must be a number of at least 1, or -1 for the broker's default"#]].assert_eq(&refused(&more));
    let no_source = plan(&planner(&[]), &config(&SINK, &CREATION), None).unwrap_err();
    expect![[r#"
        Unknown configuration "topic.creation.default.partitions"
        Unknown configuration "topic.creation.default.replication.factor""#]]
    .assert_eq(no_source.message());
    let off = planner(&[("topic.creation.enable", "false")]);
    let off = plan(&off, &config(&SOURCE, &CREATION), None).unwrap_err();
    expect![[r#"
        Configuration "topic.creation.default.partitions" has no effect: the worker has topic.creation.enable=false
        Configuration "topic.creation.default.replication.factor" has no effect: the worker has topic.creation.enable=false"#]].assert_eq(off.message());
}
