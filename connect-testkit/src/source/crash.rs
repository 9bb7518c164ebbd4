//! Restarts: what is read again, and what never.

use super::{
    Keeps, SourceFixture, SourceSystem,
    driver::{
        Driver, PATIENCE, Stored, as_stored, check_texts, fill, partition_as_stored, record,
        settle, texts,
    },
};

/// How many records each partition has.
const COUNT: usize = 20;

/// Opened at the offset after any record, a task reads exactly what follows it.
pub async fn reading_resumes_after_any_record(fixture: &dyn SourceFixture) {
    let mut system = fixture.fresh().await;
    let total = fill(&mut *system, COUNT).await;
    let mut driver = Driver::open(&*system, &Stored::new()).await;
    let all = driver.read(&*system, total).await;
    driver.crash();
    let mut stored = Stored::new();
    for (count, read) in all.iter().enumerate() {
        let partition = partition_as_stored(&read.partition);
        stored.insert(partition, as_stored(&read.offset));
        let mut driver = Driver::open(&*system, &stored).await;
        let rest = driver.read(&*system, total - count - 1).await;
        let mut texts: Vec<_> = all[..=count].iter().map(|read| read.text.clone()).collect();
        texts.extend(rest.into_iter().map(|read| read.text));
        check_texts(&*system, &texts, COUNT);
        driver.crash();
    }
}

/// Whatever was not committed is read again, also when it had been polled before.
pub async fn nothing_is_acknowledged_before_its_commit(fixture: &dyn SourceFixture) {
    let mut system = fixture.fresh().await;
    let count = fill(&mut *system, 10).await;
    for _ in 0..3 {
        let mut driver = Driver::open(&*system, &Stored::new()).await;
        let read = driver.read(&*system, count).await;
        let texts: Vec<_> = read.into_iter().map(|read| read.text).collect();
        check_texts(&*system, &texts, 10);
        driver.crash();
    }
}

/// A commit that comes again changes nothing.
///
/// It may come in the same life and in the next one.
pub async fn a_restart_may_repeat_a_commit(fixture: &dyn SourceFixture) {
    let mut system = fixture.fresh().await;
    let count = fill(&mut *system, 5).await;
    let mut driver = Driver::open(&*system, &Stored::new()).await;
    let mut stored = Stored::new();
    let mut found = Vec::new();
    for read in driver.read(&*system, count).await {
        stored.insert(read.partition, as_stored(&read.offset));
        found.push(read.text);
    }
    driver.commit(&stored).await;
    driver.commit(&stored).await;
    driver.crash();
    let mut driver = Driver::open(&*system, &stored).await;
    driver.commit(&stored).await;
    for partition in 0..system.partitions() {
        let text = texts(partition, 6).pop().expect("six were made");
        system.append(partition, &[text]).await;
    }
    let more = system.partitions();
    let rest = driver.read(&*system, more).await;
    found.extend(rest.into_iter().map(|read| read.text));
    check_texts(&*system, &found, 6);
    driver.stop().await;
}

/// A process that dies between any two calls leaves each record written once.
///
/// Records and positions become durable together after each poll, `commit` follows, and every life ends one call later
/// than the one before.
pub async fn a_crash_between_any_two_calls_loses_and_doubles_nothing(fixture: &dyn SourceFixture) {
    for pattern in [Lives::Growing, Lives::AfterPoll, Lives::AfterCommit] {
        let mut system = fixture.fresh().await;
        let total = fill(&mut *system, COUNT).await;
        let mut world = World::default();
        let mut life = 0;
        let living = async {
            while world.written.len() < total {
                life += 1;
                world.live(&*system, pattern.calls(life)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, living).await.is_err() {
            panic!(
                "expected {total} records after crashes, found {:?}",
                world.written
            );
        }
        check_texts(&*system, &world.written, COUNT);
        if system.keeps() == Keeps::UntilCommit {
            // What a crash kept from being acknowledged is acknowledged in the end.
            let mut driver = Driver::open(&*system, &world.stored).await;
            driver.commit(&world.stored).await;
            driver.stop().await;
        }
    }
}

/// After how many calls the lives end.
#[derive(Clone, Copy, Debug)]
enum Lives {
    Growing,
    AfterPoll,
    AfterCommit,
}

impl Lives {
    fn calls(self, life: usize) -> usize {
        match self {
            Self::Growing => life,
            // The first call is `open`. A life that only polls alternates with one that gets further.
            Self::AfterPoll => 2 + life % 2,
            Self::AfterCommit => 3,
        }
    }
}

/// What is durable downstream.
#[derive(Default)]
struct World {
    written: Vec<String>,
    stored: Stored,
}

impl World {
    /// Lives one life of at most `calls` calls into the task; polls without an answer don't count.
    async fn live(&mut self, system: &dyn SourceSystem, calls: usize) {
        let total = system.partitions() * COUNT;
        let mut driver = Driver::open(system, &self.stored).await;
        let mut left = calls - 1;
        while left > 0 && self.written.len() < total {
            let items = driver.poll_some().await;
            left -= 1;
            if left == 0 && calls.is_multiple_of(2) {
                // The process died before the transaction was committed.
                break;
            }
            for item in items {
                settle(&mut self.stored, &item);
                let text = record(system, item).map(|read| read.text);
                self.written.extend(text);
            }
            if left > 0 {
                driver.commit(&self.stored).await;
                left -= 1;
            }
        }
        driver.crash();
    }
}
