//! Numbers of one unit are never taken for those of another one.

use connect_api::{ErrorKind, Schema, SchemaAndValue, Value};

use super::{avro, read, with};

const MILLIS: &str = r#"{"type":"long","logicalType":"timestamp-millis"}"#;
const MICROS: &str = r#"{"type":"long","logicalType":"timestamp-micros"}"#;
const LOCAL: &str = r#"{"type":"long","logicalType":"local-timestamp-millis"}"#;
const DATE: &str = r#"{"type":"int","logicalType":"date"}"#;
const TIME: &str = r#"{"type":"int","logicalType":"time-millis"}"#;
const TIME_MICROS: &str = r#"{"type":"long","logicalType":"time-micros"}"#;
const CENTS: &str = r#"{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}"#;
const MILLS: &str = r#"{"type":"bytes","logicalType":"decimal","precision":9,"scale":3}"#;
/// As Confluent's converter writes it without `connect.meta.data`, and as others keep Connect's name alone.
const NAMED_CENTS: &str = r#"{"type":"bytes","connect.parameters":{"scale":"2"},"connect.name":"org.apache.kafka.connect.data.Decimal"}"#;
const NAMED_MILLIS: &str =
    r#"{"type":"long","connect.name":"org.apache.kafka.connect.data.Timestamp"}"#;
const NAMED_MICROS: &str = r#"{"type":"long","connect.name":"io.debezium.time.MicroTimestamp"}"#;

fn fixed(logical: &str) -> String {
    format!(r#"{{"type":"fixed","name":"F","size":12,{logical}}}"#)
}

#[track_caller]
fn check_refused(written: &str, reader: &str, parts: [&str; 2]) {
    let nullable = |text: &str| format!(r#"["null",{text}]"#);
    let in_union = avro().check_readable(&nullable(written), &nullable(reader));
    let errors = [
        avro().decoder(written, Some(reader)).unwrap_err(),
        avro()
            .decoder(written, Some(&nullable(reader)))
            .unwrap_err(),
        avro().check_readable(written, reader).unwrap_err(),
        in_union.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Rejected);
        for part in parts {
            assert!(error.to_string().contains(part), "{part} in {error}");
        }
    }
    let java = with(|config| config.compat_java = true);
    java.decoder(written, Some(reader)).unwrap();
    java.check_readable(written, reader).unwrap();
}

#[track_caller]
fn check_read(written: &str, reader: &str, bytes: &[u8], expected: impl Into<Value>) {
    assert_eq!(read(written, reader, bytes).unwrap(), expected.into());
    avro().check_readable(written, reader).unwrap();
}

#[test]
fn numbers_of_another_unit_or_scale_are_refused_with_both_types() {
    let (micros, millis) = ("long (timestamp-micros)", "long (timestamp-millis)");
    check_refused(MICROS, MILLIS, [micros, millis]);
    check_refused(MILLIS, MICROS, [micros, millis]);
    check_refused(MICROS, LOCAL, [micros, "long (local-timestamp-millis)"]);
    check_refused(DATE, TIME, ["int (date)", "int (time-millis)"]);
    let (cents, mills) = ("bytes (decimal of scale 2)", "bytes (decimal of scale 3)");
    check_refused(CENTS, MILLS, [cents, mills]);
    check_refused(NAMED_CENTS, MILLS, [cents, mills]);
    check_refused(
        NAMED_MICROS,
        MILLIS,
        ["long (local-timestamp-micros)", millis],
    );
    check_refused(MICROS, NAMED_MILLIS, [micros, millis]);
    let (decimal, duration) = (
        fixed(r#""logicalType":"decimal","precision":20,"scale":4"#),
        fixed(r#""logicalType":"duration""#),
    );
    check_refused(
        &decimal,
        &fixed(r#""logicalType":"decimal","precision":20"#),
        [
            "fixed `F` (decimal of scale 4)",
            "fixed `F` (decimal of scale 0)",
        ],
    );
    check_refused(&duration, &decimal, ["(duration)", "(decimal of scale 4)"]);
}

#[test]
fn a_wider_type_is_no_other_unit_either() {
    check_refused(
        TIME,
        TIME_MICROS,
        ["int (time-millis)", "long (time-micros)"],
    );
    check_refused(DATE, MILLIS, ["int (date)", "long (timestamp-millis)"]);
    // Milliseconds of 32 bits end in January 1970: whatever is counted there, it is not them.
    check_refused(r#""int""#, MILLIS, ["int", "long (timestamp-millis)"]);
    check_refused(
        r#""string""#,
        CENTS,
        ["string", "bytes (decimal of scale 2)"],
    );
    check_refused(
        CENTS,
        r#""string""#,
        ["string", "bytes (decimal of scale 2)"],
    );
}

#[test]
fn numbers_of_one_unit_are_read_however_it_is_said() {
    check_read(MILLIS, MILLIS, &[3], Value::Timestamp(-2));
    check_read(NAMED_MILLIS, MILLIS, &[3], Value::Timestamp(-2));
    check_read(LOCAL, MILLIS, &[3], Value::Timestamp(-2));
    check_read(MILLIS, LOCAL, &[3], -2i64);
    let wider = CENTS.replace('9', "18");
    let expected = read(CENTS, CENTS, &[2, 5]).unwrap();
    check_read(CENTS, &wider, &[2, 5], expected.clone());
    check_read(NAMED_CENTS, CENTS, &[2, 5], expected);
}

#[test]
fn a_type_that_says_nothing_contradicts_nothing() {
    check_read(r#""long""#, MILLIS, &[3], Value::Timestamp(-2));
    check_read(r#""long""#, MICROS, &[3], -2i64);
    check_read(MICROS, r#""long""#, &[3], -2i64);
    check_read(r#""int""#, DATE, &[3], Value::Date(-2));
    check_read(DATE, r#""long""#, &[3], -2i64);
    check_read(DATE, r#""double""#, &[3], -2f64);
    check_read(CENTS, r#""bytes""#, &[2, 5], vec![2u8, 5]);
}

#[test]
fn a_logical_type_on_a_wrong_type_says_nothing() {
    let odd = r#"{"type":"long","logicalType":"date"}"#;
    check_read(odd, MILLIS, &[3], Value::Timestamp(-2));
    let odd = r#"{"type":"int","logicalType":"timestamp-millis"}"#;
    check_read(odd, DATE, &[3], Value::Date(-2));
    let odd = r#"{"type":"bytes","logicalType":"timestamp-micros","scale":3}"#;
    check_read(odd, r#""string""#, b"a", "a");
}

#[test]
fn nothing_is_promoted_past_a_branch_of_another_unit() {
    let nanos = r#"{"type":"long","logicalType":"timestamp-nanos"}"#;
    for (written, reader) in [
        (TIME, format!(r#"["null",{DATE},"long"]"#)),
        (nanos, format!(r#"["null",{MILLIS},"double"]"#)),
    ] {
        let error = avro().decoder(written, Some(&reader)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Rejected);
        avro().check_readable(written, &reader).unwrap_err();
    }
}

#[test]
fn of_marks_that_contradict_each_other_those_of_connect_count_as_for_values() {
    let edited = NAMED_CENTS.replace(
        r#""type":"bytes""#,
        r#""type":"bytes","logicalType":"decimal","precision":9,"scale":4"#,
    );
    check_refused(
        MILLS,
        &edited,
        ["bytes (decimal of scale 3)", "bytes (decimal of scale 2)"],
    );
    let expected = read(CENTS, CENTS, &[2, 5]).unwrap();
    check_read(CENTS, &edited, &[2, 5], expected);
}

#[test]
fn debeziums_names_and_big_decimals_are_other_units_too() {
    let named = |kind: &str, name: &str| {
        format!(r#"{{"type":"{kind}","connect.name":"io.debezium.time.{name}"}}"#)
    };
    let (time, micros) = (named("long", "NanoTime"), named("long", "MicroTime"));
    check_refused(&time, &micros, ["long (time-nanos)", "long (time-micros)"]);
    check_refused(&named("int", "Year"), DATE, ["int (year)", "int (date)"]);
    check_read(&named("int", "Date"), DATE, &[3], Value::Date(-2));
    let big = r#"{"type":"bytes","logicalType":"big-decimal"}"#;
    check_refused(
        big,
        CENTS,
        ["bytes (big-decimal)", "bytes (decimal of scale 2)"],
    );
}

/// Returns why values of `schema` cannot be written with `text`.
fn unwritten(schema: &Schema, text: &str) -> Option<String> {
    let java = with(|config| config.compat_java = true);
    java.encoder(Some(schema), text).unwrap();
    let error = avro().encoder(Some(schema), text).err()?;
    assert_eq!(error.kind(), ErrorKind::Rejected);
    Some(error.to_string())
}

#[test]
fn values_are_not_written_as_another_unit() {
    let timestamp = Schema::timestamp().build().unwrap();
    let micros = Schema::int64()
        .name("io.debezium.time.MicroTimestamp")
        .build()
        .unwrap();
    let cents = Schema::decimal(2).build().unwrap();
    for (schema, text, part) in [
        (&timestamp, MICROS, "long (timestamp-micros)"),
        (&micros, MILLIS, "long (timestamp-millis)"),
        (&micros, NAMED_MILLIS, "long (timestamp-millis)"),
        (&cents, MILLS, "bytes (decimal of scale 3)"),
        (&Schema::plain_int32(), MILLIS, "long (timestamp-millis)"),
    ] {
        for text in [text, &format!(r#"["null",{text}]"#)] {
            let error = unwritten(schema, text).unwrap();
            assert!(error.contains(part), "{part} in {error}");
            assert!(error.contains(&schema.to_string()), "{schema} in {error}");
        }
    }
    let error = unwritten(&Schema::plain_string(), CENTS).unwrap();
    assert!(error.contains("bytes (decimal of scale 2)"), "{error}");
    for (schema, text) in [
        (&timestamp, LOCAL),
        (&timestamp, r#""long""#),
        (&micros, MICROS),
        (&cents, NAMED_CENTS),
        (&Schema::plain_int64(), MILLIS),
        (&Schema::plain_int64(), MICROS),
    ] {
        assert_eq!(unwritten(schema, text), None, "{schema} as {text}");
    }
    let union = format!(r#"[{MILLIS},"double",{DATE}]"#);
    let encoder = avro()
        .encoder(Some(&Schema::date().build().unwrap()), &union)
        .unwrap();
    let data = SchemaAndValue::new(Schema::date().build().unwrap(), Value::Date(-2));
    assert_eq!(encoder.to_bytes(&data).unwrap(), [4, 3]);
}
