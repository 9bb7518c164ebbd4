//! What only a registry brings: references, versions, and schemas that others registered.

use std::sync::Arc;

use bytes::Bytes;
use connect_api::{Result, Schema, SchemaAndValue, Struct, Type};

use super::JsonSchemaData;
use crate::{
    registry::{Resolved, SchemaText, SchemaType},
    wire::{Described, Format, Message},
};

fn resolved(text: &str, references: &[(&str, Resolved)]) -> Resolved {
    let references = references.iter();
    Resolved {
        schema_type: SchemaType::Json,
        text: text.into(),
        references: references
            .map(|(name, schema)| ((*name).to_owned(), Arc::new(schema.clone())))
            .collect(),
    }
}

fn map(schema: &Resolved) -> Result<Schema> {
    let mapping = JsonSchemaData::default();
    let reader = Format::reader(&mapping, schema, None, None)?;
    Ok(reader.schema().clone())
}

fn type_of(schema: &Schema, name: &str) -> Type {
    schema.field(name).unwrap().schema().type_()
}

#[test]
fn references_are_found_by_name_in_each_text() {
    let base = resolved(
        r#"{"$id":"base.json","definitions":{"Id":{"type":"integer"}}}"#,
        &[],
    );
    let address = resolved(
        r#"{"type":"object","properties":{"number":{"$ref":"base.json#/definitions/Id"}}}"#,
        &[("base.json", base.clone())],
    );
    let text = r#"{"type":"object","properties":{
        "id":{"$ref":"common.json#/definitions/Id"},"address":{"$ref":"http://x/address.json"},"again":{"$ref":"./common.json#/$defs/Id"}}}"#;
    let person = resolved(
        text,
        &[("common.json", base), ("http://x/address.json", address)],
    );
    let schema = map(&person).unwrap();
    assert_eq!(type_of(&schema, "id"), Type::Int64);
    assert_eq!(type_of(&schema, "again"), Type::Int64);
    let address = schema.field("address").unwrap().schema();
    assert_eq!(type_of(address, "number"), Type::Int64);
}

#[test]
fn references_are_relative_to_the_identifier_of_the_schema() {
    let item = resolved(r#"{"type":"boolean"}"#, &[]);
    let text =
        r#"{"$id":"http://x/y/root.json","type":"object","properties":{"a":{"$ref":"item.json"}}}"#;
    for name in ["item.json", "http://x/y/item.json"] {
        let schema = map(&resolved(text, &[(name, item.clone())])).unwrap();
        assert_eq!(type_of(&schema, "a"), Type::Boolean);
    }
}

#[test]
fn what_a_reference_refers_to_is_found_even_if_only_the_first_text_has_it() {
    let inner = resolved(r#"{"properties":{"x":{"$ref":"leaf.json"}}}"#, &[]);
    let leaf = resolved(r#"{"type":"string"}"#, &[]);
    let text = r#"{"properties":{"a":{"$ref":"inner.json"}}}"#;
    let schema = map(&resolved(
        text,
        &[("inner.json", inner), ("leaf.json", leaf)],
    ))
    .unwrap();
    assert_eq!(
        type_of(schema.field("a").unwrap().schema(), "x"),
        Type::String
    );
}

#[test]
fn a_reference_that_is_not_there_is_named_with_those_that_are() {
    let known = resolved("{}", &[]);
    let error = map(&resolved(
        r#"{"$ref":"other.json"}"#,
        &[("known.json", known)],
    ))
    .unwrap_err();
    let report = error.report().to_string();
    assert!(
        report.contains("[known.json], found `other.json`"),
        "{report}"
    );
}

#[test]
fn a_struct_without_a_version_has_that_of_the_registry() {
    let mapping = JsonSchemaData::default();
    let of = |text: &str| {
        let schema = resolved(text, &[]);
        let reader = Format::reader(&mapping, &schema, None, Some(4)).unwrap();
        reader.schema().version()
    };
    assert_eq!(of(r#"{"type":"object","properties":{"a":{}}}"#), Some(4));
    assert_eq!(of(r#"{"type":"object","connect.version":2}"#), Some(2));
}

#[test]
fn values_come_as_the_wanted_schema_says() {
    let mapping = JsonSchemaData::default();
    let written = resolved(
        r#"{"type":"object","properties":{"a":{"type":"string"}}}"#,
        &[],
    );
    let wanted = resolved(
        r#"{"type":"object","properties":{"b":{"type":"string","default":"new"}}}"#,
        &[],
    );
    let reader = Format::reader(&mapping, &written, Some(&wanted), None).unwrap();
    let body = Bytes::from_static(b"{\"a\":\"x\"}");
    let message = Message {
        indexes: None,
        body: &body,
    };
    let read = Format::read(&mapping, &reader, message).unwrap();
    assert_eq!(read.value.get("b"), Some(&"new".into()));
}

#[test]
fn what_has_no_schema_fits_the_empty_one() {
    let mapping = JsonSchemaData::default();
    let described = Format::describe(&mapping, None).unwrap();
    assert_eq!(&*described.schema.text, "{}");
    let writer = Format::writer(&mapping, None, &resolved("{}", &[])).unwrap();
    let mut out = vec![0];
    let data = SchemaAndValue::from(connect_api::Value::map([("a", 1)]));
    Format::write(&mapping, &writer, &data, &mut out).unwrap();
    assert_eq!(out, b"\0{\"a\":1}");
}

#[test]
fn a_described_schema_has_the_name_of_the_struct() {
    let schema = Schema::record("shop.Order").build().unwrap();
    let described = Format::describe(&JsonSchemaData::default(), Some(&schema)).unwrap();
    assert_eq!(described.name.as_deref(), Some("shop.Order"));
    let data = SchemaAndValue::new(schema.clone(), Struct::new(&schema).unwrap());
    assert_eq!(data.schema.as_ref(), Some(&schema));
}

fn check_fits(written: &str, registered: &str) -> Result<()> {
    let mapping = JsonSchemaData::default();
    let described = Described {
        schema: SchemaText::new(SchemaType::Json, written),
        name: None,
    };
    mapping.check_fits(&described, &resolved(registered, &[]))
}

#[track_caller]
fn fits(written: &str, registered: &str) {
    check_fits(written, registered).unwrap();
}

#[track_caller]
fn fits_not(written: &str, registered: &str, found: &str) {
    let error = check_fits(written, registered).unwrap_err();
    let report = error.report().to_string();
    assert!(report.contains(found), "`{found}` is not in: {report}");
}

#[test]
fn types_may_become_more_and_not_fewer() {
    fits(r#"{"type":"integer"}"#, r#"{"type":"number","title":"t"}"#);
    fits_not(
        r#"{"type":"number"}"#,
        r#"{"type":"integer"}"#,
        "at # integers instead of all numbers",
    );
    fits_not(
        r#"{"type":"string"}"#,
        r#"{"type":"number"}"#,
        "a number where a string was written",
    );
    fits(r#"{"type":"string"}"#, "{}");
    fits("false", r#"{"type":"string"}"#);
    fits(
        r#"{"type":"string"}"#,
        r#"{"oneOf":[{"type":"null"},{"type":"string"}]}"#,
    );
    fits_not(
        r#"{"oneOf":[{"type":"null"},{"type":"string"}]}"#,
        r#"{"type":"string"}"#,
        "a string where one of",
    );
    let bytes = r#","connect.type":"bytes"}"#;
    fits(
        &format!(r#"{{"type":"string"{bytes}"#),
        &format!(r#"{{"type":"number"{bytes}"#),
    );
}

#[test]
fn symbols_may_become_more_and_not_fewer() {
    fits(r#"{"enum":["a"]}"#, r#"{"enum":["b","a"]}"#);
    fits_not(
        r#"{"enum":["b","a"]}"#,
        r#"{"enum":["a"]}"#,
        "no \"b\" in `enum`",
    );
    fits_not(r#"{"const":1}"#, r#"{"const":2}"#, "another constant");
}

#[test]
fn bounds_may_become_wider_and_not_narrower() {
    for (narrow, wide) in [
        (r#""minimum":2"#, r#""minimum":1"#),
        (r#""maximum":1"#, r#""maximum":2.5"#),
        (r#""exclusiveMinimum":2"#, r#""exclusiveMinimum":1"#),
        (r#""multipleOf":10"#, r#""multipleOf":2.5"#),
        (r#""minimum":2"#, r#""title":"t""#),
    ] {
        let of = |bound: &str| format!(r#"{{"type":"number",{bound}}}"#);
        fits(&of(narrow), &of(wide));
        let name = narrow.split('"').nth(1).unwrap();
        fits_not(&of(wide), &of(narrow), name);
    }
    fits(r#"{"type":"string","pattern":"a"}"#, r#"{"type":"string"}"#);
    fits_not(
        r#"{"type":"string"}"#,
        r#"{"type":"string","maxLength":5}"#,
        "`maxLength` 5",
    );
    let array = |more: &str| format!(r#"{{"type":"array","items":{{"type":"string"}}{more}}}"#);
    fits(&array(r#","uniqueItems":true"#), &array(""));
    fits_not(&array(""), &array(r#","uniqueItems":true"#), "uniqueItems");
    fits_not(
        &array(""),
        r#"{"type":"array","items":{"type":"boolean"}}"#,
        "#/items",
    );
}

#[test]
fn properties_may_go_and_come_only_where_no_others_were() {
    let of = |properties: &str, more: &str| {
        format!(r#"{{"type":"object","properties":{{{properties}}}{more}}}"#)
    };
    let (a, b) = (
        r#""a":{"type":"string"}"#,
        r#""a":{"type":"string"},"b":{"type":"string"}"#,
    );
    let closed = r#","additionalProperties":false"#;
    fits(&of(b, ""), &of(a, ""));
    fits_not(&of(a, ""), &of(b, ""), "a property `b`");
    fits(&of(a, closed), &of(b, closed));
    fits_not(&of(b, closed), &of(a, closed), "no property `b`");
    fits(&of(a, closed), &of(a, ""));
    fits_not(
        &of(a, ""),
        &of(a, closed),
        "`additionalProperties` forbidden",
    );
    fits_not(
        &of(a, closed),
        &of(b, &format!(r#"{closed},"required":["b"]"#)),
        "became required",
    );
    let defaulted = r#""a":{"type":"string"},"b":{"type":"string","default":""}"#;
    fits(
        &of(a, closed),
        &of(defaulted, &format!(r#"{closed},"required":["b"]"#)),
    );
    fits_not(&of(a, ""), &of(a, r#","required":["a"]"#), "#/properties/a");
}

#[test]
fn each_of_several_schemas_needs_one_of_its_own() {
    let of = |name: &str, schemas: &str| format!(r#"{{"{name}":[{schemas}]}}"#);
    let (text, number, integer) = (
        r#"{"type":"string"}"#,
        r#"{"type":"number"}"#,
        r#"{"type":"integer"}"#,
    );
    fits(
        &of("oneOf", &format!("{text},{integer}")),
        &of("oneOf", &format!("{number},{text}")),
    );
    fits(
        &of("oneOf", &format!("{text},{integer}")),
        &of("anyOf", &format!("{number},{text},{{\"type\":\"null\"}}")),
    );
    fits_not(
        &of("anyOf", &format!("{text},{integer}")),
        &of("oneOf", &format!("{number},{text}")),
        "`oneOf` instead of",
    );
    fits_not(
        &of("oneOf", &format!("{text},{number}")),
        &of("oneOf", text),
        "fewer",
    );
    fits_not(
        &of("oneOf", &format!("{text},{number}")),
        &of("oneOf", &format!("{integer},{text}")),
        "other schemas",
    );
}

#[test]
fn schemas_that_contain_themselves_are_compared_too() {
    let list = |type_: &str| {
        format!(
            r##"{{"type":"object","properties":{{"value":{{"type":"{type_}"}},"next":{{"$ref":"#"}}}}}}"##
        )
    };
    fits(&list("integer"), &list("number"));
    fits_not(&list("number"), &list("integer"), "#/properties/value");
}
