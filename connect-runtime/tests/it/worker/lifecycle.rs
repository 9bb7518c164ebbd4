//! Starting, pausing, stopping, restarting and ending connectors.

use std::{sync::Arc, time::Duration};

use connect_api::{ConfigMap, Error, ErrorKind, SourceOffset, SourcePartition};
use connect_runtime::{
    ConnectorOffsets, Direction, Environment, Guarantee, OffsetChange, Restart, State, Worker,
    WorkerHandle,
};
use connect_testkit::simulate;

use super::fixture::{Memory, Numbers, Text, memory, numbers, worker};

#[test]
fn records_travel_from_a_source_through_a_topic_to_a_sink() {
    simulate(1, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let worker = worker(&environment, memory(&environment))
            .start()
            .await
            .unwrap();
        let sunk = Memory::default();
        worker
            .source("numbers", Numbers::new("numbers", 100))
            .start()
            .await
            .unwrap();
        worker
            .sink("memory", sunk.clone())
            .topics(["numbers"])
            .start()
            .await
            .unwrap();

        assert_eq!(sunk.reaches(100).await, numbers(100));
        let status = worker
            .wait_for("numbers", |status| status.is_running())
            .await
            .unwrap();
        assert_eq!(
            (status.direction, status.guarantee),
            (Direction::Source, Guarantee::ExactlyOnce)
        );
        let report = worker.shutdown(Duration::from_secs(10)).await;
        assert!(report.is_orderly(), "{report:?}");
        assert_eq!(report.ended.len(), 2);
        let status = worker.status("numbers").unwrap();
        assert_eq!(
            (status.state, status.tasks[0].state),
            (State::Unassigned, State::Unassigned)
        );
        let after = worker.pause("numbers").await.unwrap_err();
        assert_eq!(after.message(), "the worker of group `test` has ended");
    });
}

#[test]
fn a_paused_connector_closes_its_tasks_and_a_resumed_one_goes_on_where_it_was() {
    simulate(2, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let worker = worker(&environment, memory(&environment))
            .start()
            .await
            .unwrap();
        let (source, sunk) = (Numbers::new("numbers", 10), Memory::default());
        worker
            .source("numbers", source.clone())
            .tasks_max(2)
            .start()
            .await
            .unwrap();
        worker
            .sink("memory", sunk.clone())
            .topics(["numbers"])
            .start()
            .await
            .unwrap();
        sunk.reaches(20).await;

        worker.pause("memory").await.unwrap();
        worker.pause("numbers").await.unwrap();
        let paused = worker
            .wait_for("numbers", |status| status.is_paused())
            .await
            .unwrap();
        assert_eq!(paused.tasks.len(), 2);
        worker
            .wait_for("memory", |status| status.is_paused())
            .await
            .unwrap();
        assert_eq!(*source.opened.borrow(), 2);

        worker.resume("numbers").await.unwrap();
        worker.resume("memory").await.unwrap();
        worker
            .wait_for("numbers", |status| status.is_running())
            .await
            .unwrap();
        worker
            .wait_for("memory", |status| status.is_running())
            .await
            .unwrap();
        assert_eq!(*source.opened.borrow(), 4);
        assert_eq!(sunk.values().len(), 20, "nothing came twice");
    });
}

/// Stops a connector and waits until it is.
async fn stop(worker: &WorkerHandle, name: &str) {
    worker.stop(name).await.unwrap();
    let stopped = worker.wait_for(name, |status| status.is_stopped()).await;
    stopped.unwrap();
}

#[test]
fn offsets_are_read_at_any_time_and_changed_only_while_stopped() {
    simulate(3, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let worker = worker(&environment, memory(&environment))
            .start()
            .await
            .unwrap();
        let sunk = Memory::default();
        worker
            .source("numbers", Numbers::new("numbers", 10))
            .start()
            .await
            .unwrap();
        worker
            .sink("memory", sunk.clone())
            .topics(["numbers"])
            .start()
            .await
            .unwrap();
        sunk.reaches(10).await;

        let refused = worker.reset_offsets("numbers").await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Config);
        assert_eq!(
            refused.message(),
            "connector `numbers`: offsets can be changed only while it is stopped"
        );
        stop(&worker, "numbers").await;
        let part = SourcePartition::new([("part", "0")]);
        let offsets = |next| {
            ConnectorOffsets::Source([(part.clone(), SourceOffset::at("next", next))].into())
        };
        assert_eq!(worker.offsets("numbers").await.unwrap(), offsets(10));

        let back = OffsetChange::Source([(part.clone(), Some(SourceOffset::at("next", 7)))].into());
        worker.alter_offsets("numbers", back).await.unwrap();
        assert_eq!(worker.offsets("numbers").await.unwrap(), offsets(7));
        let wrong = SourcePartition::new([("file", "0")]);
        let wrong = OffsetChange::Source([(wrong, None)].into());
        let refused = worker.alter_offsets("numbers", wrong).await.unwrap_err();
        assert_eq!(
            refused.message(),
            "connector `numbers`: changing offsets: connector `numbers`: alter_offsets: \
             {\"file\":\"0\"}: expected a part"
        );
        worker.resume("numbers").await.unwrap();
        assert_eq!(sunk.reaches(13).await[10..], ["7", "8", "9"]);

        stop(&worker, "numbers").await;
        worker.reset_offsets("numbers").await.unwrap();
        assert_eq!(
            worker.offsets("numbers").await.unwrap(),
            ConnectorOffsets::Source([].into())
        );
        stop(&worker, "memory").await;
        worker.reset_offsets("memory").await.unwrap();
        assert_eq!(
            worker.offsets("memory").await.unwrap(),
            ConnectorOffsets::Sink([].into())
        );
        worker.resume("memory").await.unwrap();
        assert_eq!(sunk.reaches(26).await[13..23], numbers(10));
    });
}

#[test]
fn what_is_unavailable_is_opened_again_until_it_works() {
    simulate(4, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let worker = worker(&environment, memory(&environment))
            .start()
            .await
            .unwrap();
        let errors = (0..20).map(|n| Error::unavailable(format!("down for the {n}. time")));
        let source = Numbers::new("numbers", 1).failing_open(errors.collect());
        worker
            .source("numbers", source.clone())
            .start()
            .await
            .unwrap();

        let waiting = |trace: &Option<String>| {
            trace
                .as_ref()
                .is_some_and(|trace| trace.contains("down for the 9."))
        };
        let status = worker
            .wait_for("numbers", |status| {
                status.tasks.iter().any(|task| waiting(&task.trace))
            })
            .await
            .unwrap();
        assert_eq!(
            (status.state, status.tasks[0].state),
            (State::Running, State::Restarting)
        );
        worker
            .wait_for("numbers", |status| status.is_running())
            .await
            .unwrap();
        assert_eq!(*source.opened.borrow(), 21);
    });
}

#[test]
fn a_task_that_keeps_failing_is_given_up_and_others_go_on() {
    simulate(5, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let worker = worker(&environment, memory(&environment))
            .start()
            .await
            .unwrap();
        let bad = Numbers::new("bad", 1)
            .failing_open((0..6).map(|_| Error::fatal("the table is gone")).collect());
        let (good, sunk) = (Numbers::new("good", 50), Memory::default());
        worker.source("bad", bad.clone()).start().await.unwrap();
        worker.source("good", good).start().await.unwrap();
        worker
            .sink("memory", sunk.clone())
            .topics(["good"])
            .start()
            .await
            .unwrap();

        let status = worker
            .wait_for("bad", |status| status.has_failed())
            .await
            .unwrap();
        assert_eq!(
            status.failure(),
            Some("connector `bad` task 0: open: the table is gone")
        );
        assert_eq!((status.state, *bad.opened.borrow()), (State::Running, 6));
        assert_eq!(sunk.reaches(50).await, numbers(50));
        assert!(worker.status("good").unwrap().is_running());

        worker.restart("bad", Restart::Failed).await.unwrap();
        worker
            .wait_for("bad", |status| status.is_running())
            .await
            .unwrap();
        assert_eq!(*bad.opened.borrow(), 7);
    });
}

#[test]
fn a_restart_reaches_what_it_names() {
    simulate(6, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let worker = worker(&environment, memory(&environment))
            .start()
            .await
            .unwrap();
        let source = Numbers::new("numbers", 1);
        let opened = |count: u32| {
            let mut opened = source.opened.subscribe();
            async move {
                opened
                    .wait_for(|opened| *opened >= count)
                    .await
                    .map(|opened| *opened)
            }
        };
        worker
            .source("numbers", source.clone())
            .tasks_max(3)
            .start()
            .await
            .unwrap();
        worker
            .wait_for("numbers", |status| status.is_running())
            .await
            .unwrap();
        worker.restart("numbers", Restart::Task(1)).await.unwrap();
        assert_eq!(opened(4).await.unwrap(), 4);
        worker
            .wait_for("numbers", |status| status.is_running())
            .await
            .unwrap();
        worker.restart("numbers", Restart::All).await.unwrap();
        assert_eq!(opened(7).await.unwrap(), 7);
        worker
            .wait_for("numbers", |status| status.is_running())
            .await
            .unwrap();
        // Its work is split as before, so no task is disturbed; one that fails would be.
        worker.restart("numbers", Restart::Connector).await.unwrap();
        worker.restart("numbers", Restart::Failed).await.unwrap();
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(*source.opened.borrow(), 7);

        let refused = worker
            .restart("numbers", Restart::Task(3))
            .await
            .unwrap_err();
        assert_eq!(
            refused.message(),
            "connector `numbers`: expected one of its 3 tasks, found number 3"
        );
        worker.stop("numbers").await.unwrap();
        let refused = worker.restart("numbers", Restart::All).await.unwrap_err();
        assert_eq!(
            refused.message(),
            "connector `numbers`: expected it to be started, found it paused or stopped"
        );
    });
}

#[test]
fn a_deleted_connector_is_gone_and_its_offsets_are_not() {
    simulate(7, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let worker = worker(&environment, memory(&environment))
            .start()
            .await
            .unwrap();
        let sunk = Memory::default();
        worker
            .sink("memory", sunk.clone())
            .topics(["numbers"])
            .start()
            .await
            .unwrap();
        worker
            .source("numbers", Numbers::new("numbers", 5))
            .start()
            .await
            .unwrap();
        sunk.reaches(5).await;
        let twice = worker
            .source("numbers", Numbers::new("numbers", 5))
            .start()
            .await
            .unwrap_err();
        assert_eq!(twice.message(), "connector `numbers` exists already");
        worker.delete_connector("numbers").await.unwrap();
        assert_eq!(worker.status("numbers"), None);
        for gone in [
            worker.pause("numbers").await.unwrap_err(),
            worker.config("numbers").await.unwrap_err(),
            worker.wait_for("numbers", |_| true).await.unwrap_err(),
        ] {
            assert_eq!(gone.message(), "there is no connector `numbers`");
        }
        worker
            .source("numbers", Numbers::new("numbers", 8))
            .start()
            .await
            .unwrap();
        assert_eq!(
            sunk.reaches(8).await,
            numbers(8),
            "it goes on where the first one was"
        );
    });
}

#[test]
fn two_workers_in_one_process_know_nothing_of_each_other() {
    simulate(8, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let mut workers = Vec::new();
        for until in [30, 60] {
            let worker = worker(&environment, memory(&environment))
                .start()
                .await
                .unwrap();
            let sunk = Memory::default();
            worker
                .source("numbers", Numbers::new("numbers", until))
                .start()
                .await
                .unwrap();
            worker
                .sink("memory", sunk.clone())
                .topics(["numbers"])
                .start()
                .await
                .unwrap();
            workers.push((worker, sunk, until));
        }
        for (_, sunk, until) in &workers {
            let count = usize::try_from(*until).unwrap();
            assert_eq!(sunk.reaches(count).await, numbers(*until));
        }
        assert!(
            workers[0]
                .0
                .shutdown(Duration::from_secs(10))
                .await
                .is_orderly()
        );
        assert!(workers[1].0.status("numbers").unwrap().is_running());
        assert_eq!(workers[1].1.values(), numbers(60));
    });
}

#[test]
fn a_dropped_handle_stops_nothing() {
    simulate(9, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let sunk = Memory::default();
        {
            let worker = worker(&environment, memory(&environment))
                .start()
                .await
                .unwrap();
            worker
                .source("numbers", Numbers::new("numbers", 40))
                .start()
                .await
                .unwrap();
            worker
                .sink("memory", sunk.clone())
                .topics(["numbers"])
                .start()
                .await
                .unwrap();
        }
        assert_eq!(sunk.reaches(40).await, numbers(40));
    });
}

#[test]
fn a_worker_without_a_broker_is_refused() {
    simulate(10, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let worker = |setting: Option<&str>| {
            let worker = Worker::builder("test").environment(Arc::clone(&environment));
            match setting {
                Some(servers) => worker.setting("bootstrap.servers", servers),
                None => worker,
            }
        };
        let refused = worker(None).start().await.unwrap_err();
        assert_eq!(
            refused.message(),
            "the worker has no broker: expected `.broker(..)` or the setting `bootstrap.servers`, found neither"
        );
        let refused = worker(Some("localhost")).start().await.unwrap_err();
        assert_eq!(
            refused.message(),
            "the worker's settings are wrong: Invalid value localhost for configuration bootstrap.servers: Must be \
             `embedded:<directory>`, `embedded:memory` or brokers of Kafka as `host:port[,host:port…]`"
        );
        worker(Some("embedded:memory"))
            .settings(ConfigMap::new())
            .start()
            .await
            .unwrap();
    });
}

/// Nobody else could close the broker of a worker that opened it itself.
#[tokio::test]
async fn a_worker_that_ended_has_closed_the_broker_that_it_opened() {
    let directory = tempfile::tempdir().unwrap();
    let servers = format!("embedded:{}", directory.path().display());
    let mut ended = Vec::new();
    for _ in 0..2 {
        let builder = Worker::builder("test").setting("bootstrap.servers", &servers);
        let worker = builder.converters(Text, Text, Text).start().await.unwrap();
        worker.shutdown(Duration::from_secs(10)).await;
        // A handle of a worker that ended keeps nothing open.
        ended.push(worker);
    }
}
