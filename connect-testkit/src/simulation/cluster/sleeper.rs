//! A worker that sleeps within a transaction while its tasks become others.

use std::time::Duration;

use tokio::time::sleep;

use super::world::{NAMES, World};
use crate::{faulty::Operation, simulation::plan::choose};

/// How often it is looked at what has happened meanwhile.
const GLANCE: Duration = Duration::from_millis(250);

/// For how long a worker is waited for that is to fall asleep.
const DROWSY: u32 = 20;

/// For how long others are waited for: a session, and then some.
const REPLACED: u32 = 60;

impl World {
    /// Lets a worker that has one of several tasks of a source sleep just before a commit, has the source split into
    /// fewer tasks, and wakes it once others have those: what it had written must not count any more.
    ///
    /// Whoever has the work now may write under other transactional ids, so that only a fencing round keeps it out.
    pub(super) async fn outsleep(&mut self) {
        let Some((source, tasks, chosen)) = self.some_split_source() else {
            return;
        };
        let lane = &self.lanes[chosen];
        lane.ambush.set(Operation::CommitTransaction, 0);
        self.append_everywhere();
        for _ in 0..DROWSY {
            if !self.lanes[chosen].ambush.is_set() {
                break;
            }
            sleep(GLANCE).await;
        }
        if self.lanes[chosen].ambush.is_set() {
            return self.lanes[chosen].ambush.clear();
        }
        let before = self.openings(source);
        self.split_into(1 + self.below(tasks - 1));
        for _ in 0..REPLACED {
            if self.openings(source) > before {
                break;
            }
            sleep(GLANCE).await;
        }
        self.hear().await;
        // Sometimes they have just begun, and sometimes gone on.
        sleep(Duration::from_millis(self.environment.below(3_000))).await;
        self.heal(chosen);
    }

    /// Returns how often tasks of a source were opened.
    fn openings(&self, source: &str) -> u32 {
        let opened = self.systems.census.opened();
        let of = opened.iter().filter(|(task, _)| task.starts_with(source));
        of.map(|(_, count)| count).sum()
    }

    /// Chooses a source that has several tasks open; returns how many, and where the last one is.
    fn some_split_source(&self) -> Option<(&'static str, usize, usize)> {
        let open = self.systems.census.open();
        let mut split = Vec::new();
        for source in NAMES {
            let tasks = (1..)
                .take_while(|task| open.contains_key(&format!("{source}-{task}")))
                .count();
            let last = open.get(&format!("{source}-{tasks}"));
            let holder = last.and_then(|at| at.first());
            let mut lanes = self.lanes.iter();
            let lane = lanes.position(|lane| Some(&lane.process.name()) == holder);
            if source.starts_with("from")
                && tasks > 0
                && let Some(lane) = lane
            {
                split.push((source, tasks + 1, lane));
            }
        }
        (!split.is_empty()).then(|| *choose(&self.environment, &split))
    }
}
