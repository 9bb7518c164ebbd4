//! [`Queue`]: what waits for the writer.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use connect_api::{Error, Result};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot};

use super::{
    command::{Command, Reply},
    log::lock,
};

/// How many bytes of records may wait, so that a slow disk stops producers instead of filling memory.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// A batch takes at least one unit, which bounds the number of small batches too.
const UNIT: usize = 1024;

/// What waits for the writer, in order.
///
/// Records are bounded by bytes. Everything else is not: each client waits for its one command.
#[derive(Debug)]
pub(super) struct Queue {
    /// How errors call the broker.
    place: String,
    state: Mutex<State>,
    wake: Notify,
    space: Arc<Semaphore>,
}

#[derive(Debug)]
struct State {
    commands: VecDeque<Command>,
    /// Why commands were dropped without an answer.
    failure: Option<String>,
    accepts: Accepts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Accepts {
    Everything,
    /// What came before is still done.
    Nothing,
}

impl Queue {
    pub(super) fn new(place: &str) -> Self {
        Self {
            place: place.to_owned(),
            state: Mutex::new(State {
                commands: VecDeque::new(),
                failure: None,
                accepts: Accepts::Everything,
            }),
            wake: Notify::new(),
            space: Arc::new(Semaphore::new(MOST_BYTES / UNIT)),
        }
    }

    /// Waits for space for `bytes` of records.
    pub(super) async fn reserve(&self, bytes: usize) -> Result<OwnedSemaphorePermit> {
        let units = bytes.div_ceil(UNIT).clamp(1, MOST_BYTES / UNIT);
        let units = u32::try_from(units).expect("the bound fits");
        Arc::clone(&self.space)
            .acquire_many_owned(units)
            .await
            .map_err(|_closed| self.closed())
    }

    /// Hands `command` to the writer.
    ///
    /// # Errors
    ///
    /// `Fatal`: the broker is closed.
    pub(super) fn push(&self, command: Command) -> Result<()> {
        {
            let mut state = lock(&self.state);
            if state.accepts == Accepts::Nothing {
                return Err(self.closed());
            }
            state.commands.push_back(command);
        }
        self.wake.notify_one();
        Ok(())
    }

    /// Answers whether the broker is open.
    ///
    /// # Errors
    ///
    /// `Fatal`: the broker is closed.
    pub(super) fn check(&self) -> Result<()> {
        match lock(&self.state).accepts {
            Accepts::Everything => Ok(()),
            Accepts::Nothing => Err(self.closed()),
        }
    }

    /// Hands over the command that `make` makes, and waits for its answer.
    pub(super) async fn call<T>(&self, make: impl FnOnce(Reply<T>) -> Command) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        self.push(make(reply))?;
        self.answer(answer).await
    }

    /// Waits for an answer of the writer.
    pub(super) async fn answer<T>(&self, answer: oneshot::Receiver<Result<T>>) -> Result<T> {
        match answer.await {
            Ok(answer) => answer,
            Err(_) => {
                let failure = lock(&self.state).failure.clone();
                let failure = failure.unwrap_or_else(|| {
                    format!("embedded broker: {} ended before it answered", self.place)
                });
                Err(Error::unavailable(format!(
                    "{failure}; the outcome is unknown"
                )))
            }
        }
    }

    /// Keeps `error` for those whose commands were dropped because of it.
    pub(super) fn note(&self, error: &Error) {
        lock(&self.state).failure = Some(error.report().to_string());
    }

    /// Waits until something happened: a command came, the queue was closed, or [`ring`](Self::ring) was called.
    ///
    /// Dropping the future loses nothing.
    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Wakes the writer without a command.
    pub(super) fn ring(&self) {
        self.wake.notify_one();
    }

    /// Returns whether nothing comes any more.
    pub(super) fn is_over(&self) -> bool {
        let state = lock(&self.state);
        state.accepts == Accepts::Nothing && state.commands.is_empty()
    }

    /// Returns a command that is there already.
    pub(super) fn take_now(&self) -> Option<Command> {
        lock(&self.state).commands.pop_front()
    }

    /// Refuses what comes from now on; what came before is still done.
    pub(super) fn close(&self) {
        lock(&self.state).accepts = Accepts::Nothing;
        self.space.close();
        self.wake.notify_one();
    }

    /// Drops everything that waits: nobody will do it.
    pub(super) fn clear(&self) {
        self.close();
        let commands = std::mem::take(&mut lock(&self.state).commands);
        drop(commands);
    }

    fn closed(&self) -> Error {
        Error::fatal(format!("embedded broker: {} is closed", self.place))
    }
}
