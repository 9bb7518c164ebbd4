//! Chances that can be drawn again.

use std::{
    env,
    hash::{BuildHasher, RandomState},
};

/// Returns what chances are drawn from, and says how to draw the same again.
pub(crate) fn seed(test: &str) -> u64 {
    let seed = env::var("CONNECT_SEED").ok();
    let seed = seed.map_or_else(
        || RandomState::new().hash_one(0),
        |seed| seed.parse().unwrap(),
    );
    eprintln!("{test}: CONNECT_SEED={seed}");
    seed
}

/// Returns how much of something is tried, in a usual run and in a long one.
pub(crate) fn depth(usual: usize, soak: usize) -> usize {
    match env::var_os("CONNECT_SOAK") {
        Some(_) => soak,
        None => usual,
    }
}
