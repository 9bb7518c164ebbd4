//! The conformance suite for sources: [`source`](crate::source()).
//!
//! An author says how to make a fresh system, how to append texts to it, and how to find such a text in a record. The
//! claims open tasks on it, poll, commit, crash between any two calls and open again, as the runtime does.
//!
//! ```
//! use std::sync::Arc;
//! use async_trait::async_trait;
//! use connect_api::SourceConnector;
//! use connect_testkit::{memory::{MemoryInput, MemorySource}, source::SourceSystem};
//!
//! struct Lists(MemoryInput);
//!
//! #[async_trait]
//! impl SourceSystem for Lists {
//!     fn connector(&self) -> Arc<dyn SourceConnector> {
//!         Arc::new(MemorySource::new(&self.0, "topic"))
//!     }
//!
//!     fn partitions(&self) -> usize {
//!         2
//!     }
//!
//!     async fn append(&mut self, partition: usize, texts: &[String]) {
//!         self.0.append_texts(partition, texts);
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
//! connect_testkit::source(|| async { Lists(MemoryInput::new(2)) }).await;
//! # });
//! # Ok::<(), std::io::Error>(())
//! ```

#![expect(
    clippy::missing_panics_doc,
    reason = "a claim panics if it does not hold"
)]

mod crash;
mod driver;
mod poll;
mod split;

use std::sync::Arc;

use async_trait::async_trait;
use connect_api::{Record, SourceConnector, SourceGuarantees, Value};

pub use self::{
    crash::{
        a_crash_between_any_two_calls_loses_and_doubles_nothing, a_restart_may_repeat_a_commit,
        nothing_is_acknowledged_before_its_commit, reading_resumes_after_any_record,
    },
    poll::{
        a_poll_gives_up_when_the_task_is_wanted, each_record_is_read_once_in_order,
        offsets_can_be_stored, records_that_arrive_later_are_read, the_last_records_are_committed,
    },
    split::{
        offsets_that_cannot_be_resumed_from_are_refused, own_offsets_can_be_altered,
        the_same_work_keeps_its_task_configs, work_is_split_into_no_more_tasks_than_allowed,
    },
};
use crate::claim::{Claim, Report};

/// What a source reads, as far as the suite can touch it.
#[async_trait]
pub trait SourceSystem: Send + Sync {
    /// Builds a connector that reads this system, as another process would.
    ///
    /// # Contract
    ///
    /// - It shares nothing in memory with connectors built before, but the system itself.
    fn connector(&self) -> Arc<dyn SourceConnector>;

    /// Adds texts at the end of a partition; each becomes exactly one record.
    ///
    /// # Contract
    ///
    /// - It is visible to readers when this returns. Texts are unique, of letters, digits and spaces.
    async fn append(&mut self, partition: usize, texts: &[String]);

    /// Returns how many partitions there are, each with an order of its own.
    ///
    /// # Contract
    ///
    /// - At least one, and always as many.
    fn partitions(&self) -> usize {
        1
    }

    /// Finds the text that became `record`.
    ///
    /// # Contract
    ///
    /// - It answers exactly what was given to [`append`](Self::append).
    fn text(&self, record: &Record) -> String {
        match &record.value.value {
            Value::String(text) => text.to_string(),
            Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            other => panic!("expected a string or bytes, found {other:?}: implement `text`"),
        }
    }

    /// Returns how long the system keeps what was read.
    ///
    /// # Contract
    ///
    /// - The answer is always the same.
    fn keeps(&self) -> Keeps {
        Keeps::Everything
    }
}

/// How long a system keeps what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a log or a queue")]
pub enum Keeps {
    /// For ever: reading can start again from the beginning.
    Everything,
    /// Until [`SourceTask::commit`](connect_api::SourceTask::commit) acknowledged it.
    UntilCommit,
}

/// Makes fresh systems; a closure `|| async { system }` does.
#[async_trait]
pub trait SourceFixture: Send + Sync {
    /// Makes a system of its own, without any record.
    ///
    /// # Contract
    ///
    /// - Systems do not see each other; it is called once or more per claim.
    async fn fresh(&self) -> Box<dyn SourceSystem>;
}

#[async_trait]
impl<S, F, Fut> SourceFixture for F
where
    S: SourceSystem + 'static,
    F: Fn() -> Fut + Send + Sync,
    Fut: Future<Output = S> + Send,
{
    async fn fresh(&self) -> Box<dyn SourceSystem> {
        Box::new(self().await)
    }
}

/// Tries every claim of [`source`](mod@crate::source).
///
/// # Panics
///
/// A claim fails; the message names it and all the others.
pub async fn source(fixture: impl SourceFixture) {
    report(&fixture).await.check();
}

macro_rules! claims {
    ($fixture:ident: $($claim:ident),+ $(,)?) => {
        vec![$(Claim::new(stringify!($claim), Box::pin($claim($fixture)))),+]
    };
}

/// Tries every claim and says which of them hold, without failing.
pub async fn report(fixture: &dyn SourceFixture) -> Report {
    let guarantees = fixture.fresh().await.connector().guarantees();
    let mut claims = claims! { fixture:
        each_record_is_read_once_in_order,
        records_that_arrive_later_are_read,
        a_poll_gives_up_when_the_task_is_wanted,
        offsets_can_be_stored,
        nothing_is_acknowledged_before_its_commit,
        work_is_split_into_no_more_tasks_than_allowed,
        the_same_work_keeps_its_task_configs,
        own_offsets_can_be_altered,
        offsets_that_cannot_be_resumed_from_are_refused,
    };
    if guarantees == SourceGuarantees::AtLeastOnce {
        let reason = "the source promises no more than at least once";
        let exact = [
            "reading_resumes_after_any_record",
            "a_restart_may_repeat_a_commit",
            "a_crash_between_any_two_calls_loses_and_doubles_nothing",
        ];
        claims.extend(exact.map(|name| Claim::untried(name, reason)));
    } else {
        claims.extend(claims! { fixture:
            reading_resumes_after_any_record,
            a_restart_may_repeat_a_commit,
            a_crash_between_any_two_calls_loses_and_doubles_nothing,
        });
    }
    if guarantees == SourceGuarantees::ExactlyOnceWithBoundaries {
        claims.extend(claims! { fixture: the_last_records_are_committed });
    } else {
        let reason = "the source sets no transaction boundaries";
        claims.push(Claim::untried("the_last_records_are_committed", reason));
    }
    Report::of("source", claims).await
}
