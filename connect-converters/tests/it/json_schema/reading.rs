//! What JSON Schemas that others wrote become: the expectations of Confluent's own tests.

use connect_api::{Decimal, Schema, SchemaBuilder, Struct, Type, Value};

use super::{check_refused, generalized, mapping, plain, read, read_value, schema_of};

const ONE_OF: &str = "io.confluent.connect.json.OneOf";

fn built(builder: SchemaBuilder) -> Schema {
    builder.build().unwrap()
}

fn names(schema: &Schema) -> Vec<&str> {
    schema
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect()
}

fn field<'a>(schema: &'a Schema, name: &str) -> &'a Schema {
    schema.field(name).unwrap().schema()
}

#[test]
fn types_without_more_are_the_widest() {
    assert_eq!(
        schema_of(&plain(), r#"{"type":"integer"}"#),
        Schema::plain_int64()
    );
    assert_eq!(
        schema_of(&plain(), r#"{"type":"number"}"#),
        Schema::plain_float64()
    );
    assert_eq!(
        schema_of(&plain(), r#"{"type":"boolean"}"#),
        Schema::plain_boolean()
    );
    assert_eq!(
        schema_of(&plain(), r#"{"type":"string","format":"uuid"}"#),
        Schema::plain_string()
    );
}

#[test]
fn formats_change_nothing() {
    let text = r#"{"type":"object","properties":{"id":{"type":"integer","format":"int32"},"num":{"type":["null","number"],"format":"double"}}}"#;
    for dialect in [
        "",
        r#","$schema":"https://json-schema.org/draft/2020-12/schema""#,
    ] {
        let text = text.replacen(
            r#""type":"object""#,
            &format!(r#""type":"object"{dialect}"#),
            1,
        );
        let schema = schema_of(&plain(), &text);
        assert_eq!(field(&schema, "id"), &Schema::plain_int64());
        assert_eq!(field(&schema, "num"), &Schema::optional_float64());
    }
}

#[test]
fn a_default_has_the_type_of_its_schema() {
    let schema = schema_of(
        &plain(),
        r#"{"type":"integer","connect.type":"int8","default":34}"#,
    );
    assert_eq!(schema, built(Schema::int8().default_value(34i8)));
    assert_eq!(
        schema_of(&plain(), r#"{"type":"string","default":null}"#),
        Schema::plain_string()
    );
    check_refused(
        plain().reader(r#"{"type":"object","properties":{"a":{"type":"integer","default":"x"}}}"#),
        &["#/properties/a", "default", "expected int64"],
    );
}

#[test]
fn null_among_two_makes_the_other_optional() {
    for text in [
        r#"{"oneOf":[{"type":"null"},{"type":"string"}]}"#,
        r#"{"anyOf":[{"type":"string"},{"type":"null"}]}"#,
        r#"{"type":["string","null"]}"#,
    ] {
        assert_eq!(schema_of(&plain(), text), Schema::optional_string());
    }
    let array = schema_of(
        &plain(),
        r#"{"type":["array","null"],"items":{"type":"string"},"required":[]}"#,
    );
    assert_eq!((array.type_(), array.is_optional()), (Type::Array, true));
}

#[test]
fn decimals_are_read_from_numbers_and_from_bytes() {
    let text = r#"{"type":"number","title":"org.apache.kafka.connect.data.Decimal","connect.type":"bytes","connect.parameters":{"scale":"17"}}"#;
    let expected = Value::Decimal("1.23456789123456789".parse::<Decimal>().unwrap());
    assert_eq!(read_value(&plain(), text, "1.23456789123456789"), expected);
    let text = text.replace("17", "2");
    assert_eq!(
        read_value(&plain(), &text, r#""AJw=""#),
        Decimal::new(156, 2).into()
    );
    let unscaled = r#"{"type":"string","title":"org.apache.kafka.connect.data.Decimal","connect.type":"bytes"}"#;
    check_refused(
        plain().reader(unscaled),
        &["a decimal with the parameter `scale`"],
    );
}

#[test]
fn enums_and_constants_are_texts_with_symbols() {
    let symbols = |name: &str, values: &[(&str, &str)]| {
        let mut builder = Schema::string().parameter(name, "");
        for (symbol, value) in values {
            builder = builder.parameter(format!("{name}.{symbol}"), *value);
        }
        built(builder)
    };
    let (ours, general) = (
        "io.confluent.connect.json.Enum",
        "org.apache.kafka.connect.data.Enum",
    );
    let text = r#"{"enum":["one","two",null]}"#;
    let expected = symbols(
        ours,
        &[("one", "one"), ("two", "two"), ("<NULL>", "<NULL>")],
    );
    assert_eq!(schema_of(&plain(), text), expected);
    let expected = symbols(general, &[("one", "0"), ("two", "1"), ("<NULL>", "2")]);
    assert_eq!(schema_of(&generalized(), text), expected);
    assert_eq!(
        schema_of(&plain(), r#"{"const":"one"}"#),
        symbols(ours, &[("one", "one")])
    );
    let number = r#"{"enum":[1,2]}"#;
    assert_eq!(
        schema_of(&plain(), number),
        symbols(ours, &[("1", "1"), ("2", "2")])
    );
    assert_eq!(read_value(&plain(), number, "2"), Value::from("2"));
}

#[test]
fn of_a_type_and_values_the_type_decides_unless_it_is_text() {
    let with_symbols = schema_of(
        &plain(),
        r#"{"type":"string","enum":["one"],"title":"lost"}"#,
    );
    assert!(
        with_symbols
            .parameter("io.confluent.connect.json.Enum.one")
            .is_some()
    );
    assert_eq!(with_symbols.name(), None);
    assert_eq!(
        schema_of(&plain(), r#"{"type":"number","enum":[1,2]}"#),
        Schema::plain_float64()
    );
    assert_eq!(
        schema_of(&plain(), r#"{"type":"string","const":"a"}"#),
        Schema::plain_string()
    );
    assert_eq!(
        schema_of(&plain(), r#"{"type":"integer","const":1}"#),
        Schema::plain_int64()
    );
    check_refused(
        plain().reader(r#"{"type":"boolean","const":true}"#),
        &["allOf", "found neither"],
    );
}

#[test]
fn draft_4_has_no_constants() {
    let text =
        r#"{"$schema":"http://json-schema.org/draft-04/schema#","const":"a","type":"boolean"}"#;
    assert_eq!(schema_of(&plain(), text), Schema::plain_boolean());
}

#[test]
fn a_union_takes_the_first_field_that_fits() {
    let text = r#"{"oneOf":[{"type":"string"},{"type":"integer","connect.type":"int32"},{"type":"number"},{"type":"null"}]}"#;
    let schema = built(
        Schema::record(ONE_OF)
            .optional()
            .field(format!("{ONE_OF}.field.0"), Schema::optional_string())
            .field(format!("{ONE_OF}.field.1"), Schema::optional_int32())
            .field(format!("{ONE_OF}.field.2"), Schema::optional_float64()),
    );
    assert_eq!(schema_of(&plain(), text), schema);
    let of = |at: usize, value: Value| {
        let mut fields = Struct::new(&schema).unwrap();
        fields.values_mut()[at] = value;
        Value::from(fields)
    };
    assert_eq!(read_value(&plain(), text, r#""a""#), of(0, "a".into()));
    assert_eq!(read_value(&plain(), text, "12"), of(1, 12.into()));
    assert_eq!(read_value(&plain(), text, "1.5"), of(2, 1.5.into()));
    assert_eq!(read_value(&plain(), text, "null"), Value::Null);
    check_refused(
        read(&plain(), text, "true"),
        &["a value of one of the fields", "found `true`"],
    );
}

#[test]
fn an_object_is_of_the_struct_that_has_most_of_its_properties() {
    let text = r#"{"oneOf":[
        {"type":"object","title":"a","properties":{"common":{"type":"object","properties":{"x":{"type":"string"}}}}},
        {"type":"object","title":"b","properties":{"common":{"type":"object","properties":{"y":{"type":"string"}}}}}]}"#;
    let read = read_value(&plain(), text, r#"{"common":{"y":"v"}}"#);
    let fields = read.as_struct().unwrap();
    assert!(fields.values()[0].is_null());
    let common = fields.values()[1].get("common").unwrap();
    assert_eq!(common.get("y"), Some(&"v".into()));
}

#[test]
fn what_confluent_finds_in_no_field_of_a_union_is_tried_in_all() {
    let text = r#"{"oneOf":[{"type":"boolean"},{"type":"string","connect.type":"bytes"}]}"#;
    let read = read_value(&plain(), text, r#""Zm9v""#);
    assert_eq!(
        read.as_struct().unwrap().values()[1],
        b"foo".to_vec().into()
    );
}

#[test]
fn all_of_is_a_struct_of_all_properties() {
    let text = r##"{"$schema":"http://json-schema.org/draft-07/schema#",
        "allOf":[{"$ref":"#/definitions/Base"},{"$ref":"#/definitions/Base2"}],
        "title":"Message","type":"object",
        "properties":{"prevUserId":{"type":"string"},"newUserId":{"type":"string"}},
        "definitions":{"Base":{"properties":{"id":{"type":"string"},"type":{"type":"string"}}},
                       "Base2":{"properties":{"id2":{"type":"string"}}}}}"##;
    let schema = schema_of(&plain(), text);
    let mut found = names(&schema);
    found.sort_unstable();
    assert_eq!(found, ["id", "id2", "newUserId", "prevUserId", "type"]);
}

#[test]
fn a_union_beside_an_empty_object_is_the_union() {
    let text = r#"{"title":"Product","type":"object","anyOf":[
        {"type":"object","properties":{"key":{"type":"string"}}},
        {"type":"object","properties":{"item":{"type":"string"}}}]}"#;
    assert_eq!(schema_of(&plain(), text).name().unwrap(), ONE_OF);
}

#[test]
fn one_of_one_is_the_one_if_that_is_wanted() {
    let text = r#"{"oneOf":[{"type":"string"}]}"#;
    assert_eq!(schema_of(&plain(), text), Schema::plain_string());
    let kept = mapping(|config| config.flatten_singleton_unions = false);
    assert_eq!(schema_of(&kept, text).name().unwrap(), ONE_OF);
}

#[test]
fn fields_come_by_index_or_in_the_order_of_a_java_map() {
    let text =
        r#"{"type":"object","properties":{"id":{},"name":{},"price":{},"tags":{},"created":{}}}"#;
    let schema = schema_of(&plain(), text);
    assert_eq!(names(&schema), ["price", "created", "name", "id", "tags"]);
    let text = r#"{"type":"object","properties":{"b":{"connect.index":2},"x":{},"a":{"connect.index":0}}}"#;
    assert_eq!(names(&schema_of(&plain(), text)), ["a", "x", "b"]);
}

#[test]
fn a_property_that_is_not_required_is_optional_if_that_is_wanted() {
    let text = r#"{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}},"required":["a"]}"#;
    assert!(!field(&schema_of(&plain(), text), "b").is_optional());
    let wanted = mapping(|config| config.use_optional_for_nonrequired = true);
    let schema = schema_of(&wanted, text);
    assert!(!field(&schema, "a").is_optional());
    assert!(field(&schema, "b").is_optional());
}

#[test]
fn a_property_that_is_absent_is_null_or_its_default() {
    let text = r#"{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"integer","default":7}}}"#;
    let read_one = read_value(&plain(), text, "{}");
    let fields = read_one.as_struct().unwrap();
    assert_eq!(fields.get_without_default("a"), Some(&Value::Null));
    assert_eq!(fields.get_without_default("b"), Some(&7i64.into()));
    check_refused(
        read(&plain(), text, r#"{"a":null}"#),
        &["field `a`", "expected string, which is required"],
    );
}

#[test]
fn references_lead_to_definitions_of_either_name_and_to_identifiers() {
    let text = r##"{"type":"object","properties":{
        "a":{"$ref":"#/$defs/Text"},"b":{"$ref":"#/definitions/Text"},"c":{"$ref":"#named"},"d":{"$ref":"urn:whole"},
        "e":{"$ref":"#/definitions/a~1b%20c"}},
        "definitions":{"Text":{"type":"string"},"a/b c":{"type":"boolean"},
          "Named":{"$anchor":"named","type":"integer"},"Whole":{"$id":"urn:whole","type":"number"}}}"##;
    let schema = schema_of(&plain(), text);
    let types = ["a", "b", "c", "d", "e"].map(|name| field(&schema, name).type_());
    assert_eq!(
        types,
        [
            Type::String,
            Type::String,
            Type::Int64,
            Type::Float64,
            Type::Boolean
        ]
    );
    check_refused(
        plain().reader(r##"{"$ref":"#/definitions/None"}"##),
        &["`$ref`", "found `#/definitions/None`"],
    );
}

#[test]
fn what_stands_beside_a_reference_counts_in_later_drafts() {
    let text = r##"{"$ref":"#/$defs/Base","properties":{"b":{"type":"string"}},
        "$defs":{"Base":{"type":"object","properties":{"a":{"type":"string"}}}}}"##;
    assert_eq!(names(&schema_of(&plain(), text)), ["a"]);
    let modern = text.replacen(
        '{',
        r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","#,
        1,
    );
    assert_eq!(names(&schema_of(&plain(), &modern)), ["a", "b"]);
    let ignoring = mapping(|config| config.ignore_modern_dialects = true);
    assert_eq!(names(&schema_of(&ignoring, &modern)), ["a"]);
}

#[test]
fn a_reference_twice_is_one_schema() {
    let text = r##"{"type":"object","properties":{"a":{"$ref":"#/definitions/P"},"b":{"$ref":"#/definitions/P"}},
        "definitions":{"P":{"type":"object","properties":{"x":{"type":"string"}}}}}"##;
    let schema = schema_of(&plain(), text);
    assert_eq!(field(&schema, "a"), field(&schema, "b"));
}

#[test]
fn a_reference_may_be_optional_in_one_place() {
    let text = r##"{"type":"object","properties":{
        "offer":{"connect.index":1,"$ref":"#/definitions/P"},
        "catalog":{"connect.index":2,"oneOf":[{"type":"null"},{"$ref":"#/definitions/P"}]}},
        "required":["offer"],
        "definitions":{"P":{"type":"object","properties":{"amount":{"type":"number"}},"required":["amount"]}}}"##;
    let wanted = mapping(|config| config.use_optional_for_nonrequired = true);
    let schema = schema_of(&wanted, text);
    assert_eq!(names(&schema), ["offer", "catalog"]);
    assert!(!field(&schema, "offer").is_optional());
    assert!(field(&schema, "catalog").is_optional());
}

#[test]
fn what_has_no_type_in_connect_is_refused_with_its_place() {
    for (schema, expected) in [
        (r#"{"type":"null"}"#, "the type null alone"),
        ("false", "`false`"),
        (r#"{"not":{"type":"string"}}"#, "only `not` or `if`"),
        (r#"{"type":"array"}"#, "one schema in `items`"),
        (
            r#"{"type":"integer","connect.type":"int7"}"#,
            "found `int7`",
        ),
        (r#"{"type":"date"}"#, "found `date`"),
        (
            r#"{"type":"object","connect.type":"map"}"#,
            "`additionalProperties` of a map",
        ),
    ] {
        let text = format!(r#"{{"type":"object","properties":{{"p":{schema}}}}}"#);
        check_refused(plain().reader(&text), &["#/properties/p", expected]);
    }
}
