//! `ExtractTopicFromSchemaName`.

use connect_api::{Record, Result, Schema, SchemaAndValue, Struct};

use crate::subject::{apply, build};

const VALUE: &str = "io.aiven.kafka.connect.transforms.ExtractTopicFromSchemaName$Value";
const KEY: &str = "extract-topic-from-schema-name-key";

fn named(name: &str) -> SchemaAndValue {
    let schema = Schema::record(name).build().unwrap();
    let value = Struct::new(&schema).unwrap();
    SchemaAndValue::new(schema, value)
}

fn topic(options: &[(&str, &str)], value: impl Into<SchemaAndValue>) -> Result<String> {
    let mut transform = build(VALUE, options)?;
    let records = apply(&mut *transform, Record::new("before", value))?;
    Ok(records[0].topic.to_string())
}

#[test]
fn the_name_of_the_schema_is_the_topic() {
    assert_eq!(
        topic(&[], named("com.acme.Order")).unwrap(),
        "com.acme.Order"
    );
    let mut of_key = build(KEY, &[]).unwrap();
    let record = Record::new("before", "value").with_key(named("Key"));
    assert_eq!(
        apply(&mut *of_key, record).unwrap()[0].topic.as_str(),
        "Key"
    );
}

#[test]
fn names_are_mapped_to_topics() {
    let options = [(
        "schema.name.topic-map",
        "com.acme.Order:orders,com.acme.Item:items",
    )];
    assert_eq!(topic(&options, named("com.acme.Item")).unwrap(), "items");
    assert_eq!(
        topic(&options, named("com.acme.Other")).unwrap(),
        "com.acme.Other"
    );
}

#[test]
fn an_expression_finds_the_topic_in_the_name() {
    let options = [("schema.name.regex", "(?:[.]|^)([^.]*)$")];
    assert_eq!(topic(&options, named("com.acme.Order")).unwrap(), "Order");
    let options = [("schema.name.regex", "acme[.](x)?")];
    assert_eq!(
        topic(&options, named("com.acme.Order")).unwrap(),
        "com.acme.Order"
    );
    let options = [("schema.name.regex", "other(.)")];
    assert_eq!(
        topic(&options, named("com.acme.Order")).unwrap(),
        "com.acme.Order"
    );
}

#[test]
fn a_record_without_such_a_schema_is_refused() {
    let refused = |value: SchemaAndValue| topic(&[], value).unwrap_err().to_string();
    assert_eq!(
        refused("text".into()),
        "extracting the topic from the schema of the value: expected a schema with a name, found none"
    );
    assert_eq!(
        refused(SchemaAndValue::new(Schema::plain_string(), "text")),
        "extracting the topic from the schema of the value: expected a schema with a name, found one without a name"
    );
}

#[test]
fn options_that_cannot_be_are_refused() {
    let refused = |options: &[(&str, &str)]| build(VALUE, options).err().unwrap().to_string();
    let both = [
        ("schema.name.topic-map", "a:b"),
        ("schema.name.regex", "(.)"),
    ];
    assert!(refused(&both).contains("not to be defined together"));
    assert!(refused(&[("schema.name.topic-map", "a")]).contains("expected an entry like from:to"));
    assert!(refused(&[("schema.name.topic-map", "a:b,a:c")]).contains("found a twice"));
    assert!(refused(&[("schema.name.regex", "(")]).contains("schema.name.regex"));
    let no_group = ("schema.name.regex", "a");
    assert!(refused(&[no_group]).contains("expected one group, found 0"));
    let java = [no_group, ("compat.java", "true")];
    assert_eq!(topic(&java, named("a")).unwrap(), "a");
}
