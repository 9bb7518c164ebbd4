//! Avro in Java and in Python, each in a process of its own.

use std::{
    env,
    fmt::Write as _,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use connect_api::Bytes;
use connect_benches::Answer;

/// Measures Apache's library for Java, from and into generic records.
pub(crate) fn java(schema: &str, messages: &[Bytes]) -> Answer {
    let jars = fetched("CONNECT_REGISTRY_HOME").join("lib/*");
    let mut java = Command::new("java");
    java.args(["-Xmx512M", "-cp"]).arg(jars);
    java.arg(program("Orders.java"));
    told(&mut java, schema, messages)
}

/// Measures `fastavro`, from and into dictionaries.
pub(crate) fn python(schema: &str, messages: &[Bytes]) -> Answer {
    let mut python = Command::new(fetched("CONNECT_REGISTRY_CLIENTS").join("bin/python"));
    python.arg(program("orders.py"));
    told(&mut python, schema, messages)
}

/// Where `./test` has put what other languages need.
fn fetched(variable: &str) -> PathBuf {
    env::var_os(variable)
        .expect("`./test bench` sets where Java's and Python's libraries are")
        .into()
}

fn program(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("benches/schemas")
        .join(name)
}

/// Gives a program the schema and the messages, and returns what it measured.
fn told(program: &mut Command, schema: &str, messages: &[Bytes]) -> Answer {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("messages");
    let mut lines = format!("{schema}\n");
    for message in messages {
        for byte in message {
            write!(lines, "{byte:02x}").unwrap();
        }
        lines.push('\n');
    }
    fs::write(&path, lines).unwrap();
    let output = program
        .stdin(File::open(&path).unwrap())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "{program:?}: {}", output.status);
    let told = String::from_utf8(output.stdout).unwrap();
    told.lines().fold(Answer::default(), |answer, line| {
        let (name, number) = line.split_once(' ').unwrap();
        answer.with(name, number.parse().unwrap())
    })
}
