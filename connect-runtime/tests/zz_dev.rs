//! For trying.
#![allow(dead_code, unused, clippy::all)]
mod worker {
    #[path = "../it/worker/fixture.rs"]
    pub(crate) mod fixture;
    #[path = "../it/worker/log.rs"]
    pub(crate) mod log;
}
#[path = "it/cluster/mod.rs"]
mod cluster;
