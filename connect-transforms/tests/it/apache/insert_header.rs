//! `InsertHeader`.

use connect_api::{Headers, Record, Schema, SchemaAndValue};

use crate::subject::{changed, refusal};

const NAME: &str = "org.apache.kafka.connect.transforms.InsertHeader";

fn inserted(options: &[(&str, &str)]) -> Headers {
    let before: Headers = [("h", "before")].into_iter().collect();
    let record = Record::tombstone("topic", 1).with_headers(before);
    changed(NAME, options, record).unwrap().headers
}

#[track_caller]
fn check(literal: &str, more: &[(&str, &str)], expected: SchemaAndValue) {
    let options = [&[("header", "h"), ("value.literal", literal)], more].concat();
    let headers: Headers = [("h", "before".into()), ("h", expected)]
        .into_iter()
        .collect();
    assert_eq!(inserted(&options), headers, "{literal}");
}

#[test]
fn a_header_is_added_with_the_type_that_its_text_stands_for() {
    check("7", &[], SchemaAndValue::new(Schema::plain_int8(), 7i8));
    check(
        "text",
        &[],
        SchemaAndValue::new(Schema::plain_string(), "text"),
    );
    check("", &[], SchemaAndValue::new(Schema::plain_string(), ""));
    check("null", &[], SchemaAndValue::NULL);
}

#[test]
fn java_ignores_what_follows_a_number() {
    check(
        "1,2,3",
        &[],
        SchemaAndValue::new(Schema::plain_string(), "1,2,3"),
    );
    let one = SchemaAndValue::new(Schema::plain_int8(), 1i8);
    check("1,2,3", &[("compat.java", "true")], one);
}

#[test]
fn name_and_value_are_required() {
    assert_eq!(refusal(NAME, &[("value.literal", "7")]).0, "header");
    assert_eq!(refusal(NAME, &[("header", "h")]).0, "value.literal");
}
