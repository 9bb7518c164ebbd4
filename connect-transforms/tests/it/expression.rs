//! `Expression`.

use connect_api::{Decimal, Record, Result, Schema, SchemaAndValue, Struct, Value};

use crate::subject::{apply, build};

fn run(options: &[(&str, &str)], record: Record) -> Result<Vec<Record>> {
    let mut expression = build("expression", options).unwrap();
    apply(&mut *expression, record)
}

fn order() -> Record {
    let value = Value::map([
        ("id", Value::from(7_i64)),
        ("name", "Ada".into()),
        ("prices", Value::array([1.5, 2.5])),
    ]);
    Record::new("orders", value)
        .with_key("k")
        .with_partition(3)
        .with_timestamp(1_700_000_000_123)
}

#[track_caller]
fn only(records: Result<Vec<Record>>) -> Record {
    let mut records = records.unwrap();
    assert_eq!(records.len(), 1);
    records.remove(0)
}

fn refused(options: &[(&str, &str)], record: Record) -> String {
    run(options, record).unwrap_err().to_string()
}

#[test]
fn a_filter_keeps_or_drops() {
    assert_eq!(
        run(&[("filter", "value.id == 7")], order()).unwrap(),
        [order()]
    );
    assert!(
        run(&[("filter", "value.id > 7 || !has(value.name)")], order())
            .unwrap()
            .is_empty()
    );
    let error = refused(&[("filter", "value.id")], order());
    assert_eq!(
        error,
        "expression `filter`: expected true or false, found int64"
    );
}

#[test]
fn topic_key_timestamp_and_headers_are_worked_out_of_the_record_as_it_came() {
    let options = [
        ("topic", "topic + '.' + value.name.lower()"),
        ("key", "value.id"),
        ("timestamp", "timestamp - duration('123ms')"),
        ("headers.from", "topic"),
        ("headers.gone", "null"),
        ("set.id", "0"),
    ];
    let mut record = order();
    record.headers.add("gone", "x");
    let record = only(run(&options, record));
    assert_eq!(record.topic, "orders.ada");
    assert_eq!(
        record.key,
        SchemaAndValue::new(Schema::optional_int64(), 7_i64)
    );
    assert_eq!(record.timestamp, Some(1_700_000_000_000));
    assert_eq!(record.headers.last("from").unwrap().value, "orders".into());
    assert!(record.headers.last("gone").is_none());
    assert_eq!(record.value.value.get("id"), Some(&0_i64.into()));
}

#[test]
fn a_value_is_built_of_others() {
    let text =
        "{'total': value.prices[0] + value.prices[1], 'big': value.prices.filter(p, p > 2.0)}";
    let record = only(run(&[("value", text)], order()));
    let expected = Value::map([("big", Value::array([2.5])), ("total", 4.0.into())]);
    assert_eq!(record.value, expected.into());
}

#[test]
fn fields_are_set_where_the_path_leads() {
    let options = [("set.a.b", "value.id + 1"), ("field.syntax.version", "V2")];
    let record = only(run(&options, order()));
    let inner = Value::map([("b", 8_i64)]);
    assert_eq!(record.value.value.get("a"), Some(&inner));
    let record = only(run(&[("set.x", "1")], Record::new("orders", Value::Null)));
    assert_eq!(record.value.value, Value::map([("x", 1_i64)]));
}

fn structured() -> Record {
    let schema = Schema::record("Order")
        .field("id", Schema::plain_int32())
        .field("price", Schema::decimal(2).build().unwrap())
        .field("note", Schema::optional_string())
        .build()
        .unwrap();
    let order = Struct::new(&schema)
        .and_then(|order| order.with("id", 7))
        .and_then(|order| order.with("price", Decimal::new(1250, 2)))
        .unwrap();
    Record::new("orders", SchemaAndValue::new(schema, order))
}

#[test]
fn a_field_keeps_its_schema_and_a_new_one_gets_that_of_its_value() {
    let options = [
        ("set.id", "value.id * 2"),
        ("set.price", "value.price + 0.25"),
        ("set.double", "value.price * 2.0"),
    ];
    let record = only(run(&options, structured()));
    let schema = record.value.schema.clone().unwrap();
    assert_eq!(schema.name().unwrap(), "Order");
    assert_eq!(schema.fields().len(), 4);
    assert_eq!(
        *schema.field("double").unwrap().schema(),
        Schema::optional_float64()
    );
    schema.check(&record.value.value).unwrap();
    let value = record.value.value;
    assert_eq!(value.get("id"), Some(&Value::Int32(14)));
    assert_eq!(value.get("price"), Some(&Decimal::new(1275, 2).into()));
    assert_eq!(value.get("double"), Some(&25.0.into()));
    assert_eq!(value.get("note"), Some(&Value::Null));
}

#[test]
fn what_does_not_fit_a_field_is_refused() {
    let error = refused(&[("set.id", "value.id * 1000000000")], structured());
    assert_eq!(
        error,
        "expression `set.id`: field `id`: expected int32, found int64 Int64(7000000000)"
    );
    let error = refused(&[("set.new", "null")], structured());
    assert_eq!(
        error,
        "expression `set.new`: new field `new`: expected a value that tells its schema, found null"
    );
}

#[test]
fn wrong_expressions_are_refused_by_their_keys() {
    let refused =
        |options: &[(&str, &str)]| build("expression", options).err().unwrap().to_string();
    assert!(refused(&[("filter", "value.id ==")]).contains("configuration filter"));
    assert!(refused(&[("topic", "valu.id")]).contains("found `valu`"));
    assert!(refused(&[("value", "1"), ("set.a", "1")]).contains("use one of them"));
    assert!(refused(&[]).contains("Expected an expression"));
    assert!(refused(&[("filter", &"(".repeat(100))]).contains("open brackets"));
    assert!(refused(&[("filter", &"!".repeat(1000))]).contains("open brackets"));
}

#[test]
fn what_would_take_too_long_or_too_much_is_refused() {
    let many = Value::map([("all", Value::array((0..2000_i64).collect::<Vec<_>>()))]);
    let text = "value.all.map(a, value.all.map(b, value.all.map(c, a + b + c)))";
    let error = refused(&[("value", text)], Record::new("t", many.clone()));
    assert!(
        error.contains("3 loops inside each other over a record of"),
        "{error}"
    );
    let once = only(run(
        &[("value", "value.all.map(a, a + 1).size()")],
        Record::new("t", many),
    ));
    assert_eq!(once.value.value, 2000_i64.into());
    let long = Value::map([("text", "a".repeat(100_000))]);
    let error = refused(
        &[("value", "value.text.replace('a', value.text)")],
        Record::new("t", long),
    );
    assert!(error.contains("expected a text of at most"), "{error}");
}
