//! What `connect preview` shows.

use expect_test::{Expect, expect};

use super::files::Folder;

/// A sink that masks a field of plain JSON.
const SINK: &str = "\
name=out
connector.class=file-sink
file=out.txt
topics=orders
transforms=mask
transforms.mask.type=org.apache.kafka.connect.transforms.MaskField$Value
transforms.mask.fields=card
";

#[track_caller]
fn check(files: &[(&str, &str)], arguments: &[&str], code: i32, expected: Expect) {
    let folder = Folder::empty();
    for (name, text) in files {
        folder.write(name, text);
    }
    let arguments = [&["preview"], arguments].concat();
    let done = folder.run(&arguments).with(code);
    // The log has the time of day in front.
    let told = done.stderr.lines().filter(|line| !line.contains(" WARN "));
    let told: String = told.map(|line| format!("{line}\n")).collect();
    expected.assert_eq(&masked(&format!("{}{told}", done.stdout)));
    assert!(!folder.has("out.txt"), "something was written");
}

/// Puts `<now>` where a source put the time of day.
fn masked(text: &str) -> String {
    let mut parts = text.split("\"timestamp\":179");
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        masked.push_str("\"timestamp\":<now>");
        masked.push_str(part.trim_start_matches(|digit: char| digit.is_ascii_digit()));
    }
    masked
}

#[test]
fn messages_pass_through_converters_and_transforms() {
    let input = r#"
{"topic":"orders","partition":3,"offset":7,"timestamp":1700000000000,"key":"a","value":"{\"id\":7,\"card\":\"4111\"}","headers":[["h","1"],["n",null]]}
{"topic":"orders","value":{"base64":"eyJpZCI6OH0="}}
{"topic":"orders"}
{"topic":"orders","value":"{"}
{"topic":"orders","value":7}
{"partition":1}
"#;
    let sink = format!("{SINK}key.converter=string\nerrors.tolerance=none\n");
    check(
        &[("out.properties", &sink), ("in.jsonl", input)],
        &["out.properties", "--input", "in.jsonl"],
        0,
        expect![[r#"
            {"topic":"orders","partition":3,"timestamp":1700000000000,"key":{"schema":{"type":"string","optional":true},"payload":"a"},"value":{"schema":null,"payload":{"id":7,"card":""}},"headers":[["h",{"schema":{"type":"int8","optional":false},"payload":1}],["n",null]]}
            {"topic":"orders","partition":null,"timestamp":null,"key":{"schema":{"type":"string","optional":true},"payload":null},"value":{"schema":null,"payload":{"id":8}},"headers":[]}
            {"error":{"stage":"TRANSFORMATION","plugin":"mask-field-value","message":"transform `mask`: masking fields: expected a map or a struct, found null"}}
            {"error":{"stage":"VALUE_CONVERTER","plugin":"JsonConverter","message":"json: byte 1: expected `,` or `}`, found the end, in `{`"}}
            {"error":{"stage":"INPUT","plugin":"preview","message":"line 6: expected an object with `topic` and perhaps `partition`, `offset`, `timestamp`, `key`, `value`, `headers`: data did not match any variant of untagged enum Content at line 1 column 28"}}
            {"error":{"stage":"INPUT","plugin":"preview","message":"line 7: expected an object with `topic` and perhaps `partition`, `offset`, `timestamp`, `key`, `value`, `headers`: missing field `topic` at line 1 column 15"}}
        "#]],
    );
}

#[test]
fn a_dropped_record_names_the_transform() {
    let sink = "\
name=out
connector.class=file-sink
file=out.txt
topics=orders
transforms=none
transforms.none.type=org.apache.kafka.connect.transforms.Filter
";
    check(
        &[
            ("out.properties", sink),
            ("in.jsonl", "{\"topic\":\"orders\",\"value\":\"1\"}\n"),
        ],
        &["out.properties", "--input", "in.jsonl"],
        0,
        expect![[r#"
            {"dropped_by":"none"}
        "#]],
    );
}

#[test]
fn a_source_shows_its_first_records_and_keeps_no_position() {
    let source = "\
name=in
connector.class=file-source
file=in.txt
topic=lines
transforms=mask
transforms.mask.type=mask-field-value
transforms.mask.fields=card
";
    check(
        &[("in.properties", source), ("in.txt", "a\nb\nc\n")],
        &["in.properties", "--limit", "2"],
        0,
        expect![[r#"
            {"error":{"stage":"TRANSFORMATION","plugin":"mask-field-value","message":"transform `mask`: masking fields: with a schema expected a struct, found string"}}
            {"error":{"stage":"TRANSFORMATION","plugin":"mask-field-value","message":"transform `mask`: masking fields: with a schema expected a struct, found string"}}
        "#]],
    );
}

#[test]
fn a_limit_ends_the_input() {
    let input = "{\"topic\":\"t\",\"value\":\"{}\"}\n".repeat(5);
    let arguments = ["out.properties", "--input", "in.jsonl", "--limit", "2"];
    check(
        &[("out.properties", SINK), ("in.jsonl", &input)],
        &arguments,
        0,
        expect![[r#"
            {"topic":"t","partition":null,"timestamp":null,"key":null,"value":{"schema":null,"payload":{}},"headers":[]}
            {"topic":"t","partition":null,"timestamp":null,"key":null,"value":{"schema":null,"payload":{}},"headers":[]}
        "#]],
    );
}

#[test]
fn a_wrong_configuration_is_told_and_nothing_is_shown() {
    check(
        &[
            ("out.properties", &SINK.replace("fields=card", "field=card")),
            ("in.jsonl", "{\"topic\":\"t\"}\n"),
        ],
        &["out.properties", "--input", "in.jsonl"],
        2,
        expect![[r#"
            connect: 1 problem, nothing was started
            out.properties: Missing required configuration "transforms.mask.fields" which has no default value.
                expected a list separated by commas, each text, found nothing
        "#]],
    );
}

#[test]
fn a_sink_without_messages_is_told_what_is_missing() {
    check(
        &[("out.properties", SINK)],
        &["out.properties"],
        2,
        expect![[r#"
            connect: expected --input with the messages that the sink would read, found none
        "#]],
    );
}
