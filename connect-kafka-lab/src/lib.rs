//! Apache Kafka for the tests of this workspace.
//!
//! What talks to Kafka is tested with Kafka, and with its failures: brokers that are killed, stopped or paused, wires that
//! are cut between a request and its answer, transactions that nobody ends. And what was written is read by Apache
//! Kafka's own consumer, since a client that reads its own mistakes may find them right.
//!
//! ```no_run
//! use connect_kafka_lab::{Direction, Ending, Kafka, Mode, Options, Record};
//!
//! # fn main() -> Result<(), connect_kafka_lab::LabError> {
//! // The broker of the whole test run: for whatever leaves it in peace.
//! let bootstrap = Kafka::shared();
//! Kafka::create_topic(&bootstrap, "lines", 3, &[("cleanup.policy", "compact")])?;
//! Kafka::write(&bootstrap, "lines", &[Record::text("k", "v")], Ending::Committed)?;
//! assert_eq!(Kafka::read_committed(&bootstrap, "lines")?.len(), 1);
//!
//! // A cluster of one's own: for failures, and for settings.
//! let kafka = Kafka::start(&Options::default().brokers(3).behind_proxy())?;
//! kafka.proxy(1).set(Mode::CutAfter(Direction::ToClient, 0)); // the next answer is lost
//! kafka.kill(2)?;
//! kafka.restart(2)?; // with its data, on its port
//! # Ok(())
//! # }
//! ```
//!
//! `./test` fetches Kafka and starts the shared broker, by this crate's program. Then it stands in two variables:
//!
//! | variable | what it holds | without it |
//! |---|---|---|
//! | `CONNECT_KAFKA_HOME` | Kafka's jars in `libs/`, in `plugins/` Connect's file plugin and Debezium's transforms | `~/.cache/connect/kafka-4.3.1` |
//! | `CONNECT_KAFKA` | the bootstrap servers of the shared broker | [`Kafka::shared`] panics |
//!
//! A broker takes two seconds to start and 200 MB; one that is killed may need the session timeout until it is let in
//! again. Everything blocks: asynchronous tests call it from `spawn_blocking`, or before they begin.

mod client;
mod error;
mod installation;
mod java;
mod jvm;
mod kafka;
mod node;
mod options;
mod port;
mod proxy;

pub use self::{
    client::{Ending, Record},
    error::LabError,
    java::JavaProgram,
    kafka::Kafka,
    options::Options,
    proxy::{Direction, Mode, Proxy},
};
