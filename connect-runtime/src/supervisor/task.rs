//! [`TaskActor`]: drives one task towards what its connector wants.

use std::{fmt, sync::Arc, time::Duration};

use connect_api::{Error, ErrorKind, Result, TaskConfig};
use futures::{FutureExt, future::BoxFuture};
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};
use tokio_util::{
    sync::CancellationToken,
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};
use tracing::Instrument;

use super::{
    crew::{Crew, name_of, start},
    life::{End, Owner, TaskAction, TaskEvent, TaskLife, Wanted},
    policy::Lifetime,
};
use crate::{
    settings::{Connector, Plan},
    stores::Ticket,
    task::{self, Delivery, Ended, Pulse, Right, Setup, Site, Work},
    task_id::TaskId,
    timer::until,
    watchdog::{Calls, Subject},
};

/// What a connector wants of a task.
#[derive(Clone, Debug)]
pub(super) enum Wish {
    /// It works on this.
    Run(Order),
    /// It rests.
    Pause,
    /// It ends, within this time.
    Leave { within: Duration },
}

/// What a task is to work on.
#[derive(Clone)]
pub(super) struct Order {
    pub(super) plan: Arc<Plan>,
    pub(super) config: TaskConfig,
    /// By which decision of a cluster it is to.
    pub(super) ticket: Option<Ticket>,
    /// A new one ends what runs and starts anew.
    pub(super) edition: u64,
}

/// Whether a connector has to wait for a task that is to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It does what it was asked to, or still has time to.
    InTime,
    /// It was given up: its incarnation has not ended in time.
    GivenUp,
}

/// What connects a task with its connector.
pub(super) struct Line {
    pub(super) wishes: watch::Receiver<Wish>,
    pub(super) standing: watch::Sender<Standing>,
    /// Is told when some task of the connector was given up.
    pub(super) given_up: Arc<Notify>,
    /// Counts what runs, also if the actor fails that owns it.
    pub(super) incarnations: TaskTracker,
}

impl Line {
    fn tell(&self, standing: Standing) {
        let changed = self
            .standing
            .send_if_modified(|known| std::mem::replace(known, standing) != standing);
        if changed && standing == Standing::GivenUp {
            self.given_up.notify_one();
        }
    }
}

/// Nobody else can say so of an actor that fails.
impl Drop for Line {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.tell(Standing::GivenUp);
        }
    }
}

/// Drives one task towards what its connector wants.
///
/// It never waits for plugin code: incarnations are tasks of their own, which it asks, watches and gives up.
pub(super) struct TaskActor {
    id: TaskId,
    crew: Arc<Crew>,
    line: Line,
    life: TaskLife,
    pulse: Arc<Pulse>,
    incarnation: Option<Incarnation>,
    timer: Option<Instant>,
    check: Option<BoxFuture<'static, Owner>>,
    /// What the task was last told to work on.
    order: Option<Order>,
}

/// A running `task::run`.
struct Incarnation {
    ended: BoxFuture<'static, Result<Ended, String>>,
    opened: Arc<Notify>,
    stop: CancellationToken,
    abandon: CancellationToken,
    calls: Arc<Calls>,
    began: Duration,
    stuck: Told,
}

/// Whoever forgets an incarnation that runs has given it up, also by failing.
impl Drop for Incarnation {
    fn drop(&mut self) {
        self.abandon.cancel();
    }
}

/// Whether a blocked call was reported; it is told once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Not,
    Yes,
}

impl TaskActor {
    pub(super) fn new(id: TaskId, crew: Arc<Crew>, line: Line) -> Self {
        Self {
            pulse: crew.pulse(&id),
            id,
            crew,
            line,
            life: TaskLife::new(),
            incarnation: None,
            timer: None,
            check: None,
            order: None,
        }
    }

    /// Runs until the connector has let the task go, and its last incarnation has ended.
    pub(super) async fn run(mut self) {
        let mut event = self.wished();
        loop {
            for action in self.life.on(event) {
                if action == TaskAction::Finish {
                    return;
                }
                self.act(action);
            }
            self.line.tell(match self.life.has_given_up() {
                true => Standing::GivenUp,
                false => Standing::InTime,
            });
            event = self.next().await;
        }
    }

    /// Waits for what happens next. All of these may be dropped: nothing is lost.
    async fn next(&mut self) -> TaskEvent {
        let elapsed = until(self.timer);
        let check = async {
            match &mut self.check {
                Some(check) => check.await,
                None => std::future::pending().await,
            }
        };
        let incarnation = async {
            match &mut self.incarnation {
                Some(incarnation) => incarnation.next().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            changed = self.line.wishes.changed() => {
                if changed.is_err() {
                    // The connector's actor is gone, so nobody wants the task.
                    return TaskEvent::Wanted(Wanted::Leave);
                }
            }
            told = incarnation => return self.heard(told),
            owner = check => {
                self.check = None;
                return TaskEvent::Owner(owner);
            }
            () = elapsed => {
                self.timer = None;
                return TaskEvent::Elapsed;
            }
        }
        self.wished()
    }

    fn wished(&mut self) -> TaskEvent {
        let wanted = match &*self.line.wishes.borrow_and_update() {
            Wish::Run(order) => {
                let edition = order.edition;
                self.order = Some(order.clone());
                Wanted::Run(edition)
            }
            Wish::Pause => Wanted::Pause,
            Wish::Leave { within } => {
                let latest = Instant::now() + *within;
                self.timer = self.timer.map(|timer| timer.min(latest));
                Wanted::Leave
            }
        };
        TaskEvent::Wanted(wanted)
    }

    fn heard(&mut self, told: Heard) -> TaskEvent {
        let ended = match told {
            Heard::Opened => return TaskEvent::Opened,
            Heard::Stuck(trace) => return TaskEvent::Stuck(trace),
            Heard::Ended(ended) => ended,
        };
        let began = self.incarnation.take().map(|gone| gone.began);
        let error = match ended {
            Ok(Ended::Stopped) => return TaskEvent::Ended(End::Orderly),
            Ok(Ended::Failed(error)) => error,
            Err(panic) => Error::fatal(format!("{}: {panic}", self.id)),
        };
        let error = match &self.order {
            Some(order) => order.plan.secrets.hide_in_error(error),
            None => error,
        };
        tracing::warn!(task = %self.id, kind = %error.kind(), "{}", error.report());
        TaskEvent::Ended(End::Failed {
            kind: error.kind(),
            trace: error.report().to_string(),
            life: Lifetime {
                began: began.unwrap_or_default(),
                settled: self.pulse.settled_at(),
            },
            random: self.crew.environment.random(),
        })
    }

    fn act(&mut self, action: TaskAction) {
        match action {
            TaskAction::Open => self.open(),
            TaskAction::AskToEnd => self.ask_to_end(),
            TaskAction::Abandon => {
                if let Some(incarnation) = &self.incarnation {
                    incarnation.abandon.cancel();
                    incarnation.calls.close_clients();
                }
                tracing::warn!(task = %self.id, "the task did not end in time and is given up");
            }
            TaskAction::CloseClients => {
                if let Some(incarnation) = &self.incarnation {
                    incarnation.calls.close_clients();
                }
            }
            TaskAction::Wait(pause) => self.timer = Some(Instant::now() + pause),
            TaskAction::CheckRight => self.check = Some(self.find_owner()),
            TaskAction::Report(state, trace) => self.crew.board.task(&self.id, state, trace),
            TaskAction::Finish => {}
        }
    }

    fn open(&mut self) {
        self.timer = None;
        self.check = None;
        self.incarnation = self.order.as_ref().map(|order| {
            let counted = self.line.incarnations.token();
            Incarnation::start(&self.id, &self.crew, order, &self.pulse, counted)
        });
    }

    fn ask_to_end(&mut self) {
        let grace = match &*self.line.wishes.borrow() {
            Wish::Leave { within } => *within,
            Wish::Run(_) | Wish::Pause => self.crew.grace,
        };
        self.timer = Some(Instant::now() + grace);
        if let Some(incarnation) = &self.incarnation {
            incarnation.stop.cancel();
        }
    }

    /// Finds out who has the right to run the task.
    fn find_owner(&self) -> BoxFuture<'static, Owner> {
        let (site, id) = (Arc::clone(&self.crew.site), self.id.clone());
        let random = self.crew.environment.random();
        let plan = self.order.as_ref().map(|order| Arc::clone(&order.plan));
        let ticket = self.order.as_ref().and_then(|order| order.ticket);
        async move {
            let found = match &site.right {
                Right::Claim => claimant(&site, &id, plan.as_deref()).await,
                Right::Assignment(_) => assignee(&site, (&id, ticket)).await,
            };
            match found {
                Ok(Found::Mine) => Owner::Mine { random },
                Ok(Found::Elsewhere) => Owner::Elsewhere,
                Ok(Found::Another(trace)) => Owner::Another(trace),
                Err(error) => Owner::Unknown {
                    trace: error
                        .context("finding out who runs the task")
                        .report()
                        .to_string(),
                    random,
                },
            }
        }
        .boxed()
    }
}

/// Who has the right to run a task.
enum Found {
    Mine,
    /// Another worker took it.
    Another(String),
    /// The cluster gave it to another worker, or to nobody.
    Elsewhere,
}

/// Finds out whom the cluster has given a task to.
async fn assignee(site: &Site, (id, ticket): (&TaskId, Option<Ticket>)) -> Result<Found> {
    Ok(match site.right.owner(id).await? {
        Some((owner, given)) if owner == site.worker && Some(given) == ticket => Found::Mine,
        _ => Found::Elsewhere,
    })
}

/// Finds out who has claimed a task last; the right of a sink is what its group assigns to it.
async fn claimant(site: &Site, id: &TaskId, plan: Option<&Plan>) -> Result<Found> {
    let Some(plan) = plan.filter(|plan| has_claims(plan)) else {
        return Ok(Found::Mine);
    };
    let home = site.offsets.of(plan.options.source.offsets_topic.as_ref());
    Ok(match home.claimant(id).await? {
        Some(other) if other != site.worker => {
            Found::Another(format!("{id}: the worker {other} has taken over this task"))
        }
        _ => Found::Mine,
    })
}

fn has_claims(plan: &Plan) -> bool {
    matches!(plan.connector, Connector::Source(_))
        && plan.options.source.delivery == Delivery::ExactlyOnce
}

/// What an incarnation lets hear.
enum Heard {
    Opened,
    Stuck(String),
    Ended(Result<Ended, String>),
}

impl Incarnation {
    fn start(
        id: &TaskId,
        crew: &Crew,
        order: &Order,
        pulse: &Arc<Pulse>,
        counted: TaskTrackerToken,
    ) -> Self {
        let (stop, abandon) = (CancellationToken::new(), CancellationToken::new());
        let plan = &order.plan;
        let subject = Subject::Task(id.clone());
        let calls = crew.watchdog.calls_hiding(&plan.secrets, subject);
        let opened = Arc::new(Notify::new());
        let setup = Setup {
            id: id.clone(),
            site: Arc::clone(&crew.site),
            options: Arc::clone(&plan.options),
            work: match &plan.connector {
                Connector::Source(connector) => Work::Source {
                    connector: Arc::clone(connector),
                    config: order.config.clone(),
                },
                Connector::Sink(connector) => Work::Sink {
                    connector: Arc::clone(connector),
                },
            },
            ticket: order.ticket,
            plugin: plan.plugin.clone(),
            codec: plan.codec.clone(),
            stages: plan.stages.clone(),
            calls: Arc::clone(&calls),
            pulse: Arc::clone(pulse),
            stop: stop.clone(),
            opened: Arc::clone(&opened),
        };
        let given_up = abandon.clone();
        let span = tracing::info_span!("task", connector = %id.connector, task = id.task);
        let began = crew.environment.elapsed();
        let work = async move {
            // Declared first, so that it is dropped last.
            let _counted = counted;
            // Dropping `run` is a crash of the task, which is what giving it up means.
            tokio::select! {
                biased;
                ended = task::run(setup) => ended,
                () = given_up.cancelled() => {
                    Ended::Failed(Error::new(ErrorKind::Fatal, "given up"))
                }
            }
        };
        Self {
            ended: start(&*crew.site.environment, &name_of(id), work.instrument(span)),
            opened,
            stop,
            abandon,
            calls,
            began,
            stuck: Told::Not,
        }
    }

    async fn next(&mut self) -> Heard {
        tokio::select! {
            biased;
            ended = &mut self.ended => Heard::Ended(ended),
            () = self.opened.notified() => Heard::Opened,
            stuck = self.calls.stuck(), if self.stuck == Told::Not => {
                self.stuck = Told::Yes;
                Heard::Stuck(stuck.to_string())
            }
        }
    }
}

impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} edition {}", self.plan, self.edition)
    }
}
