//! What the program tells about itself.

use super::files::Folder;

#[test]
fn plugins_are_listed_with_their_java_classes() {
    let listed = Folder::empty().run(&["plugins"]).with(0).stdout;
    let has = |words: &[&str]| {
        let mut lines = listed.lines();
        lines.any(|line| words.iter().all(|word| line.contains(word)))
    };
    assert!(
        has(&["NAME", "KIND", "VERSION", "JAVA CLASSES"]),
        "{listed}"
    );
    assert!(
        has(&[
            "file-source",
            "source",
            env!("CARGO_PKG_VERSION"),
            "FileStreamSourceConnector"
        ]),
        "{listed}"
    );
    assert!(
        has(&[
            "json",
            "converter",
            "org.apache.kafka.connect.json.JsonConverter"
        ]),
        "{listed}"
    );
}

#[test]
fn a_plugin_tells_its_options() {
    let folder = Folder::empty();
    for name in [
        "file-source",
        "org.apache.kafka.connect.file.FileStreamSourceConnector",
    ] {
        let text = folder.run(&["plugins", name]).with(0).stdout;
        assert!(
            text.contains("  topic (STRING, required, importance HIGH)"),
            "{text}"
        );
        assert!(
            text.contains("  batch.size (INT, default: 2000, importance LOW)"),
            "{text}"
        );
        assert!(text.contains("The topic to publish data to."), "{text}");
    }
    let both = folder.run(&["plugins", "json"]).with(0).stdout;
    assert!(
        both.contains("json (converter ") && both.contains("json (header_converter "),
        "{both}"
    );
    for (name, key) in [
        ("worker", "offset.flush.interval.ms"),
        ("source", "tasks.max"),
        ("sink", "topics"),
    ] {
        let text = folder.run(&["plugins", name]).with(0).stdout;
        assert!(text.contains(&format!("\n  {key} (")), "{text}");
    }
    let done = folder.run(&["plugins", "arvo"]).with(2);
    assert!(
        done.stderr
            .contains("expected a plugin, found `arvo` (plugins: json, "),
        "{}",
        done.stderr
    );
}

#[test]
fn a_converter_with_a_registry_tells_its_options_and_those_of_the_registry() {
    let folder = Folder::empty();
    for (name, class, own) in [
        (
            "avro",
            "io.confluent.connect.avro.AvroConverter",
            "connect.meta.data (BOOLEAN, default: true, importance LOW)",
        ),
        (
            "protobuf",
            "io.confluent.connect.protobuf.ProtobufConverter",
            "generate.index.for.unions (BOOLEAN, default: true, importance LOW)",
        ),
        (
            "json-schema",
            "io.confluent.connect.json.JsonSchemaConverter",
            "use.optional.for.nonrequired (BOOLEAN, default: false, importance MEDIUM)",
        ),
    ] {
        let text = folder.run(&["plugins", name]).with(0).stdout;
        assert_eq!(folder.run(&["plugins", class]).with(0).stdout, text);
        for option in [
            own,
            "schema.registry.url (LIST, required, importance HIGH)",
            "auto.register.schemas (BOOLEAN, default: true, importance MEDIUM)",
            "basic.auth.user.info (PASSWORD, no default, importance MEDIUM)",
        ] {
            assert!(text.contains(&format!("\n  {option}")), "{option}: {text}");
        }
    }
}

#[test]
fn help_names_the_exit_codes_and_says_how_files_are_told_apart() {
    let folder = Folder::empty();
    let help = folder.run(&["--help"]).with(0).stdout;
    assert!(
        help.contains("Exit codes:") && help.contains("130"),
        "{help}"
    );
    let help = folder.run(&["validate", "--help"]).with(0).stdout;
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("has `name` or `connector.class`"), "{help}");
}

#[test]
fn shells_are_told_what_completes() {
    let folder = Folder::empty();
    for shell in ["bash", "zsh", "fish"] {
        let script = folder.run(&["completions", shell]).with(0).stdout;
        assert!(
            script.contains("standalone") && script.contains("validate"),
            "{shell}: {script}"
        );
    }
}

#[test]
fn a_wrong_argument_is_told_with_code_2() {
    let folder = Folder::empty();
    for arguments in [
        &["standlone"][..],
        &["standalone"],
        &["standalone", "worker.properties"],
        &[],
    ] {
        let done = folder.run(arguments).with(2);
        assert!(done.stderr.contains("Usage: connect"), "{}", done.stderr);
    }
}
