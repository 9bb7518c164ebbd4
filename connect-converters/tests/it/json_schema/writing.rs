//! What Connect's schemas and values become: the expectations of Confluent's own tests.

use connect_api::{Decimal, Schema, SchemaBuilder, Struct, Value};
use connect_converters::DecimalFormat;

use super::{check_both, check_refused, check_writes, generalized, mapping, plain, write};

const ONE_OF: &str = "io.confluent.connect.json.OneOf";

fn built(builder: SchemaBuilder) -> Schema {
    builder.build().unwrap()
}

#[test]
fn numbers_tell_their_type() {
    let integer = |name: &str| format!(r#"{{"type":"integer","connect.type":"{name}"}}"#);
    let number = |name: &str| format!(r#"{{"type":"number","connect.type":"{name}"}}"#);
    check_both(
        &plain(),
        &Schema::plain_int8(),
        &integer("int8"),
        12i8,
        "12",
    );
    check_both(
        &plain(),
        &Schema::plain_int16(),
        &integer("int16"),
        12i16,
        "12",
    );
    check_both(
        &plain(),
        &Schema::plain_int32(),
        &integer("int32"),
        12,
        "12",
    );
    check_both(
        &plain(),
        &Schema::plain_int64(),
        &integer("int64"),
        12i64,
        "12",
    );
    check_both(
        &plain(),
        &Schema::plain_float32(),
        &number("float32"),
        12.2f32,
        "12.2",
    );
    check_both(
        &plain(),
        &Schema::plain_float64(),
        &number("float64"),
        12.2,
        "12.2",
    );
}

#[test]
fn booleans_and_texts_are_those_of_json() {
    check_both(
        &plain(),
        &Schema::plain_boolean(),
        r#"{"type":"boolean"}"#,
        true,
        "true",
    );
    check_both(
        &plain(),
        &Schema::plain_string(),
        r#"{"type":"string"}"#,
        "a",
        r#""a""#,
    );
}

#[test]
fn bytes_are_base64() {
    let text = r#"{"type":"string","connect.type":"bytes"}"#;
    check_both(
        &plain(),
        &Schema::plain_bytes(),
        text,
        b"foo".to_vec(),
        r#""Zm9v""#,
    );
}

#[test]
fn what_is_optional_is_one_of_null_and_the_type() {
    let text = r#"{"oneOf":[{"type":"null"},{"type":"boolean"}]}"#;
    check_both(
        &plain(),
        &Schema::optional_boolean(),
        text,
        Value::Null,
        "null",
    );
    check_both(&plain(), &Schema::optional_boolean(), text, false, "false");
}

#[test]
fn a_decimal_is_its_bytes_or_a_number() {
    let rest = r#""title":"org.apache.kafka.connect.data.Decimal","connect.version":1,"connect.type":"bytes","connect.parameters":{"scale":"2"}}"#;
    let value = Decimal::new(156, 2);
    let schema = built(Schema::decimal(2));
    let text = format!(r#"{{"type":"string",{rest}"#);
    check_both(&plain(), &schema, &text, value.clone(), r#""AJw=""#);
    let numeric = mapping(|config| config.decimal_format = DecimalFormat::Numeric);
    let text = format!(r#"{{"type":"number",{rest}"#);
    check_both(&numeric, &schema, &text, value, "1.56");
    check_both(&numeric, &schema, &text, Decimal::new(15600, 2), "156.00");
}

#[test]
fn dates_and_times_are_integers() {
    let schema = Schema::timestamp().default_value(Value::Timestamp(0));
    let text = r#"{"type":"integer","title":"org.apache.kafka.connect.data.Timestamp","default":0,"connect.version":1,"connect.type":"int64"}"#;
    check_both(
        &plain(),
        &built(schema),
        text,
        Value::Timestamp(1_234_567_890),
        "1234567890",
    );
    let text = r#"{"type":"integer","title":"org.apache.kafka.connect.data.Date","connect.version":1,"connect.type":"int32"}"#;
    check_both(
        &plain(),
        &built(Schema::date()),
        text,
        Value::Date(-1),
        "-1",
    );
    let text = r#"{"type":"integer","title":"org.apache.kafka.connect.data.Time","connect.version":1,"connect.type":"int32"}"#;
    check_both(
        &plain(),
        &built(Schema::time()),
        text,
        Value::Time(1000),
        "1000",
    );
}

#[test]
fn a_map_with_text_keys_is_an_object() {
    let schema = built(Schema::map(Schema::plain_string(), Schema::plain_int32()).name("foo.bar"));
    let text = r#"{"type":"object","title":"foo.bar","connect.type":"map","additionalProperties":{"type":"integer","connect.type":"int32"}}"#;
    check_both(
        &plain(),
        &schema,
        text,
        Value::map([("hi", 32)]),
        r#"{"hi":32}"#,
    );
}

#[test]
fn any_other_map_is_an_array_of_entries() {
    let schema = built(Schema::map(
        Schema::optional_string(),
        Schema::plain_int32(),
    ));
    let text = r#"{"type":"array","connect.type":"map","items":{"type":"object","properties":{"value":{"type":"integer","connect.index":1,"connect.type":"int32"},"key":{"connect.index":0,"oneOf":[{"type":"null"},{"type":"string"}]}}}}"#;
    check_both(
        &plain(),
        &schema,
        text,
        Value::map([("hi", 32)]),
        r#"[{"key":"hi","value":32}]"#,
    );
    let schema = built(Schema::map(Schema::plain_int32(), Schema::plain_int32()));
    let json = r#"[{"key":54,"value":32}]"#;
    assert_eq!(
        write(&plain(), &schema, &Value::map([(54, 32)])).unwrap(),
        json
    );
}

#[test]
fn an_enum_tells_its_symbols_in_the_order_of_a_java_set() {
    let symbols = ["one", "two", "three", "<NULL>"];
    let text = r#"{"enum":[null,"one","two","three"]}"#;
    let mut ours = Schema::string().parameter("io.confluent.connect.json.Enum", "");
    let mut general = Schema::string().parameter("org.apache.kafka.connect.data.Enum", "");
    for (i, symbol) in symbols.into_iter().enumerate() {
        ours = ours.parameter(format!("io.confluent.connect.json.Enum.{symbol}"), symbol);
        general = general.parameter(
            format!("org.apache.kafka.connect.data.Enum.{symbol}"),
            i.to_string(),
        );
    }
    check_both(&plain(), &built(ours), text, "one", r#""one""#);
    let described = generalized().describe(&built(general.clone())).unwrap();
    assert!(described.starts_with(r#"{"enum":[null,"one","two","three"],"connect.parameters":{"#));
    assert_eq!(super::schema_of(&generalized(), &described), built(general));
}

#[test]
fn a_union_is_one_of_its_fields() {
    let text = r#"{"oneOf":[{"type":"integer","connect.index":0,"connect.type":"int32"},{"type":"string","connect.index":1}]}"#;
    let ours = built(
        Schema::record(ONE_OF)
            .field(format!("{ONE_OF}.field.0"), Schema::optional_int32())
            .field(format!("{ONE_OF}.field.1"), Schema::optional_string()),
    );
    let general = built(
        Schema::record("connect_union_0")
            .parameter("org.apache.kafka.connect.data.Union", "connect_union_0")
            .field("connect_union_field_0", Schema::optional_int32())
            .field("connect_union_field_1", Schema::optional_string()),
    );
    for (mapping, schema) in [(plain(), ours), (generalized(), general)] {
        let mut value = Struct::new(&schema).unwrap();
        value.values_mut()[1] = "a".into();
        check_both(&mapping, &schema, text, value, r#""a""#);
        let mut value = Struct::new(&schema).unwrap();
        value.values_mut()[0] = 12.into();
        check_both(&mapping, &schema, text, value, "12");
    }
}

#[test]
fn an_object_may_forbid_other_properties() {
    let schema = built(Schema::record("r").field("a", Schema::plain_int8()));
    let closed = mapping(|config| config.object_additional_properties = false);
    let text = r#"{"type":"object","additionalProperties":false,"title":"r","properties":{"a":{"type":"integer","connect.index":0,"connect.type":"int8"}}}"#;
    let value = Struct::new(&schema).unwrap().with("a", 1i8).unwrap();
    check_both(&closed, &schema, text, value, r#"{"a":1}"#);
}

#[test]
fn an_optional_struct_is_one_of_null_and_the_object() {
    let inner = built(
        Schema::record("nested")
            .field("s", Schema::plain_string())
            .optional(),
    );
    let schema = built(Schema::record("r").field("nested", inner.clone()));
    let text = r#"{"type":"object","title":"r","properties":{"nested":{"connect.index":0,"oneOf":[{"type":"null"},{"type":"object","title":"nested","properties":{"s":{"type":"string","connect.index":0}}}]}}}"#;
    let nested = Struct::new(&inner).unwrap().with("s", "xx").unwrap();
    let value = Struct::new(&schema)
        .unwrap()
        .with("nested", nested)
        .unwrap();
    check_both(&plain(), &schema, text, value, r#"{"nested":{"s":"xx"}}"#);
    let value = Struct::new(&schema).unwrap();
    check_both(&plain(), &schema, text, value, r#"{"nested":null}"#);
}

#[test]
fn the_text_is_that_of_confluents_library() {
    let symbols = ["one", "two", "three", "<NULL>"];
    let mut number = Schema::string()
        .name("Number")
        .parameter("io.confluent.connect.json.Enum", "");
    for symbol in symbols {
        number = number.parameter(format!("io.confluent.connect.json.Enum.{symbol}"), symbol);
    }
    let price = Schema::decimal(2)
        .doc("what it costs")
        .parameter("connect.decimal.precision", "2")
        .parameter("some", "2")
        .parameter("other", "2")
        .parameter("more", "2");
    let double = built(Schema::float64().default_value(2.0));
    let array = Schema::array(Schema::plain_boolean()).default_value(Value::array([true, false]));
    let schema = built(
        Schema::record("Order")
            .doc("an order")
            .version(3)
            .parameter("io.confluent.connect.json.Id", "#id1")
            .field("id", Schema::plain_int64())
            .field(
                "note",
                built(Schema::string().optional().default_value("x/\"é")),
            )
            .field("price", built(price))
            .field("map", built(Schema::map(Schema::plain_string(), double)))
            .field("array", built(array))
            .field("large", built(Schema::float64().default_value(1e10)))
            .field("half", built(Schema::float32().default_value(1.5f32)))
            .field("number", built(number))
            .field(
                "entries",
                built(Schema::map(Schema::plain_int32(), Schema::plain_string())),
            )
            .field("again", built(Schema::enclosing("Order"))),
    );
    let closed = mapping(|config| config.object_additional_properties = false);
    let expected = include_str!("everit-1.14.6.json");
    assert_eq!(closed.describe(&schema).unwrap(), expected.trim_end());
}

#[test]
fn a_field_that_must_be_there_and_is_null_is_left_out() {
    let schema = built(
        Schema::record("r")
            .field("a", Schema::plain_int8())
            .field("b", Schema::plain_string()),
    );
    let value = Struct::new(&schema).unwrap().with("a", 12i8).unwrap();
    let json = r#"{"a":12}"#;
    assert_eq!(
        write(&plain(), &schema, &value.clone().into()).unwrap(),
        json
    );
    let text = plain().describe(&schema).unwrap();
    assert_eq!(super::read_value(&plain(), &text, json), value.into());
}

#[test]
fn a_null_is_written_as_the_default_unless_that_is_ignored() {
    let field = built(Schema::string().optional().default_value("default"));
    let schema = built(Schema::record("r").field("s", field));
    let value = Value::from(Struct::new(&schema).unwrap());
    let text = r#"{"type":"object","title":"r","properties":{"s":{"connect.index":0,"oneOf":[{"type":"null"},{"type":"string","default":"default"}]}}}"#;
    check_writes(&plain(), &schema, text, value.clone(), r#"{"s":"default"}"#);
    let ignoring = mapping(|config| config.ignore_default_for_nullables = true);
    check_writes(&ignoring, &schema, text, value, r#"{"s":null}"#);
}

#[test]
fn a_value_of_another_schema_is_refused_with_its_path() {
    let inner = built(Schema::record("inner").field("n", Schema::plain_int32()));
    let schema = built(Schema::record("r").field("list", built(Schema::array(inner.clone()))));
    let mut broken = Struct::new(&inner).unwrap();
    broken.values_mut()[0] = "text".into();
    let mut value = Struct::new(&schema).unwrap();
    value.values_mut()[0] = Value::array([broken]);
    check_refused(
        write(&plain(), &schema, &value.into()),
        &[
            "field `list`",
            "element 0",
            "field `n`",
            "expected int32, found string",
        ],
    );
    let elements = built(Schema::array(Schema::plain_int32()));
    check_refused(
        write(&plain(), &elements, &Value::array([Value::Null])),
        &["element 0", "expected int32, found null"],
    );
}
