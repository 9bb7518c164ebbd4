//! [`Board`]: the latest status of every connector of a worker.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use connect_api::Str;
use tokio::sync::{Notify, watch};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{ConnectorStatus, Direction, Guarantee, State, TaskStatus};
use crate::{task_id::TaskId, unit::Unit};

/// The latest status of every connector of a worker: written by actors, read by everybody.
///
/// Readers never wait for an actor or a plugin.
pub(crate) struct Board {
    statuses: watch::Sender<BTreeMap<Str, ConnectorStatus>>,
    /// How this worker calls itself.
    worker: Str,
    /// What has to be stored in the status topic.
    dirty: Mutex<BTreeSet<Unit>>,
    /// What this worker says itself; of the rest it shows what others say.
    own: Mutex<BTreeSet<Unit>>,
    /// Is told when something is shown of which others may have said something before.
    room: Notify,
    wake: Notify,
    /// Whether the last status was shown.
    ended: CancellationToken,
}

/// A status as it is stored: `None` if there is none any more.
pub(crate) type Stored = Option<(State, Option<String>)>;

impl Board {
    /// Begins without connectors, for the worker that calls itself so.
    pub(crate) fn new(worker: Str) -> Self {
        Self {
            statuses: watch::Sender::new(BTreeMap::new()),
            worker,
            dirty: Mutex::default(),
            own: Mutex::default(),
            room: Notify::new(),
            wake: Notify::new(),
            ended: CancellationToken::new(),
        }
    }

    /// Returns what, when it is dropped, says that nothing changes any more.
    pub(crate) fn end_guard(&self) -> DropGuard {
        self.ended.clone().drop_guard()
    }

    /// Shows a connector that is new, or was given another configuration.
    pub(crate) fn announce(&self, name: &Str, direction: Direction, guarantee: Guarantee) {
        self.statuses.send_if_modified(|statuses| {
            if let Some(known) = statuses.get_mut(name) {
                let changed = (known.direction, known.guarantee) != (direction, guarantee);
                known.direction = direction;
                known.guarantee = guarantee;
                return changed;
            }
            let status = ConnectorStatus {
                name: name.clone(),
                direction,
                guarantee,
                state: State::Unassigned,
                trace: None,
                worker: self.worker.clone(),
                tasks: Vec::new(),
            };
            statuses.insert(name.clone(), status);
            self.room.notify_one();
            true
        });
    }

    /// Shows the state of a connector.
    pub(crate) fn connector(&self, name: &Str, state: State, trace: Option<String>) {
        let unit = Unit::Connector(name.clone());
        self.own().insert(unit.clone());
        if self.show_connector(name, (state, trace), &self.worker) {
            self.soil(unit);
        }
    }

    fn show_connector(
        &self,
        name: &Str,
        (state, trace): (State, Option<String>),
        worker: &Str,
    ) -> bool {
        self.statuses.send_if_modified(|statuses| {
            let Some(status) = statuses.get_mut(name) else {
                return false;
            };
            let known = (status.state, &status.trace, &status.worker);
            let changed = known != (state, &trace, worker);
            status.state = state;
            status.trace = trace;
            status.worker = worker.clone();
            changed
        })
    }

    /// Shows the state of a task.
    pub(crate) fn task(&self, id: &TaskId, state: State, trace: Option<String>) {
        let unit = Unit::Task(id.clone());
        self.own().insert(unit.clone());
        if self.show_task(id, (state, trace), &self.worker) {
            self.soil(unit);
        }
    }

    /// Shows what another worker says, unless this one says something itself; `None` is nothing any more.
    pub(crate) fn hear(&self, unit: &Unit, said: Stored, worker: &Str) {
        if self.own().contains(unit) {
            return;
        }
        match (unit, said) {
            (Unit::Connector(name), Some(said)) => {
                self.show_connector(name, said, worker);
            }
            (Unit::Task(id), Some(said)) => {
                self.show_task(id, said, worker);
            }
            // Whether a connector exists, its configuration says.
            (Unit::Connector(_), None) => {}
            (Unit::Task(id), None) => {
                self.drop_task(id);
            }
        }
    }

    /// Waits until something is shown of which others may have said something before.
    pub(crate) async fn room(&self) {
        self.room.notified().await;
    }

    /// Lets another worker show a task.
    pub(crate) fn hand_over(&self, id: &TaskId) {
        if self.own().remove(&Unit::Task(id.clone())) {
            self.show_task(id, (State::Unassigned, None), &self.worker);
            self.room.notify_one();
        }
    }

    /// Has something stored again that this worker says itself: another one has stored something else.
    ///
    /// That something is not open yet overrules nothing that is stored, and would be repeated for ever.
    pub(crate) fn repeat(&self, unit: &Unit) {
        let said = stored(&self.statuses.borrow(), unit);
        let is_open = said.is_some_and(|(state, _)| state != State::Unassigned);
        if is_open && self.own().contains(unit) {
            self.soil(unit.clone());
        }
    }

    /// Returns the tasks of which this worker says nothing itself.
    pub(crate) fn tasks_of_others(&self) -> Vec<TaskId> {
        let own = self.own();
        let statuses = self.statuses.borrow();
        let tasks = statuses.values().flat_map(|status| &status.tasks);
        let tasks = tasks.map(|task| &task.id);
        tasks
            .filter(|id| !own.contains(&Unit::Task((*id).clone())))
            .cloned()
            .collect()
    }

    /// Lets another worker show a connector.
    pub(crate) fn hand_over_connector(&self, name: &Str) {
        if self.own().remove(&Unit::Connector(name.clone())) {
            self.show_connector(name, (State::Unassigned, None), &self.worker);
            self.room.notify_one();
        }
    }

    /// Forgets a connector, of which nothing is to be stored any more.
    pub(crate) fn drop_connector(&self, name: &str) {
        self.statuses
            .send_if_modified(|statuses| statuses.remove(name).is_some());
    }

    fn show_task(
        &self,
        id: &TaskId,
        (state, trace): (State, Option<String>),
        worker: &Str,
    ) -> bool {
        self.statuses.send_if_modified(|statuses| {
            let Some(status) = statuses.get_mut(&id.connector) else {
                return false;
            };
            let new = TaskStatus {
                id: id.clone(),
                state,
                trace,
                worker: worker.clone(),
            };
            match status
                .tasks
                .binary_search_by_key(&id.task, |task| task.id.task)
            {
                Ok(at) if status.tasks[at] == new => return false,
                Ok(at) => status.tasks[at] = new,
                Err(at) => status.tasks.insert(at, new),
            }
            true
        })
    }

    /// Forgets a task.
    pub(crate) fn remove_task(&self, id: &TaskId) {
        self.drop_task(id);
        let unit = Unit::Task(id.clone());
        self.own().remove(&unit);
        self.soil(unit);
    }

    fn drop_task(&self, id: &TaskId) {
        self.statuses.send_if_modified(|statuses| {
            let Some(status) = statuses.get_mut(&id.connector) else {
                return false;
            };
            let before = status.tasks.len();
            status.tasks.retain(|task| task.id != *id);
            status.tasks.len() != before
        });
    }

    /// Forgets a connector.
    pub(crate) fn remove_connector(&self, name: &Str) {
        let mut removed = None;
        self.statuses.send_if_modified(|statuses| {
            removed = statuses.remove(name);
            removed.is_some()
        });
        for task in removed.into_iter().flat_map(|status| status.tasks) {
            let unit = Unit::Task(task.id);
            self.own().remove(&unit);
            self.soil(unit);
        }
        let unit = Unit::Connector(name.clone());
        self.own().remove(&unit);
        self.soil(unit);
    }

    /// Returns the status of one connector.
    pub(crate) fn get(&self, name: &str) -> Option<ConnectorStatus> {
        self.statuses.borrow().get(name).cloned()
    }

    /// Returns all statuses, by name.
    pub(crate) fn all(&self) -> Vec<ConnectorStatus> {
        self.statuses.borrow().values().cloned().collect()
    }

    /// Returns what this worker says itself, by name.
    pub(crate) fn said_here(&self) -> Vec<ConnectorStatus> {
        let is_here = |worker: &Str| *worker == self.worker;
        let mut statuses = self.all();
        for status in &mut statuses {
            status.tasks.retain(|task| is_here(&task.worker));
        }
        statuses.retain(|status| is_here(&status.worker) || !status.tasks.is_empty());
        statuses
    }

    /// Returns the state of one task.
    pub(crate) fn task_state(&self, id: &TaskId) -> Option<State> {
        let statuses = self.statuses.borrow();
        let tasks = &statuses.get(&id.connector)?.tasks;
        tasks
            .iter()
            .find(|task| task.id == *id)
            .map(|task| task.state)
    }

    /// Subscribes to changes.
    pub(crate) fn updates(&self) -> StatusUpdates {
        StatusUpdates {
            statuses: self.statuses.subscribe(),
            ended: self.ended.clone(),
        }
    }

    /// Waits until something has to be stored, and takes it.
    pub(crate) async fn changed(&self) -> BTreeMap<Unit, Stored> {
        loop {
            let changed = self.take_changed();
            if !changed.is_empty() {
                return changed;
            }
            self.wake.notified().await;
        }
    }

    /// Takes what has to be stored.
    pub(crate) fn take_changed(&self) -> BTreeMap<Unit, Stored> {
        let dirty = std::mem::take(&mut *self.dirty());
        let statuses = self.statuses.borrow();
        let latest = |unit: Unit| {
            let stored = stored(&statuses, &unit);
            (unit, stored)
        };
        dirty.into_iter().map(latest).collect()
    }

    fn soil(&self, unit: Unit) {
        self.dirty().insert(unit);
        self.wake.notify_one();
    }

    fn own(&self) -> MutexGuard<'_, BTreeSet<Unit>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn dirty(&self) -> MutexGuard<'_, BTreeSet<Unit>> {
        self.dirty.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stored(statuses: &BTreeMap<Str, ConnectorStatus>, unit: &Unit) -> Stored {
    match unit {
        Unit::Connector(name) => {
            let status = statuses.get(name)?;
            Some((status.state, status.trace.clone()))
        }
        Unit::Task(id) => {
            let tasks = &statuses.get(&id.connector)?.tasks;
            let task = tasks.iter().find(|task| task.id == *id)?;
            Some((task.state, task.trace.clone()))
        }
    }
}

impl fmt::Debug for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.statuses.borrow().keys())
            .finish()
    }
}

/// The statuses of a worker as they change.
///
/// Several changes may be seen as one; the last state is never missed.
#[derive(Clone, Debug)]
pub struct StatusUpdates {
    statuses: watch::Receiver<BTreeMap<Str, ConnectorStatus>>,
    ended: CancellationToken,
}

/// What came of waiting for a status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reached {
    Status(ConnectorStatus),
    /// There is no such connector any more.
    Gone,
    /// The worker has ended, and it will never be reached.
    Ended,
}

impl StatusUpdates {
    /// Returns the statuses as they are now, by name.
    #[must_use]
    pub fn latest(&mut self) -> Vec<ConnectorStatus> {
        self.statuses
            .borrow_and_update()
            .values()
            .cloned()
            .collect()
    }

    /// Waits for a change since the last look; `None` when the worker has ended.
    ///
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Vec<ConnectorStatus>> {
        let changed = tokio::select! {
            biased;
            changed = self.statuses.changed() => changed.is_ok(),
            // The last change and the end may come together.
            () = self.ended.cancelled() => self.statuses.has_changed().unwrap_or(false),
        };
        changed.then(|| self.latest())
    }

    /// Waits until `reached` holds for the connector called `name`, and returns its status.
    pub(crate) async fn reach(
        &mut self,
        name: &str,
        mut reached: impl FnMut(&ConnectorStatus) -> bool,
    ) -> Reached {
        let mut there =
            |statuses: &BTreeMap<Str, ConnectorStatus>| statuses.get(name).is_none_or(&mut reached);
        let ended = tokio::select! {
            biased;
            waited = self.statuses.wait_for(&mut there) => waited.is_err(),
            () = self.ended.cancelled() => true,
        };
        let statuses = self.statuses.borrow();
        // The last change and the end may come together.
        if ended && !there(&statuses) {
            return Reached::Ended;
        }
        match statuses.get(name) {
            Some(status) => Reached::Status(status.clone()),
            None => Reached::Gone,
        }
    }
}
