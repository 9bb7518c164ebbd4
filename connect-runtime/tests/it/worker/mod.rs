//! A worker runs connectors, and tells how they are.

mod fixture;
mod internal_topics;
mod lifecycle;
