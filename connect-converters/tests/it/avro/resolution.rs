//! What was written with one schema, read with another: Avro's rules of schema resolution.

use connect_api::Value;

use super::{avro, read};

fn record(fields: &str) -> String {
    format!(r#"{{"type":"record","name":"R","fields":[{fields}]}}"#)
}

#[track_caller]
fn check(written: &str, reader: &str, bytes: &[u8], expected: impl Into<Value>) {
    assert_eq!(read(written, reader, bytes).unwrap(), expected.into());
    avro().check_readable(written, reader).unwrap();
}

#[track_caller]
fn check_fields(written: &str, reader: &str, bytes: &[u8], expected: &[(&str, Value)]) {
    let value = read(&record(written), &record(reader), bytes).unwrap();
    let fields = value.as_struct().unwrap();
    let found: Vec<_> = fields
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().to_string())
        .collect();
    let names: Vec<_> = expected
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    assert_eq!(found, names);
    for (name, value) in expected {
        assert_eq!(
            fields.get_without_default(name),
            Some(value),
            "field `{name}`"
        );
    }
}

#[track_caller]
fn check_refused(written: &str, reader: &str, part: &str) {
    let error = avro()
        .decoder(written, Some(reader))
        .unwrap_err()
        .to_string();
    assert!(error.contains(part), "{error}");
    assert!(avro().check_readable(written, reader).is_err());
}

#[test]
fn every_pair_of_primitives_is_promoted_or_refused() {
    let types = [
        "null", "boolean", "int", "long", "float", "double", "bytes", "string",
    ];
    let promoted = [
        ("int", "long"),
        ("int", "float"),
        ("int", "double"),
        ("long", "float"),
        ("long", "double"),
        ("float", "double"),
        ("string", "bytes"),
        ("bytes", "string"),
    ];
    for writer in types {
        for reader in types.iter().skip(1) {
            let fits = writer == *reader || promoted.contains(&(writer, reader));
            let (one, other) = (
                record(&format!(r#"{{"name":"a","type":"{writer}"}}"#)),
                record(&format!(r#"{{"name":"a","type":"{reader}"}}"#)),
            );
            assert_eq!(
                avro().decoder(&one, Some(&other)).is_ok(),
                fits,
                "{writer} as {reader}"
            );
            assert_eq!(
                avro().check_readable(&one, &other).is_ok(),
                fits,
                "{writer} as {reader}"
            );
        }
    }
}

#[test]
fn promoted_numbers_and_texts_keep_their_value() {
    check(r#""int""#, r#""long""#, &[3], Value::Int64(-2));
    check(r#""int""#, r#""float""#, &[3], Value::Float32(-2.0));
    check(r#""int""#, r#""double""#, &[3], Value::Float64(-2.0));
    check(r#""long""#, r#""float""#, &[3], Value::Float32(-2.0));
    check(r#""long""#, r#""double""#, &[3], Value::Float64(-2.0));
    check(
        r#""float""#,
        r#""double""#,
        &1.5f32.to_le_bytes(),
        Value::Float64(1.5),
    );
    check(r#""string""#, r#""bytes""#, &[2, b'a'], vec![b'a']);
    check(r#""bytes""#, r#""string""#, b"a", "a");
}

#[test]
fn fields_are_found_by_name_in_any_order_and_others_are_skipped() {
    check_fields(
        r#"{"name":"a","type":"int"},{"name":"x","type":{"type":"map","values":["null","string"]}},{"name":"b","type":"string"}"#,
        r#"{"name":"b","type":"string"},{"name":"a","type":"long"}"#,
        &[2, 2, 2, b'k', 2, 2, b'v', 0, 2, b'z'],
        &[("b", "z".into()), ("a", 1i64.into())],
    );
}

#[test]
fn fields_of_every_type_are_skipped() {
    let every = r#"{"name":"n","type":"null"},{"name":"t","type":"boolean"},{"name":"i","type":"int"},
        {"name":"f","type":"float"},{"name":"d","type":"double"},{"name":"s","type":"bytes"},
        {"name":"x","type":{"type":"fixed","name":"F","size":3}},
        {"name":"e","type":{"type":"enum","name":"E","symbols":["A"]}},
        {"name":"l","type":{"type":"array","items":"int"}},
        {"name":"r","type":{"type":"record","name":"Inner","fields":[{"name":"a","type":"int"}]}},
        {"name":"last","type":"int"}"#;
    let mut bytes = vec![1, 2];
    bytes.extend([0; 12]);
    bytes.extend([2, 7, 1, 2, 3, 0, 1, 2, 4, 0, 6, 8]);
    check_fields(
        every,
        r#"{"name":"last","type":"int"}"#,
        &bytes,
        &[("last", 4.into())],
    );
}

#[test]
fn fields_that_the_writer_lacks_get_their_defaults() {
    check_fields(
        r#"{"name":"a","type":"int"}"#,
        r#"{"name":"n","type":["null","int"],"default":null},{"name":"a","type":"int"},
           {"name":"t","type":"string","default":"x"},{"name":"l","type":{"type":"array","items":"long"},"default":[1,2]},
           {"name":"m","type":{"type":"map","values":"int"},"default":{"k":7}},
           {"name":"b","type":"bytes","default":"\u00ff"},{"name":"o","type":["int","null"],"default":5}"#,
        &[2],
        &[
            ("n", Value::Null),
            ("a", 1.into()),
            ("t", "x".into()),
            ("l", Value::array([1i64, 2])),
            ("m", Value::map([("k", 7)])),
            ("b", vec![255u8].into()),
            ("o", 5.into()),
        ],
    );
    check_refused(
        &record(""),
        &record(r#"{"name":"a","type":"int"}"#),
        "field `a`",
    );
}

#[test]
fn aliases_of_the_reader_are_names_of_the_writer() {
    check_fields(
        r#"{"name":"old","type":"int"}"#,
        r#"{"name":"new","type":"int","aliases":["old"]}"#,
        &[2],
        &[("new", 1.into())],
    );
    let written = r#"["null",{"type":"fixed","name":"com.acme.Old","size":1}]"#;
    let reader = r#"["null",{"type":"fixed","name":"com.acme.New","size":1,"aliases":["Old"]}]"#;
    check(written, reader, &[2, 9], vec![9u8]);
}

#[test]
fn unions_are_resolved_by_the_branch_that_came() {
    check(
        r#"["int","string"]"#,
        r#"["null","string","long"]"#,
        &[2, 2, b'a'],
        {
            let value = read(r#""string""#, r#"["null","string","long"]"#, &[2, b'a']).unwrap();
            assert_eq!(value.get("string"), Some(&"a".into()));
            value
        },
    );
    let promoted = read(
        r#"["int","string"]"#,
        r#"["null","string","long"]"#,
        &[0, 2],
    )
    .unwrap();
    assert_eq!(promoted.get("long"), Some(&1i64.into()));
    check(r#""int""#, r#"["null","long"]"#, &[2], Value::Int64(1));
    check(r#"["null","int"]"#, r#"["int","null"]"#, &[0], Value::Null);
    check(
        r#"["null","int"]"#,
        r#"["long","null"]"#,
        &[2, 2],
        Value::Int64(1),
    );
}

#[test]
fn a_branch_without_a_place_is_refused_only_when_it_comes() {
    assert_eq!(
        read(r#"["null","int"]"#, r#""int""#, &[2, 2]).unwrap(),
        1.into()
    );
    assert!(read(r#"["null","int"]"#, r#""int""#, &[0]).is_err());
    assert!(
        avro()
            .check_readable(r#"["null","int"]"#, r#""int""#)
            .is_err()
    );
    check_refused(r#"["null","int"]"#, r#""boolean""#, "boolean");
}

#[test]
fn symbols_that_the_reader_lacks_become_its_default() {
    let written = r#"{"type":"enum","name":"E","symbols":["A","B"]}"#;
    let with_default = r#"{"type":"enum","name":"E","symbols":["A","C"],"default":"C"}"#;
    check(written, with_default, &[0], "A");
    check(written, with_default, &[2], "C");
    let without = r#"{"type":"enum","name":"E","symbols":["A"]}"#;
    assert_eq!(read(written, without, &[0]).unwrap(), "A".into());
    assert!(
        read(written, without, &[2])
            .unwrap_err()
            .to_string()
            .contains("`B`")
    );
    assert!(
        avro()
            .check_readable(written, without)
            .unwrap_err()
            .to_string()
            .contains("`B`")
    );
}

#[test]
fn sizes_names_and_kinds_must_agree() {
    let fixed =
        |name: &str, size: usize| format!(r#"{{"type":"fixed","name":"{name}","size":{size}}}"#);
    check(&fixed("a.F", 1), &fixed("a.F", 1), &[7], vec![7u8]);
    check_refused(&fixed("F", 1), &fixed("F", 2), "2 bytes");
    check_refused(&fixed("F", 1), &fixed("G", 1), "fixed `G`");
    check_refused(
        r#"{"type":"array","items":"int"}"#,
        r#"{"type":"map","values":"int"}"#,
        "map",
    );
    check_refused(
        r#"{"type":"array","items":"int"}"#,
        r#"{"type":"array","items":"string"}"#,
        "string",
    );
}

#[test]
fn a_compatibility_check_lists_all_that_does_not_fit() {
    let written = record(r#"{"name":"a","type":"string"},{"name":"b","type":["null","int"]}"#);
    let reader =
        record(r#"{"name":"a","type":"int"},{"name":"b","type":"int"},{"name":"c","type":"int"}"#);
    let error = avro()
        .check_readable(&written, &reader)
        .unwrap_err()
        .to_string();
    for part in [
        "field `a`: expected int, found string",
        "field `b`: branch 0",
        "field `c`: expected a default",
    ] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn entries_of_maps_are_resolved_too() {
    let entry = |value: &str| {
        format!(
            r#"{{"type":"array","items":{{"type":"record","name":"MapEntry","namespace":"io.confluent.connect.avro","fields":[{{"name":"key","type":"int"}},{{"name":"value","type":"{value}"}}]}}}}"#
        )
    };
    check(
        &entry("int"),
        &entry("long"),
        &[2, 2, 4, 0],
        Value::map([(1, 2i64)]),
    );
}
