//! [`BrokerFaults`]: what goes wrong with a broker, and when.

use std::time::Duration;

use connect_api::{Error, ErrorKind, Result};
use tokio::time::{Instant, sleep};

use crate::script::Script;

/// A call to a broker or to one of its clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// `Broker::create_topic`.
    CreateTopic,
    /// `Broker::topic`.
    Topic,
    /// `Broker::topics`.
    Topics,
    /// `Broker::delete_topic`.
    DeleteTopic,
    /// `Broker::watermarks`.
    Watermarks,
    /// `Broker::group`.
    Group,
    /// `Broker::group_offsets`.
    GroupOffsets,
    /// `Broker::alter_group_offsets`.
    AlterGroupOffsets,
    /// `Broker::delete_group`.
    DeleteGroup,
    /// `Broker::producer` and `Broker::transactional_producer`.
    Producer,
    /// `Broker::consumer`.
    Consumer,
    /// `Broker::reader`.
    Reader,
    /// `Producer::send`.
    Send,
    /// Waiting for what `Producer::send` answered.
    Delivery,
    /// `TransactionalProducer::commit`.
    CommitTransaction,
    /// `TransactionalProducer::abort`.
    AbortTransaction,
    /// `Consumer::next`.
    NextEvent,
    /// `Consumer::start`.
    Start,
    /// `Consumer::seek`.
    Seek,
    /// `Consumer::commit`.
    CommitOffsets,
    /// `Consumer::release`.
    Release,
    /// `Consumer::close`.
    CloseConsumer,
    /// `LogReader::to_end`.
    ToEnd,
    /// `LogReader::next`.
    NextRead,
}

/// What goes wrong in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BrokerFault {
    /// The request is lost: the answer is `Unavailable`, and nothing happened.
    LoseRequest,
    /// The answer is lost: it is `Unavailable`, and what was asked for happened.
    LoseAnswer,
    /// The request takes so long.
    Delay(Duration),
    /// It happens at once, and the answer takes so long.
    DelayAnswer(Duration),
    /// The client is closed from outside: `Fenced`, now and later. For calls of the broker itself: the request is lost.
    CutOff,
}

/// What goes wrong with a broker, and when; clones share one script.
///
/// ```
/// use connect_testkit::faulty::{BrokerFault, BrokerFaults, Operation};
///
/// let faults = BrokerFaults::none();
/// // The second commit from here on happens, but its answer gets lost.
/// faults.on(Operation::CommitTransaction, 1, BrokerFault::LoseAnswer);
/// ```
#[derive(Clone, Debug)]
pub struct BrokerFaults(Script<Operation, BrokerFault>);

impl BrokerFaults {
    /// Lets everything go well.
    #[must_use]
    pub fn none() -> Self {
        Self(Script::new(None))
    }

    /// Asks `draw` before each call that has no entry of its own.
    pub fn drawn(mut draw: impl FnMut(Operation) -> Option<BrokerFault> + Send + 'static) -> Self {
        Self(Script::new(Some(Box::new(move |call| draw(*call)))))
    }

    /// Lets the call after the next `after` ones meet `fault`.
    pub fn on(&self, call: Operation, after: u32, fault: BrokerFault) {
        self.0.on(call, after, fault);
    }

    pub(super) fn take(&self, call: Operation) -> Option<BrokerFault> {
        self.0.take(&call)
    }

    /// Does `work`, a call of the broker itself.
    pub(super) async fn meet<T: Send>(
        &self,
        call: Operation,
        work: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        match self.take(call) {
            None => work.await,
            Some(BrokerFault::LoseRequest | BrokerFault::CutOff) => Err(lost("request", call)),
            Some(BrokerFault::LoseAnswer) => {
                drop(work.await?);
                Err(lost("answer", call))
            }
            Some(BrokerFault::Delay(delay)) => {
                sleep(delay).await;
                work.await
            }
            Some(BrokerFault::DelayAnswer(delay)) => {
                let answer = work.await;
                sleep(delay).await;
                answer
            }
        }
    }
}

impl Default for BrokerFaults {
    fn default() -> Self {
        Self::none()
    }
}

/// A wait that may be dropped and taken up again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    pub(super) fault: Option<BrokerFault>,
    pub(super) since: Instant,
}

/// Says what was lost of which call.
pub(super) fn lost(what: &str, call: Operation) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        format!("injected: the {what} of {call:?} is lost"),
    )
}

/// Says that a client was cut off.
pub(super) fn cut_off(call: Operation) -> Error {
    Error::fenced(format!("injected: cut off in {call:?}"))
}
