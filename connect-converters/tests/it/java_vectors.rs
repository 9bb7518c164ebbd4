//! What Kafka Connect 4.3.1 answered to some thousand questions, in UTC.
//!
//! Each line of `vectors/kafka-4.3.1.jsonl` is one: `op`, its input `in`, and Java's answer `out` or `error`; `lost` says
//! that Java ignores part of the input. JDK 17 gave the answers; numbers whose text changed with JDK 19 are left out.

use connect_api::{
    Bytes, Converter, Decimal, Dialect, Headers, Logical, Result, Schema, SchemaAndValue, Type,
    Value, number, values,
};
use connect_converters::{DecimalFormat, JsonConverter, JsonConverterConfig};
use serde_json::Value as Json;

const VECTORS: &str = include_str!("vectors/kafka-4.3.1.jsonl");

/// Runs `answer` on every question of `op`; it says what is wrong.
fn check(op: &str, answer: impl Fn(&Json) -> Option<String>) {
    let questions: Vec<Json> = VECTORS
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|question: &Json| question["op"] == op)
        .collect();
    assert!(!questions.is_empty());
    let wrong: Vec<String> = questions
        .iter()
        .filter_map(|question| Some(format!("{question}\n    {}", answer(question)?)))
        .collect();
    let (count, all) = (wrong.len(), questions.len());
    assert!(wrong.is_empty(), "{count} of {all}:\n{}", wrong.join("\n"));
}

fn differs(found: &str, question: &Json) -> Option<String> {
    (question["out"] != *found).then(|| format!("found {found}"))
}

fn converter(options: &Json, dialect: Dialect) -> JsonConverter {
    let mut config = JsonConverterConfig::default();
    config.schemas_enable = options["schemas.enable"] != "false";
    config.replace_null_with_default = options["replace.null.with.default"] != "false";
    config.schema_content = options["schema.content"].as_str().map(str::to_owned);
    if options["decimal.format"] == "numeric" {
        config.decimal_format = DecimalFormat::Numeric;
    }
    config.compat_java = dialect == Dialect::Java;
    JsonConverter::new(config).unwrap()
}

fn read(question: &Json, dialect: Dialect) -> Result<SchemaAndValue> {
    let bytes = question["in"]
        .as_str()
        .map(|text| Bytes::from(text.to_owned()));
    let converter = converter(&question["read"], dialect);
    Converter::decode(&converter, "t", &Headers::new(), bytes.as_ref())
}

/// Reads and writes; `null` is a tombstone.
fn convert(question: &Json, dialect: Dialect) -> Result<Json> {
    let converter = converter(&question["write"], dialect);
    let data = read(question, dialect)?;
    let written = Converter::encode(&converter, "t", &mut Headers::new(), &data)?;
    Ok(written.map_or(Json::Null, |bytes| {
        Json::String(String::from_utf8(bytes.into()).unwrap())
    }))
}

#[test]
fn json_is_converted_as_java_does_if_java_is_asked_for() {
    check("convert", |question| {
        match convert(question, Dialect::Java) {
            Ok(found) if question.get("error").is_none() && question["out"] == found => None,
            Err(_) if question.get("error").is_some() => None,
            Ok(found) => Some(format!("found {found}")),
            Err(error) => Some(format!("found {error:?}")),
        }
    });
}

#[test]
fn json_is_converted_as_java_does_or_refused() {
    check("convert", |question| {
        match convert(question, Dialect::Strict) {
            Ok(found) => (question["out"] != found && !is_better(question, &found))
                .then(|| format!("found {found}")),
            Err(_) => None,
        }
    });
}

/// Where Java loses something without a word that nobody relies on: the sign of a zero, the scale of a decimal.
fn is_better(question: &Json, found: &Json) -> bool {
    let text = question["in"].as_str().unwrap_or_default();
    let found = found.as_str().unwrap_or_default();
    let signed_zero = found.contains("-0.0");
    let not_a_number = found.contains(r#""NaN""#);
    let rescaled = text.contains("Decimal");
    signed_zero || not_a_number || rescaled
}

#[test]
fn types_are_inferred_as_java_does() {
    check("parse", |question| {
        let text = question["in"].as_str().unwrap().into();
        let found = describe(&values::parse(&text, Dialect::Java));
        let java = question["out"].as_str().unwrap();
        match java.split_once(" = ") {
            // Java knows arrays without an element schema; here the whole has none.
            Some((schema, value)) if schema.contains('?') => {
                (found != format!("? = {value}")).then(|| format!("found {found}"))
            }
            _ => differs(&found, question),
        }
    });
}

#[test]
fn types_are_inferred_as_java_does_but_nothing_is_lost() {
    check("parse", |question| {
        let text = question["in"].as_str().unwrap().into();
        let own = values::parse(&text, Dialect::Strict);
        let java = values::parse(&text, Dialect::Java);
        let is_text = own == SchemaAndValue::new(Schema::plain_string(), text);
        let expected = if question.get("lost").is_some() {
            is_text
        } else {
            own == java
        };
        (!expected).then(|| format!("found {}", describe(&own)))
    });
}

#[test]
fn values_are_formatted_as_java_does() {
    check("format", |question| {
        let data = read(question, Dialect::Strict).unwrap();
        differs(&values::format(&data.value, Dialect::Java), question)
    });
}

#[test]
fn values_are_printed_as_java_does() {
    check("object", |question| {
        let data = read(question, Dialect::Strict).unwrap();
        differs(
            &values::object_text(&data.value, Dialect::Strict).unwrap(),
            question,
        )
    });
}

#[test]
fn numbers_are_printed_as_java_does() {
    check("double", |question| {
        let bits = u64::from_str_radix(question["in"].as_str().unwrap(), 16).unwrap();
        let mut found = String::new();
        number::push_f64(&mut found, f64::from_bits(bits));
        differs(&found, question)
    });
    check("float", |question| {
        let bits = u32::from_str_radix(question["in"].as_str().unwrap(), 16).unwrap();
        let mut found = String::new();
        number::push_f32(&mut found, f32::from_bits(bits));
        differs(&found, question)
    });
    check("decimal", |question| {
        let decimal: Decimal = question["in"].as_str().unwrap().parse().unwrap();
        differs(&decimal.to_string(), question)
    });
}

fn describe(data: &SchemaAndValue) -> String {
    let schema = data.schema.as_ref().map_or("?".to_owned(), describe_schema);
    format!("{schema} = {}", describe_value(&data.value))
}

fn describe_schema(schema: &Schema) -> String {
    let part = |part: Option<&Schema>| describe_schema(part.unwrap());
    match (schema.logical(), schema.type_()) {
        (Some(Logical::Decimal { scale }), _) => format!("decimal{scale}"),
        (Some(logical), _) => {
            let name = logical.name().rsplit('.').next().unwrap();
            name.to_lowercase()
        }
        (None, Type::Array) => format!("array({})", part(schema.value_schema())),
        (None, Type::Map) => {
            let (keys, values) = (part(schema.key_schema()), part(schema.value_schema()));
            format!("map({keys},{values})")
        }
        (None, plain) => plain.name().to_owned(),
    }
}

fn describe_value(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Array(elements) => {
            let elements: Vec<String> = elements.iter().map(describe_value).collect();
            format!("[{}]", elements.join(", "))
        }
        Value::Map(entries) => {
            let entry = |(key, value): &(Value, Value)| {
                format!("{}: {}", describe_value(key), describe_value(value))
            };
            let entries: Vec<String> = entries.iter().map(entry).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Date(days) => format!("date {}", i64::from(*days) * 86_400_000),
        Value::Time(millis) => format!("date {millis}"),
        Value::Timestamp(millis) => format!("date {millis}"),
        Value::String(text) => format!("string {}", serde_json::to_string(text.as_str()).unwrap()),
        plain => {
            let text = values::object_text(plain, Dialect::Java).unwrap();
            format!("{} {text}", plain.type_name())
        }
    }
}
