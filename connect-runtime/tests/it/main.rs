//! The runtime and its brokers keep their contracts.

#![expect(clippy::unwrap_used, reason = "what a test does not expect ends it")]

mod cluster;
mod disk;
mod embedded_conformance;
mod embedded_directory;
mod embedded_faults;
#[cfg(unix)]
mod embedded_kill;
mod embedded_maintenance;
mod embedded_outage;
mod embedded_simulation;
mod fixture;
#[cfg(feature = "kafka")]
mod kafka;
#[cfg(feature = "kafka")]
mod kafka_deletion;
#[cfg(feature = "kafka")]
mod kafka_standalone;
#[cfg(unix)]
mod providers;
mod worker;
