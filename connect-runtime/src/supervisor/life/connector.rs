//! [`ConnectorLife`]: where a connector is in its life, and what comes next.

use std::time::Duration;

use crate::{status::State, supervisor::policy::RestartPolicy};

/// Where a connector is in its life, and what comes next.
///
/// Its work is split into tasks again and again: at the start, when the plugin says that it changed, after a new
/// configuration. Failing to split it does not touch the tasks that run.
#[derive(Debug)]
pub(crate) struct ConnectorLife {
    target: Target,
    phase: Phase,
    pauses: RestartPolicy,
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
    /// The plugin failed.
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
    Split,
    /// The plugin's work is not split as it was any more.
    Changed,
    /// The plugin could not do it now.
    Unavailable { trace: String, random: u64 },
    /// The plugin failed for good.
    Failed(String),
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
            pauses: RestartPolicy::default(),
        }
    }

    /// Returns what a person wants of it.
    pub(crate) fn target(&self) -> Target {
        self.target
    }

    /// Returns whether its plugin failed.
    pub(crate) fn has_failed(&self) -> bool {
        self.phase == Phase::Failed
    }

    /// Moves on after `event`, and says what is to be done, in order.
    pub(crate) fn on(&mut self, event: ConnectorEvent) -> Vec<ConnectorAction> {
        match event {
            ConnectorEvent::Wanted(target) => self.on_wanted(target),
            ConnectorEvent::Renewed => self.on_renewed(),
            ConnectorEvent::Split => self.on_split(),
            ConnectorEvent::Changed if self.phase == Phase::Watching => self.split(),
            ConnectorEvent::Elapsed if self.phase == Phase::Pausing => self.split(),
            ConnectorEvent::Unavailable { trace, random } => self.on_unavailable(trace, random),
            ConnectorEvent::Failed(trace) => self.on_failed(trace),
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
            ConnectorEvent::Changed | ConnectorEvent::Elapsed | ConnectorEvent::Altered => {
                Vec::new()
            }
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

    fn on_split(&mut self) -> Vec<ConnectorAction> {
        if self.phase != Phase::Splitting {
            return Vec::new();
        }
        self.phase = Phase::Watching;
        self.pauses.reset();
        vec![
            ConnectorAction::Report(State::Running, None),
            ConnectorAction::RunTasks,
            ConnectorAction::Watch,
        ]
    }

    fn on_unavailable(&mut self, trace: String, random: u64) -> Vec<ConnectorAction> {
        if !matches!(self.phase, Phase::Splitting | Phase::Watching) {
            return Vec::new();
        }
        self.phase = Phase::Pausing;
        vec![
            ConnectorAction::Report(State::Running, Some(trace)),
            ConnectorAction::Wait(self.pauses.pause(random)),
        ]
    }

    fn on_failed(&mut self, trace: String) -> Vec<ConnectorAction> {
        if !matches!(self.phase, Phase::Splitting | Phase::Watching) {
            return Vec::new();
        }
        self.phase = Phase::Failed;
        vec![
            ConnectorAction::Cancel,
            ConnectorAction::Report(State::Failed, Some(trace)),
        ]
    }

    fn pursue(&mut self) -> Vec<ConnectorAction> {
        let rest = match self.target {
            Target::Started => {
                self.pauses.reset();
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
