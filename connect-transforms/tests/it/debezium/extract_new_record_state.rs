//! `ExtractNewRecordState`.

use connect_api::{Record, Schema, SchemaAndValue, Struct, Value};

use super::event::{
    change, customer, envelope_schema, made, of, row, row_schema, schemaless, shown,
};
use crate::subject::{apply, build};

const NAME: &str = "io.debezium.transforms.ExtractNewRecordState";
const MODE: &str = "delete.tombstone.handling.mode";

fn insert() -> Record {
    customer("c", Value::Null, row(1, Some("Ann"), Some("other")))
}

fn delete() -> Record {
    customer("d", row(1, None, Some("other")), Value::Null)
}

#[track_caller]
fn check(options: &[(&str, &str)], record: Record, expected: &str) {
    let record = made(NAME, options, record).unwrap();
    let found = record.map_or("dropped".to_owned(), |record| shown(&record.value.value));
    assert_eq!(found, expected, "{options:?}");
}

#[track_caller]
fn check_refused(options: &[(&str, &str)], record: Record, expected: &str) {
    assert_eq!(
        made(NAME, options, record).unwrap_err().to_string(),
        expected
    );
}

#[test]
fn the_row_after_the_change_becomes_the_value() {
    let record = made(NAME, &[], insert()).unwrap().unwrap();
    let schema = record.value.schema.unwrap();
    assert_eq!(schema.name().unwrap(), "db.customers.Value");
    assert!(!schema.is_optional(), "a row that is there is no null");
    assert_eq!(schema.fields(), row_schema().fields());
    check(
        &[],
        customer("u", row(1, None, None), row(1, None, None)),
        "id=1 name=null topic=null",
    );
    check(
        &[],
        customer("r", Value::Null, row(2, None, None)),
        "id=2 name=null topic=null",
    );
}

#[test]
fn deletions_and_tombstones_become_what_the_mode_says() {
    let tombstone = || Record::tombstone("db.customers", "key");
    let was = r#"id=1 name="anon" topic="other" __deleted="true""#;
    let cases = [
        ("drop", "dropped", "dropped"),
        ("tombstone", "null", "dropped"),
        ("delete-to-tombstone", "null", "dropped"),
        ("rewrite", was, "dropped"),
        ("REWRITE-WITH-TOMBSTONE", was, "null"),
    ];
    for (mode, deletion, expected) in cases {
        check(&[(MODE, mode)], delete(), deletion);
        check(&[(MODE, mode)], tombstone(), expected);
        check(
            &[(MODE, mode)],
            customer("t", Value::Null, Value::Null),
            "dropped",
        );
    }
    let schema = |mode| {
        made(NAME, &[(MODE, mode)], delete())
            .unwrap()
            .unwrap()
            .value
            .schema
    };
    assert_eq!(schema("tombstone"), Some(row_schema()));
    assert_eq!(schema("delete-to-tombstone"), None);
    let rewritten = r#"id=1 name="Ann" topic="other" __deleted="false""#;
    check(&[(MODE, "rewrite")], insert(), rewritten);
}

#[test]
fn the_keys_of_older_versions_count_unless_the_new_one_or_java_is_asked_for() {
    let options = [
        ("drop.tombstones", "false"),
        ("delete.handling.mode", "none"),
    ];
    check(&options, delete(), "null");
    check(&options, Record::tombstone("t", "key"), "null");
    check(&options[1..], Record::tombstone("t", "key"), "dropped");
    check(&options[..1], delete(), "dropped");
    check(
        &[options[0], (MODE, "tombstone")],
        Record::tombstone("t", "key"),
        "dropped",
    );
    check(&[options[0], ("compat.java", "true")], delete(), "null");
}

#[test]
fn fields_are_added_under_their_names() {
    let cases = [
        ("op", r#"__op="c""#),
        ("table,lsn", r#"__table="customers" __lsn=42"#),
        ("source.table:T, ts_ms", r#"__T="customers" __ts_ms=1700"#),
        (
            "before.id,after.name",
            r#"__before_id=null __after_name="Ann""#,
        ),
        ("id", "__id=null"),
        ("nothing,source.nothing,op,", r#"__op="c""#),
    ];
    for (fields, added) in cases {
        let expected = format!(r#"id=1 name="Ann" topic="other" {added}"#);
        check(&[("add.fields", fields)], insert(), &expected);
    }
    let options = [("add.fields", "op"), ("add.fields.prefix", "")];
    check(
        &options,
        insert(),
        r#"id=1 name="Ann" topic="other" op="c""#,
    );
    check_refused(
        &[("add.fields", "op:name"), ("add.fields.prefix", "")],
        insert(),
        "extracting rows: schema cannot be built: field `name` is already there",
    );
}

#[test]
fn an_added_struct_keeps_its_fields_unless_java_is_asked_for() {
    let record = made(NAME, &[("add.fields", "source")], insert())
        .unwrap()
        .unwrap();
    let source = record.value.value.get("__source").unwrap();
    assert_eq!(shown(source), r#"table="customers" lsn=42"#);
    let options = [("add.fields", "source"), ("compat.java", "true")];
    check_refused(
        &options,
        insert(),
        "extracting rows: in Java's dialect Schema{Source:STRUCT} has lost its fields",
    );
}

#[test]
fn headers_are_added_and_a_tombstone_tells_its_operation() {
    let options = [
        ("add.headers", "op,source.lsn:position,nothing"),
        (MODE, "rewrite-with-tombstone"),
    ];
    let names = |record: Record| {
        let record = made(NAME, &options, record).unwrap().unwrap();
        let header =
            |(name, datum): &(_, SchemaAndValue)| format!("{name}={}", shown(&datum.value));
        record
            .headers
            .iter()
            .map(header)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(names(insert()), r#"__op="c" __position=42"#);
    assert_eq!(names(delete()), r#"__op="d" __position=42"#);
    assert_eq!(names(Record::tombstone("t", "key")), r#"__op="d""#);
    assert_eq!(names(Record::new("t", "no event")), "");
    let mut record = insert();
    record.headers.add("kept", 1);
    assert_eq!(names(record), r#"kept=1 __op="c" __position=42"#);
}

#[test]
fn a_column_may_name_the_topic() {
    let topic = |field, mode, record| {
        made(NAME, &[("route.by.field", field), (MODE, mode)], record)
            .map(|record| record.unwrap().topic)
    };
    assert_eq!(topic("topic", "tombstone", insert()).unwrap(), "other");
    assert_eq!(topic("topic", "tombstone", delete()).unwrap(), "other");
    let stays = customer("c", Value::Null, row(1, Some("Ann"), Some(" ")));
    assert_eq!(topic("topic", "tombstone", stays).unwrap(), "db.customers");
    let nameless = || customer("c", Value::Null, row(1, None, None));
    assert_eq!(
        topic("name", "tombstone", nameless()).unwrap(),
        "db.customers"
    );
    assert_eq!(topic("name", "rewrite", nameless()).unwrap(), "anon");
    let refused = |field| topic(field, "tombstone", insert()).unwrap_err().to_string();
    assert_eq!(
        refused("id"),
        "routing by field `id`: expected a string, found int32"
    );
    assert_eq!(
        refused("nothing"),
        "routing by field `nothing`: there is no such field"
    );
}

#[test]
fn a_header_lists_the_fields_to_drop() {
    let listed = |names: &[&str]| {
        let key = Schema::record("Key")
            .field("name", Schema::optional_string())
            .build()
            .unwrap();
        let key = Struct::new(&key).unwrap().with("name", "Ann").unwrap();
        let mut record = insert().with_key(key);
        record
            .headers
            .add("drop", Value::array(names.iter().copied()));
        record
    };
    let options = [
        ("drop.fields.header.name", "drop"),
        ("drop.fields.from.key", "true"),
        ("drop.fields.keep.schema.compatible", "false"),
    ];
    check(
        &options[..1],
        listed(&["id", "name"]),
        r#"id=1 topic="other""#,
    );
    check(&options, listed(&["id", "name"]), r#"topic="other""#);
    check(&options, listed(&[]), r#"id=1 name="Ann" topic="other""#);
    let key = |options| {
        made(NAME, options, listed(&["name"]))
            .unwrap()
            .unwrap()
            .key
            .value
    };
    assert_eq!(shown(&key(&options)), "");
    assert_eq!(shown(&key(&options[..1])), r#"name="Ann""#);
    let mut text = insert();
    text.headers.add("drop", "name");
    check_refused(
        &options,
        text,
        "dropping fields: expected a list of texts in the header `drop`, found string",
    );
}

#[test]
fn fields_are_added_to_a_deleted_row_after_others_were_dropped_from_it() {
    let options = [
        (MODE, "rewrite"),
        ("add.fields", "op:topic"),
        ("add.fields.prefix", ""),
        ("drop.fields.header.name", "drop"),
    ];
    let listing_it = |mut record: Record| {
        record.headers.add("drop", Value::array(["topic"]));
        record
    };
    let added = r#"id=1 name="anon" __deleted="true" topic="d""#;
    check(&options, listing_it(delete()), added);
    let twice = "field `topic` is already there";
    for record in [delete(), listing_it(insert())] {
        let refused = made(NAME, &options, record).unwrap_err().to_string();
        assert!(refused.ends_with(twice), "{refused}");
    }
    let deleted = schemaless("d", Value::map([("topic", "x")]), Value::Null);
    let added = r#"__deleted="true" topic="d""#;
    check(&options, listing_it(deleted), added);
}

#[test]
fn what_is_no_change_event_passes() {
    let heartbeat = Schema::record("Heartbeat")
        .field("ts_ms", Schema::plain_int64())
        .build()
        .unwrap();
    let unnamed = change("unnamed", "c", Value::Null, row(1, None, None));
    for value in [
        SchemaAndValue::new(heartbeat.clone(), of(&heartbeat, [1_i64.into()])),
        unnamed,
        Value::map([("op", "x"), ("after", "y")]).into(),
        Value::map([("op", "c")]).into(),
        "text".into(),
    ] {
        let record = Record::new("t", value);
        let options = [("add.headers", "op"), ("add.fields", "op")];
        assert_eq!(made(NAME, &options, record.clone()).unwrap(), Some(record));
    }
}

#[test]
fn events_without_a_schema_are_unwrapped_unless_java_is_asked_for() {
    let map = |id: i64| Value::map([("id", Value::from(id)), ("topic", "other".into())]);
    let insert = || schemaless("c", Value::Null, map(1));
    let delete = || schemaless("d", map(1), Value::Null);
    let options = [
        (MODE, "rewrite"),
        ("add.fields", "op,table,nothing"),
        ("add.headers", "ts_ms"),
    ];
    check(
        &options,
        insert(),
        r#"id=1 topic="other" __deleted="false" __op="c" __table="customers""#,
    );
    check(
        &options,
        delete(),
        r#"id=1 topic="other" __deleted="true" __op="d" __table="customers""#,
    );
    check(&[], delete(), "null");
    check(&[], schemaless("t", Value::Null, Value::Null), "dropped");
    let record = made(NAME, &[options[2], ("route.by.field", "topic")], delete())
        .unwrap()
        .unwrap();
    assert_eq!(record.topic, "other");
    assert_eq!(record.headers.last("__ts_ms"), Some(&1_700_i64.into()));
    let java = made(NAME, &[("compat.java", "true")], insert()).unwrap();
    assert_eq!(java, Some(insert()));
    check_refused(
        &[("add.fields", "op:id"), ("add.fields.prefix", "")],
        insert(),
        "extracting rows: field `id` is already there",
    );
}

#[test]
fn options_that_name_nothing_are_refused() {
    let refused = |key, value| build(NAME, &[(key, value)]).err().unwrap().to_string();
    assert_eq!(
        refused("add.fields", "a:b:c"),
        "Invalid value a:b:c for configuration add.fields: expected a field like op, source.table or op:operation"
    );
    assert!(refused("add.headers", "a..b").contains("expected the name of a field"));
    assert!(refused(MODE, "none").contains("String must be one of"));
}

#[test]
fn odd_events_are_taken_or_refused() {
    let odd = [
        Value::Null,
        1.into(),
        "x".into(),
        Value::map([("a", 1)]),
        row(1, None, None),
    ];
    let schema = envelope_schema("db.customers.Envelope", &row_schema());
    let options = [
        ("add.fields", "op,table,id,before.id"),
        ("route.by.field", "topic"),
    ];
    for java in ["true", "false"] {
        for name in [NAME, "event-router"] {
            let options = if name == NAME { &options[..] } else { &[] };
            let options: Vec<_> = options
                .iter()
                .copied()
                .chain([("compat.java", java)])
                .collect();
            let mut transform = build(name, &options).unwrap();
            for one in &odd {
                for two in &odd {
                    let values = vec![
                        one.clone(),
                        two.clone(),
                        one.clone(),
                        two.clone(),
                        two.clone(),
                        one.clone(),
                    ];
                    let event = Struct::from_values(&schema, values).unwrap();
                    let record = Record::new("t", event);
                    if let Err(error) = apply(&mut *transform, record) {
                        assert_eq!(error.kind(), connect_api::ErrorKind::Rejected);
                    }
                }
            }
        }
    }
}
