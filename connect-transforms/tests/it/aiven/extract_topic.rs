//! Aiven's `ExtractTopic`.

use connect_api::{Record, Result, Schema, SchemaAndValue, Struct, Value};

use crate::subject::{apply, build};

const VALUE: &str = "io.aiven.kafka.connect.transforms.ExtractTopic$Value";
const KEY: &str = "io.aiven.kafka.connect.transforms.ExtractTopic$Key";

fn topic(options: &[(&str, &str)], value: impl Into<SchemaAndValue>) -> Result<String> {
    let mut transform = build(VALUE, options)?;
    let records = apply(&mut *transform, Record::new("before", value))?;
    assert_eq!(records.len(), 1);
    Ok(records[0].topic.to_string())
}

#[test]
fn texts_numbers_and_booleans_name_topics() {
    for (value, expected) in [
        (Value::from("orders"), "orders"),
        (7i8.into(), "7"),
        ((-3i64).into(), "-3"),
        (1.5f32.into(), "1.5"),
        (1e10.into(), "1.0E10"),
        (true.into(), "true"),
    ] {
        assert_eq!(topic(&[], value.clone()).unwrap(), expected);
        let map = Value::map([("t", value)]);
        assert_eq!(topic(&[("field.name", "t")], map).unwrap(), expected);
    }
    let mut of_key = build(KEY, &[("field.name", "")]).unwrap();
    let record = Record::new("before", "value").with_key("key");
    assert_eq!(
        apply(&mut *of_key, record).unwrap()[0].topic.as_str(),
        "key"
    );
    let nested = Value::map([("a", Value::array([Value::map([("b", "x")])]))]);
    let options = [("field.name", "a[0].b"), ("field.syntax.version", "V2")];
    assert_eq!(topic(&options, nested).unwrap(), "x");
}

#[test]
fn what_names_nothing_is_refused_or_skipped() {
    let map = Value::map([("null", Value::Null), ("blank", " ".into())]);
    for (field, found) in [
        ("null", "null"),
        ("blank", "a blank one"),
        ("other", "nothing"),
    ] {
        let error = topic(&[("field.name", field)], map.clone()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "extracting the topic from field `{field}` of the value: expected a name, found {found}"
            )
        );
        let skipping = [("field.name", field), ("skip.missing.or.null", "true")];
        assert_eq!(topic(&skipping, map.clone()).unwrap(), "before");
    }
    let skipping = [("skip.missing.or.null", "true")];
    assert_eq!(topic(&skipping, Value::Null).unwrap(), "before");
    assert!(topic(&[], Value::Null).is_err());
}

#[test]
fn what_is_no_name_is_refused() {
    let refused =
        |options: &[(&str, &str)], value: Value| topic(options, value).unwrap_err().to_string();
    assert_eq!(
        refused(&[], Value::array([1])),
        "extracting the topic from the value: expected a string, a number or a boolean, found array"
    );
    assert_eq!(
        refused(&[("field.name", "a")], "text".into()),
        "extracting the topic from field `a` of the value: expected a map or a struct, found string"
    );
}

#[test]
fn java_takes_dates_and_blanks_with_a_schema_and_refuses_a_null() {
    let schema = Schema::record("r")
        .field("at", Schema::timestamp().build().unwrap())
        .field("blank", Schema::plain_string())
        .build()
        .unwrap();
    let value = Struct::new(&schema)
        .and_then(|value| value.with("at", Value::Timestamp(0)))
        .and_then(|value| value.with("blank", " "))
        .unwrap();
    let value = || SchemaAndValue::new(schema.clone(), value.clone());
    let java = |field| [("field.name", field), ("compat.java", "true")];
    assert_eq!(
        topic(&java("at"), value()).unwrap(),
        "Thu Jan 01 00:00:00 UTC 1970"
    );
    assert_eq!(topic(&java("blank"), value()).unwrap(), " ");
    assert!(topic(&[("field.name", "at")], value()).is_err());
    assert!(topic(&[("field.name", "blank")], value()).is_err());
    let skipping = [("field.name", "a"), ("skip.missing.or.null", "true")];
    assert_eq!(topic(&skipping, Value::Null).unwrap(), "before");
    let java = [skipping[0], skipping[1], ("compat.java", "true")];
    assert!(topic(&java, Value::Null).is_err());
}
