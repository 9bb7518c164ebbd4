//! `ByLogicalTableRouter`.

use connect_api::{Record, Schema, SchemaAndValue, Struct, Value};

use super::event::{change, made, row, shown};
use crate::subject::{apply, build};

const NAME: &str = "io.debezium.transforms.ByLogicalTableRouter";
const SHARDS: [(&str, &str); 2] = [
    ("topic.regex", r"(.*)_(\d+)\.(.*)"),
    ("topic.replacement", "$1.$3"),
];

fn with<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    SHARDS.into_iter().chain(more.iter().copied()).collect()
}

fn insert(topic: &str) -> Record {
    let key = Schema::record(format!("{topic}.Key"))
        .field("id", Schema::plain_int32())
        .version(2);
    let key = Struct::new(&key.build().unwrap())
        .unwrap()
        .with("id", 1)
        .unwrap();
    let value = change(
        &format!("{topic}.Envelope"),
        "c",
        Value::Null,
        row(1, None, None),
    );
    Record::new(topic, value).with_key(key)
}

#[test]
fn topics_and_the_names_of_schemas_are_those_of_the_logical_table() {
    let record = made(NAME, &SHARDS, insert("shop_1.customers"))
        .unwrap()
        .unwrap();
    assert_eq!(record.topic, "shop.customers");
    let key = record.key.schema.unwrap();
    assert_eq!(
        (&**key.name().unwrap(), key.version()),
        ("shop.customers.Key", Some(2))
    );
    assert_eq!(
        shown(&record.key.value),
        r#"id=1 __dbz__physicalTableIdentifier="shop_1.customers""#
    );
    let value = record.value.schema.unwrap();
    assert_eq!(value.name().unwrap(), "shop.customers.Envelope");
    for side in ["before", "after"] {
        let row = value.field(side).unwrap().schema();
        assert_eq!(row.name().unwrap(), "shop.customers.Value");
        assert!(row.is_optional());
    }
    let after = record.value.value.get("after").unwrap();
    assert_eq!(shown(after), "id=1 name=null topic=null");
    assert_eq!(
        after.as_struct().unwrap().schema(),
        value.field("after").unwrap().schema()
    );
}

#[test]
fn the_key_says_which_table_it_is_from() {
    let key = |more: &[_], topic| {
        shown(
            &made(NAME, &with(more), insert(topic))
                .unwrap()
                .unwrap()
                .key
                .value,
        )
    };
    let shard = [
        ("key.field.name", "shard"),
        ("key.field.regex", r".*_(\d+)\..*"),
        ("key.field.replacement", "$1"),
    ];
    assert_eq!(key(&shard, "shop_7.customers"), r#"id=1 shard="7""#);
    let other = [
        ("key.field.name", "shard"),
        ("key.field.regex", "x"),
        ("key.field.replacement", "y"),
    ];
    assert_eq!(
        key(&other, "shop_7.customers"),
        r#"id=1 shard="shop_7.customers""#
    );
    assert_eq!(
        key(&[("key.enforce.uniqueness", "false")], "shop_7.customers"),
        "id=1"
    );
    let error = made(
        NAME,
        &with(&[("key.field.name", "id")]),
        insert("shop_7.customers"),
    );
    assert_eq!(
        error.unwrap_err().to_string(),
        "routing by tables: schema cannot be built: field `id` is already there"
    );
}

#[test]
fn tombstones_and_what_is_no_change_event_keep_their_values() {
    let mut tombstone = insert("shop_1.customers");
    tombstone.value = SchemaAndValue::NULL;
    let record = made(NAME, &SHARDS, tombstone).unwrap().unwrap();
    assert_eq!(
        (&*record.topic, record.value),
        ("shop.customers", SchemaAndValue::NULL)
    );
    assert!(
        record
            .key
            .value
            .get("__dbz__physicalTableIdentifier")
            .is_some()
    );
    let text = Record::new("shop_1.text", "text");
    let record = made(NAME, &SHARDS, text).unwrap().unwrap();
    assert_eq!(record, Record::new("shop.text", "text"));
}

#[test]
fn a_topic_that_does_not_match_or_becomes_nothing_stays() {
    let record = || insert("customers");
    assert_eq!(made(NAME, &SHARDS, record()).unwrap(), Some(record()));
    let options = [("topic.regex", "(x)?.*"), ("topic.replacement", "$1")];
    assert_eq!(made(NAME, &options, record()).unwrap(), Some(record()));
}

#[test]
fn names_of_schemas_are_adjusted_for_avro() {
    for (mode, expected) in [
        ("none", "9-a.customers.Key"),
        ("avro", "_9_a.customers.Key"),
        ("AVRO_UNICODE", "_u0039_u002da.customers.Key"),
    ] {
        let options = [
            ("topic.regex", r"shop_\d\.(.*)"),
            ("topic.replacement", "9-a.$1"),
            ("schema.name.adjustment.mode", mode),
        ];
        let record = made(NAME, &options, insert("shop_1.customers"))
            .unwrap()
            .unwrap();
        assert_eq!(record.key.schema.unwrap().name().unwrap(), expected);
        assert_eq!(record.topic, "9-a.customers");
    }
}

#[test]
fn nulls_become_defaults_in_javas_dialect_alone() {
    let options = with(&[("compat.java", "true")]);
    let record = made(NAME, &options, insert("shop_1.customers"))
        .unwrap()
        .unwrap();
    let after = record.value.value.get("after").unwrap();
    assert_eq!(shown(after), r#"id=1 name="anon" topic=null"#);
}

#[test]
fn a_schema_that_two_topics_share_gets_the_name_of_each_unless_java_is_asked_for() {
    let names = |java| {
        let options = with(&[("compat.java", java)]);
        let mut transform = build(NAME, &options).unwrap();
        ["shop_1.customers", "shop_1.orders"].map(|topic| {
            let mut record = insert("shop_1.customers");
            record.topic = topic.into();
            let mut routed = apply(&mut *transform, record).unwrap();
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
    assert_eq!(
        names("false"),
        ["shop.customers.Envelope", "shop.orders.Envelope"]
    );
    assert_eq!(
        names("true"),
        ["shop.customers.Envelope", "shop.customers.Envelope"]
    );
}

#[test]
fn keys_without_a_schema_get_the_field_too_unless_java_is_asked_for() {
    let record = || insert("shop_1.customers").with_key(Value::map([("id", 1)]));
    let routed = made(NAME, &SHARDS, record()).unwrap().unwrap();
    assert_eq!(
        shown(&routed.key.value),
        r#"id=1 __dbz__physicalTableIdentifier="shop_1.customers""#
    );
    let error = made(NAME, &with(&[("compat.java", "true")]), record()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "routing keys: expected a struct, found map"
    );
    let text = || insert("shop_1.customers").with_key("text");
    let error = made(NAME, &SHARDS, text()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "routing keys: expected a struct, found string"
    );
    let routed = made(NAME, &with(&[("key.enforce.uniqueness", "false")]), text())
        .unwrap()
        .unwrap();
    assert_eq!(routed.key, "text".into());
}

#[test]
fn options_that_do_not_fit_are_refused_by_their_keys() {
    let refused = |options: &[_]| build(NAME, options).err().unwrap().to_string();
    assert!(refused(&[("topic.replacement", "x")]).contains("topic.regex"));
    assert!(refused(&[("topic.regex", "x")]).contains("topic.replacement"));
    assert!(refused(&[("topic.regex", "("), ("topic.replacement", "x")]).contains("topic.regex"));
    assert!(
        refused(&[("topic.regex", "x"), ("topic.replacement", "$1")])
            .contains("there is no group 1")
    );
    assert_eq!(
        refused(&with(&[("key.field.regex", "x")])),
        "Invalid value  for configuration key.field.replacement: \
         key.field.replacement must be non-empty if key.field.regex is set."
    );
    assert!(refused(&with(&[("logical.table.cache.size", "0")])).contains("at least 1"));
}
