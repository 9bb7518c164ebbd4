//! Meeting a file: is it new, or known under another name, or a copy?

use std::{
    cell::OnceCell,
    fs::{self, File},
    io::{self, Read},
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use connect_api::SourceBatch;

use super::{
    super::{
        identity::{FileId, Fingerprint, Identity},
        java,
        place::Place,
    },
    StartAt, archive,
    content::{Head, open},
    decoder::{Decoder, Format},
    foreign::Foreign,
    ledger::Index,
    live::{Live, Trouble, Whereabouts},
    pattern::{Look, Seen},
    reader::FolderReader,
    series::series,
};

/// A file of which it is not clear yet what it is.
#[derive(Clone, Debug)]
pub(super) struct Stranger {
    pub(super) series: String,
    look: Look,
    /// Since when it has not changed.
    since: SystemTime,
    trouble: Option<Trouble>,
}

/// What a file turned out to be.
enum Met {
    /// One to be read.
    Own(Box<Live>),
    /// One to be read that has to be known at once.
    News(Box<Live>),
    /// One of another task.
    Foreign,
    /// It has to rest first.
    Stranger,
}

/// A copy of a file that is followed, or of one that was.
enum Original {
    /// It was followed, and is gone.
    Gone(Arc<str>, Place),
    /// It is followed, and still there.
    There(FileId),
}

impl FolderReader {
    /// Decides about files that were not there before, or not settled.
    pub(super) fn meet(&mut self, unknown: Vec<Seen>, batch: &mut SourceBatch, now: SystemTime) {
        let index = OnceCell::new();
        for seen in unknown {
            let start_at = match self.passed_over.contains(&seen.id) {
                true => StartAt::End,
                false => StartAt::Beginning,
            };
            let stranger = self.strangers.remove(&seen.id);
            let stranger = stranger.filter(|stranger| stranger.look == seen.look);
            let mut stranger = stranger.unwrap_or_else(|| Stranger {
                series: series(&seen.path.to_string_lossy()),
                look: seen.look,
                since: now,
                trouble: None,
            });
            let rested = now.duration_since(stranger.since).unwrap_or_default();
            let is_waiting = |trouble: Trouble| now < trouble.until;
            let met = match stranger.trouble {
                Some(trouble) if is_waiting(trouble) => Ok(Met::Stranger),
                _ => self.judge(&seen, &index, (start_at, rested, now)),
            };
            let mut live = match met {
                Ok(Met::Own(live)) => *live,
                Ok(Met::News(mut live)) => {
                    self.advance((seen.id, &mut live), batch);
                    *live
                }
                Ok(Met::Foreign) => {
                    self.passed_over.remove(&seen.id);
                    // If it cannot be read, it is met again.
                    if let Ok(foreign) = Foreign::of(&seen) {
                        self.foreign.insert(seen.id, foreign);
                    }
                    continue;
                }
                Ok(Met::Stranger) => {
                    self.keep_stranger(seen.id, stranger, now);
                    continue;
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => {
                    self.count_failure();
                    if stranger.trouble.is_none() {
                        let file = seen.path.display();
                        tracing::warn!(%file, %error, "the file cannot be read: it is tried again, and the others go on");
                    }
                    stranger.trouble = Some(Trouble::after(stranger.trouble, now));
                    self.keep_stranger(seen.id, stranger, now);
                    continue;
                }
            };
            self.passed_over.remove(&seen.id);
            live.created = seen.created;
            if let Some(key) = &live.key {
                self.ledger.hold(key, seen.id);
            }
            self.live.insert(seen.id, live);
            self.push(seen.id);
        }
    }

    fn keep_stranger(&mut self, id: FileId, stranger: Stranger, now: SystemTime) {
        let rested = stranger.since + self.files.patience.rotation;
        let due = stranger.trouble.map_or(rested, |trouble| trouble.until);
        // One that has rested, and is nothing yet, is something when it changes.
        if due > now {
            let former = self.visits.due;
            self.visits.due = Some(former.map_or(due, |former| former.min(due)));
        }
        self.strangers.insert(id, stranger);
    }

    fn judge(
        &mut self,
        seen: &Seen,
        index: &OnceCell<Index>,
        (start_at, rested, now): (StartAt, Duration, SystemTime),
    ) -> io::Result<Met> {
        let name = seen.path.to_string_lossy();
        let series = series(&name);
        let is_rested = rested >= self.files.patience.rotation;
        // If another file has the name now, the next look tells where this one is.
        let opened = open(seen.id, &seen.path)?;
        let file = opened.ok_or(io::ErrorKind::NotFound)?;
        let format = archive::format(self.files.compression, &seen.path, &file)?;
        let is_quiet = is_rested || is_older(seen, self.files.patience.rotation, now);
        if format == Format::Unknown || (format != Format::Plain && !is_quiet) {
            // It may still be written, and only a whole one can be read.
            return Ok(match self.files.share.has(&series) {
                true => Met::Stranger,
                false => Met::Foreign,
            });
        }
        let head = Head::read(file, format)?;
        let index = index.get_or_init(|| self.ledger.index());
        if let Some((key, place)) = self.known(index, (seen, &head), &series) {
            return Ok(match self.files.share.has(&super::series::series(&key)) {
                true => Met::Own(Box::new(Live::new(seen.path.clone(), place).known_as(key))),
                false => Met::Foreign,
            });
        }
        if !self.files.share.has(&series) {
            return Ok(Met::Foreign);
        }
        if let Some(place) = self.bare_place(&name, seen, head.format)? {
            let live = Live::new(seen.path.clone(), place).known_as((&*name).into());
            return Ok(Met::Own(Box::new(live)));
        }
        match self.original(index.of_series(&series), seen, &head) {
            Some(Original::Gone(key, place)) => {
                let live = Live::new(seen.path.clone(), place).known_as(key);
                return Ok(Met::Own(Box::new(live)));
            }
            // Either it is about to be cut off, or to be deleted, or there will be two.
            Some(Original::There(_)) if !is_rested => return Ok(Met::Stranger),
            Some(Original::There(id)) => {
                if let Some(length) = self.length_of_copy(seen, head.format, id)? {
                    return Ok(Met::News(Box::new(at(seen, length, &head))));
                }
            }
            None => {}
        }
        start(seen, &head, start_at)
    }

    /// Returns the farthest place that is stored of this file, under whatever name, and its key.
    fn known(
        &self,
        index: &Index,
        (seen, head): (&Seen, &Head),
        of: &str,
    ) -> Option<(Arc<str>, Place)> {
        let known = index.of_id(seen.id).iter().filter_map(|key| {
            let place = self.believe(key, (seen, head), of)?;
            Some((Arc::clone(key), place))
        });
        // An archive may have the inode of what it was made of, or of a file that was read less far.
        let farthest = match head.format {
            Format::Plain | Format::Unknown => 0,
            Format::Gzip | Format::Zstd => {
                let copied = self.copied(index.of_series(of), seen, head);
                copied.map_or(0, |(place, ..)| place.position)
            }
        };
        known
            .filter(|(_, place)| place.position >= farthest)
            .max_by_key(|(_, place)| place.position)
    }

    /// Returns the place that is stored under `key`, if it is about this file.
    fn believe(&self, key: &str, (seen, head): (&Seen, &Head), of: &str) -> Option<Place> {
        let entry = self.ledger.get(key)?;
        let identity = entry.place.identity?;
        let fingerprint = identity.fingerprint;
        let is_there = head.format != Format::Plain || entry.place.position <= seen.look.size;
        let is_believed = fingerprint.is_telling() || series(key) == of;
        let is_free = entry.holder.is_none() && identity.id == seen.id;
        (is_free && is_there && is_believed && fingerprint.is_of(&head.bytes))
            .then_some(entry.place)
    }

    /// Recognises a file under a name that is not meant.
    pub(super) fn recognise(&self, id: FileId, path: &Path, key: &str) -> Option<Live> {
        let metadata = fs::metadata(path).ok()?;
        let seen = Seen {
            path: path.to_owned(),
            id: FileId::of(&metadata),
            look: Look::of(&metadata),
            modified: metadata.modified().ok()?,
            created: metadata.created().ok(),
        };
        let file = open(id, path).ok()??;
        let format = archive::format(self.files.compression, path, &file).ok()?;
        let head = Head::read(file, format).ok()?;
        let place = self.believe(key, (&seen, &head), &series(&path.to_string_lossy()))?;
        let has_more = format != Format::Plain || place.position < seen.look.size;
        (seen.id == id && has_more).then(|| Live::new(seen.path, place).known_as(key.into()))
    }

    /// Returns the place that was stored without an identity, by Java or an operator.
    fn bare_place(&self, name: &str, seen: &Seen, format: Format) -> io::Result<Option<Place>> {
        let entry = self.ledger.get(name);
        let Some(entry) = entry.filter(|entry| entry.holder.is_none()) else {
            return Ok(None);
        };
        if entry.place.identity.is_some() {
            return Ok(None);
        }
        let stored = entry.place.position;
        let position = match format {
            Format::Plain => java::byte_position(&File::open(&seen.path)?, stored)?,
            // It counts what was compressed, and Java has read no archive.
            Format::Gzip | Format::Zstd | Format::Unknown => stored,
        };
        let place = Place {
            position,
            identity: None,
        };
        let is_there = format != Format::Plain || position <= seen.look.size;
        Ok(is_there.then_some(place))
    }

    /// Finds the farthest place of a file of the same series that `seen` is a copy of.
    fn copied<'a>(
        &self,
        keys: &'a [Arc<str>],
        seen: &Seen,
        head: &Head,
    ) -> Option<(Place, &'a Arc<str>, Option<FileId>)> {
        let is_copied = |fingerprint: Fingerprint| {
            // Short files often start alike, but one that was compressed is known by all of its bytes if they are some.
            let is_whole = head.format != Format::Plain
                && head.is_all()
                && fingerprint.is_telling()
                && fingerprint.length() == head.bytes.len();
            (fingerprint.is_full() || is_whole) && fingerprint.is_of(&head.bytes)
        };
        let mut best: Option<(Place, &Arc<str>, Option<FileId>)> = None;
        for key in keys {
            let Some(entry) = self.ledger.get(key) else {
                continue;
            };
            let holder = entry.holder.filter(|id| self.live.contains_key(id));
            let live = holder.and_then(|id| self.live.get(&id));
            let place = live.map_or(entry.place, |live| live.place);
            let is_long_enough = head.format != Format::Plain || place.position <= seen.look.size;
            let is_there =
                live.is_some_and(|live| !matches!(live.whereabouts, Whereabouts::Gone(_)));
            // Of several places of one content the farthest counts.
            if (is_long_enough || is_there)
                && place
                    .identity
                    .is_some_and(|of| of.id != seen.id && is_copied(of.fingerprint))
                && best.is_none_or(|(best, ..)| best.position < place.position)
            {
                best = Some((place, key, holder));
            }
        }
        best
    }

    /// Finds the file of the same series that `seen` is a copy of.
    fn original(&mut self, keys: &[Arc<str>], seen: &Seen, head: &Head) -> Option<Original> {
        let (place, key, holder) = self.copied(keys, seen, head)?;
        let live = holder.and_then(|id| Some((id, self.live.get(&id)?)));
        if let Some((id, live)) = live {
            if !matches!(live.whereabouts, Whereabouts::Gone(_)) {
                return Some(Original::There(id));
            }
            // What is left of it stands in the copy as well.
            self.live.remove(&id);
        }
        let fingerprint = place.identity?.fingerprint;
        if !fingerprint.is_full() {
            tracing::info!(
                file = %seen.path.display(),
                position = place.position,
                of = &**key,
                "the archive has what was read of another file, which is gone: it goes on there"
            );
        }
        let own = Identity {
            id: seen.id,
            fingerprint,
        };
        let place = Place {
            position: place.position,
            identity: Some(own),
        };
        Some(Original::Gone(Arc::clone(key), place))
    }

    /// Returns the length of `seen` if it has nothing but what the file `id` begins with.
    fn length_of_copy(&self, seen: &Seen, format: Format, id: FileId) -> io::Result<Option<u64>> {
        let Some(live) = self.live.get(&id) else {
            return Ok(None);
        };
        let original = open(id, &live.path)?.ok_or(io::ErrorKind::NotFound)?;
        let copy = open(seen.id, &seen.path)?.ok_or(io::ErrorKind::NotFound)?;
        match format {
            Format::Plain | Format::Unknown => length_if_prefix(copy, original),
            Format::Gzip | Format::Zstd => length_if_prefix(Decoder::new(copy, format), original),
        }
    }
}

/// Reads a new file.
fn start(seen: &Seen, head: &Head, start_at: StartAt) -> io::Result<Met> {
    if start_at == StartAt::Beginning {
        let place = Place {
            position: 0,
            identity: None,
        };
        return Ok(Met::Own(Box::new(Live::new(seen.path.clone(), place))));
    }
    let length = match head.format {
        Format::Plain | Format::Unknown => seen.look.size,
        Format::Gzip | Format::Zstd => {
            let mut decoder = Decoder::new(File::open(&seen.path)?, head.format);
            io::copy(&mut decoder, &mut io::sink())?
        }
    };
    Ok(Met::News(Box::new(at(seen, length, head))))
}

/// Reads on behind the first `length` bytes.
fn at(seen: &Seen, length: u64, head: &Head) -> Live {
    let identity = Identity {
        id: seen.id,
        fingerprint: Fingerprint::of(&head.bytes),
    };
    let place = Place {
        position: length,
        identity: Some(identity),
    };
    Live::new(seen.path.clone(), place)
}

fn is_older(seen: &Seen, wait: Duration, now: SystemTime) -> bool {
    now.duration_since(seen.modified)
        .is_ok_and(|age| age >= wait)
}

fn length_if_prefix(copy: impl Read, original: impl Read) -> io::Result<Option<u64>> {
    const PART: usize = 64 * 1024;
    let (mut copy, mut original) = (copy, original);
    let (mut one, mut other) = (Vec::with_capacity(PART), Vec::with_capacity(PART));
    let mut length = 0;
    loop {
        one.clear();
        (&mut copy).take(PART as u64).read_to_end(&mut one)?;
        if one.is_empty() {
            return Ok(Some(length));
        }
        other.clear();
        (&mut original)
            .take(one.len() as u64)
            .read_to_end(&mut other)?;
        if one != other {
            return Ok(None);
        }
        length += one.len() as u64;
    }
}
