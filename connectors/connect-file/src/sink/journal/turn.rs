//! The turn of a journal: its file is finished, and the next one begun.
//!
//! The finished file has its final name before anything says so, and it holds exactly what counts. So whoever finds the
//! name free and the offsets file of before knows enough: all of that is stored elsewhere, and the next line is the
//! first of a new file. Every offsets file in between is true for that reason, and none has to be taken back.

use std::io;

use connect_api::{Classify, Error, ErrorKind, Result};

use super::{
    super::{disk::Disk, ledger::Ledger},
    Journal,
    recovery::{cut_off, tail},
};

impl<D: Disk> Journal<D> {
    /// Finishes the file, and begins the next one.
    ///
    /// # Errors
    ///
    /// `Unavailable`: the file could not be finished, which the next store tries again. `Fenced`: it was, and a new
    /// owner has to begin the next one.
    pub(super) fn turn(&mut self) -> Result<()> {
        self.check_owner()?;
        let number = self
            .finish()
            .map_err(|error| self.failed(error).context("finishing"))?;
        self.begin(number)
            .map_err(|error| error.with_kind(ErrorKind::Fenced))?;
        self.prune();
        Ok(())
    }

    /// Renames the data file, and returns its number.
    fn finish(&mut self) -> io::Result<u64> {
        if self.disk.length()? > self.stored.length {
            cut_off(&mut self.disk, self.stored.length)?;
            self.disk.sync()?;
        }
        let mut number = self.stored.finished;
        loop {
            number += 1;
            match self.disk.finish(number) {
                Ok(()) => return Ok(number),
                // Somebody has put a file there, or an owner died before it could count its own.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Makes a new file the one that counts.
    fn begin(&mut self, number: u64) -> Result<()> {
        let beginning = format!("beginning file `{}` anew", self.disk.name());
        self.disk.renew()?;
        // While nobody held the lock another owner may have come and gone.
        self.compare()?;
        let next = self.next(number).unavailable(&beginning)?;
        let publish = |disk: &mut D| {
            disk.stage(&next.to_bytes())?;
            disk.publish()?;
            disk.sync_folder()
        };
        publish(&mut self.disk).unavailable(&beginning)?;
        self.stored = next;
        Ok(())
    }

    fn next(&self, number: u64) -> io::Result<Ledger> {
        let length = self.disk.length()?;
        Ok(Ledger {
            epoch: self.stored.epoch,
            length,
            inode: self.disk.id().to_owned(),
            tail: tail(&self.disk, length)?,
            begun: None,
            finished: number,
            offsets: self.stored.offsets.clone(),
        })
    }

    /// Deletes the oldest finished files; what cannot be deleted now is tried at the next turn.
    fn prune(&mut self) {
        if !self.layout.rotation.deletes() {
            return;
        }
        if let Err(error) = self.delete_surplus() {
            let error: Error = self.failed(error).context("deleting finished files");
            tracing::warn!(error = %error.report(), "finished files are kept for longer");
        }
    }

    fn delete_surplus(&mut self) -> io::Result<()> {
        let mut numbers = self.disk.finished()?;
        // A higher number is none of ours, and makes ours no older.
        numbers.retain(|number| *number <= self.stored.finished);
        let surplus = self.layout.rotation.surplus(numbers).into_iter();
        let deleted = surplus.map(|number| self.disk.delete(number));
        deleted.fold(Ok(()), Result::and)
    }
}
