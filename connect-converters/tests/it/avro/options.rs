//! What the options of the mapping change.

use connect_api::{Schema, Struct};
use connect_converters::avro::AvroLogicalTypes;

use super::{avro, with, written};

#[test]
fn without_meta_data_only_avro_is_left() {
    let plain = with(|config| config.connect_meta_data = false);
    let schema = Schema::int8()
        .name("n")
        .doc("d")
        .version(2)
        .parameter("k", "v")
        .default_value(1i8)
        .build()
        .unwrap();
    assert_eq!(plain.schema_of(Some(&schema)).unwrap(), r#""int""#);
    let date = Schema::date().build().unwrap();
    assert_eq!(
        plain.schema_of(Some(&date)).unwrap(),
        r#"{"type":"int","logicalType":"date"}"#
    );
    let text = r#"{"type":"string","connect.doc":"d","connect.parameters":{"k":"v"}}"#;
    assert!(plain.connect_schema(text).unwrap().unwrap() == Schema::plain_string());
}

#[test]
fn docs_of_fields_take_the_place_of_those_of_types() {
    let discarding = with(|config| config.discard_type_doc_default = true);
    let text = r#"{"type":"record","name":"R","doc":"record","fields":[{"name":"a","type":"int","doc":"field"}]}"#;
    let schema = discarding.connect_schema(text).unwrap().unwrap();
    assert_eq!(schema.doc().unwrap(), "record");
    assert_eq!(schema.parameter("connect.record.doc").unwrap(), "record");
    assert_eq!(schema.field("a").unwrap().schema().doc().unwrap(), "field");
    let again = discarding.schema_of(Some(&schema)).unwrap();
    assert!(
        again.contains(r#""doc":"record""#) && again.contains(r#""doc":"field""#),
        "{again}"
    );
}

#[test]
fn optional_text_keys_make_maps_if_asked_for() {
    let map = Schema::map(Schema::optional_string(), Schema::plain_int32())
        .build()
        .unwrap();
    let allowing = with(|config| config.allow_optional_map_keys = true);
    assert_eq!(
        allowing.schema_of(Some(&map)).unwrap(),
        r#"{"type":"map","values":"int"}"#
    );
    assert!(avro().schema_of(Some(&map)).unwrap().contains("MapEntry"));
}

#[test]
fn a_union_of_one_type_is_that_type_unless_that_is_off() {
    assert!(avro().connect_schema(r#"["int"]"#).unwrap().unwrap() == Schema::plain_int32());
    let keeping = with(|config| config.flatten_singleton_unions = false);
    let schema = keeping.connect_schema(r#"["int"]"#).unwrap().unwrap();
    assert_eq!(schema.name().unwrap(), "io.confluent.connect.avro.Union");
    assert_eq!(keeping.schema_of(Some(&schema)).unwrap(), r#"["int"]"#);
}

#[test]
fn branches_are_called_by_their_full_names_if_asked_for() {
    let text = r#"["int",{"type":"record","name":"a.X","fields":[]},{"type":"record","name":"b.X","fields":[]}]"#;
    let error = avro().connect_schema(text).unwrap_err().to_string();
    assert!(error.contains("enhanced.avro.schema.support"), "{error}");
    let enhanced = with(|config| config.enhanced_avro_schema_support = true);
    let schema = enhanced.connect_schema(text).unwrap().unwrap();
    let names: Vec<_> = schema
        .fields()
        .iter()
        .map(|field| field.name().to_string())
        .collect();
    assert_eq!(names, ["int", "a.X", "b.X"]);
}

#[test]
fn generalized_unions_and_enums_are_marked_by_parameters() {
    let generalized = with(|config| config.generalized_sum_type_support = true);
    let schema = generalized
        .connect_schema(r#"["int","string"]"#)
        .unwrap()
        .unwrap();
    assert_eq!(schema.name().unwrap(), "connect_union_0");
    assert_eq!(
        schema
            .parameter("org.apache.kafka.connect.data.Union")
            .unwrap(),
        "connect_union_0"
    );
    let value = Struct::new(&schema)
        .unwrap()
        .with("connect_union_field_1", "a")
        .unwrap();
    assert_eq!(written(generalized, &schema, value), [2, 2, b'a']);
    let color = r#"{"type":"enum","name":"Color","symbols":["RED","BLUE"]}"#;
    let color = generalized.connect_schema(color).unwrap().unwrap();
    assert_eq!(
        color
            .parameter("org.apache.kafka.connect.data.Enum.BLUE")
            .unwrap(),
        "1"
    );
    assert_eq!(written(generalized, &color, "BLUE"), [2]);
}

#[test]
fn an_enum_is_written_by_its_symbol() {
    let enhanced = with(|config| config.enhanced_avro_schema_support = true);
    let text = r#"{"type":"enum","name":"Color","symbols":["RED","BLUE"]}"#;
    let schema = enhanced.connect_schema(text).unwrap().unwrap();
    assert_eq!(written(enhanced, &schema, "BLUE"), [2]);
    let text = enhanced.schema_of(Some(&schema)).unwrap();
    let encoder = enhanced.encoder(Some(&schema), &text).unwrap();
    let error = encoder
        .to_bytes(&connect_api::SchemaAndValue::new(schema, "GREEN"))
        .unwrap_err();
    assert!(error.to_string().contains("`GREEN`"), "{error}");
}

#[test]
fn all_logical_types_are_kept_if_asked_for() {
    let all = with(|config| config.avro_logical_types = AvroLogicalTypes::All);
    for (text, logical) in [
        (
            r#"{"type":"long","logicalType":"timestamp-micros"}"#,
            "timestamp-micros",
        ),
        (
            r#"{"type":"long","logicalType":"timestamp-nanos"}"#,
            "timestamp-nanos",
        ),
        (
            r#"{"type":"long","logicalType":"time-micros"}"#,
            "time-micros",
        ),
        (
            r#"{"type":"long","logicalType":"local-timestamp-millis"}"#,
            "local-timestamp-millis",
        ),
        (r#"{"type":"string","logicalType":"uuid"}"#, "uuid"),
        (
            r#"{"type":"fixed","name":"a.Id","size":16,"logicalType":"uuid"}"#,
            "uuid",
        ),
        (
            r#"{"type":"fixed","name":"a.Span","size":12,"logicalType":"duration"}"#,
            "duration",
        ),
    ] {
        let schema = all.connect_schema(text).unwrap().unwrap();
        assert_eq!(
            schema.parameter("connect.avro.logical.type").unwrap(),
            logical
        );
        let again = all.schema_of(Some(&schema)).unwrap();
        assert!(
            again.contains(&format!(r#""logicalType":"{logical}""#)),
            "{again}"
        );
        assert!(all.connect_schema(&again).unwrap().unwrap() == schema);
    }
    let micros = Schema::int64()
        .name("io.debezium.time.MicroTimestamp")
        .version(1)
        .build()
        .unwrap();
    let text = all.schema_of(Some(&micros)).unwrap();
    assert!(
        text.ends_with(r#""logicalType":"local-timestamp-micros"}"#),
        "{text}"
    );
    assert!(all.connect_schema(&text).unwrap().unwrap() == micros);
}
