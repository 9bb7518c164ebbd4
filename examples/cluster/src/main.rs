//! Three processes share the tasks of two sources, through Kafka alone.
//!
//! ```console
//! $ cargo run --release -p cluster -- --bootstrap-servers localhost:9092
//! ```
//!
//! A table shows who runs what. Kill worker 2 or 3 by the pid that stands there, with `kill -9`, and watch: after
//! `session.timeout.ms` the others have its tasks, which go on where they were. With `--kill` the example does that
//! itself, and ends. Worker 1 is the process that shows the table; the others end with it.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "an application owns its executor, its signals and its output"
)]

mod fellow;
mod options;
mod table;

use std::{collections::BTreeSet, error::Error, process::ExitCode, time::Duration};

use connect_api::{ConfigMap, Str};
use connect_converters::{JsonConverter, SimpleHeaderConverter, StringConverter};
use connect_runtime::{ConnectorStatus, Plugins, State, Worker, WorkerHandle};
use tokio::{io::AsyncReadExt, time::Instant};

use crate::{
    fellow::Fellow,
    options::{Command, Options, Role, USAGE},
    table::Table,
};

/// Any error will do: it is printed.
type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const SOURCES: [&str; 2] = ["clicks", "orders"];

/// How many tasks each source has.
const TASKS: usize = 3;

/// How long a worker waits for its tasks when it ends.
const GRACE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> ExitCode {
    let options = match Command::parse(std::env::args().skip(1)) {
        Ok(Command::Run(options)) => options,
        Ok(Command::Help) => {
            eprintln!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("{error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    // The crates say what goes wrong; the application decides where that is written.
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::ERROR)
        .with_writer(std::io::stderr)
        .init();
    let done = match options.role {
        Role::First => run(&options).await,
        Role::Fellow => take_part(&options).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cluster: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Starts a worker of the cluster; the group is all that its workers have in common.
async fn start(options: &Options) -> connect_api::Result<WorkerHandle> {
    Worker::builder(&*options.group)
        .setting("bootstrap.servers", &*options.servers)
        .plugins(Plugins::new().with(connect_datagen::plugins()))
        .converters(
            StringConverter::default(),
            JsonConverter::schemaless(),
            SimpleHeaderConverter::default(),
        )
        .distributed()
        .start()
        .await
}

/// Is one of the other workers, until the first one has ended.
async fn take_part(options: &Options) -> Result<()> {
    let worker = start(options).await?;
    println!("{}", worker.id());
    // Nothing comes; the end of the first process, whatever it is, closes the pipe.
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    worker.shutdown(GRACE).await;
    Ok(())
}

/// Is the first worker: starts the others, says what is to run, and shows who does.
async fn run(options: &Options) -> Result<()> {
    let worker = start(options).await?;
    let mut fellows = Vec::new();
    for number in [2, 3] {
        fellows.push(Fellow::start(number, options).await?);
    }
    for source in SOURCES {
        // Whoever did it before: what is configured so already goes on undisturbed.
        worker
            .put_connector(source, config(source, &options.group))
            .await?;
    }
    let mut table = Table::new(worker.id(), &fellows);
    let done = tokio::select! {
        done = watch(&worker, &mut fellows, &mut table, options) => done,
        signal = tokio::signal::ctrl_c() => signal.map_err(Into::into),
    };
    fellows.iter_mut().for_each(Fellow::dismiss);
    worker.shutdown(GRACE).await;
    for fellow in fellows {
        fellow.ended().await?;
    }
    done
}

fn config(source: &str, group: &str) -> ConfigMap {
    let topic = format!("{group}-{source}");
    ConfigMap::from([
        ("connector.class", "datagen-source"),
        ("preset", source),
        ("topic", &topic),
        ("rate", "100"),
        // As many streams as tasks, so that each task has one.
        ("tasks.max", &TASKS.to_string()),
        ("partitions", &TASKS.to_string()),
        // A cluster may make no topics by itself; -1 is its own default.
        ("topic.creation.default.partitions", "3"),
        ("topic.creation.default.replication.factor", "-1"),
    ])
}

/// Shows who runs what until Ctrl-C, or until what `--kill` does is done.
async fn watch(
    worker: &WorkerHandle,
    fellows: &mut Vec<Fellow>,
    table: &mut Table,
    options: &Options,
) -> Result<()> {
    if !options.kill {
        return show(worker, table, |_| None).await;
    }
    let busy = show(worker, table, |statuses| {
        let runners = runners(statuses)?;
        fellows
            .iter()
            .position(|fellow| runners.contains(fellow.id()))
    });
    let fellow = fellows.remove(busy.await?);
    let (id, number) = (fellow.id().clone(), fellow.number());
    println!("kill -9 {}, which is worker {number}", fellow.pid());
    fellow.kill().await?;
    let killed = Instant::now();
    show(worker, table, |statuses| {
        let runners = runners(statuses)?;
        (!runners.contains(&id)).then_some(())
    })
    .await?;
    let seconds = killed.elapsed().as_secs_f64();
    println!("the others have its tasks after {seconds:.1} s");
    Ok(())
}

/// Shows the table at each change, until `done` says what was waited for, or the worker has ended.
async fn show<T>(
    worker: &WorkerHandle,
    table: &mut Table,
    done: impl Fn(&[ConnectorStatus]) -> Option<T>,
) -> Result<T> {
    let mut updates = worker.watch();
    let mut statuses = updates.latest();
    loop {
        table.show(&statuses)?;
        if let Some(done) = done(&statuses) {
            return Ok(done);
        }
        statuses = updates.next().await.ok_or("the worker has ended")?;
    }
}

/// Returns who runs tasks, once all of them run.
fn runners(statuses: &[ConnectorStatus]) -> Option<BTreeSet<Str>> {
    let tasks: Vec<_> = statuses.iter().flat_map(|status| &status.tasks).collect();
    let run = tasks.iter().all(|task| task.state == State::Running);
    let is_complete = run && tasks.len() == SOURCES.len() * TASKS;
    is_complete.then(|| tasks.iter().map(|task| task.worker.clone()).collect())
}
