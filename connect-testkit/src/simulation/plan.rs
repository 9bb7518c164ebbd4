//! [`Plan`]: what a seed decides before anything happens.

use std::time::Duration;

use connect_api::SinkGuarantees;

use crate::{
    SimulatedEnvironment,
    memory::{Buffering, Refusal},
};

/// What a seed decides before anything happens.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) delivery: Delivery,
    pub(super) input_partitions: usize,
    pub(super) source_tasks: u32,
    pub(super) source_batch: usize,
    pub(super) topic_partitions: i32,
    pub(super) sink: SinkGuarantees,
    pub(super) buffering: Buffering,
    pub(super) refusal: Refusal,
    pub(super) sink_tasks: u32,
    pub(super) sink_batch: u64,
    pub(super) queue_records: u64,
    pub(super) poison: Poison,
    /// How many of a thousand calls into plugins go wrong.
    pub(super) plugin_faults: u64,
    /// How many of a thousand calls to the broker go wrong.
    pub(super) broker_faults: u64,
    pub(super) flush_interval: Duration,
    pub(super) transaction_timeout: Duration,
    /// How many things happen before all goes well.
    pub(super) steps: u64,
}

/// What the source promises, and where its transactions end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    AtLeastOnce,
    Poll,
    Interval,
    Connector,
}

/// Whether some records can't be processed; if so they go to dead letter queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Poison {
    None,
    Some,
}

impl Plan {
    pub(super) fn draw(environment: &SimulatedEnvironment) -> Self {
        let below = |bound| environment.below(bound);
        let small = |bound| u32::try_from(1 + below(bound)).expect("small");
        Self {
            delivery: *choose(
                environment,
                &[
                    Delivery::AtLeastOnce,
                    Delivery::Poll,
                    Delivery::Interval,
                    Delivery::Connector,
                ],
            ),
            input_partitions: usize::try_from(1 + below(3)).expect("small"),
            source_tasks: small(2),
            source_batch: usize::try_from(1 + below(12)).expect("small"),
            topic_partitions: i32::try_from(1 + below(3)).expect("small"),
            sink: *choose(
                environment,
                &[
                    SinkGuarantees::StoresOffsets,
                    SinkGuarantees::StoresOffsets,
                    SinkGuarantees::Idempotent,
                    SinkGuarantees::AtLeastOnce,
                ],
            ),
            buffering: *choose(
                environment,
                &[
                    Buffering::WriteThrough,
                    Buffering::UntilFlush,
                    Buffering::HalfUntilClosing,
                ],
            ),
            refusal: *choose(
                environment,
                &[Refusal::Reject, Refusal::Blame, Refusal::Deny],
            ),
            sink_tasks: small(2),
            sink_batch: 1 + below(10),
            queue_records: 1 + below(40),
            poison: *choose(environment, &[Poison::None, Poison::Some, Poison::Some]),
            plugin_faults: *choose(environment, &[0, 10, 40]),
            broker_faults: *choose(environment, &[0, 5, 20]),
            flush_interval: Duration::from_millis(200 + below(8000)),
            transaction_timeout: Duration::from_secs(10 + below(30)),
            steps: 4 + below(10),
        }
    }
}

/// Draws one of `choices`.
pub(super) fn choose<'a, T>(environment: &SimulatedEnvironment, choices: &'a [T]) -> &'a T {
    let count = u64::try_from(choices.len()).expect("few");
    &choices[usize::try_from(environment.below(count)).expect("below their number")]
}
