//! [`Child`]: a worker of the cluster, in a process of its own that does what its input says.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    process::{ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

use connect_api::ConfigMap;
use connect_converters::{SimpleHeaderConverter, StringConverter};
use connect_runtime::{Worker, WorkerHandle};
use futures::future::join_all;

use crate::plugins::plugins;

/// The first argument of such a process.
pub(crate) const WORKER: &str = "worker";

/// A worker in a process of its own; dropping it kills it.
#[derive(Debug)]
pub(crate) struct Child {
    pub(crate) worker: String,
    process: std::process::Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Child {
    pub(crate) fn start(servers: &str, group: &str) -> Self {
        let mut process = Command::new(env::current_exe().unwrap())
            .args([WORKER, servers, group])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut child = Self {
            worker: String::new(),
            input: process.stdin.take().unwrap(),
            output: BufReader::new(process.stdout.take().unwrap()),
            process,
        };
        child.worker = child.hear();
        child
    }

    /// Tells it something, and waits until that is done.
    pub(crate) fn tell(&mut self, what: &str) {
        self.say(what);
        assert_eq!(self.hear(), "done", "{what}");
    }

    /// Tells it something; [`hear`](Self::hear) waits for the answer.
    pub(crate) fn say(&mut self, what: &str) {
        writeln!(self.input, "{what}").unwrap();
    }

    pub(crate) fn hear(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Ends it in order.
    pub(crate) fn end(mut self) {
        self.say("end");
        self.process.wait().unwrap();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // It may have ended in order.
        drop(self.process.kill());
        self.process.wait().unwrap();
    }
}

/// What such a process does.
pub(crate) async fn work(servers: &str, group: &str) {
    let strings = StringConverter::default;
    let worker = Worker::builder(group)
        .setting("bootstrap.servers", servers)
        .setting("quarantine.worker.deaths", "0")
        .converters(strings(), strings(), SimpleHeaderConverter::default())
        .plugins(plugins())
        .distributed();
    let worker = worker.start().await.unwrap();
    println!("{}", worker.id());
    let read = || {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).unwrap();
        line
    };
    loop {
        let line = tokio::task::spawn_blocking(read).await.unwrap();
        match *line.split_whitespace().collect::<Vec<_>>() {
            ["create", name, ref entries @ ..] => {
                let config = entries.iter().filter_map(|entry| entry.split_once('='));
                let config = config.collect::<ConfigMap>();
                worker.create_connector(name, config).await.unwrap();
            }
            ["many", first, count, topic] => {
                many(
                    &worker,
                    (first.parse().unwrap(), count.parse().unwrap()),
                    topic,
                )
                .await;
            }
            ["running", count] => running(&worker, count.parse().unwrap()).await,
            _ => break,
        }
        println!("done");
    }
    worker.shutdown(Duration::from_secs(60)).await;
}

/// Creates many connectors at once.
async fn many(worker: &WorkerHandle, (first, count): (usize, usize), topic: &str) {
    let one = async |number| {
        let entries = [
            ("connector.class", "ticks"),
            ("topic", topic),
            ("lanes", "1"),
        ];
        let (name, config) = (format!("many-{number}"), ConfigMap::from(entries));
        worker.create_connector(&name, config).await.unwrap();
    };
    join_all((first..first + count).map(one)).await;
}

/// Waits until so many connectors run, with all of their tasks.
async fn running(worker: &WorkerHandle, count: usize) {
    let mut updates = worker.watch();
    let mut statuses = updates.latest();
    while statuses.iter().filter(|it| it.is_running()).count() < count {
        statuses = updates.next().await.unwrap();
    }
}
