//! Processes that are killed at milestones of their loops: what is promised holds in what they leave behind.
//!
//! A program reads a file into a topic and that topic into a file, with lines that some stage refuses. It runs in a
//! process of its own, dies where a test says, and is run again until it has done its work.

mod program;
mod scene;

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    thread,
};

use connect_runtime::Milestone;
use connect_testkit::program::{Census, Outcome};
use fastrand::Rng;

use self::scene::{Promise, Scene};
use crate::seed::{depth, seed};

/// How many processes run at once: most of the time they wait for a dead member's session to end.
const AT_ONCE: usize = 8;

/// A kill: where, and the how manieth time.
type Kill = (Promise, Milestone, u64);

#[test]
fn kills_at_milestones_lose_nothing_and_double_nothing_that_comes_once() {
    let seed = seed("kills");
    let usual =
        [Promise::Once, Promise::AtLeastOnce].map(|promise| (promise, undisturbed(promise)));
    let kills = Mutex::new(drawn(&usual, &mut Rng::with_seed(seed)));
    let count = kills.lock().unwrap().len();
    let next = || {
        let mut kills = kills.lock().unwrap_or_else(PoisonError::into_inner);
        kills.pop_front()
    };
    let work = || {
        let mut killed = 0;
        while let Some(kill) = next() {
            killed += usize::from(check(kill, seed) == Outcome::Killed);
        }
        killed
    };
    let killed: usize = thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        let killed = workers.into_iter().map(|worker| worker.join().unwrap());
        killed.sum()
    });
    eprintln!("seed {seed}: {killed} of {count} died");
    assert!(
        killed * 4 >= count * 3,
        "seed {seed}: {killed} of {count} died"
    );
}

/// Runs the program once without a kill.
fn undisturbed(promise: Promise) -> Census {
    let scene = Scene::prepare(promise);
    let census = scene.program().run();
    scene.check("undisturbed");
    census
}

/// How many kills a usual run has.
const USUAL: usize = 40;

/// Draws kills: each milestone once, and more until there are enough; or each milestone many times.
fn drawn(usual: &[(Promise, Census)], random: &mut Rng) -> VecDeque<Kill> {
    let mut kills: VecDeque<Kill> = VecDeque::new();
    let times = depth(1, 50);
    for (promise, census) in usual {
        for milestone in census.milestones() {
            // What both programs pass, the first has shown already.
            if times > 1 || kills.iter().all(|(_, at, _)| *at != milestone) {
                let nth = |_| random.u64(1..=census.count(milestone));
                kills.extend((0..times).map(nth).map(|nth| (*promise, milestone, nth)));
            }
        }
    }
    while kills.len() < USUAL {
        let (promise, census) = &usual[random.usize(..usual.len())];
        let milestones: Vec<_> = census.milestones().collect();
        let milestone = milestones[random.usize(..milestones.len())];
        let nth = random.u64(1..=census.count(milestone));
        kills.push_back((*promise, milestone, nth));
    }
    kills
}

/// Kills the program once, lets it run to its end, and checks what is there.
fn check((promise, milestone, nth): Kill, seed: u64) -> Outcome {
    let story = format!("seed {seed}: {promise:?} dies at {milestone} {nth}");
    eprintln!("{story}");
    let scene = Scene::prepare(promise);
    let outcome = scene.program().kill_at(milestone, nth);
    if outcome == Outcome::Killed {
        let _: Census = scene.program().run();
    }
    scene.check(&story);
    scene.clear();
    outcome
}
