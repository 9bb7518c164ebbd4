//! [`Gaps`]: how long lanes were without a record, over all rounds.

use std::{
    thread,
    time::{Duration, Instant},
};

use connect_benches::print;

use crate::watch::{Lane, Seen, Watcher};

/// How long lanes were without a record, by what was done to the cluster, over all rounds.
#[derive(Debug, Default)]
pub(crate) struct Gaps(Vec<(String, Row)>);

/// One line of the table.
#[derive(Debug, Default)]
struct Row {
    /// For how long each lane that was moved had no record.
    moved: Vec<Duration>,
    /// How many lanes stayed.
    stayed: usize,
    /// What was between each two records of those.
    between: Vec<Duration>,
}

/// How long something is watched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watched {
    pub(crate) least: Duration,
    /// Then lanes without records are given up.
    pub(crate) most: Duration,
}

impl Gaps {
    /// Does something to the cluster, and notes how long lanes are without a record then.
    pub(crate) fn observe(
        &mut self,
        what: &str,
        (watcher, watched): (&Watcher, Watched),
        event: impl FnOnce() -> Box<dyn Fn(&Lane, &Seen) -> bool>,
    ) {
        let lanes = settled(watcher);
        let since = Instant::now();
        let is_moved = event();
        thread::sleep(watched.least);
        while watcher.alive() < lanes && since.elapsed() < watched.most {
            thread::sleep(Duration::from_millis(50));
        }
        for (lane, seen) in watcher.since(since) {
            let row = self.row(&format!("{what}, {}", lane.0));
            if is_moved(&lane, &seen) {
                row.moved.extend(seen.gaps.into_iter().max());
            } else {
                row.stayed += 1;
                row.between.extend(seen.gaps);
            }
        }
    }

    fn row(&mut self, name: &str) -> &mut Row {
        let known = self.0.iter().position(|(known, _)| known == name);
        let index = known.unwrap_or_else(|| {
            self.0.push((name.to_owned(), Row::default()));
            self.0.len() - 1
        });
        &mut self.0[index].1
    }

    /// Prints all of them.
    pub(crate) fn print(&mut self) {
        for (name, row) in &mut self.0 {
            print(
                name,
                [
                    (row.moved.len() as f64, "moved"),
                    (percentile(&mut row.moved, 50), "ms median"),
                    (percentile(&mut row.moved, 100), "ms longest"),
                    (row.stayed as f64, "stayed"),
                    (percentile(&mut row.between, 99), "ms p99"),
                    (percentile(&mut row.between, 100), "ms longest"),
                ],
            );
        }
    }
}

/// Waits until every lane has records, and for what a cluster may still be doing then; returns how many there are.
fn settled(watcher: &Watcher) -> usize {
    let lanes = watcher.since(Instant::now()).len();
    while watcher.alive() < lanes {
        thread::sleep(Duration::from_millis(50));
    }
    thread::sleep(Duration::from_secs(5));
    lanes
}

/// Returns what so many of a hundred are not longer than, in milliseconds.
fn percentile(of: &mut [Duration], percent: usize) -> f64 {
    of.sort_unstable();
    let index = (of.len() * percent).div_ceil(100).saturating_sub(1);
    let found = of.get(index).map(Duration::as_secs_f64);
    found.map_or(f64::NAN, |seconds| seconds * 1e3)
}
