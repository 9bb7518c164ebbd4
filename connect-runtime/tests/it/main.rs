//! The runtime and its brokers keep their contracts.

mod embedded_conformance;
mod worker;
