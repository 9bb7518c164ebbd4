//! [`Calls`]: the calls into one plugin value.

use std::{
    fmt,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Arc,
    task::Poll,
    thread,
    time::Duration,
};

use connect_api::{Error, Result};
use futures::{FutureExt, future::select};

use super::{Board, Call, Held, Seat, Stuck, Subject, call::Seconds};
use crate::{broker::Closer, environment::panic_message, secrets::Secrets};

/// The calls into the plugin of one task, or of one connector.
///
/// They never overlap: a plugin value has one call at a time. Converters and transforms are other values: theirs
/// go through [`convert`](Self::convert), and may run beside.
pub(crate) struct Calls {
    board: Arc<Board>,
    seat: Arc<Seat>,
    at: usize,
    conversions: Option<Box<Self>>,
    /// What no error shows.
    secrets: Secrets,
}

/// Why a call has no result.
#[derive(Debug)]
pub(crate) enum CallError {
    /// The plugin answered an error. The message names connector, task and call; the kind is the plugin's.
    Failed(Error),
    /// It panicked or did not answer in time: no further call on this plugin value, drop it.
    ///
    /// The error is `Fatal` and names connector, task and call.
    Broken(Error),
}

impl CallError {
    /// Returns the error, for those who end the task either way.
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Failed(error) | Self::Broken(error) => error,
        }
    }
}

impl Calls {
    pub(super) fn new(board: Arc<Board>, subject: Subject, secrets: &Secrets) -> Self {
        let mut calls = Self::alone(Arc::clone(&board), subject.clone(), secrets.clone());
        let conversions = Self::alone(board, subject, secrets.clone());
        calls.conversions = Some(Box::new(conversions));
        calls
    }

    fn alone(board: Arc<Board>, subject: Subject, secrets: Secrets) -> Self {
        let seat = Arc::new(Seat::new(subject));
        let at = board.sit(&seat);
        Self {
            board,
            seat,
            at,
            conversions: None,
            secrets,
        }
    }

    /// Runs converters and transforms on a batch, as [`run`](Self::run) does with a call.
    pub(crate) async fn convert<T: Send>(
        &self,
        deadline: Duration,
        work: impl Future<Output = Result<T>> + Send,
    ) -> Result<T, CallError> {
        let calls = self.conversions.as_deref().unwrap_or(self);
        calls.run(Call::Convert, deadline, work).await
    }

    /// Runs `work` as the call `call`, for at most `deadline`.
    ///
    /// # Contract
    ///
    /// - `work` is dropped when it panicked and when its time is over.
    /// - A result that comes after the call was reported as [`stuck`](Self::stuck) is dropped, and the call `Broken`.
    ///
    /// # Errors
    ///
    /// See [`CallError`].
    pub(crate) async fn run<T: Send>(
        &self,
        call: Call,
        deadline: Duration,
        work: impl Future<Output = Result<T>> + Send,
    ) -> Result<T, CallError> {
        // Whom this task has woken waits on this very thread, where nobody helps should the call block it.
        crate::turn::pass().await;
        let running = Running::enter(self, call, deadline);
        let mut work = pin!(Some(AssertUnwindSafe(work).catch_unwind()));
        let outcome = poll_fn(|cx| {
            // The work goes first: a result that is there is not thrown away.
            if let Some(work) = work.as_mut().as_pin_mut()
                && let Poll::Ready(result) = work.poll(cx)
            {
                return Poll::Ready(Some(result));
            }
            if self.seat.expired(cx.waker()) {
                Poll::Ready(None)
            } else {
                Poll::Pending
            }
        })
        .await;
        // Still watched: dropping it is plugin code too.
        let dropped = catch_unwind(AssertUnwindSafe(|| work.set(None)));
        let too_late = running.leave();
        match (outcome, dropped) {
            (Some(Ok(_)), Err(panic)) => self.judge(call, deadline, Err(panic), too_late),
            (Some(outcome), _) => self.judge(call, deadline, outcome, too_late),
            (None, _) => {
                let what = format!("did not answer within {}", Seconds(deadline));
                Err(CallError::Broken(self.error(call, what)))
            }
        }
    }

    /// Runs `work`, which waits for nothing, as the call `call`.
    ///
    /// # Errors
    ///
    /// See [`CallError`]; what takes too long ends by itself or never.
    pub(crate) fn run_now<T>(
        &self,
        call: Call,
        deadline: Duration,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<T, CallError> {
        let running = Running::enter(self, call, deadline);
        let outcome = catch_unwind(AssertUnwindSafe(work));
        let too_late = running.leave();
        self.judge(call, deadline, outcome, too_late)
    }

    /// Runs `work`, which may wait for ever, as the call `call`: each of its steps may take `deadline`.
    ///
    /// Dropping the future drops `work`, which is watched too.
    ///
    /// # Errors
    ///
    /// See [`CallError`].
    pub(crate) async fn attend<T: Send>(
        self: &Arc<Self>,
        call: Call,
        deadline: Duration,
        work: impl Future<Output = Result<T>> + Send,
    ) -> Result<T, CallError> {
        let mut work = self.hold(Box::pin(work), deadline);
        poll_fn(|cx| {
            let step = self.run_now(call, deadline, || Ok(work.as_mut().poll(cx)));
            match step {
                Ok(Poll::Pending) => Poll::Pending,
                Ok(Poll::Ready(done)) => {
                    Poll::Ready(done.map_err(|error| self.failed(call, error)))
                }
                Err(broken) => Poll::Ready(Err(broken)),
            }
        })
        .await
    }

    /// Keeps a plugin value, dropping which is a call of its own.
    pub(crate) fn hold<T>(self: &Arc<Self>, value: T, deadline: Duration) -> Held<T> {
        Held::new(value, Arc::clone(self), deadline)
    }

    /// Says what came of a call that returned or panicked.
    fn judge<T>(
        &self,
        call: Call,
        deadline: Duration,
        outcome: thread::Result<Result<T>>,
        too_late: Option<Duration>,
    ) -> Result<T, CallError> {
        let what = match (outcome, too_late) {
            (Ok(Ok(value)), None) => return Ok(value),
            (Ok(Err(error)), None) => return Err(self.failed(call, error)),
            (Err(panic), _) => format!("panicked: {}", panic_message(&*panic)),
            (Ok(_), Some(took)) => format!(
                "answered after {}, expected within {}",
                Seconds(took),
                Seconds(deadline)
            ),
        };
        Err(CallError::Broken(self.error(call, what)))
    }

    /// Keeps what closes a client of this task, for when its owner does not answer any more.
    ///
    /// While the executor does not answer it is closed at once.
    pub(crate) fn adopt(&self, client: Closer) {
        self.seat.adopt(client);
        // One that is adopted before the silence is noticed is closed with the others.
        if self.board.state().machine.is_silent() {
            self.seat.close_clients();
        }
    }

    /// Closes every adopted client now, and forgets them; from any thread.
    pub(crate) fn close_clients(&self) {
        self.seat.close_clients();
    }

    /// Resolves while a call blocks its thread past its deadline.
    ///
    /// Its future cannot be dropped by anybody, so the task counts as failed until the call returns.
    /// Dropping the future of this method loses nothing.
    pub(crate) async fn stuck(&self) -> Stuck {
        match &self.conversions {
            Some(conversions) => {
                let (own, conversion) = (pin!(self.seat.stuck()), pin!(conversions.seat.stuck()));
                select(own, conversion).await.factor_first().0
            }
            None => self.seat.stuck().await,
        }
    }

    fn stage(&self, call: Call) -> String {
        format!("{}: {call}", self.seat.subject)
    }

    fn failed(&self, call: Call, error: Error) -> CallError {
        let error = self.secrets.hide_in_error(error);
        CallError::Failed(error.context(self.stage(call)))
    }

    fn error(&self, call: Call, what: String) -> Error {
        Error::fatal(self.secrets.hide(&what)).context(self.stage(call))
    }
}

impl From<CallError> for Error {
    fn from(error: CallError) -> Self {
        error.into_error()
    }
}

/// A call in progress; it has left when this is dropped.
struct Running<'a> {
    calls: &'a Calls,
}

impl<'a> Running<'a> {
    fn enter(calls: &'a Calls, call: Call, deadline: Duration) -> Self {
        calls.board.enter(calls.at, call, deadline);
        Self { calls }
    }

    /// Answers how long the call took, if it was reported meanwhile.
    fn leave(self) -> Option<Duration> {
        let calls = self.calls;
        std::mem::forget(self);
        calls.board.leave(calls.at)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.calls.board.leave(self.calls.at);
    }
}

impl Drop for Calls {
    fn drop(&mut self) {
        self.board.vacate(self.at);
    }
}

impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Calls({})", self.seat.subject)
    }
}
