//! `SetSchemaMetadata`.

use connect_api::{Record, Schema, SchemaAndValue, Struct, Value};

use crate::subject::{changed, refusal, rejection, transformed};

const NAME: &str = "org.apache.kafka.connect.transforms.SetSchemaMetadata$Value";

fn schema() -> Schema {
    Schema::record("Order")
        .version(1)
        .optional()
        .doc("an order")
        .field("id", Schema::int32().default_value(7).build().unwrap())
        .build()
        .unwrap()
}

#[test]
fn a_struct_gets_the_new_schema_and_so_does_a_null() {
    let options = [("schema.name", "shop.Order"), ("schema.version", "2")];
    let expected = schema()
        .to_builder()
        .name("shop.Order")
        .version(2)
        .build()
        .unwrap();
    let named = transformed(NAME, &options, Struct::new(&schema()).unwrap()).unwrap();
    let seven = Struct::new(&expected).unwrap().with("id", 7).unwrap();
    assert_eq!(named, seven.into());
    let null = SchemaAndValue::new(schema(), Value::Null);
    let named = transformed(NAME, &options, null).unwrap();
    assert_eq!(named, SchemaAndValue::new(expected, Value::Null));
}

#[test]
fn what_is_not_set_stays() {
    let named = |options| {
        let named = transformed(NAME, options, Struct::new(&schema()).unwrap()).unwrap();
        let schema = named.schema.unwrap();
        (schema.name().unwrap().to_string(), schema.version())
    };
    assert_eq!(named(&[("schema.name", "B")]), ("B".to_owned(), Some(1)));
    assert_eq!(
        named(&[("schema.version", "5")]),
        ("Order".to_owned(), Some(5))
    );
}

#[test]
fn other_types_have_names_too() {
    let array = Schema::array(Schema::plain_int32()).build().unwrap();
    let value = SchemaAndValue::new(array.clone(), Value::array([1]));
    let named = transformed(NAME, &[("schema.name", "Numbers")], value).unwrap();
    let expected = array.to_builder().name("Numbers").build().unwrap();
    assert_eq!(named, SchemaAndValue::new(expected, Value::array([1])));
}

#[test]
fn a_null_field_counts_as_its_default_or_not() {
    let options = [
        ("schema.version", "2"),
        ("replace.null.with.default", "false"),
    ];
    let fields = Struct::new(&schema()).unwrap();
    let named = transformed(NAME, &options, fields.clone()).unwrap().value;
    assert_eq!(named.as_struct().unwrap().values(), [Value::Null]);
    let java = [&options[..], &[("compat.java", "true")]].concat();
    assert_eq!(
        rejection(NAME, &java, fields),
        "setting a schema's name and version: field `id`: expected a value, found null"
    );
}

#[test]
fn what_has_no_schema_is_refused_unless_it_is_null() {
    let options = [("schema.name", "B")];
    assert_eq!(
        rejection(NAME, &options, Value::map([("a", 1)])),
        "setting a schema's name and version: expected a schema, found a map without one"
    );
    let tombstone = Record::tombstone("topic", SchemaAndValue::new(Schema::plain_int32(), 1));
    assert_eq!(
        changed(NAME, &options, tombstone.clone()).unwrap(),
        tombstone
    );
    let named = changed("set-schema-metadata-key", &options, tombstone).unwrap();
    assert_eq!(named.key.schema.unwrap().name().unwrap(), &"B");
}

#[test]
fn a_name_or_a_version_is_required() {
    assert_eq!(
        refusal(NAME, &[]).1,
        "Neither schema name nor version configured"
    );
    assert_eq!(
        refusal(NAME, &[("schema.version", "x")]).0,
        "schema.version"
    );
}
