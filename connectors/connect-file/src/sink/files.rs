//! [`Files`]: the journals of a task, and which topic-partition goes to which.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    num::NonZeroUsize,
    path::Path,
    sync::Arc,
    time::SystemTime,
};

use connect_api::{Error, ErrorKind, Offsets, Result, TopicPartition};

use super::{
    journal::{Journal, Layout, Rest},
    local_disk::LocalDisk,
    rotation::is_finished_name,
    template::{Place, Template},
};

/// Where a sink writes, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) template: Template,
    pub(crate) layout: Layout,
    /// How many files may be open at once.
    pub(crate) most_open: NonZeroUsize,
}

impl Target {
    /// Takes over one file.
    pub(crate) fn claim(&self, place: Place) -> Result<Journal<LocalDisk>> {
        if self.layout.rotation.is_wanted() && is_finished_name(place.name()) {
            return Err(Error::fatal(format!(
                "opening file `{}`: expected a name that does not end in a dash and six digits, \
                 which is how finished files are called",
                place.path.display()
            )));
        }
        Journal::open(LocalDisk::open(place)?, self.layout)
    }
}

/// The journals of a task, owned until their last topic-partition is let go.
#[derive(Debug)]
pub(crate) struct Files {
    target: Target,
    journals: BTreeMap<Arc<Path>, Journal<LocalDisk>>,
    routes: BTreeMap<TopicPartition, Arc<Path>>,
    /// The open ones; those that were used last stand last.
    open: VecDeque<Arc<Path>>,
    /// When the next file is old enough to be finished.
    due: Option<SystemTime>,
}

impl Files {
    /// Takes over the file, if there is only one.
    ///
    /// # Errors
    ///
    /// As [`Journal::open`].
    pub(crate) fn open(target: Target) -> Result<Self> {
        let mut files = Self {
            target,
            journals: BTreeMap::new(),
            routes: BTreeMap::new(),
            open: VecDeque::new(),
            due: None,
        };
        if let Template::Plain(path) = &files.target.template {
            let place = Place::plain(path.clone());
            files.hold(place)?;
        }
        Ok(files)
    }

    /// Takes over the files of these topic-partitions, and returns the stored offsets.
    ///
    /// # Errors
    ///
    /// As [`Journal::open`]; what was taken over stays so.
    pub(crate) fn take(&mut self, partitions: &[TopicPartition]) -> Result<Offsets> {
        let mut offsets = Offsets::new();
        for of in partitions {
            let place = self.target.template.place(of)?;
            let path = self.hold(place).map_err(|error| error.context(of))?;
            if let Some(offset) = self.journals[&path].offsets().get(of) {
                offsets.insert(of.clone(), *offset);
            }
            self.routes.insert(of.clone(), path);
        }
        self.find_due();
        Ok(offsets)
    }

    /// Returns the journal of a topic-partition.
    ///
    /// # Errors
    ///
    /// `Fatal`: it was not taken.
    pub(crate) fn journal(&mut self, of: &TopicPartition) -> Result<&mut Journal<LocalDisk>> {
        let path = self.routes.get(of);
        let journal = path.and_then(|path| self.journals.get_mut(path));
        journal.ok_or_else(|| {
            Error::fatal(format!(
                "{of}: expected records of partitions that were opened, found one of another"
            ))
        })
    }

    /// Returns how many bytes are in memory only.
    pub(crate) fn unsaved(&mut self) -> usize {
        let journals = self.journals.values_mut();
        journals
            .map(|journal| journal.unsaved().bytes().len())
            .sum()
    }

    /// Returns when the next file is old enough to be finished.
    pub(crate) fn due(&self) -> Option<SystemTime> {
        self.due
    }

    /// Stores what every journal has; one that fails keeps none of the others from it.
    ///
    /// # Errors
    ///
    /// As [`Journal::store`], the worst of all.
    pub(crate) fn store(&mut self, now: SystemTime) -> Result<()> {
        let mut stored = Ok(());
        let paths: Vec<_> = self.journals.keys().cloned().collect();
        for path in paths {
            if self.journals[&path].is_idle(now) {
                continue;
            }
            self.make_room(&path);
            let journal = self.journals.get_mut(&path);
            let result = journal.map_or(Ok(()), |journal| journal.store(now));
            stored = worse(stored, result);
        }
        self.find_due();
        stored
    }

    /// Gives back memory, down to `kept` bytes in all.
    pub(crate) fn shrink(&mut self, kept: usize) {
        let each = kept / self.journals.len().max(1);
        for journal in self.journals.values_mut() {
            journal.unsaved().shrink(each);
        }
    }

    /// Drops what topic-partitions have in memory, and lets files go that no other one needs.
    ///
    /// # Errors
    ///
    /// As [`Journal::forget`].
    pub(crate) fn drop_partitions(&mut self, lost: &[TopicPartition]) -> Result<()> {
        let paths: BTreeSet<_> = lost.iter().filter_map(|of| self.routes.get(of)).collect();
        for path in paths {
            let journal = self.journals.get_mut(path);
            journal.map_or(Ok(()), |journal| journal.forget(lost))?;
        }
        self.routes.retain(|of, _| !lost.contains(of));
        if !matches!(self.target.template, Template::Plain(_)) {
            let needed: BTreeSet<_> = self.routes.values().collect();
            self.journals.retain(|path, _| needed.contains(path));
            self.open.retain(|path| needed.contains(path));
        }
        self.find_due();
        Ok(())
    }

    /// Takes over a file, unless that was done already.
    fn hold(&mut self, place: Place) -> Result<Arc<Path>> {
        let path = Arc::from(place.path.as_path());
        if !self.journals.contains_key(&path) {
            self.make_room(&path);
            let claimed = self.target.claim(place);
            match claimed {
                Ok(journal) => drop(self.journals.insert(Arc::clone(&path), journal)),
                Err(error) => {
                    self.open.retain(|other| *other != path);
                    return Err(error);
                }
            }
        }
        Ok(path)
    }

    /// Counts a file as open, and closes the one that was not used for longest if there are too many.
    fn make_room(&mut self, path: &Arc<Path>) {
        self.open.retain(|other| other != path);
        // One that failed half-way has to stay open: its next owner must not come before it knows.
        for _ in 0..self.open.len() {
            if self.open.len() < self.target.most_open.get() {
                break;
            }
            let Some(oldest) = self.open.pop_front() else {
                break;
            };
            let rest = self.journals.get_mut(&oldest).map(Journal::rest);
            if rest == Some(Rest::Restless) {
                self.open.push_back(oldest);
            }
        }
        self.open.push_back(Arc::clone(path));
    }

    fn find_due(&mut self) {
        self.due = self.journals.values().filter_map(Journal::due).min();
    }
}

/// Returns the result that more has to be done about.
fn worse(one: Result<()>, two: Result<()>) -> Result<()> {
    match (&one, &two) {
        (Err(_), Ok(())) => one,
        (Err(error), Err(_)) if error.kind() != ErrorKind::Unavailable => one,
        _ => two,
    }
}
