//! [`News`]: tells that more of a topic was read.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::Notify;

/// Tells that more of a topic was read.
///
/// Unlike a `watch`, it wakes those who wait in the order in which they came, so that a simulation can be repeated.
#[derive(Debug, Default)]
pub(super) struct News {
    count: AtomicU64,
    wake: Notify,
}

/// Hears when more of a topic was read than when it was asked last.
#[derive(Debug)]
pub(crate) struct Hearing {
    news: Arc<News>,
    heard: u64,
}

impl News {
    pub(super) fn tell(&self) {
        self.count.fetch_add(1, Ordering::SeqCst);
        self.wake.notify_waiters();
    }

    /// Hears what is told from now on.
    pub(super) fn hearing(self: &Arc<Self>) -> Hearing {
        Hearing {
            news: Arc::clone(self),
            heard: self.count.load(Ordering::SeqCst),
        }
    }
}

impl Hearing {
    /// Waits until more was read; dropping the future loses nothing.
    pub(crate) async fn changed(&mut self) {
        loop {
            let mut told = pin!(self.news.wake.notified());
            told.as_mut().enable();
            let count = self.news.count.load(Ordering::SeqCst);
            if count != self.heard {
                self.heard = count;
                return;
            }
            told.await;
        }
    }
}
