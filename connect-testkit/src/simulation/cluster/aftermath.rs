//! Once all is well: one worker more or less, and nothing moves in vain.

use std::{collections::BTreeSet, time::Duration};

use tokio::time::sleep;

use super::{
    application::version,
    balance::{Owner, Owners},
    runs::LONGEST,
    world::{CODE, World},
};

/// How long it may take until a change is noticed: before that all looks well.
const NOTICED: Duration = Duration::from_secs(10);

/// What happens to a cluster that is whole.
#[derive(Debug)]
enum Change {
    Join,
    /// This one leaves or dies.
    Loss(String),
}

impl World {
    /// Lets a worker join, leave or die, waits until all is as it has to be, and returns what is not, or moved in vain.
    pub(super) async fn aftermath(&mut self) -> (Vec<String>, Vec<String>) {
        let before = self.owners().await;
        let chosen = self.below(self.lanes.len());
        let change = match self.environment.below(4) {
            0 | 1 => {
                self.start_worker(self.release);
                Change::Join
            }
            draw if self.is_spare(chosen) => {
                let handle = self.lanes[chosen].handle();
                let id = handle.map(|it| it.id().to_string()).unwrap_or_default();
                match draw {
                    2 => self.shut_down(chosen).await,
                    _ => self.kill_unheard(chosen),
                }
                Change::Loss(id)
            }
            _ => return (Vec::new(), Vec::new()),
        };
        sleep(NOTICED).await;
        let unsettled = self.heal_within(LONGEST).await;
        let releases = self.lanes.iter().map(|lane| lane.release);
        let mut wrong = Vec::new();
        // With several releases one move may cause another one.
        if unsettled.is_empty() && releases.clone().min() == releases.max() {
            let after = self.owners().await;
            // Nor if a source wants another number of tasks, which nobody had noticed before the connector moved.
            let is_same = before.keys().eq(after.keys());
            let needless = is_same.then(|| needless(&before, &after, &change, self.lanes.len()));
            wrong.extend(needless.into_iter().flatten());
        }
        (unsettled, wrong)
    }

    /// Returns whether another worker has the release that has to run.
    fn is_spare(&self, chosen: usize) -> bool {
        let mut others = self.lanes.iter().enumerate();
        others.any(|(other, lane)| other != chosen && lane.release == self.release)
    }

    /// Starts the newest release that the cluster knows somewhere, if it runs nowhere, and sometimes everywhere.
    pub(super) async fn complete_upgrade(&mut self) {
        let cluster = self.latest("cluster").await;
        let code = cluster.get(&format!("code-{CODE}"));
        let known = code.and_then(|code| code.get("version")?.as_str());
        let known = (1..=self.release).find(|it| known == Some(&version(*it)));
        let newest = self.lanes.iter().map(|lane| lane.release).max();
        self.release = newest.max(known).unwrap_or(1);
        if self.environment.below(2) == 0 {
            for chosen in (0..self.lanes.len()).rev() {
                if self.lanes[chosen].release < self.release {
                    self.shut_down(chosen).await;
                    self.start_worker(self.release);
                }
            }
        } else if newest < Some(self.release) {
            self.start_worker(self.release);
        }
    }
}

/// Returns what moved although it need not.
fn needless(before: &Owners, after: &Owners, change: &Change, workers: usize) -> Vec<String> {
    let moved = after
        .iter()
        .filter(|(unit, owner)| before.get(*unit) != Some(owner));
    let known: BTreeSet<_> = before.values().map(|owner| &owner.worker).collect();
    let is_needless = |(unit, owner): &(&String, &Owner)| match change {
        Change::Join => known.contains(&owner.worker),
        Change::Loss(lost) => before.get(*unit).is_none_or(|owner| owner.worker != *lost),
    };
    let needless = moved.clone().filter(is_needless);
    let mut wrong: Vec<_> = needless
        .map(|(unit, owner)| {
            let former = before.get(unit);
            format!("{change:?}: {unit} moved from {former:?} to {owner:?}")
        })
        .collect();
    let (count, most) = (moved.count(), after.len().div_ceil(workers));
    if matches!(change, Change::Join) && count > most {
        wrong.push(format!(
            "{change:?}: expected {most} units to move, found {count}"
        ));
    }
    wrong
}
