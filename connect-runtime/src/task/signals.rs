//! [`Signals`]: what a plugin and its loop tell each other between calls.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

/// What a plugin and its loop tell each other between calls.
#[derive(Debug)]
pub(crate) struct Signals {
    /// Whether the loop wants the task back: `cx.wait` gives up while it is true.
    wanted: watch::Sender<bool>,
    flush: AtomicBool,
    wake_at: Mutex<Option<Instant>>,
    /// Told when the plugin asked for something.
    asked: Notify,
}

impl Signals {
    pub(crate) fn new() -> Self {
        Self {
            wanted: watch::Sender::new(false),
            flush: AtomicBool::new(false),
            wake_at: Mutex::new(None),
            asked: Notify::new(),
        }
    }

    /// Asks the plugin to return from what it waits for.
    pub(crate) fn want(&self) {
        self.wanted.send_replace(true);
    }

    /// Lets the plugin wait again.
    pub(crate) fn unwant(&self) {
        self.wanted.send_if_modified(std::mem::take);
    }

    pub(crate) fn is_wanted(&self) -> bool {
        *self.wanted.borrow()
    }

    /// Resolves when the task is wanted.
    pub(crate) async fn wanted(&self) {
        let mut wanted = self.wanted.subscribe();
        // The sender is part of `self`, so it cannot be gone.
        let _ = wanted.wait_for(|wanted| *wanted).await;
    }

    pub(crate) fn request_flush(&self) {
        self.flush.store(true, Ordering::Release);
        self.asked.notify_one();
    }

    /// Returns whether a flush was asked for since the last call.
    pub(crate) fn take_flush(&self) -> bool {
        self.flush.swap(false, Ordering::AcqRel)
    }

    pub(crate) fn wake_after(&self, delay: Duration) {
        *self.wake_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + delay);
        self.asked.notify_one();
    }

    /// Returns when the plugin wants to be woken.
    pub(crate) fn wake_at(&self) -> Option<Instant> {
        *self.wake_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether the moment to wake has come, and forgets it then.
    pub(crate) fn take_wake(&self) -> bool {
        let mut wake_at = self.wake_at.lock().unwrap_or_else(PoisonError::into_inner);
        let due = wake_at.is_some_and(|at| at <= Instant::now());
        if due {
            *wake_at = None;
        }
        due
    }

    /// Resolves when the plugin asked for something.
    pub(crate) async fn asked(&self) {
        self.asked.notified().await;
    }
}
