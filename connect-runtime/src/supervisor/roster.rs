//! [`Roster`]: the tasks of a connector.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use connect_api::TaskConfig;
use futures::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use tokio::sync::{Notify, watch};
use tokio_util::task::TaskTracker;

use super::{
    crew::{Crew, name_of, start},
    task::{Line, Order, Standing, TaskActor, Wish},
};
use crate::{settings::Plan, status::State, stores::Ticket, task_id::TaskId};

/// The tasks of a connector: those that are wanted, and those that are still on their way out.
///
/// A task's number is free again only when everything of its last incarnation has ended.
pub(super) struct Roster {
    crew: Arc<Crew>,
    /// The plan whose work was split; what came after it counts once it is split too.
    plan: Arc<Plan>,
    /// The parts of its work that are done here.
    parts: BTreeMap<u32, Part>,
    mode: Mode,
    seats: BTreeMap<u32, Seat>,
    /// The tasks whose actor failed: only a person brings them back.
    broken: BTreeSet<u32>,
    /// The last edition of a task that was given out.
    edition: u64,
    /// The highest number of tasks there has been.
    most: u32,
    farewell: Farewell,
    /// Is told when a task was given up; which one, its seat says.
    given_up: Arc<Notify>,
    left: FuturesUnordered<BoxFuture<'static, (u32, Result<(), String>)>>,
}

/// A part of a connector's work: what one task does.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// The plan that was split.
    pub(crate) plan: Arc<Plan>,
    pub(crate) config: TaskConfig,
    /// By which decision of a cluster it is done here; a new one starts the task anew.
    pub(crate) ticket: Option<Ticket>,
}

impl Part {
    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.plan, &other.plan)
            && self.config == other.config
            && self.ticket == other.ticket
    }
}

/// What all tasks do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Run,
    Pause,
    /// They leave, within this time.
    Leave(Duration),
}

/// A task's actor.
struct Seat {
    wish: watch::Sender<Wish>,
    part: Part,
    edition: u64,
    freshness: Freshness,
    shown: Option<(Mode, u64)>,
    presence: Presence,
    standing: watch::Receiver<Standing>,
}

/// Whether a task is to start anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Freshness {
    Fresh,
    Stale,
}

/// Whether a task is on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Staying,
    Leaving,
}

/// What stays of a connector and its tasks that have left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Farewell {
    /// Nothing: it does not exist any more.
    Forgotten,
    /// It has no worker any more.
    Unassigned,
    /// Others show it: another worker has it.
    Handed,
}

/// What a roster lets hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// A task has ended, in time or after it was given up.
    Left(u32, Standing),
    /// A task was given up, and may go on blocking a thread.
    GivenUp,
}

impl Roster {
    pub(super) fn new(crew: Arc<Crew>, plan: Arc<Plan>) -> Self {
        Self {
            mode: Mode::Leave(crew.grace),
            crew,
            plan,
            parts: BTreeMap::new(),
            seats: BTreeMap::new(),
            broken: BTreeSet::new(),
            edition: 0,
            most: 0,
            farewell: Farewell::Forgotten,
            given_up: Arc::default(),
            left: FuturesUnordered::new(),
        }
    }

    /// Returns what the tasks do, by number.
    pub(super) fn configs(&self) -> Vec<TaskConfig> {
        self.parts
            .values()
            .map(|part| part.config.clone())
            .collect()
    }

    /// Splits the work of `plan`; [`arrange`](Self::arrange) does the rest.
    ///
    /// All tasks of another plan start anew.
    pub(super) fn split(&mut self, plan: &Arc<Plan>, configs: Vec<TaskConfig>) {
        if !Arc::ptr_eq(&self.plan, plan) {
            self.plan = Arc::clone(plan);
            self.broken.clear();
        }
        let parts = configs.into_iter().map(|config| Part {
            plan: Arc::clone(plan),
            config,
            ticket: None,
        });
        self.parts = (0..).zip(parts).collect();
    }

    /// Takes other parts.
    ///
    /// Returns the tasks that are not among them any more.
    pub(super) fn assign(&mut self, plan: &Arc<Plan>, parts: BTreeMap<u32, Part>) -> Vec<u32> {
        self.plan = Arc::clone(plan);
        let former = std::mem::replace(&mut self.parts, parts);
        let is_gone = |task: &u32| !self.parts.contains_key(task);
        former.into_keys().filter(is_gone).collect()
    }

    /// Returns whether a task may still do something.
    pub(super) fn may_do_something(&self, task: u32) -> bool {
        let seat = self.seats.get(&task);
        seat.is_some_and(|seat| !seat.is_given_up())
    }

    /// Makes one task start anew at the next [`arrange`](Self::arrange).
    pub(super) fn restart(&mut self, task: u32) {
        self.broken.remove(&task);
        if let Some(seat) = self.seats.get_mut(&task) {
            seat.freshness = Freshness::Stale;
        }
    }

    /// Decides what stays of tasks that leave from now on.
    pub(super) fn part(&mut self, farewell: Farewell) {
        self.farewell = farewell;
    }

    /// Returns the numbers of the tasks, those on their way out included.
    pub(super) fn tasks(&self) -> Vec<u32> {
        let seats = self.seats.keys().copied();
        let tasks: BTreeSet<u32> = seats.chain(self.broken.iter().copied()).collect();
        tasks.into_iter().collect()
    }

    /// Returns how many task numbers were ever used.
    pub(super) fn most(&self) -> u32 {
        self.most
    }

    /// Returns whether nothing of any task is left.
    pub(super) fn is_empty(&self) -> bool {
        self.seats.is_empty()
    }

    /// Returns whether nobody is left to wait for: what has not ended was given up.
    pub(super) fn is_quiet(&self) -> bool {
        self.seats.values().all(Seat::is_given_up)
    }

    /// Returns the tasks that were given up and have not ended.
    pub(super) fn given_up(&self) -> Vec<TaskId> {
        let given_up = self.seats.iter().filter(|(_, seat)| seat.is_given_up());
        given_up.map(|(task, _)| self.id(*task)).collect()
    }

    pub(super) fn mode(&self) -> Mode {
        self.mode
    }

    /// Tells every task what is wanted of it; starts those that are missing.
    pub(super) fn arrange(&mut self, mode: Mode) {
        self.mode = mode;
        let (wanted, within) = match mode {
            Mode::Run | Mode::Pause => (self.parts.keys().copied().collect(), self.crew.grace),
            Mode::Leave(within) => (BTreeSet::new(), within),
        };
        for (task, seat) in &mut self.seats {
            if !wanted.contains(task) {
                seat.wish.send_replace(Wish::Leave { within });
                seat.presence = Presence::Leaving;
            }
        }
        let broken = self.broken.extract_if(.., |task| !wanted.contains(task));
        for task in broken.collect::<Vec<_>>() {
            self.show_farewell(task);
        }
        let most = wanted.last().map_or(0, |task| task.saturating_add(1));
        self.most = self.most.max(most);
        for task in wanted {
            self.arrange_one(task);
        }
    }

    fn arrange_one(&mut self, task: u32) {
        let Some(part) = self.parts.get(&task).cloned() else {
            return;
        };
        let seat = self.seats.get(&task);
        if seat.is_some_and(|seat| seat.presence == Presence::Leaving) {
            // Its turn comes when it has left.
            return;
        }
        if self.broken.contains(&task) {
            return;
        }
        let new =
            seat.is_none_or(|seat| seat.freshness == Freshness::Stale || !seat.part.is(&part));
        if new {
            self.edition += 1;
        }
        let edition = match seat {
            Some(seat) if !new => seat.edition,
            _ => self.edition,
        };
        let shown = Some((self.mode, edition));
        if seat.is_some_and(|seat| seat.shown == shown) {
            return;
        }
        let wish = match self.mode {
            Mode::Run => Wish::Run(Order {
                plan: Arc::clone(&part.plan),
                config: part.config.clone(),
                ticket: part.ticket,
                edition,
            }),
            Mode::Pause | Mode::Leave(_) => Wish::Pause,
        };
        let (wish, standing) = match self.seats.remove(&task) {
            Some(seat) => {
                seat.wish.send_replace(wish);
                (seat.wish, seat.standing)
            }
            None => self.start(task, wish),
        };
        let seat = Seat {
            wish,
            standing,
            part,
            edition,
            freshness: Freshness::Fresh,
            shown,
            presence: Presence::Staying,
        };
        self.seats.insert(task, seat);
    }

    fn start(&self, task: u32, wish: Wish) -> (watch::Sender<Wish>, watch::Receiver<Standing>) {
        let (wish, wishes) = watch::channel(wish);
        let (told, standing) = watch::channel(Standing::InTime);
        let incarnations = TaskTracker::new();
        let line = Line {
            wishes,
            standing: told,
            given_up: Arc::clone(&self.given_up),
            incarnations: incarnations.clone(),
        };
        let id = self.id(task);
        let name = name_of(&id);
        let actor = TaskActor::new(id.clone(), Arc::clone(&self.crew), line);
        let ended = start(&*self.crew.environment, &name, actor.run());
        let site = Arc::clone(&self.crew.site);
        let left = async move {
            let ended = ended.await;
            // An actor that failed leaves an incarnation behind, which ends when it can.
            incarnations.close();
            incarnations.wait().await;
            site.offsets.settle_copies(&id.connector).await;
            (task, ended)
        };
        self.left.push(left.boxed());
        (wish, standing)
    }

    /// Waits for what happens next. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Change {
        tokio::select! {
            biased;
            Some((task, ended)) = self.left.next() => {
                Change::Left(task, self.leave(task, ended))
            }
            () = self.given_up.notified() => Change::GivenUp,
        }
    }

    /// Frees a seat, and returns how its task stood.
    fn leave(&mut self, task: u32, ended: Result<(), String>) -> Standing {
        let Some(seat) = self.seats.remove(&task) else {
            return Standing::InTime;
        };
        let id = self.id(task);
        if let Err(panic) = &ended {
            tracing::error!(task = %id, "its supervisor failed: {panic}");
        }
        match (ended, seat.presence) {
            (Err(panic), Presence::Staying) => {
                let trace = format!("{id}: its supervisor failed: {panic}");
                self.crew.board.task(&id, State::Failed, Some(trace));
                self.broken.insert(task);
            }
            _ => self.show_farewell(task),
        }
        self.crew.forget(&id);
        match seat.is_given_up() {
            true => Standing::GivenUp,
            false => Standing::InTime,
        }
    }

    fn show_farewell(&self, task: u32) {
        let id = self.id(task);
        match self.farewell {
            Farewell::Forgotten => self.crew.board.remove_task(&id),
            Farewell::Unassigned => self.crew.board.task(&id, State::Unassigned, None),
            Farewell::Handed => self.crew.board.hand_over(&id),
        }
    }

    pub(super) fn id(&self, task: u32) -> TaskId {
        TaskId {
            connector: self.plan.name.clone(),
            task,
        }
    }
}

impl Seat {
    fn is_given_up(&self) -> bool {
        *self.standing.borrow() == Standing::GivenUp
    }
}
