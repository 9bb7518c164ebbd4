//! Confluent's `ExtractTopic`.

use connect_api::{Headers, Record, Result, Schema, Struct, Value};

use crate::subject::{apply, build};

const KEY: &str = "io.confluent.connect.transforms.ExtractTopic$Key";
const VALUE: &str = "io.confluent.connect.transforms.ExtractTopic$Value";
const HEADER: &str = "io.confluent.connect.transforms.ExtractTopic$Header";

fn topic(name: &str, options: &[(&str, &str)], record: Record) -> Result<String> {
    let mut transform = build(name, options)?;
    let records = apply(&mut *transform, record)?;
    assert_eq!(records.len(), 1);
    Ok(records[0].topic.to_string())
}

fn nested() -> Record {
    Record::new(
        "before",
        Value::map([
            ("f1", Value::map([("f3", "nested")])),
            ("f2", "plain".into()),
            ("list", Value::array(["first", "second"])),
            ("null", Value::Null),
            ("number", 7.into()),
            ("", "".into()),
            ("a.b", "dotted".into()),
        ]),
    )
    .with_key("whole")
}

#[test]
fn a_topic_is_a_whole_datum_or_a_field() {
    assert_eq!(topic(KEY, &[], nested()).unwrap(), "whole");
    assert_eq!(topic(VALUE, &[("field", "f2")], nested()).unwrap(), "plain");
    assert_eq!(
        topic(VALUE, &[("field", "a.b")], nested()).unwrap(),
        "dotted"
    );
    let schema = Schema::record("r")
        .field(
            "t",
            Schema::string().default_value("default").build().unwrap(),
        )
        .build()
        .unwrap();
    let record = Record::new("before", Struct::new(&schema).unwrap());
    assert_eq!(topic(VALUE, &[("field", "t")], record).unwrap(), "default");
}

#[test]
fn a_field_may_be_nested() {
    let path = |field| [("field", field), ("field.format", "JSON_PATH")];
    let check = |options: &[(&str, &str)], expected| {
        assert_eq!(topic(VALUE, options, nested()).unwrap(), expected);
    };
    check(&path("$[\"f1\"][\"f3\"]"), "nested");
    check(&path("$.f1.f3"), "nested");
    check(&path("$.list[-1]"), "second");
    check(
        &[("field", "f1.f3"), ("field.syntax.version", "V2")],
        "nested",
    );
    check(
        &[("field", "list[0]"), ("field.syntax.version", "V2")],
        "first",
    );
}

#[test]
fn the_last_header_of_that_name_counts() {
    let headers: Headers = [("h", "one"), ("h", "two"), ("x", "three")]
        .into_iter()
        .collect();
    let record = || nested().with_headers(headers.clone());
    assert_eq!(topic(HEADER, &[("field", "h")], record()).unwrap(), "two");
    let error = topic(HEADER, &[("field", "y")], record()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "extracting the topic from header `y`: expected a string, found nothing"
    );
    let skipping = [("field", "y"), ("skip.missing.or.null", "true")];
    assert_eq!(topic(HEADER, &skipping, record()).unwrap(), "before");
}

#[test]
fn what_is_missing_or_null_is_refused_or_skipped() {
    for field in ["other", "null"] {
        let found = if field == "null" { "null" } else { "nothing" };
        let error = topic(VALUE, &[("field", field)], nested()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "extracting the topic from field `{field}` of the value: expected a string, found {found}"
            )
        );
        let skipping = [("field", field), ("skip.missing.or.null", "true")];
        assert_eq!(topic(VALUE, &skipping, nested()).unwrap(), "before");
    }
    let skipping = [
        ("field", "$.f1.other"),
        ("field.format", "JSON_PATH"),
        ("skip.missing.or.null", "true"),
    ];
    assert_eq!(topic(VALUE, &skipping, nested()).unwrap(), "before");
    assert_eq!(
        topic(
            KEY,
            &[("skip.missing.or.null", "true")],
            Record::new("before", "v")
        )
        .unwrap(),
        "before"
    );
}

#[test]
fn what_is_no_name_is_refused() {
    let refused = |name, options: &[(&str, &str)]| {
        let error = topic(name, options, nested()).unwrap_err();
        error.to_string()
    };
    assert_eq!(
        refused(
            VALUE,
            &[("field", "number"), ("skip.missing.or.null", "true")]
        ),
        "extracting the topic from field `number` of the value: expected a string, found int32"
    );
    assert_eq!(
        refused(VALUE, &[]),
        "extracting the topic from the value: expected a string, found map"
    );
    assert_eq!(
        refused(KEY, &[("field", "f")]),
        "extracting the topic from field `f` of the key: expected a map or a struct, found string"
    );
    let empty = [("field", "$['']"), ("field.format", "JSON_PATH")];
    assert_eq!(
        refused(VALUE, &empty),
        "extracting the topic from `$['']` of the value: expected a string, found an empty one"
    );
}

#[test]
fn options_that_cannot_be_are_refused() {
    let refused = |name, options: &[(&str, &str)]| build(name, options).err().unwrap().to_string();
    assert!(refused(HEADER, &[]).contains("field: expected the name of a header"));
    let path = [("field", "$.a[*]"), ("field.format", "JSON_PATH")];
    assert!(refused(VALUE, &path).contains("expected a path that leads to one value"));
    assert!(refused(HEADER, &path).contains("field.format: expected PLAIN"));
    let path = [("field", "$.a["), ("field.format", "JSON_PATH")];
    assert!(refused(VALUE, &path).contains("at character 5, found the end"));
}
