//! A worker runs connectors, and tells how they are.

mod blocked;
mod configured;
mod containment;
mod discarded;
mod fixture;
mod internal_topics;
mod lifecycle;
mod meddling;
mod supervision;
mod transactions;
