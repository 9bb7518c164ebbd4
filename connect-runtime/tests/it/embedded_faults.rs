//! Faults of the storage: each is told, nothing acknowledged is lost, and the broker comes back by itself.

use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use connect_api::{Error, ErrorKind};
use connect_runtime::broker::{
    Broker, Fetched, ProducerOptions, ReaderOptions,
    embedded::{EmbeddedBroker, MemoryStorage, Storage},
};

use crate::fixture::{producer, record, send, system, transactional, values, write};

/// What goes wrong, and after how many calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
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
struct Disk {
    durable: Mutex<Vec<u8>>,
    fault: Mutex<Fault>,
    /// How many writes and syncs are left before the fault.
    left: AtomicU64,
}

impl Disk {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            durable: Mutex::default(),
            fault: Mutex::new(Fault::None),
            left: AtomicU64::new(0),
        })
    }

    fn fail(&self, fault: Fault, after: u64) {
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

    fn open(self: &Arc<Self>) -> io::Result<Box<dyn Storage>> {
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

async fn open(disk: &Arc<Disk>) -> EmbeddedBroker {
    let disk = Arc::clone(disk);
    EmbeddedBroker::on_storage("disk", move || disk.open(), system())
        .await
        .unwrap()
}

#[track_caller]
fn check_told(error: &Error, cause: &str) {
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    let message = error.report().to_string();
    assert!(
        message.contains("storage `disk`") && message.contains(cause),
        "expected the storage and `{cause}`, found `{message}`"
    );
}

/// Writes until the fault, then mends the disk: whatever was acknowledged is there, in order, also after a restart.
async fn check_nothing_is_lost(fault: Fault, after: u64, cause: &str) {
    let disk = Disk::new();
    let broker = open(&disk).await;
    write(&broker, vec![record("orders", "first")]).await;
    let mut acknowledged = vec!["first".to_owned()];
    disk.fail(fault, after);
    let mut failing = producer(&broker).await;
    let mut unknown = None;
    for number in 0..1000 {
        let value = format!("{number} {}", "x".repeat(2000));
        match send(&mut *failing, vec![record("orders", &value)]).await {
            Ok(()) => acknowledged.push(value),
            Err(error) => {
                check_told(&error, cause);
                unknown = Some(value);
                break;
            }
        }
    }
    let unknown = unknown.expect("the disk fails");
    // It is finished: nothing may follow what is unknown.
    let error = send(&mut *failing, vec![record("orders", "x")])
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);

    disk.fail(Fault::None, 0);
    write(&broker, vec![record("orders", "last")]).await;
    let check = |mut found: Vec<String>| {
        assert_eq!(found.pop().as_deref(), Some("last"));
        if found.len() > acknowledged.len() {
            assert_eq!(
                found.pop().as_ref(),
                Some(&unknown),
                "{fault:?} after {after}"
            );
        }
        assert!(found == acknowledged, "{fault:?} after {after}");
    };
    check(values(&broker, "orders").await);
    broker.close().await.unwrap();
    let broker = open(&disk).await;
    check(values(&broker, "orders").await);
    broker.close().await.unwrap();
}

#[tokio::test]
async fn a_full_disk_loses_nothing() {
    for after in 0..25 {
        check_nothing_is_lost(Fault::Full, after, "no space left on device").await;
    }
}

#[tokio::test]
async fn a_short_write_loses_nothing() {
    for after in 0..25 {
        check_nothing_is_lost(Fault::ShortWrite, after, "short write").await;
    }
}

#[tokio::test]
async fn a_failed_sync_loses_nothing() {
    for fault in [Fault::LostSync, Fault::KeptSync] {
        for after in 0..25 {
            check_nothing_is_lost(fault, after, "sync failed").await;
        }
    }
}

#[tokio::test]
async fn requests_fail_while_the_disk_is_full_and_succeed_when_it_is_not() {
    let disk = Disk::new();
    let broker = open(&disk).await;
    write(&broker, vec![record("orders", "a")]).await;
    disk.fail(Fault::Full, 0);
    for _ in 0..3 {
        let mut failing = producer(&broker).await;
        let error = send(&mut *failing, vec![record("orders", "b")])
            .await
            .unwrap_err();
        check_told(&error, "no space left on device");
    }
    let options = ProducerOptions::new("test");
    let error = broker
        .transactional_producer("id", &options)
        .await
        .unwrap_err();
    check_told(&error, "no space left on device");
    disk.fail(Fault::None, 0);
    let mut producer = broker.transactional_producer("id", &options).await.unwrap();
    send(&mut *producer, vec![record("orders", "c")])
        .await
        .unwrap();
    producer.commit().await.unwrap();
    assert_eq!(values(&broker, "orders").await, ["a", "c"]);
    broker.close().await.unwrap();
}

/// Of a commit whose sync failed nobody knows; a new producer of the id settles it, whole or not at all.
#[tokio::test]
async fn a_commit_of_unknown_outcome_is_settled_by_the_next_producer() {
    for (fault, expected) in [
        (Fault::LostSync, &["later"][..]),
        (Fault::KeptSync, &["a", "b", "later"]),
    ] {
        let disk = Disk::new();
        let broker = open(&disk).await;
        write(&broker, vec![record("other", "x")]).await;
        let mut old = transactional(&broker).await;
        send(
            &mut *old,
            vec![record("orders", "a"), record("orders", "b")],
        )
        .await
        .unwrap();
        // Fails the next sync, however many writes come before it.
        disk.fail(fault, 0);
        check_told(&old.commit().await.unwrap_err(), "sync failed");
        disk.fail(Fault::None, 0);
        let error = old.commit().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
        let mut new = transactional(&broker).await;
        let error = old.commit().await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Fenced),
            "{error:?}"
        );
        send(&mut *new, vec![record("orders", "later")])
            .await
            .unwrap();
        new.commit().await.unwrap();
        assert_eq!(values(&broker, "orders").await, expected, "{fault:?}");
        broker.close().await.unwrap();
    }
}

/// What a transaction has written is lost with a failed commit of somebody else, whether it was durable or not.
#[tokio::test]
async fn an_open_transaction_that_lost_records_cannot_commit() {
    for durable in [0, 1] {
        let disk = Disk::new();
        let broker = open(&disk).await;
        write(&broker, vec![record("orders", "a")]).await;
        let mut victim = transactional(&broker).await;
        send(&mut *victim, vec![record("orders", "accepted")])
            .await
            .unwrap();
        let mut other = producer(&broker).await;
        for _ in 0..durable {
            send(&mut *other, vec![record("other", "b")]).await.unwrap();
        }
        disk.fail(Fault::LostSync, 0);
        send(&mut *other, vec![record("other", "c")])
            .await
            .unwrap_err();
        disk.fail(Fault::None, 0);
        send(&mut *victim, vec![record("orders", "more")])
            .await
            .unwrap_err();
        victim.commit().await.unwrap_err();
        assert_eq!(values(&broker, "orders").await, ["a"]);
        broker.close().await.unwrap();
    }
}

/// A reader meets the fault, and goes on once it is mended, though nobody writes.
#[tokio::test]
async fn reading_goes_on_when_the_disk_can_be_read_again() {
    let disk = Disk::new();
    let broker = open(&disk).await;
    let batch: Vec<_> = (0..50)
        .map(|_| record("orders", "x".repeat(500_000)))
        .collect();
    write(&broker, batch).await;
    let mut reader = broker.reader(&ReaderOptions::new("orders")).await.unwrap();
    disk.fail(Fault::Read, 0);
    let error = loop {
        match reader.next().await {
            // Some of it is still in memory.
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    check_told(&error, "bad sector");
    disk.fail(Fault::None, 0);
    let mut read = 0;
    while read < 50 {
        let each = &mut |fetched: Fetched| read += fetched.records.len();
        if let Err(error) = broker
            .reader(&ReaderOptions::new("orders"))
            .await
            .unwrap()
            .to_end(each)
            .await
        {
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
            read = 0;
        }
    }
    write(&broker, vec![record("orders", "last")]).await;
    broker.close().await.unwrap();
}
