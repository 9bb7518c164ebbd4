//! [`Archive`]: one compressed file, and how far it was read.

use std::{fs::File, io, os::unix::fs::FileExt, path::Path, sync::Arc};

use connect_api::{SharedOffset, SourceOffset};

use super::{
    super::{
        block::{BEGINNING, Block, Found, Line},
        framing::{Before, Framing},
        identity::{FileId, Fingerprint, HEAD, Identity},
        place::{Place, shared_offset},
        reading::Progress,
    },
    decoder::{Decoder, Decompression, Format},
};

/// How much is decompressed at once.
const BLOCK: usize = 256 * 1024;
/// How much is decompressed in one call at most, to find the place where reading goes on.
const SKIP: u64 = 4 * 1024 * 1024;

/// One compressed file, and how far it was read: positions count the bytes that were compressed.
#[derive(Debug)]
pub(crate) struct Archive {
    identity: Identity,
    /// The first bytes.
    head: Vec<u8>,
    shared: Arc<SharedOffset>,
    framing: Arc<Framing>,
    decoder: Decoder,
    block: Block,
    /// Where the next block starts, and what stands in front of it.
    position: u64,
    before: Before,
    /// What was decompressed behind that.
    carry: Vec<u8>,
    /// How much of that was searched for the end of a line, so that a long one is not searched again and again.
    searched: usize,
    /// Where the decoder is.
    decoded: u64,
    /// The beginning of a line that is too long, and whose end was not found yet.
    long: Option<Vec<u8>>,
    /// Why nothing more can be decompressed.
    failed: Option<io::Error>,
    /// What stands directly in front of the position, as far as it was decompressed.
    lookbehind: Vec<u8>,
}

/// Says how the open `file` called `path` is compressed.
pub(crate) fn format(compression: Decompression, path: &Path, file: &File) -> io::Result<Format> {
    if matches!(compression, Decompression::None) {
        return Ok(Format::Plain);
    }
    let mut head = [0; 4];
    let read = file.read_at(&mut head, 0)?;
    Ok(compression.of(path, &head[..read]))
}

impl Archive {
    /// Reads `file` behind the first `position` bytes that were compressed.
    ///
    /// # Errors
    ///
    /// As the operating system reports it; `UnexpectedEof` and `InvalidData` as a [`Decoder`] does.
    pub(crate) fn open(
        file: File,
        format: Format,
        position: u64,
        framing: &Arc<Framing>,
    ) -> io::Result<Self> {
        let id = FileId::of(&file.metadata()?);
        let mut head = Vec::with_capacity(HEAD);
        let mut decoder = Decoder::new(file, format);
        decoder.fill(&mut head, HEAD)?;
        let identity = Identity {
            id,
            fingerprint: Fingerprint::of(&head),
        };
        let mut archive = Self {
            identity,
            head: head.clone(),
            shared: shared_offset(&identity),
            framing: Arc::clone(framing),
            decoder,
            block: Block::default(),
            position,
            before: Before::End,
            decoded: head.len() as u64,
            carry: Vec::new(),
            searched: 0,
            long: None,
            failed: None,
            lookbehind: Vec::new(),
        };
        archive.pass(head, 0);
        Ok(archive)
    }

    /// Hands out the next line of what was decompressed last.
    pub(crate) fn next_line(&mut self) -> Option<Line> {
        self.block.next_line(&self.framing)
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

    /// Returns whether it begins with the bytes that were hashed.
    pub(crate) fn begins_like(&self, fingerprint: Fingerprint) -> bool {
        fingerprint.is_of(&self.head)
    }

    pub(crate) fn left(&self) -> usize {
        self.block.left()
    }

    pub(crate) fn place(&self) -> Place {
        Place {
            position: self.position,
            identity: Some(self.identity),
        }
    }

    /// Decompresses more, once all lines are handed out; a line of more than `longest` bytes only in part.
    pub(crate) fn read_on(&mut self, longest: usize) -> io::Result<Progress> {
        self.block = Block::default();
        let until = self.position.min(self.decoded.saturating_add(SKIP));
        while self.decoded < until {
            let mut passed = Vec::new();
            let most = usize::try_from(until - self.decoded).map_or(BLOCK, |most| most.min(BLOCK));
            let start = self.decoded;
            if self.decoder.fill(&mut passed, most)? == 0 {
                return Ok(Progress::Overwritten);
            }
            self.decoded += passed.len() as u64;
            self.pass(passed, start);
        }
        if self.decoded < self.position {
            return Ok(Progress::InLine);
        }
        let read = self.decompress()?;
        let found = match (&self.long, read) {
            (None, 0) if self.carry.is_empty() => return Ok(Progress::AtEnd),
            (None, 0) => {
                let carry = std::mem::take(&mut self.carry);
                Block::to_the_end(&self.framing, carry, self.position, self.before)
            }
            (None, _) if !self.has_end() => Found::Nothing {
                skipped: 0,
                before: self.before,
            },
            (None, _) => {
                // What is left over of it is decompressed already.
                let carry = self.carry.clone();
                Block::whole_lines(&self.framing, carry, self.position, self.before)
            }
            (Some(_), 0) => self.finish_long(self.carry.len()),
            (Some(_), _) => match self.framing.first_end(&self.carry) {
                Some(end) => self.finish_long(end),
                None => {
                    self.forget(self.carry.len() + 1 - self.framing.lookbehind());
                    return Ok(Progress::InLine);
                }
            },
        };
        Ok(self.take(found, longest))
    }

    /// Returns whether there may be a whole line in what was decompressed and not searched yet.
    fn has_end(&self) -> bool {
        let start = (self.searched + 1).saturating_sub(self.framing.lookbehind());
        self.framing.first_end(&self.carry[start..]).is_some()
    }

    /// Decompresses one block; what stands in front of damage comes before the error.
    fn decompress(&mut self) -> io::Result<usize> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let before = self.carry.len();
        let result = self.decoder.fill(&mut self.carry, BLOCK);
        let read = self.carry.len() - before;
        self.decoded += read as u64;
        match result {
            Err(error) if read > 0 => self.failed = Some(error),
            result => drop(result?),
        }
        Ok(read)
    }

    /// Puts a line together that is too long and whose text ends at `end` of what was decompressed.
    fn finish_long(&mut self, end: usize) -> Found {
        let beginning = self.long.take().unwrap_or_default();
        let length = self.carry_at() - self.position + end as u64;
        let long = Line::too_long(&beginning, length);
        let carry = self.carry.clone();
        Found::Lines(Block::behind(&self.framing, long, carry, self.carry_at()))
    }

    fn take(&mut self, found: Found, longest: usize) -> Progress {
        let carry_at = self.carry_at();
        let progress = match found {
            Found::Lines(block) => {
                self.position = block.end();
                self.before = block.before_end();
                self.block = block;
                Progress::Lines
            }
            Found::Nothing { skipped, before } => {
                self.position += skipped as u64;
                self.before = before;
                Progress::InLine
            }
        };
        let used = self.position.saturating_sub(carry_at);
        self.forget(
            usize::try_from(used).map_or(self.carry.len(), |used| used.min(self.carry.len())),
        );
        self.searched = self.carry.len();
        if progress == Progress::InLine && self.carry.len() > longest {
            self.long = Some(self.carry[..self.carry.len().min(BEGINNING)].to_vec());
        }
        progress
    }

    /// Returns where the first byte stands that was decompressed and is still needed.
    fn carry_at(&self) -> u64 {
        self.decoded - self.carry.len() as u64
    }

    fn forget(&mut self, count: usize) {
        self.carry.drain(..count);
    }

    /// Keeps what is needed of bytes in front of the position, and what stands behind it.
    fn pass(&mut self, passed: Vec<u8>, start: u64) {
        let behind = self.position.saturating_sub(start);
        let split = usize::try_from(behind).map_or(passed.len(), |split| split.min(passed.len()));
        self.lookbehind.extend_from_slice(&passed[..split]);
        let most = self.framing.lookbehind();
        self.lookbehind
            .drain(..self.lookbehind.len().saturating_sub(most));
        self.before = self.framing.before(&self.lookbehind);
        self.carry.extend_from_slice(&passed[split..]);
    }
}
