//! [`Roster`]: the tasks of a connector.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use connect_api::{Str, TaskConfig};
use futures::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use tokio::sync::{mpsc, watch};

use super::{
    crew::{Crew, name_of, start},
    task::{Abandoned, Order, TaskActor, Wish},
};
use crate::{settings::Plan, status::State, task_id::TaskId};

/// The tasks of a connector: those that are wanted, and those that are still on their way out.
///
/// A task's number is free again only when everything of its last incarnation has ended.
pub(super) struct Roster {
    crew: Arc<Crew>,
    connector: Str,
    /// The parts of the work, one for each task.
    configs: Vec<TaskConfig>,
    mode: Mode,
    seats: BTreeMap<u32, Seat>,
    /// The last edition of a task that was given out.
    edition: u64,
    /// Counts plans: tasks of an older one start anew.
    generation: u64,
    /// The highest number of tasks there has been.
    most: u32,
    farewell: Farewell,
    abandoned: (mpsc::Sender<Abandoned>, mpsc::Receiver<Abandoned>),
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
}

/// Whether a task is on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Staying,
    Leaving,
    /// It did not end in time: its number is taken until it does.
    Abandoned,
}

/// What stays of a task that has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Farewell {
    /// Nothing: it does not exist any more.
    Forgotten,
    /// It has no worker any more.
    Unassigned,
}

/// What a roster lets hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// A task has ended.
    Left(u32),
    /// A task was given up, and goes on blocking a thread.
    Abandoned(u32),
}

impl Roster {
    /// How many tasks may be given up before the connector takes notice, which it soon does.
    const NOTES: usize = 16;

    pub(super) fn new(crew: Arc<Crew>, connector: Str) -> Self {
        Self {
            mode: Mode::Leave(crew.grace),
            crew,
            connector,
            configs: Vec::new(),
            seats: BTreeMap::new(),
            edition: 0,
            generation: 0,
            most: 0,
            farewell: Farewell::Forgotten,
            abandoned: mpsc::channel(Self::NOTES),
            left: FuturesUnordered::new(),
        }
    }

    /// Returns the parts of the work.
    pub(super) fn configs(&self) -> &[TaskConfig] {
        &self.configs
    }

    /// Splits the work anew; [`arrange`](Self::arrange) does the rest.
    pub(super) fn split(&mut self, configs: Vec<TaskConfig>) {
        self.configs = configs;
    }

    /// Makes all tasks start anew at the next [`arrange`](Self::arrange).
    pub(super) fn renew(&mut self) {
        self.generation += 1;
    }

    /// Makes one task start anew at the next [`arrange`](Self::arrange).
    pub(super) fn restart(&mut self, task: u32) {
        if let Some(seat) = self.seats.get_mut(&task) {
            seat.generation = None;
        }
    }

    /// Lets tasks that leave from now on stay known, without a worker.
    pub(super) fn keep_statuses(&mut self) {
        self.farewell = Farewell::Unassigned;
    }

    /// Returns the numbers of the tasks, those on their way out included.
    pub(super) fn tasks(&self) -> Vec<u32> {
        self.seats.keys().copied().collect()
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
        let given_up = |seat: &Seat| seat.presence == Presence::Abandoned;
        self.seats.values().all(given_up)
    }

    pub(super) fn mode(&self) -> Mode {
        self.mode
    }

    /// Tells every task what is wanted of it; starts those that are missing.
    pub(super) fn arrange(&mut self, plan: &Arc<Plan>, mode: Mode) {
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
            if seat.presence == Presence::Staying {
                seat.presence = Presence::Leaving;
            }
        }
        self.most = self.most.max(wanted);
        for task in 0..wanted {
            self.arrange_one(task, plan);
        }
    }

    fn arrange_one(&mut self, task: u32, plan: &Arc<Plan>) {
        let config = self.configs[task as usize].clone();
        let seat = self.seats.get(&task);
        if seat.is_some_and(|seat| seat.presence != Presence::Staying) {
            // Its turn comes when it has left.
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
                plan: Arc::clone(plan),
                config: config.clone(),
                edition,
            }),
            Mode::Pause | Mode::Leave(_) => Wish::Pause,
        };
        let wish = match self.seats.remove(&task) {
            Some(seat) => {
                seat.wish.send_replace(wish);
                seat.wish
            }
            None => self.start(task, wish),
        };
        let seat = Seat {
            wish,
            config,
            edition,
            generation: Some(self.generation),
            shown,
            presence: Presence::Staying,
        };
        self.seats.insert(task, seat);
    }

    fn start(&self, task: u32, wish: Wish) -> watch::Sender<Wish> {
        let (wishes, told) = watch::channel(wish);
        let id = self.id(task);
        let name = name_of(&id);
        let notes = self.abandoned.0.clone();
        let actor = TaskActor::new(id, Arc::clone(&self.crew), told, notes);
        let ended = start(&*self.crew.environment, &name, actor.run());
        self.left
            .push(ended.map(move |ended| (task, ended)).boxed());
        wishes
    }

    /// Waits for what happens next. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Change {
        tokio::select! {
            biased;
            Some((task, ended)) = self.left.next() => {
                self.leave(task, ended);
                Change::Left(task)
            }
            Some(Abandoned(task)) = self.abandoned.1.recv() => {
                if let Some(seat) = self.seats.get_mut(&task)
                    && seat.presence == Presence::Leaving
                {
                    seat.presence = Presence::Abandoned;
                }
                Change::Abandoned(task)
            }
        }
    }

    fn leave(&mut self, task: u32, ended: Result<(), String>) {
        let id = self.id(task);
        self.seats.remove(&task);
        match ended {
            Ok(()) if self.farewell == Farewell::Forgotten => self.crew.board.remove_task(&id),
            Ok(()) => self.crew.board.task(&id, State::Unassigned, None),
            Err(panic) => {
                tracing::error!(task = %id, "its supervisor failed: {panic}");
                self.crew.board.task(&id, State::Failed, Some(panic));
            }
        }
        self.crew.forget(&id);
    }

    pub(super) fn id(&self, task: u32) -> TaskId {
        TaskId {
            connector: self.connector.clone(),
            task,
        }
    }
}
