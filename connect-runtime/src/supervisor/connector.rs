//! [`ConnectorActor`]: drives one connector and its tasks.

use std::{sync::Arc, time::Duration};

use connect_api::{Error, Result};
use futures::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use tokio::{sync::mpsc, time::Instant};

use super::{
    alteration::Altering,
    command::{ConnectorCommand, Existing, Put, Reply, Restart, ShutdownReport, answer},
    crew::Crew,
    duty::{Deletions, Duty, Ending, Role},
    life::{ConnectorAction, ConnectorEvent, ConnectorLife, Target},
    offsets,
    outcomes::Split,
    renewal::Renewals,
    roster::{Change, Farewell, Mode, Roster},
    task::Standing,
    work::{Done, Outcome, Work, aside},
};
use crate::{
    settings::{Plan, Provenance},
    status::State,
    timer::until,
    unit::Unit,
};

/// Drives one connector and its tasks towards what people want.
///
/// It never waits for plugin code, nor for a task: both tell it what they have come to.
pub(super) struct ConnectorActor {
    pub(super) crew: Arc<Crew>,
    pub(super) plan: Arc<Plan>,
    pub(super) life: ConnectorLife,
    commands: mpsc::Receiver<ConnectorCommand>,
    work: Option<Work>,
    timer: Option<Instant>,
    pub(super) roster: Roster,
    pub(super) altering: Option<Altering>,
    /// Who waits until its offsets and then the connector itself are deleted.
    pub(super) erasing: Option<Reply<Result<()>>>,
    pub(super) ending: Option<Ending>,
    pub(super) report: ShutdownReport,
    /// How long leaving tasks may take.
    pub(super) within: Duration,
    pub(super) asides: FuturesUnordered<BoxFuture<'static, ()>>,
    pub(super) renewals: Renewals,
    pub(super) duty: Duty,
}

/// What an actor waits for.
enum Heard {
    Command(Option<ConnectorCommand>),
    Work(Outcome),
    Elapsed,
    Tasks(Change),
    Altered(Result<()>),
    Renewed(Result<Option<Arc<Plan>>>),
    Aside,
}

impl ConnectorActor {
    pub(super) fn new(
        crew: Arc<Crew>,
        plan: Arc<Plan>,
        commands: mpsc::Receiver<ConnectorCommand>,
        duty: Duty,
    ) -> Self {
        announce(&crew, &plan);
        let mut roster = Roster::new(Arc::clone(&crew), Arc::clone(&plan));
        if matches!(duty, Duty::Shared { .. }) {
            roster.part(Farewell::Handed);
        }
        Self {
            roster,
            duty,
            within: crew.grace,
            crew,
            plan,
            life: ConnectorLife::new(),
            commands,
            work: None,
            timer: None,
            report: ShutdownReport::default(),
            altering: None,
            erasing: None,
            ending: None,
            asides: FuturesUnordered::new(),
            renewals: Renewals::default(),
        }
    }

    /// Runs until the connector is deleted or the worker shuts down, and its last task has ended.
    ///
    /// Returns whom to tell that it is deleted, once its name is free.
    pub(super) async fn run(mut self, target: Target) -> Deletions {
        self.renewals.schedule(&self.plan);
        self.tell(ConnectorEvent::Wanted(target));
        while !self.is_over() {
            match self.next().await {
                Heard::Command(Some(command)) => self.take(command),
                // The worker's actor is gone: there is nobody to run for.
                Heard::Command(None) => {
                    self.end(Farewell::Forgotten, self.crew.grace);
                    self.conclude();
                }
                Heard::Work(outcome) => self.on_work(outcome),
                Heard::Elapsed => self.tell(ConnectorEvent::Elapsed),
                Heard::Tasks(change) => self.on_tasks(change),
                Heard::Altered(result) => self.on_altered(result),
                Heard::Renewed(renewed) => self.on_renewed(renewed),
                Heard::Aside => {}
            }
        }
        if let Some(reply) = self.erasing.take() {
            answer(reply, Err(self.going()));
        }
        let mut deletions = self.ending.take().map(|ending| ending.deletions);
        self.commands.close();
        while let Ok(command) = self.commands.try_recv() {
            match (command, &mut deletions) {
                (ConnectorCommand::Share(share), Some(deletions)) => {
                    deletions.share = Some(share);
                }
                (ConnectorCommand::Delete { reply }, Some(deletions)) => {
                    deletions.replies.push(reply)
                }
                (command, _) => command.refuse(self.going()),
            }
        }
        deletions.unwrap_or_default()
    }

    fn is_over(&self) -> bool {
        self.ending.is_some() && self.roster.is_empty() && self.altering.is_none()
    }

    /// Waits for what happens next. All of these may be dropped: nothing is lost.
    async fn next(&mut self) -> Heard {
        let elapsed = until(self.timer);
        let work = async {
            match &mut self.work {
                Some(work) => work.next().await,
                None => std::future::pending().await,
            }
        };
        let altered = async {
            match &mut self.altering {
                Some(altering) => altering.next().await,
                None => std::future::pending().await,
            }
        };
        let open = !self.commands.is_closed() || !self.commands.is_empty();
        tokio::select! {
            biased;
            command = self.commands.recv(), if open || self.ending.is_none() => Heard::Command(command),
            change = self.roster.next() => Heard::Tasks(change),
            outcome = work => Heard::Work(outcome),
            altered = altered => Heard::Altered(altered),
            Some(()) = self.asides.next() => Heard::Aside,
            renewed = self.renewals.next(&self.crew, &self.plan), if self.ending.is_none() => Heard::Renewed(renewed),
            () = elapsed => {
                self.timer = None;
                Heard::Elapsed
            }
        }
    }

    /// Moves the connector's life on, and does what that asks for.
    pub(super) fn tell(&mut self, event: ConnectorEvent) {
        for action in self.life.on(event) {
            self.act(action);
        }
    }

    fn act(&mut self, action: ConnectorAction) {
        match action {
            ConnectorAction::Split => {
                self.work = Some(Work::split(&self.crew, &self.plan, self.current()));
            }
            ConnectorAction::Watch => {
                self.work = Work::watch(&self.crew, &self.plan, self.current());
            }
            ConnectorAction::Cancel => {
                self.work = None;
                self.timer = None;
            }
            ConnectorAction::Wait(pause) => self.timer = Some(Instant::now() + pause),
            // A cluster says what tasks do, whatever becomes of the connector.
            ConnectorAction::RunTasks
            | ConnectorAction::PauseTasks
            | ConnectorAction::RemoveTasks
                if self.is_shared() && self.ending.is_none() => {}
            ConnectorAction::RunTasks => self.roster.arrange(Mode::Run),
            ConnectorAction::PauseTasks => self.roster.arrange(Mode::Pause),
            ConnectorAction::RemoveTasks => {
                self.roster.arrange(Mode::Leave(self.within));
            }
            ConnectorAction::Report(..) if !self.splits() => {}
            ConnectorAction::Report(state, trace) => {
                if let (State::Failed, Some(trace)) = (state, &trace) {
                    tracing::error!(connector = %self.plan.name, "{trace}");
                }
                self.crew.board.connector(&self.plan.name, state, trace);
            }
        }
    }

    fn on_work(&mut self, outcome: Outcome) {
        let environment = Arc::clone(&self.crew.environment);
        let now = environment.elapsed();
        let event = match outcome {
            Outcome::Stuck(trace) => return self.tell(ConnectorEvent::Stuck(trace)),
            Outcome::Failed(error) => self.failure(&error),
            Outcome::Done(Done::Changed) => ConnectorEvent::Changed {
                now,
                random: environment.random(),
            },
            Outcome::Done(Done::Split(configs)) => {
                match &mut self.duty {
                    Duty::Alone => self.roster.split(&self.plan, configs),
                    Duty::Shared { role, outcomes } => {
                        if let Role::Splits(current) = role {
                            current.clone_from(&configs);
                        }
                        let plan = Arc::clone(&self.plan);
                        outcomes.split(Split { plan, configs });
                    }
                }
                ConnectorEvent::Split { now }
            }
        };
        self.work = None;
        self.tell(event);
    }

    /// Whether the plugin, or that of another configuration, has not split the work anew since.
    fn is_current(&self, split: &Split) -> bool {
        let is_latest = matches!(
            &self.duty,
            Duty::Shared { role: Role::Splits(current), .. } if *current == split.configs
        );
        is_latest && Arc::ptr_eq(&split.plan, &self.plan)
    }

    fn failure(&self, error: &Error) -> ConnectorEvent {
        let environment = &self.crew.environment;
        ConnectorEvent::Failed {
            kind: error.kind(),
            trace: self.plan.secrets.hide(&error.report().to_string()),
            now: environment.elapsed(),
            random: environment.random(),
        }
    }

    /// Says why a connector that goes away does not do it any more.
    fn hindrance(&self, command: &ConnectorCommand) -> Option<Error> {
        use ConnectorCommand::{Config, Delete, Offsets, Share, Shutdown};
        let ending = matches!(command, Shutdown { .. } | Delete { .. } | Share(_));
        if self.ending.is_some() && !ending {
            return Some(self.going());
        }
        let erasing = matches!(command, Shutdown { .. } | Config { .. } | Offsets { .. });
        (self.erasing.is_some() && !erasing).then(|| self.being_erased())
    }

    fn take(&mut self, command: ConnectorCommand) {
        if let Some(error) = self.hindrance(&command) {
            return command.refuse(error);
        }
        match command {
            ConnectorCommand::Put {
                plan,
                existing,
                reply,
            } => {
                let put = self.put(plan, existing);
                answer(reply, put);
            }
            ConnectorCommand::Share(share) => match &mut self.ending {
                None => self.share(share),
                // The next one takes it.
                Some(ending) => ending.deletions.share = Some(share),
            },
            ConnectorCommand::NotStored {
                split,
                error,
                reply,
            } => {
                if self.is_current(&split) {
                    let failed = self.failure(&error.context("its tasks are not stored"));
                    self.tell(failed);
                }
                answer(reply, Ok(()));
            }
            ConnectorCommand::Config { reply } => answer(reply, Ok(self.plan.config.clone())),
            ConnectorCommand::Want { target, reply } => {
                self.tell(ConnectorEvent::Wanted(target));
                answer(reply, Ok(()));
            }
            ConnectorCommand::Restart { scope, reply } => {
                let restarted = self.restart(scope);
                answer(reply, restarted);
            }
            ConnectorCommand::Offsets { reply } => {
                let (crew, plan) = (Arc::clone(&self.crew), Arc::clone(&self.plan));
                let read = async move { answer(reply, offsets::read(&crew, &plan).await) };
                self.asides.push(aside(&self.crew, &self.plan, read));
            }
            ConnectorCommand::Alter { change, reply } => self.alter(change, reply),
            ConnectorCommand::Erase { reply } => self.erase(reply),
            ConnectorCommand::Delete { reply } => {
                let ending = self.end(Farewell::Forgotten, self.crew.grace);
                ending.deletions.replies.push(reply);
                self.conclude();
            }
            ConnectorCommand::Shutdown { within, reply } => {
                let farewell = match self.duty {
                    Duty::Alone => Farewell::Unassigned,
                    Duty::Shared { .. } => Farewell::Handed,
                };
                let ending = self.end(farewell, within.min(self.crew.grace));
                ending.shutdown = Some(reply);
                self.conclude();
            }
        }
    }

    fn put(&mut self, plan: Arc<Plan>, existing: Existing) -> Result<Put> {
        if existing == Existing::Refused {
            let name = &self.plan.name;
            return Err(Error::config(format!("connector `{name}` exists already")));
        }
        if self.plan.provenance == Provenance::Code {
            return Err(Error::config(format!(
                "connector `{}` is a value of the application: no configuration replaces it",
                self.plan.name
            )));
        }
        if plan.config == self.plan.config {
            return Ok(Put::Unchanged);
        }
        self.replace(plan);
        Ok(Put::Updated)
    }

    /// Goes on by another plan; tasks run by the one before until this one is split.
    fn replace(&mut self, plan: Arc<Plan>) {
        self.plan = plan;
        self.renewals = Renewals::default();
        announce(&self.crew, &self.plan);
        self.renewals.schedule(&self.plan);
        self.tell(ConnectorEvent::Renewed);
    }

    fn on_renewed(&mut self, renewed: Result<Option<Arc<Plan>>>) {
        let name = &self.plan.name;
        match renewed {
            Ok(Some(plan)) => {
                tracing::info!(connector = %name, "what its configuration refers to has changed");
                match &self.duty {
                    Duty::Alone => return self.replace(plan),
                    // What its tasks refer to may have changed as well: it comes back as a share.
                    Duty::Shared { outcomes, .. } => outcomes.renew(plan),
                }
            }
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(connector = %name, error = %error.report(), "it goes on with the values it has");
            }
        }
        self.renewals.schedule(&self.plan);
    }

    fn restart(&mut self, scope: Restart) -> Result<()> {
        let name = &self.plan.name;
        if !self.is_shared() && self.life.target() != Target::Started {
            return Err(Error::config(format!(
                "connector `{name}`: expected it to be started, found it paused or stopped"
            )));
        }
        let tasks = self.roster.tasks();
        let tasks: Vec<u32> = match scope {
            Restart::Connector => Vec::new(),
            Restart::All => tasks,
            Restart::Failed => tasks
                .into_iter()
                .filter(|task| self.has_failed(*task))
                .collect(),
            Restart::Task(task) if tasks.contains(&task) => vec![task],
            Restart::Task(task) => {
                let found = tasks.len();
                return Err(Error::config(format!(
                    "connector `{name}`: expected one of its {found} tasks, found number {task}"
                )));
            }
        };
        // Whatever is being looked up was asked for before.
        self.renewals = Renewals::default();
        self.renewals.begin(&self.crew, &self.plan);
        for task in tasks {
            self.roster.restart(task);
        }
        self.roster.arrange(self.roster.mode());
        let connector = matches!(scope, Restart::Connector | Restart::All)
            || (scope == Restart::Failed && self.life.has_failed());
        if connector && self.splits() {
            self.tell(ConnectorEvent::Renewed);
        }
        Ok(())
    }

    fn has_failed(&self, task: u32) -> bool {
        self.crew.board.task_state(&self.roster.id(task)) == Some(State::Failed)
    }

    fn on_tasks(&mut self, change: Change) {
        match change {
            Change::Left(task, _) => self.leave(Unit::Task(self.roster.id(task))),
            // What they still try cannot succeed: their clients are closed.
            Change::GivenUp => {
                for id in self.roster.given_up() {
                    self.leave(Unit::Task(id));
                }
            }
        }
        match (change, &self.ending) {
            (Change::Left(task, standing), Some(_)) => {
                let id = self.roster.id(task);
                match standing {
                    Standing::InTime => self.report.ended.push(id),
                    // It ended all the same: it was late, and stays in the report as that.
                    Standing::GivenUp => self.report.abandoned.push(id),
                }
            }
            (Change::Left(..), None) => self.roster.arrange(self.roster.mode()),
            (Change::GivenUp, _) => {}
        }
        self.go_on_erasing();
        self.conclude();
    }
}

/// Shows that a connector goes by `plan`.
pub(super) fn announce(crew: &Crew, plan: &Plan) {
    let direction = plan.connector.direction();
    crew.board.announce(&plan.name, direction, plan.guarantee);
}
