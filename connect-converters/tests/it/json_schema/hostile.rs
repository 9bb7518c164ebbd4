//! Schemas and values that somebody wrote to do harm.

use std::fmt::Write;

use connect_api::Bytes;

use super::{check_refused, plain, read, read_value, schema_of};

const RECORD: &str = r#"{"type":"object","properties":{"n":{"type":"integer","connect.type":"int32"},"s":{"type":"string"}}}"#;

#[test]
fn values_that_do_not_fit_are_refused_with_their_place() {
    for (json, parts) in [
        (
            r#"{"n":2147483648}"#,
            &["field `n`", "expected int32", "2147483648"][..],
        ),
        (r#"{"n":1e999999999}"#, &["field `n`", "expected int32"]),
        (
            r#"{"n":"1"}"#,
            &["field `n`", "expected int32", "found `\"1\"`"],
        ),
        (r#"{"s":{}}"#, &["field `s`", "expected string"]),
        ("[]", &["expected an object"]),
        (r#"{"n":1"#, &["expected `,` or `}`", "found the end"]),
        (r#"{"n":1}}"#, &["expected the end"]),
        ("", &["expected a value", "found the end"]),
    ] {
        check_refused(read(&plain(), RECORD, json), parts);
    }
    check_refused(
        read(&plain(), "{}", "[1e999]"),
        &["expected float64", "1e999"],
    );
    let number = "1".repeat(1001);
    check_refused(
        read(&plain(), RECORD, &format!(r#"{{"n":{number}}}"#)),
        &["at most 1000 characters"],
    );
}

#[test]
fn bytes_that_are_not_text_are_refused_with_their_place() {
    let reader = plain().reader(RECORD).unwrap();
    let bytes = Bytes::from_static(b"{\"s\":\"\xFF\"}");
    check_refused(reader.read(&bytes), &["byte 6", "expected UTF-8", "0xff"]);
}

#[test]
fn of_a_property_twice_the_later_one_counts() {
    let value = read_value(&plain(), RECORD, r#"{"n":1,"n":2}"#);
    assert_eq!(value.get("n"), Some(&2.into()));
}

#[test]
fn entries_of_a_map_have_a_key_and_a_value_and_nothing_else() {
    let text = r#"{"type":"array","connect.type":"map","items":{"type":"object","properties":{"key":{"type":"integer"},"value":{"type":"string"}}}}"#;
    for json in [
        r#"[{"key":1}]"#,
        r#"[{"value":"a"}]"#,
        r#"[{"key":1,"value":"a","more":1}]"#,
        "[[1,2]]",
    ] {
        check_refused(read(&plain(), text, json), &["expected an"]);
    }
}

#[test]
fn a_schema_is_read_as_deep_as_java_reads_it_and_no_deeper() {
    let nested =
        |depth: usize| format!("{}{{}}{}", r#"{"items":"#.repeat(depth), "}".repeat(depth));
    schema_of(&plain(), &nested(199));
    check_refused(plain().reader(&nested(200)), &["at most 200 levels"]);
    check_refused(
        plain().reader(&"[".repeat(100_000)),
        &["at most 200 levels"],
    );
    check_refused(plain().reader("{"), &["found the end"]);
    check_refused(plain().reader("7"), &["an object or a boolean"]);
}

#[test]
fn a_chain_of_references_is_bounded() {
    let mut definitions = String::new();
    for i in 0..10_000 {
        write!(
            definitions,
            r##""d{i}":{{"type":"array","items":{{"$ref":"#/definitions/d{}"}}}},"##,
            i + 1
        )
        .unwrap();
    }
    let text = format!(
        r##"{{"$ref":"#/definitions/d0","definitions":{{{definitions}"d10000":{{"type":"string"}}}}}}"##
    );
    check_refused(plain().reader(&text), &["at most 200 levels"]);
}

#[test]
fn definitions_that_are_used_twice_each_are_mapped_once() {
    let mut definitions = String::new();
    for i in 0..60 {
        let next = format!(r##"{{"$ref":"#/definitions/d{}"}}"##, i + 1);
        write!(
            definitions,
            r#""d{i}":{{"properties":{{"a":{next},"b":{next}}}}},"#
        )
        .unwrap();
    }
    let text = format!(
        r##"{{"$ref":"#/definitions/d0","definitions":{{{definitions}"d60":{{"type":"string"}}}}}}"##
    );
    let schema = schema_of(&plain(), &text);
    assert_eq!(schema.fields().len(), 2);
    // As text each of them would be written for itself.
    check_refused(plain().describe(&schema), &["at most 40 levels"]);
}

#[test]
fn definitions_that_all_refer_to_each_other_are_bounded() {
    let names: Vec<String> = (0..30).map(|i| format!("d{i}")).collect();
    let mut definitions = String::new();
    for name in &names {
        let properties: Vec<String> = names
            .iter()
            .map(|other| format!(r##""{other}":{{"$ref":"#/definitions/{other}"}}"##))
            .collect();
        write!(
            definitions,
            r#""{name}":{{"properties":{{{}}}}},"#,
            properties.join(",")
        )
        .unwrap();
    }
    let text =
        format!(r##"{{"$ref":"#/definitions/d0","definitions":{{{definitions}"x":{{}}}}}}"##);
    check_refused(
        plain().reader(&text),
        &["at most 100 schemas that refer to an object around them"],
    );
}
