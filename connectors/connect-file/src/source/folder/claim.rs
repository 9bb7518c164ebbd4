//! Under which name the place of a file is stored.
//!
//! No two files share a name, and no file that is there loses its place because another one takes its name: in front of
//! the first record of that one, the place goes to the name that the file has now. Whatever part of a batch is stored,
//! no place is forgotten: the last of a row of files moves first.

use std::{
    io,
    path::Path,
    sync::{Arc, atomic::Ordering},
    time::SystemTime,
};

use connect_api::{SourceBatch, SourcePartition};

use super::{
    super::{
        identity::{FileId, Identity},
        names::Names,
        place::{Place, partition},
        rotation::{self, Past},
    },
    live::{Live, Trouble, Whereabouts},
    reader::{FolderReader, Turn},
    scan::find,
    series::{GONE, series},
};

/// After how many looks at the folders no file is missed that was there all the time, though it was renamed.
const SETTLED: u32 = 3;

/// Places and the names under which they are stored from now on, the last one first.
type Moves = Vec<(SourcePartition, Place)>;

impl FolderReader {
    /// Stores the place of `id` under its name from now on.
    pub(super) fn claim(&mut self, (id, live): (FileId, &mut Live), batch: &mut SourceBatch) {
        let mut moves = Moves::new();
        let name = self.own_name(live);
        let mut displaced = self.take_name((id, live), &name, &mut moves);
        // One file after the other: a long row of them may have moved on by one name.
        while let Some(other) = displaced
            && let Some(mut live) = self.live.remove(&other)
        {
            displaced = self.move_on((other, &mut live), &mut moves);
            self.live.insert(other, live);
        }
        for (partition, place) in moves.into_iter().rev() {
            batch.advance(&partition, place.offset());
        }
    }

    /// Returns the name under which a place is stored, which is never another task's.
    fn own_name(&self, live: &Live) -> String {
        let name = live.path.to_string_lossy();
        if live.key.as_deref() == Some(&*name) || self.files.share.has(&series(&name)) {
            return name.into_owned();
        }
        match &live.key {
            Some(key) => (**key).to_owned(),
            None => self.name_of_gone(&live.met.to_string_lossy()),
        }
    }

    /// Stores the place of `id` under its name, also without a record.
    pub(super) fn advance(&mut self, (id, live): (FileId, &mut Live), batch: &mut SourceBatch) {
        self.claim((id, live), batch);
        if let Some(partition) = &live.partition {
            batch.advance(partition, live.place.offset());
        }
    }

    /// Stores the place of a file under another name, since its own was taken.
    fn move_on(&mut self, (id, live): (FileId, &mut Live), moves: &mut Moves) -> Option<FileId> {
        let taken = live.key.take()?;
        let mut name = live.path.to_string_lossy().into_owned();
        let is_gone = matches!(live.whereabouts, Whereabouts::Gone(_));
        if is_gone || name == *taken {
            // It was renamed since the last look at its folder; looking while it is renamed again may miss it.
            let found = find(&[(id, live.path.clone())].into());
            let found = found.into_values().next();
            let found =
                found.filter(|path| *path != live.path && self.files.is_renamed((id, live), path));
            name = match found {
                Some(path) => {
                    live.path = path;
                    live.path.to_string_lossy().into_owned()
                }
                None => self.name_of_gone(&taken),
            };
        }
        if !self.files.share.has(&series(&name)) {
            name = self.name_of_gone(&taken);
        }
        let at = moves.len();
        let displaced = self.take_name((id, live), &name, moves);
        if let Some(partition) = &live.partition {
            moves.insert(at, (partition.clone(), live.place));
        }
        displaced
    }

    /// Lets `id` have a name, and returns the file that is stored under it and needs another one.
    fn take_name(
        &mut self,
        (id, live): (FileId, &mut Live),
        name: &str,
        moves: &mut Moves,
    ) -> Option<FileId> {
        if live.key.as_deref() == Some(name) {
            return None;
        }
        let (key, former) = self.ledger.take(name, id);
        live.partition = Some(partition(Some(&key)));
        if let Some(former) = live.key.replace(key) {
            self.ledger.clear(&former, id);
        }
        let former = former?;
        if let Some(holder) = former.holder {
            return (holder != id).then_some(holder);
        }
        // The file may not have been met yet, or have become an archive that is not settled; its inode may be another's.
        if let Some(identity) = former.place.identity {
            let holder = self
                .live
                .get(&identity.id)
                .map_or(live.place, |live| live.place);
            if holder.identity != Some(identity) && former.place.position > 0 {
                let other: Arc<str> = self.name_of_gone(name).into();
                moves.push((partition(Some(&other)), former.place));
                self.ledger.insert(other, former.place);
            }
        }
        None
    }

    /// Returns a name of the same series for a file that had `name`, and has none that is known.
    ///
    /// What is stored under such a name is given up once every file that is there, and may be the one it is about, was
    /// met: then it is about none.
    fn name_of_gone(&self, name: &str) -> String {
        let of = series(name);
        let mut name = format!("{name}{GONE}");
        let is_settled = self.visits.count > SETTLED
            && !self
                .strangers
                .values()
                .any(|stranger| stranger.series == of);
        let is_needed = |name: &str| {
            let entry = self.ledger.get(name);
            entry.is_some_and(|entry| {
                let is_held = entry.holder.is_some_and(|id| self.live.contains_key(&id));
                let identity = entry.place.identity;
                let is_stranger = identity.is_some_and(|of| self.strangers.contains_key(&of.id));
                is_held || is_stranger || !is_settled
            })
        };
        while is_needed(&name) {
            name.push_str(GONE);
        }
        name
    }

    /// Follows a file no more, and remembers how far it was read.
    pub(super) fn leave(&mut self, id: FileId, live: &Live) {
        if let Some(key) = &live.key {
            self.ledger.leave(key, id, live.place);
        }
    }

    /// Reads the rest of a file that was cut off from the copy that was made before, if there is one.
    pub(super) fn read_copy(
        &mut self,
        (path, past): (&Path, Past),
        batch: &mut SourceBatch,
        now: SystemTime,
    ) -> io::Result<Copy> {
        let Some(found) = rotation::locate_copy(&Names::new(path.to_owned()), &past)? else {
            return Ok(Copy::None);
        };
        if self.live.contains_key(&found.id) {
            return Ok(Copy::None);
        }
        let identity = Identity {
            id: found.id,
            fingerprint: past.identity.fingerprint,
        };
        let place = Place {
            position: past.position,
            identity: Some(identity),
        };
        let mut live = Live::new(found.path, place);
        if self.strangers.remove(&found.id).is_none() {
            live.whereabouts = Whereabouts::Away(now);
        }
        self.advance((found.id, &mut live), batch);
        self.live.insert(found.id, live);
        self.push(found.id);
        Ok(Copy::Found)
    }

    /// Lets a file alone for a while that could not be read: the others go on.
    pub(super) fn fail(
        &mut self,
        (id, live): (FileId, &mut Live),
        error: &io::Error,
        now: SystemTime,
    ) -> Turn {
        live.close();
        let is_gone = error.kind() == io::ErrorKind::NotFound;
        match live.whereabouts {
            // The next look at its folder tells where it is.
            Whereabouts::Here if is_gone => {
                live.look = None;
                return Turn::Next;
            }
            Whereabouts::Away(_) | Whereabouts::Gone(_) if is_gone => {
                tracing::warn!(
                    file = %live.path.display(),
                    position = live.place.position,
                    "the file was deleted before it was read to its end"
                );
                return Turn::Finished;
            }
            Whereabouts::Here | Whereabouts::Away(_) | Whereabouts::Gone(_) => {}
        }
        let trouble = Trouble::after(live.trouble, now);
        self.count_failure();
        if live.trouble.is_none() {
            tracing::warn!(
                file = %live.path.display(),
                position = live.place.position,
                %error,
                "the file cannot be read: it is tried again, and the others go on"
            );
        }
        live.trouble = Some(trouble);
        self.wait_until(id, trouble.until);
        Turn::Next
    }

    pub(super) fn count_failure(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }
}

/// Whether a file was copied before it was cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Copy {
    Found,
    None,
}
