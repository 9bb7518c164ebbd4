//! What accepted configurations mean.

use std::{sync::Arc, time::Duration};

use connect_api::ConfigMap;
use expect_test::expect;

use super::{
    Drain, Nothing, SINK, SOURCE, accepted, check_refused, config, plan, planner, plugins,
};
use crate::{
    broker::{Isolation, OffsetReset, Subscription},
    secrets::Secrets,
    settings::{
        FromCode, Mode, Plan, Planner, Resolver, WorkerSettings,
        plan::{Connector, Converters, type_name},
    },
    status::Guarantee,
    task::{Boundary, Delivery, ErrorLog, Tolerance},
};

#[test]
fn without_any_converter_the_call_is_named_that_chooses_one() {
    let planner = Planner {
        settings: WorkerSettings::parse(ConfigMap::new(), Mode::Alone).unwrap(),
        plugins: plugins(),
        converters: None,
        resolver: Resolver::default(),
        secrets: Secrets::default(),
    };
    let planner = Arc::new(planner);
    let error = plan(&planner, &config(&SOURCE, &[]), None).unwrap_err();
    expect![[r#"
        Missing key converter: expected `.converters(key, value, header)` on the worker or the connector, or the setting "key.converter", found neither
        Missing value converter: expected `.converters(key, value, header)` on the worker or the connector, or the setting "value.converter", found neither"#]].assert_eq(error.message());
    let with = with_converters(planner);
    let plan = plan(&with, &config(&SOURCE, &[]), None).unwrap();
    assert_eq!(
        plan.codec.names.map(|name| name.to_string()),
        ["Nothing"; 3]
    );
}

fn with_converters(planner: Arc<Planner>) -> Arc<Planner> {
    Arc::new(Planner {
        converters: Some(Converters::new(Nothing, Nothing, Nothing)),
        ..Arc::into_inner(planner).unwrap()
    })
}

#[test]
fn the_nearest_converter_counts() {
    let planner = with_converters(planner(&[]));
    let names = |plan: Plan| plan.codec.names.map(|name| name.to_string());
    let of_worker = plan(&planner, &config(&SOURCE, &[]), None).unwrap();
    assert_eq!(names(of_worker), ["format", "format", "Nothing"]);
    let own = [("header.converter", "headers")];
    let of_connector = plan(&planner, &config(&SOURCE, &own), None).unwrap();
    assert_eq!(names(of_connector), ["format", "format", "headers"]);
    let code = FromCode {
        connector: Connector::Sink(Arc::new(Drain)),
        plugin: type_name::<Drain>(),
        converters: Some(Converters::new(Nothing, Nothing, Nothing)),
        transforms: Vec::new(),
    };
    let named = config(
        &SINK,
        &[("connector.class", ""), ("value.converter", "format")],
    );
    let of_code = plan(&planner, &named, Some(code)).unwrap();
    assert_eq!(names(of_code), ["Nothing", "format", "Nothing"]);
}

#[test]
fn transforms_are_chained_in_order_and_may_ask_predicates() {
    let plan = accepted(
        &SOURCE,
        &[
            ("transforms", "first,second"),
            ("transforms.first.type", "Mask$Value"),
            ("transforms.first.field", "ssn"),
            ("transforms.second.type", "mask"),
            ("transforms.second.field", "name"),
            ("transforms.second.predicate", "named"),
            ("transforms.second.negate", "TRUE"),
            ("predicates", "named"),
            ("predicates.named.type", "has-field"),
            ("predicates.named.field", "name"),
        ],
    );
    let stages = plan.stages.build().unwrap();
    let shown: Vec<_> = stages
        .iter()
        .map(|stage| {
            let applies = stage.condition.as_ref().map(|condition| condition.applies);
            (stage.alias.to_string(), stage.plugin.to_string(), applies)
        })
        .collect();
    expect![[r#"[("first", "mask", None), ("second", "mask", Some(IfFalse))]"#]]
        .assert_eq(&format!("{shown:?}"));
}

#[test]
fn a_sink_reads_topics_or_a_pattern() {
    let named = accepted(&SINK, &[]).options.sink.subscription.clone();
    assert_eq!(
        named,
        Subscription::Topics(vec!["orders".into(), "returns".into()])
    );
    let pattern = [("topics", ""), ("topics.regex", "order.*")];
    let matching = accepted(&SINK, &pattern).options.sink.subscription.clone();
    assert_eq!(matching, Subscription::Pattern("order.*".to_owned()));
    check_refused(
        &SINK,
        &[("topics", "")],
        expect!["Must configure one of topics or topics.regex"],
    );
    check_refused(
        &SINK,
        &[("topics.regex", "x")],
        expect!["topics and topics.regex are mutually exclusive options, but both are set."],
    );
    check_refused(
        &SINK,
        &[("topics", ""), ("topics.regex", "(")],
        expect![[r#"
        Invalid value ( for configuration topics.regex: Must be a valid regular expression: regex parse error:
            ^(?:()$
             ^
        error: unclosed group"#]],
    );
}

#[test]
fn exactly_once_is_given_where_it_can_be_and_refused_where_it_is_required_in_vain() {
    let delivery = |class, more: &[(&str, &str)]| {
        let plan = accepted(&SOURCE, &[&[("connector.class", class)], more].concat());
        (plan.guarantee, plan.options.source.delivery)
    };
    let once = (Guarantee::ExactlyOnce, Delivery::ExactlyOnce);
    assert_eq!(delivery("table-source", &[]), once);
    assert_eq!(
        delivery("table-source", &[("exactly.once.support", "required")]),
        once
    );
    let least = (Guarantee::AtLeastOnce, Delivery::AtLeastOnce);
    assert_eq!(delivery("log-source", &[]), least);
    let log = ("connector.class", "log-source");
    check_refused(
        &SOURCE,
        &[log, ("exactly.once.support", "required")],
        expect![
            "The connector does not support exactly-once semantics with the provided configuration."
        ],
    );
    check_refused(
        &SOURCE,
        &[("transaction.boundary", "connector")],
        expect![
            "The connector does not support connector-defined transaction boundaries with the given configuration. Please reconfigure it to use a different transaction boundary definition."
        ],
    );

    let off = planner(&[("exactly.once.source.support", "disabled")]);
    assert_eq!(
        plan(&off, &config(&SOURCE, &[]), None).unwrap().guarantee,
        Guarantee::AtLeastOnce
    );
    let required = config(&SOURCE, &[("exactly.once.support", "required")]);
    expect!["This worker does not have exactly-once source support enabled."]
        .assert_eq(plan(&off, &required, None).unwrap_err().message());
}

#[test]
fn options_reach_the_loops() {
    let planner = planner(&[
        ("producer.linger.ms", "5"),
        ("producer.acks", "1"),
        ("offset.flush.interval.ms", "7"),
    ]);
    let source = config(
        &SOURCE,
        &[
            ("producer.override.acks", "all"),
            ("producer.override.transaction.timeout.ms", "9000"),
            ("transaction.boundary", "interval"),
            ("errors.tolerance", "all"),
            ("errors.retry.timeout", "-1"),
            ("errors.log.enable", "true"),
            ("queue.max.bytes", "1000"),
            ("errors.deadletterqueue.topic.name", "dead"),
            ("errors.deadletterqueue.topic.replication.factor", "-1"),
        ],
    );
    let plan = plan(&planner, &source, None).unwrap();
    let options = &plan.options;
    let producer: Vec<_> = options.producer.iter().collect();
    assert_eq!(producer, [("acks", "all"), ("linger.ms", "5")]);
    assert_eq!(options.source.transaction_timeout, Duration::from_secs(9));
    assert_eq!(
        options.source.boundary,
        Boundary::Interval(Duration::from_millis(7))
    );
    assert_eq!(
        (options.tolerance, options.retry.timeout),
        (Tolerance::All, None)
    );
    assert_eq!(
        (options.error_log, options.queue_bytes),
        (ErrorLog::Failures, 1000)
    );
    let dead = options.dead_letters.as_ref().unwrap();
    assert_eq!(
        (dead.topic.as_str(), dead.replication_factor),
        ("dead", None)
    );
}

#[test]
fn a_sink_is_a_consumer_group_with_connects_name_and_our_defaults() {
    let sink = accepted(&SINK, &[]).options.sink.clone();
    assert_eq!(
        (sink.group.as_str(), sink.isolation),
        ("connect-archive", Isolation::ReadCommitted)
    );
    assert_eq!(
        (sink.reset, sink.rebalance_timeout),
        (OffsetReset::Earliest, Duration::from_secs(299))
    );
    let other = [
        ("consumer.override.group.id", "mine"),
        ("consumer.override.isolation.level", "read_uncommitted"),
        ("consumer.override.auto.offset.reset", "latest"),
    ];
    let sink = accepted(&SINK, &other).options.sink.clone();
    assert_eq!(
        (sink.group.as_str(), sink.isolation),
        ("mine", Isolation::ReadUncommitted)
    );
    assert_eq!((sink.reset, sink.consumer.len()), (OffsetReset::Latest, 0));
    check_refused(
        &SINK,
        &[("consumer.override.isolation.level", "dirty")],
        expect![
            "Invalid value dirty for configuration consumer.override.isolation.level: String must be one of: read_committed, read_uncommitted"
        ],
    );
}

#[test]
fn names_of_types_are_short() {
    assert_eq!(type_name::<Drain>(), *"Drain");
    assert_eq!(type_name::<Vec<Option<Drain>>>(), *"Vec");
}
