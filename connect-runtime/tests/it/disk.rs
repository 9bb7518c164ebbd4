//! A disk that forgets what was not synced, and fails when it is told to.

use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use connect_runtime::{
    Environment,
    broker::embedded::{EmbeddedBroker, MemoryStorage, Storage},
};

/// What goes wrong, and after how many calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// The storage grows no more, and takes no more writes.
    Full,
    /// A write writes half.
    ShortWrite,
    /// A sync fails; what was written since the last one is there, or not.
    LostSync,
    KeptSync,
    /// Nothing can be read.
    Read,
}

/// A disk that forgets what was not synced, and fails when it is told to.
#[derive(Debug)]
pub(crate) struct Disk {
    durable: Mutex<Vec<u8>>,
    fault: Mutex<Fault>,
    /// How many writes and syncs are left before the fault.
    left: AtomicU64,
    opened: AtomicU64,
}

impl Disk {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            durable: Mutex::default(),
            fault: Mutex::new(Fault::None),
            left: AtomicU64::new(0),
            opened: AtomicU64::new(0),
        })
    }

    pub(crate) fn fail(&self, fault: Fault, after: u64) {
        self.left.store(after, Ordering::SeqCst);
        *self.fault.lock().unwrap() = fault;
    }

    /// Returns the fault if it is time for it.
    fn fault(&self) -> Fault {
        let fault = *self.fault.lock().unwrap();
        let counted = self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            });
        if counted.is_ok() { Fault::None } else { fault }
    }

    /// Returns how often it was opened.
    pub(crate) fn opened(&self) -> u64 {
        self.opened.load(Ordering::SeqCst)
    }

    /// Opens a broker on it.
    pub(crate) async fn broker(
        self: &Arc<Self>,
        environment: Arc<dyn Environment>,
    ) -> EmbeddedBroker {
        let disk = Arc::clone(self);
        EmbeddedBroker::on_storage("disk", move || disk.open(), environment)
            .await
            .unwrap()
    }

    /// Finds `pattern` in what is durable, and changes the byte `at` behind its start.
    pub(crate) fn damage(&self, pattern: &[u8], at: usize) {
        let mut durable = self.durable.lock().unwrap();
        let found = durable
            .windows(pattern.len())
            .position(|bytes| bytes == pattern);
        durable[found.unwrap() + at] ^= 0x55;
    }

    fn open(self: &Arc<Self>) -> io::Result<Box<dyn Storage>> {
        self.opened.fetch_add(1, Ordering::SeqCst);
        let memory = MemoryStorage::new();
        let durable = self.durable.lock().unwrap();
        memory.set_len(durable.len() as u64)?;
        memory.write(0, &durable)?;
        Ok(Box::new(Opened {
            disk: Arc::clone(self),
            memory,
        }))
    }
}

#[derive(Debug)]
struct Opened {
    disk: Arc<Disk>,
    memory: MemoryStorage,
}

impl Opened {
    fn persist(&self) -> io::Result<()> {
        let mut bytes = vec![0; usize::try_from(self.memory.len()?).unwrap()];
        self.memory.read(0, &mut bytes)?;
        *self.disk.durable.lock().unwrap() = bytes;
        Ok(())
    }
}

fn full() -> io::Error {
    io::Error::new(io::ErrorKind::StorageFull, "no space left on device")
}

impl Storage for Opened {
    fn len(&self) -> io::Result<u64> {
        self.memory.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        if *self.disk.fault.lock().unwrap() == Fault::Read {
            return Err(io::Error::other("bad sector"));
        }
        self.memory.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        match self.disk.fault() {
            Fault::Full if len > self.memory.len()? => Err(full()),
            _ => self.memory.set_len(len),
        }
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        match self.disk.fault() {
            Fault::Full => Err(full()),
            Fault::ShortWrite => {
                self.memory.write(offset, &data[..data.len() / 2])?;
                Err(io::Error::new(io::ErrorKind::WriteZero, "short write"))
            }
            _ => self.memory.write(offset, data),
        }
    }

    fn sync(&self) -> io::Result<()> {
        match self.disk.fault() {
            Fault::LostSync => Err(io::Error::other("sync failed")),
            Fault::KeptSync => {
                self.persist()?;
                Err(io::Error::other("sync failed"))
            }
            _ => self.persist(),
        }
    }
}
