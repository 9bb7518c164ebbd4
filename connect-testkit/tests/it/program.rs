use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use connect_runtime::{Milestone, System};
use connect_testkit::program::{Errand, Outcome, Program};
use rustix::process::{Pid, test_kill_process};

const AT: Milestone = Milestone::SourcePolled;
const OTHER: Milestone = Milestone::BatchPut;

/// A program that comes to one milestone three times.
#[tokio::test]
async fn thrice() {
    let Some(errand) = Errand::received() else {
        return; // Only the tests below ask for it.
    };
    let environment = errand.environment(System::current());
    for _ in 0..3 {
        environment.reached(AT);
    }
    errand.done();
}

/// A program that comes to one milestone, and then on another thread to another.
#[tokio::test]
async fn two_threads() {
    let Some(errand) = Errand::received() else {
        return; // Only a test below asks for it.
    };
    let environment = errand.environment(System::current());
    let held = Arc::clone(&environment);
    let held = environment.blocking(Box::new(move || held.reached(AT)));
    errand.until(async |census| census.count(AT) > 0).await;
    environment.reached(OTHER);
    held.await.unwrap();
    errand.done();
}

/// A program that fails.
#[test]
fn failing() {
    if Errand::received().is_some() {
        panic!("the cat is on the keyboard");
    }
}

/// A program that forgets to say that it is done.
#[test]
fn forgetful() {
    drop(Errand::received());
}

fn program(name: &str) -> Program {
    Program::new(format!("program::{name}"))
}

/// Returns what `work` panics with.
fn complaint<T>(work: impl FnOnce() -> T) -> String {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(_) => panic!("it did not complain"),
        Err(panic) => panic.downcast_ref::<String>().cloned().unwrap(),
    }
}

fn lives(pid: u32) -> bool {
    let pid = Pid::from_raw(pid.try_into().unwrap()).unwrap();
    test_kill_process(pid).is_ok()
}

#[test]
fn a_program_tells_how_often_it_came_where() {
    let census = program("thrice").run();
    assert_eq!(census.to_string(), "SourcePolled 3");
    assert_eq!(census.count(OTHER), 0);
}

#[test]
fn a_program_dies_where_it_was_told_to() {
    let program = program("thrice");
    assert_eq!(program.kill_at(AT, 1), Outcome::Killed);
    assert_eq!(program.kill_at(AT, 3), Outcome::Killed);
}

#[test]
fn a_kill_where_the_program_never_came_is_told() {
    let outcome = program("thrice").kill_at(AT, 4);
    let Outcome::Ended(census) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(census.count(AT), 3);
}

#[test]
fn a_stop_where_the_program_never_came_is_a_failure() {
    let complaint = complaint(|| program("thrice").stop_at(AT, 4));
    assert_eq!(
        complaint,
        "`program::thrice` came to SourcePolled 3 times, expected 4: SourcePolled 3"
    );
}

#[test]
fn a_stopped_program_goes_on() {
    let stopped = program("thrice").stop_at(AT, 2);
    assert!(lives(stopped.pid()));
    assert_eq!(stopped.go_on().end().count(AT), 3);
}

#[test]
fn a_thread_can_be_held_until_another_has_come_somewhere() {
    let stopped = program("two_threads").stop_at(AT, 1);
    let census = stopped.go_on_after(OTHER).end();
    assert_eq!((census.count(AT), census.count(OTHER)), (1, 1));
}

#[test]
fn a_stopped_program_does_not_outlive_a_panic_of_its_parent() {
    let mut pid = 0;
    let complaint = complaint(|| {
        let stopped = program("thrice").stop_at(AT, 1);
        pid = stopped.pid();
        assert!(!lives(pid), "{pid} lives");
    });
    assert_eq!(complaint, format!("{pid} lives"));
    assert!(!lives(pid));
}

#[test]
fn a_program_that_goes_on_does_not_outlive_what_became_of_it() {
    let stopped = program("thrice").stop_at(AT, 1);
    let pid = stopped.pid();
    drop(stopped.go_on());
    assert!(!lives(pid));
}

#[test]
fn a_program_that_fails_is_shown_with_what_it_wrote() {
    let complaint = complaint(|| program("failing").run());
    assert!(
        complaint.contains("`program::failing` failed"),
        "{complaint}"
    );
    assert!(
        complaint.contains("the cat is on the keyboard"),
        "{complaint}"
    );
}

#[test]
fn a_program_that_does_not_exist_or_was_not_done_is_told() {
    for name in ["nowhere", "forgetful"] {
        let complaint = complaint(|| program(name).run());
        let expected = format!("`program::{name}` ended and did not say that it was done");
        assert!(complaint.starts_with(&expected), "{complaint}");
    }
}
