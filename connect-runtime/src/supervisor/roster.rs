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
use crate::{settings::Plan, status::State, task_id::TaskId};

/// The tasks of a connector: those that are wanted, and those that are still on their way out.
///
/// A task's number is free again only when everything of its last incarnation has ended.
pub(super) struct Roster {
    crew: Arc<Crew>,
    /// The plan whose work was split; what came after it counts once it is split too.
    plan: Arc<Plan>,
    /// The parts of its work, one for each task.
    configs: Vec<TaskConfig>,
    mode: Mode,
    seats: BTreeMap<u32, Seat>,
    /// The tasks whose actor failed: only a person brings them back.
    broken: BTreeSet<u32>,
    /// The last edition of a task that was given out.
    edition: u64,
    /// Counts plans: tasks of an older one start anew.
    generation: u64,
    /// The highest number of tasks there has been.
    most: u32,
    farewell: Farewell,
    /// Is told when a task was given up; which one, its seat says.
    given_up: Arc<Notify>,
    left: FuturesUnordered<BoxFuture<'static, (u32, Result<(), String>)>>,
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
    config: TaskConfig,
    edition: u64,
    /// Of which plan it is; `None` if it is to start anew.
    generation: Option<u64>,
    shown: Option<(Mode, u64)>,
    presence: Presence,
    standing: watch::Receiver<Standing>,
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
            configs: Vec::new(),
            seats: BTreeMap::new(),
            broken: BTreeSet::new(),
            edition: 0,
            generation: 0,
            most: 0,
            farewell: Farewell::Forgotten,
            given_up: Arc::default(),
            left: FuturesUnordered::new(),
        }
    }

    /// Returns the parts of the work.
    pub(super) fn configs(&self) -> &[TaskConfig] {
        &self.configs
    }

    /// Splits the work of `plan`; [`arrange`](Self::arrange) does the rest.
    ///
    /// All tasks of another plan start anew.
    pub(super) fn split(&mut self, plan: &Arc<Plan>, configs: Vec<TaskConfig>) {
        if !Arc::ptr_eq(&self.plan, plan) {
            self.plan = Arc::clone(plan);
            self.generation += 1;
            self.broken.clear();
        }
        self.configs = configs;
    }

    /// Makes one task start anew at the next [`arrange`](Self::arrange).
    pub(super) fn restart(&mut self, task: u32) {
        self.broken.remove(&task);
        if let Some(seat) = self.seats.get_mut(&task) {
            seat.generation = None;
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
        let wanted = match mode {
            Mode::Run | Mode::Pause => u32::try_from(self.configs.len()).unwrap_or(u32::MAX),
            Mode::Leave(_) => 0,
        };
        let within = match mode {
            Mode::Leave(within) => within,
            Mode::Run | Mode::Pause => self.crew.grace,
        };
        for seat in self.seats.range_mut(wanted..).map(|(_, seat)| seat) {
            seat.wish.send_replace(Wish::Leave { within });
            seat.presence = Presence::Leaving;
        }
        for task in self.broken.split_off(&wanted) {
            self.show_farewell(task);
        }
        self.most = self.most.max(wanted);
        for task in 0..wanted {
            self.arrange_one(task);
        }
    }

    fn arrange_one(&mut self, task: u32) {
        let config = self.configs[task as usize].clone();
        let seat = self.seats.get(&task);
        if seat.is_some_and(|seat| seat.presence == Presence::Leaving) {
            // Its turn comes when it has left.
            return;
        }
        if self.broken.contains(&task) {
            return;
        }
        let new = seat
            .is_none_or(|seat| seat.generation != Some(self.generation) || seat.config != config);
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
                plan: Arc::clone(&self.plan),
                config: config.clone(),
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
            config,
            edition,
            generation: Some(self.generation),
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
        let actor = TaskActor::new(id, Arc::clone(&self.crew), line);
        let ended = start(&*self.crew.environment, &name, actor.run());
        let left = async move {
            let ended = ended.await;
            // An actor that failed leaves an incarnation behind, which ends when it can.
            incarnations.close();
            incarnations.wait().await;
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
