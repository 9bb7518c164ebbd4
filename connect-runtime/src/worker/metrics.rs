//! Hands counters to the `metrics` facade, under Connect's names.

use std::{sync::Arc, time::Duration};

use metrics::{counter, gauge};
use tokio::time::sleep;

use super::Progress;
use crate::{
    status::{Direction, State},
    supervisor::Crew,
    task::Pulse,
    task_id::TaskId,
};

/// How often counters are handed over; no task does it itself, so that records cost nothing.
const EVERY: Duration = Duration::from_secs(10);

/// Hands counters over for ever; it may be dropped at any time.
pub(super) async fn report(crew: Arc<Crew>) {
    loop {
        sleep(EVERY).await;
        hand_over(&crew);
    }
}

fn hand_over(crew: &Crew) {
    let statuses = crew.board.said_here();
    let group = crew.site.group.to_string();
    let tasks: usize = statuses.iter().map(|status| status.tasks.len()).sum();
    let worker = "kafka.connect.connect-worker-metrics";
    gauge!(format!("{worker}.connector-count"), "group" => group.clone())
        .set(number(statuses.len()));
    gauge!(format!("{worker}.task-count"), "group" => group.clone()).set(number(tasks));
    for status in statuses {
        let in_state = |state| {
            status
                .tasks
                .iter()
                .filter(|task| task.state == state)
                .count()
        };
        let labels = [
            ("group", group.clone()),
            ("connector", status.name.to_string()),
        ];
        let of_connector = |name: &str, count| {
            gauge!(format!("{worker}.connector-{name}-task-count"), &labels).set(number(count));
        };
        of_connector("total", status.tasks.len());
        of_connector("running", in_state(State::Running));
        of_connector("paused", in_state(State::Paused));
        of_connector("failed", in_state(State::Failed));
        of_connector("unassigned", in_state(State::Unassigned));
        of_connector("restarting", in_state(State::Restarting));
        for (id, pulse) in crew.pulses(Some(&status.name)) {
            of_task(&group, &id, status.direction, Progress::of(&pulse));
            of_plugin(&group, &id, &pulse);
        }
    }
}

fn of_task(group: &str, id: &TaskId, direction: Direction, progress: Progress) {
    let labels = [
        ("group", group.to_owned()),
        ("connector", id.connector.to_string()),
        ("task", id.task.to_string()),
    ];
    let count =
        |name: &str, total| counter!(format!("kafka.connect.{name}"), &labels).absolute(total);
    match direction {
        Direction::Source => {
            count(
                "source-task-metrics.source-record-poll-total",
                progress.read,
            );
            count(
                "source-task-metrics.source-record-write-total",
                progress.written,
            );
        }
        Direction::Sink => {
            count("sink-task-metrics.sink-record-read-total", progress.read);
            count("sink-task-metrics.sink-record-send-total", progress.written);
            count(
                "sink-task-metrics.offset-commit-completion-total",
                progress.commits,
            );
        }
    }
    count("task-error-metrics.total-record-failures", progress.failed);
    count("task-error-metrics.total-records-skipped", progress.skipped);
    count(
        "task-error-metrics.deadletterqueue-produce-requests",
        progress.dead_lettered,
    );
}

/// Hands over what the plugin counts itself, under the names that it chose.
fn of_plugin(group: &str, id: &TaskId, pulse: &Pulse) {
    for (name, plugin, total) in pulse.owns() {
        let labels = [
            ("group", group.to_owned()),
            ("connector", id.connector.to_string()),
            ("task", id.task.to_string()),
            ("plugin", plugin.to_string()),
        ];
        counter!(name, &labels).absolute(total);
    }
}

#[expect(clippy::cast_precision_loss, reason = "nobody has 2^52 tasks")]
fn number(count: usize) -> f64 {
    count as f64
}
