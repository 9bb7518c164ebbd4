//! `HeaderFrom`.

use connect_api::{Headers, Record, Schema, SchemaAndValue, Struct, Value};

use crate::subject::{changed, refusal, rejection};

const NAME: &str = "org.apache.kafka.connect.transforms.HeaderFrom$Value";

fn options<'a>(fields: &'a str, headers: &'a str, operation: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("fields", fields),
        ("headers", headers),
        ("operation", operation),
    ]
}

fn order() -> Struct {
    let state = Schema::string().default_value("open").build().unwrap();
    let schema = Schema::record("Order")
        .optional()
        .field("id", Schema::plain_int32())
        .field("state", state)
        .field("note", Schema::optional_string())
        .build()
        .unwrap();
    Struct::new(&schema).unwrap().with("id", 7).unwrap()
}

#[test]
fn copied_fields_stay_and_headers_are_added() {
    let headers: Headers = [("id", "before")].into_iter().collect();
    let record = Record::new("topic", order()).with_headers(headers.clone());
    let copied = changed(NAME, &options("id,state,id", "id,s,again", "copy"), record).unwrap();
    assert_eq!(copied.value, order().into());
    let mut expected = headers;
    let id = SchemaAndValue::new(Schema::plain_int32(), 7);
    expected.add("id", id.clone());
    let state = order().schema().field("state").unwrap().schema().clone();
    expected.add("s", SchemaAndValue::new(state, "open"));
    expected.add("again", id);
    assert_eq!(copied.headers, expected);
}

#[test]
fn moved_fields_go() {
    let options = |more: &[(&'static str, &'static str)]| {
        [&options("id,note", "id,note", "move"), more].concat()
    };
    let moved = changed(NAME, &options(&[]), Record::new("topic", order())).unwrap();
    let state = order().schema().field("state").unwrap().schema().clone();
    let schema = Schema::record("Order").field("state", state);
    let of = |schema: Schema| {
        let value = Struct::new(&schema).unwrap().with("state", "open").unwrap();
        SchemaAndValue::from(value)
    };
    assert_eq!(moved.value, of(schema.clone().optional().build().unwrap()));
    assert_eq!(moved.headers.last("id").unwrap().value, 7.into());
    let null = SchemaAndValue::new(Schema::optional_string(), Value::Null);
    assert_eq!(moved.headers.last("note"), Some(&null));
    let java = options(&[("compat.java", "true")]);
    let moved = changed(NAME, &java, Record::new("topic", order())).unwrap();
    assert_eq!(
        moved.value,
        of(schema.build().unwrap()),
        "not optional any more"
    );
}

#[test]
fn java_minds_a_null_in_a_required_field_that_stays() {
    let with = |fields, more: &[(&'static str, &'static str)]| {
        let kept = [("replace.null.with.default", "false")];
        [&options(fields, "x", "move"), &kept[..], more].concat()
    };
    let java = [("compat.java", "true")];
    let moved = |options: &[_]| changed(NAME, options, Record::new("topic", order()));
    assert!(moved(&with("id", &[])).is_ok());
    assert!(moved(&with("state", &java)).is_ok(), "it does not stay");
    assert_eq!(
        rejection(NAME, &with("id", &java), order()),
        "moving fields to headers: field `state`: expected a value, found null"
    );
}

#[test]
fn without_a_schema_a_missing_field_is_a_null_header() {
    let map = Value::map([("a", 1), ("b", 2)]);
    let moved = options("a,other", "x,y", "move");
    let record = Record::new("topic", "value").with_key(map);
    let moved = changed("header-from-key", &moved, record).unwrap();
    assert_eq!(moved.key, Value::map([("b", 2)]).into());
    let expected = [("x", SchemaAndValue::from(1)), ("y", SchemaAndValue::NULL)];
    assert_eq!(moved.headers, expected.into_iter().collect());
}

#[test]
fn nested_fields_are_moved_by_their_path() {
    let map = |entries: Vec<(&'static str, Value)>| Value::map(entries);
    let item = |price: i64| map(vec![("price", price.into()), ("n", 1.into())]);
    let rest = || map(vec![("n", 1.into())]);
    let order = map(vec![
        ("items", Value::array([item(5), item(6)])),
        ("a", map(vec![("b", 1.into())])),
    ]);
    let mut options = options("items[*].price,a.b", "prices,b", "move");
    options.push(("field.syntax.version", "V2"));
    let moved = changed(NAME, &options, Record::new("topic", order)).unwrap();
    let left = map(vec![
        ("items", Value::array([rest(), rest()])),
        ("a", map(Vec::new())),
    ]);
    assert_eq!(moved.value, left.into());
    let expected: [(&str, Value); 2] = [("prices", Value::array([5i64, 6])), ("b", 1.into())];
    assert_eq!(moved.headers, expected.into_iter().collect());
}

#[test]
fn what_has_no_such_field_is_refused() {
    assert_eq!(
        rejection(NAME, &options("other", "x", "copy"), order()),
        "copying fields to headers: expected a field `other` in Schema{Order:STRUCT}, found none"
    );
    let tombstones = [
        (SchemaAndValue::NULL, "without a schema expected a map"),
        (
            SchemaAndValue::new(order().schema().clone(), Value::Null),
            "with a schema expected a struct",
        ),
    ];
    for (tombstone, expected) in tombstones {
        assert_eq!(
            rejection(NAME, &options("id", "x", "move"), tombstone),
            format!("moving fields to headers: {expected}, found null")
        );
    }
}

#[test]
fn there_are_as_many_headers_as_fields() {
    let (key, message) = refusal(NAME, &options("a,b", "x", "move"));
    assert_eq!(key, "headers");
    assert!(
        message.contains("expected as many headers as fields, 2, found 1"),
        "{message}"
    );
    let (key, message) = refusal(NAME, &options("a", "x", "MOVE"));
    assert_eq!(key, "operation");
    assert!(message.contains("move, copy"), "{message}");
    assert_eq!(refusal(NAME, &options("", "", "move")).0, "fields");
}
