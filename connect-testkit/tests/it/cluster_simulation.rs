use connect_testkit::simulation::cluster::{run, run_all};

/// How many seeds are run: by default, and in a soak.
const SEEDS: u64 = 2_000;
const SOAK: u64 = 10_000;

#[test]
fn no_seed_runs_a_task_twice_or_loses_what_was_acknowledged() {
    let seeds = match std::env::var_os("CONNECT_SOAK") {
        Some(_) => SOAK,
        None => SEEDS,
    };
    run_all(0..seeds);
}

#[test]
fn one_seed_gives_one_simulation() {
    for seed in 0..5 {
        let (one, two) = (run(seed).unwrap(), run(seed).unwrap());
        assert_eq!(one.to_string(), two.to_string(), "seed {seed}");
    }
}
