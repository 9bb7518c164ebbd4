//! [`run`]: a worker from its files to its end, and what people see of it.

mod names;
mod progress;
mod states;
mod watched;

use std::{pin::pin, process::ExitCode, time::Duration};

use connect_runtime::{ShutdownReport, Worker, WorkerHandle};

pub(crate) use self::{
    names::Names,
    progress::Progress,
    watched::{EVERY, Watched},
};
use crate::{
    failure::{Failure, Result},
    files::ConfigFile,
    plugins::plugins,
    setup::{Mode, Setup},
    signals::{Caught, Signals},
    terminal::Terminal,
};

/// What people see of a worker, and how long they wait for its end.
#[derive(Debug)]
pub(crate) struct View<'a> {
    pub(crate) terminal: &'a Terminal,
    pub(crate) progress: Progress,
    pub(crate) stop_timeout: Duration,
}

/// Runs a worker and `work` until a signal comes, or until `work` ends with a failure.
pub(crate) async fn run(
    view: &View<'_>,
    setup: impl Future<Output = Result<Setup>>,
    work: impl AsyncFnOnce(&WorkerHandle, Vec<ConfigFile>) -> Failure,
) -> Result<ExitCode> {
    let mut signals = Signals::listen()?;
    let setup = tokio::select! {
        biased;
        signal = signals.next() => return Err(Failure::of_signal(signal)),
        setup = read(view, setup) => setup?,
    };
    setup.warn();
    let (worker, early) = start(&setup, &mut signals).await?;
    let first = async {
        match early {
            Some(signal) => signal,
            None => signals.next().await,
        }
    };
    let ended = tokio::select! {
        biased;
        signal = first => {
            tracing::info!(
                "{signal}: stopping, for at most {} s; a second one ends at once, as a crash would",
                view.stop_timeout.as_secs()
            );
            Ok(())
        }
        failure = watch(&worker, view, work(&worker, setup.connectors)) => Err(failure),
    };
    view.terminal.clear();
    // The report may be dropped: the process ends then.
    tokio::select! {
        biased;
        signal = signals.again() => {
            tracing::warn!("{signal}: ending at once");
            Ok(signal.code().into())
        }
        report = worker.shutdown(view.stop_timeout) => {
            ended.and_then(|()| stopped(&report, setup.mode))
        }
    }
}

/// Reads the files; what is ignored is told when the connectors start, or here if they do not.
async fn read(view: &View<'_>, setup: impl Future<Output = Result<Setup>>) -> Result<Setup> {
    let held = view.terminal.hold();
    let setup = setup.await?;
    held.forget();
    Ok(setup)
}

/// Starts the worker, and returns the signal that came meanwhile.
///
/// What makes an embedded broker is not cut off in the middle, unless by a second signal: then something hangs.
async fn start(setup: &Setup, signals: &mut Signals) -> Result<(WorkerHandle, Option<Caught>)> {
    let worker = Worker::builder("connect-standalone").settings(setup.settings());
    let worker = match setup.mode {
        Mode::Alone => worker,
        Mode::Cluster => worker.distributed(),
    };
    let mut start = pin!(worker.plugins(plugins()).start());
    let signal = tokio::select! {
        biased;
        worker = &mut start => return Ok((worker?, None)),
        signal = signals.next() => signal,
    };
    if setup.is_on_kafka() {
        // Perhaps nobody answers, and nothing is left half made.
        return Err(Failure::of_signal(signal));
    }
    tokio::select! {
        biased;
        worker = start => Ok((worker?, Some(signal))),
        signal = signals.again() => Err(Failure::of_signal(signal)),
    }
}

/// Tells how connectors and tasks are while there is work; it ends only with a failure.
async fn watch(
    worker: &WorkerHandle,
    view: &View<'_>,
    work: impl Future<Output = Failure>,
) -> Failure {
    // What is dropped with the worker's end are waits. The log comes first, so that it has what everything else ends with.
    tokio::select! {
        biased;
        () = states::log(worker) => Failure::while_running("the worker has ended"),
        failure = work => failure,
        never = progress::show(worker, view.terminal, view.progress) => match never {},
    }
}

fn stopped(report: &ShutdownReport, mode: Mode) -> Result<ExitCode> {
    if report.is_orderly() {
        match mode {
            Mode::Alone => tracing::info!("stopped: {} tasks ended in order", report.ended.len()),
            Mode::Cluster => tracing::info!("stopped: the group goes on without this worker"),
        }
        return Ok(ExitCode::SUCCESS);
    }
    let tasks: Vec<_> = report.abandoned.iter().map(ToString::to_string).collect();
    let next = match mode {
        Mode::Alone => "at the next start",
        Mode::Cluster => "wherever they go on",
    };
    Err(Failure::while_running(format!(
        "tasks that did not stop in time: {}; what they had not finished comes again {next}",
        tasks.join(", ")
    )))
}
