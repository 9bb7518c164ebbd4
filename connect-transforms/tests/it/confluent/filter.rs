//! Confluent's `Filter`.

use connect_api::{Record, Result, Schema, SchemaAndValue, Struct, Value};

use crate::subject::{apply, build};

const KEY: &str = "io.confluent.connect.transforms.Filter$Key";
const VALUE: &str = "io.confluent.connect.transforms.Filter$Value";

/// Returns whether a record passes.
fn passes(
    name: &str,
    condition: &str,
    options: &[(&str, &str)],
    datum: impl Into<SchemaAndValue>,
) -> Result<bool> {
    let mut all = vec![("filter.condition", condition)];
    all.extend(options);
    let mut transform = build(name, &all).unwrap();
    let datum = datum.into();
    let record = Record::new("topic", datum.clone()).with_key(datum);
    let records = apply(&mut *transform, record.clone())?;
    assert!(records.is_empty() || records == [record]);
    Ok(!records.is_empty())
}

fn book(author: &str) -> Value {
    Value::map([
        (
            "book",
            Value::map([("author", Value::from(author)), ("isbn", Value::Null)]),
        ),
        ("shop", "us".into()),
    ])
}

const INCLUDE: (&str, &str) = ("filter.type", "include");
const EXCLUDE: (&str, &str) = ("filter.type", "exclude");

#[test]
fn records_that_are_meant_are_kept_or_dropped() {
    let condition = "$.book[?(@.author == \"Tolstoy\" || @.author == \"Dostoevsky\")]";
    for (author, meant) in [("Tolstoy", true), ("Dostoevsky", true), ("Chekhov", false)] {
        for name in [KEY, VALUE] {
            let included = passes(name, condition, &[INCLUDE], book(author)).unwrap();
            assert_eq!(included, meant, "{author}");
            let excluded = passes(name, condition, &[EXCLUDE], book(author)).unwrap();
            assert_eq!(excluded, !meant, "{author}");
        }
    }
    assert!(passes(VALUE, "$[?(@.shop == 'us')]", &[INCLUDE], book("x")).unwrap());
    assert!(!passes(VALUE, "$[?(@.shop == 'uk')]", &[INCLUDE], book("x")).unwrap());
    assert!(passes(VALUE, "$.[?(@.book.author)]", &[INCLUDE], book("x")).unwrap());
    assert!(passes(VALUE, "$.book.author", &[INCLUDE], book("x")).unwrap());
}

#[test]
fn what_leads_to_the_condition_may_be_missing_or_null() {
    for condition in ["$.film[?(@.author == 'x')]", "$.book.isbn", "$.book.title"] {
        let error = passes(VALUE, condition, &[INCLUDE], book("x")).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "filtering by `{condition}` of the value: expected what the condition is about, found nothing"
            )
        );
        for type_ in [INCLUDE, EXCLUDE] {
            let keep = [type_, ("missing.or.null.behavior", "include")];
            assert!(passes(VALUE, condition, &keep, book("x")).unwrap());
            let drop = [type_, ("missing.or.null.behavior", "exclude")];
            assert!(!passes(VALUE, condition, &drop, book("x")).unwrap());
        }
    }
    let drop = [INCLUDE, ("missing.or.null.behavior", "exclude")];
    assert!(!passes(VALUE, "$[?(@.a)]", &drop, Value::Null).unwrap());
}

#[test]
fn what_a_filter_asks_for_may_be_missing() {
    assert!(!passes(VALUE, "$[?(@.title == 'x')]", &[INCLUDE], book("x")).unwrap());
    assert!(passes(VALUE, "$[?(@.title == 'x')]", &[EXCLUDE], book("x")).unwrap());
    assert!(!passes(VALUE, "$.book[?(@.isbn > 1)]", &[INCLUDE], book("x")).unwrap());
}

#[test]
fn structs_are_tried_like_maps() {
    let schema = Schema::record("r")
        .field("x", Schema::plain_int32())
        .field("y", Schema::plain_string())
        .build()
        .unwrap();
    let value = Struct::new(&schema)
        .and_then(|value| value.with("x", 2))
        .and_then(|value| value.with("y", "region"))
        .unwrap();
    let value = || SchemaAndValue::new(schema.clone(), value.clone());
    let condition = "$[?(@.x > 1 && @.y =~ /re.*/)]";
    assert!(passes(VALUE, condition, &[INCLUDE], value()).unwrap());
    let condition = "$[?(@.x > 2 && @.y =~ /re.*/)]";
    assert!(!passes(VALUE, condition, &[INCLUDE], value()).unwrap());
}

#[test]
fn options_that_cannot_be_are_refused() {
    let refused = |options: &[(&str, &str)]| build(VALUE, options).err().unwrap().to_string();
    let message = refused(&[]);
    assert!(message.contains("filter.condition") && message.contains("filter.type"));
    let message = refused(&[("filter.condition", "$[?(@.a = 1)]"), INCLUDE]);
    assert_eq!(
        message,
        "Invalid value $[?(@.a = 1)] for configuration filter.condition: expected `)` at character 9, found `= 1)]`"
    );
}
