//! Looking into the embedded broker, and feeding it.

mod read;
mod record;
mod topics;
mod write;

use std::sync::Arc;

use connect_api::ConfigProblem;
use connect_runtime::{
    System,
    broker::{Bootstrap, embedded::EmbeddedBroker},
};

#[cfg(test)]
pub(crate) use self::record::fuzz;
pub(crate) use self::{read::read, topics::topics, write::write};
use crate::{
    arguments::BrokerOptions,
    failure::{Failure, Result},
    files::ConfigFile,
    signals::Signals,
};

const SERVERS: &str = Bootstrap::KEY;

/// What becomes of a directory that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Missing {
    /// It is an error: who looks for records wants those that are there.
    Refused,
    /// It is made.
    Created,
}

/// Works with the broker that the arguments name until a signal comes, and closes it in any case.
///
/// After a broker that was not closed, the next start has to read everything.
async fn with_broker<T>(
    options: &BrokerOptions,
    missing: Missing,
    work: impl AsyncFnOnce(&EmbeddedBroker) -> Result<T>,
) -> Result<T> {
    // Until then a signal ends the process by itself, also where the worker's file is a pipe that nobody writes to.
    let servers = servers(options).await?;
    let mut signals = Signals::listen()?;
    // Cut off by a signal, it might leave half of a broker.
    let broker = open(&servers, missing).await?;
    let done = tokio::select! {
        done = work(&broker) => done,
        signal = signals.next() => Err(Failure::of_signal(signal)),
    };
    broker.close().await?;
    done
}

async fn open(servers: &str, missing: Missing) -> Result<EmbeddedBroker> {
    let directory = match Bootstrap::parse(servers) {
        Ok(Bootstrap::Directory(directory)) => directory,
        Ok(Bootstrap::Memory) => {
            return Err(Failure::of_configuration(
                "expected `embedded:<directory>`, found `embedded:memory`: that broker ends with its process",
            ));
        }
        Ok(Bootstrap::Kafka(_)) | Err(_) => {
            return Err(Failure::of_configuration(format!(
                "expected `embedded:<directory>`, found `{}`",
                servers.trim()
            )));
        }
    };
    let directory = &*directory;
    if !EmbeddedBroker::exists_in(directory) {
        let place = directory.display();
        match missing {
            Missing::Refused => {
                return Err(Failure::while_running(format!(
                    "expected an embedded broker in directory `{place}`, found none"
                )));
            }
            Missing::Created => {
                eprintln!("connect: making an embedded broker in directory `{place}`")
            }
        }
    }
    let broker = EmbeddedBroker::open(directory, Arc::new(System::current())).await?;
    Ok(broker)
}

async fn servers(options: &BrokerOptions) -> Result<String> {
    let path = match (&options.broker, &options.worker) {
        (Some(broker), _) => return Ok(broker.clone()),
        (None, Some(worker)) => worker,
        (None, None) => {
            return Err(Failure::of_configuration(
                "expected --broker embedded:<directory> or --worker <file>, found neither",
            ));
        }
    };
    let file = ConfigFile::read(path).await.map_err(|complaints| {
        let lines: Vec<_> = complaints.iter().map(ToString::to_string).collect();
        Failure::of_configuration(lines.join("\n"))
    })?;
    let Some(servers) = file.options.get(SERVERS) else {
        let place = path.display();
        return Err(Failure::of_configuration(format!(
            "{place}: expected `{SERVERS}`, found no such key"
        )));
    };
    if file.refers(SERVERS) {
        let reason = "Must name the directory itself: only a worker looks up what references stand for, and \
                      `--broker embedded:<directory>` says it here";
        let problem = ConfigProblem::invalid(SERVERS, servers, reason);
        let problem = problem.with_expected("`embedded:<directory>`");
        return Err(Failure::of_configuration(
            file.complaint(problem).to_string(),
        ));
    }
    Ok(servers.to_owned())
}
