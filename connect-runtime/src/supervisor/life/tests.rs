//! What the machines promise, whatever happens to them.

use std::time::Duration;

use connect_api::ErrorKind;
use proptest::prelude::*;

use super::{
    ConnectorAction, ConnectorEvent, ConnectorLife, End, Owner, Target, TaskAction, TaskEvent,
    TaskLife, Wanted,
};
use crate::{status::State, supervisor::policy::Lifetime};

/// A task's actor, reduced to what it may do.
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that a property test looks at one by one"
)]
struct Actor {
    life: TaskLife,
    alive: bool,
    waiting: bool,
    checking: bool,
    finished: bool,
    state: Option<State>,
    abandoned: bool,
}

impl Actor {
    fn new() -> Self {
        Self {
            life: TaskLife::new(),
            alive: false,
            waiting: false,
            checking: false,
            finished: false,
            state: None,
            abandoned: false,
        }
    }

    /// Feeds an event, if it can happen now.
    fn on(&mut self, event: TaskEvent) {
        let possible = match &event {
            TaskEvent::Wanted(_) => true,
            TaskEvent::Opened | TaskEvent::Stuck(_) => self.alive,
            TaskEvent::Ended(_) => std::mem::take(&mut self.alive),
            TaskEvent::Elapsed => std::mem::take(&mut self.waiting),
            TaskEvent::Owner(_) => std::mem::take(&mut self.checking),
        };
        if !possible || self.finished {
            return;
        }
        for action in self.life.on(event) {
            self.act(action);
        }
    }

    fn act(&mut self, action: TaskAction) {
        assert!(!self.finished, "{action:?} after the end");
        match action {
            TaskAction::Open => {
                assert!(!self.alive, "two incarnations at once");
                (self.alive, self.waiting, self.checking) = (true, false, false);
                self.abandoned = false;
            }
            TaskAction::AskToEnd => {
                assert!(self.alive, "nothing to end");
                self.waiting = true;
            }
            TaskAction::Wait(pause) => {
                assert!(!pause.is_zero());
                self.waiting = true;
            }
            TaskAction::CheckRight => self.checking = true,
            TaskAction::Abandon => self.abandoned = true,
            TaskAction::CloseClients => assert!(self.alive),
            TaskAction::Report(state, _) => self.state = Some(state),
            TaskAction::Finish => {
                assert!(!self.alive, "an incarnation outlives its task");
                self.finished = true;
            }
        }
    }

    fn run(&mut self, events: &[TaskEvent]) -> Option<State> {
        for event in events {
            self.on(event.clone());
        }
        self.state
    }
}

fn failed(kind: ErrorKind) -> TaskEvent {
    TaskEvent::Ended(End::Failed {
        kind,
        trace: "broken".to_owned(),
        life: Lifetime {
            began: Duration::from_secs(10),
            settled: Duration::ZERO,
        },
        random: 0,
    })
}

const RUN: TaskEvent = TaskEvent::Wanted(Wanted::Run(1));

fn mine() -> TaskEvent {
    TaskEvent::Owner(Owner::Mine { random: 0 })
}

fn task_event() -> impl Strategy<Value = TaskEvent> {
    let kind = prop_oneof![
        Just(ErrorKind::Unavailable),
        Just(ErrorKind::Rejected),
        Just(ErrorKind::Fatal),
        Just(ErrorKind::Fenced),
        Just(ErrorKind::Config),
    ];
    prop_oneof![
        (1_u64..4).prop_map(|edition| TaskEvent::Wanted(Wanted::Run(edition))),
        Just(TaskEvent::Wanted(Wanted::Pause)),
        Just(TaskEvent::Opened),
        Just(TaskEvent::Ended(End::Orderly)),
        kind.prop_map(failed),
        Just(TaskEvent::Elapsed),
        Just(mine()),
        Just(TaskEvent::Owner(Owner::Another("other".to_owned()))),
        Just(TaskEvent::Owner(Owner::Unknown {
            trace: "down".to_owned(),
            random: 1
        })),
        Just(TaskEvent::Stuck("poll".to_owned())),
    ]
}

proptest! {
    #[test]
    fn a_task_has_one_incarnation_at_a_time_and_never_stands_still(
        events in proptest::collection::vec(task_event(), 0..60),
    ) {
        let mut actor = Actor::new();
        for event in events {
            actor.on(event);
        }
        actor.on(RUN);
        let going = actor.alive || actor.waiting || actor.checking;
        prop_assert!(going || actor.state == Some(State::Failed), "{:?}", actor.life);
    }

    #[test]
    fn a_task_leaves_once_its_incarnation_has_ended(
        events in proptest::collection::vec(task_event(), 0..60),
    ) {
        let mut actor = Actor::new();
        for event in events {
            actor.on(event);
        }
        actor.on(TaskEvent::Wanted(Wanted::Leave));
        actor.on(TaskEvent::Elapsed);
        prop_assert!(actor.finished || actor.abandoned, "{:?}", actor.life);
        actor.on(TaskEvent::Ended(End::Orderly));
        prop_assert!(actor.finished, "{:?}", actor.life);
    }
}

#[track_caller]
fn check(events: &[TaskEvent], state: State) {
    assert_eq!(Actor::new().run(events), Some(state));
}

#[test]
fn a_task_runs_when_its_plugin_is_open_and_not_before() {
    check(&[RUN], State::Unassigned);
    check(&[RUN, TaskEvent::Opened], State::Running);
}

#[test]
fn what_is_unavailable_comes_back_and_a_wrong_configuration_does_not() {
    let unavailable = failed(ErrorKind::Unavailable);
    check(&[RUN, unavailable.clone()], State::Restarting);
    check(
        &[RUN, unavailable, TaskEvent::Elapsed, TaskEvent::Opened],
        State::Running,
    );
    check(
        &[RUN, failed(ErrorKind::Config), TaskEvent::Elapsed],
        State::Failed,
    );
}

#[test]
fn a_fenced_task_goes_on_only_with_the_right_to() {
    let fenced = [RUN, TaskEvent::Opened, failed(ErrorKind::Fenced)];
    let after = |events: &[TaskEvent]| [&fenced, events].concat();
    check(
        &after(&[mine(), TaskEvent::Elapsed, TaskEvent::Opened]),
        State::Running,
    );
    let another = TaskEvent::Owner(Owner::Another("other".to_owned()));
    check(
        &after(&[another.clone(), TaskEvent::Elapsed]),
        State::Failed,
    );
    let unknown = TaskEvent::Owner(Owner::Unknown {
        trace: "down".to_owned(),
        random: 0,
    });
    check(
        &after(&[unknown, TaskEvent::Elapsed, another]),
        State::Failed,
    );
}

#[test]
fn resuming_mends_no_failure_and_a_new_edition_does() {
    let failed = [RUN, failed(ErrorKind::Config)];
    let pause = TaskEvent::Wanted(Wanted::Pause);
    check(&[&failed[..], &[pause, RUN]].concat(), State::Failed);
    let new = TaskEvent::Wanted(Wanted::Run(2));
    check(
        &[&failed[..], &[new, TaskEvent::Opened]].concat(),
        State::Running,
    );
}

#[test]
fn a_blocked_task_has_failed_and_is_opened_again_only_after_the_call() {
    let mut actor = Actor::new();
    actor.run(&[RUN, TaskEvent::Opened, TaskEvent::Stuck("poll".to_owned())]);
    assert_eq!(actor.state, Some(State::Failed));
    actor.run(&[
        TaskEvent::Wanted(Wanted::Run(2)),
        TaskEvent::Elapsed,
        TaskEvent::Opened,
    ]);
    assert_eq!(
        actor.state,
        Some(State::Failed),
        "the thread is still blocked"
    );
    actor.run(&[failed(ErrorKind::Fatal), TaskEvent::Opened]);
    assert_eq!(actor.state, Some(State::Running));
}

#[test]
fn pausing_ends_the_incarnation_and_resuming_starts_one() {
    let pause = TaskEvent::Wanted(Wanted::Pause);
    let ended = TaskEvent::Ended(End::Orderly);
    let paused = [RUN, TaskEvent::Opened, pause, ended];
    check(&paused, State::Paused);
    check(
        &[&paused[..], &[RUN, TaskEvent::Opened]].concat(),
        State::Running,
    );
}

#[test]
fn a_task_counts_as_given_up_from_then_on_until_its_incarnation_has_ended() {
    let pause = TaskEvent::Wanted(Wanted::Pause);
    for (end, finished) in [(Wanted::Pause, false), (Wanted::Leave, true)] {
        let mut actor = Actor::new();
        actor.run(&[RUN, TaskEvent::Opened, pause.clone()]);
        assert!(!actor.life.has_given_up());
        actor.run(&[TaskEvent::Elapsed]);
        assert!(actor.life.has_given_up());
        actor.run(&[TaskEvent::Wanted(end)]);
        assert!(actor.life.has_given_up(), "whatever is wanted of it");
        actor.run(&[TaskEvent::Ended(End::Orderly)]);
        assert!(!actor.life.has_given_up());
        assert_eq!(actor.finished, finished);
    }
}

/// What a connector's actor was last told.
#[derive(Default)]
struct Told {
    tasks: Option<ConnectorAction>,
    state: Option<State>,
    working: bool,
}

fn split(now: u64) -> ConnectorEvent {
    ConnectorEvent::Split {
        now: Duration::from_secs(now),
    }
}

fn changed(now: u64) -> ConnectorEvent {
    ConnectorEvent::Changed {
        now: Duration::from_secs(now),
        random: 0,
    }
}

fn connector_failed(kind: ErrorKind, now: u64) -> ConnectorEvent {
    ConnectorEvent::Failed {
        kind,
        trace: "broken".to_owned(),
        now: Duration::from_secs(now),
        random: 0,
    }
}

const STARTED: ConnectorEvent = ConnectorEvent::Wanted(Target::Started);

fn connector_event() -> impl Strategy<Value = ConnectorEvent> {
    let target = prop_oneof![
        Just(Target::Started),
        Just(Target::Paused),
        Just(Target::Stopped),
    ];
    prop_oneof![
        target.prop_map(ConnectorEvent::Wanted),
        Just(ConnectorEvent::Renewed),
        Just(split(0)),
        (0_u64..100).prop_map(changed),
        Just(connector_failed(ErrorKind::Unavailable, 0)),
        Just(connector_failed(ErrorKind::Fatal, 0)),
        Just(connector_failed(ErrorKind::Config, 0)),
        Just(ConnectorEvent::Stuck("changed".to_owned())),
        Just(ConnectorEvent::Elapsed),
    ]
}

fn tell(life: &mut ConnectorLife, told: &mut Told, event: ConnectorEvent) {
    for action in life.on(event) {
        match action {
            ConnectorAction::RunTasks => {
                assert_eq!(
                    life.target(),
                    Target::Started,
                    "tasks run that nobody wants"
                );
                told.tasks = Some(action);
            }
            ConnectorAction::PauseTasks | ConnectorAction::RemoveTasks => told.tasks = Some(action),
            ConnectorAction::Split | ConnectorAction::Watch | ConnectorAction::Wait(_) => {
                assert_eq!(
                    life.target(),
                    Target::Started,
                    "a plugin works that nobody wants"
                );
                told.working = true;
            }
            ConnectorAction::Cancel => told.working = false,
            ConnectorAction::Report(state, _) => told.state = Some(state),
        }
    }
}

proptest! {
    #[test]
    fn a_connector_ends_up_as_it_is_wanted(
        events in proptest::collection::vec(connector_event(), 0..40),
    ) {
        for (target, tasks, state) in [
            (Target::Paused, ConnectorAction::PauseTasks, State::Paused),
            (Target::Stopped, ConnectorAction::RemoveTasks, State::Stopped),
        ] {
            let (mut life, mut told) = (ConnectorLife::new(), Told::default());
            for event in &events {
                tell(&mut life, &mut told, event.clone());
            }
            tell(&mut life, &mut told, ConnectorEvent::Wanted(target));
            prop_assert!(!told.working);
            prop_assert_eq!((told.tasks, told.state), (Some(tasks), Some(state)));
        }
    }

    #[test]
    fn a_started_connector_works_or_has_failed(
        events in proptest::collection::vec(connector_event(), 0..40),
    ) {
        let (mut life, mut told) = (ConnectorLife::new(), Told::default());
        for event in events {
            tell(&mut life, &mut told, event);
        }
        tell(&mut life, &mut told, ConnectorEvent::Wanted(Target::Started));
        prop_assert!(told.working || told.state == Some(State::Failed));
    }
}

#[test]
fn a_connector_that_fails_to_split_its_work_leaves_its_tasks_alone() {
    let (mut life, mut told) = (ConnectorLife::new(), Told::default());
    for event in [
        STARTED,
        split(0),
        changed(100),
        connector_failed(ErrorKind::Config, 101),
    ] {
        tell(&mut life, &mut told, event);
    }
    assert_eq!(told.state, Some(State::Failed));
    assert_eq!(told.tasks, Some(ConnectorAction::RunTasks));
}

/// Runs events, and returns what the last of them asks for.
fn last(life: &mut ConnectorLife, events: &[ConnectorEvent]) -> Vec<ConnectorAction> {
    let answers = events.iter().map(|event| life.on(event.clone()));
    answers.last().unwrap_or_default()
}

#[test]
fn changes_that_come_at_once_are_ever_further_apart_and_others_are_not_held_up() {
    let mut life = ConnectorLife::new();
    life.on(STARTED);
    let wait = |seconds| vec![ConnectorAction::Wait(Duration::from_secs(seconds))];
    for pause in [1, 2, 4, 8, 16, 32, 60, 60] {
        assert_eq!(last(&mut life, &[split(0), changed(0)]), wait(pause));
        assert_eq!(life.on(ConnectorEvent::Elapsed), [ConnectorAction::Split]);
    }
    let held = [split(1000), changed(1050)];
    assert_eq!(last(&mut life, &held), wait(10), "it held for a while");
    life.on(ConnectorEvent::Elapsed);
    let held = [split(2000), changed(2060)];
    assert_eq!(last(&mut life, &held), [ConnectorAction::Split]);
    let again = [split(2060), changed(2060)];
    assert_eq!(last(&mut life, &again), wait(1), "it was quiet meanwhile");
}

#[test]
fn a_connector_is_tried_again_as_often_as_a_task_and_time_forgives() {
    let fatal = |now| connector_failed(ErrorKind::Fatal, now);
    let failures = |life: &mut ConnectorLife, from: u64| {
        for now in from..from + 5 {
            life.on(fatal(now));
            assert!(!life.has_failed());
            life.on(ConnectorEvent::Elapsed);
        }
    };
    let mut life = ConnectorLife::new();
    life.on(STARTED);
    failures(&mut life, 0);
    life.on(fatal(5));
    assert!(life.has_failed());
    life.on(ConnectorEvent::Renewed);
    failures(&mut life, 10);
    // Ten minutes without a failure, however often the work was split meanwhile.
    life.on(split(20));
    life.on(changed(320));
    life.on(split(320));
    life.on(fatal(620));
    assert!(!life.has_failed());
}

#[test]
fn a_connector_has_no_right_that_could_be_checked() {
    let mut life = ConnectorLife::new();
    life.on(STARTED);
    let fenced = life.on(connector_failed(ErrorKind::Fenced, 0));
    let pause = ConnectorAction::Wait(Duration::from_secs(1));
    assert_eq!(fenced.last(), Some(&pause));
}

#[test]
fn a_blocked_connector_has_failed_until_its_call_returns() {
    let mut life = ConnectorLife::new();
    life.on(STARTED);
    life.on(ConnectorEvent::Stuck("task_configs".to_owned()));
    assert!(life.has_failed());
    life.on(ConnectorEvent::Elapsed);
    assert!(life.has_failed(), "nothing else blocks a thread meanwhile");
    life.on(connector_failed(ErrorKind::Fatal, 10));
    assert_eq!(life.on(ConnectorEvent::Elapsed), [ConnectorAction::Split]);
}

#[test]
fn nothing_starts_while_offsets_are_being_changed() {
    let (mut life, mut told) = (ConnectorLife::new(), Told::default());
    tell(
        &mut life,
        &mut told,
        ConnectorEvent::Wanted(Target::Stopped),
    );
    tell(&mut life, &mut told, ConnectorEvent::Altering);
    tell(
        &mut life,
        &mut told,
        ConnectorEvent::Wanted(Target::Started),
    );
    assert!(!told.working);
    tell(&mut life, &mut told, ConnectorEvent::Altered);
    assert!(told.working);
}
