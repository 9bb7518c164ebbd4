//! [`Plan`]: what a seed decides before anything happens.

use std::time::Duration;

use crate::{SimulatedEnvironment, simulation::plan::choose};

/// What a seed decides before anything happens.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// How many workers there are at first.
    pub(super) workers: u64,
    pub(super) input_partitions: usize,
    pub(super) topic_partitions: i32,
    /// How many of a thousand calls into plugins go wrong.
    pub(super) plugin_faults: u64,
    /// How many of a thousand calls to the broker go wrong.
    pub(super) broker_faults: u64,
    pub(super) flush_interval: Duration,
    pub(super) transaction_timeout: Duration,
    /// How long units of a dead worker wait for another one.
    pub(super) delay: Duration,
    /// After so many deaths a unit is quarantined; 0 is never.
    pub(super) most_deaths: u64,
    /// How many things happen before all goes well.
    pub(super) steps: u64,
}

impl Plan {
    pub(super) fn draw(environment: &SimulatedEnvironment) -> Self {
        let below = |bound| environment.below(bound);
        Self {
            workers: 2 + below(2),
            input_partitions: usize::try_from(1 + below(4)).expect("small"),
            topic_partitions: i32::try_from(1 + below(3)).expect("small"),
            plugin_faults: *choose(environment, &[0, 0, 20]),
            broker_faults: *choose(environment, &[0, 2, 10]),
            flush_interval: Duration::from_millis(200 + below(5000)),
            transaction_timeout: Duration::from_secs(10 + below(30)),
            delay: *choose(
                environment,
                &[Duration::ZERO, Duration::ZERO, Duration::from_secs(5)],
            ),
            most_deaths: *choose(environment, &[0, 2, 3]),
            steps: 4 + below(9),
        }
    }
}
