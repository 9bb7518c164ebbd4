//! [`Reading`]: one open file, and how far it was read.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use connect_api::{SharedOffset, SourceOffset};
use rustix::{buffer::spare_capacity, io::retry_on_intr};

use super::{
    block::{BEGINNING, Block, Found, Line},
    framing::{Before, Framing},
    glimpse::Glimpse,
    identity::{FileId, Fingerprint, HEAD, Identity},
    place::{POSITION, Place, shared_offset},
    rotation::Past,
};

/// How much is read at once; a line that is longer is read in one piece once its end was found.
const BLOCK: u64 = 256 * 1024;

/// One open file, and how far it was read. It stays the same file whatever happens to its name.
#[derive(Debug)]
pub(crate) struct Reading {
    file: File,
    /// The name it was opened under.
    path: PathBuf,
    id: FileId,
    /// The first bytes, at most [`HEAD`]: they change only if the file is overwritten.
    head: Vec<u8>,
    /// What the offsets of all lines share.
    shared: Arc<SharedOffset>,
    framing: Arc<Framing>,
    block: Block,
    /// Where the next block starts, and what stands in front of it.
    position: u64,
    before: Before,
    /// Where no line end was found any more, and since when the file has not grown beyond it.
    searched: u64,
    since: SystemTime,
    /// When it was last written to, as of the last look.
    modified: Option<SystemTime>,
    /// What the file looked like before the last look at it.
    glimpse: Option<Glimpse>,
    /// The same, if that look found that only a change of the file can bring more lines.
    quiet: Option<Glimpse>,
    /// Whether no offset has named this file yet.
    is_news: bool,
}

/// What looking for more lines gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// There are lines to hand out.
    Lines,
    /// The line that begins here has no end so far, and the file goes on.
    InLine,
    /// Only a part of a line is left, or nothing.
    AtEnd,
    /// What was read is not there any more: the file was cut off or overwritten.
    Overwritten,
}

/// What the name of the file stands for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whereabouts {
    /// This file.
    Here,
    /// Another file, or none.
    Elsewhere,
}

impl Reading {
    /// Opens `path` behind its first `position` bytes.
    ///
    /// # Errors
    ///
    /// As the operating system reports it; `InvalidInput` if it is no regular file.
    pub(crate) fn open(
        path: &Path,
        position: u64,
        framing: &Arc<Framing>,
        now: SystemTime,
    ) -> io::Result<Self> {
        Self::of(
            (open_regular(path)?, path.to_owned()),
            position,
            framing,
            now,
        )
    }

    /// Reads the open `file`, called `path`, behind its first `position` bytes.
    ///
    /// # Errors
    ///
    /// As the operating system reports it.
    pub(crate) fn of(
        (file, path): (File, PathBuf),
        position: u64,
        framing: &Arc<Framing>,
        now: SystemTime,
    ) -> io::Result<Self> {
        let lookbehind = position.saturating_sub(framing.lookbehind() as u64);
        let before = framing.before(&read(&file, lookbehind..position)?);
        let mut reading = Self {
            id: FileId::of(&file.metadata()?),
            file,
            path,
            head: Vec::new(),
            shared: SharedOffset::new(POSITION, [] as [(&str, &str); 0]),
            framing: Arc::clone(framing),
            block: Block::default(),
            position,
            before,
            searched: position,
            since: now,
            modified: None,
            glimpse: None,
            quiet: None,
            is_news: position == 0,
        };
        reading.learn_head()?;
        Ok(reading)
    }

    /// Returns whether it begins with the bytes that were hashed.
    pub(crate) fn begins_like(&self, fingerprint: Fingerprint) -> bool {
        fingerprint.is_of(&self.head)
    }

    /// Returns where reading has searched, and since when the file has not grown beyond it.
    pub(crate) fn rested(&self) -> (u64, SystemTime) {
        (self.searched, self.since)
    }

    /// Goes on resting since a time before it was opened, if it has not grown.
    pub(crate) fn rest_since(&mut self, rested: (u64, SystemTime)) {
        if rested.0 == self.searched {
            self.since = self.since.min(rested.1);
        }
    }

    /// Returns which file it is.
    pub(crate) fn id(&self) -> FileId {
        self.id
    }

    /// Hands out the next line of what was read last.
    pub(crate) fn next_line(&mut self) -> Option<Line> {
        let line = self.block.next_line(&self.framing)?;
        self.is_news = false;
        Some(line)
    }

    /// Returns the offset at the start of the file, once, if no line has named the file yet.
    ///
    /// Stored early it makes the file known, also when it is rotated before its first line is committed.
    pub(crate) fn take_news(&mut self) -> Option<SourceOffset> {
        std::mem::take(&mut self.is_news).then(|| self.shared.at(0))
    }

    /// Returns the offset after the line that was handed out last.
    pub(crate) fn offset(&self) -> SourceOffset {
        let position = i64::try_from(self.block.position());
        self.shared
            .at(position.expect("files are shorter than 8 EiB"))
    }

    /// Returns the position after the line that was handed out last.
    pub(crate) fn handed_out(&self) -> u64 {
        self.block.position()
    }

    /// Asks the system about the file.
    pub(crate) fn metadata(&self) -> io::Result<fs::Metadata> {
        self.file.metadata()
    }

    /// Returns how many bytes of lines are left to hand out.
    pub(crate) fn left(&self) -> usize {
        self.block.left()
    }

    /// Reads on, once all lines are handed out; a line of more than `longest` bytes only in part.
    pub(crate) fn read_on(&mut self, longest: usize, now: SystemTime) -> io::Result<Progress> {
        // A quiet file keeps no block in memory.
        self.block = Block::default();
        // A clock may be set back.
        self.since = self.since.min(now);
        self.quiet = None;
        let glimpse = Glimpse::of(&self.file);
        self.glimpse = glimpse.filter(|glimpse| glimpse.is_telling(now));
        let found = self.file.metadata()?;
        let (size, modified) = (found.len(), found.modified().ok());
        let is_written = std::mem::replace(&mut self.modified, modified) != modified;
        if size < self.position || (is_written && !self.has_its_head()?) {
            return Ok(Progress::Overwritten);
        }
        if size == self.searched {
            return Ok(Progress::AtEnd);
        }
        let (from, most) = self.window(size, longest);
        let read = read(&self.file, from..size.min(from + most))?;
        let reached = from + read.len() as u64;
        let found = if from == self.position {
            self.warn_of_continued_line(&read);
            Block::whole_lines(&self.framing, read, from, self.before)
        } else {
            self.finish_line(read, from, longest)?
        };
        if !self.has_its_head()? {
            return Ok(Progress::Overwritten);
        }
        self.learn_head()?;
        Ok(match self.take(found, reached, now) {
            Progress::AtEnd if reached < size => Progress::InLine,
            progress => progress,
        })
    }

    /// Returns where to read on in a file of `size` bytes, and how much.
    fn window(&self, size: u64, longest: usize) -> (u64, u64) {
        let longest = longest as u64;
        match &*self.framing {
            // Where a record of several lines ends, only all of it tells.
            Framing::Multiline(_) if self.rest() <= longest => {
                let most = (2 * self.rest()).min(longest + BLOCK);
                (self.position, most.max(BLOCK))
            }
            _ if size < self.searched => (self.position, BLOCK),
            // What was searched in vain is not searched again; the beginning of a line end may stand there.
            framing => {
                let again = framing.lookbehind() as u64 - 1;
                let from = self.searched.saturating_sub(again);
                (from.max(self.position), BLOCK)
            }
        }
    }

    /// Looks for the end of the line in `more`, which starts at `from`, and puts the line together.
    fn finish_line(&self, more: Vec<u8>, from: u64, longest: usize) -> io::Result<Found> {
        let Some(end) = self.framing.first_end(&more) else {
            let before = self.before;
            return Ok(Found::Nothing { skipped: 0, before });
        };
        let length = from - self.position + end as u64;
        if length > longest as u64 {
            let long = self.long_line(length)?;
            return Ok(Found::Lines(Block::behind(&self.framing, long, more, from)));
        }
        let mut line = read(&self.file, self.position..from)?;
        if line.len() as u64 != from - self.position {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        line.extend(more);
        Ok(Block::whole_lines(
            &self.framing,
            line,
            self.position,
            self.before,
        ))
    }

    fn long_line(&self, length: u64) -> io::Result<Line> {
        let end = self.position + length.min(BEGINNING as u64);
        Ok(Line::too_long(
            &read(&self.file, self.position..end)?,
            length,
        ))
    }

    /// Notes that only a change of the file can bring more lines, as the last look at it has found.
    pub(crate) fn settle(&mut self) {
        self.quiet = self.glimpse;
    }

    /// Returns whether nothing can have changed since the last look, without waiting for a disk.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet.is_some() && Glimpse::of(&self.file) == self.quiet
    }

    fn warn_of_continued_line(&self, read: &[u8]) {
        let goes_on = || !read.is_empty() && self.framing.rest_of_end(self.before, read) == 0;
        if self.before == Before::Text && goes_on() {
            tracing::warn!(
                file = %self.path.display(),
                position = self.position,
                "a line goes on after its beginning became a record"
            );
        }
    }

    /// Takes the rest of the file as a line, although its end is missing.
    pub(crate) fn read_final_line(
        &mut self,
        longest: usize,
        now: SystemTime,
    ) -> io::Result<Progress> {
        let length = self.rest();
        let found = if length > longest as u64 {
            let (long, last) = (self.long_line(length)?, self.searched - 1);
            let read = read(&self.file, last..self.searched)?;
            Found::Lines(Block::behind(&self.framing, long, read, last))
        } else {
            let read = read(&self.file, self.position..self.searched)?;
            Block::to_the_end(&self.framing, read, self.position, self.before)
        };
        if !self.has_its_head()? {
            return Ok(Progress::Overwritten);
        }
        let since = self.since;
        let progress = self.take(found, self.searched, now);
        self.since = since;
        Ok(progress)
    }

    fn take(&mut self, found: Found, reached: u64, now: SystemTime) -> Progress {
        self.since = now;
        match found {
            Found::Lines(block) => {
                self.position = block.end();
                self.before = block.before_end();
                self.block = block;
                self.searched = self.position;
                Progress::Lines
            }
            Found::Nothing { skipped, before } => {
                self.position += skipped as u64;
                self.before = before;
                self.searched = reached;
                Progress::AtEnd
            }
        }
    }

    /// Returns how many bytes of a line were found whose end is missing.
    pub(crate) fn rest(&self) -> u64 {
        self.searched - self.position
    }

    /// Returns whether a line stands at the end of the file without its end.
    pub(crate) fn has_rest(&self) -> bool {
        self.rest() > 0
    }

    /// Returns whether what is left are whole lines of a record that may go on.
    pub(crate) fn rest_is_whole_lines(&self) -> io::Result<bool> {
        match &*self.framing {
            Framing::Multiline(_) if self.has_rest() => {
                let last = read(&self.file, self.searched - 1..self.searched)?;
                Ok(self.framing.before(&last) != Before::Text)
            }
            _ => Ok(false),
        }
    }

    /// Returns for how long the file has not grown.
    pub(crate) fn quiet_for(&self, now: SystemTime) -> Duration {
        now.duration_since(self.since).unwrap_or_default()
    }

    /// Looks up what `path` stands for now.
    pub(crate) fn whereabouts(&self, path: &Path) -> io::Result<Whereabouts> {
        match fs::metadata(path) {
            Ok(found) if FileId::of(&found) == self.id => Ok(Whereabouts::Here),
            Ok(_) => Ok(Whereabouts::Elsewhere),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Whereabouts::Elsewhere),
            Err(error) => Err(error),
        }
    }

    /// Returns where reading goes on once all lines are handed out.
    pub(crate) fn place(&self) -> Place {
        Place {
            position: self.position,
            identity: Some(self.identity()),
        }
    }

    /// Describes the file for when it is looked for, or when another one follows it.
    pub(crate) fn past(&self) -> Past {
        Past {
            identity: self.identity(),
            position: self.position,
            modified: self.file.metadata().and_then(|found| found.modified()).ok(),
        }
    }

    fn identity(&self) -> Identity {
        Identity {
            id: self.id,
            fingerprint: Fingerprint::of(&self.head),
        }
    }

    fn has_its_head(&self) -> io::Result<bool> {
        let mut head = [0; HEAD];
        let head = &mut head[..self.head.len()];
        match self.file.read_exact_at(head, 0) {
            Ok(()) => Ok(head == self.head),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Learns more of the head while the file is shorter than that.
    fn learn_head(&mut self) -> io::Result<()> {
        let known = self.head.len() as u64;
        if known == HEAD as u64 {
            return Ok(());
        }
        let more = read(&self.file, known..HEAD as u64)?;
        if more.is_empty() && known > 0 {
            return Ok(());
        }
        self.head.extend(more);
        self.shared = shared_offset(&self.identity());
        Ok(())
    }
}

/// Opens `path` for reading.
///
/// # Errors
///
/// As the operating system reports it; `InvalidInput` if it is no regular file.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    // Looked at before it is opened: opening a pipe waits for its writer.
    if fs::metadata(path)?.is_file() {
        File::open(path)
    } else {
        let found = "expected a regular file, found a folder, pipe, socket or device";
        Err(io::Error::new(io::ErrorKind::InvalidInput, found))
    }
}

/// Reads `range`, or as much of it as there is, without clearing the buffer first.
fn read(file: &File, range: std::ops::Range<u64>) -> io::Result<Vec<u8>> {
    let length = usize::try_from(range.end - range.start).map_err(io::Error::other)?;
    let mut bytes = Vec::with_capacity(length);
    while bytes.len() < length {
        let at = range.start + bytes.len() as u64;
        let read = retry_on_intr(|| rustix::io::pread(file, spare_capacity(&mut bytes), at))?;
        if read == 0 {
            break;
        }
    }
    Ok(bytes)
}
