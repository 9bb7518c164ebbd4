//! JSON with and without schemas: bytes, nulls, defaults, caches.

use connect_api::{
    Bytes, Converter, Decimal, ErrorKind, HeaderConverter, Headers, Result, Schema, SchemaAndValue,
    Struct, Value,
};
use connect_converters::{DecimalFormat, JsonConverter, JsonConverterConfig};
use expect_test::expect;

pub(crate) fn converter(change: impl FnOnce(&mut JsonConverterConfig)) -> JsonConverter {
    let mut config = JsonConverterConfig::default();
    change(&mut config);
    JsonConverter::new(config).unwrap()
}

pub(crate) fn encode(converter: &JsonConverter, data: &SchemaAndValue) -> Result<Option<String>> {
    let bytes = Converter::encode(converter, "t", &mut Headers::new(), data)?;
    Ok(bytes.map(|bytes| String::from_utf8(bytes.into()).unwrap()))
}

pub(crate) fn decode(converter: &JsonConverter, text: &str) -> Result<SchemaAndValue> {
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    Converter::decode(converter, "t", &Headers::new(), Some(&bytes))
}

pub(crate) fn with_schema(schema: &str, payload: &str) -> String {
    format!(r#"{{"schema":{schema},"payload":{payload}}}"#)
}

/// Every type, as the documentation of the format shows it.
const EXAMPLE: &str = concat!(
    r#"{"schema":{"type":"struct","fields":["#,
    r#"{"type":"int8","optional":false,"field":"i8"},"#,
    r#"{"type":"float","optional":false,"field":"f32"},"#,
    r#"{"type":"double","optional":true,"default":1.5,"field":"f64"},"#,
    r#"{"type":"bytes","optional":false,"field":"by"},"#,
    r#"{"type":"bytes","optional":false,"name":"org.apache.kafka.connect.data.Decimal","version":1,"#,
    r#""parameters":{"scale":"2"},"field":"dec"},"#,
    r#"{"type":"int32","optional":false,"name":"org.apache.kafka.connect.data.Date","version":1,"field":"date"},"#,
    r#"{"type":"int32","optional":false,"name":"org.apache.kafka.connect.data.Time","version":1,"field":"time"},"#,
    r#"{"type":"int64","optional":false,"name":"org.apache.kafka.connect.data.Timestamp","version":1,"field":"ts"},"#,
    r#"{"type":"array","items":{"type":"string","optional":false},"optional":false,"field":"arr"},"#,
    r#"{"type":"map","keys":{"type":"string","optional":false},"values":{"type":"int32","optional":false},"#,
    r#""optional":false,"field":"ms"},"#,
    r#"{"type":"map","keys":{"type":"int32","optional":false},"values":{"type":"boolean","optional":false},"#,
    r#""optional":false,"field":"mi"}],"#,
    r#""optional":false,"name":"com.x.Rec","version":3,"doc":"d"},"#,
    r#""payload":{"i8":1,"f32":1.1,"f64":1.5,"by":"AP8=","dec":"BNI=","date":19000,"time":1000,"#,
    r#""ts":1700000000123,"arr":["a"],"ms":{"k":1},"mi":[[7,true]]}}"#
);

#[test]
fn an_envelope_with_every_type_is_read_and_written_to_the_byte() {
    let json = JsonConverter::default();
    let data = decode(&json, EXAMPLE).unwrap();
    data.schema.as_ref().unwrap().check(&data.value).unwrap();
    assert_eq!(data.value.get("dec"), Some(&Decimal::new(1234, 2).into()));
    assert_eq!(data.value.get("date"), Some(&Value::Date(19_000)));
    assert_eq!(
        data.value.get("ts"),
        Some(&Value::Timestamp(1_700_000_000_123))
    );
    assert_eq!(data.value.get("mi"), Some(&Value::map([(7, true)])));
    assert_eq!(encode(&json, &data).unwrap().as_deref(), Some(EXAMPLE));
    let header = HeaderConverter::encode(&json, "t", "h", &data)
        .unwrap()
        .unwrap();
    assert_eq!(header, EXAMPLE);
    assert_eq!(
        HeaderConverter::decode(&json, "t", "h", Some(&header)).unwrap(),
        data
    );
}

#[test]
fn schemaless_values_are_read_and_written() {
    let json = JsonConverter::schemaless();
    let text = r#"{"b":1,"a":[1.5,"x",null,{"k":true}]}"#;
    let data = decode(&json, text).unwrap();
    assert_eq!(data.schema, None);
    assert_eq!(encode(&json, &data).unwrap().as_deref(), Some(text));
}

#[test]
fn text_that_was_read_is_a_slice_of_the_record() {
    let text = with_schema(r#"{"type":"string"}"#, r#""not copied""#);
    let bytes = Bytes::from(text);
    let data = Converter::decode(
        &JsonConverter::default(),
        "t",
        &Headers::new(),
        Some(&bytes),
    );
    let value = data.unwrap().value;
    assert!(
        bytes
            .as_ptr_range()
            .contains(&value.as_str().unwrap().as_ptr())
    );
}

#[test]
fn nulls_are_tombstones_only_without_a_schema() {
    let (json, plain) = (JsonConverter::default(), JsonConverter::schemaless());
    let null = SchemaAndValue::new(Schema::optional_string(), Value::Null);
    assert_eq!(encode(&json, &SchemaAndValue::NULL).unwrap(), None);
    assert_eq!(encode(&plain, &SchemaAndValue::NULL).unwrap(), None);
    assert_eq!(
        encode(&json, &null).unwrap().unwrap(),
        r#"{"schema":{"type":"string","optional":true},"payload":null}"#
    );
    assert_eq!(encode(&plain, &null).unwrap().unwrap(), "null");
    let schemaless = r#"{"schema":null,"payload":"x"}"#;
    assert_eq!(encode(&json, &"x".into()).unwrap().unwrap(), schemaless);
    assert_eq!(decode(&json, schemaless).unwrap(), "x".into());
    for converter in [json, plain] {
        let read = Converter::decode(&converter, "t", &Headers::new(), None).unwrap();
        assert_eq!(read, SchemaAndValue::NULL);
    }
}

#[test]
fn a_null_with_a_default_becomes_the_default_unless_it_is_kept() {
    let field = Schema::int32().optional().default_value(7).build().unwrap();
    let schema = Schema::structure().field("a", field).build().unwrap();
    let data = SchemaAndValue::new(schema.clone(), Struct::new(&schema).unwrap());
    let plain = |replace| {
        converter(|config| {
            config.schemas_enable = false;
            config.replace_null_with_default = replace;
        })
    };
    assert_eq!(encode(&plain(true), &data).unwrap().unwrap(), r#"{"a":7}"#);
    assert_eq!(
        encode(&plain(false), &data).unwrap().unwrap(),
        r#"{"a":null}"#
    );

    let schema =
        r#"{"type":"struct","fields":[{"type":"int32","optional":true,"default":7,"field":"a"}]}"#;
    let kept = converter(|config| config.replace_null_with_default = false);
    for payload in ["{}", r#"{"a":null}"#] {
        let text = with_schema(schema, payload);
        let replaced = decode(&JsonConverter::default(), &text).unwrap().value;
        assert_eq!(replaced.as_struct().unwrap().values(), [7.into()]);
        let kept = decode(&kept, &text).unwrap().value;
        assert_eq!(kept.as_struct().unwrap().values(), [Value::Null]);
    }
}

#[test]
fn members_of_an_envelope_may_stand_in_any_order_and_the_last_ones_count() {
    let json = JsonConverter::default();
    for text in [
        r#"{"payload":5,"schema":{"type":"int32"}}"#,
        r#" { "payload" : 5 , "schema" : { "type" : "int32" } } "#,
        r#"{"schema":{"type":"string"},"payload":"x","schema":{"type":"int32"},"payload":5}"#,
        r#"{"sch\u0065ma":{"type":"int32"},"payload":5}"#,
        r#"{"schema":{"optional":false,"unknown":[1],"type":"int32"},"payload":5}"#,
    ] {
        let data = decode(&json, text).unwrap();
        assert_eq!(
            data,
            SchemaAndValue::new(Schema::plain_int32(), 5),
            "{text}"
        );
    }
}

#[test]
fn what_is_no_envelope_is_refused_in_javas_words() {
    let json = JsonConverter::default();
    for text in [
        "",
        "5",
        "[]",
        "{}",
        r#"{"schema":null}"#,
        r#"{"payload":1}"#,
        r#"{"schema":null,"payload":1,"more":1}"#,
        r#"{"a":1}"#,
    ] {
        let error = decode(&json, text).unwrap_err();
        let words = "JsonConverter with schemas.enable requires";
        assert!(error.message().starts_with(words), "{text}: {error}");
    }
}

#[test]
fn a_schema_is_read_once_and_shared() {
    let json = JsonConverter::default();
    let read = |version: i32| {
        let schema = format!(r#"{{"type":"int32","version":{version}}}"#);
        decode(&json, &with_schema(&schema, "1"))
            .unwrap()
            .schema
            .unwrap()
    };
    // More schemas than are compared before they are looked up.
    let first: Vec<Schema> = (0..20).map(read).collect();
    for (version, schema) in (0..20).zip(&first) {
        assert_eq!(schema.version(), Some(version));
        assert!(schema.is_same(&read(version)));
    }
}

#[test]
fn each_schema_is_written_with_its_own_text() {
    let json = converter(|config| config.schemas_cache_size = 100);
    let schemas: Vec<Schema> = (0..500)
        .map(|version| Schema::int8().version(version).build().unwrap())
        .collect();
    for _ in 0..2 {
        for (version, schema) in schemas.iter().enumerate() {
            let data = SchemaAndValue::new(schema.clone(), 1i8);
            let text = format!(r#"{{"type":"int8","optional":false,"version":{version}}}"#);
            assert_eq!(
                encode(&json, &data).unwrap().unwrap(),
                with_schema(&text, "1")
            );
        }
    }
}

#[test]
fn decimals_are_written_in_the_configured_format_and_read_in_both() {
    let data = SchemaAndValue::new(Schema::decimal(2).build().unwrap(), Decimal::new(1230, 2));
    let plain = |format| {
        converter(|config| {
            config.schemas_enable = false;
            config.decimal_format = format;
        })
    };
    assert_eq!(
        encode(&plain(DecimalFormat::Base64), &data)
            .unwrap()
            .unwrap(),
        r#""BM4=""#
    );
    assert_eq!(
        encode(&plain(DecimalFormat::Numeric), &data)
            .unwrap()
            .unwrap(),
        "12.30"
    );
    let schema = r#"{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2"}}"#;
    for payload in [r#""BM4=""#, "12.30", "12.3", "1.23e1", "12.300"] {
        let read = decode(&JsonConverter::default(), &with_schema(schema, payload)).unwrap();
        assert_eq!(read.value, Decimal::new(1230, 2).into(), "{payload}");
    }
    let wrong_scale = SchemaAndValue::new(data.schema.unwrap(), Decimal::new(1, 1));
    expect!["expected a decimal with scale 2, found 0.1 with scale 1"].assert_eq(
        encode(&JsonConverter::schemaless(), &wrong_scale)
            .unwrap_err()
            .message(),
    );
}

#[test]
fn numbers_that_are_not_finite_come_back() {
    let json = JsonConverter::default();
    for float in [f64::INFINITY, f64::NEG_INFINITY] {
        let data = SchemaAndValue::new(Schema::plain_float64(), float);
        let text = encode(&json, &data).unwrap().unwrap();
        assert_eq!(decode(&json, &text).unwrap(), data);
    }
    let nan = SchemaAndValue::new(Schema::plain_float32(), f32::NAN);
    let text = encode(&json, &nan).unwrap().unwrap();
    assert_eq!(
        text,
        r#"{"schema":{"type":"float","optional":false},"payload":"NaN"}"#
    );
    let read = decode(&json, &text).unwrap().value;
    assert!(matches!(read, Value::Float32(float) if float.is_nan()));
}

#[test]
fn a_configured_schema_replaces_the_envelope() {
    let json = converter(|config| {
        let schema = r#"{"type":"struct","fields":[{"type":"int8","field":"a"}]}"#;
        config.schema_content = Some(schema.into());
    });
    let data = decode(&json, r#"{"a":5,"unknown":[{}]}"#).unwrap();
    assert_eq!(data.value.get("a"), Some(&5i8.into()));
    let mut config = JsonConverterConfig::default();
    config.schema_content = Some(r#"{"type":"int9"}"#.into());
    let error = JsonConverter::new(config).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    expect!["schema.content: expected a schema as JSON: schema: expected one of the types boolean, int8, int16, int32, int64, float, double, bytes, string, array, map, struct, found `int9`"].assert_eq(&error.report().to_string());
}

#[test]
fn a_schema_is_written_with_its_attributes_in_javas_order() {
    let schema = Schema::string()
        .optional()
        .parameter("p", "1")
        .parameter("q", "2")
        .default_value("x\n")
        .doc("about")
        .version(2)
        .name("n.N")
        .build()
        .unwrap();
    let text = encode(&JsonConverter::default(), &SchemaAndValue::new(schema, "y"));
    assert_eq!(
        text.unwrap().unwrap(),
        concat!(
            r#"{"schema":{"type":"string","optional":true,"name":"n.N","version":2,"doc":"about","#,
            r#""parameters":{"p":"1","q":"2"},"default":"x\n"},"payload":"y"}"#
        )
    );
}

/// `List {value, next: List or null}`, and a value of it.
fn list() -> SchemaAndValue {
    let next = Schema::enclosing("List").optional().build().unwrap();
    let schema = Schema::record("List")
        .field("value", Schema::plain_int32())
        .field("next", next)
        .build()
        .unwrap();
    let next = schema.field("next").unwrap().schema();
    let rest = Struct::new(next).unwrap().with("value", 2).unwrap();
    let list = Struct::new(&schema).unwrap().with("value", 1).unwrap();
    SchemaAndValue::new(schema, list.with("next", rest).unwrap())
}

#[test]
fn a_schema_that_contains_itself_is_written_without_its_schema_alone() {
    let plain = encode(&JsonConverter::schemaless(), &list()).unwrap();
    assert_eq!(
        plain.unwrap(),
        r#"{"value":1,"next":{"value":2,"next":null}}"#
    );
    let error = encode(&JsonConverter::default(), &list()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    expect!["expected a schema that JSON can spell out, found one that contains itself (`List`): set schemas.enable=false, or use a converter with a schema registry"].assert_eq(&error.report().to_string());
}
