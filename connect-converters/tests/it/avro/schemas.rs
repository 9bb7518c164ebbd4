//! Schemas of each kind, and the text that Confluent's converter writes for them.

use connect_api::{Schema, Struct, Value};

use super::{avro, with};

const DECIMAL: &str = r#"{"type":"bytes","scale":2,"precision":64,"connect.version":1,"connect.parameters":{"scale":"2"},"connect.name":"org.apache.kafka.connect.data.Decimal","logicalType":"decimal"}"#;

/// Both directions.
#[track_caller]
fn check(schema: &Schema, text: &str) {
    assert_eq!(avro().schema_of(Some(schema)).unwrap(), text);
    check_read(text, schema);
}

#[track_caller]
fn check_read(text: &str, schema: &Schema) {
    let read = avro().connect_schema(text).unwrap().unwrap();
    assert_eq!(describe(&read), describe(schema));
    assert!(read == *schema);
}

/// Everything that a schema says, for messages.
fn describe(schema: &Schema) -> String {
    let fields = schema.fields().iter();
    let fields: Vec<_> = fields
        .map(|field| format!("{}: {}", field.name(), describe(field.schema())))
        .collect();
    format!(
        "{schema}{} v{:?} doc {:?} default {:?} {:?} [{}] {:?} {:?}",
        if schema.is_optional() { "?" } else { "" },
        schema.version(),
        schema.doc(),
        schema.default_value(),
        schema.parameters(),
        fields.join(", "),
        schema.key_schema().map(describe),
        schema.value_schema().map(describe),
    )
}

#[track_caller]
fn built(builder: connect_api::SchemaBuilder) -> Schema {
    builder.build().unwrap()
}

#[test]
fn primitives_are_avros() {
    check(&Schema::plain_boolean(), r#""boolean""#);
    check(
        &Schema::plain_int8(),
        r#"{"type":"int","connect.type":"int8"}"#,
    );
    check(
        &Schema::plain_int16(),
        r#"{"type":"int","connect.type":"int16"}"#,
    );
    check(&Schema::plain_int32(), r#""int""#);
    check(&Schema::plain_int64(), r#""long""#);
    check(&Schema::plain_float32(), r#""float""#);
    check(&Schema::plain_float64(), r#""double""#);
    check(&Schema::plain_string(), r#""string""#);
    check(&Schema::plain_bytes(), r#""bytes""#);
}

#[test]
fn attributes_are_properties_in_javas_order() {
    let builder = Schema::string()
        .name("n")
        .version(12)
        .doc("doc")
        .default_value("foo")
        .parameter("foo", "bar");
    check(
        &built(builder),
        r#"{"type":"string","connect.doc":"doc","connect.version":12,"connect.parameters":{"foo":"bar"},"connect.default":"foo","connect.name":"n"}"#,
    );
}

#[test]
fn optional_is_a_union_with_null() {
    check(&Schema::optional_boolean(), r#"["null","boolean"]"#);
    check(
        &built(Schema::boolean().optional().default_value(true)),
        r#"[{"type":"boolean","connect.default":true},"null"]"#,
    );
}

#[test]
fn logical_types_are_avros_too() {
    check(&built(Schema::decimal(2)), DECIMAL);
    check(
        &built(Schema::date()),
        r#"{"type":"int","connect.version":1,"connect.name":"org.apache.kafka.connect.data.Date","logicalType":"date"}"#,
    );
    check(
        &built(Schema::time()),
        r#"{"type":"int","connect.version":1,"connect.name":"org.apache.kafka.connect.data.Time","logicalType":"time-millis"}"#,
    );
    check(
        &built(Schema::timestamp()),
        r#"{"type":"long","connect.version":1,"connect.name":"org.apache.kafka.connect.data.Timestamp","logicalType":"timestamp-millis"}"#,
    );
}

#[test]
fn a_precision_is_a_parameter_unless_it_is_64() {
    check(
        &built(Schema::decimal(2).parameter("connect.decimal.precision", "9")),
        r#"{"type":"bytes","scale":2,"precision":9,"connect.version":1,"connect.parameters":{"scale":"2","connect.decimal.precision":"9"},"connect.name":"org.apache.kafka.connect.data.Decimal","logicalType":"decimal"}"#,
    );
    check_read(
        r#"{"type":"bytes","logicalType":"decimal","precision":50}"#,
        &built(Schema::decimal(0).parameter("connect.decimal.precision", "50")),
    );
    check(
        &built(Schema::decimal(-1)),
        r#"{"type":"bytes","scale":-1,"precision":64,"connect.version":1,"connect.parameters":{"scale":"-1"},"connect.name":"org.apache.kafka.connect.data.Decimal","logicalType":"decimal"}"#,
    );
}

#[test]
fn logical_types_of_others_are_what_they_are_stored_as() {
    for (text, schema) in [
        (
            r#"{"type":"long","logicalType":"timestamp-micros"}"#,
            Schema::plain_int64(),
        ),
        (
            r#"{"type":"long","logicalType":"time-micros"}"#,
            Schema::plain_int64(),
        ),
        (
            r#"{"type":"long","logicalType":"local-timestamp-millis"}"#,
            Schema::plain_int64(),
        ),
        (
            r#"{"type":"string","logicalType":"uuid"}"#,
            Schema::plain_string(),
        ),
        (
            r#"{"type":"int","logicalType":"unknown"}"#,
            Schema::plain_int32(),
        ),
    ] {
        check_read(text, &schema);
    }
}

#[test]
fn containers_are_avros_and_other_keys_make_entries() {
    check(
        &built(Schema::array(Schema::plain_int8())),
        r#"{"type":"array","items":{"type":"int","connect.type":"int8"}}"#,
    );
    check(
        &built(Schema::map(Schema::plain_string(), Schema::plain_int32())),
        r#"{"type":"map","values":"int"}"#,
    );
    check(
        &built(Schema::map(
            Schema::optional_string(),
            Schema::plain_int32(),
        )),
        r#"{"type":"array","items":{"type":"record","name":"MapEntry","namespace":"io.confluent.connect.avro","fields":[{"name":"key","type":["null","string"],"default":null},{"name":"value","type":"int"}]}}"#,
    );
    check(
        &built(Schema::map(Schema::plain_int32(), Schema::plain_int32()).name("com.acme.Scores")),
        r#"{"type":"array","items":{"type":"record","name":"Scores","namespace":"com.acme","fields":[{"name":"key","type":"int"},{"name":"value","type":"int"}],"connect.internal.type":"MapEntry"},"connect.name":"com.acme.Scores"}"#,
    );
}

#[test]
fn structs_are_records_with_docs_in_parameters() {
    let nested = built(Schema::structure().field("int8", Schema::plain_int8()));
    let builder = Schema::record("com.acme.Order")
        .doc("doc")
        .version(3)
        .parameter("io.confluent.connect.avro.record.doc", "of the record")
        .parameter("io.confluent.connect.avro.field.doc.id", "of the field")
        .field("id", Schema::plain_int64())
        .field("note", Schema::optional_string())
        .field("rate", built(Schema::float64().default_value(1e10)))
        .field("nested", nested.clone())
        .field("again", built(nested.to_builder().optional()));
    check(
        &built(builder),
        r#"{"type":"record","name":"Order","namespace":"com.acme","doc":"of the record","fields":[{"name":"id","type":"long","doc":"of the field"},{"name":"note","type":["null","string"],"default":null},{"name":"rate","type":{"type":"double","connect.default":1.0E10},"default":1.0E10},{"name":"nested","type":{"type":"record","name":"ConnectDefault","namespace":"io.confluent.connect.avro","fields":[{"name":"int8","type":{"type":"int","connect.type":"int8"}}]}},{"name":"again","type":["null","io.confluent.connect.avro.ConnectDefault"],"default":null}],"connect.doc":"doc","connect.version":3,"connect.parameters":{"io.confluent.connect.avro.record.doc":"of the record","io.confluent.connect.avro.field.doc.id":"of the field"},"connect.name":"com.acme.Order"}"#,
    );
}

#[test]
fn a_default_of_a_field_is_marked_as_its_own() {
    let text = r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int","default":7},{"name":"b","type":"bytes","default":"\u00ff"}]}"#;
    let flag = "io.confluent.connect.avro.field.default";
    let schema = Schema::record("R")
        .field(
            "a",
            built(Schema::int32().default_value(7).parameter(flag, "true")),
        )
        .field(
            "b",
            built(
                Schema::bytes()
                    .default_value(vec![0xFFu8])
                    .parameter(flag, "true"),
            ),
        );
    let schema = built(schema);
    check_read(text, &schema);
    assert_eq!(
        avro().schema_of(Some(&schema)).unwrap(),
        "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"int\",\"default\":7},{\"name\":\"b\",\"type\":\"bytes\",\"default\":\"\u{ff}\"}],\"connect.name\":\"R\"}"
    );
}

#[test]
fn a_default_that_does_not_fit_counts_as_absent() {
    check_read(
        r#"{"type":"record","name":"R","fields":[{"name":"a","type":["null","int"],"default":7}]}"#,
        &built(Schema::record("R").field("a", Schema::optional_int32())),
    );
}

#[test]
fn an_enum_is_text_with_its_symbols_in_parameters() {
    let text = r#"{"type":"enum","name":"Color","namespace":"com.acme","doc":"hues","symbols":["RED","BLUE"],"default":"RED"}"#;
    let builder = Schema::string()
        .name("com.acme.Color")
        .parameter("io.confluent.connect.avro.enum.doc.Color", "hues")
        .parameter("io.confluent.connect.avro.enum.default.Color", "RED")
        .parameter("io.confluent.connect.avro.Enum", "com.acme.Color")
        .parameter("io.confluent.connect.avro.Enum.RED", "RED")
        .parameter("io.confluent.connect.avro.Enum.BLUE", "BLUE");
    let schema = built(builder);
    check_read(text, &schema);
    let enhanced = with(|config| config.enhanced_avro_schema_support = true);
    assert_eq!(
        enhanced.schema_of(Some(&schema)).unwrap(),
        text.replace(
            r#""default":"RED"}"#,
            r#""default":"RED","connect.parameters":{"io.confluent.connect.avro.enum.doc.Color":"hues","io.confluent.connect.avro.enum.default.Color":"RED","io.confluent.connect.avro.Enum":"com.acme.Color","io.confluent.connect.avro.Enum.RED":"RED","io.confluent.connect.avro.Enum.BLUE":"BLUE"},"connect.name":"com.acme.Color"}"#
        )
    );
    assert!(
        avro()
            .schema_of(Some(&schema))
            .unwrap()
            .starts_with(r#"{"type":"string""#)
    );
}

#[test]
fn a_fixed_is_bytes_with_its_size_in_a_parameter() {
    check_read(
        r#"{"type":"fixed","name":"Hash","namespace":"com.acme","size":4}"#,
        &built(
            Schema::bytes()
                .name("com.acme.Hash")
                .parameter("connect.fixed.size", "4"),
        ),
    );
    check(
        &built(
            Schema::bytes()
                .name("com.acme.Hash")
                .parameter("connect.fixed.size", "4"),
        ),
        r#"{"type":"fixed","name":"Hash","namespace":"com.acme","size":4,"connect.parameters":{"connect.fixed.size":"4"},"connect.name":"com.acme.Hash"}"#,
    );
    check_read(
        r#"{"type":"fixed","name":"Amount","size":8,"logicalType":"decimal","precision":18,"scale":4}"#,
        &built(
            Schema::decimal(4)
                .parameter("connect.decimal.precision", "18")
                .parameter("connect.fixed.size", "8"),
        ),
    );
}

fn union_schema() -> Schema {
    let record = built(
        Schema::record("Test")
            .optional()
            .field("value", Schema::optional_int32()),
    );
    let union = Schema::record("io.confluent.connect.avro.Union")
        .field("int", Schema::optional_int32())
        .field("string", Schema::optional_string())
        .field("Test", record);
    built(union)
}

#[test]
fn a_union_is_a_struct_with_a_field_for_each_branch() {
    let record = r#"{"type":"record","name":"Test","fields":[{"name":"value","type":["null","int"],"default":null}],"connect.name":"Test"}"#;
    check(&union_schema(), &format!(r#"["int","string",{record}]"#));
    check(
        &built(union_schema().to_builder().optional()),
        &format!(r#"["null","int","string",{record}]"#),
    );
}

#[test]
fn a_value_without_a_schema_has_one_that_holds_anything() {
    let text = avro().schema_of(None).unwrap();
    assert_eq!(avro().connect_schema(&text).unwrap(), None);
    assert!(text.starts_with(r#"{"type":"record","name":"Anything","namespace":"io.confluent.connect.avro","fields":[{"name":"boolean","type":["null","boolean"],"default":null}"#));
}

#[test]
fn properties_that_begin_with_avro_are_parameters() {
    check_read(
        r#"{"type":"string","avro.java.string":"String"}"#,
        &built(Schema::string().parameter("avro.java.string", "String")),
    );
}

#[test]
fn structs_of_one_name_that_differ_are_told_apart() {
    let one = built(Schema::record("Point").field("x", Schema::plain_int32()));
    let other = built(Schema::record("Point").field("y", Schema::plain_string()));
    let schema = built(
        Schema::record("Both")
            .field("one", one.clone())
            .field("other", other.clone()),
    );
    let text = avro().schema_of(Some(&schema)).unwrap();
    check_read(&text, &schema);
    let both = Struct::new(&schema).unwrap();
    let one = Struct::new(&one).unwrap().with("x", 1).unwrap();
    let other = Struct::new(&other).unwrap().with("y", "z").unwrap();
    let both = both.with("one", one).unwrap().with("other", other).unwrap();
    let bytes = super::written(avro(), &schema, both.clone());
    assert_eq!(super::plainly(&text, &bytes).unwrap(), Value::from(both));
}

#[test]
fn a_second_map_with_other_entries_is_told_apart() {
    let one = built(Schema::map(Schema::plain_int32(), Schema::plain_int32()));
    let other = built(Schema::map(Schema::plain_int64(), Schema::plain_string()));
    let schema = built(
        Schema::record("Both")
            .field("one", one.clone())
            .field("other", other)
            .field("again", one),
    );
    let text = avro().schema_of(Some(&schema)).unwrap();
    check_read(&text, &schema);
    assert_eq!(text.matches(r#""name":"MapEntry2""#).count(), 1);
}

#[track_caller]
fn check_refused(text: &str, parts: &[&str]) {
    let error = avro().connect_schema(text).unwrap_err().to_string();
    for part in parts {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn texts_that_are_no_schema_are_refused_with_the_place() {
    check_refused("{", &["expected JSON"]);
    check_refused("7", &["expected a schema", "a number"]);
    check_refused(r#""null""#, &["null only as a branch"]);
    check_refused(
        r#"{"type":"record","name":"R","fields":[{"name":"a","type":"Missing"}]}"#,
        &["field `a`", "`Missing`"],
    );
    check_refused(r#"["int","int"]"#, &["`int` twice"]);
    check_refused(r#"["int",["null","string"]]"#, &["branch 1"]);
    check_refused(r#"{"type":"array"}"#, &["`items`"]);
    check_refused(
        r#"{"type":"int","connect.type":"int9"}"#,
        &["connect.type", "int9"],
    );
    check_refused(
        r#"{"type":"int","connect.parameters":{"a":1}}"#,
        &["connect.parameters", "texts"],
    );
    check_refused(r#"{"type":"fixed","name":"F","size":-1}"#, &["`size`"]);
    check_refused(
        r#"{"type":"enum","name":"E","symbols":["A"],"default":"B"}"#,
        &["`B`"],
    );
}

#[test]
fn names_that_avro_cannot_hold_are_refused_or_scrubbed() {
    let schema = built(Schema::record("my-org.Order").field("a.b", Schema::plain_int32()));
    let error = avro().schema_of(Some(&schema)).unwrap_err().to_string();
    assert!(
        error.contains("my-org.Order") && error.contains("scrub.invalid.names"),
        "{error}"
    );
    let scrubbing = with(|config| config.scrub_invalid_names = true);
    assert_eq!(
        scrubbing.schema_of(Some(&schema)).unwrap(),
        r#"{"type":"record","name":"Order","namespace":"my_org","fields":[{"name":"a_b","type":"int"}],"connect.name":"my-org.Order"}"#
    );
    let value = Struct::new(&schema).unwrap().with("a.b", 1).unwrap();
    assert_eq!(super::written(scrubbing, &schema, value), [2]);
    let clash = built(
        Schema::structure()
            .field("a.b", Schema::plain_int32())
            .field("a_b", Schema::plain_int32()),
    );
    assert!(
        scrubbing
            .schema_of(Some(&clash))
            .unwrap_err()
            .to_string()
            .contains("`a_b`")
    );
}

#[test]
fn a_record_may_contain_itself() {
    let link = built(Schema::enclosing("com.acme.List").optional());
    let list = Schema::record("com.acme.List")
        .field("value", Schema::plain_int32())
        .field("next", link);
    let list = built(list);
    let text = r#"{"type":"record","name":"List","namespace":"com.acme","fields":[{"name":"value","type":"int"},{"name":"next","type":["null","List"],"default":null}],"connect.name":"com.acme.List"}"#;
    assert_eq!(avro().schema_of(Some(&list)).unwrap(), text);
    assert!(avro().connect_schema(text).unwrap().unwrap() == list);
    let rest = Struct::new(list.field("next").unwrap().schema())
        .unwrap()
        .with("value", 2)
        .unwrap();
    let whole = Struct::new(&list)
        .unwrap()
        .with("value", 1)
        .unwrap()
        .with("next", rest)
        .unwrap();
    assert_eq!(super::written(avro(), &list, whole.clone()), [2, 2, 4, 0]);
    let read = super::plainly(text, &[2, 2, 4, 0]).unwrap();
    list.check(&read).unwrap();
    assert_eq!(read, whole.into());
    let error = super::plainly(text, &[2; 1_000]).unwrap_err().to_string();
    assert!(error.contains("at most 256 levels"), "{error}");
}

#[test]
fn records_may_contain_each_other() {
    let text = r#"{"type":"record","name":"A","fields":[{"name":"b","type":{"type":"record","name":"B","fields":[
        {"name":"a","type":{"type":"array","items":"A"}},{"name":"any","type":["null","int","A","B"],"default":null}]}}]}"#;
    let schema = avro().connect_schema(text).unwrap().unwrap();
    assert!(schema.is_recursive());
    let value = super::plainly(text, &[2, 0, 0, 0, 4, 0, 0]).unwrap();
    schema.check(&value).unwrap();
    let described = avro().schema_of(Some(&schema)).unwrap();
    assert!(avro().connect_schema(&described).unwrap().unwrap() == schema);
    assert_eq!(
        super::written(avro(), &schema, value),
        [2, 0, 0, 0, 4, 0, 0]
    );
}

#[test]
fn a_record_that_never_ends_has_no_value() {
    let text = r#"{"type":"record","name":"A","fields":[{"name":"a","type":"A"}]}"#;
    let error = super::plainly(text, &[]).unwrap_err().to_string();
    assert!(error.contains("at most 256 levels"), "{error}");
}

#[test]
fn records_that_refer_to_several_around_them_are_mapped_anew_elsewhere() {
    let text = r#"{"type":"record","name":"R1","fields":[{"name":"b","type":{"type":"record","name":"R2","fields":[
        {"name":"c","type":{"type":"record","name":"R3","fields":[
            {"name":"x","type":["null","R1"]},{"name":"y","type":["null","R2"]}]}}]}},{"name":"c","type":"R3"}]}"#;
    let schema = avro().connect_schema(text).unwrap().unwrap();
    assert!(schema.unbound().is_empty());
    // The second R3 has an R2 whose R3 has neither.
    let value = super::plainly(text, &[0, 0, 0, 2, 0, 0]).unwrap();
    schema.check(&value).unwrap();
    assert_eq!(super::written(avro(), &schema, value), [0, 0, 0, 2, 0, 0]);
}

/// Returns a record of 30 levels, each of which has the next one in two fields.
fn doubled(attributes: &str) -> String {
    let mut text = r#"{"type":"record","name":"R0","fields":[]}"#.to_owned();
    for level in 1..=30 {
        text = format!(
            r#"{{"type":"record","name":"R{level}","fields":[{{"name":"a","type":{text}{attributes}}},{{"name":"b","type":"R{}"{attributes}}}]}}"#,
            level - 1
        );
    }
    text
}

#[test]
fn records_with_defaults_are_mapped_once() {
    let schema = avro().connect_schema(&doubled(r#","default":{}"#));
    assert_eq!(schema.unwrap().unwrap().fields().len(), 2);
}

#[test]
fn a_schema_is_not_mapped_to_others_without_end() {
    let discarding = with(|config| config.discard_type_doc_default = true);
    let error = discarding
        .connect_schema(&doubled(r#","doc":"d""#))
        .unwrap_err()
        .to_string();
    assert!(error.contains("100000 schemas"), "{error}");
}
