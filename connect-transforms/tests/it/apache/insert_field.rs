//! `InsertField`.

use connect_api::{Record, Schema, SchemaAndValue, Struct, Value};

use crate::subject::{changed, refusal, rejection};

const NAME: &str = "org.apache.kafka.connect.transforms.InsertField$Value";

/// Everything there is to insert.
const ALL: &[(&str, &str)] = &[
    ("topic.field", "topic!"),
    ("partition.field", "partition"),
    ("offset.field", "offset?"),
    ("timestamp.field", "when"),
    ("static.field", "site"),
    ("static.value", "Paris"),
];

const V2: (&str, &str) = ("field.syntax.version", "V2");

fn schema() -> Schema {
    let state = Schema::string()
        .optional()
        .default_value("open")
        .build()
        .unwrap();
    Schema::record("Order")
        .version(3)
        .doc("an order")
        .optional()
        .field("id", Schema::plain_int32())
        .field("state", state)
        .build()
        .unwrap()
}

fn order() -> Struct {
    Struct::new(&schema()).unwrap().with("id", 7).unwrap()
}

fn delivered(value: impl Into<SchemaAndValue>) -> Record {
    let record = Record::new("orders", value).with_partition(3);
    record.with_offset(42).with_timestamp(1_700_000_000_000)
}

#[test]
fn entries_are_added_without_a_schema() {
    let map = Value::map([("id", Value::from(7)), ("site", "Rome".into())]);
    let record = changed(NAME, ALL, delivered(map)).unwrap();
    let expected = Value::map([
        ("id", Value::from(7)),
        ("site", "Paris".into()),
        ("topic", "orders".into()),
        ("partition", 3.into()),
        ("offset", 42i64.into()),
        ("when", 1_700_000_000_000i64.into()),
    ]);
    assert_eq!(record.value, expected.into());
}

fn with_all(schema: &Schema) -> Schema {
    schema
        .to_builder()
        .field("topic", Schema::plain_string())
        .field("partition", Schema::optional_int32())
        .field("offset", Schema::optional_int64())
        .field("when", Schema::timestamp().optional().build().unwrap())
        .field("site", Schema::optional_string())
        .build()
        .unwrap()
}

#[test]
fn fields_are_added_at_the_end_with_a_schema() {
    let record = changed(NAME, ALL, delivered(order())).unwrap();
    let values = vec![
        7.into(),
        "open".into(),
        "orders".into(),
        3.into(),
        42i64.into(),
        Value::Timestamp(1_700_000_000_000),
        "Paris".into(),
    ];
    let expected = Struct::from_values(&with_all(&schema()), values).unwrap();
    assert_eq!(record.value, expected.into());
}

#[test]
fn a_struct_forgets_that_it_was_optional_in_javas_dialect() {
    let options = [ALL, &[("compat.java", "true")]].concat();
    let record = changed(NAME, &options, delivered(order())).unwrap();
    let required = schema().to_builder().required().build().unwrap();
    assert_eq!(record.value.schema, Some(with_all(&required)));
}

#[test]
fn what_a_record_does_not_have_is_absent() {
    let options: Vec<_> = ALL
        .iter()
        .copied()
        .filter(|(key, _)| !key.contains("static"))
        .collect();
    let record = changed(
        NAME,
        &options,
        Record::new("orders", Value::map([("id", 7)])),
    )
    .unwrap();
    let expected = Value::map([("id", Value::from(7)), ("topic", "orders".into())]);
    assert_eq!(record.value, expected.into());
    let record = changed(NAME, &options, Record::new("orders", order())).unwrap();
    for field in ["partition", "offset", "when"] {
        assert_eq!(record.value.value.get(field), Some(&Value::Null), "{field}");
    }
}

#[test]
fn a_required_field_must_get_a_value_but_for_java() {
    let options = [("partition.field", "p!")];
    assert_eq!(
        rejection(NAME, &options, order()),
        "inserting fields: field `p`: expected a partition, the record has none"
    );
    let java = [("partition.field", "p!"), ("compat.java", "true")];
    let record = changed(NAME, &java, Record::new("orders", order())).unwrap();
    assert_eq!(record.value.value.get("p"), Some(&Value::Null));
    assert_eq!(
        rejection(
            NAME,
            &[("offset.field", "o"), ("compat.java", "true")],
            order()
        ),
        "inserting fields: expected a record of a sink for offset.field"
    );
}

#[test]
fn a_field_that_is_there_is_not_added_again() {
    assert_eq!(
        rejection(NAME, &[("topic.field", "id")], order()),
        "inserting fields: schema cannot be built: field `id` is already there"
    );
}

#[test]
fn a_null_field_counts_as_its_default_or_not() {
    let options = [("topic.field", "t"), ("replace.null.with.default", "false")];
    let record = changed(NAME, &options, Record::new("orders", order())).unwrap();
    let value = record.value.value;
    assert_eq!(
        value.as_struct().unwrap().get_without_default("state"),
        Some(&Value::Null)
    );
}

#[test]
fn a_null_goes_on_as_it_is_and_the_key_is_another_transform() {
    let record = delivered(SchemaAndValue::NULL).with_key(Value::map([("id", 7)]));
    assert_eq!(changed(NAME, ALL, record.clone()).unwrap(), record);
    let options = [("topic.field", "t")];
    let changed = changed("insert-field-key", &options, record).unwrap();
    let key = Value::map([("id", Value::from(7)), ("t", "orders".into())]);
    assert_eq!(changed.key, key.into());
}

#[test]
fn what_is_no_map_and_no_struct_is_refused() {
    let typed = SchemaAndValue::new(Schema::plain_int32(), 7);
    for (value, expected) in [
        (SchemaAndValue::from(7), "without a schema expected a map"),
        (typed, "with a schema expected a struct"),
    ] {
        assert_eq!(
            rejection(NAME, &[("topic.field", "t")], value),
            format!("inserting fields: {expected}, found int32")
        );
    }
}

#[test]
fn a_path_leads_into_maps_which_are_added_if_they_are_not_there() {
    let options = [
        ("topic.field", "meta.topic"),
        ("partition.field", "meta.partition"),
        ("static.field", "items[*].site"),
        ("static.value", "Paris"),
        V2,
    ];
    let item = |site: &[(&'static str, &'static str)]| Value::map(site.iter().copied());
    let order = |items: Value| Value::map([("items", items)]);
    let record = delivered(order(Value::array([item(&[]), Value::Null, item(&[])])));
    let record = changed(NAME, &options, record).unwrap();
    let meta = Value::map([("topic", Value::from("orders")), ("partition", 3.into())]);
    let items = Value::array([
        item(&[("site", "Paris")]),
        Value::Null,
        item(&[("site", "Paris")]),
    ]);
    assert_eq!(
        record.value.value,
        Value::map([("items", items), ("meta", meta)])
    );
    assert_eq!(
        rejection(NAME, &options, order(7.into())),
        "inserting fields: field `items`: expected an array, found int32"
    );
}

#[test]
fn a_path_leads_into_structs_which_are_added_if_they_are_not_there() {
    let item = Schema::structure()
        .field("n", Schema::plain_int32())
        .build()
        .unwrap();
    let items = Schema::array(item.clone()).build().unwrap();
    let schema = Schema::record("Order")
        .field("items", items)
        .build()
        .unwrap();
    let item = Struct::new(&item).unwrap().with("n", 1).unwrap();
    let order = Struct::new(&schema)
        .unwrap()
        .with("items", Value::array([item]))
        .unwrap();
    let options = [
        ("topic.field", "meta.topic!"),
        ("static.field", "items[*].site"),
        ("static.value", "Paris"),
        V2,
    ];
    let inserted = changed(NAME, &options, delivered(order)).unwrap().value;
    let schema = inserted.schema.unwrap();
    schema.check(&inserted.value).unwrap();
    let of_meta = schema.field("meta").unwrap().schema();
    assert_eq!(
        of_meta.field("topic").unwrap().schema(),
        &Schema::plain_string()
    );
    assert_eq!(
        format!("{:?}", inserted.value),
        r#"Struct({"items": Array([Struct({"n": Int32(1), "site": String("Paris")})]), "meta": Struct({"topic": String("orders")})})"#
    );
}

#[test]
fn options_that_insert_nothing_or_two_things_are_refused() {
    assert_eq!(refusal(NAME, &[]).1, "No field insertion configured");
    assert_eq!(refusal(NAME, &[("static.field", "a")]).0, "static.value");
    let (key, message) = refusal(NAME, &[("topic.field", "a"), ("offset.field", "a!")]);
    assert_eq!(key, "offset.field");
    assert!(
        message.contains("gets a value from another option"),
        "{message}"
    );
    assert_eq!(
        refusal(NAME, &[("topic.field", "a"), ("offset.field", "a.b"), V2]).0,
        "offset.field"
    );
    assert_eq!(
        refusal(NAME, &[("topic.field", "a[*]"), V2]).0,
        "topic.field"
    );
    assert_eq!(
        refusal(NAME, &[("topic.field", "a[0].b"), V2]).0,
        "topic.field"
    );
}
