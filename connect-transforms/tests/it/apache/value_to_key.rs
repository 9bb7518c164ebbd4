//! `ValueToKey`.

use connect_api::{Record, Schema, SchemaAndValue, Struct, Value};

use crate::subject::{changed, refusal, rejection};

const NAME: &str = "org.apache.kafka.connect.transforms.ValueToKey";

const V2: (&str, &str) = ("field.syntax.version", "V2");

fn state() -> Schema {
    Schema::string().default_value("open").build().unwrap()
}

fn order() -> Struct {
    let customer = Schema::structure()
        .optional()
        .field("name", Schema::plain_string())
        .build()
        .unwrap();
    let schema = Schema::record("Order")
        .optional()
        .field("id", Schema::plain_int32())
        .field("state", state())
        .field("customer", customer)
        .build()
        .unwrap();
    Struct::new(&schema).unwrap().with("id", 7).unwrap()
}

#[test]
fn without_a_schema_the_key_is_a_map_with_nulls_for_what_is_missing() {
    let record = Record::new("topic", Value::map([("a", 1), ("b", 2)])).with_key("old");
    let keyed = changed(NAME, &[("fields", "b,x")], record.clone()).unwrap();
    let key = Value::map([("b", Value::from(2)), ("x", Value::Null)]);
    assert_eq!(keyed, record.with_key(key));
}

#[test]
fn with_a_schema_the_key_is_a_struct_of_the_fields_in_the_order_of_the_option() {
    let record = Record::new("topic", order());
    let keyed = changed(NAME, &[("fields", "state,id")], record.clone()).unwrap();
    let schema = Schema::structure()
        .field("state", state())
        .field("id", Schema::plain_int32())
        .build()
        .unwrap();
    let key = Struct::from_values(&schema, vec!["open".into(), 7.into()]).unwrap();
    assert_eq!(keyed, record.with_key(key));
}

#[test]
fn a_null_field_counts_as_its_default_or_not() {
    let options = [("fields", "state"), ("replace.null.with.default", "false")];
    let keyed = changed(NAME, &options, Record::new("topic", order())).unwrap();
    assert_eq!(keyed.key.value.as_struct().unwrap().values(), [Value::Null]);
    let java = [&options[..], &[("compat.java", "true")]].concat();
    assert_eq!(
        rejection(NAME, &java, order()),
        "copying fields from value to key: field `state`: expected a value, found null"
    );
}

#[test]
fn nested_fields_are_called_as_the_last_name_on_the_way() {
    let options = [("fields", "id,customer.name"), V2];
    let keyed = changed(NAME, &options, Record::new("topic", order())).unwrap();
    let schema = Schema::structure()
        .field("id", Schema::plain_int32())
        .field("name", Schema::optional_string())
        .build()
        .unwrap();
    let key = Struct::from_values(&schema, vec![7.into(), Value::Null]).unwrap();
    assert_eq!(keyed.key, key.into());
    let map = Value::map([("customer", Value::map([("name", "Ada")]))]);
    let keyed = changed(NAME, &options, Record::new("topic", map)).unwrap();
    let key = Value::map([("id", Value::Null), ("name", "Ada".into())]);
    assert_eq!(keyed.key, key.into());
}

#[test]
fn what_has_no_such_field_is_refused() {
    assert_eq!(
        rejection(NAME, &[("fields", "other")], order()),
        "copying fields from value to key: expected a field `other` in Schema{Order:STRUCT}, found none"
    );
    let null = SchemaAndValue::new(order().schema().clone(), Value::Null);
    for (value, expected) in [
        (SchemaAndValue::NULL, "without a schema expected a map"),
        (null, "with a schema expected a struct"),
    ] {
        assert_eq!(
            rejection(NAME, &[("fields", "id")], value),
            format!("copying fields from value to key: {expected}, found null")
        );
    }
}

#[test]
fn fields_must_be_named_and_differ() {
    assert_eq!(refusal(NAME, &[]).0, "fields");
    assert_eq!(refusal(NAME, &[("fields", "")]).0, "fields");
    let (key, message) = refusal(NAME, &[("fields", "a.id,b.id"), V2]);
    assert_eq!(key, "fields");
    assert!(
        message.contains("two fields of the key would be called `id`"),
        "{message}"
    );
}
