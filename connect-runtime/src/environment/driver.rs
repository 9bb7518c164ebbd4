//! [`drive`]: one future on one plain thread, with alarms.

use std::{
    cell::Cell,
    future::Future,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::Instant,
};

thread_local! {
    /// What the thread would sleep for, as the last poll of its work said.
    static SLEEP: Cell<Sleep> = const { Cell::new(Sleep::NotDriven) };
}

#[derive(Clone, Copy)]
enum Sleep {
    /// No [`drive`] runs on this thread.
    NotDriven,
    /// Until somebody wakes the work.
    UntilWoken,
    /// Until then at the latest.
    Until(Instant),
}

/// Runs `work` to its end; the thread sleeps whenever it waits.
pub(super) fn drive(work: impl Future<Output = ()>) {
    let mut work = pin!(work);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        SLEEP.set(Sleep::UntilWoken);
        if work
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_ready()
        {
            break;
        }
        match SLEEP.replace(Sleep::NotDriven) {
            Sleep::Until(moment) => {
                thread::park_timeout(moment.saturating_duration_since(Instant::now()));
            }
            Sleep::UntilWoken | Sleep::NotDriven => thread::park(),
        }
    }
    SLEEP.set(Sleep::NotDriven);
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

/// Resolves at a moment, inside [`drive`] only; `None` is never.
#[derive(Debug)]
pub(super) struct Alarm(Option<Instant>);

impl Alarm {
    pub(super) fn at(moment: Option<Instant>) -> Self {
        Self(moment)
    }
}

impl Future for Alarm {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<()> {
        let Some(moment) = self.0 else {
            return Poll::Pending;
        };
        if Instant::now() >= moment {
            return Poll::Ready(());
        }
        SLEEP.set(match SLEEP.get() {
            Sleep::Until(other) => Sleep::Until(moment.min(other)),
            Sleep::UntilWoken => Sleep::Until(moment),
            Sleep::NotDriven => panic!("an alarm is awaited outside of `Environment::drive`"),
        });
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::future::{Either, select};
    use tokio::sync::oneshot;

    use super::*;

    #[test]
    fn an_alarm_wakes_the_thread() {
        let moment = Instant::now() + Duration::from_millis(5);
        drive(Alarm::at(Some(moment)));
        assert!(Instant::now() >= moment);
    }

    #[test]
    fn the_earliest_alarm_counts() {
        let hour = Instant::now() + Duration::from_secs(3600);
        let soon = Instant::now() + Duration::from_millis(1);
        drive(async {
            let late = select(Alarm::at(Some(hour)), Alarm::at(None));
            let won = select(late, Alarm::at(Some(soon))).await;
            assert!(matches!(won, Either::Right(_)));
        });
    }

    #[test]
    fn work_is_woken_from_another_thread_before_its_alarm() {
        let (send, receive) = oneshot::channel();
        let sender = thread::spawn(move || send.send(7));
        drive(async {
            let hour = Instant::now() + Duration::from_secs(3600);
            let Either::Left((got, _)) = select(receive, Alarm::at(Some(hour))).await else {
                panic!("an hour passed");
            };
            assert_eq!(got.unwrap(), 7);
        });
        sender.join().unwrap().unwrap();
    }

    #[test]
    #[should_panic(expected = "outside of `Environment::drive`")]
    fn an_alarm_outside_of_a_driven_thread_is_a_mistake() {
        let hour = Instant::now() + Duration::from_secs(3600);
        futures::executor::block_on(Alarm::at(Some(hour)));
    }
}
