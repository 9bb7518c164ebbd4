//! [`TaskLife`]: where a task is in its life, and what comes next.

use std::time::Duration;

use connect_api::ErrorKind;

use crate::{
    status::State,
    supervisor::policy::{Lifetime, RestartPolicy, Verdict},
};

/// Where a task is in its life, and what comes next.
///
/// It is driven towards what is [`Wanted`]; an incarnation never starts before the one before it has ended.
#[derive(Debug)]
pub(crate) struct TaskLife {
    wanted: Wanted,
    phase: Phase,
    policy: RestartPolicy,
}

/// What the connector wants of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// An incarnation of this edition; a new edition ends an older one and forgets its failures.
    Run(u64),
    /// No incarnation for now.
    Pause,
    /// No task any more.
    Leave,
}

/// Where a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// No incarnation, by wish.
    Resting,
    /// An incarnation of this edition is alive; its plugin may not be open yet.
    Alive(u64),
    /// The incarnation was asked to end.
    Draining,
    /// The incarnation was given up and has not ended yet.
    Abandoned,
    /// The incarnation blocks its thread inside a call.
    Blocked(u64),
    /// Waiting before the next incarnation.
    Pausing(u64),
    /// Finding out who has the right to run the task.
    Checking(u64),
    /// Waiting before finding out once more.
    PausingToCheck(u64),
    /// Given up until a new edition.
    Failed(u64),
    /// Left.
    Over,
}

/// What happened.
#[derive(Clone, Debug)]
pub(crate) enum TaskEvent {
    /// The connector wants something.
    Wanted(Wanted),
    /// The plugin's task is open.
    Opened,
    /// The incarnation ended, and its future is gone.
    Ended(End),
    /// The time that was waited for has come.
    Elapsed,
    /// The owner of the task was found out.
    Owner(Owner),
    /// The incarnation blocks its thread inside a call.
    Stuck(String),
}

/// How an incarnation ended.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// As asked.
    Orderly,
    /// By an error.
    Failed {
        kind: ErrorKind,
        trace: String,
        life: Lifetime,
        random: u64,
    },
}

/// Who has the right to run the task.
#[derive(Clone, Debug)]
pub(crate) enum Owner {
    /// This worker.
    Mine { random: u64 },
    /// Another one took it.
    Another(String),
    /// The cluster gave it to another one, or to nobody: the connector will say so.
    Elsewhere,
    /// Nobody could tell.
    Unknown { trace: String, random: u64 },
}

/// What is to be done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TaskAction {
    /// Start an incarnation.
    Open,
    /// Ask the incarnation to end, and wait for the graceful time.
    AskToEnd,
    /// Drop the incarnation and close its clients.
    Abandon,
    /// Close the clients of the incarnation.
    CloseClients,
    /// Wait; a later wait replaces an earlier one, and every other step ends it.
    Wait(Duration),
    /// Find out who has the right to run the task.
    CheckRight,
    /// Show a state.
    Report(State, Option<String>),
    /// Tell the connector that nothing more will come.
    Finish,
}

impl TaskLife {
    /// Starts without an incarnation.
    pub(crate) fn new() -> Self {
        Self {
            wanted: Wanted::Pause,
            phase: Phase::Resting,
            policy: RestartPolicy::default(),
        }
    }

    /// Returns whether an incarnation was given up that has not ended yet.
    pub(crate) fn has_given_up(&self) -> bool {
        self.phase == Phase::Abandoned
    }

    /// Moves on after `event`, and says what is to be done, in order.
    pub(crate) fn on(&mut self, event: TaskEvent) -> Vec<TaskAction> {
        match event {
            TaskEvent::Wanted(wanted) => self.on_wanted(wanted),
            TaskEvent::Opened => self.on_opened(),
            TaskEvent::Ended(end) => self.on_ended(end),
            TaskEvent::Elapsed => self.on_elapsed(),
            TaskEvent::Owner(owner) => self.on_owner(owner),
            TaskEvent::Stuck(trace) => self.on_stuck(trace),
        }
    }

    fn on_wanted(&mut self, wanted: Wanted) -> Vec<TaskAction> {
        if self.wanted == wanted && self.phase != Phase::Resting {
            return Vec::new();
        }
        if matches!(wanted, Wanted::Run(_)) {
            self.policy.reset();
        }
        self.wanted = wanted;
        match (self.phase, wanted) {
            (Phase::Over | Phase::Draining | Phase::Abandoned, _) => Vec::new(),
            (Phase::Alive(edition), Wanted::Run(new)) if edition == new => Vec::new(),
            (Phase::Alive(_), Wanted::Run(_)) => {
                self.phase = Phase::Draining;
                vec![
                    TaskAction::AskToEnd,
                    TaskAction::Report(State::Restarting, None),
                ]
            }
            (Phase::Alive(_), Wanted::Pause | Wanted::Leave) => {
                self.phase = Phase::Draining;
                vec![TaskAction::AskToEnd]
            }
            (Phase::Blocked(_), Wanted::Leave) => {
                self.phase = Phase::Abandoned;
                vec![TaskAction::Abandon]
            }
            // Resuming does not mend a failure; a new edition does.
            (Phase::Blocked(_), _) | (Phase::Failed(_), Wanted::Pause) => Vec::new(),
            (Phase::Failed(edition), Wanted::Run(new)) if edition == new => Vec::new(),
            _ => self.settle(),
        }
    }

    fn on_opened(&mut self) -> Vec<TaskAction> {
        match self.phase {
            Phase::Alive(_) => vec![TaskAction::Report(State::Running, None)],
            _ => Vec::new(),
        }
    }

    fn on_ended(&mut self, end: End) -> Vec<TaskAction> {
        match (self.phase, end) {
            (Phase::Draining | Phase::Abandoned, _) => self.settle(),
            (
                Phase::Alive(edition) | Phase::Blocked(edition),
                End::Failed {
                    kind,
                    trace,
                    life,
                    random,
                },
            ) if self.wanted == Wanted::Run(edition) => {
                let verdict = self.policy.judge(kind, life, random);
                self.follow(verdict, edition, trace)
            }
            (Phase::Alive(edition), End::Orderly) => {
                self.phase = Phase::Failed(edition);
                let trace = "the task ended without being asked to".to_owned();
                vec![TaskAction::Report(State::Failed, Some(trace))]
            }
            _ => self.settle(),
        }
    }

    fn on_elapsed(&mut self) -> Vec<TaskAction> {
        match self.phase {
            Phase::Draining => {
                self.phase = Phase::Abandoned;
                vec![TaskAction::Abandon]
            }
            Phase::Pausing(edition) => {
                self.phase = Phase::Alive(edition);
                vec![TaskAction::Open]
            }
            Phase::PausingToCheck(edition) => {
                self.phase = Phase::Checking(edition);
                vec![TaskAction::CheckRight]
            }
            _ => Vec::new(),
        }
    }

    fn on_owner(&mut self, owner: Owner) -> Vec<TaskAction> {
        let Phase::Checking(edition) = self.phase else {
            return Vec::new();
        };
        match owner {
            Owner::Mine { random } => {
                self.phase = Phase::Pausing(edition);
                vec![TaskAction::Wait(self.policy.pause(random))]
            }
            Owner::Another(trace) => self.follow(Verdict::GiveUp, edition, trace),
            Owner::Elsewhere => {
                self.phase = Phase::Resting;
                Vec::new()
            }
            Owner::Unknown { trace, random } => {
                self.phase = Phase::PausingToCheck(edition);
                let pause = self.policy.pause(random);
                vec![
                    TaskAction::Report(State::Restarting, Some(trace)),
                    TaskAction::Wait(pause),
                ]
            }
        }
    }

    fn on_stuck(&mut self, trace: String) -> Vec<TaskAction> {
        let report = TaskAction::Report(State::Failed, Some(trace));
        match self.phase {
            Phase::Alive(edition) => {
                self.phase = Phase::Blocked(edition);
                vec![TaskAction::CloseClients, report]
            }
            Phase::Draining => {
                self.phase = Phase::Abandoned;
                vec![TaskAction::Abandon, report]
            }
            Phase::Abandoned => vec![report],
            _ => Vec::new(),
        }
    }

    /// Does what is wanted, now that there is no incarnation.
    fn settle(&mut self) -> Vec<TaskAction> {
        match self.wanted {
            Wanted::Run(edition) => {
                self.phase = Phase::Alive(edition);
                vec![
                    TaskAction::Report(State::Unassigned, None),
                    TaskAction::Open,
                ]
            }
            Wanted::Pause => {
                self.phase = Phase::Resting;
                vec![TaskAction::Report(State::Paused, None)]
            }
            Wanted::Leave => {
                self.phase = Phase::Over;
                vec![TaskAction::Finish]
            }
        }
    }

    fn follow(&mut self, verdict: Verdict, edition: u64, trace: String) -> Vec<TaskAction> {
        match verdict {
            Verdict::Again(pause) => {
                self.phase = Phase::Pausing(edition);
                vec![
                    TaskAction::Report(State::Restarting, Some(trace)),
                    TaskAction::Wait(pause),
                ]
            }
            Verdict::CheckRight => {
                self.phase = Phase::Checking(edition);
                vec![
                    TaskAction::Report(State::Restarting, Some(trace)),
                    TaskAction::CheckRight,
                ]
            }
            Verdict::GiveUp => {
                self.phase = Phase::Failed(edition);
                vec![TaskAction::Report(State::Failed, Some(trace))]
            }
        }
    }
}
