//! The program: a worker of a cluster, until it is told to end.

use std::{env, fs::File, io::Read, time::Duration};

use connect_api::{ConfigMap, Plugin, Result};
use connect_runtime::{Plugins, System, WorkerHandle};
use connect_testkit::program::Errand;
use tokio::net::TcpStream;
use tracing_subscriber::filter::LevelFilter;

use super::{
    chain::Chain,
    control::{Answer, Command, Line, Unit},
    counter::Counter,
    scene::{CONTROL, DEBUG, GROUP, LOG, SERVERS},
};
use crate::stage::worker;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn program() {
    run().await;
}

/// One that a single blocking call stops.
#[tokio::test(flavor = "current_thread")]
async fn program_of_one_thread() {
    run().await;
}

async fn run() {
    let Some(errand) = Errand::received() else {
        return; // Only tests of clusters ask for it.
    };
    log(&errand);
    let variable = |name| env::var(name).unwrap();
    let environment = errand.environment(System::current());
    let worker = worker(&variable(GROUP), &variable(SERVERS))
        .environment(environment)
        .plugins(Plugins::new().with([
            Plugin::source("counter", "1.0", |options: Counter| Ok(options)),
            Plugin::sink("chain", "1.0", |options: Chain| Ok(options)),
        ]))
        .setting("quarantine.worker.deaths", "0")
        .distributed();
    let worker = worker.start().await.unwrap();
    let mut line = Line::new(TcpStream::connect(variable(CONTROL)).await.unwrap());
    line.say(&Answer::Worker(worker.id().to_string())).await;
    while let Some(command) = line.hear::<Command>().await {
        if matches!(command, Command::Shutdown) {
            break;
        }
        let answer = obey(&worker, command).await;
        line.say(&answer).await;
    }
    worker.shutdown(Duration::from_secs(60)).await;
    errand.done();
}

async fn obey(worker: &WorkerHandle, command: Command) -> Answer {
    let answered = |done: Result<()>| match done {
        Ok(()) => Answer::Done,
        Err(error) => Answer::Refused(error.report().to_string()),
    };
    match command {
        Command::Create(name, config) => answered(
            worker
                .create_connector(&name, ConfigMap::from_iter(config))
                .await,
        ),
        Command::Put(name, config) => {
            let put = worker
                .put_connector(&name, ConfigMap::from_iter(config))
                .await;
            answered(put.map(drop))
        }
        Command::Statuses => Answer::Statuses(statuses(worker)),
        Command::Block(address) => {
            block(&address);
            Answer::Done
        }
        Command::Shutdown => Answer::Done,
    }
}

/// Does what no code on an executor may: it waits with the thread in its hands.
fn block(address: &str) {
    let mut other = std::net::TcpStream::connect(address).unwrap();
    assert_eq!(other.read(&mut [0]).unwrap(), 0);
}

fn statuses(worker: &WorkerHandle) -> Vec<Unit> {
    let mut units = Vec::new();
    for status in worker.statuses() {
        let name = status.name.to_string();
        units.push(Unit {
            connector: name.clone(),
            task: None,
            state: status.state.to_string(),
            worker: status.worker.to_string(),
            trace: status.trace,
        });
        units.extend(status.tasks.into_iter().map(|task| Unit {
            connector: name.clone(),
            task: Some(task.id.task),
            state: task.state.to_string(),
            worker: task.worker.to_string(),
            trace: task.trace,
        }));
    }
    units
}

/// Writes what the runtime tells to a file.
fn log(errand: &Errand) {
    let file = File::create(errand.path(LOG)).unwrap();
    tracing_subscriber::fmt()
        .with_writer(file)
        .with_ansi(false)
        .with_max_level(match env::var_os(DEBUG) {
            Some(_) => LevelFilter::DEBUG,
            None => LevelFilter::INFO,
        })
        .init();
}
