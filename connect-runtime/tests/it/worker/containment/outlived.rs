//! Calls that fail, panic or wait for ever.

use std::{sync::Arc, time::Duration};

use connect_api::ErrorKind;
use connect_runtime::{Environment, Restart, TaskId};
use connect_testkit::{
    memory::{Call, Fault, Faults},
    simulate,
};

use super::{CASES, Case, Pipeline, Side, When, bystander, check_healthy, worker};
use crate::worker::log::Log;

/// Runs a pipeline in which a call meets `fault` once: it is told by its name, and everything arrives all the same.
fn check_outlived(case: Case, fault: Fault, what: &str) {
    let log = Log::default();
    log.listen(|| {
        simulate(11, async |environment| {
            let environment: Arc<dyn Environment> = Arc::new(environment);
            let worker = worker(&environment).start().await.unwrap();
            let sunk = bystander(&worker).await;
            let faults = Faults::none();
            faults.on(case.call, 0, fault);
            let pipeline = Pipeline::start(&worker, "t", case.side, faults).await;
            let told = pipeline.told(case.name, what);
            match case.when {
                When::Working => {
                    pipeline.input.append_texts(0, ["0"]);
                    pipeline.fails(&worker, &told).await;
                    pipeline.runs(&worker).await;
                    pipeline.carries(1..50).await;
                }
                When::Closing => {
                    pipeline.carries(0..25).await;
                    worker.pause(&pipeline.name).await.unwrap();
                    let paused = worker.wait_for(&pipeline.name, |status| status.is_paused());
                    paused.await.unwrap();
                    log.says(&[&told]).await;
                    worker.resume(&pipeline.name).await.unwrap();
                    pipeline.runs(&worker).await;
                    pipeline.carries(25..50).await;
                }
            }
            check_healthy(&worker, &sunk).await;
        });
    });
}

#[test]
fn a_call_that_fails_is_named_and_outlived() {
    for case in CASES {
        check_outlived(case, Fault::Fail(ErrorKind::Fatal), "injected");
    }
}

#[test]
fn a_call_that_panics_is_named_and_outlived() {
    for case in CASES {
        check_outlived(case, Fault::Panic, "panicked: injected");
    }
}

#[test]
fn a_call_that_waits_for_ever_is_named_and_outlived() {
    for case in CASES {
        check_outlived(case, Fault::Hang, "did not answer within 1 s");
    }
}

#[test]
fn a_connector_that_cannot_split_its_work_fails_by_itself_and_can_be_restarted() {
    for (fault, what) in [
        (Fault::Fail(ErrorKind::Fatal), "injected"),
        (Fault::Panic, "panicked: injected"),
        (Fault::Hang, "did not answer within 1 s"),
    ] {
        simulate(12, async |environment| {
            let environment: Arc<dyn Environment> = Arc::new(environment);
            let worker = worker(&environment).start().await.unwrap();
            let sunk = bystander(&worker).await;
            let faults = Faults::none();
            // As often as the restart policy tries.
            for _ in 0..6 {
                faults.on(Call::TaskConfigs, 0, fault.clone());
            }
            let pipeline = Pipeline::start(&worker, "t", Side::Source, faults).await;
            let told = format!("connector `t-source`: task_configs: {what}");
            pipeline.fails(&worker, &told).await;
            sunk.reaches(100).await;
            let given_up = worker.wait_for(&pipeline.name, |status| status.has_failed());
            given_up.await.unwrap();
            let restarted = worker.restart(&pipeline.name, Restart::Failed).await;
            restarted.unwrap();
            pipeline.runs(&worker).await;
            pipeline.carries(0..50).await;
            check_healthy(&worker, &sunk).await;
        });
    }
}

#[test]
fn a_task_that_does_not_end_in_time_is_given_up_and_reported() {
    for side in [Side::Source, Side::Sink] {
        simulate(13, async |environment| {
            let environment: Arc<dyn Environment> = Arc::new(environment);
            let worker = worker(&environment).start().await.unwrap();
            let faults = Faults::none();
            faults.on(Call::Stop, 0, Fault::Hang);
            let pipeline = Pipeline::start(&worker, "t", side, faults).await;
            pipeline.carries(0..50).await;

            let asked = environment.elapsed();
            let within = Duration::from_millis(500);
            let report = worker.shutdown(within).await;
            assert_eq!(environment.elapsed() - asked, within);
            let names =
                |ids: &[TaskId]| -> Vec<String> { ids.iter().map(ToString::to_string).collect() };
            assert_eq!(names(&report.abandoned), [format!("{}-0", pipeline.name)]);
            assert_eq!(report.ended.len(), 1);
            assert!(!report.is_orderly());
        });
    }
}
