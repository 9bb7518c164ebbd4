//! [`Marked`]: an environment in which a process dies or stops at a milestone.

use std::{
    fmt, io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use connect_runtime::{Environment, Milestone};
use futures::future::BoxFuture;
use rustix::process::{Signal, getpid, kill_process};
use tokio::sync::watch;

use super::{
    Census,
    order::{Order, Release},
    report::{DIES, say},
};

/// Where a process has come, and what is to happen where.
#[derive(Debug)]
pub(super) struct Marks {
    order: Order,
    census: Mutex<Census>,
    /// Told when the census has changed, to threads and to tasks.
    changed: Condvar,
    news: watch::Sender<u64>,
}

impl Marks {
    pub(super) fn new(order: Order) -> Self {
        Self {
            order,
            census: Mutex::default(),
            changed: Condvar::new(),
            news: watch::Sender::new(0),
        }
    }

    pub(super) fn census(&self) -> Census {
        self.lock().clone()
    }

    /// Subscribes to changes of the census.
    pub(super) fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    fn reached(&self, milestone: Milestone) {
        let mut census = self.lock();
        let count = census.add(milestone);
        let before = census.clone();
        drop(census);
        self.changed.notify_all();
        self.news.send_modify(|news| *news += 1);
        match self.order {
            Order::Kill(at, nth) if (at, nth) == (milestone, count) => {
                say(&format!("{DIES}{milestone}"));
                // It does not return: the signal is for all threads, and cannot be blocked.
                signal(Signal::KILL);
            }
            Order::Stop(at, nth) if (at, nth) == (milestone, count) => {
                // Another thread may take the signal, and this one run on for a moment; it goes no further than here.
                signal(Signal::STOP);
                self.wait_for_release(&before);
            }
            Order::Run | Order::Kill(..) | Order::Stop(..) => {}
        }
    }

    /// Waits for the parent, and for what it wants to happen first; `before` is the census of the stop.
    fn wait_for_release(&self, before: &Census) {
        let mut line = String::new();
        let read = io::stdin().read_line(&mut line);
        match Release::read(&line) {
            Some(Release::Now) => {}
            Some(Release::After(other)) => {
                let census = self.lock();
                let waited = self
                    .changed
                    .wait_while(census, |census| census.count(other) == before.count(other));
                drop(waited.unwrap_or_else(PoisonError::into_inner));
            }
            None => {
                // The parent is gone, or it is none of ours.
                say(&format!("expected a release, found `{line}` ({read:?})"));
                signal(Signal::KILL);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Census> {
        self.census.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn signal(signal: Signal) {
    kill_process(getpid(), signal).expect("a process may send itself any signal");
}

/// An environment in which a process dies or stops at a milestone.
pub(super) struct Marked<E> {
    inner: E,
    marks: Arc<Marks>,
}

impl<E> Marked<E> {
    pub(super) fn new(inner: E, marks: &Arc<Marks>) -> Self {
        Self {
            inner,
            marks: Arc::clone(marks),
        }
    }
}

impl<E: Environment> Environment for Marked<E> {
    fn wall(&self) -> SystemTime {
        self.inner.wall()
    }

    fn elapsed(&self) -> Duration {
        self.inner.elapsed()
    }

    fn random(&self) -> u64 {
        self.inner.random()
    }

    fn spawn(
        &self,
        name: &str,
        work: BoxFuture<'static, ()>,
    ) -> BoxFuture<'static, Result<(), String>> {
        self.inner.spawn(name, work)
    }

    fn drive(&self, name: &str, work: BoxFuture<'static, ()>) -> connect_api::Result<()> {
        self.inner.drive(name, work)
    }

    fn alarm(&self, moment: Duration) -> BoxFuture<'static, ()> {
        self.inner.alarm(moment)
    }

    fn blocking(&self, work: Box<dyn FnOnce() + Send>) -> BoxFuture<'static, Result<(), String>> {
        self.inner.blocking(work)
    }

    fn reached(&self, milestone: Milestone) {
        self.marks.reached(milestone);
        self.inner.reached(milestone);
    }
}

impl<E: fmt::Debug> fmt::Debug for Marked<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Marked({:?})", self.inner)
    }
}
