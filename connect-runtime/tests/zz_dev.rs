//! For trying.
#![allow(dead_code, unused, clippy::all)]
#[path = "it/worker/fixture.rs"]
mod fixture0;
#[path = "it/worker/log.rs"]
mod log0;
mod worker {
    pub(crate) use super::{fixture0 as fixture, log0 as log};
}
#[path = "it/cluster/mod.rs"]
mod cluster;
