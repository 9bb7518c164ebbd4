//! [`Journal`]: lines and offsets become durable together, or not at all.
//!
//! A store writes the lines behind the data that counts and makes them durable; then it replaces the offsets file,
//! which says how much counts. Whatever happens in between, the next owner cuts off what does not count.

#[cfg(test)]
mod crash;
#[cfg(test)]
mod platter;
mod recovery;
mod turn;

use std::{io, time::SystemTime};

use connect_api::{Classify, Error, Offsets, Result, TopicPartition};

use self::recovery::{cut_off, ends_as, recover, tail};
use super::{
    compression::Compression, disk::Disk, ledger::Ledger, rotation::Rotation, unsaved::Unsaved,
};

/// How lines become files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) rotation: Rotation,
    pub(crate) compression: Compression,
}

/// A data file and its offsets file, owned until they are dropped or another owner is noticed.
#[derive(Debug)]
pub(crate) struct Journal<D> {
    disk: D,
    layout: Layout,
    /// What the offsets file says.
    stored: Ledger,
    unsaved: Unsaved,
    /// A store of which nobody knows whether it happened.
    doubt: Option<Attempt>,
    /// Whether a failed store has left bytes behind the data that counts.
    has_leftovers: bool,
}

/// What a store tried to make the truth.
#[derive(Debug)]
struct Attempt {
    ledger: Ledger,
    /// How much of the unsaved lines it holds.
    length: usize,
}

impl<D: Disk> Journal<D> {
    /// Takes over the files: cuts off what was never committed, and fences older owners.
    ///
    /// # Errors
    ///
    /// `Unavailable`: the files cannot be read or written. `Fatal`: the offsets file is none.
    pub(crate) fn open(mut disk: D, layout: Layout) -> Result<Self> {
        let name = disk.name();
        let recovering = format!("recovering file `{name}`");
        let found = disk.load().unavailable(&recovering)?;
        let found = found.map(|bytes| Ledger::parse(&bytes)).transpose();
        let found = found.map_err(|error| error.context(format!("offsets file of `{name}`")))?;
        let mut stored = recover(&mut disk, found, layout.rotation).unavailable(&recovering)?;
        stored.epoch += 1;
        let claim = |disk: &mut D| {
            disk.stage(&stored.to_bytes())?;
            disk.publish()?;
            disk.sync_folder()
        };
        claim(&mut disk).unavailable(&recovering)?;
        Ok(Self {
            disk,
            layout,
            stored,
            unsaved: Unsaved::default(),
            doubt: None,
            has_leftovers: false,
        })
    }

    /// Returns the stored offsets.
    pub(crate) fn offsets(&self) -> &Offsets {
        &self.stored.offsets
    }

    /// Returns the offset from which on records of `of` are new.
    pub(crate) fn next_offset(&self, of: &TopicPartition) -> Option<i64> {
        let unsaved = self.unsaved.next().get(of);
        unsaved.or_else(|| self.stored.offsets.get(of)).copied()
    }

    /// Returns what is not stored yet, to append to it.
    pub(crate) fn unsaved(&mut self) -> &mut Unsaved {
        &mut self.unsaved
    }

    /// Returns whether the file has its size, or will have it when everything is stored.
    pub(crate) fn is_full(&self) -> bool {
        let unsaved = self.unsaved.bytes().len() as u64;
        self.layout.rotation.is_full(self.stored.length + unsaved)
    }

    /// Returns when the file is old enough to be finished.
    pub(crate) fn due(&self) -> Option<SystemTime> {
        self.layout.rotation.due(self.stored.begun)
    }

    /// Returns whether a store has nothing to do.
    pub(crate) fn is_idle(&self, now: SystemTime) -> bool {
        self.unsaved.is_empty() && self.is_settled() && !self.is_finished(now)
    }

    /// Makes everything durable that was appended, and finishes the file if it has its size or age.
    ///
    /// # Errors
    ///
    /// `Unavailable`: it is tried again as a whole by the next call. `Fenced`: another owner took over, or the data
    /// file is not under its name any more or has lost what was written.
    pub(crate) fn store(&mut self, now: SystemTime) -> Result<()> {
        self.settle()?;
        if !self.unsaved.is_empty() {
            let mut offsets = self.stored.offsets.clone();
            offsets.extend(
                self.unsaved
                    .next()
                    .iter()
                    .map(|(of, offset)| (of.clone(), *offset)),
            );
            self.replace(offsets, Some(now))?;
        }
        if self.is_finished(now) {
            self.turn()?;
        }
        Ok(())
    }

    /// Lets the files go until the next store; not while it is unknown what stands in them.
    pub(crate) fn rest(&mut self) -> Rest {
        if self.is_settled() {
            self.disk.rest();
            Rest::Asleep
        } else {
            Rest::Restless
        }
    }

    /// Stores offsets that an operator wants; `None` removes them.
    ///
    /// # Errors
    ///
    /// As [`store`](Self::store).
    pub(crate) fn alter<'a>(
        &mut self,
        wanted: impl IntoIterator<Item = (&'a TopicPartition, &'a Option<i64>)>,
    ) -> Result<()> {
        let mut offsets = self.stored.offsets.clone();
        for (of, offset) in wanted {
            match offset {
                Some(offset) => offsets.insert(of.clone(), *offset),
                None => offsets.remove(of),
            };
        }
        self.replace(offsets, None)
    }

    /// Drops what was appended for topic-partitions that are lost.
    ///
    /// # Errors
    ///
    /// As [`store`](Self::store), and only after a store that failed half-way.
    pub(crate) fn forget(&mut self, lost: &[TopicPartition]) -> Result<()> {
        self.settle()?;
        self.unsaved.drop_partitions(lost);
        Ok(())
    }

    fn replace(&mut self, offsets: Offsets, now: Option<SystemTime>) -> Result<()> {
        self.check_owner()?;
        let prepared = self.write(offsets, now).and_then(|attempt| {
            self.disk.stage(&attempt.ledger.to_bytes())?;
            Ok(attempt)
        });
        let attempt = match prepared {
            Ok(attempt) => self.doubt.insert(attempt),
            Err(error) => {
                // Readers would see half a line, and on a full disk its space is missed; the next try writes it again.
                self.has_leftovers = cut_off(&mut self.disk, self.stored.length).is_err();
                return Err(self.failed(error));
            }
        };
        let published = self.disk.publish().and_then(|()| self.disk.sync_folder());
        if let Err(error) = published {
            return Err(self.failed(error));
        }
        let (ledger, length) = (attempt.ledger.clone(), attempt.length);
        self.accept(ledger, length);
        Ok(())
    }

    /// Writes the unsaved lines behind those that count, durably.
    fn write(&mut self, offsets: Offsets, now: Option<SystemTime>) -> io::Result<Attempt> {
        let lines = self.unsaved.bytes();
        let encoded = self.layout.compression.encode(lines)?;
        let start = self.stored.length;
        let end = start + encoded.len() as u64;
        let mut begun = self.stored.begun;
        if !encoded.is_empty() {
            self.disk.write(start, &encoded)?;
            self.disk.sync()?;
            begun = begun.or(now.filter(|_| self.layout.rotation.is_wanted()));
        }
        let ledger = Ledger {
            epoch: self.stored.epoch,
            length: end,
            inode: self.disk.id().to_owned(),
            tail: tail(&self.disk, end)?,
            begun: begun.map(Ledger::whole_millis),
            finished: self.stored.finished,
            offsets,
        };
        Ok(Attempt {
            ledger,
            length: lines.len(),
        })
    }

    fn is_settled(&self) -> bool {
        self.doubt.is_none() && !self.has_leftovers
    }

    /// Returns whether what is stored is all that the file will have.
    fn is_finished(&self, now: SystemTime) -> bool {
        let length = self.stored.length;
        let is_old = self.due().is_some_and(|due| due <= now);
        length > 0 && (is_old || self.layout.rotation.is_full(length))
    }

    fn accept(&mut self, ledger: Ledger, length: usize) {
        self.unsaved.drop_first(length, &ledger.offsets);
        self.stored = ledger;
        self.doubt = None;
    }

    /// Brings the files to a known state after a store that failed.
    fn settle(&mut self) -> Result<()> {
        self.settle_doubt()?;
        if self.has_leftovers {
            let cut = cut_off(&mut self.disk, self.stored.length);
            cut.map_err(|error| self.failed(error))?;
            self.has_leftovers = false;
        }
        Ok(())
    }

    /// Finds out whether a store that failed after its last step but one has happened.
    ///
    /// Until then nothing is written: the offsets file may count bytes that would be overwritten.
    fn settle_doubt(&mut self) -> Result<()> {
        let Some(attempt) = &self.doubt else {
            return Ok(());
        };
        let (ledger, length) = (attempt.ledger.clone(), attempt.length);
        match self.load()? {
            Some(found) if found == ledger => {
                let synced = self.disk.sync_folder();
                synced.map_err(|error| self.failed(error))?;
                self.accept(ledger, length);
                Ok(())
            }
            Some(found) if found == self.stored => {
                self.doubt = None;
                self.has_leftovers = true;
                Ok(())
            }
            found => Err(self.fenced(found)),
        }
    }

    /// Compares what is stored with what this owner has stored last.
    fn check_owner(&mut self) -> Result<()> {
        self.disk.wake()?;
        let named = self.disk.has_its_name();
        if !named.map_err(|error| self.failed(error))? {
            return Err(Error::fenced(format!(
                "file `{}` was renamed or deleted",
                self.disk.name()
            )));
        }
        let ends_as_stored = ends_as(&self.disk, &self.stored);
        if !ends_as_stored.map_err(|error| self.failed(error))? {
            return Err(Error::fenced(format!(
                "file `{}` was cut off or overwritten",
                self.disk.name()
            )));
        }
        self.compare()
    }

    fn compare(&self) -> Result<()> {
        match self.load()? {
            Some(found) if found == self.stored => Ok(()),
            found => Err(self.fenced(found)),
        }
    }

    fn load(&self) -> Result<Option<Ledger>> {
        let found = self.disk.load().map_err(|error| self.failed(error))?;
        let found = found.map(|bytes| Ledger::parse(&bytes)).transpose();
        found.map_err(|error| error.context(format!("offsets file of `{}`", self.disk.name())))
    }

    fn failed(&self, error: io::Error) -> Error {
        Error::unavailable(format!("writing file `{}`", self.disk.name())).with_source(error)
    }

    fn fenced(&self, found: Option<Ledger>) -> Error {
        let found = found.map_or_else(
            || "none".to_owned(),
            |ledger| format!("those of owner {}", ledger.epoch),
        );
        Error::fenced(format!(
            "offsets file of `{}`: expected those of owner {}, found {found}",
            self.disk.name(),
            self.stored.epoch
        ))
    }
}

/// What became of files that were to be let go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    Asleep,
    /// They stay open.
    Restless,
}
