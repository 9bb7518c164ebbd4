//! `FilterByFieldValue`.

use connect_api::{Decimal, Record, Result, Schema, SchemaAndValue, Struct, Value};

use crate::subject::{apply, build};

const VALUE: &str = "io.aiven.kafka.connect.transforms.FilterByFieldValue$Value";
const JAVA: (&str, &str) = ("compat.java", "true");

fn passes(options: &[(&str, &str)], value: impl Into<SchemaAndValue>) -> Result<bool> {
    let mut transform = build(VALUE, options)?;
    let record = Record::new("topic", value);
    let records = apply(&mut *transform, record.clone())?;
    assert!(records.is_empty() || records == [record]);
    Ok(!records.is_empty())
}

fn event(op: &str) -> SchemaAndValue {
    let schema = Schema::record("Event")
        .field("op", Schema::plain_string())
        .field("note", Schema::optional_string())
        .build()
        .unwrap();
    let event = Struct::new(&schema).unwrap().with("op", op).unwrap();
    SchemaAndValue::new(schema, event)
}

#[test]
fn records_that_match_are_kept_or_dropped() {
    let value = [("field.name", "op"), ("field.value", "r")];
    let pattern = [("field.name", "op"), ("field.value.pattern", "[rs]")];
    for options in [value, pattern] {
        assert!(passes(&options, event("r")).unwrap());
        assert!(!passes(&options, event("u")).unwrap());
        let others = [options[0], options[1], ("field.value.matches", "false")];
        assert!(!passes(&others, event("r")).unwrap());
        assert!(passes(&others, event("u")).unwrap());
    }
    assert!(passes(&pattern, event("user")).unwrap(), "found inside");
    let nested = Value::map([("a", Value::map([("b", "x")]))]);
    let options = [
        ("field.name", "a.b"),
        ("field.value", "x"),
        ("field.syntax.version", "V2"),
    ];
    assert!(passes(&options, nested).unwrap());
}

#[test]
fn a_value_is_compared_as_what_the_field_is() {
    let is = |wanted, value: Value| passes(&[("field.value", wanted)], value).unwrap();
    for value in [
        42i8.into(),
        42i64.into(),
        42f32.into(),
        Decimal::new(4200, 2).into(),
        "42".into(),
    ] {
        assert!(is("42", value));
    }
    assert!(is("4.5", 4.5.into()));
    let decimal = |text: &str| Value::from(text.parse::<Decimal>().unwrap());
    assert!(is("9007199254740993", decimal("9007199254740993.00")));
    assert!(!is("9007199254740993", decimal("9007199254740993.25")));
    assert!(!is("9007199254740992.0", decimal("9007199254740993")));
    assert!(!is("9007199254740993.5", 9_007_199_254_740_993_i64.into()));
    assert!(is("TRUE", true.into()));
    assert!(!is("42", 43.into()));
    assert!(!is("x", 43.into()));
    assert!(!is("42", Value::Date(42)), "no number");
    assert!(!is("42", Value::array([42])));
    let matches =
        |pattern, value: Value| passes(&[("field.value.pattern", pattern)], value).unwrap();
    assert!(matches("^4.$", 42.into()));
    assert!(matches("tr", true.into()));
    assert!(!matches(".", Value::array([1])));
}

#[test]
fn what_is_not_there_matches_nothing() {
    let options = [("field.name", "note"), ("field.value", "x")];
    assert!(!passes(&options, event("r")).unwrap());
    assert!(!passes(&options, Value::map([("a", 1)])).unwrap());
    let others = [options[0], options[1], ("field.value.matches", "false")];
    assert!(passes(&others, event("r")).unwrap());
    assert!(passes(&options, Value::Null).unwrap(), "a tombstone passes");
}

#[test]
fn java_compares_types_and_refuses_what_is_missing() {
    let java = |wanted| [("field.value", wanted), JAVA];
    assert!(passes(&java("42"), 42i8).unwrap());
    assert!(!passes(&java("42"), 42i64).unwrap());
    assert!(!passes(&java("42"), "42").unwrap());
    let field = |name| [("field.name", name), ("field.value", "x"), JAVA];
    let error = passes(&field("note"), event("r")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "filtering: expected a field `note` in the value, found none"
    );
    assert!(passes(&field("a"), Value::map([("b", 1)])).is_err());
    assert!(passes(&java("x"), event("r")).is_err());
    assert!(passes(&java("x"), SchemaAndValue::new(Schema::plain_string(), "x")).is_err());
    let pattern = [("field.name", "note"), ("field.value.pattern", "x"), JAVA];
    assert!(!passes(&pattern, event("r")).unwrap());
    let array = [("field.value.pattern", "^\\[1"), JAVA];
    assert!(passes(&array, Value::array([1])).unwrap());
}

#[test]
fn options_that_cannot_be_are_refused() {
    let refused = |options: &[(&str, &str)]| build(VALUE, options).err().unwrap().to_string();
    let both = [("field.value", "a"), ("field.value.pattern", "a")];
    for options in [&both[..], &[], &[("field.value.pattern", "")]] {
        assert!(refused(options).contains("expected either it or field.value.pattern"));
    }
    assert!(refused(&[("field.value.pattern", "(")]).contains("configuration field.value.pattern"));
}
