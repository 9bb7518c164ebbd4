//! Which values a JSON Schema has.

use std::{collections::BTreeSet, net::IpAddr};

use connect_api::{Schema, Type, Value};
use connect_datagen::DatagenSource;
use proptest::prelude::*;
use regex::Regex;
use serde_json::{Value as Json, json};

use crate::driver::read;

/// Makes a thousand values of `schema`, and checks that they are values of the Connect schema they come with.
fn values(schema: &Json) -> (Schema, Vec<Value>) {
    let source = DatagenSource::of_schema(&schema.to_string(), "t").unwrap();
    let records = futures::executor::block_on(read(&source, 1000));
    let of = records[0].record.value.schema.clone().unwrap();
    let values = records.into_iter().map(|read| read.record.value.value);
    let values: Vec<_> = values.collect();
    for value in &values {
        of.check(value).unwrap();
    }
    (of, values)
}

fn texts(schema: &Json) -> Vec<String> {
    let (of, values) = values(schema);
    assert_eq!(of.type_(), Type::String);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    values.iter().map(text).collect()
}

fn whole(schema: &Json) -> BTreeSet<i64> {
    let (_, values) = values(schema);
    values.iter().map(|value| value.as_i64().unwrap()).collect()
}

fn reals(schema: &Json) -> Vec<f64> {
    let real = |value: &Value| match value {
        Value::Float32(number) => f64::from(*number),
        Value::Float64(number) => *number,
        other => panic!("expected a floating point number, found {other:?}"),
    };
    values(schema).1.iter().map(real).collect()
}

#[track_caller]
fn refused(schema: &Json) -> String {
    let error = DatagenSource::of_schema(&schema.to_string(), "t").unwrap_err();
    let message = error
        .message()
        .strip_prefix("Invalid configuration schema: at ");
    message.unwrap().to_owned()
}

#[test]
fn integers_are_within_their_bounds_and_reach_them() {
    let dice = whole(&json!({"type": "integer", "minimum": 1, "maximum": 6}));
    assert_eq!(dice, (1..=6).collect());
    let even = whole(&json!({"type": "integer", "minimum": -3, "maximum": 5, "multipleOf": 2}));
    assert_eq!(even, [-2, 0, 2, 4].into());
    let negative = whole(&json!({"type": "integer", "maximum": -7}));
    assert!(negative.iter().all(|number| *number <= -7));
    let all = whole(&json!({"type": "integer", "minimum": i64::MIN, "maximum": i64::MAX}));
    assert!(all.len() > 990);
    assert!(all.first().unwrap() < &0 && all.last().unwrap() > &0);
}

#[test]
fn formats_of_numbers_are_their_types() {
    for (kind, format, type_) in [
        ("integer", "int8", Type::Int8),
        ("integer", "int16", Type::Int16),
        ("integer", "int32", Type::Int32),
        ("integer", "int64", Type::Int64),
        ("number", "float", Type::Float32),
        ("number", "double", Type::Float64),
    ] {
        let schema = json!({"type": kind, "format": format, "description": "a number"});
        let (of, _) = values(&schema);
        assert_eq!(of.type_(), type_);
        assert_eq!(of.doc().unwrap(), "a number");
    }
}

#[test]
fn numbers_are_within_their_bounds() {
    let numbers = reals(&json!({"type": "number", "minimum": -1.5, "maximum": 2.5}));
    assert!(numbers.iter().all(|number| (-1.5..=2.5).contains(number)));
    assert!(numbers.iter().any(|number| *number < -1.0));
    assert!(numbers.iter().any(|number| *number > 2.0));
}

#[test]
fn multiples_of_a_hundredth_have_two_digits() {
    let schema = json!({"type": "number", "minimum": 0.1, "maximum": 20, "multipleOf": 0.01});
    for number in reals(&schema) {
        let text = number.to_string();
        let digits = text.split_once('.').map_or(0, |(_, digits)| digits.len());
        assert!(digits <= 2, "{text}");
    }
    let thirds = reals(&json!({"type": "number", "maximum": 9, "multipleOf": 1.5}));
    assert!(thirds.iter().all(|number| number % 1.5 == 0.0));
}

#[test]
fn texts_have_the_lengths_that_are_asked_for() {
    let lengths =
        |schema: Json| -> BTreeSet<usize> { texts(&schema).iter().map(String::len).collect() };
    let all = lengths(json!({"type": "string", "minLength": 2, "maxLength": 5}));
    assert_eq!(all, (2..=5).collect());
    let at_least = lengths(json!({"type": "string", "minLength": 40}));
    assert_eq!(at_least, [40].into());
    let at_most = lengths(json!({"type": "string", "maxLength": 1}));
    assert_eq!(at_most, [1].into());
}

#[track_caller]
fn check_pattern(pattern: &str) {
    let whole = Regex::new(&format!("^(?:{pattern})$")).unwrap();
    for text in texts(&json!({"type": "string", "pattern": pattern})) {
        assert!(whole.is_match(&text), "{text:?} does not match {pattern}");
    }
}

#[test]
fn texts_match_their_pattern() {
    check_pattern("^[A-Z]{2}-\\d{4}$");
    check_pattern("(red|green|blue)?[^a-z]*x+");
    check_pattern("a{3}b{1,2}.\\w\\s\\$");
    check_pattern("[äöü]{2}[\\x{D000}-\\x{F000}]");
    check_pattern("|a|");
    check_pattern("^price\\$");
}

#[test]
fn patterns_that_no_text_can_be_made_of_are_refused() {
    let of = |pattern: &str| refused(&json!({"type": "string", "pattern": pattern}));
    let expected = "/pattern: expected a regular expression that texts can be made of, found ";
    assert_eq!(of("("), format!("{expected}unclosed group"));
    assert_eq!(
        of("a\\bb"),
        format!("{expected}an anchor or a word boundary inside of the pattern")
    );
    assert_eq!(
        of("a{2000}"),
        format!("{expected}2000 repetitions, of at most 1000")
    );
    assert_eq!(
        of("[^\\x{0}-\\x{10FFFF}]"),
        format!("{expected}a class without characters")
    );
}

#[test]
fn formats_of_texts_are_kept() {
    let of = |format: &str| texts(&json!({"type": "string", "format": format}));
    let check = |format: &str, pattern: &str| {
        let pattern = Regex::new(pattern).unwrap();
        for text in of(format) {
            assert!(pattern.is_match(&text), "{text:?} is no {format}");
        }
    };
    check(
        "uuid",
        "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
    );
    check(
        "email",
        "^[a-z]+\\.[a-z]+[0-9]{1,3}@example\\.(com|net|org)$",
    );
    check(
        "uri",
        "^https://www\\.example\\.(com|net|org)(/[a-z]+){1,3}$",
    );
    check("hostname", "^[a-z]+-[0-9]{1,2}\\.example\\.(com|net|org)$");
    for (format, is_v4) in [("ipv4", true), ("ipv6", false)] {
        let is = |text: &String| text.parse::<IpAddr>().unwrap().is_ipv4() == is_v4;
        assert!(of(format).iter().all(is));
    }
    assert!(of("uuid").iter().collect::<BTreeSet<_>>().len() == 1000);
}

#[test]
fn days_times_and_moments_are_connect_s() {
    let of = |format: &str| values(&json!({"type": "string", "format": format}));
    let is_within = |millis: i64| (1_577_836_800_000..1_893_456_000_000).contains(&millis);
    let (schema, days) = of("date");
    assert_eq!(schema, Schema::date().build().unwrap());
    assert!(
        days.iter()
            .all(|day| matches!(day, Value::Date(day) if is_within(i64::from(*day) * 86_400_000)))
    );
    let (schema, times) = of("time");
    assert_eq!(schema, Schema::time().build().unwrap());
    assert!(
        times
            .iter()
            .all(|time| matches!(time, Value::Time(0..86_400_000)))
    );
    let (schema, moments) = of("date-time");
    assert_eq!(schema, Schema::timestamp().build().unwrap());
    assert!(
        moments
            .iter()
            .all(|at| matches!(at, Value::Timestamp(at) if is_within(*at)))
    );
}

#[test]
fn a_sequence_grows_with_the_record() {
    let (_, numbers) = values(&json!({"type": "integer", "x-sequence": true}));
    assert_eq!(numbers[..3], [0i64.into(), 1i64.into(), 2i64.into()]);
    let sequence = json!({"start": 10, "step": -5});
    let (_, numbers) =
        values(&json!({"type": "integer", "format": "int16", "x-sequence": sequence}));
    assert_eq!(numbers[..3], [10i16.into(), 5i16.into(), 0i16.into()]);
    let sequence = json!({"start": "2026-01-01T00:00:00.000Z", "step": 250});
    let (_, moments) =
        values(&json!({"type": "string", "format": "date-time", "x-sequence": sequence}));
    let start = 1_767_225_600_000;
    assert_eq!(
        moments[..2],
        [Value::Timestamp(start), Value::Timestamp(start + 250)]
    );
}

#[test]
fn choices_are_made_among_the_values() {
    let texts = |schema: Json| texts(&schema).into_iter().collect::<BTreeSet<_>>();
    assert_eq!(
        texts(json!({"enum": ["a", "b"]})),
        ["a".to_owned(), "b".to_owned()].into()
    );
    assert_eq!(texts(json!({"const": "c"})), ["c".to_owned()].into());
    assert_eq!(whole(&json!({"enum": [2, 3, 5]})), [2, 3, 5].into());
    let halves: BTreeSet<String> = reals(&json!({"enum": [1, 1.5]}))
        .iter()
        .map(f64::to_string)
        .collect();
    assert_eq!(halves, ["1".to_owned(), "1.5".to_owned()].into());
    let (of, truth) = values(&json!({"const": true}));
    assert_eq!(of, Schema::plain_boolean());
    assert!(truth.iter().all(|truth| *truth == true.into()));
}

#[track_caller]
fn check_nullable(schema: &Json) {
    let (of, values) = values(schema);
    assert!(of.is_optional());
    let nulls = values.iter().filter(|value| value.is_null()).count();
    assert!((50..200).contains(&nulls), "{nulls} of 1000 are null");
}

#[test]
fn what_may_be_null_sometimes_is() {
    check_nullable(&json!({"type": ["string", "null"]}));
    check_nullable(&json!({"type": "integer", "nullable": true}));
    check_nullable(&json!({"enum": ["a", null]}));
    let (of, nulls) = values(&json!({"type": "null"}));
    assert_eq!(of, Schema::optional_string());
    assert!(nulls.iter().all(Value::is_null));
}

#[test]
fn objects_are_structs_in_the_order_of_their_properties() {
    let schema = json!({
        "title": "shop.Point",
        "type": "object",
        "additionalProperties": false,
        "required": ["y", "x"],
        "properties": {
            "y": {"type": "boolean"},
            "x": {"$ref": "#/$defs/deep/x"},
            "maybe": {"$ref": "#/$defs/deep/x"},
        },
        "$defs": {"deep": {"x": {"type": "integer"}}},
    });
    let (of, values) = values(&schema);
    assert_eq!(of.name().unwrap(), "shop.Point");
    let names: Vec<_> = of
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    assert_eq!(names, ["y", "x", "maybe"]);
    let optional: Vec<_> = of
        .fields()
        .iter()
        .map(|field| field.schema().is_optional())
        .collect();
    assert_eq!(optional, [false, false, true]);
    assert!(
        values
            .iter()
            .any(|value| value.get("maybe") == Some(&Value::Null))
    );
    assert!(
        values
            .iter()
            .all(|value| value.get("x") != Some(&Value::Null))
    );
}

#[test]
fn arrays_have_the_lengths_that_are_asked_for() {
    let schema =
        json!({"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 3});
    let (of, values) = values(&schema);
    assert_eq!(of.value_schema(), Some(&Schema::plain_boolean()));
    let length = |value: &Value| match value {
        Value::Array(elements) => elements.len(),
        other => panic!("expected an array, found {other:?}"),
    };
    let lengths: BTreeSet<_> = values.iter().map(length).collect();
    assert_eq!(lengths, [2, 3].into());
}

#[test]
fn fakes_look_like_what_they_are_called() {
    for fake in [
        "first-name",
        "last-name",
        "full-name",
        "city",
        "country",
        "company",
        "product",
        "street",
        "path",
        "user-agent",
        "word",
        "sentence",
    ] {
        let texts = texts(&json!({"type": "string", "x-fake": fake}));
        assert!(texts.iter().all(|text| !text.is_empty()), "{fake}");
        assert!(texts.iter().collect::<BTreeSet<_>>().len() > 3, "{fake}");
    }
    let message = refused(&json!({"type": "string", "x-fake": "town"}));
    assert!(
        message.starts_with("/x-fake: expected first-name, last-name,"),
        "{message}"
    );
    assert!(
        message.ends_with("or sentence, found \"town\""),
        "{message}"
    );
}

#[test]
fn what_is_not_supported_is_named_by_its_place() {
    assert_eq!(
        refused(&json!({"properties": {"a": {"type": "array", "items": {"oneOf": []}}}})),
        "/properties/a/items: expected `type`, `$ref`, `enum`, `const`, `properties` or `items`, found none of them"
    );
    assert_eq!(
        refused(&json!({"type": "boolean", "if": {}})),
        "/if: expected only keywords that are supported here: type, nullable, found `if`"
    );
    let uuid = json!({"type": "string", "format": "uuid", "maxLength": 5});
    assert_eq!(
        refused(&uuid),
        "/maxLength: expected only keywords that are supported here: type, nullable, format, found `maxLength`"
    );
    assert_eq!(
        refused(&json!({"type": "string", "format": "iri"})),
        "/format: expected date-time, date, time, uuid, email, ipv4, ipv6, uri or hostname, found \"iri\""
    );
    assert_eq!(
        refused(&json!(true)),
        "the schema: expected a schema, found true"
    );
    assert_eq!(
        refused(&json!({"type": ["string", "integer"]})),
        "/type: expected one type, or one and null, found [\"string\",\"integer\"]"
    );
}

#[test]
fn contradictions_are_refused() {
    assert_eq!(
        refused(&json!({"type": "integer", "minimum": 5, "maximum": 4})),
        "/maximum: expected at least 5, found 4"
    );
    assert_eq!(
        refused(&json!({"type": "integer", "format": "int8", "maximum": 128})),
        "/maximum: expected -128 to 127, found 128"
    );
    assert_eq!(
        refused(&json!({"type": "integer", "minimum": 1, "maximum": 4, "multipleOf": 5})),
        "/maximum: expected at least 5, found 4"
    );
    assert_eq!(
        refused(&json!({"type": "string", "minLength": 5, "maxLength": 4})),
        "/maxLength: expected at least minLength, 5, found 4"
    );
    assert_eq!(
        refused(&json!({"enum": ["a", 1]})),
        "/enum: expected values of one type, that of the schema, found [\"a\",1]"
    );
    assert_eq!(
        refused(&json!({"properties": {"a": {"type": "null"}}, "required": ["b"]})),
        "/required: expected names of properties, found [\"b\"]"
    );
    assert_eq!(
        refused(&json!({"type": "integer", "x-sequence": {"from": 1}})),
        "/x-sequence: expected true, or `start`, an integer, and `step`, an integer, found {\"from\":1}"
    );
}

#[test]
fn references_that_lead_nowhere_or_to_themselves_are_refused() {
    assert_eq!(
        refused(&json!({"$ref": "#/$defs/a"})),
        "/$ref: expected a pointer into this schema, such as `#/$defs/name`, found \"#/$defs/a\""
    );
    let tree = json!({"$ref": "#/$defs/tree", "$defs": {"tree": {
        "properties": {"left": {"$ref": "#/$defs/tree"}}
    }}});
    assert_eq!(
        refused(&tree),
        "/$defs/tree/properties/left/$ref: expected a schema that does not hold itself, found \"#/$defs/tree\""
    );
}

#[test]
fn what_would_never_be_finished_is_refused() {
    let mut defs = serde_json::Map::new();
    for level in 0..40 {
        let next = json!({"$ref": format!("#/$defs/d{}", level + 1)});
        let both = json!({"properties": {"a": next, "b": next}});
        defs.insert(format!("d{level}"), both);
    }
    defs.insert("d40".to_owned(), json!({"type": "boolean"}));
    let deep = json!({"$ref": "#/$defs/d0", "$defs": defs});
    let message = refused(&deep);
    assert!(
        message.contains("expected at most 32 references within each other"),
        "{message}"
    );
    let wide = json!({"$ref": "#/$defs/d20", "$defs": deep["$defs"]});
    let message = refused(&wide);
    assert!(
        message.contains("expected at most 10000 schemas"),
        "{message}"
    );
    let long = json!({"type": "array", "minItems": 1000, "items": {"type": "boolean"}});
    let long = json!({"type": "array", "minItems": 1000, "items": long});
    let longer = json!({"type": "array", "minItems": 2, "items": long});
    assert_eq!(
        refused(&longer),
        "the schema: expected arrays that together have at most 1000000 elements, of which a text of more than 64 characters is several, found up to 4000000"
    );
    let text = json!({"type": "string", "maxLength": 1_048_576});
    let texts = json!({"type": "array", "maxItems": 1000, "items": text});
    assert!(refused(&texts).ends_with("found up to 16385000"));
    let pattern = json!({"type": "string", "pattern": "(a{1000}){1000}"});
    assert_eq!(
        refused(&pattern),
        "/pattern: expected a regular expression that texts can be made of, found texts of up to 1000000 characters, \
         of at most 65536"
    );
}

proptest! {
    #[test]
    fn integers_are_within_any_bounds(a: i64, b: i64, step in 1..1000i64) {
        let (min, max) = (a.min(b), a.max(b));
        let schema = json!({"type": "integer", "minimum": min, "maximum": max, "multipleOf": step});
        let source = DatagenSource::of_schema(&schema.to_string(), "t");
        // Between close bounds there may be no multiple.
        let Ok(source) = source else { return Ok(()) };
        for read in futures::executor::block_on(read(&source, 20)) {
            let number = read.record.value.value.as_i64().unwrap();
            prop_assert!((min..=max).contains(&number) && number % step == 0, "{number}");
        }
    }

    #[test]
    fn any_text_is_a_schema_or_refused(text in "\\PC{0,30}", keyword in "[a-zA-Z$]{1,12}", kind in "string|integer|object|array") {
        drop(DatagenSource::of_schema(&text, "t"));
        let schema = json!({"type": kind, keyword: text});
        drop(DatagenSource::of_schema(&schema.to_string(), "t"));
        drop(DatagenSource::of_schema(&json!({"type": "string", "pattern": text}).to_string(), "t"));
    }
}
