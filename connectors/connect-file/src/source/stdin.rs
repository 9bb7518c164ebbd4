//! [`Stdin`]: the standard input, line by line.

use std::{
    io,
    os::fd::{AsFd, OwnedFd},
    sync::{Arc, OnceLock},
    thread,
    time::Duration,
};

use async_trait::async_trait;
use connect_api::{Classify, Result, SourceBatch, SourceOffset, SourceTask, TaskContext, Value};
use rustix::{
    buffer::spare_capacity,
    event::{PollFd, PollFlags, Timespec, poll},
    io::retry_on_intr,
};
use tokio::sync::{Mutex, MutexGuard, mpsc};

use super::{
    block::{Block, Found, last_line_end},
    lines::{Lines, Room},
    place::POSITION,
};

/// How much is read at once.
const BLOCK: usize = 64 * 1024;
/// How many blocks may wait for the task; then the writer of the input has to wait.
const QUEUE: usize = 4;
/// How often the thread looks whether anybody still reads.
const LOOK: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 200_000_000,
};
/// How long an input that has ended is left alone.
const ENDED: Duration = Duration::from_secs(1);

/// The standard input. It belongs to the connector, so that what one task left behind is read by the next.
#[derive(Debug, Default)]
pub(crate) struct Stdin {
    started: OnceLock<Mutex<Incoming>>,
}

/// Blocks that the thread has read.
#[derive(Debug)]
struct Incoming {
    blocks: mpsc::Receiver<io::Result<Block>>,
    block: Block,
}

impl Stdin {
    /// Starts the thread, once.
    ///
    /// # Errors
    ///
    /// `Unavailable`: the operating system has no more threads or files.
    pub(crate) fn start(&self) -> Result<()> {
        if self.started.get().is_some() {
            return Ok(());
        }
        let input = io::stdin().as_fd().try_clone_to_owned();
        self.read(input.unavailable("opening the standard input")?)
    }

    fn read(&self, input: OwnedFd) -> Result<()> {
        let (sender, blocks) = mpsc::channel(QUEUE);
        let thread = thread::Builder::new().name("connect-file-stdin".to_owned());
        let thread = thread.spawn(move || pump(&input, &sender));
        thread.unavailable("starting the thread that reads the standard input")?;
        let block = Block::default();
        self.started
            .get_or_init(|| Mutex::new(Incoming { blocks, block }));
        Ok(())
    }

    /// Waits for lines; `None` when the input has ended.
    async fn lines(&self) -> io::Result<Option<MutexGuard<'_, Incoming>>> {
        let Some(incoming) = self.started.get() else {
            return Ok(None);
        };
        let mut incoming = incoming.lock().await;
        if incoming.block.left() == 0 {
            match incoming.blocks.recv().await {
                Some(block) => incoming.block = block?,
                None => return Ok(None),
            }
        }
        Ok(Some(incoming))
    }
}

/// Reads `input` until it ends or nobody wants it any more.
fn pump(input: &OwnedFd, blocks: &mpsc::Sender<io::Result<Block>>) {
    let mut rest = Vec::new();
    loop {
        let read = match wait_and_read(input, &mut rest, blocks) {
            Ok(Some(read)) => read,
            Ok(None) => return,
            Err(error) => {
                // Nobody is left to be told, if this fails.
                let _ = blocks.blocking_send(Err(error));
                return;
            }
        };
        let lines = match last_line_end(&rest) {
            _ if read == 0 => std::mem::take(&mut rest),
            Some(end) => {
                let behind = rest.split_off(end);
                std::mem::replace(&mut rest, behind)
            }
            None => continue,
        };
        if let Found::Lines(block) = Block::to_the_end(lines, 0, None)
            && blocks.blocking_send(Ok(block)).is_err()
        {
            return;
        }
        if read == 0 {
            return;
        }
    }
}

/// Appends to `rest` what `input` has, and returns how much; `None` if nobody wants it any more.
///
/// Nothing is read before somebody can take it: what was typed stays for the next reader.
fn wait_and_read(
    input: &OwnedFd,
    rest: &mut Vec<u8>,
    blocks: &mpsc::Sender<io::Result<Block>>,
) -> io::Result<Option<usize>> {
    loop {
        let mut ready = [PollFd::new(input, PollFlags::IN)];
        let events = retry_on_intr(|| poll(&mut ready, Some(&LOOK)))?;
        if blocks.is_closed() {
            return Ok(None);
        }
        if events > 0 {
            rest.reserve(BLOCK);
            return Ok(Some(retry_on_intr(|| {
                rustix::io::read(input, spare_capacity(rest))
            })?));
        }
    }
}

/// Reads the lines of the standard input.
#[derive(Debug)]
pub(crate) struct StdinTask {
    cx: TaskContext,
    stdin: Arc<Stdin>,
    lines: Lines,
    most: std::num::NonZeroUsize,
    offset: SourceOffset,
}

impl StdinTask {
    pub(crate) fn new(
        cx: TaskContext,
        stdin: Arc<Stdin>,
        lines: Lines,
        most: std::num::NonZeroUsize,
    ) -> Self {
        let offset = SourceOffset::Stored(Value::map([(POSITION, Value::Null)]));
        Self {
            cx,
            stdin,
            lines,
            most,
            offset,
        }
    }
}

#[async_trait]
impl SourceTask for StdinTask {
    async fn poll(&mut self) -> Result<SourceBatch> {
        let Some(incoming) = self.cx.wait(self.stdin.lines()).await else {
            return Ok(SourceBatch::new());
        };
        let Some(mut incoming) = incoming.unavailable("reading the standard input")? else {
            return Ok(SourceBatch::idle(ENDED));
        };
        let mut batch = SourceBatch::new();
        let mut room = Room::new(self.most);
        let timestamp = self.cx.now_millis();
        while room.is_left()
            && let Some(line) = incoming.block.next_line()
        {
            room.take(&line);
            self.lines
                .push(&mut batch, line, self.offset.clone(), timestamp);
        }
        Ok(batch)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use futures::{FutureExt, executor::block_on};

    use super::*;

    /// Starts reading a pipe, and returns its other end.
    fn piped() -> (Stdin, io::PipeWriter) {
        let (reader, writer) = io::pipe().unwrap();
        let stdin = Stdin::default();
        stdin.read(reader.into()).unwrap();
        (stdin, writer)
    }

    /// Waits for the next line; `None` when the input has ended.
    fn next_line(stdin: &Stdin) -> Option<String> {
        let mut incoming = block_on(stdin.lines()).unwrap()?;
        match incoming.block.next_line() {
            Some(crate::source::block::Line::Text(text)) => Some(text.to_string()),
            other => panic!("expected a line of text, found {other:?}"),
        }
    }

    #[test]
    fn lines_arrive_as_they_are_written() {
        let (stdin, mut writer) = piped();
        writer.write_all(b"one\ntw").unwrap();
        assert_eq!(next_line(&stdin).as_deref(), Some("one"));
        assert!(stdin.lines().now_or_never().is_none());
        writer.write_all("o\nüml".as_bytes()).unwrap();
        assert_eq!(next_line(&stdin).as_deref(), Some("two"));
        drop(writer);
        assert_eq!(next_line(&stdin).as_deref(), Some("üml"));
        assert_eq!(next_line(&stdin), None);
    }

    #[test]
    fn what_a_task_leaves_behind_is_there_for_the_next() {
        let (stdin, mut writer) = piped();
        writer.write_all(b"one\ntwo\nthree\n").unwrap();
        assert_eq!(next_line(&stdin).as_deref(), Some("one"));
        assert_eq!(next_line(&stdin).as_deref(), Some("two"));
        assert_eq!(next_line(&stdin).as_deref(), Some("three"));
    }

    #[test]
    fn input_that_nobody_wants_is_not_read() {
        let (reader, mut writer) = io::pipe().unwrap();
        let rest = OwnedFd::from(reader.try_clone().unwrap());
        let (sender, blocks) = mpsc::channel(QUEUE);
        drop(blocks);
        writer.write_all(b"for the next reader\n").unwrap();
        pump(&reader.into(), &sender);
        let mut left = [0; 32];
        assert_eq!(rustix::io::read(&rest, &mut left), Ok(20));
    }
}
