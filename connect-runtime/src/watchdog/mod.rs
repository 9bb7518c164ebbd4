//! [`Watchdog`] and [`Calls`]: no call into a plugin goes unwatched.
//!
//! Each call has a deadline, which fires on a plain thread of the worker's and not on the executor, so it fires also
//! when plugins hold all of the executor's threads. What is late is decided by a pure machine; the thread, or in a
//! simulation the task, only feeds it. If the executor itself does not answer, the thread closes all clients and takes
//! the worker out of its group, since the clients would go on without it.

mod call;
mod calls;
mod held;
mod machine;
mod membership;
mod seat;
#[cfg(test)]
mod tests;

use std::{
    fmt,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::Waker,
    time::Duration,
};

use connect_api::Result;
use futures::future::select;
use tokio::sync::Notify;

use self::{
    call::Seconds,
    machine::{Action, Event, Machine},
    seat::Seat,
};
pub(crate) use self::{
    call::{Call, Stuck, Subject},
    calls::{CallError, Calls},
    held::Held,
    machine::Limits,
    membership::Membership,
};
use crate::{Environment, broker::Closer, secrets::Secrets};

/// Watches all calls into plugins of one worker.
///
/// Its thread ends with the last [`Calls`] and clone of it.
#[derive(Clone, Debug)]
pub(crate) struct Watchdog(Arc<Board>);

impl Watchdog {
    /// Starts the thread, which acts within `limits`.
    ///
    /// # Errors
    ///
    /// `Unavailable`: the system has no thread for it, and without one no call has a deadline.
    pub(crate) fn start(environment: Arc<dyn Environment>, limits: Limits) -> Result<Self> {
        let state = State {
            machine: Machine::new(limits),
            seats: Vec::new(),
            member: None,
        };
        let board = Arc::new(Board {
            environment: Arc::clone(&environment),
            state: Mutex::new(state),
            bell: Arc::default(),
            recovered: Notify::new(),
        });
        let watch = watch(
            Arc::downgrade(&board),
            Arc::clone(&board.bell),
            Arc::clone(&environment),
        );
        environment.drive("connect-watchdog", Box::pin(watch))?;
        Ok(Self(board))
    }

    /// Has the worker leave its group with `leave` when an executor does not answer any more, until it is dropped.
    ///
    /// `executor` is where the worker attends to its membership: from now on it is asked too, also while no call is in
    /// progress.
    pub(crate) fn member(&self, leave: Closer, executor: Arc<dyn Environment>) -> Membership {
        Membership::begin(&self.0, leave, executor)
    }

    /// Waits until the executor answers, if it was silent for a session.
    ///
    /// Dropping the future loses nothing.
    pub(crate) async fn awake(&self) {
        loop {
            // It hears of a recovery from here on, also before it is awaited.
            let recovered = self.0.recovered.notified();
            if !self.0.state().machine.is_silent() {
                return;
            }
            recovered.await;
        }
    }

    /// Registers whose calls are to be watched.
    #[cfg(test)]
    pub(crate) fn calls(&self, subject: Subject) -> Arc<Calls> {
        self.calls_hiding(&Secrets::default(), subject)
    }

    /// Registers whose calls are to be watched; their errors do not show `secrets`.
    pub(crate) fn calls_hiding(&self, secrets: &Secrets, subject: Subject) -> Arc<Calls> {
        Arc::new(Calls::new(Arc::clone(&self.0), subject, secrets))
    }
}

/// What the watchdog's thread does: it sleeps until the next limit and acts on what is late.
async fn watch(board: Weak<Board>, bell: Arc<Notify>, environment: Arc<dyn Environment>) {
    loop {
        let Some(alarm) = board.upgrade().map(|board| board.tick()) else {
            return;
        };
        // Both sides may be dropped: a notification is kept for the next round.
        select(pin!(bell.notified()), environment.alarm(alarm)).await;
    }
}

/// Who is calling what.
struct Board {
    environment: Arc<dyn Environment>,
    state: Mutex<State>,
    /// Wakes the thread before its alarm.
    bell: Arc<Notify>,
    /// Wakes those who wait for the executor to answer again.
    recovered: Notify,
}

struct State {
    machine: Machine,
    seats: Vec<Option<Arc<Seat>>>,
    member: Option<Member>,
}

/// What takes the worker out of its group, and where it attends to being in it.
#[derive(Clone)]
struct Member {
    leave: Closer,
    executor: Arc<dyn Environment>,
}

impl Board {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sit(&self, seat: &Arc<Seat>) -> usize {
        let mut state = self.state();
        let at = state.machine.sit();
        if at == state.seats.len() {
            state.seats.push(None);
        }
        state.seats[at] = Some(Arc::clone(seat));
        at
    }

    fn vacate(&self, at: usize) {
        let mut state = self.state();
        state.machine.vacate(at);
        state.seats[at] = None;
    }

    fn enter(&self, at: usize, call: Call, deadline: Duration) {
        let now = self.environment.elapsed();
        let deadline = now.saturating_add(deadline);
        let mut state = self.state();
        if let Some(seat) = &state.seats[at] {
            seat.begin();
        }
        let actions = state.machine.on(
            Event::Entered {
                seat: at,
                call,
                deadline,
            },
            now,
        );
        drop(state);
        if actions.contains(&Action::Rearm) {
            self.bell.notify_one();
        }
    }

    /// Answers how long the call took, if that was so long that its result does not count.
    fn leave(&self, at: usize) -> Option<Duration> {
        let now = self.environment.elapsed();
        let mut state = self.state();
        let actions = state.machine.on(Event::Left { seat: at }, now);
        let too_late = actions.iter().find_map(|action| match action {
            Action::TooLate { since } => Some(now.saturating_sub(*since)),
            _ => None,
        });
        if let (Some(_), Some(seat)) = (too_late, &state.seats[at]) {
            seat.unreport();
        }
        too_late
    }

    fn answered(&self) {
        let actions = self
            .state()
            .machine
            .on(Event::Answered, self.environment.elapsed());
        for action in actions {
            match action {
                Action::Recovered { silent } => {
                    tracing::warn!("the executor answers again after {}", Seconds(silent));
                    self.recovered.notify_waiters();
                }
                Action::Rearm => self.bell.notify_one(),
                _ => {}
            }
        }
    }

    /// Acts on what is late, and returns when to look again.
    fn tick(self: Arc<Self>) -> Duration {
        let now = self.environment.elapsed();
        let mut wake = Vec::new();
        let mut state = self.state();
        let actions = state.machine.on(Event::Tick, now);
        // Seats are marked under the lock, so that the mark cannot hit the call that comes after the late one.
        for action in &actions {
            wake.extend(state.mark(*action, now));
        }
        let alarm = state.machine.alarm();
        drop(state);
        wake.into_iter().for_each(Waker::wake);
        for action in actions {
            match action {
                Action::Ping => self.ping(),
                Action::Stalled { silent } => self.stalled(silent, now),
                _ => {}
            }
        }
        alarm
    }

    /// Asks the executor of plugins for a sign of life, and then that of the membership.
    fn ping(self: &Arc<Self>) {
        let board = Arc::downgrade(self);
        let answer = async move {
            if let Some(board) = board.upgrade() {
                board.answered();
            }
        };
        let member = self.state().member.clone();
        let asked = async move {
            match member {
                Some(member) => drop(member.executor.spawn("connect-ping", Box::pin(answer))),
                None => answer.await,
            }
        };
        drop(self.environment.spawn("connect-ping", Box::pin(asked)));
    }

    /// Names the calls in progress, closes all clients and leaves the group, since nobody else can.
    fn stalled(&self, silent: Duration, now: Duration) {
        let mut state = self.state();
        let calls = state.calls_in_progress(now);
        let seats: Vec<Arc<Seat>> = state.seats.iter().flatten().map(Arc::clone).collect();
        let member = state.member.take();
        drop(state);
        let left = match member {
            Some(_) => "; this worker leaves its group, and others take over what it has",
            None => "",
        };
        tracing::error!(
            "the executor did not answer for {}; all clients are closed{left}; calls in progress: {calls}",
            Seconds(silent),
        );
        for seat in seats {
            seat.close_clients();
        }
        if let Some(member) = member {
            member.leave.close();
        }
    }
}

impl State {
    fn calls_in_progress(&self, now: Duration) -> String {
        let named = self.machine.running().filter_map(|(at, call, since)| {
            let subject = &self.seats[at].as_ref()?.subject;
            let running = Seconds(now.saturating_sub(since));
            Some(format!("{subject}: {call} (for {running})"))
        });
        let calls: Vec<String> = named.collect();
        if calls.is_empty() {
            "none".to_owned()
        } else {
            calls.join(", ")
        }
    }

    fn mark(&self, action: Action, now: Duration) -> Option<Waker> {
        match action {
            Action::Expire { seat } => self.seats[seat].as_ref()?.expire(),
            Action::Report { seat, call, since } => {
                let running = now.saturating_sub(since);
                self.seats[seat].as_ref()?.report(call, since, running);
                None
            }
            _ => None,
        }
    }
}

impl fmt::Debug for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Board")
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.bell.notify_one();
    }
}
