//! Chances that can be drawn again.

use std::{
    env,
    hash::{BuildHasher, RandomState},
};

/// What a usual run draws from: the list of differences is known to be complete for it.
const USUAL: u64 = 11;

/// Returns what chances are drawn from: what `CONNECT_SEED` says, and in a long run something else each time.
pub(crate) fn seed() -> u64 {
    match (env::var("CONNECT_SEED"), env::var_os("CONNECT_SOAK")) {
        (Ok(seed), _) => seed.parse().unwrap(),
        (Err(_), Some(_)) => RandomState::new().hash_one(0),
        (Err(_), None) => USUAL,
    }
}

/// Returns how much of something is tried: ten times as much in a long run.
pub(crate) fn depth(usual: usize) -> usize {
    match env::var_os("CONNECT_SOAK") {
        Some(_) => 10 * usual,
        None => usual,
    }
}
