//! Whatever a plugin does, the worker stays healthy, says which call it was, and others go on.

use std::{sync::Arc, time::Duration};

use connect_api::ErrorKind;
use connect_runtime::{Environment, Restart, State, System, WorkerHandle};
use connect_testkit::{
    memory::{Call, Fault, Faults, Gate, MemoryInput, MemorySink, MemorySource, MemoryTable},
    simulate,
};

use super::fixture::{Memory, Numbers, memory, numbers, worker};

/// A pipeline that must not notice anything.
async fn bystander(worker: &WorkerHandle, sunk: &Memory) {
    worker
        .source("good", Numbers::new("good", 100))
        .start()
        .await
        .unwrap();
    worker
        .sink("sunk", sunk.clone())
        .topics(["good"])
        .start()
        .await
        .unwrap();
}

/// Runs a pipeline in which `call` meets `fault` once: it is told by its name, and everything arrives all the same.
fn check_survived(call: Call, fault: Fault, told: &str) {
    simulate(11, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let worker = worker(&environment, memory(&environment))
            .setting("plugin.call.timeout.ms", "1000")
            .setting("offset.flush.interval.ms", "100")
            .start()
            .await
            .unwrap();
        let sunk = Memory::default();
        bystander(&worker, &sunk).await;
        let (input, table, faults) = (MemoryInput::new(1), MemoryTable::new(), Faults::none());
        faults.on(call, 0, fault.clone());
        let source = MemorySource::new(&input, "memory").with_faults(faults.clone());
        let sink = MemorySink::new(&table).with_faults(faults);
        let of_sink = matches!(call, Call::OpenPartitions | Call::Put | Call::Flush);
        input.append_texts(0, (0..50).map(|n| n.to_string()));
        worker.source("source", source).start().await.unwrap();
        worker
            .sink("sink", sink)
            .topics(["memory"])
            .start()
            .await
            .unwrap();

        let name = if of_sink { "sink" } else { "source" };
        let status = worker
            .wait_for(name, |status| {
                status.tasks.iter().any(|task| task.trace.is_some())
            })
            .await
            .unwrap();
        let trace = status.tasks[0].trace.clone().unwrap();
        assert!(trace.starts_with(told), "{call:?} {fault:?}: {trace}");
        worker
            .wait_for(name, |status| status.is_running())
            .await
            .unwrap();
        let mut progress = worker.watch();
        while table.rows().len() < 50 {
            tokio::time::timeout(Duration::from_secs(1), progress.next())
                .await
                .ok();
        }
        let rows: Vec<_> = table
            .rows()
            .into_iter()
            .filter_map(|row| row.value)
            .collect();
        assert_eq!(rows, numbers(50), "{call:?} {fault:?}");
        assert_eq!(sunk.reaches(100).await, numbers(100));
        assert!(worker.status("good").unwrap().is_running());
        assert!(worker.shutdown(Duration::from_secs(60)).await.is_orderly());
    });
}

#[test]
fn a_call_of_a_source_that_fails_panics_or_hangs_is_named_and_survived() {
    for (call, name) in [
        (Call::Open, "open"),
        (Call::Poll, "poll"),
        (Call::Commit, "commit"),
    ] {
        let told = |what: &str| format!("connector `source` task 0: {name}: {what}");
        check_survived(call, Fault::Fail(ErrorKind::Fatal), &told("injected"));
        check_survived(call, Fault::Panic, &told("panicked: injected"));
        check_survived(call, Fault::Hang, &told("did not answer within 1 s"));
    }
}

#[test]
fn a_call_of_a_sink_that_fails_panics_or_hangs_is_named_and_survived() {
    for (call, name) in [
        (Call::OpenPartitions, "open partitions"),
        (Call::Put, "put"),
        (Call::Flush, "flush"),
    ] {
        let told = |what: &str| format!("connector `sink` task 0: {name}: {what}");
        check_survived(call, Fault::Fail(ErrorKind::Fatal), &told("injected"));
        check_survived(call, Fault::Panic, &told("panicked: injected"));
        check_survived(call, Fault::Hang, &told("did not answer within 1 s"));
    }
}

#[test]
fn a_connector_that_cannot_split_its_work_fails_by_itself_and_can_be_restarted() {
    for (fault, told) in [
        (
            Fault::Fail(ErrorKind::Fatal),
            "connector `source`: task_configs: injected",
        ),
        (
            Fault::Panic,
            "connector `source`: task_configs: panicked: injected",
        ),
        (
            Fault::Hang,
            "connector `source`: task_configs: did not answer within 1 s",
        ),
    ] {
        simulate(12, async |environment| {
            let environment: Arc<dyn Environment> = Arc::new(environment);
            let worker = worker(&environment, memory(&environment))
                .setting("plugin.call.timeout.ms", "1000")
                .start()
                .await
                .unwrap();
            let sunk = Memory::default();
            let faults = Faults::none();
            for _ in 0..6 {
                faults.on(Call::TaskConfigs, 0, fault.clone());
            }
            let source = MemorySource::new(&MemoryInput::new(1), "memory").with_faults(faults);
            worker.source("source", source).start().await.unwrap();
            bystander(&worker, &sunk).await;

            let status = worker
                .wait_for("source", |status| status.has_failed())
                .await
                .unwrap();
            assert!(status.failure().unwrap().starts_with(told), "{status:?}");
            assert_eq!(sunk.reaches(100).await, numbers(100));
            worker.restart("source", Restart::Failed).await.unwrap();
            worker
                .wait_for("source", |status| status.is_running())
                .await
                .unwrap();
        });
    }
}

#[test]
fn a_task_that_does_not_end_in_time_is_given_up_and_reported() {
    simulate(13, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let worker = worker(&environment, memory(&environment))
            .start()
            .await
            .unwrap();
        let faults = Faults::none();
        faults.on(Call::Stop, 0, Fault::Hang);
        let source = MemorySource::new(&MemoryInput::new(1), "memory").with_faults(faults);
        worker.source("source", source).start().await.unwrap();
        worker
            .source("good", Numbers::new("good", 1))
            .start()
            .await
            .unwrap();
        worker
            .wait_for("source", |status| status.is_running())
            .await
            .unwrap();
        worker
            .wait_for("good", |status| status.is_running())
            .await
            .unwrap();

        let asked = environment.elapsed();
        let report = worker.shutdown(Duration::from_secs(3)).await;
        assert_eq!(environment.elapsed() - asked, Duration::from_secs(3));
        let names = |ids: &[connect_runtime::TaskId]| -> Vec<String> {
            ids.iter().map(ToString::to_string).collect()
        };
        assert_eq!(names(&report.ended), ["good-0"]);
        assert_eq!(names(&report.abandoned), ["source-0"]);
        assert!(!report.is_orderly());
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_call_that_blocks_its_thread_fails_its_task_alone_until_it_returns() {
    let environment: Arc<dyn Environment> = Arc::new(System::current());
    let worker = worker(&environment, memory(&environment))
        .setting("plugin.call.timeout.ms", "50")
        .start()
        .await
        .unwrap();
    let (gate, faults, input) = (Gate::new(), Faults::none(), MemoryInput::new(1));
    faults.on(Call::Poll, 0, Fault::Block(gate.clone()));
    let source = MemorySource::new(&input, "memory").with_faults(faults.clone());
    input.append_texts(0, ["one"]);
    worker.source("source", source).start().await.unwrap();
    let sunk = Memory::default();
    bystander(&worker, &sunk).await;
    let other = Memory::default();
    worker
        .sink("other", other.clone())
        .topics(["memory"])
        .start()
        .await
        .unwrap();

    let status = worker
        .wait_for("source", |status| status.has_failed())
        .await
        .unwrap();
    let failure = status.failure().unwrap();
    assert!(
        failure.starts_with("connector `source` task 0: poll: blocks its thread for"),
        "{failure}"
    );
    assert_eq!(sunk.reaches(100).await, numbers(100));
    // A restart has to wait for the thread.
    worker.restart("source", Restart::All).await.unwrap();
    assert_eq!(
        worker.status("source").unwrap().tasks[0].state,
        State::Failed
    );
    gate.open();
    worker
        .wait_for("source", |status| status.is_running())
        .await
        .unwrap();
    assert_eq!(other.reaches(1).await, ["one"]);

    let again = Gate::new();
    faults.on(Call::Poll, 0, Fault::Block(again.clone()));
    input.append_texts(0, ["two"]);
    let report = worker.shutdown(Duration::from_millis(200)).await;
    again.open();
    assert!(
        report.abandoned.iter().all(|id| id.connector == *"source"),
        "{report:?}"
    );
    assert_eq!(sunk.values(), numbers(100));
}
