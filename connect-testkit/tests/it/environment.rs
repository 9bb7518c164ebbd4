use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, SystemTime},
};

use connect_runtime::{Environment, Milestone};
use connect_testkit::{SimulatedEnvironment, simulate};
use tokio::time::sleep;

/// Tasks that draw, wait and spawn: enough to tell two runs apart.
fn busy(seed: u64) -> String {
    simulate(seed, async |environment| {
        let tasks = (0..10).map(|task| {
            let own = environment.clone();
            let work = async move {
                for _ in 0..5 {
                    sleep(Duration::from_millis(own.below(1000))).await;
                    own.record(format_args!("{task} drew {}", own.random() % 100));
                }
            };
            environment.spawn(&format!("task {task}"), Box::pin(work))
        });
        for ended in tasks.collect::<Vec<_>>() {
            ended.await.unwrap();
        }
        environment.log().to_string()
    })
}

#[test]
fn one_seed_gives_one_event_log() {
    assert_eq!(busy(1), busy(1));
    assert_ne!(busy(1), busy(2));
}

#[test]
fn the_wall_clock_moves_with_the_paused_clock() {
    simulate(0, async |environment| {
        let before = environment.wall();
        assert!(before > SystemTime::UNIX_EPOCH);
        sleep(Duration::from_secs(60)).await;
        assert_eq!(
            environment.wall().duration_since(before).unwrap(),
            Duration::from_secs(60)
        );
    });
}

#[test]
fn the_wall_clock_of_one_process_jumps_and_no_timer_does() {
    simulate(0, async |environment| {
        let (one, other) = (environment.process("one"), environment.process("other"));
        let before = one.wall();
        one.jump(86_400_000);
        sleep(Duration::from_secs(1)).await;
        let after = one.wall().duration_since(before).unwrap();
        assert_eq!(after, Duration::from_secs(86_401));
        one.jump(-2 * 86_400_000);
        let back = before.duration_since(one.wall()).unwrap();
        assert_eq!(back, Duration::from_secs(86_399));
        let untouched = other.wall().duration_since(before).unwrap();
        assert_eq!(untouched, Duration::from_secs(1));
        assert_eq!(one.elapsed(), Duration::from_secs(1));
    });
}

#[test]
fn a_panic_is_the_answer_of_the_task_and_of_nobody_else() {
    simulate(0, async |environment| {
        let task = environment.spawn(
            "bad",
            Box::pin(async { std::panic::resume_unwind(Box::new("ouch")) }),
        );
        assert_eq!(task.await, Err("ouch".to_owned()));
        let work = environment.blocking(Box::new(|| std::panic::resume_unwind(Box::new("again"))));
        assert_eq!(work.await, Err("again".to_owned()));
    });
}

#[test]
#[should_panic(expected = "seed 3: the simulation stands still")]
fn waiting_for_ever_is_noticed() {
    simulate(3, async |_| std::future::pending::<()>().await);
}

/// Counts the living; each task adds itself and takes itself away when it is dropped.
#[derive(Clone, Default)]
struct Census(Arc<AtomicU32>);

struct Living(Arc<AtomicU32>);

impl Census {
    fn birth(&self) -> Living {
        self.0.fetch_add(1, Ordering::SeqCst);
        Living(Arc::clone(&self.0))
    }

    fn count(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

impl Drop for Living {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A task that waits often and counts its steps.
async fn walk(steps: Arc<AtomicU32>, living: Living) {
    loop {
        sleep(Duration::from_millis(10)).await;
        steps.fetch_add(1, Ordering::SeqCst);
        let _ = &living;
    }
}

fn walker(process: &SimulatedEnvironment, census: &Census) -> Arc<AtomicU32> {
    let steps = Arc::new(AtomicU32::new(0));
    let walk = walk(Arc::clone(&steps), census.birth());
    process.drive("walker", Box::pin(walk)).unwrap();
    steps
}

#[test]
fn a_killed_process_loses_all_its_tasks_at_once_and_others_go_on() {
    simulate(0, async |environment| {
        let (dying, other) = (environment.process("dying"), environment.process("other"));
        let (census, rest) = (Census::default(), Census::default());
        let killed = walker(&dying, &census);
        walker(&dying, &census);
        let going_on = walker(&other, &rest);
        sleep(Duration::from_millis(35)).await;
        dying.kill();
        assert_eq!(census.count(), 0);
        sleep(Duration::from_millis(40)).await;
        assert_eq!(killed.load(Ordering::SeqCst), 3);
        assert_eq!(going_on.load(Ordering::SeqCst), 7);
        walker(&dying, &census);
        assert_eq!(census.count(), 0, "the dead spawn nothing");
    });
}

#[test]
fn a_process_dies_at_the_await_point_that_was_asked_for() {
    for polls in 1..6 {
        simulate(0, async |environment| {
            let (process, census) = (environment.process("dying"), Census::default());
            let steps = walker(&process, &census);
            process.kill_after(polls);
            process.killed().await;
            // The first poll starts the first sleep, each further one is a step.
            assert_eq!(u64::from(steps.load(Ordering::SeqCst)), polls - 1);
            assert_eq!(census.count(), 0);
        });
    }
}

#[test]
fn a_frozen_process_stands_still_and_goes_on_where_it_stood() {
    simulate(0, async |environment| {
        let (process, census) = (environment.process("frozen"), Census::default());
        let steps = walker(&process, &census);
        sleep(Duration::from_millis(15)).await;
        process.freeze();
        sleep(Duration::from_secs(1)).await;
        assert_eq!(steps.load(Ordering::SeqCst), 1);
        process.thaw();
        sleep(Duration::from_millis(25)).await;
        // The sleep that expired meanwhile ends at once.
        assert_eq!(steps.load(Ordering::SeqCst), 4);
        process.kill();
        assert_eq!(census.count(), 0);
    });
}

#[test]
fn a_process_dies_at_a_milestone_and_goes_no_step_further() {
    simulate(0, async |environment| {
        let doomed = environment.process("doomed");
        doomed.kill_at(Milestone::BatchPut, 2);
        let steps = Arc::new(AtomicU32::new(0));
        let (own, counted) = (doomed.clone(), Arc::clone(&steps));
        let task = doomed.spawn(
            "task",
            Box::pin(async move {
                own.reached(Milestone::SinkFlushed);
                for _ in 0..3 {
                    own.reached(Milestone::BatchPut);
                    counted.fetch_add(1, Ordering::Relaxed);
                }
            }),
        );
        let other = doomed.spawn("other", Box::pin(std::future::pending()));
        assert_eq!(task.await, Err("killed at BatchPut".to_owned()));
        assert_eq!(steps.load(Ordering::Relaxed), 1);
        assert_eq!(other.await, Err("the process was killed".to_owned()));
        let log = environment.log().to_string();
        assert!(log.contains("killed at BatchPut"), "{log}");
    });
}
