//! [`Stdin`]: the standard input, line by line.

use std::{
    collections::{BTreeMap, VecDeque},
    future::pending,
    io,
    num::NonZeroUsize,
    os::fd::{AsFd, OwnedFd},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use async_trait::async_trait;
use connect_api::{
    Classify, Error, Result, SourceBatch, SourceOffset, SourcePartition, SourceTask, TaskContext,
    Value,
};
use rustix::{
    buffer::spare_capacity,
    event::{PollFd, PollFlags, Timespec, poll},
    io::retry_on_intr,
};
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard, mpsc};

use super::{
    block::{BEGINNING, Block, Line},
    framing::Framing,
    lines::{Lines, Room},
    place::{POSITION, partition},
};

/// How much is read at once.
const BLOCK: usize = 64 * 1024;
/// How many blocks may wait for the task; then the writer of the input has to wait.
const QUEUE: usize = 4;
/// How much memory lines may take that were handed out and not committed; then the writer has to wait as well.
const MOST_KEPT: usize = 128 * 1024 * 1024;
/// What a block takes beside its lines, roughly: input that comes line by line makes many blocks.
const BESIDE: usize = 256;
/// How often the thread looks whether anybody still reads.
const LOOK: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 200_000_000,
};
/// How long an input that has ended is left alone.
const ENDED: Duration = Duration::from_secs(1);

/// The standard input; what one task leaves behind is read by the next that is opened with the same value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stdin {
    /// Held by the task that reads.
    incoming: Arc<Mutex<Option<Incoming>>>,
}

/// The lines that were read, and those of them that may be needed again.
#[derive(Debug)]
struct Incoming {
    blocks: mpsc::Receiver<io::Result<Block>>,
    /// What is handed out now.
    block: Block,
    /// Whole blocks with lines that are not committed, the oldest first. The task began with the first `again` of
    /// them, which an earlier one had left behind, and has them still to hand out.
    kept: VecDeque<Block>,
    again: usize,
    size: usize,
    /// Where the first line starts that is not committed.
    committed: u64,
    /// How many bytes of a line the thread keeps.
    longest: Arc<AtomicUsize>,
}

type Held = OwnedMappedMutexGuard<Option<Incoming>, Incoming>;

impl Stdin {
    /// Takes the input over; the first time it starts the thread.
    ///
    /// # Errors
    ///
    /// `Unavailable`: another task reads, or the operating system has no more threads or files.
    fn take(&self, longest: usize) -> Result<Held> {
        let open = || {
            let input = io::stdin().as_fd().try_clone_to_owned();
            input.unavailable("opening the standard input")
        };
        self.take_from(open, longest)
    }

    fn take_from(&self, open: impl FnOnce() -> Result<OwnedFd>, longest: usize) -> Result<Held> {
        let Ok(mut held) = Arc::clone(&self.incoming).try_lock_owned() else {
            return Err(Error::unavailable(
                "opening the standard input: expected to be its only reader, found another task",
            ));
        };
        match &mut *held {
            Some(incoming) => incoming.start_again(longest),
            None => *held = Some(Incoming::new(open()?, longest)?),
        }
        let held = OwnedMutexGuard::map(held, |incoming| {
            incoming.as_mut().expect("it was filled above")
        });
        Ok(held)
    }
}

impl Incoming {
    fn new(input: OwnedFd, longest: usize) -> Result<Self> {
        let (sender, blocks) = mpsc::channel(QUEUE);
        let longest = Arc::new(AtomicUsize::new(longest));
        let limit = Arc::clone(&longest);
        let thread = thread::Builder::new().name("connect-file-stdin".to_owned());
        let thread = thread.spawn(move || pump(&input, &limit, &sender));
        thread.unavailable("starting the thread that reads the standard input")?;
        Ok(Self {
            blocks,
            block: Block::default(),
            kept: VecDeque::new(),
            again: 0,
            size: 0,
            committed: 0,
            longest,
        })
    }

    /// Waits for lines; says whether there are any, or the input has ended.
    ///
    /// Dropping the future loses nothing.
    async fn fill(&mut self) -> io::Result<bool> {
        while self.block.left() == 0 {
            if self.again > 0 {
                self.block = self.kept[self.kept.len() - self.again].clone();
                self.block.skip_to(&Framing::Lines, self.committed);
                self.again -= 1;
                continue;
            }
            if self.size > MOST_KEPT {
                // The runtime wants the task when it has committed.
                pending::<()>().await;
            }
            match self.blocks.recv().await {
                Some(block) => self.keep(block?),
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    fn keep(&mut self, block: Block) {
        self.size += block.size() + BESIDE;
        self.block = block.clone();
        self.kept.push_back(block);
    }

    /// Drops what is committed.
    fn commit(&mut self, position: u64) {
        self.committed = self.committed.max(position);
        while self.kept.len() > self.again
            && let Some(block) = self
                .kept
                .pop_front_if(|block| block.end() <= self.committed)
        {
            self.size -= block.size() + BESIDE;
        }
    }

    /// Goes back to the first line that is not committed.
    fn start_again(&mut self, longest: usize) {
        self.longest.store(longest, Ordering::Relaxed);
        self.block = Block::default();
        self.again = self.kept.len();
    }
}

/// Reads `input` until it ends or nobody wants it any more.
fn pump(input: &OwnedFd, longest: &AtomicUsize, blocks: &mpsc::Sender<io::Result<Block>>) {
    let mut buffer = Vec::with_capacity(BLOCK);
    let mut unfinished = Unfinished::default();
    loop {
        let read = match wait_and_read(input, &mut buffer, blocks) {
            Ok(Some(read)) => read,
            Ok(None) => return,
            Err(error) => {
                // Nobody is left to be told, if this fails.
                let _ = blocks.blocking_send(Err(error));
                return;
            }
        };
        let longest = longest.load(Ordering::Relaxed);
        let block = match read {
            [] => unfinished.end(longest),
            read => unfinished.go_on(read, longest),
        };
        if let Some(block) = block
            && blocks.blocking_send(Ok(block)).is_err()
        {
            return;
        }
        if read.is_empty() {
            return;
        }
    }
}

/// Returns what `input` has, nothing at its end; `None` if nobody wants it any more.
///
/// Nothing is read before somebody can take it: what was typed stays for the next reader.
fn wait_and_read<'a>(
    input: &OwnedFd,
    buffer: &'a mut Vec<u8>,
    blocks: &mpsc::Sender<io::Result<Block>>,
) -> io::Result<Option<&'a [u8]>> {
    loop {
        let mut ready = [PollFd::new(input, PollFlags::IN)];
        let events = retry_on_intr(|| poll(&mut ready, Some(&LOOK)))?;
        if blocks.is_closed() {
            return Ok(None);
        }
        if events > 0 {
            buffer.clear();
            retry_on_intr(|| rustix::io::read(input, spare_capacity(buffer)))?;
            return Ok(Some(buffer));
        }
    }
}

/// A line whose end was not read yet.
#[derive(Debug, Default)]
struct Unfinished {
    /// The line, or its beginning if it is too long.
    bytes: Vec<u8>,
    length: u64,
    /// Where it starts, in everything that was read.
    start: u64,
    /// Whether the line before it ended with a `\r`: a `\n` may still belong to that.
    follows_return: bool,
}

impl Unfinished {
    /// Takes what was read, and returns the lines that are whole now.
    fn go_on(&mut self, mut read: &[u8], longest: usize) -> Option<Block> {
        if self.length == 0
            && self.follows_return
            && let Some(rest) = read.strip_prefix(b"\n")
        {
            self.start += 1;
            read = rest;
        }
        // Only what is new is searched.
        let end = Framing::Lines.whole(read).end;
        let (ends, more) = read.split_at(end);
        let block = (end > 0).then(|| self.finish(ends, longest));
        self.follows_return = more.is_empty() && read.ends_with(b"\r");
        self.grow(more, longest);
        block
    }

    /// Returns what is left when the input has ended.
    fn end(&mut self, longest: usize) -> Option<Block> {
        (self.length > 0).then(|| self.finish(&[], longest))
    }

    /// Ends the line with the first line end in `ends`, and whole lines that follow it there.
    fn finish(&mut self, ends: &[u8], longest: usize) -> Block {
        let Self {
            mut bytes,
            length,
            start,
            ..
        } = std::mem::take(self);
        let from = start + length;
        self.start = from + ends.len() as u64;
        let text = Framing::Lines.first_end(ends).unwrap_or(0);
        let line = length + text as u64;
        if line > longest as u64 {
            bytes.extend(&ends[..text.min(BEGINNING)]);
            return Block::behind(
                &Framing::Lines,
                Line::too_long(&bytes, line),
                ends.to_vec(),
                from,
            );
        }
        Block::lines(&Framing::Lines, [&bytes, ends].concat(), start)
    }

    fn grow(&mut self, more: &[u8], longest: usize) {
        let is_whole = self.bytes.len() as u64 == self.length;
        self.length += more.len() as u64;
        if is_whole {
            self.bytes.extend(more);
        }
        if self.bytes.len() > longest {
            self.bytes.truncate(BEGINNING);
            self.bytes.shrink_to_fit();
        }
    }
}

/// Reads the lines of the standard input.
#[derive(Debug)]
pub(crate) struct StdinTask {
    cx: TaskContext,
    incoming: Held,
    lines: Lines,
    partition: SourcePartition,
    most: NonZeroUsize,
}

impl StdinTask {
    /// Goes on behind what an earlier task has committed.
    ///
    /// # Errors
    ///
    /// `Unavailable`: an earlier task still reads, or the operating system has no more threads or files.
    pub(crate) fn open(
        cx: TaskContext,
        stdin: &Stdin,
        lines: Lines,
        most: NonZeroUsize,
    ) -> Result<Self> {
        let incoming = stdin.take(lines.longest())?;
        Ok(Self {
            cx,
            incoming,
            lines,
            partition: partition(None),
            most,
        })
    }
}

#[async_trait]
impl SourceTask for StdinTask {
    async fn poll(&mut self) -> Result<SourceBatch> {
        let incoming = &mut *self.incoming;
        let Some(filled) = self.cx.wait(incoming.fill()).await else {
            return Ok(SourceBatch::new());
        };
        if !filled.unavailable("reading the standard input")? {
            return Ok(SourceBatch::idle(ENDED));
        }
        let mut batch = SourceBatch::new();
        let mut room = Room::new(self.most);
        let timestamp = self.cx.now_millis();
        while room.is_left()
            && let Some(line) = incoming.block.next_line(&Framing::Lines)
        {
            room.take(&line);
            let position = i64::try_from(incoming.block.position());
            let offset = SourceOffset::at(POSITION, position.expect("nobody writes 8 EiB"));
            let after = (&self.partition, offset);
            self.lines.push(&mut batch, line, after, timestamp);
        }
        Ok(batch)
    }

    async fn commit(&mut self, offsets: &BTreeMap<SourcePartition, SourceOffset>) -> Result<()> {
        if let Some(offset) = offsets.get(&self.partition)
            && let Some(position) = offset.to_value()?.get(POSITION).and_then(Value::as_i64)
        {
            self.incoming.commit(position.unsigned_abs());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use futures::{FutureExt, executor::block_on};

    use super::*;

    /// Starts reading a pipe, and returns its other end.
    fn piped(longest: usize) -> (Stdin, io::PipeWriter) {
        let (reader, writer) = io::pipe().unwrap();
        let stdin = Stdin::default();
        drop(stdin.take_from(|| Ok(reader.into()), longest).unwrap());
        (stdin, writer)
    }

    fn take(stdin: &Stdin) -> Held {
        stdin
            .take_from(|| panic!("it is open already"), 1024)
            .unwrap()
    }

    /// Waits for the next line; `None` when the input has ended.
    fn next_line(held: &mut Held) -> Option<String> {
        if !block_on(held.fill()).unwrap() {
            return None;
        }
        Some(match held.block.next_line(&Framing::Lines) {
            Some(Line::Text(text)) => text.to_string(),
            Some(Line::TooLong(beginning, length)) => format!("{} of {length}", beginning.len()),
            other => panic!("expected a line, found {other:?}"),
        })
    }

    fn position(held: &Held) -> u64 {
        held.block.position()
    }

    #[test]
    fn lines_arrive_as_they_are_written() {
        let (stdin, mut writer) = piped(1024);
        let mut held = take(&stdin);
        writer.write_all(b"one\ntw").unwrap();
        assert_eq!(next_line(&mut held).as_deref(), Some("one"));
        assert!(held.fill().now_or_never().is_none());
        writer.write_all("o\nüml".as_bytes()).unwrap();
        assert_eq!(next_line(&mut held).as_deref(), Some("two"));
        drop(writer);
        assert_eq!(next_line(&mut held).as_deref(), Some("üml"));
        assert_eq!(next_line(&mut held), None);
    }

    #[test]
    fn a_line_end_that_arrives_in_two_pieces_is_one() {
        let (stdin, mut writer) = piped(1024);
        let mut held = take(&stdin);
        writer.write_all(b"one\r").unwrap();
        assert_eq!(next_line(&mut held).as_deref(), Some("one"));
        writer.write_all(b"\ntwo\n\n").unwrap();
        assert_eq!(next_line(&mut held).as_deref(), Some("two"));
        assert_eq!(next_line(&mut held).as_deref(), Some(""));
        assert_eq!(position(&held), 10);
    }

    #[test]
    fn the_next_task_begins_behind_what_was_committed() {
        let (stdin, mut writer) = piped(1024);
        let mut held = take(&stdin);
        writer.write_all(b"one\ntwo\nthree\n").unwrap();
        assert_eq!(next_line(&mut held).as_deref(), Some("one"));
        let committed = position(&held);
        assert_eq!(next_line(&mut held).as_deref(), Some("two"));
        held.commit(committed);
        drop(held);
        let mut held = take(&stdin);
        assert_eq!(next_line(&mut held).as_deref(), Some("two"));
        assert_eq!(next_line(&mut held).as_deref(), Some("three"));
        // In the middle of what it has again, more arrives, and it is dropped once more.
        writer.write_all(b"four\n").unwrap();
        assert_eq!(next_line(&mut held).as_deref(), Some("four"));
        drop(held);
        let mut held = take(&stdin);
        for line in ["two", "three", "four"] {
            assert_eq!(next_line(&mut held).as_deref(), Some(line));
        }
        let committed = position(&held);
        held.commit(committed);
        assert_eq!((held.kept.len(), held.size), (0, 0));
    }

    #[test]
    fn two_tasks_do_not_read_at_once() {
        let (stdin, _writer) = piped(1024);
        let held = take(&stdin);
        let error = stdin.take(1024).unwrap_err();
        assert_eq!(error.kind(), connect_api::ErrorKind::Unavailable);
        drop(held);
        drop(take(&stdin));
    }

    #[test]
    fn what_is_not_committed_takes_bounded_memory() {
        let (stdin, writer) = piped(1024);
        let mut held = take(&stdin);
        held.size = MOST_KEPT + 1;
        (&writer).write_all(b"one\n").unwrap();
        assert!(held.fill().now_or_never().is_none());
        held.size = MOST_KEPT;
        assert_eq!(next_line(&mut held).as_deref(), Some("one"));
    }

    #[test]
    fn lines_are_cut_the_same_way_wherever_reads_are_cut() {
        let text = b"short\r\n0123456789 too long\n\r\nnext\rlast, and too long";
        let expected: [(&str, u64); 5] = [
            ("short", 7),
            ("19 of 19", 27),
            ("", 29),
            ("next", 34),
            ("18 of 18", 52),
        ];
        for size in 1..=text.len() {
            let mut unfinished = Unfinished::default();
            let reads = text.chunks(size).map(|read| unfinished.go_on(read, 10));
            let mut blocks: Vec<_> = reads.collect();
            blocks.push(unfinished.end(10));
            let mut found = Vec::new();
            for mut block in blocks.into_iter().flatten() {
                while let Some(line) = block.next_line(&Framing::Lines) {
                    let text = match line.within(10) {
                        Line::Text(text) => text.to_string(),
                        Line::TooLong(beginning, length) => {
                            format!("{} of {length}", beginning.len())
                        }
                        other => panic!("{other:?}"),
                    };
                    // A cut inside `\r\n` leaves the position between the two.
                    let is_cut = text == "short" && block.position() == 6
                        || text.is_empty() && block.position() == 28;
                    found.push((text, block.position() + u64::from(is_cut)));
                }
            }
            let found: Vec<_> = found
                .iter()
                .map(|(text, at)| (text.as_str(), *at))
                .collect();
            assert_eq!(found, expected, "reads of {size} bytes");
        }
    }

    #[test]
    fn a_line_without_an_end_takes_bounded_memory() {
        let mut unfinished = Unfinished::default();
        let read = [b'x'; BLOCK];
        for _ in 0..1000 {
            assert!(unfinished.go_on(&read, 100_000).is_none());
            assert!(unfinished.bytes.capacity() <= 100_000 + 2 * BLOCK);
        }
        let mut block = unfinished.go_on(b"\nnext\n", 100_000).unwrap();
        let length = 1000 * BLOCK as u64;
        assert_eq!(
            block.next_line(&Framing::Lines),
            Some(Line::too_long(&read, length))
        );
        assert_eq!(block.position(), length + 1);
        assert_eq!(
            block.next_line(&Framing::Lines),
            Some(Line::Text("next".into()))
        );
    }

    #[test]
    fn input_that_nobody_wants_is_not_read() {
        let (reader, mut writer) = io::pipe().unwrap();
        let rest = OwnedFd::from(reader.try_clone().unwrap());
        let (sender, blocks) = mpsc::channel(QUEUE);
        drop(blocks);
        writer.write_all(b"for the next reader\n").unwrap();
        pump(&reader.into(), &AtomicUsize::new(1024), &sender);
        let mut left = [0; 32];
        assert_eq!(rustix::io::read(&rest, &mut left), Ok(20));
    }
}
