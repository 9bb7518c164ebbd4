//! Kafka Connect's own worker, `connect-standalone` as its script starts it.

use std::{
    env,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use connect_benches::{Answer, Lines};
use tokio::time::sleep;

use crate::{
    ours::{Topic, unique},
    outside::Outside,
};

/// What Kafka's `connect-standalone.sh` starts a worker with.
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

/// Nothing but warnings, on stderr.
const LOG: &str = r#"<Configuration status="warn">
  <Appenders><Console name="err" target="SYSTEM_ERR"/></Appenders>
  <Loggers><Root level="warn"><AppenderRef ref="err"/></Root></Loggers>
</Configuration>
"#;

/// How often it is looked at how far it is.
const LOOK: Duration = Duration::from_millis(20);

/// From a file into a topic.
pub(crate) async fn read(servers: &str, input: &str, lines: Lines) -> Answer {
    let folder = tempfile::tempdir().unwrap();
    let topic = Topic::new(servers).await;
    let connector = [
        ("connector.class", "FileStreamSource"),
        ("file", input),
        ("topic", &topic.name),
    ];
    let worker = start(folder.path(), servers, &connector);
    let answer = follow(worker, lines.count, async || topic.end().await).await;
    topic.delete().await;
    answer
}

/// From a topic into a file.
pub(crate) async fn write(servers: &str, topic: &str, lines: Lines) -> Answer {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("output");
    let connector = [
        ("connector.class", "FileStreamSink"),
        ("file", output.to_str().unwrap()),
        ("topics", topic),
    ];
    let worker = start(folder.path(), servers, &connector);
    let written = async || {
        let bytes = output.metadata().map_or(0, |file| file.len());
        usize::try_from(bytes).unwrap() / lines.size
    };
    follow(worker, lines.count, written).await
}

fn start(folder: &Path, servers: &str, connector: &[(&str, &str)]) -> Outside {
    let home = home();
    let path = |name: &str| folder.join(name);
    let (plugins, offsets) = (home.join("plugins"), path("offsets"));
    let converter = "org.apache.kafka.connect.storage.StringConverter";
    let worker = properties(&[
        ("bootstrap.servers", servers),
        ("key.converter", converter),
        ("value.converter", converter),
        ("offset.storage.file.filename", offsets.to_str().unwrap()),
        ("plugin.path", plugins.to_str().unwrap()),
        // Without it the start reads all jars. It changes nothing else.
        ("plugin.discovery", "service_load"),
        ("listeners", "http://127.0.0.1:0"),
    ]);
    let name = unique("java");
    let connector = [&[("name", &*name), ("tasks.max", "1")], connector].concat();
    fs::write(path("worker.properties"), worker).unwrap();
    fs::write(path("connector.properties"), properties(&connector)).unwrap();
    fs::write(path("log4j2.xml"), LOG).unwrap();
    let log = format!(
        "-Dlog4j2.configurationFile={}",
        path("log4j2.xml").display()
    );
    let mut java = Command::new("java");
    java.args(FLAGS).arg(log);
    java.arg("-cp").arg(home.join("libs/*"));
    java.arg("org.apache.kafka.connect.cli.ConnectStandalone");
    java.args([path("worker.properties"), path("connector.properties")]);
    Outside::start(&mut java)
}

/// Where `./test` has put Kafka's jars.
fn home() -> PathBuf {
    let home = env::var_os("CONNECT_KAFKA_HOME");
    home.expect("`./test bench kafka` sets CONNECT_KAFKA_HOME")
        .into()
}

fn properties(entries: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (key, value) in entries {
        writeln!(text, "{key}={value}").unwrap();
    }
    text
}

/// Measures from the first records on, without the start of the JVM.
async fn follow(mut worker: Outside, count: usize, done: impl AsyncFn() -> usize) -> Answer {
    let mut first = None;
    loop {
        worker.check();
        let records = done().await;
        let cost = worker.cost();
        if records > 0 && first.is_none() {
            first = Some((records, cost));
        }
        if let (Some((before, since)), true) = (first, records >= count) {
            let records = (records - before) as f64;
            return Answer::default()
                .with("rate", records / (cost.at - since.at).as_secs_f64())
                .with("cpu", (cost.cpu - since.cpu).as_nanos() as f64 / records)
                .with("peak", worker.peak());
        }
        sleep(LOOK).await;
    }
}
