//! [`Process`]: tasks that die together.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use connect_runtime::Milestone;
use futures::future::BoxFuture;
use tokio::sync::Notify;

use super::panic_message;

/// A simulated process: its tasks are killed, frozen and thawed together.
pub(super) struct Process {
    name: Arc<str>,
    inner: Mutex<Inner>,
    died: Notify,
}

struct Inner {
    state: State,
    /// How far its wall clock is wrong, milliseconds.
    wall_error: i64,
    polls: u64,
    /// Dies when `polls` gets here.
    last_poll: Option<u64>,
    /// Dies there, after passing it so many times less one.
    last_milestone: Option<(Milestone, u64)>,
    next_task: u64,
    /// In the order in which they were spawned, so that they die in the same order every time.
    tasks: BTreeMap<u64, Slot>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Running,
    Frozen,
    Dead,
}

/// A task between two polls.
struct Slot {
    /// `None` while it is being polled.
    work: Option<BoxFuture<'static, ()>>,
    waker: Option<Waker>,
}

/// What a task may do when it is polled.
enum Turn {
    Run(BoxFuture<'static, ()>),
    Wait,
    Die,
}

impl Process {
    pub(super) fn new(name: &str) -> Arc<Self> {
        let inner = Inner {
            state: State::Running,
            wall_error: 0,
            polls: 0,
            last_poll: None,
            last_milestone: None,
            next_task: 0,
            tasks: BTreeMap::new(),
        };
        Arc::new(Self {
            name: name.into(),
            inner: Mutex::new(inner),
            died: Notify::new(),
        })
    }

    pub(super) fn name(&self) -> Arc<str> {
        Arc::clone(&self.name)
    }

    pub(super) fn polls(&self) -> u64 {
        self.lock().polls
    }

    pub(super) fn kill_after(&self, polls: u64) {
        let mut inner = self.lock();
        inner.last_poll = Some(inner.polls + polls);
    }

    pub(super) fn kill_at(&self, milestone: Milestone, nth: u64) {
        self.lock().last_milestone = Some((milestone, nth));
    }

    /// Returns whether it dies at `milestone` this time.
    pub(super) fn dies_at(&self, milestone: Milestone) -> bool {
        let mut inner = self.lock();
        match &mut inner.last_milestone {
            Some((last, left)) if *last == milestone && *left > 1 => *left -= 1,
            Some((last, _)) if *last == milestone => return inner.state == State::Running,
            _ => {}
        }
        false
    }

    pub(super) fn kill(&self) {
        let mut inner = self.lock();
        inner.state = State::Dead;
        let slots: Vec<Slot> = std::mem::take(&mut inner.tasks).into_values().collect();
        // What a dropped task does may come back here.
        drop(inner);
        for slot in slots {
            drop(slot.work);
            if let Some(waker) = slot.waker {
                waker.wake();
            }
        }
        self.died.notify_waiters();
    }

    pub(super) fn freeze(&self) {
        let mut inner = self.lock();
        if inner.state == State::Running {
            inner.state = State::Frozen;
        }
    }

    pub(super) fn thaw(&self) {
        let mut inner = self.lock();
        if inner.state != State::Frozen {
            return;
        }
        inner.state = State::Running;
        let wakers: Vec<Waker> = inner
            .tasks
            .values()
            .filter_map(|slot| slot.waker.clone())
            .collect();
        drop(inner);
        wakers.into_iter().for_each(Waker::wake);
    }

    pub(super) fn jump(&self, millis: i64) {
        let mut inner = self.lock();
        inner.wall_error = inner.wall_error.saturating_add(millis);
    }

    pub(super) fn wall_error(&self) -> i64 {
        self.lock().wall_error
    }

    pub(super) async fn killed(&self) {
        let died = self.died.notified();
        if self.lock().state != State::Dead {
            died.await;
        }
    }

    /// Makes `work` a task; it answers its panic, or that it was killed.
    pub(super) fn task(self: &Arc<Self>, work: BoxFuture<'static, ()>) -> Task {
        let mut inner = self.lock();
        let id = inner.next_task;
        inner.next_task += 1;
        let alive = inner.state != State::Dead;
        let unborn = if alive {
            let slot = Slot {
                work: Some(work),
                waker: None,
            };
            inner.tasks.insert(id, slot);
            None
        } else {
            Some(work)
        };
        drop(inner);
        drop(unborn);
        Task {
            process: Arc::clone(self),
            id,
        }
    }

    fn turn(&self, id: u64, waker: &Waker) -> Turn {
        let mut inner = self.lock();
        let dies = inner.last_poll.is_some_and(|last| inner.polls >= last);
        if dies && inner.state == State::Running {
            drop(inner);
            self.kill();
            return Turn::Die;
        }
        let state = inner.state;
        let Some(slot) = inner.tasks.get_mut(&id) else {
            return Turn::Die;
        };
        slot.waker = Some(waker.clone());
        match slot.work.take_if(|_| state == State::Running) {
            Some(work) => {
                inner.polls += 1;
                Turn::Run(work)
            }
            None => Turn::Wait,
        }
    }

    /// Takes a pending task back; one that died while it ran is returned, to be dropped.
    fn park(&self, id: u64, work: BoxFuture<'static, ()>) -> Option<BoxFuture<'static, ()>> {
        match self.lock().tasks.get_mut(&id) {
            Some(slot) => {
                slot.work = Some(work);
                None
            }
            None => Some(work),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A task of a [`Process`].
pub(super) struct Task {
    process: Arc<Process>,
    id: u64,
}

impl Future for Task {
    type Output = Result<(), String>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let killed = || Poll::Ready(Err("the process was killed".to_owned()));
        let mut work = match self.process.turn(self.id, cx.waker()) {
            Turn::Run(work) => work,
            Turn::Wait => return Poll::Pending,
            Turn::Die => return killed(),
        };
        match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx))) {
            Ok(Poll::Pending) => match self.process.park(self.id, work) {
                None => Poll::Pending,
                Some(_) => killed(),
            },
            Ok(Poll::Ready(())) => {
                self.process.lock().tasks.remove(&self.id);
                Poll::Ready(Ok(()))
            }
            Err(panic) => {
                self.process.lock().tasks.remove(&self.id);
                Poll::Ready(Err(panic_message(&*panic)))
            }
        }
    }
}
