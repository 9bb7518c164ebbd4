//! [`FolderReader`]: reads the lines of many files in turns.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    io,
    path::PathBuf,
    sync::{Arc, atomic::AtomicU64},
    time::{Duration, SystemTime},
};

use connect_api::{SourceBatch, TaskContext};

use super::{
    super::{identity::FileId, lines::Room, reading::Progress, rotation::Past},
    Files,
    claim::Copy,
    content::{Content, Opened},
    foreign::Foreign,
    ledger::Ledger,
    live::{Live, Queue, Whereabouts},
    meeting::Stranger,
    series::series,
    watch::{Coverage, Watcher},
};

/// How many blocks of one file are read before others have a turn.
const BLOCKS: usize = 8;
/// How often folders are looked at although files keep coming with lines.
const BUSY: Duration = Duration::from_secs(1);
/// How often they are looked at although the system has told of nothing.
const RARELY: Duration = Duration::from_secs(10);
/// How many files a look at folders may find per millisecond between two of them.
const FILES_PER_MILLI: usize = 50;

/// Reads the lines of many files in turns.
#[derive(Debug)]
pub(crate) struct FolderReader {
    pub(super) files: Files,
    pub(super) ledger: Ledger,
    /// The files that are followed.
    pub(super) live: HashMap<FileId, Live>,
    /// Files of other tasks.
    pub(super) foreign: HashMap<FileId, Foreign>,
    /// Files of the very first look that are read from their end, and are not settled.
    pub(super) passed_over: HashSet<FileId>,
    /// Files of which it is not clear yet what they are.
    pub(super) strangers: HashMap<FileId, Stranger>,
    /// What could not be looked at the last time.
    pub(super) unreadable: HashSet<PathBuf>,
    pub(super) visits: Visits,
    /// Files that may have lines.
    pub(super) ready: VecDeque<FileId>,
    /// Open files, the one first that was not read for longest.
    open: VecDeque<FileId>,
    /// Files that are to be looked at again at some time.
    waits: HashMap<FileId, SystemTime>,
    watcher: Option<Watcher>,
    coverage: Coverage,
    /// What the system has told of since the last look at folders.
    news: News,
    /// How often something could not be read.
    pub(super) failures: Arc<AtomicU64>,
}

/// When folders were looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Visits {
    /// The last time, and how many files there were.
    pub(super) last: Option<(SystemTime, usize)>,
    /// How often, so far.
    pub(super) count: u32,
    /// The time when a look is worth it although nothing has changed.
    pub(super) due: Option<SystemTime>,
}

/// The time of a poll.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    pub(crate) now: SystemTime,
    /// The same, as records carry it.
    pub(crate) timestamp: i64,
}

/// Whether folders have to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// They may have changed.
    Possible,
    /// The system would have told.
    None,
}

/// What one call read.
#[derive(Debug)]
pub(crate) enum Read {
    Lines(SourceBatch),
    /// Nothing, and nothing happens before this time has passed.
    Nothing(Option<Duration>),
}

/// How the turn of a file ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// The batch is full.
    Full,
    /// It is another file's turn.
    Next,
    /// The same, and this one goes on later.
    Later,
    /// The file is finished, and is followed no more.
    Finished,
}

impl FolderReader {
    pub(crate) fn new(
        files: Files,
        ledger: Ledger,
        watcher: Option<Watcher>,
        cx: &TaskContext,
    ) -> Self {
        Self {
            watcher,
            coverage: Coverage::Partial,
            news: News::Possible,
            files,
            ledger,
            live: HashMap::new(),
            foreign: HashMap::new(),
            passed_over: HashSet::new(),
            strangers: HashMap::new(),
            unreadable: HashSet::new(),
            visits: Visits::default(),
            ready: VecDeque::new(),
            open: VecDeque::new(),
            waits: HashMap::new(),
            failures: cx.counter("connect-file.failed-reads"),
        }
    }

    /// Reads until a batch is full, or nothing more is there.
    pub(crate) fn read(&mut self, clock: Clock, news: News) -> Read {
        let mut batch = SourceBatch::new();
        let mut room = Room::new(self.files.most);
        if news == News::Possible {
            self.news = news;
        }
        self.wake(clock.now);
        if self.ready.is_empty() {
            let is_read = |id: &FileId| self.live.get(id).is_some_and(Live::is_read_archive);
            let open = self.open.iter().copied().filter(|id| !is_read(id));
            let open: Vec<_> = open.collect();
            open.into_iter().for_each(|id| self.push(id));
        }
        let mut looks = 1;
        if self.is_overdue(clock.now) {
            self.look(&mut batch, clock.now);
            looks = 0;
        }
        loop {
            while let Some(id) = self.ready.pop_front() {
                match self.turn(id, (&mut batch, &mut room), clock) {
                    Turn::Full => return Read::Lines(batch),
                    // It may take long until a line ends, or the place is found where an archive goes on.
                    Turn::Later if batch.is_empty() => return Read::Nothing(Some(Duration::ZERO)),
                    Turn::Later => return Read::Lines(batch),
                    Turn::Next | Turn::Finished => {}
                }
            }
            if !batch.is_empty() {
                return Read::Lines(batch);
            }
            if looks == 0 || !self.may_visit(clock.now) {
                return Read::Nothing(self.pause(clock.now));
            }
            self.look(&mut batch, clock.now);
            looks -= 1;
        }
    }

    /// Returns whether the system tells of everything that happens.
    pub(crate) fn coverage(&self) -> Coverage {
        self.coverage
    }

    fn look(&mut self, batch: &mut SourceBatch, now: SystemTime) {
        self.news = News::None;
        let folders = self.visit(batch, now);
        if let Some(watcher) = &mut self.watcher {
            self.coverage = watcher.watch(folders);
        }
    }

    /// Lets files have a turn whose time has come.
    fn wake(&mut self, now: SystemTime) {
        let due = self.waits.extract_if(|_, time| *time <= now);
        let due: Vec<_> = due.map(|(id, _)| id).collect();
        due.into_iter().for_each(|id| self.push(id));
    }

    fn is_overdue(&self, now: SystemTime) -> bool {
        self.visits.last.is_none_or(|(last, _)| {
            // A clock may be set back.
            now.duration_since(last).is_ok_and(|age| age >= BUSY) && self.may_visit(now)
        })
    }

    /// Looking at many files costs much, so it is done the less often the more there are.
    fn may_visit(&self, now: SystemTime) -> bool {
        self.visits.last.is_none_or(|(last, files)| {
            let age = now.duration_since(last).unwrap_or(Duration::MAX);
            let is_due = self.visits.due.is_some_and(|due| now >= due);
            let is_told = self.news == News::None && self.coverage == Coverage::Whole;
            let least = match is_told && !is_due {
                true => RARELY,
                false => spacing(files),
            };
            age >= least
        })
    }

    fn pause(&self, now: SystemTime) -> Option<Duration> {
        let due = self.visits.due.map(|due| match self.visits.last {
            Some((last, files)) => due.max(last + spacing(files)),
            None => due,
        });
        let times = self.waits.values().copied().chain(due);
        times
            .min()
            .map(|time| time.duration_since(now).unwrap_or_default())
    }

    /// Lets a file have a turn.
    pub(super) fn push(&mut self, id: FileId) {
        if let Some(live) = self.live.get_mut(&id)
            && live.queue == Queue::Out
        {
            live.queue = Queue::In;
            self.ready.push_back(id);
        }
    }

    fn turn(
        &mut self,
        id: FileId,
        (batch, room): (&mut SourceBatch, &mut Room),
        clock: Clock,
    ) -> Turn {
        let Some(mut live) = self.live.remove(&id) else {
            return Turn::Next;
        };
        live.queue = Queue::Out;
        self.open.retain(|open| *open != id);
        if let Some(trouble) = live.trouble
            && clock.now < trouble.until
        {
            self.waits.insert(id, trouble.until);
            self.live.insert(id, live);
            return Turn::Next;
        }
        let before = live.place.position;
        let turn = match self.read_file((id, &mut live), (batch, room), clock) {
            Ok(turn) => {
                // Looking for the place where a damaged archive goes on is no success.
                if turn != Turn::Later || before < live.place.position {
                    live.trouble = None;
                }
                turn
            }
            Err(error) => self.fail((id, &mut live), &error, clock.now),
        };
        if turn == Turn::Finished {
            self.leave(id, &live);
            return Turn::Next;
        }
        if live.content.is_some() {
            self.open.push_back(id);
        }
        self.live.insert(id, live);
        if self.open.len() > self.files.most_open.get()
            && let Some(oldest) = self.open.pop_front()
            && let Some(live) = self.live.get_mut(&oldest)
        {
            live.close();
        }
        turn
    }

    fn read_file(
        &mut self,
        (id, live): (FileId, &mut Live),
        (batch, room): (&mut SourceBatch, &mut Room),
        clock: Clock,
    ) -> io::Result<Turn> {
        let mut content = match live.content.take() {
            Some(content) => content,
            None => match self.files.open((id, &live.path), &live.place, clock.now)? {
                Opened::Content(content) => content,
                // No look has found it: it is as if the name were nobody's.
                Opened::Moved if matches!(live.whereabouts, Whereabouts::Gone(_)) => {
                    return Err(io::ErrorKind::NotFound.into());
                }
                // The next look at the folder tells where it is.
                Opened::Moved => {
                    live.look = None;
                    return Ok(Turn::Next);
                }
                Opened::Overwritten => return Ok(self.start_over((id, live), batch, clock.now)),
            },
        };
        let longest = self.files.lines.longest();
        for _ in 0..BLOCKS {
            let end = self.hand_out((id, live), &mut content, (batch, room), clock);
            if end == Turn::Full {
                live.content = Some(content);
                self.requeue(id, live);
                return Ok(Turn::Full);
            }
            match content.read_on(longest, clock.now)? {
                Progress::Lines | Progress::InLine => {}
                Progress::Overwritten => return Ok(self.start_over((id, live), batch, clock.now)),
                Progress::AtEnd => {
                    live.place = content.place();
                    let turn = self.at_end((id, live), &mut content, clock.now)?;
                    // A last line is handed out at once: the file may be closed before its next turn.
                    if let Some(turn) = turn {
                        live.content = Some(content);
                        return Ok(turn);
                    }
                }
            }
        }
        live.content = Some(content);
        self.requeue(id, live);
        Ok(Turn::Later)
    }

    fn hand_out(
        &mut self,
        (id, live): (FileId, &mut Live),
        content: &mut Content,
        (batch, room): (&mut SourceBatch, &mut Room),
        clock: Clock,
    ) -> Turn {
        let before = live.place.position;
        if content.left() > 0 && room.is_left() {
            self.claim((id, live), batch);
            live.place.identity = content.identity();
        }
        while room.is_left()
            && let Some(line) = content.next_line()
        {
            room.take(&line);
            if batch.is_empty() {
                *batch = SourceBatch::with_capacity(room.records(content.left()));
            }
            if let Some(partition) = &live.partition {
                let after = (partition, content.offset());
                self.files.lines.push(batch, line, after, clock.timestamp);
            }
            live.place.position = content.handed_out();
        }
        debug_assert!(before <= live.place.position);
        match room.is_left() {
            true => Turn::Next,
            false => Turn::Full,
        }
    }

    /// Puts a file with more lines behind those that wait; one that lost its name comes before what follows it.
    fn requeue(&mut self, id: FileId, live: &mut Live) {
        live.queue = Queue::In;
        match live.whereabouts {
            Whereabouts::Here => self.ready.push_back(id),
            Whereabouts::Away(_) | Whereabouts::Gone(_) => self.ready.push_front(id),
        }
    }

    /// Decides about a file that was read to its end; `None` if a last line was read, which is there to be handed out.
    fn at_end(
        &mut self,
        (id, live): (FileId, &mut Live),
        content: &mut Content,
        now: SystemTime,
    ) -> io::Result<Option<Turn>> {
        live.look = content.look_at_end()?;
        let patience = self.files.patience;
        let lost = match live.whereabouts {
            Whereabouts::Here => None,
            Whereabouts::Away(since) | Whereabouts::Gone(since) => Some(since),
        };
        let Content::Plain(reading) = content else {
            return Ok(Some(match lost {
                Some(_) => Turn::Finished,
                None => Turn::Next,
            }));
        };
        if let Some(rested) = live.rested.take() {
            reading.rest_since(rested);
        }
        let whole_lines = reading.rest_is_whole_lines()?;
        let (quiet, patience) = match lost {
            // What came before it lost its name is no reason to wait.
            Some(since) => {
                let lost_for = now.duration_since(since).unwrap_or_default();
                (
                    reading.quiet_for(now).min(lost_for),
                    Some(patience.rotation),
                )
            }
            None if whole_lines => (reading.quiet_for(now), patience.record),
            None if reading.has_rest() => (reading.quiet_for(now), patience.final_line),
            None => return Ok(Some(Turn::Next)),
        };
        match patience {
            Some(patience) if quiet >= patience && reading.has_rest() => {
                reading.read_final_line(self.files.lines.longest(), now)?;
                Ok(None)
            }
            Some(patience) if quiet >= patience => Ok(Some(Turn::Finished)),
            Some(patience) => {
                self.waits.insert(id, now + (patience - quiet));
                Ok(Some(Turn::Next))
            }
            None => Ok(Some(Turn::Next)),
        }
    }

    /// Reads a file from its start that lost what was read of it; if it was copied before, the rest is in the copy.
    fn start_over(
        &mut self,
        (id, live): (FileId, &mut Live),
        batch: &mut SourceBatch,
        now: SystemTime,
    ) -> Turn {
        let place = live.place;
        // The inode may have passed to another file, and what was read may be found again as an archive.
        if let Some(key) = live.key.take() {
            self.ledger.leave(&key, id, place);
        }
        live.start_over();
        let is_own_name = live.whereabouts == Whereabouts::Here
            && self.files.share.has(&series(&live.path.to_string_lossy()));
        let turn = match is_own_name {
            true => {
                live.queue = Queue::In;
                self.ready.push_back(id);
                Turn::Next
            }
            // If it is another file that is meant, the next look tells whose.
            false => Turn::Finished,
        };
        if let Some(identity) = place.identity {
            let past = Past {
                identity,
                position: place.position,
                modified: None,
            };
            match self.read_copy((&live.path, past), batch, now) {
                Ok(Copy::Found) => return turn,
                Ok(Copy::None) => {}
                Err(error) => {
                    let file = live.path.display();
                    tracing::warn!(%file, %error, "a copy of the file is not looked for");
                }
            }
        }
        if place.position > 0 && is_own_name {
            tracing::warn!(
                file = %live.path.display(),
                position = place.position,
                "the file was cut off or overwritten: reading starts at 0"
            );
        }
        turn
    }

    /// Lets an archive that has grown rest, and then opens it again: its decoder has come to an end.
    pub(super) fn rest(&mut self, id: FileId, time: SystemTime) {
        self.open.retain(|open| *open != id);
        if let Some(live) = self.live.get_mut(&id) {
            live.close();
        }
        self.wait_until(id, time);
    }

    pub(super) fn wait_until(&mut self, id: FileId, time: SystemTime) {
        self.waits.insert(id, time);
    }
}

/// Returns how long to wait between two looks that find so many files.
fn spacing(files: usize) -> Duration {
    Duration::from_millis(u64::try_from(files / FILES_PER_MILLI).unwrap_or(u64::MAX))
}
