//! [`Census`]: who has which task open.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use connect_api::TaskContext;
use connect_runtime::Environment;

use crate::SimulatedEnvironment;

/// Who has which task open; cheap to clone.
///
/// A task is open from when its plugin is asked to open it until its value is dropped.
#[derive(Clone, Default)]
pub(super) struct Census(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    /// The tasks that are open, by name.
    stays: BTreeMap<String, Vec<Stay>>,
    /// When processes took the right to write under a transactional id.
    rights: BTreeMap<(Arc<str>, String), u64>,
    /// Until when processes are excused: others may take what they have, before they know.
    excused: BTreeMap<Arc<str>, Duration>,
    /// Orders what happened.
    now: u64,
    /// The newest release of the application that the cluster is known to have, and since when.
    release: Option<(u64, Duration)>,
    /// How often tasks were opened.
    opened: BTreeMap<String, u32>,
    wrong: Vec<String>,
}

/// A task that is open.
#[derive(Clone, Debug)]
struct Stay {
    process: Arc<str>,
    release: Option<u64>,
    since: u64,
}

/// Which way a task's records go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Source,
    Sink,
}

/// A task that is open until this is dropped.
pub(super) struct Presence {
    census: Census,
    task: String,
    since: u64,
}

impl Census {
    /// How long after it was cut off a process may be mistaken about what it has.
    const EXCUSE: Duration = Duration::from_secs(60);

    /// Excuses a process from now on until [`recover`](Self::recover).
    pub(super) fn excuse(&self, process: &Arc<str>) {
        self.lock()
            .excused
            .insert(Arc::clone(process), Duration::MAX);
    }

    /// How long after a newer release was accepted a worker may begin something with an older one.
    const UPGRADE: Duration = Duration::from_secs(60);

    /// Says that the cluster has accepted a release of the application.
    pub(super) fn released(&self, release: u64, now: Duration) {
        let mut inner = self.lock();
        if inner.release.is_none_or(|(known, _)| known < release) {
            inner.release = Some((release, now));
        }
    }

    /// Returns the newest release that the cluster has accepted.
    pub(super) fn newest_release(&self) -> u64 {
        self.lock().release.map_or(0, |(release, _)| release)
    }

    /// Returns of which releases tasks are open.
    pub(super) fn open_releases(&self) -> BTreeSet<u64> {
        let inner = self.lock();
        let stays = inner.stays.values().flatten();
        stays.filter_map(|stay| stay.release).collect()
    }

    /// Says that a process can know again what it has, soon.
    pub(super) fn recover(&self, process: &Arc<str>, now: Duration) {
        self.lock()
            .excused
            .insert(Arc::clone(process), now + Self::EXCUSE);
    }

    /// Says that a process took the right to write under a transactional id.
    pub(super) fn initialized(&self, process: &Arc<str>, id: &str) {
        let mut inner = self.lock();
        let now = inner.tick();
        inner
            .rights
            .insert((Arc::clone(process), id.to_owned()), now);
    }

    /// Says that a process opens a task, and finds out whether somebody else has it.
    pub(super) fn enter(
        &self,
        environment: &SimulatedEnvironment,
        cx: &TaskContext,
        (side, release): (Side, Option<u64>),
    ) -> Presence {
        let (process, at) = (environment.name(), environment.elapsed());
        let task = format!("{}-{}", cx.connector(), cx.task());
        let mut inner = self.lock();
        let right = inner
            .rights
            .get(&(
                Arc::clone(&process),
                format!("{}-{task}", super::world::GROUP),
            ))
            .copied();
        let is_excused = |process: &Arc<str>| inner.excused.get(process).is_some_and(|it| at < *it);
        let stays = inner.stays.get(&task).cloned().unwrap_or_default();
        let wronged = stays.iter().find(|stay| match side {
            _ if stay.process == process => true,
            // Who is excused may not have heard that it has lost the task; but it must not take it back.
            Side::Source => !is_excused(&stay.process) && right > Some(stay.since),
            Side::Sink => !is_excused(&stay.process) && !is_excused(&process),
        });
        let wronged = wronged.map(|stay| {
            let other = &stay.process;
            format!("while `{other}` has it open, which was not given up for dead")
        });
        let newer = inner.release.filter(|(newest, since)| {
            release.is_some_and(|it| it < *newest)
                && at > *since + Self::UPGRADE
                && !is_excused(&process)
        });
        let outdated = newer.zip(release).map(|((newest, _), release)| {
            format!("of release {release}, long after release {newest} was accepted")
        });
        for why in wronged.into_iter().chain(outdated) {
            let (seconds, micros) = (at.as_secs(), at.subsec_micros());
            let wrong = format!("at {seconds}.{micros:06}: `{process}` opens {task} {why}");
            inner.wrong.push(wrong);
        }
        let since = inner.tick();
        *inner.opened.entry(task.clone()).or_default() += 1;
        let stay = Stay {
            process,
            release,
            since,
        };
        inner.stays.entry(task.clone()).or_default().push(stay);
        drop(inner);
        environment.record(format_args!("opens {task}"));
        Presence {
            census: self.clone(),
            task,
            since,
        }
    }

    /// Returns what was wrong.
    pub(super) fn wrong(&self) -> Vec<String> {
        self.lock().wrong.clone()
    }

    /// Returns how often tasks were opened.
    pub(super) fn opened(&self) -> BTreeMap<String, u32> {
        self.lock().opened.clone()
    }

    /// Returns who has tasks open, by task.
    pub(super) fn open(&self) -> BTreeMap<String, Vec<Arc<str>>> {
        let inner = self.lock();
        let stays = inner.stays.iter();
        stays
            .map(|(task, stays)| {
                let processes = stays.iter().map(|stay| Arc::clone(&stay.process));
                (task.clone(), processes.collect())
            })
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn tick(&mut self) -> u64 {
        self.now += 1;
        self.now
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let mut inner = self.census.lock();
        if let Some(stays) = inner.stays.get_mut(&self.task) {
            stays.retain(|stay| stay.since != self.since);
            if stays.is_empty() {
                inner.stays.remove(&self.task);
            }
        }
    }
}
