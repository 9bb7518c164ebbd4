//! What `connect validate` says to wrong files.

use expect_test::{Expect, expect};

use super::files::{Folder, STOCK_SINK, STOCK_SOURCE, WORKER};

#[track_caller]
fn check(files: &[(&str, &str)], code: i32, expected: Expect) {
    let folder = Folder::empty();
    let mut arguments = vec!["validate"];
    for (name, text) in files {
        folder.write(name, text);
        arguments.push(name);
    }
    let done = folder.run(&arguments).with(code);
    expected.assert_eq(&format!("{}{}", done.stdout, done.stderr));
    assert!(!folder.has("broker"), "a directory was made");
}

#[test]
fn the_stock_connectors_are_right_without_a_worker() {
    check(
        &[("a.properties", STOCK_SOURCE), ("b.properties", STOCK_SINK)],
        0,
        expect![[r#"
            no problem in 0 worker and 2 connector files
        "#]],
    );
}

#[test]
fn our_own_files_are_right() {
    check(
        &[
            (
                "a.properties",
                include_str!("../../config/worker.properties"),
            ),
            (
                "b.properties",
                include_str!("../../config/file-source.properties"),
            ),
            (
                "c.properties",
                include_str!("../../config/file-sink.properties"),
            ),
        ],
        0,
        expect![[r#"
            no problem in 1 worker and 2 connector files
        "#]],
    );
}

#[test]
fn a_worker_alone_is_checked_with_its_converters() {
    let worker = "\
# A worker
bootstrap.servers=localhost
key.converter=jsno
value.converter=json
value.converter.schemas.enable=maybe
compat.jav=true
offset.flush.interval.ms=-5
";
    check(
        &[("worker.properties", worker)],
        2,
        expect![[r#"
            connect: 5 problems, nothing was started
            worker.properties:7: Invalid value -5 for configuration offset.flush.interval.ms: Value must be at least 0
                expected a 64-bit integer of at least 0, found -5
            worker.properties:6: Unknown configuration "compat.jav": did you mean "compat.java"?
            worker.properties:2: Invalid value localhost for configuration bootstrap.servers: Must be `embedded:<directory>`, `embedded:memory` or brokers of Kafka as `host:port[,host:port…]`
                expected `embedded:<directory>`, `embedded:memory` or brokers of Kafka as `host:port[,host:port…]`, found localhost
            worker.properties:3: key.converter: expected a registered converter, found `jsno`; did you mean `Json` or `json`? (registered: `avro`, `boolean`, `bytes`, `double`, `float`, `integer`, `json-schema`, `json`, `long`, `protobuf`, `short`, `string`)
            worker.properties:5: Invalid value maybe for configuration value.converter.schemas.enable: Expected value to be either true or false
                expected true or false, found maybe
        "#]],
    );
}

#[test]
fn a_worker_without_a_broker_is_told_what_to_set() {
    check(
        &[("worker.properties", "group.id=a\n")],
        2,
        expect![[r#"
        connect: 1 problem, nothing was started
        worker.properties: Missing required configuration "bootstrap.servers" which has no default value.
            expected `embedded:<directory>`, `embedded:memory` or brokers of Kafka as `host:port[,host:port…]`, found nothing
    "#]],
    );
}

#[test]
fn a_mistake_of_the_worker_is_not_told_again_for_each_connector() {
    check(
        &[
            ("worker.properties", &WORKER.replace("=string", "=strnig")),
            ("a.properties", STOCK_SOURCE),
            ("b.properties", STOCK_SINK),
        ],
        2,
        expect![[r#"
            connect: 2 problems, nothing was started
            worker.properties:2: key.converter: expected a registered converter, found `strnig`; did you mean `String` or `string`? (registered: `avro`, `boolean`, `bytes`, `double`, `float`, `integer`, `json-schema`, `json`, `long`, `protobuf`, `short`, `string`)
            worker.properties:3: value.converter: expected a registered converter, found `strnig`; did you mean `String` or `string`? (registered: `avro`, `boolean`, `bytes`, `double`, `float`, `integer`, `json-schema`, `json`, `long`, `protobuf`, `short`, `string`)
        "#]],
    );
}

#[test]
fn every_problem_of_a_connector_has_its_line() {
    let sink = "\
name=out
connector.class=file-sink
topics=a
topics.regex=b
tasks.max=many
errors.tolerance = some
fiel=x
transforms=mask
key.converter.schemas.enable=true
";
    check(
        &[("a.properties", sink)],
        2,
        expect![[r#"
        connect: 6 problems, nothing was started
        a.properties:7: Unknown configuration "fiel": did you mean "file"?
        a.properties:5: Invalid value many for configuration tasks.max: Not a number of type INT
            expected a 32-bit integer from 1 to 2147483647, found many
        a.properties:6: Invalid value some for configuration errors.tolerance: String must be one of: none, all
            expected one of none, all, found some
        a.properties:9: Configuration "key.converter.schemas.enable" has no effect: it belongs to a converter of the connector's own, and "key.converter" is not set
        a.properties: Missing required configuration "transforms.mask.type" which has no default value.
        a.properties:3: topics and topics.regex are mutually exclusive options, but both are set.
    "#]],
    );
}

#[test]
fn files_that_cannot_be_read_are_all_told() {
    check(
        &[
            ("a.properties", "name=a\nfile=\\u12\n"),
            ("b.json", "{\"name\": \"b\",\n \"config\": }"),
            (
                "c.json",
                r#"{"name": "c", "config": {"a": {}}, "initial_state": "AWAY"}"#,
            ),
        ],
        2,
        expect![[r#"
            connect: 4 problems, nothing was started
            a.properties:2: expected four hexadecimal digits behind `\u`, found something else
            b.json:2: expected a JSON object: expected value at line 2 column 12
            c.json: `initial_state`: expected RUNNING, PAUSED or STOPPED, found "AWAY"
            c.json: `config.a`: expected text, a number or a boolean, found an object
        "#]],
    );
}

#[test]
fn two_workers_are_one_too_many() {
    check(
        &[("a.properties", WORKER), ("b.properties", WORKER)],
        2,
        expect![[r#"
            connect: 1 problem, nothing was started
            b.properties: expected one worker's file, found a second one beside a.properties; a connector's has `name` and `connector.class`
        "#]],
    );
}

#[test]
fn a_misspelled_key_under_a_java_name_is_a_warning() {
    let folder = Folder::empty();
    folder.write(
        "a.properties",
        &format!("{STOCK_SOURCE}tpic=b\ntask.max=2\n"),
    );
    let done = folder.run(&["validate", "a.properties"]).with(0);
    for told in [
        "ignored: Unknown configuration \"tpic\": did you mean \"topic\"?",
        "ignored: Unknown configuration \"task.max\": did you mean \"tasks.max\"?",
    ] {
        assert!(done.stderr.contains(told), "{told}\n\n{}", done.stderr);
    }
}

#[test]
fn a_key_that_is_set_twice_is_a_warning() {
    let folder = Folder::empty();
    folder.write("a.properties", &format!("{STOCK_SOURCE}topic=b\n"));
    let done = folder.run(&["validate", "a.properties"]).with(0);
    assert!(
        done.stderr
            .contains("a.properties:10: `topic` is set again; its value in line 9 does not count"),
        "{}",
        done.stderr
    );
}

#[test]
fn a_key_that_json_sets_twice_is_a_warning() {
    let folder = Folder::empty();
    let options = r#""connector.class": "file-source", "file": "a", "topic": "a", "topic": "b""#;
    folder.write("a.json", &format!(r#"{{"name": "a", {options}}}"#));
    folder.write(
        "b.json",
        &format!(r#"{{"name": "b", "config": {{{options}}}}}"#),
    );
    let done = folder.run(&["validate", "a.json", "b.json"]).with(0);
    for file in ["a.json", "b.json"] {
        let told = format!("{file}: `topic` is set again; only its last value counts");
        assert!(done.stderr.contains(&told), "{}", done.stderr);
    }
}

#[test]
fn what_is_set_twice_is_told_beside_what_is_wrong() {
    let folder = Folder::empty();
    folder.write(
        "a.properties",
        &format!("{STOCK_SOURCE}topic=b\ntasks.max=0\n"),
    );
    let done = folder.run(&["validate", "a.properties"]).with(2);
    let told = "a.properties:10: `topic` is set again";
    assert!(done.stderr.contains(told), "{}", done.stderr);
}

#[test]
fn json_that_is_no_object_is_told_as_such() {
    check(
        &[("a.json", " [1,2]\n"), ("b.json", "\"name\"")],
        2,
        expect![[r#"
            connect: 2 problems, nothing was started
            a.json: expected a JSON object, or lines of `key=value`, found a JSON array
            b.json: expected a JSON object, or lines of `key=value`, found a single JSON value
        "#]],
    );
}

#[test]
fn no_byte_of_a_file_commands_the_terminal() {
    let folder = Folder::empty();
    let bytes = b"\x1b[31mname\x07=\x9b2J\x00\r\x1b]0;t\x07=\xff\nconnector.class=\x1b[2J\n";
    std::fs::write(folder.at("a.properties"), bytes).unwrap();
    for format in ["text", "json"] {
        let done = folder.run(&["--log-format", format, "validate", "a.properties"]);
        let stderr = done.with(2).stderr;
        let wrong = stderr.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(wrong, None, "{stderr:?}");
        assert!(stderr.contains("u{1b}[2J"), "{stderr:?}");
    }
}

#[test]
fn a_wrong_option_of_a_registry_is_told_with_its_key() {
    let sink = "\
name=out
connector.class=FileStreamSink
topics=orders
file=out.txt
key.converter=avro
key.converter.schema.registry.url=http://localhost:8081
key.converter.max.retrys=2
value.converter=io.confluent.connect.avro.AvroConverter
value.converter.schema.registry.url=http://localhost:8081
value.converter.http.connect.timeout.ms=soon
";
    check(
        &[("a.properties", sink)],
        2,
        expect![[r#"
            connect: 2 problems, nothing was started
            a.properties:7: Unknown configuration "key.converter.max.retrys": did you mean "key.converter.max.retries"?
            a.properties:10: Invalid value soon for configuration value.converter.http.connect.timeout.ms: Not a number of type LONG
                expected a 64-bit integer of at least 0, found soon
        "#]],
    );
}
