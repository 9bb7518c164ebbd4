//! [`ConnectorActor`]: drives one connector and its tasks.

use std::{sync::Arc, time::Duration};

use connect_api::{Error, Result};
use futures::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until},
};

use super::{
    command::{ConnectorCommand, OffsetChange, Put, Reply, Restart, ShutdownReport},
    crew::Crew,
    life::{ConnectorAction, ConnectorEvent, ConnectorLife, Target},
    offsets,
    roster::{Change, Mode, Roster},
    work::{Done, Outcome, Work, aside},
};
use crate::{
    settings::{Plan, Provenance},
    status::{ConnectorStatus, State},
};

/// Drives one connector and its tasks towards what people want.
///
/// It never waits for plugin code, nor for a task: both tell it what they have come to.
pub(super) struct ConnectorActor {
    crew: Arc<Crew>,
    plan: Arc<Plan>,
    life: ConnectorLife,
    commands: mpsc::Receiver<ConnectorCommand>,
    work: Option<Work>,
    timer: Option<Instant>,
    roster: Roster,
    altering: Option<Altering>,
    ending: Option<Ending>,
    report: ShutdownReport,
    /// How long leaving tasks may take.
    within: Duration,
    asides: FuturesUnordered<BoxFuture<'static, ()>>,
}

/// Offsets are being changed.
struct Altering {
    done: oneshot::Receiver<Result<()>>,
    reply: Reply<Result<()>>,
}

/// The connector goes away.
enum Ending {
    Deleted(Vec<Reply<Result<()>>>),
    ShutDown(Option<Reply<ShutdownReport>>),
}

/// What an actor waits for.
enum Heard {
    Command(Option<ConnectorCommand>),
    Work(Outcome),
    Elapsed,
    Tasks(Change),
    Altered(Result<()>),
    Aside,
}

impl ConnectorActor {
    pub(super) fn new(
        crew: Arc<Crew>,
        plan: Arc<Plan>,
        commands: mpsc::Receiver<ConnectorCommand>,
    ) -> Self {
        crew.board.announce(ConnectorStatus {
            name: plan.name.clone(),
            direction: plan.connector.direction(),
            guarantee: plan.guarantee,
            state: State::Unassigned,
            trace: None,
            tasks: Vec::new(),
        });
        Self {
            roster: Roster::new(Arc::clone(&crew), plan.name.clone()),
            within: crew.grace,
            crew,
            plan,
            life: ConnectorLife::new(),
            commands,
            work: None,
            timer: None,
            report: ShutdownReport::default(),
            altering: None,
            ending: None,
            asides: FuturesUnordered::new(),
        }
    }

    /// Runs until the connector is deleted or the worker shuts down, and its last task has ended.
    pub(super) async fn run(mut self, target: Target) {
        self.tell(ConnectorEvent::Wanted(target));
        while !self.is_over() {
            match self.next().await {
                Heard::Command(Some(command)) => self.take(command),
                // The worker's actor is gone: there is nobody to run for.
                Heard::Command(None) => self.end(Ending::Deleted(Vec::new()), self.crew.grace),
                Heard::Work(outcome) => self.on_work(outcome),
                Heard::Elapsed => self.tell(ConnectorEvent::Elapsed),
                Heard::Tasks(change) => self.on_tasks(change),
                Heard::Altered(result) => self.on_altered(result),
                Heard::Aside => {}
            }
        }
    }

    fn is_over(&self) -> bool {
        self.ending.is_some() && self.roster.is_empty() && self.altering.is_none()
    }

    /// Waits for what happens next. All of these may be dropped: nothing is lost.
    async fn next(&mut self) -> Heard {
        let random = self.crew.environment.random();
        let timer = self.timer;
        let elapsed = async move {
            match timer {
                Some(moment) => sleep_until(moment).await,
                None => std::future::pending().await,
            }
        };
        let work = async {
            match &mut self.work {
                Some(work) => work.next(random).await,
                None => std::future::pending().await,
            }
        };
        let altered = async {
            match &mut self.altering {
                Some(altering) => (&mut altering.done).await,
                None => std::future::pending().await,
            }
        };
        let open = !self.commands.is_closed() || !self.commands.is_empty();
        tokio::select! {
            biased;
            command = self.commands.recv(), if open || self.ending.is_none() => Heard::Command(command),
            change = self.roster.next() => Heard::Tasks(change),
            outcome = work => {
                self.work = None;
                Heard::Work(outcome)
            }
            altered = altered => Heard::Altered(altered.unwrap_or_else(|_| {
                Err(Error::fatal("changing offsets panicked"))
            })),
            Some(()) = self.asides.next() => Heard::Aside,
            () = elapsed => {
                self.timer = None;
                Heard::Elapsed
            }
        }
    }

    /// Moves the connector's life on, and does what that asks for.
    fn tell(&mut self, event: ConnectorEvent) {
        for action in self.life.on(event) {
            self.act(action);
        }
    }

    fn act(&mut self, action: ConnectorAction) {
        match action {
            ConnectorAction::Split => {
                self.work = Some(Work::split(
                    &self.crew,
                    &self.plan,
                    self.roster.configs().to_vec(),
                ));
            }
            ConnectorAction::Watch => {
                self.work = Work::watch(&self.crew, &self.plan, self.roster.configs().to_vec());
            }
            ConnectorAction::Cancel => {
                self.work = None;
                self.timer = None;
            }
            ConnectorAction::Wait(pause) => self.timer = Some(Instant::now() + pause),
            ConnectorAction::RunTasks => self.roster.arrange(&self.plan, Mode::Run),
            ConnectorAction::PauseTasks => self.roster.arrange(&self.plan, Mode::Pause),
            ConnectorAction::RemoveTasks => {
                self.roster.arrange(&self.plan, Mode::Leave(self.within));
            }
            ConnectorAction::Report(state, trace) => {
                if let (State::Failed, Some(trace)) = (state, &trace) {
                    tracing::error!(connector = %self.plan.name, "{trace}");
                }
                self.crew.board.connector(&self.plan.name, state, trace);
            }
        }
    }

    fn on_work(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Failed(event) => self.tell(event),
            Outcome::Done(Done::Changed) => self.tell(ConnectorEvent::Changed),
            Outcome::Done(Done::Split(configs)) => {
                self.roster.split(configs);
                self.tell(ConnectorEvent::Split);
            }
        }
    }

    fn take(&mut self, command: ConnectorCommand) {
        if self.ending.is_some()
            && !matches!(
                command,
                ConnectorCommand::Shutdown { .. } | ConnectorCommand::Delete { .. }
            )
        {
            return command.refuse(self.going());
        }
        match command {
            ConnectorCommand::Put { plan, reply } => {
                let put = self.put(plan);
                answer(reply, put);
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
            ConnectorCommand::Delete { reply } => {
                self.end(Ending::Deleted(vec![reply]), self.crew.grace);
            }
            ConnectorCommand::Shutdown { within, reply } => {
                self.roster.keep_statuses();
                let ending = Ending::ShutDown(Some(reply));
                self.end(ending, within.min(self.crew.grace));
            }
        }
    }

    fn put(&mut self, plan: Arc<Plan>) -> Result<Put> {
        if self.plan.provenance == Provenance::Code {
            return Err(Error::config(format!(
                "connector `{}` is a value of the application: no configuration replaces it",
                self.plan.name
            )));
        }
        if plan.config == self.plan.config {
            return Ok(Put::Unchanged);
        }
        self.plan = plan;
        self.roster.renew();
        self.crew.board.announce(ConnectorStatus {
            name: self.plan.name.clone(),
            direction: self.plan.connector.direction(),
            guarantee: self.plan.guarantee,
            state: State::Unassigned,
            trace: None,
            tasks: Vec::new(),
        });
        self.tell(ConnectorEvent::Renewed);
        Ok(Put::Updated)
    }

    fn restart(&mut self, scope: Restart) -> Result<()> {
        let name = &self.plan.name;
        if self.life.target() != Target::Started {
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
        for task in tasks {
            self.roster.restart(task);
        }
        self.roster.arrange(&self.plan, self.roster.mode());
        let connector = matches!(scope, Restart::Connector | Restart::All)
            || (scope == Restart::Failed && self.life.has_failed());
        if connector {
            self.tell(ConnectorEvent::Renewed);
        }
        Ok(())
    }

    fn has_failed(&self, task: u32) -> bool {
        self.crew.board.task_state(&self.roster.id(task)) == Some(State::Failed)
    }

    fn alter(&mut self, change: OffsetChange, reply: Reply<Result<()>>) {
        let stopped = self.life.target() == Target::Stopped && self.roster.is_empty();
        if !stopped || self.altering.is_some() {
            let name = &self.plan.name;
            let why = if self.altering.is_some() {
                "its offsets are being changed already"
            } else if self.life.target() == Target::Stopped {
                "its tasks have not ended yet"
            } else {
                "offsets can be changed only while it is stopped"
            };
            return answer(
                reply,
                Err(Error::config(format!("connector `{name}`: {why}"))),
            );
        }
        self.tell(ConnectorEvent::Altering);
        let (crew, plan) = (Arc::clone(&self.crew), Arc::clone(&self.plan));
        let tasks = u32::try_from(plan.tasks_max.get())
            .unwrap_or(u32::MAX)
            .max(self.roster.most());
        let (finish, done) = oneshot::channel();
        let altered = async move {
            answer(finish, offsets::alter(&crew, &plan, change, tasks).await);
        };
        self.asides.push(aside(&self.crew, &self.plan, altered));
        self.altering = Some(Altering { done, reply });
    }

    fn on_altered(&mut self, result: Result<()>) {
        if let Some(altering) = self.altering.take() {
            answer(altering.reply, result);
        }
        self.tell(ConnectorEvent::Altered);
    }

    fn on_tasks(&mut self, change: Change) {
        let (Change::Left(task) | Change::Abandoned(task)) = change;
        let id = self.roster.id(task);
        match (change, &self.ending) {
            (Change::Left(_), Some(_)) => {
                // Given up and ended all the same: it was late, and stays in the report as that.
                if !self.report.abandoned.contains(&id) {
                    self.report.ended.push(id);
                }
            }
            (Change::Left(_), None) => self.roster.arrange(&self.plan, self.roster.mode()),
            (Change::Abandoned(_), Some(_)) => self.report.abandoned.push(id),
            (Change::Abandoned(_), None) => {}
        }
        self.conclude();
    }

    /// Begins to go away; a second reason adds to the first.
    fn end(&mut self, ending: Ending, within: Duration) {
        self.within = within;
        self.ending = match (self.ending.take(), ending) {
            (Some(Ending::Deleted(mut first)), Ending::Deleted(mut second)) => {
                first.append(&mut second);
                Some(Ending::Deleted(first))
            }
            (_, ending) => Some(ending),
        };
        self.tell(ConnectorEvent::Wanted(Target::Gone));
        self.roster.arrange(&self.plan, Mode::Leave(within));
        self.conclude();
    }

    /// Answers those who wait for the end, once there is nothing left to wait for.
    fn conclude(&mut self) {
        if !self.roster.is_quiet() {
            return;
        }
        match &mut self.ending {
            Some(Ending::Deleted(replies)) => {
                self.crew.board.remove_connector(&self.plan.name);
                replies.drain(..).for_each(|reply| answer(reply, Ok(())));
            }
            Some(Ending::ShutDown(reply)) => {
                self.crew
                    .board
                    .connector(&self.plan.name, State::Unassigned, None);
                if let Some(reply) = reply.take() {
                    answer(reply, std::mem::take(&mut self.report));
                }
            }
            None => {}
        }
    }

    fn going(&self) -> Error {
        Error::unavailable(format!("connector `{}` is going away", self.plan.name))
    }
}

/// Answers; whoever asked may have gone.
fn answer<T>(reply: Reply<T>, value: T) {
    drop(reply.send(value));
}
