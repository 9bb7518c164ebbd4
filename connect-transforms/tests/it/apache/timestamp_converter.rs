//! `TimestampConverter`.

use connect_api::{Result, Schema, SchemaAndValue, Struct, Value};

use crate::subject::{build, transformed};

const NAME: &str = "org.apache.kafka.connect.transforms.TimestampConverter$Value";

/// 1 July 2020, 12:00:00.123 UTC.
const NOON: i64 = 1_593_604_800_123;

#[track_caller]
fn converted(options: &[(&str, &str)], value: impl Into<SchemaAndValue>) -> Result<Value> {
    transformed(NAME, options, value).map(|datum| datum.value)
}

#[track_caller]
fn check(options: &[(&str, &str)], value: impl Into<Value>, expected: impl Into<Value>) {
    let found = converted(options, value.into()).unwrap();
    assert_eq!(found, expected.into(), "{options:?}");
}

#[test]
fn every_form_becomes_every_other() {
    let format = ("format", "yyyy-MM-dd'T'HH:mm:ss.SSSX");
    let midnight = NOON - 43_200_123;
    let targets = [
        ("string", Value::from("2020-07-01T12:00:00.123Z")),
        ("unix", NOON.into()),
        ("Timestamp", Value::Timestamp(NOON)),
    ];
    for (_, from) in &targets {
        for (target, to) in &targets {
            check(
                &[("target.type", *target), format],
                from.clone(),
                to.clone(),
            );
        }
        let days = Value::Date((midnight / 86_400_000) as i32);
        check(&[("target.type", "Date"), format], from.clone(), days);
        let time = Value::Time(43_200_123);
        check(&[("target.type", "Time"), format], from.clone(), time);
    }
    check(&[("target.type", "unix")], Value::Date(1), 86_400_000_i64);
    check(&[("target.type", "unix")], Value::Time(5), 5_i64);
}

#[test]
fn numbers_count_what_the_precision_says() {
    let check = |precision, number: i64, millis: i64, back: i64| {
        let option = ("unix.precision", precision);
        check(
            &[("target.type", "Timestamp"), option],
            number,
            Value::Timestamp(millis),
        );
        check(
            &[("target.type", "unix"), option],
            Value::Timestamp(millis),
            back,
        );
    };
    check("seconds", -2, -2000, -2);
    check("milliseconds", 5, 5, 5);
    check("microseconds", 1999, 1, 1000);
    check("nanoseconds", -1_999_999, -1, -1_000_000);
    let seconds = [("target.type", "unix"), ("unix.precision", "seconds")];
    assert_eq!(
        converted(&seconds, Value::Timestamp(-1500)).unwrap(),
        (-1_i64).into()
    );
}

#[test]
fn numbers_that_are_too_large_are_refused_and_end_at_the_last_in_java() {
    let nanos = [("target.type", "unix"), ("unix.precision", "nanoseconds")];
    let error = converted(&nanos, Value::Timestamp(i64::MAX)).unwrap_err();
    assert!(error.to_string().contains("64 bits"), "{error}");
    let java = [nanos[0], nanos[1], ("compat.java", "true")];
    check(&java, Value::Timestamp(i64::MAX), i64::MAX);
}

#[test]
fn text_must_fit_but_in_java() {
    let strict = [("target.type", "unix"), ("format", "yyyy-MM-dd")];
    let error = converted(&strict, Value::from("2023-13-45 junk")).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"expected a date like yyyy-MM-dd, found "2023-13-45 junk": expected the end, found " junk""#
    );
    let java = [strict[0], strict[1], ("compat.java", "true")];
    check(&java, "2023-13-45 junk", 1_707_868_800_000_i64);
    let error = converted(&[("target.type", "unix")], Value::from("2023")).unwrap_err();
    assert!(error.to_string().contains("`format`"), "{error}");
}

#[test]
fn the_clock_hangs_in_the_time_zone() {
    let zone = ("timezone", "America/New_York");
    let format = ("format", "yyyy-MM-dd HH:mm");
    let text = [("target.type", "string"), format, zone];
    check(&text, NOON, "2020-07-01 08:00");
    check(
        &[("target.type", "unix"), format, zone],
        "2020-07-01 08:00",
        NOON - 123,
    );
    let late = Value::Timestamp(3_600_000);
    check(
        &[("target.type", "Date"), zone],
        late.clone(),
        Value::Date(-1),
    );
    check(
        &[("target.type", "Time"), zone],
        late,
        Value::Time(72_000_000),
    );
}

#[test]
fn years_of_two_digits_begin_where_they_are_told_to() {
    let options = [
        ("target.type", "Date"),
        ("format", "yyMMdd"),
        ("two.digit.year.start", "1900"),
    ];
    check(&options, "991231", Value::Date(-1 + 10_957));
    check(&options, "000101", Value::Date(-25_567));
}

fn order(at: Schema, value: impl Into<Value>) -> SchemaAndValue {
    let schema = Schema::record("Order")
        .field("id", Schema::plain_int32())
        .field("at", at)
        .build()
        .unwrap();
    let order = Struct::from_values(&schema, vec![7.into(), value.into()]).unwrap();
    SchemaAndValue::new(schema, order)
}

#[test]
fn a_field_with_a_schema_gets_the_schema_of_the_target() {
    let options = [("field", "at"), ("target.type", "Timestamp")];
    let found = transformed(NAME, &options, order(Schema::optional_int64(), NOON)).unwrap();
    let at = Schema::timestamp().optional().build().unwrap();
    assert_eq!(found, order(at.clone(), Value::Timestamp(NOON)));
    let found = transformed(NAME, &options, order(Schema::optional_int64(), Value::Null)).unwrap();
    assert_eq!(found, order(at, Value::Null));
}

#[test]
fn defaults_are_converted_and_lost_in_java() {
    let at = || Schema::int64().default_value(5_i64).build().unwrap();
    let options = [("field", "at"), ("target.type", "Timestamp")];
    let found = transformed(NAME, &options, order(at(), Value::Null)).unwrap();
    let default = Schema::timestamp().default_value(Value::Timestamp(5));
    let expected = order(default.build().unwrap(), Value::Timestamp(5));
    assert_eq!(found, expected);
    let java = [options[0], options[1], ("compat.java", "true")];
    let found = transformed(NAME, &java, order(at(), Value::Null)).unwrap();
    let expected = order(Schema::timestamp().build().unwrap(), Value::Timestamp(5));
    assert_eq!(found, expected);
}

#[test]
fn what_is_no_time_is_refused() {
    let options = [("field", "at"), ("target.type", "Timestamp")];
    let error = converted(&options, order(Schema::plain_int32(), 5)).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("field `at`: expected a schema of Timestamp, Date, Time, string or int64"),
        "{error}"
    );
    let error = converted(&options, Value::map([("at", 5)])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "field `at`: expected a timestamp, a date, a time, a string or an int64, found int32"
    );
    let text = SchemaAndValue::new(Schema::plain_string(), "x");
    let error = converted(&options, text).unwrap_err();
    assert_eq!(
        error.to_string(),
        "converting times: with a schema expected a struct, found string"
    );
}

#[test]
fn nulls_stay_null() {
    let whole = [("target.type", "Date")];
    let null = SchemaAndValue {
        schema: Some(Schema::optional_int64()),
        value: Value::Null,
    };
    let found = transformed(NAME, &whole, null).unwrap();
    assert_eq!(
        found.schema,
        Some(Schema::date().optional().build().unwrap())
    );
    assert!(found.value.is_null());
    let field = [("target.type", "Date"), ("field", "a")];
    assert_eq!(
        transformed(NAME, &field, Value::Null).unwrap(),
        SchemaAndValue::NULL
    );
}

#[test]
fn fields_inside_of_others_are_converted_by_their_path() {
    let options = [
        ("field", "items[*].at"),
        ("field.syntax.version", "V2"),
        ("target.type", "Timestamp"),
    ];
    let items = |at: Value| Value::map([("items", Value::array([Value::map([("at", at)])]))]);
    let found = converted(&options, items(5_i64.into())).unwrap();
    assert_eq!(found, items(Value::Timestamp(5)));
}

#[test]
fn options_that_mean_nothing_are_refused() {
    let refused = |options: &[(&str, &str)]| build(NAME, options).err().unwrap().to_string();
    assert!(refused(&[]).contains("target.type"));
    assert!(refused(&[("target.type", "timestamp")]).contains("target.type"));
    assert!(refused(&[("target.type", "string")]).contains("format"));
    let text = ("target.type", "string");
    assert!(refused(&[text, ("format", "yyyy-MM-ddThh")]).contains("the letter T means nothing"));
    assert!(refused(&[text, ("format", "SSSSSS")]).contains("S counts milliseconds"));
    assert!(build(NAME, &[text, ("format", "SSSSSS"), ("compat.java", "true")]).is_ok());
    assert!(refused(&[text, ("format", "yy"), ("timezone", "Mars/Olympus")]).contains("timezone"));
    assert!(
        refused(&[text, ("format", "yy"), ("two.digit.year.start", "0")])
            .contains("two.digit.year.start")
    );
}
