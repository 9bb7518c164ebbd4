//! [`Kills`]: one program, killed at every milestone that it comes to.

use std::{
    collections::BTreeSet,
    env,
    hash::{BuildHasher, RandomState},
};

use connect_runtime::Milestone;
use connect_testkit::program::{Census, Outcome, Program};
use fastrand::Rng;
use tempfile::TempDir;

use super::{
    at_least_once, exactly_once,
    oracle::{Promise, check},
    scene::{DIRECTORY, Scene},
};

/// A program, and what it promises.
#[derive(Clone, Copy, Debug)]
pub(super) struct Variant {
    /// The test that is the program.
    pub(super) test: &'static str,
    pub(super) promise: Promise,
    /// How many partitions its topic has.
    pub(super) partitions: i32,
}

/// One program, killed at every milestone that it comes to.
pub(super) struct Kills {
    variant: Variant,
    /// What comes in a run that nothing disturbs.
    usual: Census,
    seed: u64,
}

impl Kills {
    /// How many occurrences of each milestone are drawn in a long run.
    const SOAK: u64 = 50;

    /// Runs the program undisturbed once.
    pub(super) fn of(variant: Variant) -> Self {
        let seed = seed(variant.test);
        let (usual, _scene) = variant.undisturbed();
        Self {
            variant,
            usual,
            seed,
        }
    }

    /// Kills the program at each milestone that it comes to.
    pub(super) async fn check(&self) {
        self.check_at(self.usual.milestones()).await;
    }

    /// Kills the program at milestones: at the first occurrence, the second, the last, and one more.
    pub(super) async fn check_at(&self, milestones: impl IntoIterator<Item = Milestone>) {
        for milestone in milestones {
            let count = self.usual.count(milestone);
            let mut killed = 0;
            for nth in self.occurrences(milestone, count) {
                killed += self.check_kill(milestone, nth).await;
            }
            assert!(
                killed > 0,
                "seed {}: nothing died at {milestone}",
                self.seed
            );
        }
    }

    fn occurrences(&self, milestone: Milestone, count: u64) -> BTreeSet<u64> {
        let mut random = Rng::with_seed(self.seed ^ (milestone as u64));
        if env::var_os("CONNECT_SOAK").is_some() {
            return (0..Self::SOAK).map(|_| random.u64(1..=count)).collect();
        }
        let later = random.u64(1..=count);
        [1, 2, later, count]
            .into_iter()
            .filter(|nth| *nth <= count)
            .collect()
    }

    /// Kills once, runs to the end, and returns how often the program died where it was to.
    async fn check_kill(&self, milestone: Milestone, nth: u64) -> u64 {
        let (scene, _directory) = scene();
        let program = self.variant.program(&scene);
        eprintln!("seed {}: dies at {milestone} {nth}", self.seed);
        let outcome = program.kill_at(milestone, nth);
        if outcome == Outcome::Killed {
            let _: Census = program.run();
        }
        let story = format!("seed {}: {outcome:?} at {milestone} {nth}", self.seed);
        check(
            &scene,
            (self.variant.promise, self.variant.partitions),
            &story,
        )
        .await;
        u64::from(outcome == Outcome::Killed)
    }
}

impl Variant {
    pub(super) fn program(&self, scene: &Scene) -> Program {
        Program::new(self.test).with(DIRECTORY, scene.directory())
    }

    /// Runs the program in a directory of its own.
    fn undisturbed(&self) -> (Census, TempDir) {
        let (scene, directory) = scene();
        (self.program(&scene).run(), directory)
    }
}

/// Returns what chances are drawn from, and says how to draw the same again.
pub(super) fn seed(test: &str) -> u64 {
    let seed = env::var("CONNECT_SEED").ok();
    let seed = seed.map_or_else(
        || RandomState::new().hash_one(0),
        |seed| seed.parse().unwrap(),
    );
    eprintln!("{test}: CONNECT_SEED={seed}");
    seed
}

/// Prepares a directory.
pub(super) fn scene() -> (Scene, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let scene = Scene::at(directory.path());
    scene.prepare();
    (scene, directory)
}

#[test]
fn every_milestone_is_reached() {
    let variants = [exactly_once::VARIANT, at_least_once::VARIANT];
    let reached: BTreeSet<Milestone> = variants
        .iter()
        .flat_map(|variant| variant.undisturbed().0.milestones().collect::<Vec<_>>())
        .collect();
    let all: BTreeSet<Milestone> = Milestone::ALL.iter().copied().collect();
    let missed: Vec<_> = all.difference(&reached).collect();
    assert!(
        missed.is_empty(),
        "never reached, so never killed at: {missed:?}"
    );
}
