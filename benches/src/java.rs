//! Kafka Connect's own workers, started as its scripts do it.

use std::{
    env,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// What Kafka's scripts start a worker with.
const FLAGS: &[&str] = &[
    "-Xms256M",
    "-Xmx2G",
    "-server",
    "-XX:+UseG1GC",
    "-XX:MaxGCPauseMillis=20",
    "-XX:InitiatingHeapOccupancyPercent=35",
    "-XX:+ExplicitGCInvokesConcurrent",
    "-Djava.awt.headless=true",
];

/// Nothing but warnings, on stderr, and what a worker of a cluster says of its leader.
const LOG: &str = r#"<Configuration status="warn">
  <Appenders><Console name="err" target="SYSTEM_ERR"/></Appenders>
  <Loggers>
    <Logger name="org.apache.kafka.connect.runtime.distributed.DistributedHerder" level="info"/>
    <Root level="warn"><AppenderRef ref="err"/></Root>
  </Loggers>
</Configuration>
"#;

/// Returns the call of a worker, and puts its settings into `folder`.
///
/// `program` is the class, such as `ConnectStandalone`. Text is text, plugins are those of Kafka's file connectors, and
/// `settings` come after that. Arguments that follow the worker's file may be added.
#[must_use]
pub fn java_worker(
    folder: &Path,
    program: &str,
    servers: &str,
    settings: &[(&str, &str)],
) -> Command {
    let home = home();
    let converter = "org.apache.kafka.connect.storage.StringConverter";
    let plugins = home.join("plugins");
    let common = [
        ("bootstrap.servers", servers),
        ("key.converter", converter),
        ("value.converter", converter),
        ("plugin.path", plugins.to_str().unwrap()),
        // Without it the start reads all jars. It changes nothing else.
        ("plugin.discovery", "service_load"),
    ];
    let (file, log) = (folder.join("worker.properties"), folder.join("log4j2.xml"));
    fs::write(&file, properties(&[&common, settings].concat())).unwrap();
    fs::write(&log, LOG).unwrap();
    let mut java = Command::new("java");
    java.args(FLAGS);
    java.arg(format!("-Dlog4j2.configurationFile={}", log.display()));
    java.arg("-cp").arg(home.join("libs/*"));
    java.arg(format!("org.apache.kafka.connect.cli.{program}"));
    java.arg(file);
    java
}

/// Returns the text of a file of properties.
#[must_use]
pub fn properties(entries: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (key, value) in entries {
        writeln!(text, "{key}={value}").unwrap();
    }
    text
}

/// Where `./test` has put Kafka's jars.
fn home() -> PathBuf {
    let home = env::var_os("CONNECT_KAFKA_HOME");
    home.expect("`./test bench` sets CONNECT_KAFKA_HOME").into()
}
