//! Wrong configurations, each refused with everything that is wrong.

use connect_api::ConfigMap;
use expect_test::expect;

use super::{SINK, SOURCE, accepted, check_refused};
use crate::settings::{Mode, WorkerSettings};

#[test]
fn everything_that_is_wrong_is_said_at_once_with_full_keys() {
    check_refused(
        &SOURCE,
        &[
            ("table", ""),
            ("tasks.max", "0"),
            ("errors.tolerence", "all"),
            ("value.converter", "format"),
            ("value.converter.schemas.enable", "maybe"),
            ("transforms", "mask"),
            ("transforms.mask.type", "mask"),
            ("transforms.mask.fild", "ssn"),
        ],
        expect![[r#"
            Unknown configuration "errors.tolerence": did you mean "errors.tolerance"?
            Invalid value 0 for configuration tasks.max: Value must be at least 1
            Missing required configuration "table" which has no default value.
            Invalid value maybe for configuration value.converter.schemas.enable: Expected value to be either true or false
            Missing required configuration "transforms.mask.field" which has no default value.
            Unknown configuration "transforms.mask.fild": did you mean "transforms.mask.field"?"#]],
    );
}

#[test]
fn a_transaction_must_be_allowed_to_stay_open_longer_than_its_interval() {
    check_refused(
        &SOURCE,
        &[
            ("transaction.boundary", "interval"),
            ("transaction.boundary.interval.ms", "9000"),
            ("producer.override.transaction.timeout.ms", "9000"),
        ],
        expect![
            "Invalid value 9000 for configuration producer.override.transaction.timeout.ms: Must be longer than the interval between transactions, which is 9000 ms (transaction.boundary.interval.ms, or else offset.flush.interval.ms)"
        ],
    );
    let interval = [
        ("transaction.boundary", "interval"),
        ("transaction.boundary.interval.ms", "120000"),
    ];
    let plan = accepted(&SOURCE, &interval);
    let timeout = plan.options.source.transaction_timeout;
    assert_eq!(timeout, std::time::Duration::from_secs(180));
}

#[test]
fn an_unknown_class_is_told_with_what_is_registered() {
    check_refused(
        &SOURCE,
        &[("connector.class", "TableSourc")],
        expect![
            "connector.class: expected a registered connector, found `TableSourc`; did you mean `TableSource` or `table-source` or `TableSourceConnector`? (registered: `drain`, `log-source`, `panicking`, `table-source`)"
        ],
    );
    check_refused(
        &SOURCE,
        &[("connector.class", "")],
        expect![[
            r#"Missing required configuration "connector.class" which has no default value."#
        ]],
    );
    check_refused(
        &SOURCE,
        &[("key.converter", "json")],
        expect![
            "key.converter: expected a registered converter, found `json` (registered: `format`)"
        ],
    );
}

#[test]
fn java_class_names_are_answered_to_as_in_java() {
    for class in [
        "org.example.TableSourceConnector",
        "TableSourceConnector",
        "TableSource",
    ] {
        let plan = accepted(&SOURCE, &[("connector.class", class)]);
        assert_eq!(plan.plugin, *"table-source");
    }
    check_refused(
        &SOURCE,
        &[("connector.class", "tablesource")],
        expect![
            "connector.class: expected a registered connector, found `tablesource`; did you mean `TableSource` or `table-source` or `TableSourceConnector`? (registered: `drain`, `log-source`, `panicking`, `table-source`)"
        ],
    );
}

#[test]
fn unknown_keys_are_refused_but_not_under_a_java_class_name() {
    check_refused(
        &SOURCE,
        &[("tabel", "x"), ("task.max", "2")],
        expect![[r#"
        Unknown configuration "tabel": did you mean "table"?
        Unknown configuration "task.max": did you mean "tasks.max"?"#]],
    );
    accepted(
        &SOURCE,
        &[
            ("connector.class", "TableSource"),
            ("tabel", "x"),
            ("task.max", "2"),
        ],
    );
}

#[test]
fn a_panic_while_building_is_an_error_of_the_configuration() {
    check_refused(
        &[("name", "orders"), ("connector.class", "panicking")],
        &[],
        expect!["connector.class: building connector `panicking` panicked: out of luck"],
    );
}

#[test]
fn converter_options_count_only_beside_the_connectors_own_converter() {
    accepted(
        &SOURCE,
        &[
            ("key.converter", "format"),
            ("key.converter.schemas.enable", "true"),
        ],
    );
    check_refused(
        &SOURCE,
        &[("key.converter.schemas.enable", "true")],
        expect![[
            r#"Configuration "key.converter.schemas.enable" has no effect: it belongs to a converter of the connector's own, and "key.converter" is not set"#
        ]],
    );
    let java = ("connector.class", "TableSource");
    accepted(&SOURCE, &[java, ("key.converter.schemas.enable", "true")]);
    check_refused(
        &SOURCE,
        &[
            ("key.converter", "format"),
            ("key.converter.schema.enable", "true"),
        ],
        expect![[
            r#"Unknown configuration "key.converter.schema.enable": did you mean "key.converter.schemas.enable"?"#
        ]],
    );
}

#[test]
fn wrong_chains_are_refused() {
    check_refused(
        &SOURCE,
        &[
            ("transforms", "a,a,b,c,d"),
            ("transforms.a.type", "mask"),
            ("transforms.a.field", "x"),
            ("transforms.a.predicate", "missing"),
            ("transforms.b.type", "mask"),
            ("transforms.b.field", "x"),
            ("transforms.b.negate", "true"),
            ("transforms.c.field", "x"),
            ("transforms.d.type", "mask"),
            ("transforms.d.field", "x"),
            ("transforms.d.predicate", "p"),
            ("transforms.d.negate", "perhaps"),
            ("transforms.e.type", "mask"),
            ("predicates", "p"),
            ("predicates.p.type", "mask"),
        ],
        expect![[r#"
            predicates.p.type: expected a registered predicate, found `mask` (registered: `has-field`)
            Invalid value a,a,b,c,d for configuration transforms: Duplicate alias provided.
            Configuration "transforms.e.type" has no effect: "transforms" does not list `e`
            Invalid value missing for configuration transforms.a.predicate: Must be one of the aliases in predicates: p
            Configuration "transforms.b.negate" needs "transforms.b.predicate", which is not set
            Missing required configuration "transforms.c.type" which has no default value.
            Invalid value perhaps for configuration transforms.d.negate: Expected value to be either true or false"#]],
    );
}

#[test]
fn a_name_has_no_control_characters() {
    check_refused(
        &SOURCE,
        &[("name", "or\u{7}ders")],
        expect![
            "Invalid value or\\u{7}ders for configuration name: String may not contain control sequences"
        ],
    );
}

#[test]
fn a_sink_does_not_read_its_own_dead_letters() {
    let dead = ("errors.deadletterqueue.topic.name", "orders");
    check_refused(
        &SINK,
        &[dead],
        expect![[
            r#"The DLQ topic 'orders' may not be included in the list of topics ("topics") consumed by the connector"#
        ]],
    );
    check_refused(
        &SINK,
        &[dead, ("topics", ""), ("topics.regex", "ord.*")],
        expect![[
            r#"The DLQ topic 'orders' may not be matched by the regex of topics ("topics.regex") consumed by the connector"#
        ]],
    );
}

#[test]
fn a_worker_refuses_what_it_does_not_know() {
    let wrong = ConfigMap::from([
        ("offset.flush.interval.ms", "soon"),
        ("exactly.once.source.suport", "enabled"),
        ("group.id", ""),
    ]);
    let error = WorkerSettings::parse(wrong, Mode::Alone).unwrap_err();
    expect![[r#"
        Invalid value  for configuration group.id: String must be non-empty
        Invalid value soon for configuration offset.flush.interval.ms: Not a number of type LONG
        Unknown configuration "exactly.once.source.suport": did you mean "exactly.once.source.support"?"#]].assert_eq(error.message());
}
