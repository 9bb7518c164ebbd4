//! Looking into a broker, and feeding it.

mod opened;
mod read;
mod record;
mod topics;
mod write;

use connect_api::{ConfigMap, ConfigProblem};
use connect_runtime::broker::Bootstrap;

use self::opened::{Missing, Opened};
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

/// Works with the broker that the arguments name until a signal comes, and closes it in any case.
///
/// After an embedded broker that was not closed, the next start has to read everything.
async fn with_broker<T>(
    options: &BrokerOptions,
    missing: Missing,
    work: impl AsyncFnOnce(&Opened) -> Result<T>,
) -> Result<T> {
    // Until then a signal ends the process by itself, also where the worker's file is a pipe that nobody writes to.
    let settings = settings(options).await?;
    let mut signals = Signals::listen()?;
    let broker = Opened::open(&settings, missing, &mut signals).await?;
    let done = tokio::select! {
        done = work(&broker) => done,
        signal = signals.next() => Err(Failure::of_signal(signal)),
    };
    broker.close().await?;
    done
}

/// Returns what names the broker, with the settings of its clients if a worker's file has some.
async fn settings(options: &BrokerOptions) -> Result<ConfigMap> {
    let path = match (&options.broker, &options.worker) {
        (Some(broker), _) => return Ok(ConfigMap::from([(SERVERS, broker.as_str())])),
        (None, Some(worker)) => worker,
        (None, None) => {
            return Err(Failure::of_configuration(
                "expected --broker embedded:<directory>, --broker <host:port> or --worker <file>, found neither",
            ));
        }
    };
    let file = ConfigFile::read(path).await.map_err(|complaints| {
        let lines: Vec<_> = complaints.iter().map(ToString::to_string).collect();
        Failure::of_configuration(lines.join("\n"))
    })?;
    if !file.options.contains_key(SERVERS) {
        let place = path.display();
        return Err(Failure::of_configuration(format!(
            "{place}: expected `{SERVERS}`, found no such key"
        )));
    }
    let is_needed = |key: &str| {
        key == SERVERS
            || ["sasl.", "security.", "ssl."]
                .iter()
                .any(|of| key.starts_with(of))
    };
    for (key, value) in file.options.iter() {
        if is_needed(key) && file.refers(key) {
            let reason =
                "Must be the value itself: only a worker looks up what references stand for";
            let mut problem = ConfigProblem::invalid(key, value, reason);
            if key == SERVERS {
                problem = problem.with_expected(Bootstrap::EXPECTED);
            }
            return Err(Failure::of_configuration(
                file.complaint(problem).to_string(),
            ));
        }
    }
    Ok(file.options)
}
