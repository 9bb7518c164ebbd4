//! Workers on an environment that cannot be relied on.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use connect_api::{
    Error, ErrorKind, Result, SourceBatch, SourceConnector, SourceContext, SourceGuarantees,
    SourceTask, TaskContext,
};
use connect_runtime::{Environment, Milestone, Restart, State};
use connect_testkit::simulate;
use futures::future::{BoxFuture, FutureExt};
use tokio::sync::Notify;

use super::fixture::{memory, worker};

/// Another environment, with troubles.
#[derive(Debug)]
struct Meddling {
    inner: Arc<dyn Environment>,
    trouble: Trouble,
}

#[derive(Debug)]
enum Trouble {
    /// The end of what is spawned under this name is told a second late.
    LateEnds(&'static str),
    /// The next spawned under this name panics when it is told to.
    Panics(&'static str, Mutex<Option<Arc<Notify>>>),
    /// There are no threads.
    NoThreads,
}

impl Environment for Meddling {
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
        match &self.trouble {
            Trouble::LateEnds(late) if *late == name => {
                let ended = self.inner.spawn(name, work);
                let late = async {
                    let ended = ended.await;
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    ended
                };
                late.boxed()
            }
            Trouble::Panics(panics, told) if *panics == name => {
                let Some(told) = told.lock().unwrap().take() else {
                    return self.inner.spawn(name, work);
                };
                let work = async move {
                    tokio::select! {
                        biased;
                        () = told.notified() => panic!("as it was told"),
                        () = work => {}
                    }
                };
                self.inner.spawn(name, work.boxed())
            }
            _ => self.inner.spawn(name, work),
        }
    }

    fn reached(&self, milestone: Milestone) {
        self.inner.reached(milestone);
    }

    fn drive(&self, name: &str, work: BoxFuture<'static, ()>) -> Result<()> {
        match self.trouble {
            Trouble::NoThreads => Err(Error::unavailable(format!("no thread for `{name}`"))),
            _ => self.inner.drive(name, work),
        }
    }

    fn alarm(&self, moment: Duration) -> BoxFuture<'static, ()> {
        self.inner.alarm(moment)
    }

    fn blocking(&self, work: Box<dyn FnOnce() + Send>) -> BoxFuture<'static, Result<(), String>> {
        self.inner.blocking(work)
    }
}

/// A source without records that counts its task values.
#[derive(Clone, Default)]
struct Counted {
    alive: Arc<AtomicU32>,
    /// The most task values there were at once.
    most: Arc<AtomicU32>,
    opened: Arc<AtomicU32>,
}

#[async_trait]
impl SourceConnector for Counted {
    async fn open(&self, cx: SourceContext) -> Result<Box<dyn SourceTask>> {
        let alive = self.alive.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(alive, Ordering::SeqCst);
        self.opened.fetch_add(1, Ordering::SeqCst);
        Ok(Box::new(CountedTask(self.clone(), cx.task_context())))
    }

    fn guarantees(&self) -> SourceGuarantees {
        SourceGuarantees::AtLeastOnce
    }
}

struct CountedTask(Counted, TaskContext);

#[async_trait]
impl SourceTask for CountedTask {
    async fn poll(&mut self) -> Result<SourceBatch> {
        self.1.wait(std::future::pending::<()>()).await;
        Ok(SourceBatch::new())
    }
}

impl Drop for CountedTask {
    fn drop(&mut self) {
        self.0.alive.fetch_sub(1, Ordering::SeqCst);
    }
}

fn troubled(inner: &Arc<dyn Environment>, trouble: Trouble) -> Arc<dyn Environment> {
    Arc::new(Meddling {
        inner: Arc::clone(inner),
        trouble,
    })
}

#[test]
fn a_deletion_is_answered_when_the_name_is_free_again() {
    simulate(41, async |environment| {
        let plain: Arc<dyn Environment> = Arc::new(environment);
        let late = troubled(&plain, Trouble::LateEnds("connect-counted"));
        let worker = worker(&late, memory(&plain)).start().await.unwrap();
        let source = Counted::default();
        for _ in 0..3 {
            worker
                .source("counted", source.clone())
                .start()
                .await
                .unwrap();
            worker
                .wait_for("counted", |status| status.is_running())
                .await
                .unwrap();
            worker.delete_connector("counted").await.unwrap();
        }
        assert_eq!(source.opened.load(Ordering::SeqCst), 3);
    });
}

#[test]
fn a_supervisor_that_fails_leaves_no_second_incarnation_behind() {
    simulate(42, async |environment| {
        let plain: Arc<dyn Environment> = Arc::new(environment);
        let panic = Arc::new(Notify::new());
        let told = Mutex::new(Some(Arc::clone(&panic)));
        let panics = troubled(&plain, Trouble::Panics("connect-counted-0", told));
        let worker = worker(&panics, memory(&plain)).start().await.unwrap();
        let source = Counted::default();
        worker
            .source("counted", source.clone())
            .start()
            .await
            .unwrap();
        worker
            .wait_for("counted", |status| status.is_running())
            .await
            .unwrap();
        panic.notify_one();
        let failed = worker
            .wait_for("counted", |status| status.has_failed())
            .await
            .unwrap();
        assert_eq!(
            failed.failure(),
            Some("counted-0: its supervisor failed: as it was told")
        );
        assert_eq!(source.alive.load(Ordering::SeqCst), 0);
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert_eq!(source.opened.load(Ordering::SeqCst), 1, "a person decides");

        worker.restart("counted", Restart::Failed).await.unwrap();
        worker
            .wait_for("counted", |status| status.is_running())
            .await
            .unwrap();
        assert_eq!(source.most.load(Ordering::SeqCst), 1);
        let report = worker.shutdown(Duration::from_secs(10)).await;
        assert!(report.is_orderly(), "{report:?}");
        assert_eq!(
            worker.status("counted").unwrap().tasks[0].state,
            State::Unassigned
        );
    });
}

#[test]
fn a_worker_without_a_thread_for_its_watchdog_does_not_start() {
    simulate(43, async |environment| {
        let plain: Arc<dyn Environment> = Arc::new(environment);
        let no_threads = troubled(&plain, Trouble::NoThreads);
        let error = worker(&no_threads, memory(&plain)).start().await;
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(error.message(), "no thread for `connect-watchdog`");
    });
}
