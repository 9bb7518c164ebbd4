//! [`Seat`]: what the watchdog's thread and a running call share.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::Waker,
    time::Duration,
};

use futures::task::AtomicWaker;
use tokio::sync::watch;

use super::{Call, Stuck, Subject};
use crate::broker::Closer;

/// What the watchdog's thread and a running call share.
pub(super) struct Seat {
    pub(super) subject: Subject,
    /// Whether the call in progress is past its deadline.
    expired: AtomicBool,
    waker: AtomicWaker,
    clients: Mutex<Vec<Closer>>,
    stuck: watch::Sender<Option<Stuck>>,
}

impl Seat {
    pub(super) fn new(subject: Subject) -> Self {
        Self {
            subject,
            expired: AtomicBool::new(false),
            waker: AtomicWaker::new(),
            clients: Mutex::default(),
            stuck: watch::Sender::new(None),
        }
    }

    pub(super) fn begin(&self) {
        self.expired.store(false, Ordering::Release);
    }

    /// Tells the call that its time is over; the waker is for after the board's lock.
    pub(super) fn expire(&self) -> Option<Waker> {
        self.expired.store(true, Ordering::Release);
        self.waker.take()
    }

    /// Returns whether the call's time is over, and has `waker` woken once it is.
    pub(super) fn expired(&self, waker: &Waker) -> bool {
        self.waker.register(waker);
        self.expired.load(Ordering::Acquire)
    }

    pub(super) fn report(&self, call: Call, since: Duration, running: Duration) {
        let subject = self.subject.clone();
        self.stuck.send_replace(Some(Stuck {
            subject,
            call,
            since,
            running,
        }));
    }

    pub(super) fn unreport(&self) {
        self.stuck.send_replace(None);
    }

    pub(super) async fn stuck(&self) -> Stuck {
        let mut reports = self.stuck.subscribe();
        match reports.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(stuck)) => stuck.clone(),
            Ok(None) | Err(_) => unreachable!("the sender lives in `self`, and was waited for"),
        }
    }

    pub(super) fn adopt(&self, client: Closer) {
        self.clients
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(client);
    }

    pub(super) fn close_clients(&self) {
        let clients =
            std::mem::take(&mut *self.clients.lock().unwrap_or_else(PoisonError::into_inner));
        for client in clients {
            client.close();
        }
    }
}
