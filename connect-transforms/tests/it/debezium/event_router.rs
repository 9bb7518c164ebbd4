//! `EventRouter`.

use connect_api::{Bytes, Record, Result, Schema, SchemaAndValue, Value};

use super::event::{change, customer, made, of, row, schemaless, shown};
use crate::subject::{apply, build};

const NAME: &str = "io.debezium.transforms.outbox.EventRouter";
const PLACEMENT: &str = "table.fields.additional.placement";

/// A row of an outbox whose payload is of a schema, and with one more column.
fn outbox(payload: (Schema, Value), column: (&str, Schema, Value)) -> Value {
    let schema = Schema::record("db.outbox.Value")
        .field("id", Schema::plain_string())
        .field("aggregatetype", Schema::plain_string())
        .field("aggregateid", Schema::plain_int64())
        .field("type", Schema::optional_string())
        .field("payload", payload.0)
        .field(column.0, column.1)
        .optional()
        .build()
        .unwrap();
    let values = [
        "e-1".into(),
        "Order".into(),
        7_i64.into(),
        "Created".into(),
        payload.1,
        column.2,
    ];
    of(&schema, values)
}

fn event(row: Value) -> Record {
    let value = change("db.outbox.Envelope", "c", Value::Null, row);
    Record::new("db.outbox", value)
        .with_partition(3)
        .with_timestamp(5)
}

fn with_payload(payload: impl Into<Option<&'static str>>) -> Record {
    let payload = (Schema::optional_string(), payload.into().into());
    event(outbox(
        payload,
        ("extra", Schema::optional_int32(), Value::Null),
    ))
}

fn with_column(name: &str, schema: Schema, value: impl Into<Value>) -> Record {
    event(outbox(
        (Schema::optional_string(), "text".into()),
        (name, schema, value.into()),
    ))
}

fn routed(options: &[(&str, &str)], record: Record) -> Result<Record> {
    made(NAME, options, record).map(|record| record.expect("an event"))
}

#[track_caller]
fn check(options: &[(&str, &str)], record: Record, expected: &str) {
    assert_eq!(
        shown(&routed(options, record).unwrap().value.value),
        expected,
        "{options:?}"
    );
}

#[track_caller]
fn check_refused(options: &[(&str, &str)], record: Record, expected: &str) {
    assert_eq!(
        made(NAME, options, record).unwrap_err().to_string(),
        expected
    );
}

#[test]
fn an_inserted_row_becomes_the_event_that_it_holds() {
    let record = routed(&[], with_payload("text")).unwrap();
    assert_eq!(record.topic, "outbox.event.Order");
    assert_eq!(
        record.key,
        SchemaAndValue::new(Schema::plain_int64(), 7_i64)
    );
    assert_eq!(
        record.value,
        SchemaAndValue::new(Schema::optional_string(), "text")
    );
    assert_eq!((record.timestamp, record.partition), (Some(1_700), None));
    let id = SchemaAndValue::new(Schema::plain_string(), "e-1");
    assert_eq!(record.headers.as_slice(), [("id".into(), id)]);
}

#[test]
fn what_is_no_insert_makes_no_event() {
    let row = || {
        outbox(
            (Schema::optional_string(), "text".into()),
            ("x", Schema::optional_int32(), Value::Null),
        )
    };
    let of = |op, before, after| Record::new("t", change("db.outbox.Envelope", op, before, after));
    let delete = of("d", row(), Value::Null);
    assert_eq!(made(NAME, &[], delete).unwrap(), None);
    assert_eq!(made(NAME, &[], Record::tombstone("t", "k")).unwrap(), None);
    for behavior in ["warn", "error"] {
        let options = [("table.op.invalid.behavior", behavior)];
        assert_eq!(made(NAME, &options, of("u", row(), row())).unwrap(), None);
        assert_eq!(
            made(NAME, &options, of("t", Value::Null, Value::Null)).unwrap(),
            None
        );
    }
    check_refused(
        &[("table.op.invalid.behavior", "fatal")],
        of("u", row(), row()),
        "routing events: expected inserts and deletes in the outbox table, found the operation `u`",
    );
    let java = [("compat.java", "true")];
    check_refused(
        &java,
        of("t", Value::Null, Value::Null),
        "routing events: expected a struct, found null",
    );
    let other = Record::new("t", change("other", "c", Value::Null, row()));
    assert_eq!(made(NAME, &[], other.clone()).unwrap(), Some(other));
}

#[test]
fn columns_are_called_as_the_options_say() {
    let options = [
        ("table.field.event.id", "type"),
        ("table.field.event.key", "id"),
        ("table.field.event.payload", "aggregatetype"),
        ("route.by.field", "type"),
    ];
    let record = routed(&options, with_payload("text")).unwrap();
    assert_eq!(record.topic, "outbox.event.Created");
    assert_eq!(record.key.value, "e-1".into());
    assert_eq!(record.value.value, "Order".into());
    assert_eq!(record.headers.last("id").unwrap().value, "Created".into());
    for (key, what) in [
        ("table.field.event.id", "id"),
        ("table.field.event.key", "key"),
        ("table.field.event.payload", "payload"),
        ("table.field.event.timestamp", "timestamp"),
        ("route.by.field", "topic"),
    ] {
        let expected = format!("routing events: no column `gone` for the {what}");
        check_refused(&[(key, "gone")], with_payload("text"), &expected);
    }
    check_refused(
        &[("route.by.field", "aggregateid")],
        with_payload("text"),
        "routing events: expected a string in the column `aggregateid`, found int64",
    );
}

#[test]
fn the_topic_is_made_by_a_regular_expression() {
    for (regex, replacement, expected) in [
        ("(?<routedByValue>.*)", "x.${routedByValue}", "x.Order"),
        ("(.)(.*)", "$2$1", "rderO"),
        ("Other", "x", "Order"),
    ] {
        let options = [
            ("route.topic.regex", regex),
            ("route.topic.replacement", replacement),
        ];
        assert_eq!(
            routed(&options, with_payload("text")).unwrap().topic,
            expected
        );
    }
}

#[test]
fn a_column_may_hold_the_timestamp() {
    let options = [("table.field.event.timestamp", "at")];
    let named = |name| Schema::int64().name(name).optional().build().unwrap();
    let timestamp = |schema, value: Value| {
        routed(&options, with_column("at", schema, value)).map(|record| record.timestamp)
    };
    for (name, value, expected) in [
        ("io.debezium.time.Timestamp", 1_234_i64.into(), 1_234),
        (
            "io.debezium.time.MicroTimestamp",
            1_234_999_i64.into(),
            1_234,
        ),
        (
            "io.debezium.time.NanoTimestamp",
            (-1_234_999_999_i64).into(),
            -1_234,
        ),
        ("io.debezium.time.Timestamp", Value::Null, 1_700),
    ] {
        assert_eq!(
            timestamp(named(name), value).unwrap(),
            Some(expected),
            "{name}"
        );
    }
    let own = || Schema::timestamp().optional().build().unwrap();
    assert_eq!(timestamp(own(), Value::Timestamp(9)).unwrap(), Some(9));
    let java = [options[0], ("compat.java", "true")];
    assert!(routed(&java, with_column("at", own(), Value::Timestamp(9))).is_err());
    assert_eq!(
        timestamp(Schema::optional_int64(), 5_i64.into())
            .unwrap_err()
            .to_string(),
        "routing events: expected a timestamp in the column `at`, found Schema{INT64}"
    );
}

#[test]
fn other_columns_go_where_they_are_placed() {
    let record =
        |options: &[_]| routed(options, with_column("p", Schema::optional_int32(), 2)).unwrap();
    let placed = record(&[(PLACEMENT, "type:header:eventType, p:partition ,id:header")]);
    assert_eq!(
        placed.headers.last("eventType").unwrap().value,
        "Created".into()
    );
    assert_eq!((placed.headers.len(), placed.partition), (3, Some(2)));
    assert_eq!(placed.value.value, "text".into());
    let wrapped = record(&[(PLACEMENT, "type:envelope:eventType,p:ENVELOPE")]);
    assert_eq!(
        shown(&wrapped.value.value),
        r#"payload="text" eventType="Created" p=2"#
    );
    assert_eq!(
        wrapped.value.schema.unwrap().name().unwrap(),
        "db.outbox.Order.Value"
    );
}

#[test]
fn a_column_may_be_missing_if_that_is_said() {
    let options = [(PLACEMENT, "gone:envelope,gone:header,type:envelope")];
    check_refused(
        &options,
        with_payload("text"),
        "routing events: no column `gone` for the field `gone`",
    );
    let lenient = [
        options[0],
        ("table.fields.additional.error.on.missing", "false"),
    ];
    check(
        &lenient,
        with_payload("text"),
        r#"payload="text" type="Created""#,
    );
}

#[test]
fn a_column_may_hold_the_version_of_the_schema() {
    let options = [
        (PLACEMENT, "type:envelope"),
        ("table.field.event.schema.version", "version"),
    ];
    let version = |value: Option<i32>| {
        let record = with_column("version", Schema::optional_int32(), value);
        routed(&options, record)
            .unwrap()
            .value
            .schema
            .unwrap()
            .version()
    };
    assert_eq!((version(Some(3)), version(None)), (Some(3), None));
    check_refused(
        &options,
        with_column("version", Schema::optional_string(), "3"),
        "routing events: expected an int32 as version of the schema, found string",
    );
}

#[test]
fn an_empty_payload_makes_a_tombstone_if_that_is_said() {
    let options = [("route.tombstone.on.empty.payload", "true")];
    for payload in [None, Some(""), Some(" \t\n")] {
        assert_eq!(
            routed(&options, with_payload(payload)).unwrap().value,
            SchemaAndValue::NULL
        );
        assert!(
            routed(&[], with_payload(payload))
                .unwrap()
                .value
                .schema
                .is_some()
        );
    }
    check(&options, with_payload("x"), r#""x""#);
    let wrapped = [options[0], (PLACEMENT, "type:envelope")];
    assert_eq!(
        routed(&wrapped, with_payload(None)).unwrap().value,
        SchemaAndValue::NULL
    );
    let bytes = || {
        event(outbox(
            (Schema::optional_bytes(), Bytes::new().into()),
            ("x", Schema::optional_int32(), Value::Null),
        ))
    };
    assert_eq!(
        routed(&options, bytes()).unwrap().value,
        SchemaAndValue::NULL
    );
    let java = [options[0], ("compat.java", "true")];
    assert_eq!(
        routed(&java, bytes()).unwrap().value.value,
        Bytes::new().into()
    );
}

#[test]
fn a_json_payload_is_expanded_if_that_is_said() {
    let options = [("table.expand.json.payload", "true")];
    for (json, expected) in [
        (
            r#"{"a":1,"b":"x","c":true,"d":1.5,"e":null}"#,
            r#"a=1 b="x" c=true d=1.5"#,
        ),
        (r#"{"a":{"b":[1,2]},"c":[]}"#, "a=b=[1,2]"),
        (r#"[1,null]"#, "[1,null]"),
        ("text", r#""text""#),
        (r#"{"a":"#, r#""{\"a\":""#),
        (r#"{"a":[1,"x"]}"#, r#""{\"a\":[1,\"x\"]}""#),
    ] {
        check(&options, with_payload(json), expected);
    }
    check(&[], with_payload("{}"), r#""{}""#);
    let nulls = [
        options[0],
        ("table.json.payload.null.behavior", "optional_bytes"),
    ];
    check(&nulls, with_payload(r#"{"a":null,"b":1}"#), "a=null b=1");
    let names = [options[0], ("field.name.adjustment.mode", "avro")];
    check(&names, with_payload(r#"{"a-b":1}"#), "a_b=1");
}

#[test]
fn the_schema_of_an_expanded_payload_is_told_by_its_values() {
    let options = [("table.expand.json.payload", "true")];
    let json = r#"{"i":1,"l":5000000000,"o":[{"a":1},{"b":{"c":"x"}},{"b":{"d":1}}]}"#;
    let record = routed(&options, with_payload(json)).unwrap();
    let schema = record.value.schema.unwrap();
    schema.check(&record.value.value).unwrap();
    assert_eq!(schema.name().unwrap(), "payload");
    let of = |name| schema.field(name).unwrap().schema().clone();
    assert_eq!(
        (of("i"), of("l")),
        (Schema::optional_int32(), Schema::optional_int64())
    );
    let element = of("o").value_schema().unwrap().clone();
    assert_eq!(element.name().unwrap(), "payload.o");
    assert_eq!(
        element.field("b").unwrap().schema().fields().len(),
        2,
        "c and d"
    );
}

#[test]
fn equal_payloads_share_one_schema() {
    let mut transform = build(NAME, &[("table.expand.json.payload", "true")]).unwrap();
    let mut schema = || {
        let mut routed = apply(&mut *transform, with_payload(r#"{"a":1}"#)).unwrap();
        routed.remove(0).value.schema.unwrap()
    };
    assert!(schema().is_same(&schema()));
}

#[test]
fn each_topic_has_its_schema_unless_java_is_asked_for() {
    let names = |java| {
        let mut transform = build(
            NAME,
            &[
                (PLACEMENT, "type:envelope"),
                ("route.by.field", "type"),
                ("compat.java", java),
            ],
        )
        .unwrap();
        ["A", "B"].map(|kind| {
            let row = with_payload("text")
                .value
                .value
                .get("after")
                .unwrap()
                .clone();
            let Value::Struct(row) = row else { panic!() };
            let event = event(row.with("type", kind).unwrap().into());
            let mut routed = apply(&mut *transform, event).unwrap();
            routed
                .remove(0)
                .value
                .schema
                .unwrap()
                .name()
                .unwrap()
                .to_string()
        })
    };
    assert_eq!(names("false"), ["db.outbox.A.Value", "db.outbox.B.Value"]);
    assert_eq!(names("true"), ["db.outbox.A.Value", "db.outbox.A.Value"]);
}

#[test]
fn rows_without_a_schema_are_routed_unless_java_is_asked_for() {
    let row = || {
        Value::map([
            ("id", Value::from("e-1")),
            ("aggregatetype", "Order".into()),
            ("aggregateid", 7_i64.into()),
            ("type", "Created".into()),
            ("at", 9_i64.into()),
            ("payload", r#"{"a":1}"#.into()),
        ])
    };
    let insert = || schemaless("c", Value::Null, row());
    let options = [
        (PLACEMENT, "type:header,aggregateid:partition,at:envelope"),
        ("table.expand.json.payload", "true"),
        ("table.field.event.timestamp", "at"),
    ];
    let record = routed(&options, insert()).unwrap();
    assert_eq!(shown(&record.value.value), "payload=a=1 at=9");
    assert_eq!(
        (&*record.topic, record.timestamp, record.partition),
        ("outbox.event.Order", Some(9), Some(7))
    );
    assert_eq!(record.key, 7_i64.into());
    assert_eq!(record.headers.len(), 2);
    assert_eq!(
        made(NAME, &[], schemaless("d", row(), Value::Null)).unwrap(),
        None
    );
    let java = made(NAME, &[("compat.java", "true")], insert()).unwrap();
    assert_eq!(java, Some(insert()));
    check_refused(
        &[("route.by.field", "gone")],
        insert(),
        "routing events: no column `gone` for the topic",
    );
}

#[test]
fn a_table_that_is_no_outbox_is_refused() {
    let record = customer("c", Value::Null, row(1, None, None));
    check_refused(
        &[],
        record,
        "routing events: no column `aggregateid` for the key",
    );
}

#[test]
fn options_that_do_not_fit_are_refused_by_their_keys() {
    let refused = |key, value| build(NAME, &[(key, value)]).err().unwrap().to_string();
    assert_eq!(
        refused(PLACEMENT, "type"),
        "Invalid value type for configuration table.fields.additional.placement: \
         expected an entry like column:header or column:envelope:alias"
    );
    assert!(
        refused(PLACEMENT, "a:b").contains("expected header, envelope or partition, found `b`")
    );
    assert!(refused("route.topic.regex", "(").contains("route.topic.regex"));
    assert!(refused("route.topic.replacement", "$2").contains("there is no group 2"));
    assert!(refused("table.op.invalid.behavior", "x").contains("String must be one of"));
    assert!(refused("table.field.event.id", "").contains("non-empty"));
}
