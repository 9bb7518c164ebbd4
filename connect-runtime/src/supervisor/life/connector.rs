//! [`ConnectorLife`]: where a connector is in its life, and what comes next.

use std::time::Duration;

use connect_api::ErrorKind;

use crate::{
    status::State,
    supervisor::policy::{Lifetime, RestartPolicy, Verdict},
};

/// Where a connector is in its life, and what comes next.
///
/// Its work is split into tasks again and again: at the start, when the plugin says that it changed, after a new
/// configuration. Failing to split it does not touch the tasks that run, and is tried again by the policy of tasks.
/// The clock is passed in: moments are those of [`Environment::elapsed`](crate::Environment::elapsed).
#[derive(Debug)]
pub(crate) struct ConnectorLife {
    target: Target,
    phase: Phase,
    failures: RestartPolicy,
    /// How far changes are apart.
    changes: RestartPolicy,
    /// When the work was last split.
    split: Duration,
    /// Since when nothing failed; `None` until the work is split.
    well: Option<Duration>,
}

/// What a person wants of a connector; Connect's target states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Started,
    /// Its tasks are kept, without incarnations.
    Paused,
    /// It has no tasks.
    Stopped,
    /// It goes away with its tasks.
    Gone,
}

/// Where a connector is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing happens: paused, stopped or gone.
    Resting,
    /// The plugin splits its work into tasks.
    Splitting,
    /// The plugin watches for changes of its work.
    Watching,
    /// Waiting before splitting again.
    Pausing,
    /// The plugin blocks its thread, and failed by that.
    Blocked,
    /// The plugin failed, and only a person can help.
    Failed,
    /// Offsets are being changed: nothing else may happen.
    Altering,
}

/// What happened.
#[derive(Clone, Debug)]
pub(crate) enum ConnectorEvent {
    /// A person wants something.
    Wanted(Target),
    /// It has a new configuration, or is to be restarted.
    Renewed,
    /// The plugin has split its work.
    Split { now: Duration },
    /// The plugin's work is not split as it was any more.
    Changed { now: Duration, random: u64 },
    /// The plugin failed.
    Failed {
        kind: ErrorKind,
        trace: String,
        now: Duration,
        random: u64,
    },
    /// The plugin blocks its thread; what comes of that is told later.
    Stuck(String),
    /// The time that was waited for has come.
    Elapsed,
    /// Offsets begin to be changed.
    Altering,
    /// Offsets are changed, or could not be.
    Altered,
}

/// What is to be done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ConnectorAction {
    /// Let the plugin split its work.
    Split,
    /// Let the plugin watch for changes.
    Watch,
    /// Stop watching and waiting, and ignore what comes of running work.
    Cancel,
    /// Wait.
    Wait(Duration),
    /// Run the tasks of the last split.
    RunTasks,
    /// Keep the tasks, without incarnations.
    PauseTasks,
    /// Let all tasks go.
    RemoveTasks,
    /// Show a state.
    Report(State, Option<String>),
}

impl ConnectorLife {
    /// Starts without tasks.
    pub(crate) fn new() -> Self {
        Self {
            target: Target::Stopped,
            phase: Phase::Resting,
            failures: RestartPolicy::default(),
            changes: RestartPolicy::default(),
            split: Duration::ZERO,
            well: None,
        }
    }

    /// Returns what a person wants of it.
    pub(crate) fn target(&self) -> Target {
        self.target
    }

    /// Returns whether its plugin failed.
    pub(crate) fn has_failed(&self) -> bool {
        matches!(self.phase, Phase::Failed | Phase::Blocked)
    }

    /// Moves on after `event`, and says what is to be done, in order.
    pub(crate) fn on(&mut self, event: ConnectorEvent) -> Vec<ConnectorAction> {
        match event {
            ConnectorEvent::Wanted(target) => self.on_wanted(target),
            ConnectorEvent::Renewed => self.on_renewed(),
            ConnectorEvent::Split { now } => self.on_split(now),
            ConnectorEvent::Changed { now, random } => self.on_changed(now, random),
            ConnectorEvent::Elapsed if self.phase == Phase::Pausing => self.split(),
            ConnectorEvent::Failed {
                kind,
                trace,
                now,
                random,
            } if self.is_working() => {
                let verdict = self.judge(kind, now, random);
                self.follow(verdict, trace)
            }
            ConnectorEvent::Stuck(trace) if self.is_working() => {
                self.phase = Phase::Blocked;
                vec![ConnectorAction::Report(State::Failed, Some(trace))]
            }
            ConnectorEvent::Altering => {
                self.phase = Phase::Altering;
                Vec::new()
            }
            ConnectorEvent::Altered if self.phase == Phase::Altering => {
                self.phase = Phase::Resting;
                match self.target {
                    Target::Stopped => Vec::new(),
                    _ => self.pursue(),
                }
            }
            ConnectorEvent::Failed { .. }
            | ConnectorEvent::Stuck(_)
            | ConnectorEvent::Elapsed
            | ConnectorEvent::Altered => Vec::new(),
        }
    }

    fn on_wanted(&mut self, target: Target) -> Vec<ConnectorAction> {
        if self.target == Target::Gone || (self.target == target && target == Target::Started) {
            return Vec::new();
        }
        self.target = target;
        match (self.phase, target) {
            (Phase::Altering, Target::Started | Target::Paused | Target::Stopped) => Vec::new(),
            _ => self.pursue(),
        }
    }

    fn on_renewed(&mut self) -> Vec<ConnectorAction> {
        match (self.target, self.phase) {
            (Target::Started, Phase::Altering) => Vec::new(),
            (Target::Started, _) => self.pursue(),
            _ => Vec::new(),
        }
    }

    fn on_split(&mut self, now: Duration) -> Vec<ConnectorAction> {
        if !self.is_working() {
            return Vec::new();
        }
        self.phase = Phase::Watching;
        self.split = now;
        self.well.get_or_insert(now);
        vec![
            ConnectorAction::Report(State::Running, None),
            ConnectorAction::RunTasks,
            ConnectorAction::Watch,
        ]
    }

    /// Splits again, not sooner than a distance that grows while changes come faster than that.
    fn on_changed(&mut self, now: Duration, random: u64) -> Vec<ConnectorAction> {
        if !self.is_working() {
            return Vec::new();
        }
        let (distance, held) = (self.changes.pause(random), now.saturating_sub(self.split));
        match distance.checked_sub(held) {
            None | Some(Duration::ZERO) => {
                self.changes.reset();
                self.split()
            }
            Some(rest) => {
                self.phase = Phase::Pausing;
                vec![ConnectorAction::Wait(rest)]
            }
        }
    }

    /// Decides after a failure; what held for less than the longest pause was no progress.
    fn judge(&mut self, kind: ErrorKind, now: Duration, random: u64) -> Verdict {
        let well = now.saturating_sub(self.well.take().unwrap_or(now));
        let settled = match well < RestartPolicy::LONGEST {
            true => Duration::ZERO,
            false => well,
        };
        let life = Lifetime {
            began: Duration::ZERO,
            settled,
        };
        // Connectors have no right that could be checked.
        let kind = match kind {
            ErrorKind::Fenced => ErrorKind::Fatal,
            kind => kind,
        };
        self.failures.judge(kind, life, random)
    }

    fn follow(&mut self, verdict: Verdict, trace: String) -> Vec<ConnectorAction> {
        match verdict {
            Verdict::Again(pause) => {
                self.phase = Phase::Pausing;
                vec![
                    ConnectorAction::Report(State::Restarting, Some(trace)),
                    ConnectorAction::Wait(pause),
                ]
            }
            Verdict::CheckRight | Verdict::GiveUp => {
                self.phase = Phase::Failed;
                vec![
                    ConnectorAction::Cancel,
                    ConnectorAction::Report(State::Failed, Some(trace)),
                ]
            }
        }
    }

    /// Returns whether the plugin is inside a call.
    fn is_working(&self) -> bool {
        matches!(
            self.phase,
            Phase::Splitting | Phase::Watching | Phase::Blocked
        )
    }

    fn pursue(&mut self) -> Vec<ConnectorAction> {
        let rest = match self.target {
            Target::Started => {
                self.failures.reset();
                self.changes.reset();
                self.well = None;
                let mut actions = vec![
                    ConnectorAction::Cancel,
                    ConnectorAction::Report(State::Running, None),
                ];
                actions.append(&mut self.split());
                return actions;
            }
            Target::Paused => vec![
                ConnectorAction::PauseTasks,
                ConnectorAction::Report(State::Paused, None),
            ],
            Target::Stopped => vec![
                ConnectorAction::RemoveTasks,
                ConnectorAction::Report(State::Stopped, None),
            ],
            Target::Gone => vec![ConnectorAction::RemoveTasks],
        };
        self.phase = Phase::Resting;
        std::iter::once(ConnectorAction::Cancel)
            .chain(rest)
            .collect()
    }

    fn split(&mut self) -> Vec<ConnectorAction> {
        self.phase = Phase::Splitting;
        vec![ConnectorAction::Split]
    }
}
