//! Looking at folders: which files are there, which have changed, and where the others went.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    fs,
    os::unix::fs::DirEntryExt,
    path::PathBuf,
    time::SystemTime,
};

use connect_api::SourceBatch;

use super::{
    super::identity::FileId,
    StartAt,
    live::{Live, Whereabouts},
    pattern::{Listing, Seen, all_folders},
    reader::FolderReader,
    series::series,
};

impl FolderReader {
    /// Looks at the folders, and at the files that are new.
    pub(super) fn visit(&mut self, batch: &mut SourceBatch, now: SystemTime) -> Vec<PathBuf> {
        let is_first = self.visits.last.is_none();
        let is_first_start = is_first && self.ledger.is_empty();
        let mut listing = self.files.pattern.walk();
        self.visits.last = Some((now, listing.files.len()));
        self.visits.due = None;
        self.visits.count = self.visits.count.saturating_add(1);
        self.report(&listing);
        let files = self.distinct(std::mem::take(&mut listing.files));
        let mut unknown = Vec::new();
        for seen in files.iter() {
            if self.is_followed(seen) {
                self.meet_again(seen, now);
            } else if !self.is_foreign(seen) {
                unknown.push(seen.clone());
            }
        }
        let found: HashSet<_> = files.iter().map(|seen| seen.id).collect();
        self.foreign.retain(|id, _| found.contains(id));
        self.strangers.retain(|id, _| found.contains(id));
        self.look_for_missing(&found, &listing, now);
        if is_first_start && self.files.start_at == StartAt::End {
            self.passed_over.clone_from(&found);
        }
        self.passed_over.retain(|id| found.contains(id));
        if is_first {
            self.look_for_renamed(&found, now);
        }
        if !unknown.is_empty() {
            self.meet(unknown, batch, now);
        }
        listing.folders
    }

    /// Keeps one name of each file: the one it is known by, or the first.
    fn distinct(&self, files: Vec<Seen>) -> Vec<Seen> {
        let mut places = HashMap::with_capacity(files.len());
        let mut distinct: Vec<Seen> = Vec::with_capacity(files.len());
        for seen in files {
            match places.entry(seen.id) {
                Entry::Vacant(entry) => {
                    entry.insert(distinct.len());
                    distinct.push(seen);
                }
                Entry::Occupied(entry) => {
                    let known = self.live.get(&seen.id);
                    if known.is_some_and(|live| live.path == seen.path) {
                        distinct[*entry.get()] = seen;
                    }
                }
            }
        }
        distinct
    }

    /// Returns whether `seen` is followed; a file whose inode passed to it is followed no more.
    fn is_followed(&mut self, seen: &Seen) -> bool {
        let Some(live) = self.live.get(&seen.id) else {
            return false;
        };
        let is_same = self.files.is_renamed((seen.id, live), &seen.path);
        if !is_same && let Some(live) = self.live.remove(&seen.id) {
            self.leave(seen.id, &live);
        }
        is_same
    }

    fn meet_again(&mut self, seen: &Seen, now: SystemTime) {
        let Some(live) = self.live.get_mut(&seen.id) else {
            return;
        };
        if live.path != seen.path {
            live.path.clone_from(&seen.path);
        }
        live.created = seen.created;
        live.whereabouts = Whereabouts::Here;
        match live.look {
            Some(look) if look == seen.look => {}
            Some(look) if live.is_read_archive() => {
                live.look = Some(seen.look);
                // Another name changes nothing in it; another member may still be written.
                if look.size != seen.look.size {
                    self.rest(seen.id, now + self.files.patience.rotation);
                }
            }
            _ => self.push(seen.id),
        }
    }

    /// Says once what cannot be looked at.
    fn report(&mut self, listing: &Listing) {
        for (path, error) in &listing.unreadable {
            self.count_failure();
            if !self.unreadable.contains(path) {
                let path = path.display();
                tracing::warn!(%path, %error, "it cannot be looked at: it is tried again, and the others go on");
            }
        }
        let unreadable = listing.unreadable.iter();
        self.unreadable = unreadable.map(|(path, _)| path.clone()).collect();
    }

    /// Finds out where files are that were followed, and are not among those that are meant.
    fn look_for_missing(&mut self, found: &HashSet<FileId>, listing: &Listing, now: SystemTime) {
        let is_missing =
            |(id, live): &(&FileId, &Live)| !found.contains(*id) && !listing.may_hide(&live.path);
        let missing = self.live.iter().filter(is_missing);
        let missing: HashMap<_, _> = missing.map(|(id, live)| (*id, live.path.clone())).collect();
        let mut renamed = find(&missing);
        renamed.retain(|id, path| {
            let live = self.live.get(id);
            live.is_some_and(|live| self.files.is_renamed((*id, live), path))
        });
        for id in missing.into_keys() {
            let Some(live) = self.live.get_mut(&id) else {
                continue;
            };
            live.whereabouts = match (renamed.remove(&id), live.whereabouts) {
                (Some(path), Whereabouts::Away(since)) => {
                    live.path = path;
                    Whereabouts::Away(since)
                }
                (Some(path), _) => {
                    live.path = path;
                    Whereabouts::Away(now)
                }
                (None, Whereabouts::Gone(since)) => Whereabouts::Gone(since),
                (None, _) => Whereabouts::Gone(now),
            };
            self.push(id);
        }
    }

    /// Finds files that were renamed while nothing was followed, to names that are not meant.
    fn look_for_renamed(&mut self, found: &HashSet<FileId>, now: SystemTime) {
        // A file that had several names is known best by the one under which it was read farthest.
        let mut lost: HashMap<FileId, (u64, PathBuf)> = HashMap::new();
        for (name, entry) in self.ledger.iter() {
            if let Some(identity) = entry.place.identity
                && !found.contains(&identity.id)
            {
                let known = lost.get(&identity.id).map(|(position, _)| *position);
                let position = entry.place.position;
                if known.is_none_or(|known| known < position) {
                    lost.insert(identity.id, (position, PathBuf::from(&**name)));
                }
            }
        }
        let own = lost.into_iter().filter(|(_, (_, name))| {
            let series = series(&name.to_string_lossy());
            self.files.share.has(&series)
        });
        let lost: HashMap<_, _> = own.map(|(id, (_, name))| (id, name)).collect();
        for (id, path) in find(&lost) {
            let name = lost[&id].to_string_lossy();
            if let Some(mut live) = self.recognise(id, &path, &name) {
                live.whereabouts = Whereabouts::Away(now);
                self.ledger.hold(&name, id);
                self.live.insert(id, live);
                self.push(id);
            }
        }
    }
}

/// Looks for files in the folders in which they were.
pub(super) fn find(missing: &HashMap<FileId, PathBuf>) -> HashMap<FileId, PathBuf> {
    let folders: HashSet<_> = missing
        .values()
        .flat_map(|path| all_folders(path))
        .collect();
    let inodes: HashSet<_> = missing.keys().map(|id| id.inode()).collect();
    let mut found = HashMap::new();
    for folder in folders {
        // Whatever cannot be looked at was reported by the walk.
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            if inodes.contains(&entry.ino())
                && let Ok(metadata) = entry.metadata()
                && metadata.is_file()
                && missing.contains_key(&FileId::of(&metadata))
            {
                found.insert(FileId::of(&metadata), entry.path());
            }
        }
    }
    found
}
