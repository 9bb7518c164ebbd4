//! The watchdog on real threads: every test waits for the thing, never for time.

use std::{
    future::pending,
    sync::{Mutex, mpsc},
    time::SystemTime,
};

use connect_api::{Error, ErrorKind, Result};
use futures::{FutureExt, future::BoxFuture};
use tokio::runtime::{Builder, Runtime};

use super::*;
use crate::{Milestone, System, TaskId, broker::Closer};

const SHORT: Duration = Duration::from_millis(10);
const LONG: Duration = Duration::from_secs(3600);
const LIMITS: Limits = Limits {
    grace: SHORT,
    session: Duration::from_millis(60),
};

fn task() -> Subject {
    Subject::Task(TaskId {
        connector: "orders".into(),
        task: 0,
    })
}

fn executor(threads: usize) -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(threads)
        .build()
        .unwrap()
}

fn watchdog(runtime: &Runtime) -> Watchdog {
    let environment = Arc::new(System::on(runtime.handle().clone()));
    Watchdog::start(environment, LIMITS).unwrap()
}

/// Says that it was dropped.
struct Dropped(mpsc::SyncSender<()>);

impl Drop for Dropped {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

#[track_caller]
fn broken<T>(result: Result<T, CallError>) -> String {
    match result {
        Err(CallError::Broken(error)) => {
            assert_eq!(error.kind(), ErrorKind::Fatal);
            error.to_string()
        }
        Err(CallError::Failed(error)) => panic!("failed, and was not broken: {error}"),
        Ok(_) => panic!("it succeeded"),
    }
}

#[test]
fn a_result_in_time_is_handed_through() {
    let runtime = executor(1);
    let calls = watchdog(&runtime).calls(task());
    let result = runtime.block_on(calls.run(Call::Poll, LONG, async { Ok(7) }));
    assert_eq!(result.unwrap(), 7);
}

#[test]
fn a_plugin_error_keeps_its_kind_and_names_the_call() {
    let runtime = executor(1);
    let calls = watchdog(&runtime).calls(task());
    let work = async { Err::<(), _>(Error::unavailable("no route to host")) };
    match runtime.block_on(calls.run(Call::Put, LONG, work)) {
        Err(CallError::Failed(error)) => {
            assert_eq!(error.kind(), ErrorKind::Unavailable);
            assert_eq!(
                error.to_string(),
                "connector `orders` task 0: put: no route to host"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_panic_breaks_the_call() {
    let runtime = executor(1);
    let calls = watchdog(&runtime).calls(task());
    let work = async {
        let empty: &[u8] = &[];
        Ok(empty[std::hint::black_box(3)])
    };
    assert_eq!(
        broken(runtime.block_on(calls.run(Call::Put, LONG, work))),
        "connector `orders` task 0: put: panicked: index out of bounds: the len is 0 but the index is 3"
    );
}

#[test]
fn a_call_that_never_answers_is_dropped_at_its_deadline() {
    let runtime = executor(1);
    let connector = Subject::Connector("orders".into());
    let calls = watchdog(&runtime).calls(connector);
    let (drops, dropped) = mpsc::sync_channel(1);
    let work = async move {
        let _guard = Dropped(drops);
        pending::<Result<()>>().await
    };
    assert_eq!(
        broken(runtime.block_on(calls.run(Call::TaskConfigs, SHORT, work))),
        "connector `orders`: task_configs: did not answer within 10 ms"
    );
    dropped.try_recv().unwrap();
}

#[test]
fn a_panic_while_an_overdue_call_is_dropped_is_contained() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("on drop");
        }
    }
    let runtime = executor(1);
    let calls = watchdog(&runtime).calls(task());
    let work = async {
        let _bomb = Bomb;
        pending::<Result<()>>().await
    };
    assert_eq!(
        broken(runtime.block_on(calls.run(Call::Flush, SHORT, work))),
        "connector `orders` task 0: flush: did not answer within 10 ms"
    );
}

#[test]
fn a_call_that_blocks_its_thread_is_reported_and_its_late_result_ignored() {
    let runtime = executor(2);
    let watchdog = watchdog(&runtime);
    let (calls, other) = (watchdog.calls(task()), watchdog.calls(task()));
    let (release, released) = mpsc::sync_channel::<()>(1);
    let blocking = Arc::clone(&calls);
    let blocked = runtime.spawn(async move {
        let work = async move {
            released
                .recv()
                .map_err(|gone| Error::fatal("the test is gone").with_source(gone))
        };
        blocking.run(Call::Poll, SHORT, work).await
    });
    let stuck = runtime.block_on(calls.stuck());
    assert_eq!(stuck.call, Call::Poll);
    assert!(
        stuck
            .to_string()
            .starts_with("connector `orders` task 0: poll: blocks its thread for "),
        "{stuck}"
    );
    let result = runtime.block_on(other.run(Call::Poll, LONG, async { Ok(1) }));
    assert_eq!(result.unwrap(), 1, "others go on");

    release.send(()).unwrap();
    let late = broken(runtime.block_on(blocked).unwrap());
    assert!(
        late.starts_with("connector `orders` task 0: poll: answered after "),
        "{late}"
    );
    assert!(late.ends_with(" ms, expected within 10 ms"), "{late}");
    assert!(
        calls.stuck().now_or_never().is_none(),
        "it returned, so nothing blocks any more"
    );
}

/// Blocks its thread when it is dropped.
struct DropsSlowly(mpsc::Receiver<()>);

impl Drop for DropsSlowly {
    fn drop(&mut self) {
        let _ = self.0.recv();
    }
}

#[test]
fn a_value_that_blocks_its_thread_when_dropped_is_reported() {
    let runtime = executor(2);
    let calls = watchdog(&runtime).calls(task());
    let (release, released) = mpsc::sync_channel::<()>(1);
    let held = calls.hold(DropsSlowly(released), SHORT);
    let dropping = runtime.spawn(async move { drop(held) });
    let stuck = runtime.block_on(calls.stuck());
    assert_eq!(stuck.call, Call::Drop);
    release.send(()).unwrap();
    runtime.block_on(dropping).unwrap();
    assert!(calls.stuck().now_or_never().is_none());
}

#[test]
fn a_value_that_panics_when_dropped_harms_nobody() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("on drop");
        }
    }
    let runtime = executor(1);
    let watchdog = watchdog(&runtime);
    drop(watchdog.calls(task()).hold(Bomb, LONG));
    assert_eq!(watchdog.0.state().machine.running().count(), 0);
}

#[test]
fn a_call_that_waits_for_ever_is_late_only_while_it_holds_its_thread() {
    let runtime = executor(2);
    let watchdog = watchdog(&runtime);
    let (calls, other) = (watchdog.calls(task()), watchdog.calls(task()));
    let (release, released) = mpsc::sync_channel::<()>(1);
    let (wake, woken) = tokio::sync::oneshot::channel();
    let attending = Arc::clone(&calls);
    let attended = runtime.spawn(async move {
        let work = async move {
            woken.await.unwrap();
            let _ = released.recv();
            Ok(())
        };
        attending.attend(Call::Changed, SHORT, work).await
    });
    // More than the deadline passes meanwhile, as another call shows.
    broken(runtime.block_on(other.run(Call::Poll, 2 * SHORT, pending::<Result<()>>())));
    assert!(calls.stuck().now_or_never().is_none());
    wake.send(()).unwrap();
    assert_eq!(runtime.block_on(calls.stuck()).call, Call::Changed);
    release.send(()).unwrap();
    let late = broken(runtime.block_on(attended).unwrap());
    assert!(late.contains(": changed: answered after "), "{late}");
}

#[test]
fn an_attended_call_keeps_its_error_and_its_panic_is_contained() {
    let runtime = executor(1);
    let calls = watchdog(&runtime).calls(task());
    let failing = async { Err::<(), _>(Error::unavailable("no route to host")) };
    match runtime.block_on(calls.attend(Call::Changed, LONG, failing)) {
        Err(CallError::Failed(error)) => assert_eq!(
            error.to_string(),
            "connector `orders` task 0: changed: no route to host"
        ),
        other => panic!("{other:?}"),
    }
    let panicking = async { panic!("at {}", "the disco") };
    let panicked: Result<(), _> = runtime.block_on(calls.attend(Call::Changed, LONG, panicking));
    assert_eq!(
        broken(panicked),
        "connector `orders` task 0: changed: panicked: at the disco"
    );
}

#[test]
fn a_dropped_call_is_no_call_in_progress() {
    let runtime = executor(1);
    let watchdog = watchdog(&runtime);
    let calls = watchdog.calls(task());
    let work = calls.run(Call::Poll, LONG, pending::<Result<()>>());
    assert!(runtime.block_on(async { work.now_or_never() }).is_none());
    assert_eq!(watchdog.0.state().machine.running().count(), 0);
}

#[test]
fn an_executor_that_does_not_answer_loses_all_clients_and_the_calls_are_named() {
    let runtime = executor(1);
    let watchdog = watchdog(&runtime);
    let (calls, idle) = (watchdog.calls(task()), watchdog.calls(task()));
    let (closes, closed) = mpsc::sync_channel(2);
    for calls in [&calls, &idle] {
        let closes = closes.clone();
        calls.adopt(Closer::new(move || closes.send(()).unwrap()));
    }
    let (release, released) = mpsc::sync_channel::<()>(1);
    let blocked = runtime.spawn(async move {
        let work = async move {
            released
                .recv()
                .map_err(|gone| Error::fatal("the test is gone").with_source(gone))
        };
        calls.run(Call::Flush, LONG, work).await
    });
    closed.recv().unwrap();
    closed.recv().unwrap();
    let now = watchdog.0.environment.elapsed();
    let calls = watchdog.0.state().calls_in_progress(now);
    assert!(
        calls.starts_with("connector `orders` task 0: flush (for "),
        "{calls}"
    );
    release.send(()).unwrap();
    runtime.block_on(blocked).unwrap().unwrap();
    assert_eq!(watchdog.0.state().calls_in_progress(now), "none");
}

/// Blocks the thread of an executor until it is told, or dropped.
fn block(executor: &Runtime) -> (mpsc::SyncSender<()>, tokio::task::JoinHandle<()>) {
    let (release, released) = mpsc::sync_channel::<()>(1);
    let blocked = executor.spawn(async move {
        let _ = released.recv();
    });
    (release, blocked)
}

fn environment(executor: &Runtime) -> Arc<dyn Environment> {
    Arc::new(System::on(executor.handle().clone()))
}

#[test]
fn a_member_leaves_its_group_without_any_call_and_waits_until_its_executor_answers() {
    let (own, plugins) = (executor(1), executor(1));
    for (blocked, said) in [(&own, "its own"), (&plugins, "that of plugins")] {
        let watchdog = Watchdog::start(environment(&plugins), LIMITS).unwrap();
        let (leaves, left) = mpsc::sync_channel(1);
        let leave = Closer::new(move || leaves.send(()).unwrap());
        let (release, ended) = block(blocked);
        let membership = watchdog.member(leave, environment(&own));
        left.recv().unwrap();
        assert!(watchdog.awake().now_or_never().is_none(), "{said}");
        drop(membership);
        release.send(()).unwrap();
        plugins.block_on(watchdog.awake());
        own.block_on(ended).unwrap();
    }
}

#[test]
fn who_joins_and_what_is_opened_while_the_executor_is_silent_is_closed_at_once() {
    let runtime = executor(1);
    let watchdog = watchdog(&runtime);
    let calls = watchdog.calls(task());
    let (closes, closed) = mpsc::sync_channel(3);
    let closer = || {
        let closes = closes.clone();
        Closer::new(move || closes.send(()).unwrap())
    };
    let (_release, _ended) = block(&runtime);
    let first = watchdog.member(closer(), environment(&runtime));
    closed.recv().unwrap();
    drop(first);
    let _second = watchdog.member(closer(), environment(&runtime));
    closed.try_recv().unwrap();
    calls.adopt(closer());
    closed.try_recv().unwrap();
}

#[test]
fn who_has_left_is_not_taken_out_of_its_group() {
    let runtime = executor(1);
    // Long enough that the first one is gone before it.
    let limits = Limits {
        session: Duration::from_secs(2),
        ..LIMITS
    };
    let watchdog = Watchdog::start(environment(&runtime), limits).unwrap();
    let calls = watchdog.calls(task());
    let (closes, closed) = mpsc::sync_channel(2);
    let closer = |name: &'static str| {
        let closes = closes.clone();
        Closer::new(move || closes.send(name).unwrap())
    };
    drop(watchdog.member(closer("member"), environment(&runtime)));
    calls.adopt(closer("client"));
    let _membership = watchdog.member(closer("another member"), environment(&runtime));
    let (_release, _ended) = block(&runtime);
    let all = [closed.recv().unwrap(), closed.recv().unwrap()];
    assert_eq!(all, ["client", "another member"]);
    assert!(closed.try_recv().is_err());
}

#[test]
fn clients_are_closed_once() {
    let runtime = executor(1);
    let calls = watchdog(&runtime).calls(task());
    let (closes, closed) = mpsc::sync_channel(2);
    calls.adopt(Closer::new(move || closes.send(()).unwrap()));
    calls.close_clients();
    calls.close_clients();
    assert_eq!(closed.try_iter().count(), 1);
}

/// The real environment, which says when driven work ended.
#[derive(Debug)]
struct Observed {
    system: System,
    ended: Mutex<Option<mpsc::SyncSender<()>>>,
}

impl Environment for Observed {
    fn wall(&self) -> SystemTime {
        self.system.wall()
    }

    fn elapsed(&self) -> Duration {
        self.system.elapsed()
    }

    fn random(&self) -> u64 {
        self.system.random()
    }

    fn spawn(
        &self,
        name: &str,
        work: BoxFuture<'static, ()>,
    ) -> BoxFuture<'static, Result<(), String>> {
        self.system.spawn(name, work)
    }

    fn drive(&self, name: &str, work: BoxFuture<'static, ()>) -> Result<()> {
        let ended = Dropped(self.ended.lock().unwrap().take().unwrap());
        let work = async move {
            work.await;
            drop(ended);
        };
        self.system.drive(name, Box::pin(work))
    }

    fn alarm(&self, moment: Duration) -> BoxFuture<'static, ()> {
        self.system.alarm(moment)
    }

    fn blocking(&self, work: Box<dyn FnOnce() + Send>) -> BoxFuture<'static, Result<(), String>> {
        self.system.blocking(work)
    }

    fn reached(&self, milestone: Milestone) {
        self.system.reached(milestone);
    }
}

#[test]
fn the_thread_ends_with_the_last_who_needs_it() {
    let runtime = executor(1);
    let (ends, ended) = mpsc::sync_channel(1);
    let environment = Arc::new(Observed {
        system: System::on(runtime.handle().clone()),
        ended: Mutex::new(Some(ends)),
    });
    let watchdog = Watchdog::start(environment, LIMITS).unwrap();
    let calls = watchdog.calls(task());
    drop(watchdog);
    let result = runtime.block_on(calls.run(Call::Open, LONG, async { Ok(()) }));
    result.unwrap();
    assert!(ended.try_recv().is_err());
    drop(calls);
    ended.recv().unwrap();
}
