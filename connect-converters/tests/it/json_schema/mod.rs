//! JSON Schema, without a registry.

mod additional;
mod hostile;
mod laws;
mod reading;
mod recursive;
mod writing;

use connect_api::{Bytes, ErrorKind, Result, Schema, SchemaAndValue, Value};
use connect_converters::json_schema::{JsonSchemaData, JsonSchemaDataConfig};

/// Builds a mapping with some options set.
fn mapping(set: impl FnOnce(&mut JsonSchemaDataConfig)) -> JsonSchemaData {
    let mut config = JsonSchemaDataConfig::default();
    set(&mut config);
    JsonSchemaData::new(config).unwrap()
}

fn plain() -> JsonSchemaData {
    JsonSchemaData::default()
}

fn generalized() -> JsonSchemaData {
    mapping(|config| config.generalized_sum_type_support = true)
}

/// Returns Connect's schema of a JSON Schema.
fn schema_of(mapping: &JsonSchemaData, text: &str) -> Schema {
    let reader = mapping.reader(text);
    reader
        .unwrap_or_else(|error| panic!("{text}: {}", error.report()))
        .schema()
        .clone()
}

fn read(mapping: &JsonSchemaData, text: &str, json: &str) -> Result<SchemaAndValue> {
    mapping
        .reader(text)?
        .read(&Bytes::copy_from_slice(json.as_bytes()))
}

fn read_value(mapping: &JsonSchemaData, text: &str, json: &str) -> Value {
    match read(mapping, text, json) {
        Ok(data) => data.value,
        Err(error) => panic!("{json} of {text}: {}", error.report()),
    }
}

fn write(mapping: &JsonSchemaData, schema: &Schema, value: &Value) -> Result<String> {
    let bytes = mapping.writer(schema).write(value)?;
    Ok(String::from_utf8(bytes.to_vec()).unwrap())
}

/// A schema is described by `text`, and its `value` is `json`; both are read back.
#[track_caller]
fn check_both(
    mapping: &JsonSchemaData,
    schema: &Schema,
    text: &str,
    value: impl Into<Value>,
    json: &str,
) {
    let value = value.into();
    check_writes(mapping, schema, text, value.clone(), json);
    let back = read(mapping, text, json).unwrap();
    assert_eq!(back.schema.as_ref(), Some(schema));
    assert_eq!(back.value, value);
}

/// A schema is described by `text`, and its `value` is `json`.
#[track_caller]
fn check_writes(
    mapping: &JsonSchemaData,
    schema: &Schema,
    text: &str,
    value: impl Into<Value>,
    json: &str,
) {
    assert_eq!(mapping.describe(schema).unwrap(), text);
    assert_eq!(write(mapping, schema, &value.into()).unwrap(), json);
}

#[track_caller]
fn check_refused(result: Result<impl std::fmt::Debug>, parts: &[&str]) {
    let error = result.unwrap_err();
    let report = error.report().to_string();
    for part in parts {
        assert!(report.contains(part), "`{part}` is not in: {report}");
    }
}

#[test]
fn validation_which_is_not_there_is_refused() {
    let mut config = JsonSchemaDataConfig::default();
    config.json_fail_invalid_schema = true;
    let error = JsonSchemaData::new(config).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(
        error
            .message()
            .starts_with("json.fail.invalid.schema: expected false")
    );
}
