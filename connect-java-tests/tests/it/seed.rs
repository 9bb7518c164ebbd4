//! Chances that can be drawn again.

use std::{
    env,
    hash::{BuildHasher, RandomState},
};

/// Returns what chances are drawn from.
pub(crate) fn seed() -> u64 {
    let seed = env::var("CONNECT_SEED").ok();
    seed.map_or_else(
        || RandomState::new().hash_one(0),
        |seed| seed.parse().unwrap(),
    )
}

/// Returns how much of something is tried: ten times as much in a long run.
pub(crate) fn depth(usual: usize) -> usize {
    match env::var_os("CONNECT_SOAK") {
        Some(_) => 10 * usual,
        None => usual,
    }
}
