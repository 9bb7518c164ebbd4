//! [`Cut`]: clients that no broker hears any more.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use connect_api::{Error, ErrorKind, Result};
use tokio::{
    sync::Notify,
    task::JoinSet,
    time::{Instant, sleep_until},
};

use super::{
    fault::Operation,
    seat::{Heard, Seat},
};

/// Cuts all clients of a [`FaultyBroker`](super::FaultyBroker) off, and heals them.
///
/// While they are cut off, every call is answered with `Unavailable`, also one that waits already. A member of a group
/// that stays cut off for its session is expelled as by Kafka: others get its partitions. Once healed, it hears that
/// they are lost, and joins anew. Who closes or drops a member meanwhile is not heard either: it counts as one until
/// its session is over.
///
/// Only transactions end earlier than on Kafka: one that is open is aborted when its producer is closed or dropped.
///
/// Clones cut the same clients.
///
/// ```
/// use std::sync::Arc;
///
/// use connect_api::ErrorKind;
/// use connect_runtime::broker::{Broker, embedded::EmbeddedBroker};
/// use connect_testkit::{FaultyBroker, faulty::BrokerFaults};
///
/// connect_testkit::simulate(1, async |environment| {
///     let broker = EmbeddedBroker::memory(Arc::new(environment));
///     let broker = FaultyBroker::new(Arc::new(broker), BrokerFaults::none());
///     let cut = broker.cut_handle();
///     cut.cut();
///     assert_eq!(broker.topics().await.unwrap_err().kind(), ErrorKind::Unavailable);
///     cut.heal();
///     assert!(broker.topics().await.is_ok());
/// });
/// ```
#[derive(Clone)]
pub struct Cut(Arc<Line>);

/// What lies between the clients and their broker.
struct Line {
    /// Since when nothing gets through.
    since: Mutex<Option<Instant>>,
    /// Is told of every cut. Unlike a `watch`, it wakes those who wait in the order in which they came.
    torn: Notify,
    members: Mutex<Members>,
}

#[derive(Default)]
struct Members {
    seats: Vec<Weak<Seat>>,
    /// What waits for the ends of sessions.
    ends: JoinSet<()>,
}

impl Cut {
    /// Lets everything through.
    pub(super) fn whole() -> Self {
        Self(Arc::new(Line {
            since: Mutex::default(),
            torn: Notify::new(),
            members: Mutex::default(),
        }))
    }

    /// Cuts the clients off; a second time changes nothing.
    ///
    /// # Panics
    ///
    /// There is no tokio runtime here, which counts the time of sessions.
    pub fn cut(&self) {
        let now = Instant::now();
        if self.since().is_some() {
            return;
        }
        *self.since() = Some(now);
        self.0.torn.notify_waiters();
        let Members { seats, ends } = &mut *self.members();
        seats.retain(|seat| seat.strong_count() > 0);
        while ends.try_join_next().is_some() {}
        for seat in seats.iter().filter_map(Weak::upgrade) {
            let line = Arc::downgrade(&self.0);
            ends.spawn(async move {
                sleep_until(now + seat.session()).await;
                let since = line.upgrade().and_then(|line| *Self(line).since());
                let heard = match since {
                    Some(since) if since == now => Heard::Never,
                    _ => Heard::Since,
                };
                seat.end_session(heard);
            });
        }
    }

    /// Lets everything through again.
    pub fn heal(&self) {
        *self.since() = None;
    }

    pub(super) fn is_cut(&self) -> bool {
        self.since().is_some()
    }

    /// Counts the silence of a member from the next cut on.
    pub(super) fn seat(&self, session: Duration) -> Arc<Seat> {
        let seat = Arc::new(Seat::new(session));
        self.members().seats.push(Arc::downgrade(&seat));
        seat
    }

    /// Does `work`, unless the clients are cut off before it is done.
    pub(super) async fn across<T>(
        &self,
        call: Operation,
        work: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        // Both may be dropped while they wait: a caller may do that at any time.
        tokio::select! {
            biased;
            () = self.until_cut() => Err(unreachable(call)),
            done = work => done,
        }
    }

    async fn until_cut(&self) {
        let torn = self.0.torn.notified();
        if !self.is_cut() {
            torn.await;
        }
    }

    fn since(&self) -> MutexGuard<'_, Option<Instant>> {
        let since = self.0.since.lock();
        since.unwrap_or_else(PoisonError::into_inner)
    }

    fn members(&self) -> MutexGuard<'_, Members> {
        let members = self.0.members.lock();
        members.unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cut").field(&self.is_cut()).finish()
    }
}

/// Says which call did not get through.
pub(super) fn unreachable(call: Operation) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        format!("injected: {call:?} does not get through"),
    )
}
