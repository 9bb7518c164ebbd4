//! [`Calls`]: the calls into one plugin value.

use std::{
    any::Any,
    fmt,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use connect_api::{Error, Result};
use futures::{FutureExt, future::select};

use super::{Board, Call, Seat, Stuck, Subject, call::Seconds};
use crate::{broker::Closer, environment::panic_message};

/// The calls into the plugin of one task, or of one connector.
///
/// They never overlap: a plugin value has one call at a time. Converters and transforms are other values: theirs
/// go through [`convert`](Self::convert), and may run beside.
pub(crate) struct Calls {
    board: Arc<Board>,
    seat: Arc<Seat>,
    at: usize,
    conversions: Option<Box<Self>>,
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
    pub(super) fn new(board: Arc<Board>, subject: Subject) -> Self {
        let mut calls = Self::alone(Arc::clone(&board), subject.clone());
        calls.conversions = Some(Box::new(Self::alone(board, subject)));
        calls
    }

    fn alone(board: Arc<Board>, subject: Subject) -> Self {
        let seat = Arc::new(Seat::new(subject));
        let at = board.sit(&seat);
        Self {
            board,
            seat,
            at,
            conversions: None,
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
        let broken = |what: String| Err(CallError::Broken(self.error(call, what)));
        let panicked =
            |panic: Box<dyn Any + Send>| broken(format!("panicked: {}", panic_message(&*panic)));
        let limit = Seconds(deadline);
        match (outcome, dropped, too_late) {
            (Some(Err(panic)), _, _) | (Some(Ok(_)), Err(panic), _) => panicked(panic),
            (None, _, _) => broken(format!("did not answer within {limit}")),
            (Some(Ok(_)), Ok(()), Some(took)) => broken(format!(
                "answered after {}, expected within {limit}",
                Seconds(took)
            )),
            (Some(Ok(Ok(value))), Ok(()), None) => Ok(value),
            (Some(Ok(Err(error))), Ok(()), None) => {
                Err(CallError::Failed(error.context(self.stage(call))))
            }
        }
    }

    /// Keeps what closes a client of this task, for when its owner does not answer any more.
    pub(crate) fn adopt(&self, client: Closer) {
        self.seat.adopt(client);
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

    fn error(&self, call: Call, what: String) -> Error {
        Error::fatal(what).context(self.stage(call))
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
