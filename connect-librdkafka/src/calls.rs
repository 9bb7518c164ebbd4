//! [`Calls`]: who may call the transactional API of a client, and until when.

use std::sync::{Mutex, PoisonError, TryLockError};

use crate::error::{Code, Error};

/// The calls of the transactional API of one client: one at a time, and none after one that did not return in time.
///
/// librdkafka lets the same call be repeated after a time-out. That is not safe: what the first call left in the queue
/// of librdkafka's thread is answered all the same, and the second call takes that answer for its own. It goes on too
/// early, fails, and no call is in progress any more when the broker answers that the transaction is committed. That
/// passes for the end of an abort, which can't follow a commit (`CommittingTransaction -> AbortedNotAcked`), and
/// librdkafka ends the process. 2.15.0 does so still.
#[derive(Debug, Default)]
pub(crate) struct Calls(Mutex<State>);

/// How the last call ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Answered,
    /// It goes on in the background, and nothing may be called any more.
    Unanswered,
}

impl Calls {
    /// Makes a call that is answered in any case, or that may be repeated.
    pub(crate) fn make(&self, call: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
        self.take(|_| call())
    }

    /// Makes a call that is the last one if it is not answered in time.
    pub(crate) fn make_once(&self, call: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
        self.take(|state| match call() {
            Err(error) if error.is_retriable() && error.code() == Code::TIMED_OUT => {
                *state = State::Unanswered;
                Err(Error::new(Code::TIMED_OUT, error.to_string()))
            }
            answer => answer,
        })
    }

    fn take(&self, call: impl FnOnce(&mut State) -> Result<(), Error>) -> Result<(), Error> {
        let mut state = match self.0.try_lock() {
            Ok(state) => state,
            // Nothing under this lock can panic half way.
            Err(TryLockError::Poisoned(error)) => error.into_inner(),
            Err(TryLockError::WouldBlock) => {
                let text = "another call of the transaction is in progress";
                return Err(Error::new(Code::CONFLICT, text));
            }
        };
        match *state {
            State::Answered => call(&mut state),
            State::Unanswered => {
                let text = "an earlier commit or abort was not answered in time";
                Err(Error::new(Code::STATE, text))
            }
        }
    }

    /// Whether nothing may be called any more.
    pub(crate) fn are_over(&mut self) -> bool {
        *self.0.get_mut().unwrap_or_else(PoisonError::into_inner) == State::Unanswered
    }
}
