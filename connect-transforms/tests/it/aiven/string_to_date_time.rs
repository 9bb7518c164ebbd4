//! Aiven's `StringToDateTime`.

use connect_api::{Result, Schema, SchemaAndValue, Struct, Value};

use crate::subject::{build, transformed};

const NAME: &str = "io.aiven.kafka.connect.transforms.StringToDateTime";

const FIELD: (&str, &str) = ("field", "at");

fn millis(text: &str) -> Result<i64> {
    let found = transformed(NAME, &[FIELD], Value::map([("at", text)]))?;
    match found.value.get("at") {
        Some(Value::Timestamp(millis)) => Ok(*millis),
        other => panic!("{other:?}"),
    }
}

#[test]
fn iso_text_becomes_a_timestamp() {
    assert_eq!(millis("1970-01-02T00:00").unwrap(), 86_400_000);
    assert_eq!(millis("1970-01-01T00:00:01").unwrap(), 1000);
    assert_eq!(millis("1970-01-01T00:00:01.5").unwrap(), 1500);
    assert_eq!(millis("1970-01-01T00:00:01.123456789").unwrap(), 1123);
}

#[test]
fn other_text_is_refused() {
    for text in [
        "",
        "1970-01-01",
        "1970-01-01T00:00:01Z",
        "1970-02-30T00:00",
        "1970-01-01T00:00:01.",
    ] {
        let error = millis(text).unwrap_err().to_string();
        assert!(error.starts_with("field `at`: expected "), "{error}");
    }
}

#[test]
fn the_rest_of_the_value_stays_as_it_is() {
    let order = |at: Schema, value: Value| {
        let schema = Schema::record("Order")
            .field("id", Schema::plain_int32())
            .field("at", at)
            .build()
            .unwrap();
        let order = Struct::from_values(&schema, vec![7.into(), value]).unwrap();
        SchemaAndValue::new(schema, order)
    };
    let options = [FIELD, ("timezone", "+01:00")];
    let text = order(Schema::optional_string(), "1970-01-01T01:00".into());
    let found = transformed(NAME, &options, text).unwrap();
    let at = Schema::timestamp().optional().build().unwrap();
    assert_eq!(found, order(at, Value::Timestamp(0)));
    let number = order(Schema::plain_int64(), 5_i64.into());
    let error = transformed(NAME, &options, number).unwrap_err();
    assert!(
        error.to_string().contains("expected a schema of string"),
        "{error}"
    );
}

#[test]
fn options_that_mean_nothing_are_refused() {
    assert!(build(NAME, &[]).is_err());
    assert!(build(NAME, &[("field", "")]).is_err());
    assert!(build(NAME, &[FIELD, ("timezone", "x")]).is_err());
}
