//! The conformance suite for sinks: [`sink`](crate::sink()).
//!
//! An author says how to make a fresh system, how to make a record of a text, and how to read back which texts are
//! there. The claims open tasks, put batches, flush, crash between any two calls and open again, as the runtime does.
//! What the sink promises decides what is expected: each record once if it stores offsets or is idempotent, at least
//! once otherwise.
//!
//! ```
//! use std::sync::Arc;
//! use async_trait::async_trait;
//! use connect_api::SinkConnector;
//! use connect_testkit::{memory::{MemorySink, MemoryTable}, sink::SinkSystem};
//!
//! struct Table(MemoryTable);
//!
//! #[async_trait]
//! impl SinkSystem for Table {
//!     fn connector(&self) -> Arc<dyn SinkConnector> {
//!         Arc::new(MemorySink::new(&self.0))
//!     }
//!
//!     async fn read(&self) -> Vec<String> {
//!         self.0.texts()
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
//! connect_testkit::sink(|| async { Table(MemoryTable::new()) }).await;
//! # });
//! # Ok::<(), std::io::Error>(())
//! ```

#![expect(
    clippy::missing_panics_doc,
    reason = "a claim panics if it does not hold"
)]

mod crash;
mod driver;
mod flush;
mod offsets;
mod ownership;
mod refusal;

use std::sync::Arc;

use async_trait::async_trait;
use connect_api::{Record, SinkConnector, SinkGuarantees};

pub use self::{
    crash::{
        a_crash_before_the_group_commits, a_crash_between_any_two_calls_loses_and_doubles_nothing,
        batches_may_be_cut_differently_after_a_restart,
    },
    flush::{
        an_empty_batch_is_accepted, closing_makes_everything_durable,
        each_record_is_written_once_in_order, what_a_flush_answers_is_durable,
    },
    offsets::{
        altered_offsets_are_where_the_next_task_starts, offsets_count_records_that_were_dropped,
        offsets_move_without_records,
    },
    ownership::{
        lost_partitions_write_nothing_more, of_two_tasks_on_one_partition_only_one_stores,
        partitions_come_and_go,
    },
    refusal::{
        a_batch_comes_again_after_an_outage, a_refused_record_does_not_harm_the_others,
        nothing_passes_a_record_that_is_not_tolerated,
    },
};
use crate::claim::{Claim, Report};

/// What a sink writes, as far as the suite can touch it.
#[async_trait]
pub trait SinkSystem: Send + Sync {
    /// Builds a connector that writes to this system, as another process would.
    ///
    /// # Contract
    ///
    /// - It shares nothing in memory with connectors built before, but the system itself.
    fn connector(&self) -> Arc<dyn SinkConnector>;

    /// Reads which texts are there, as a reader of the system sees them.
    ///
    /// # Contract
    ///
    /// - It reads nothing that is not committed, and all that is, each text as often as it is there.
    /// - Texts of one partition come in the order of writing, unless [`order`](Self::order) says otherwise.
    async fn read(&self) -> Vec<String>;

    /// Makes a record of a text; texts are unique, of letters, digits and spaces.
    ///
    /// # Contract
    ///
    /// - The connector accepts it, and once it is committed, [`read`](Self::read) answers `text`.
    fn record(&self, topic: &str, text: &str) -> Record {
        Record::new(topic, text).with_key(text)
    }

    /// Makes a record that the system refuses, if there is such a thing.
    ///
    /// # Contract
    ///
    /// - The connector rejects it, by whatever way the contract of `put` has; it is never read.
    fn refused(&self, topic: &str) -> Option<Record> {
        let _ = topic;
        None
    }

    /// Returns whether readers see in which order a partition was written.
    ///
    /// # Contract
    ///
    /// - The answer is always the same.
    fn order(&self) -> Order {
        Order::Visible
    }

    /// Puts the system out of the connector's reach until [`reconnect`](Self::reconnect), if that can be done.
    ///
    /// # Contract
    ///
    /// - After [`Outage::Begun`] the connector's calls to the system fail, and nothing that is stored is lost.
    async fn cut_off(&self) -> Outage {
        Outage::Unsupported
    }

    /// Ends an outage.
    ///
    /// # Contract
    ///
    /// - The next call of the connector may succeed when this returns. Without an outage nothing happens.
    async fn reconnect(&self) {}
}

/// Whether readers see in which order a partition was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a log or a set")]
pub enum Order {
    /// As in a file: [`SinkSystem::read`] answers texts in the order of writing.
    Visible,
    /// As in a table: it answers them in any order.
    Invisible,
}

/// Whether a system can be put out of reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it can or it cannot")]
pub enum Outage {
    /// It is out of reach now.
    Begun,
    /// It is always there.
    Unsupported,
}

/// Makes fresh systems; a closure `|| async { system }` does.
#[async_trait]
pub trait SinkFixture: Send + Sync {
    /// Makes a system of its own, with nothing in it.
    ///
    /// # Contract
    ///
    /// - Systems do not see each other; it is called once or more per claim.
    async fn fresh(&self) -> Box<dyn SinkSystem>;
}

#[async_trait]
impl<S, F, Fut> SinkFixture for F
where
    S: SinkSystem + 'static,
    F: Fn() -> Fut + Send + Sync,
    Fut: Future<Output = S> + Send,
{
    async fn fresh(&self) -> Box<dyn SinkSystem> {
        Box::new(self().await)
    }
}

/// Tries every claim of [`sink`](mod@crate::sink).
///
/// # Panics
///
/// A claim fails; the message names it and all the others.
pub async fn sink(fixture: impl SinkFixture) {
    report(&fixture).await.check();
}

macro_rules! claims {
    ($fixture:ident: $($claim:ident),+ $(,)?) => {
        vec![$(Claim::new(stringify!($claim), Box::pin($claim($fixture)))),+]
    };
    ($fixture:ident unless $reason:expr => $($claim:ident),+ $(,)?) => {
        match $reason {
            None => claims! { $fixture: $($claim),+ },
            Some(reason) => vec![$(Claim::untried(stringify!($claim), reason)),+],
        }
    };
}

/// Tries every claim and says which of them hold, without failing.
pub async fn report(fixture: &dyn SinkFixture) -> Report {
    let mut claims = claims! { fixture:
        each_record_is_written_once_in_order,
        what_a_flush_answers_is_durable,
        closing_makes_everything_durable,
        an_empty_batch_is_accepted,
        partitions_come_and_go,
        lost_partitions_write_nothing_more,
        a_crash_between_any_two_calls_loses_and_doubles_nothing,
        a_crash_before_the_group_commits,
        batches_may_be_cut_differently_after_a_restart,
    };
    let system = fixture.fresh().await;
    let forgets = (system.connector().guarantees() != SinkGuarantees::StoresOffsets)
        .then_some("the sink stores no offsets");
    claims.extend(claims! { fixture unless forgets =>
        offsets_move_without_records,
        offsets_count_records_that_were_dropped,
        altered_offsets_are_where_the_next_task_starts,
        of_two_tasks_on_one_partition_only_one_stores,
    });
    let takes_all = system
        .refused("topic")
        .is_none()
        .then_some("`SinkSystem::refused` makes no record");
    claims.extend(claims! { fixture unless takes_all =>
        a_refused_record_does_not_harm_the_others,
        nothing_passes_a_record_that_is_not_tolerated,
    });
    let always_there = match system.cut_off().await {
        Outage::Begun => None,
        Outage::Unsupported => Some("`SinkSystem::cut_off` is not supported"),
    };
    claims.extend(claims! { fixture unless always_there => a_batch_comes_again_after_an_outage });
    Report::of("sink", claims).await
}
