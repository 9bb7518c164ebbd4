//! What transforms do to structs that contain themselves.

use connect_api::{Schema, SchemaAndValue, Struct, Value};

use crate::subject::{rejection, transformed};

/// `List {value, next: List or null}`.
fn list() -> Schema {
    let next = Schema::enclosing("List").optional().build().unwrap();
    Schema::record("List")
        .field("value", Schema::plain_int32())
        .field("next", next)
        .build()
        .unwrap()
}

/// 1, 2, 3.
fn numbers() -> SchemaAndValue {
    let first = list();
    let second = first.field("next").unwrap().schema();
    let third = second.field("next").unwrap().schema();
    let with = |schema: &Schema, value: i32| Struct::new(schema).unwrap().with("value", value);
    let last = with(third, 3).unwrap();
    let middle = with(second, 2).unwrap().with("next", last).unwrap();
    let all = with(&first, 1).unwrap().with("next", middle).unwrap();
    SchemaAndValue::new(first, all)
}

fn checked(name: &str, options: &[(&str, &str)]) -> SchemaAndValue {
    let changed = transformed(name, options, numbers()).unwrap();
    let schema = changed.schema.as_ref().unwrap();
    schema.check(&changed.value).unwrap();
    changed
}

/// The numbers, from the outermost on.
fn values(mut at: &Value) -> Vec<Value> {
    let mut values = Vec::new();
    while let Some(value) = at.get("value") {
        values.push(value.clone());
        at = at.get("next").unwrap();
    }
    values
}

#[test]
fn the_inside_of_a_list_is_extracted_as_the_list_that_it_is() {
    let extracted = checked("extract-field-value", &[("field", "next")]);
    assert_eq!(values(&extracted.value), [2.into(), 3.into()]);
    assert_eq!(extracted.schema.unwrap().fields(), list().fields());
}

#[test]
fn a_nested_field_is_cast_on_its_level_alone() {
    let options = [
        ("spec", "next.value:string"),
        ("field.syntax.version", "V2"),
    ];
    let cast = checked("cast-value", &options);
    assert_eq!(values(&cast.value), [1.into(), "2".into(), 3.into()]);
    let next = cast.schema.unwrap().field("next").unwrap().schema().clone();
    assert!(!next.is_enclosing());
    assert!(next.field("next").unwrap().schema().is_enclosing());
}

#[test]
fn fields_are_renamed_on_the_level_that_is_named() {
    let renamed = checked("replace-field-value", &[("renames", "value:first")]);
    assert_eq!(renamed.value.get("first"), Some(&1.into()));
    assert_eq!(
        values(renamed.value.get("next").unwrap()),
        [2.into(), 3.into()]
    );
}

#[test]
fn a_new_name_belongs_to_the_outermost_struct() {
    let named = checked("set-schema-metadata-value", &[("schema.name", "Numbers")]);
    let schema = named.schema.unwrap();
    assert_eq!(schema.name().unwrap(), "Numbers");
    assert_eq!(
        schema.field("next").unwrap().schema().name().unwrap(),
        "List"
    );
}

#[test]
fn it_is_not_flattened() {
    assert_eq!(
        rejection("flatten-value", &[], numbers()),
        "flattening: field `next`: Schema{List:STRUCT} contains itself: it cannot be flattened"
    );
}
