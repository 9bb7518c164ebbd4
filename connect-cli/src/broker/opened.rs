//! [`Opened`]: a broker that is looked into.

use std::{path::Path, sync::Arc};

use connect_api::ConfigMap;
#[cfg(feature = "kafka")]
use connect_runtime::broker::kafka::KafkaBroker;
use connect_runtime::{
    System,
    broker::{Bootstrap, Broker, embedded::EmbeddedBroker},
};

use super::SERVERS;
use crate::{
    failure::{Failure, Result},
    signals::Signals,
};

/// A broker that is looked into.
pub(super) enum Opened {
    /// Nothing else has its directory open.
    Embedded(EmbeddedBroker),
    #[cfg(feature = "kafka")]
    Kafka(KafkaBroker),
}

/// What becomes of a directory that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// It is an error: who looks for records wants those that are there.
    Refused,
    /// It is made.
    Created,
}

impl Opened {
    /// Opens what `bootstrap.servers` names; a signal cuts off what it does not harm.
    #[cfg_attr(
        not(feature = "kafka"),
        expect(unused_variables, reason = "an embedded broker is not left half open")
    )]
    pub(super) async fn open(
        settings: &ConfigMap,
        missing: Missing,
        signals: &mut Signals,
    ) -> Result<Self> {
        let servers = settings.get(SERVERS).unwrap_or_default();
        match Bootstrap::parse(servers) {
            Ok(Bootstrap::Directory(directory)) => {
                // Cut off by a signal, it might leave half of a broker.
                let broker = embedded(&directory, missing).await?;
                Ok(Self::Embedded(broker))
            }
            Ok(Bootstrap::Memory) => Err(Failure::of_configuration(
                "expected `embedded:<directory>` or brokers of Kafka, found `embedded:memory`: that broker ends with \
                 its process",
            )),
            #[cfg(feature = "kafka")]
            Ok(Bootstrap::Kafka(servers)) => {
                tokio::select! {
                    broker = kafka(servers, settings.clone()) => broker.map(Self::Kafka),
                    signal = signals.next() => Err(Failure::of_signal(signal)),
                }
            }
            #[cfg(not(feature = "kafka"))]
            Ok(Bootstrap::Kafka(_)) => Err(Failure::of_configuration(
                "expected `embedded:<directory>`: this program was built without the feature `kafka`",
            )),
            Err(problem) => Err(Failure::of_configuration(problem.to_string())),
        }
    }

    pub(super) fn broker(&self) -> &dyn Broker {
        match self {
            Self::Embedded(broker) => broker,
            #[cfg(feature = "kafka")]
            Self::Kafka(broker) => broker,
        }
    }

    /// Whether its topics may be too large to be read for being counted.
    pub(super) fn is_large(&self) -> bool {
        !matches!(self, Self::Embedded(_))
    }

    pub(super) async fn close(self) -> Result<()> {
        match self {
            Self::Embedded(broker) => broker.close().await?,
            #[cfg(feature = "kafka")]
            Self::Kafka(_) => {}
        }
        Ok(())
    }
}

async fn embedded(directory: &Path, missing: Missing) -> Result<EmbeddedBroker> {
    if !EmbeddedBroker::exists_in(directory) {
        let place = directory.display();
        match missing {
            Missing::Refused => {
                return Err(Failure::while_running(format!(
                    "expected an embedded broker in directory `{place}`, found none"
                )));
            }
            Missing::Created => {
                eprintln!("connect: making an embedded broker in directory `{place}`");
            }
        }
    }
    let broker = EmbeddedBroker::open(directory, Arc::new(System::current())).await?;
    Ok(broker)
}

#[cfg(feature = "kafka")]
async fn kafka(servers: String, settings: ConfigMap) -> Result<KafkaBroker> {
    use std::time::Duration;

    /// Somebody waits at a terminal.
    const PATIENCE: Duration = Duration::from_secs(10);

    let broker = KafkaBroker::new(servers, settings, Arc::new(System::current()));
    broker.reach(PATIENCE).await?;
    Ok(broker)
}
