//! Running seeds of a cluster.

use std::{collections::BTreeMap, ops::Range, time::Duration};

use tokio::time::{sleep, timeout};

use super::{
    ledger::{Flight, Outcome, Wish},
    world::{NAMES, World},
};
use crate::{
    EventLog,
    simulation::seeds::{Failure, on_all_cores, run_seed},
};

/// How many seconds a cluster may take to become whole, by the simulation's clock.
pub(super) const LONGEST: u32 = 10 * 60;

/// Every so many seconds an operator looks after it.
const TENDED: u32 = 60;

/// For how many seconds nothing may move once all is as it has to be.
const STILL: u64 = 20;

/// How often one task may be opened until all is as it has to be, from when all goes well.
const MOST_OPENED: u32 = 40;

/// Runs one seed, and returns what happened.
///
/// # Errors
///
/// Something was lost, doubled, out of order or run twice, an answer was not true, or the cluster does not become whole.
pub fn run(seed: u64) -> Result<EventLog, Failure> {
    run_seed(seed, "cluster_simulation", async |environment| {
        let mut world = World::new(environment).await;
        world.live().await
    })
}

/// Runs `seeds` on all cores, or the one that `CONNECT_SEED` names.
///
/// # Panics
///
/// A seed fails; the message says what is wrong, and the command that repeats it.
pub fn run_all(seeds: Range<u64>) {
    on_all_cores(seeds, run);
}

impl World {
    /// Lives through everything, and returns what is wrong.
    async fn live(&mut self) -> Vec<String> {
        self.environment.record(format_args!("{:?}", self.plan));
        for _ in 0..self.plan.workers {
            self.start_some_worker();
        }
        sleep(Duration::from_secs(5)).await;
        for _ in 0..self.plan.steps {
            self.step().await;
            let wrong = self.wrong_at_once();
            if !wrong.is_empty() {
                return wrong;
            }
        }
        self.settle().await;
        let before = self.systems.census.opened();
        let mut unsettled = self.heal_within(LONGEST).await;
        let mut wrong = self.wrong_so_far().await;
        if unsettled.is_empty() && wrong.is_empty() {
            wrong.extend(self.wrong_moves(&before));
            let quiet = self.systems.census.opened();
            sleep(Duration::from_secs(STILL)).await;
            if self.systems.census.opened() != quiet {
                wrong.push(format!(
                    "tasks moved although nothing had changed: opened {quiet:?} times, and then {:?}",
                    self.systems.census.opened()
                ));
            }
            unsettled = self.unsettled().await;
        }
        if unsettled.is_empty() && wrong.is_empty() {
            let (left, needless) = self.aftermath().await;
            unsettled = left;
            wrong.extend(needless);
            wrong.extend(self.wrong_so_far().await);
        }
        if !unsettled.is_empty() {
            wrong.push(format!("not whole in the end; open {:?}", self.open()));
            wrong.extend(unsettled);
        }
        wrong
    }

    /// Waits until all is as it has to be, and returns what is not.
    pub(super) async fn heal_within(&mut self, longest: u32) -> Vec<String> {
        let mut unsettled = Vec::new();
        for second in 0..longest {
            self.hear().await;
            if second == 0 {
                let wrong = self.outstanding().await;
                if !wrong.is_empty() {
                    return wrong;
                }
            }
            if second % TENDED == 0 {
                self.tend().await;
            }
            unsettled = self.unsettled().await;
            if unsettled.is_empty() {
                break;
            }
            sleep(Duration::from_secs(1)).await;
        }
        unsettled
    }

    /// Waits for the answers that are still to come, and compares them all with what is configured.
    async fn outstanding(&mut self) -> Vec<String> {
        for _ in 0..200 {
            self.hear().await;
            if self.ledger.is_quiet() {
                return self.wrong_configs().await;
            }
            sleep(Duration::from_secs(1)).await;
        }
        vec!["somebody got no answer for 200 s".to_owned()]
    }

    /// Does what an operator does at the end: resumes what is not started, and restarts what has failed.
    async fn tend(&mut self) {
        for name in NAMES {
            let may_be = self.ledger.may_be(name);
            let Some((process, handle)) = self
                .lanes
                .iter()
                .find_map(|lane| Some((lane.process.clone(), lane.handle()?)))
            else {
                return;
            };
            if may_be.iter().all(Option::is_none) {
                continue;
            }
            let tended = async {
                handle.resume(name).await?;
                handle.restart(name, connect_runtime::Restart::Failed).await
            };
            let flight = Flight::new(Wish::Target("STARTED"));
            self.ledger.send(name, std::slice::from_ref(&flight));
            let answer = timeout(Duration::from_secs(100), tended).await;
            if let Ok(Err(error)) = &answer {
                process.record(format_args!("{name} is not tended: {}", error.report()));
            }
            flight.end(match &answer {
                Ok(answer) => Outcome::of(answer),
                Err(_) => Outcome::Unknown,
            });
            self.hear().await;
        }
    }

    fn wrong_moves(&self, before: &BTreeMap<String, u32>) -> Vec<String> {
        let opened = self.systems.census.opened();
        opened
            .iter()
            .map(|(task, count)| (task, count - before.get(task).copied().unwrap_or(0)))
            .filter(|(_, count)| *count > MOST_OPENED)
            .map(|(task, count)| format!("{task} was opened {count} times until all was whole"))
            .collect()
    }
}
