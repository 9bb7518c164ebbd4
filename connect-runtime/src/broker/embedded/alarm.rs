//! [`Alarm`]: the one timer of a broker.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::sync::Notify;

use super::log::lock;
use crate::Environment;

/// The one timer of a broker; it sleeps until the earliest deadline, and for ever without any.
///
/// The writer's thread cannot use tokio's clock, so this runs on the executor.
#[derive(Debug)]
pub(super) struct Alarm {
    environment: Arc<dyn Environment>,
    state: Mutex<State>,
    wake: Notify,
}

#[derive(Debug)]
enum State {
    /// Rings at this moment of [`Environment::elapsed`], if at all.
    Set(Option<Duration>),
    Ended,
}

impl Alarm {
    pub(super) fn new(environment: Arc<dyn Environment>) -> Self {
        Self {
            environment,
            state: Mutex::new(State::Set(None)),
            wake: Notify::new(),
        }
    }

    /// Rings at `at` at the latest.
    pub(super) fn set(&self, at: Duration) {
        let mut state = lock(&self.state);
        if let State::Set(earliest) = &mut *state
            && earliest.is_none_or(|earliest| at < earliest)
        {
            *earliest = Some(at);
            drop(state);
            self.wake.notify_one();
        }
    }

    /// Ends [`run`](Self::run).
    pub(super) fn end(&self) {
        *lock(&self.state) = State::Ended;
        self.wake.notify_one();
    }

    /// Calls `ring` at each deadline; whoever has a later one sets it again.
    pub(super) async fn run(&self, ring: impl Fn(Duration)) {
        loop {
            let deadline = match *lock(&self.state) {
                State::Ended => return,
                State::Set(deadline) => deadline,
            };
            let Some(deadline) = deadline else {
                self.wake.notified().await;
                continue;
            };
            let now = self.environment.elapsed();
            if now < deadline {
                // Both branches may be dropped: the deadline is read again.
                tokio::select! {
                    () = tokio::time::sleep(deadline - now) => {}
                    () = self.wake.notified() => {}
                }
                continue;
            }
            if let State::Set(deadline) = &mut *lock(&self.state) {
                *deadline = None;
            }
            ring(now);
        }
    }
}
