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
    let done = folder.run(&["plugins", "avro"]).with(2);
    assert!(
        done.stderr
            .contains("expected a plugin, found `avro` (plugins: json, "),
        "{}",
        done.stderr
    );
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
