//! A worker runs connectors, and tells how they are.

mod background;
mod blocked;
mod configured;
mod containment;
mod deletion;
mod discarded;
mod errors;
pub(crate) mod fixture;
mod inspection;
pub(crate) mod internal_topics;
mod lifecycle;
mod log;
mod loops;
mod meddling;
mod metrics;
mod offset_homes;
#[cfg(unix)]
mod offset_kills;
mod rates;
mod references;
mod supervision;
mod topics;
mod transactions;
