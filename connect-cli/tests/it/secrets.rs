//! No secret is shown, whatever is asked, wrong or logged.

use std::{fs, path::Path, process::Command};

use super::{
    files::{ARGUMENTS, Folder},
    process::{Done, Running},
};

/// The beginning of every secret that the test plants.
const MARK: &str = "s3cr3t-";

/// A worker with secrets of its own, and with providers of others.
fn worker(folder: &Folder) -> String {
    let path = folder.path().display();
    format!(
        "bootstrap.servers=embedded:broker\n\
         key.converter=string\n\
         value.converter=string\n\
         producer.sasl.jaas.config=user required password=\"{MARK}worker\";\n\
         consumer.ssl.key.password=${{dir:{path}/secrets:key}}\n\
         config.providers=env,file,dir\n\
         config.providers.file.param.allowed.paths={path}\n"
    )
}

/// The keys of a connector's clients that hold secrets: planted as they are, and referred to.
fn secrets(folder: &Folder) -> String {
    let path = folder.path().display();
    format!(
        "producer.override.sasl.jaas.config=user required password=\"{MARK}connector\";\n\
         producer.override.ssl.key.password=${{env:SHOP_TOKEN}}\n\
         consumer.override.ssl.key.password=${{file:{path}/db.properties:password}}\n\
         consumer.override.ssl.keystore.password=${{dir:{path}/secrets:key}}\n"
    )
}

fn folder() -> Folder {
    let folder = Folder::empty();
    fs::create_dir(folder.at("secrets")).unwrap();
    fs::write(folder.at("secrets/key"), format!("{MARK}dir")).unwrap();
    folder.write("db.properties", &format!("password={MARK}file\n"));
    folder.write("worker.properties", &worker(&folder));
    let source = "name=in\nconnector.class=file-source\nfile=input\ntopic=lines\n";
    folder.write(
        "source.properties",
        &(source.to_owned() + &secrets(&folder)),
    );
    let sink = "name=out\nconnector.class=file-sink\ntopics=lines\nfile=output\nfile.flush.interval.ms=10\n";
    folder.write("sink.properties", &(sink.to_owned() + &secrets(&folder)));
    folder
}

fn command(folder: &Folder, arguments: &[&str]) -> Command {
    let mut command = folder.command(arguments);
    command
        .env("SHOP_TOKEN", format!("{MARK}env"))
        .env("RUST_LOG", "trace");
    command
}

fn run(folder: &Folder, arguments: &[&str]) -> Done {
    let mut command = command(folder, arguments);
    let output = command.stdout(std::process::Stdio::piped()).output();
    Done::of(output.unwrap())
}

#[track_caller]
fn check(what: &str, text: &str) {
    if let Some(at) = text.find(MARK) {
        let around = text[at..].chars().take(200).collect::<String>();
        panic!("{what} shows {around}");
    }
}

/// Checks every file below `folder`.
fn check_files(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            check_files(&path);
        } else {
            let bytes = fs::read(&path).unwrap();
            check(
                &path.display().to_string(),
                &String::from_utf8_lossy(&bytes),
            );
        }
    }
}

#[test]
fn no_output_log_status_or_stored_byte_has_a_secret_in_it() {
    let folder = folder();
    folder.append("input", "one\n");
    let mut running = Running::start(command(&folder, &ARGUMENTS));
    running.until(&folder, "output", "one\n");
    // A change that is wrong because of what references stand for.
    let sink = folder.read("sink.properties");
    folder.write("sink.properties", &(sink + "tasks.max=${env:SHOP_TOKEN}\n"));
    running.hear("connector `out` goes on with its old configuration, the new one is wrong");
    check("the log", &running.stop());

    let broker = ["--broker", "embedded:broker"];
    for topic in [
        "connect-connect-standalone-status",
        "connect-connect-standalone-offsets",
    ] {
        let done = run(
            &folder,
            &["read", topic, broker[0], broker[1], "--format", "json"],
        )
        .with(0);
        assert!(!done.stdout.is_empty(), "{topic} is empty");
        check(topic, &(done.stdout + &done.stderr));
    }
    check_files(&folder.at("broker"));
}

#[test]
fn no_complaint_has_a_secret_in_it() {
    let folder = folder();
    let path = folder.path().display().to_string();
    let source = folder.read("source.properties");
    for reference in [
        "${env:SHOP_TOKEN}".to_owned(),
        format!("${{file:{path}/db.properties:password}}"),
        format!("${{dir:{path}/secrets:key}}"),
    ] {
        for key in [
            "tasks.max",
            "tasks.max.enforce",
            "errors.tolerance",
            "errors.retry.timeout",
            "connector.class",
            "key.converter",
            "transforms",
            "predicates",
            "exactly.once.support",
            "transaction.boundary.interval.ms",
            "producer.override.transaction.timeout.ms",
            "topic.creation.default.partitions",
            "batch.size",
            "misspelled",
        ] {
            folder.write("source.properties", &format!("{source}{key}={reference}\n"));
            let done = run(
                &folder,
                &["validate", "worker.properties", "source.properties"],
            )
            .with(2);
            check(key, &(done.stdout + &done.stderr));
        }
        folder.write("source.properties", &source);
        let worker = folder.read("worker.properties");
        let files = [
            "validate",
            "wrong.properties",
            "source.properties",
            "sink.properties",
        ];
        for key in [
            "offset.flush.interval.ms",
            "value.converter",
            "header.converter",
            "consumer.isolation.level",
            "producer.transaction.timeout.ms",
            "bootstrap.servers",
            "config.providers.env.class",
            "misspelled",
        ] {
            folder.write("wrong.properties", &format!("{worker}{key}={reference}\n"));
            let done = run(&folder, &files).with(2);
            check(key, &(done.stdout + &done.stderr));
        }
    }
}
