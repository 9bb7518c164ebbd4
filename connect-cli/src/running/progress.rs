//! The progress line: how much this worker reads and writes, and how it is.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    future::pending,
    time::{Duration, Instant},
};

use connect_runtime::{Direction, State, WorkerHandle};

use crate::terminal::Terminal;

/// How often the line is drawn.
const EVERY: Duration = Duration::from_secs(1);

/// Whether there is a line of progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    Shown,
    Hidden,
}

/// Draws the line for ever, if it is shown.
pub(super) async fn show(
    worker: &WorkerHandle,
    terminal: &Terminal,
    progress: Progress,
) -> Infallible {
    if progress == Progress::Hidden {
        return pending().await;
    }
    let mut tick = tokio::time::interval(EVERY);
    let mut last = (Instant::now(), Totals::new());
    loop {
        tick.tick().await;
        let now = (Instant::now(), totals(worker));
        terminal.show(&line(&last.1, &now.1, now.0 - last.0));
        last = now;
    }
}

/// The sums of each direction that has connectors.
type Totals = BTreeMap<&'static str, Total>;

/// The sums of one direction.
#[derive(Clone, Debug, Default)]
struct Total {
    read: u64,
    written: u64,
    failed: u64,
    /// How many tasks are in each state.
    tasks: BTreeMap<&'static str, usize>,
}

fn totals(worker: &WorkerHandle) -> Totals {
    let mut totals = Totals::new();
    let here = worker.id();
    for status in worker.statuses() {
        let direction = match status.direction {
            Direction::Source => "sources",
            Direction::Sink => "sinks",
        };
        let total = totals.entry(direction).or_default();
        for (_, progress) in worker.progress(&status.name) {
            total.read += progress.read;
            total.written += progress.written;
            total.failed += progress.failed;
        }
        for task in status.tasks.iter().filter(|task| task.worker == here) {
            *total.tasks.entry(task.state.name()).or_default() += 1;
        }
        if status.state == State::Failed && status.worker == here {
            *total.tasks.entry("connector FAILED").or_default() += 1;
        }
    }
    totals
}

fn line(last: &Totals, now: &Totals, passed: Duration) -> String {
    let millis = passed.as_millis().max(1);
    let rate = |before: u64, after: u64| u128::from(after.saturating_sub(before)) * 1_000 / millis;
    // Sources first: that is the way of the records.
    let parts = now.iter().rev().map(|(direction, total)| {
        let before = last.get(direction).cloned().unwrap_or_default();
        let (read, written) = (
            rate(before.read, total.read),
            rate(before.written, total.written),
        );
        let mut part = format!("{direction}: {read} read/s, {written} written/s");
        if total.failed > 0 {
            part.push_str(&format!(", {} records failed", total.failed));
        }
        for (state, count) in &total.tasks {
            part.push_str(&format!(", {count} {state}"));
        }
        part
    });
    parts.collect::<Vec<_>>().join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_those_of_the_time_that_passed() {
        let total = |read, written, failed| Total {
            read,
            written,
            failed,
            tasks: [("RUNNING", 2), ("FAILED", 1)].into(),
        };
        let last = Totals::from([("sources", total(100, 90, 0))]);
        let now = Totals::from([
            ("sources", total(1100, 590, 0)),
            ("sinks", total(40, 20, 3)),
        ]);
        assert_eq!(
            line(&last, &now, Duration::from_millis(500)),
            "sources: 2000 read/s, 1000 written/s, 1 FAILED, 2 RUNNING | \
             sinks: 80 read/s, 40 written/s, 3 records failed, 1 FAILED, 2 RUNNING"
        );
    }
}
