use connect_testkit::simulation::run_all;

/// How many seeds are run: by default, and in a soak.
const SEEDS: u64 = 2000;
const SOAK: u64 = 10_000;

#[test]
fn no_seed_loses_doubles_or_reorders_anything() {
    let seeds = match std::env::var_os("CONNECT_SOAK") {
        Some(_) => SOAK,
        None => SEEDS,
    };
    run_all(0..seeds);
}
