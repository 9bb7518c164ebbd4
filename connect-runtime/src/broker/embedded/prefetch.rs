//! [`Prefetch`]: reads several logs ahead of who consumes them.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    ops::Bound,
    sync::Arc,
};

use connect_api::{Error, Result, TopicPartition};
use futures::future::BoxFuture;
use tokio::sync::{Notify, oneshot};

use super::{
    super::{Fetched, Isolation},
    fetch::{Span, Tables, fetch},
    log::{Log, Watch},
    shared::Shared,
};

/// Reads several logs ahead of who consumes them: one read runs while the last one is consumed.
pub(super) struct Prefetch {
    shared: Arc<Shared>,
    isolation: Isolation,
    /// How many bytes one read aims at.
    bytes: usize,
    wake: Arc<Notify>,
    cursors: BTreeMap<TopicPartition, Cursor>,
    ready: VecDeque<Ready>,
    read: Option<Read>,
    /// The partition that was read last: the next read begins behind it.
    turn: Option<TopicPartition>,
    /// Tells cursors apart that were set one after the other.
    generation: u64,
}

/// Where the reading of a log goes on.
#[derive(Debug)]
struct Cursor {
    log: Arc<Log>,
    next: i64,
    generation: u64,
    _watch: Watch,
}

#[derive(Debug)]
struct Ready {
    generation: u64,
    fetched: Fetched,
}

/// A read that goes on by itself.
struct Read {
    work: BoxFuture<'static, Result<(), String>>,
    result: oneshot::Receiver<Result<Vec<Ready>>>,
}

impl Prefetch {
    pub(super) fn new(
        shared: &Arc<Shared>,
        (isolation, bytes): (Isolation, usize),
        wake: Arc<Notify>,
    ) -> Self {
        Self {
            shared: Arc::clone(shared),
            isolation,
            bytes: bytes.max(1),
            wake,
            cursors: BTreeMap::new(),
            ready: VecDeque::new(),
            read: None,
            turn: None,
            generation: 0,
        }
    }

    pub(super) fn isolation(&self) -> Isolation {
        self.isolation
    }

    /// Reads `log` from `next` on; what was read of it before is dropped.
    pub(super) fn set(&mut self, log: &Arc<Log>, next: i64) {
        self.generation += 1;
        let cursor = Cursor {
            log: Arc::clone(log),
            next,
            generation: self.generation,
            _watch: log.watch(&self.wake, self.isolation),
        };
        self.drop_ready(&log.partition);
        self.cursors.insert(log.partition.clone(), cursor);
    }

    /// Reads no more of these partitions; what was read of them is dropped.
    pub(super) fn remove(&mut self, partitions: &[TopicPartition]) {
        for at in partitions {
            self.cursors.remove(at);
            self.drop_ready(at);
        }
    }

    fn drop_ready(&mut self, at: &TopicPartition) {
        self.ready.retain(|ready| ready.fetched.partition != *at);
    }

    /// Returns up to where the log was read, unless something of it still waits to be consumed.
    pub(super) fn passed(&self, at: &TopicPartition) -> Option<i64> {
        let waits = self
            .ready
            .iter()
            .any(|ready| ready.fetched.partition == *at);
        let cursor = self.cursors.get(at).filter(|_| !waits)?;
        Some(cursor.next)
    }

    /// Returns what was read, if it is there, and reads on.
    ///
    /// # Errors
    ///
    /// `Fatal`: a cursor lies outside its log, or the broker is closed.
    pub(super) fn take(&mut self) -> Result<Option<Fetched>> {
        // Before anything is taken: an error loses nothing.
        if self.ready.len() <= 1 {
            self.start_read()?;
        }
        Ok(self.ready.pop_front().map(|ready| ready.fetched))
    }

    /// Reads on up to the bound, while nobody consumes.
    pub(super) fn ahead(&mut self) -> Result<()> {
        if self.ready.is_empty() {
            self.start_read()?;
        }
        Ok(())
    }

    /// Returns whether a read is running.
    pub(super) fn is_reading(&self) -> bool {
        self.read.is_some()
    }

    /// Waits until a read has ended, or something was published, or whoever has `wake` rings.
    ///
    /// Dropping the future loses nothing.
    pub(super) async fn wait(&mut self) -> Result<()> {
        let Some(read) = &mut self.read else {
            self.wake.notified().await;
            return Ok(());
        };
        tokio::select! {
            biased;
            ended = &mut read.work => {
                let result = read.result.try_recv();
                self.read = None;
                match (ended, result) {
                    (Ok(()), Ok(result)) => self.absorb(result?),
                    (Err(panic), _) => return Err(self.stopped(&panic)),
                    (Ok(()), Err(_)) => return Err(self.stopped("the read gave no answer")),
                }
            }
            () = self.wake.notified() => {}
        }
        Ok(())
    }

    fn stopped(&self, why: &str) -> Error {
        Error::unavailable(format!(
            "embedded broker: {}: reading stopped: {why}",
            self.shared.store.place()
        ))
    }

    /// Keeps what was read for cursors that have not moved since.
    fn absorb(&mut self, blocks: Vec<Ready>) {
        for block in blocks {
            let at = &block.fetched.partition;
            if let Some(cursor) = self.cursors.get_mut(at)
                && cursor.generation == block.generation
            {
                cursor.next = block.fetched.next;
                self.turn = Some(at.clone());
                self.ready.push_back(block);
            }
        }
    }

    /// Reads on if there is something to read and no read running.
    fn start_read(&mut self) -> Result<()> {
        self.shared.check()?;
        if self.read.is_some() {
            return Ok(());
        }
        let wanted = self.readable()?;
        if wanted.is_empty() {
            return Ok(());
        }
        let (reply, result) = oneshot::channel();
        let shared = Arc::clone(&self.shared);
        let bytes = self.bytes;
        let work = self.shared.environment.blocking(Box::new(move || {
            drop(reply.send(read(&shared, &wanted, bytes)));
        }));
        self.read = Some(Read { work, result });
        Ok(())
    }

    /// Lists the cursors with something to read, fairly: those that were not read last come first.
    fn readable(&self) -> Result<Vec<Wanted>> {
        let behind = match &self.turn {
            Some(turn) => (Bound::Excluded(turn), Bound::Unbounded),
            None => (Bound::Unbounded, Bound::Unbounded),
        };
        let before = self.turn.as_ref().map(|turn| self.cursors.range(..=turn));
        let ordered = self
            .cursors
            .range(behind)
            .chain(before.into_iter().flatten());
        let mut wanted = Vec::new();
        for (_, cursor) in ordered {
            if cursor.log.is_deleted() {
                continue;
            }
            if let Some(span) = Span::of(&cursor.log, cursor.next, self.isolation)? {
                wanted.push(Wanted {
                    span,
                    generation: cursor.generation,
                });
            }
        }
        Ok(wanted)
    }
}

impl fmt::Debug for Prefetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.cursors.iter().map(|(at, cursor)| (at, cursor.next)))
            .finish()
    }
}

/// A log that is to be read.
#[derive(Debug)]
struct Wanted {
    span: Span,
    generation: u64,
}

fn read(shared: &Shared, wanted: &[Wanted], bytes: usize) -> Result<Vec<Ready>> {
    let store = &shared.store;
    let mut blocks = Vec::new();
    let mut left = bytes;
    shared.read(|transaction| {
        let tables = Tables::open(transaction).map_err(|error| store.failed("reading", error))?;
        for wanted in wanted {
            let block = fetch(store, &tables, &wanted.span, left)?;
            blocks.push(Ready {
                generation: wanted.generation,
                fetched: Fetched {
                    partition: wanted.span.log.partition.clone(),
                    records: block.records,
                    next: block.next,
                },
            });
            left = left.saturating_sub(block.bytes);
            if left == 0 {
                break;
            }
        }
        Ok(())
    })?;
    Ok(blocks)
}
