//! Looking into the embedded broker, and feeding it.

mod read;
mod record;
mod topics;
mod write;

use std::{path::Path, sync::Arc};

use connect_runtime::{System, broker::embedded::EmbeddedBroker};

#[cfg(test)]
pub(crate) use self::record::fuzz;
pub(crate) use self::{read::read, topics::topics, write::write};
use crate::{
    arguments::BrokerOptions,
    failure::{Failure, Result},
    files::ConfigFile,
    signals::Signals,
};

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
    let mut signals = Signals::listen()?;
    let broker = open(options, missing).await?;
    let done = tokio::select! {
        done = work(&broker) => done,
        signal = signals.next() => Err(Failure::of_signal(signal)),
    };
    broker.close().await?;
    done
}

async fn open(options: &BrokerOptions, missing: Missing) -> Result<EmbeddedBroker> {
    let servers = servers(options)?;
    let servers = servers.trim();
    let directory = match servers.strip_prefix("embedded:") {
        Some("memory") => {
            return Err(Failure::of_configuration(
                "expected `embedded:<directory>`, found `embedded:memory`: that broker ends with its process",
            ));
        }
        Some(directory) if !directory.is_empty() => Path::new(directory),
        _ => {
            return Err(Failure::of_configuration(format!(
                "expected `embedded:<directory>`, found `{servers}`"
            )));
        }
    };
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

fn servers(options: &BrokerOptions) -> Result<String> {
    let path = match (&options.broker, &options.worker) {
        (Some(broker), _) => return Ok(broker.clone()),
        (None, Some(worker)) => worker,
        (None, None) => {
            return Err(Failure::of_configuration(
                "expected --broker embedded:<directory> or --worker <file>, found neither",
            ));
        }
    };
    let file = ConfigFile::read(path).map_err(|complaints| {
        let lines: Vec<_> = complaints.iter().map(ToString::to_string).collect();
        Failure::of_configuration(lines.join("\n"))
    })?;
    let servers = file.options.get("bootstrap.servers").map(str::to_owned);
    servers.ok_or_else(|| {
        let place = path.display();
        Failure::of_configuration(format!(
            "{place}: expected `bootstrap.servers`, found no such key"
        ))
    })
}
