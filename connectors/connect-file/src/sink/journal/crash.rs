//! A disk that fails or loses power at any step, and what must hold afterwards.

use std::{
    collections::BTreeMap,
    io,
    ops::Range,
    sync::{Arc, Mutex},
};

use connect_api::{Offsets, TopicPartition};
use proptest::prelude::*;

use super::{Disk, Journal};

/// What happens at the step that is to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// It fails and does nothing.
    Refused,
    /// It is done, and reported as failed.
    Lied,
    /// Half of it is done.
    Torn,
    /// The process dies instead.
    Killed,
    /// The machine loses power instead; of what was not durable, some survives.
    PowerLost,
}

const FAULTS: [Fault; 5] = [
    Fault::Refused,
    Fault::Lied,
    Fault::Torn,
    Fault::Killed,
    Fault::PowerLost,
];

/// What is on the disk, as the processes see it and as it would be after a loss of power.
#[derive(Debug, Default)]
struct Platter {
    data: Vec<u8>,
    durable_data: Vec<u8>,
    /// What was done to the data since it was last made durable.
    open: Vec<Change>,
    offsets: Option<Vec<u8>>,
    durable_offsets: Option<Vec<u8>>,
    staged: Option<Vec<u8>>,
    /// Steps until the fault, and how many steps in a row it hits.
    steps: usize,
    fault: Option<Fault>,
    times: usize,
    is_dead: bool,
    /// Chooses what survives.
    seed: u64,
}

#[derive(Clone, Debug)]
enum Change {
    Write(usize, Vec<u8>),
    Cut(usize),
}

impl Change {
    fn apply(&self, data: &mut Vec<u8>) {
        match self {
            Self::Write(at, bytes) => {
                data.resize(data.len().max(at + bytes.len()), 0);
                data[*at..at + bytes.len()].copy_from_slice(bytes);
            }
            Self::Cut(length) => data.resize(*length, 0),
        }
    }
}

impl Platter {
    fn random(&mut self) -> u64 {
        self.seed = self
            .seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        self.seed >> 33
    }

    /// Counts a step, and says what goes wrong with it.
    fn step(&mut self) -> io::Result<Option<Fault>> {
        if self.is_dead {
            return Err(io::Error::other("the process is dead"));
        }
        let fault = match self.steps.checked_sub(1) {
            Some(left) => {
                self.steps = left;
                None
            }
            None if self.times > 1 => {
                self.times -= 1;
                self.fault
            }
            None => self.fault.take(),
        };
        if let Some(Fault::Killed | Fault::PowerLost) = fault {
            self.is_dead = true;
            self.fault = None;
            if fault == Some(Fault::PowerLost) {
                self.lose_power();
            }
            return Err(io::Error::other("the process died"));
        }
        Ok(fault)
    }

    fn change(&mut self, change: Change) -> io::Result<()> {
        let fault = self.step()?;
        let change = match (fault, change) {
            (Some(Fault::Refused), _) => return Err(io::Error::other("refused")),
            (Some(Fault::Torn), Change::Write(at, mut bytes)) => {
                bytes.truncate(bytes.len() / 2);
                Change::Write(at, bytes)
            }
            (_, change) => change,
        };
        change.apply(&mut self.data);
        self.open.push(change);
        fault.map_or(Ok(()), |_| Err(io::Error::other("failed")))
    }

    fn lose_power(&mut self) {
        let mut data = std::mem::take(&mut self.durable_data);
        for mut change in std::mem::take(&mut self.open) {
            let luck = self.random() % 3;
            if let (1, Change::Write(_, bytes)) = (luck, &mut change) {
                bytes.truncate(bytes.len() / 2);
            }
            if luck > 0 {
                change.apply(&mut data);
            }
        }
        self.data = data.clone();
        self.durable_data = data;
        if self.random().is_multiple_of(2) {
            self.offsets = self.durable_offsets.clone();
        }
        self.durable_offsets = self.offsets.clone();
    }
}

/// Fails as `is` says, before or after `work` was done.
fn fail(fault: Option<Fault>, work: impl FnOnce()) -> io::Result<()> {
    if fault != Some(Fault::Refused) && fault != Some(Fault::Torn) {
        work();
    }
    fault.map_or(Ok(()), |_| Err(io::Error::other("failed")))
}

#[derive(Clone, Debug)]
struct TestDisk(Arc<Mutex<Platter>>);

impl TestDisk {
    fn platter(&self) -> std::sync::MutexGuard<'_, Platter> {
        self.0.lock().unwrap()
    }
}

impl Disk for TestDisk {
    fn name(&self) -> String {
        "test".to_owned()
    }
    fn id(&self) -> &str {
        "1:1"
    }
    fn has_its_name(&self) -> io::Result<bool> {
        fail(self.platter().step()?, || ()).map(|()| true)
    }
    fn length(&self) -> io::Result<u64> {
        let mut platter = self.platter();
        fail(platter.step()?, || ())?;
        Ok(platter.data.len() as u64)
    }
    fn read(&self, range: Range<u64>) -> io::Result<Vec<u8>> {
        let mut platter = self.platter();
        fail(platter.step()?, || ())?;
        Ok(platter.data[range.start as usize..range.end as usize].to_vec())
    }
    fn write(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.platter()
            .change(Change::Write(at as usize, bytes.to_vec()))
    }
    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.platter().change(Change::Cut(length as usize))
    }
    fn sync(&mut self) -> io::Result<()> {
        let mut platter = self.platter();
        let fault = platter.step()?;
        fail(fault, || {
            platter.durable_data = platter.data.clone();
            platter.open.clear();
        })?;
        Ok(())
    }
    fn load(&self) -> io::Result<Option<Vec<u8>>> {
        let mut platter = self.platter();
        fail(platter.step()?, || ())?;
        Ok(platter.offsets.clone())
    }
    fn stage(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut platter = self.platter();
        let fault = platter.step()?;
        let written = match fault {
            Some(Fault::Torn) => &bytes[..bytes.len() / 2],
            _ => bytes,
        };
        platter.staged = Some(written.to_vec());
        fail(fault, || ())
    }
    fn publish(&mut self) -> io::Result<()> {
        let mut platter = self.platter();
        let fault = platter.step()?;
        fail(fault, || platter.offsets = platter.staged.clone())
    }
    fn sync_folder(&mut self) -> io::Result<()> {
        let mut platter = self.platter();
        let fault = platter.step()?;
        fail(fault, || platter.durable_offsets = platter.offsets.clone())
    }
}

/// What a task and its runtime do.
#[derive(Clone, Debug)]
enum Step {
    /// Hands over this many records of a topic-partition, the next ones it has not accepted yet.
    Put(i32, i64),
    Store,
    /// Loses a topic-partition, and gets it back.
    Lose(i32),
    /// Is stopped, and an operator stores the offset that is stored.
    Alter(i32),
    Reopen,
}

fn of(partition: i32) -> TopicPartition {
    TopicPartition::new("t", partition)
}

/// Runs tasks over one disk, and checks after each start that lines and offsets agree.
struct Runner {
    disk: TestDisk,
    journal: Option<Journal<TestDisk>>,
    /// What a successful store has promised.
    promised: Offsets,
}

impl Runner {
    fn new(steps: usize, fault: Fault, times: usize, seed: u64) -> Self {
        let platter = Platter {
            steps,
            fault: Some(fault),
            times,
            seed,
            ..Platter::default()
        };
        Self {
            disk: TestDisk(Arc::new(Mutex::new(platter))),
            journal: None,
            promised: Offsets::new(),
        }
    }

    /// Returns a journal that works, after as many starts as it takes.
    fn journal(&mut self) -> &mut Journal<TestDisk> {
        if self.journal.is_none() {
            let journal = std::iter::repeat_with(|| {
                self.disk.platter().is_dead = false;
                Journal::open(self.disk.clone())
            });
            let journal = journal.flatten().next().unwrap();
            self.check(journal.offsets());
            self.journal = Some(journal);
        }
        self.journal.as_mut().unwrap()
    }

    /// The lines of each topic-partition are those below its offset, and nothing that was promised is missing.
    fn check(&self, offsets: &Offsets) {
        let platter = self.disk.platter();
        let text = std::str::from_utf8(&platter.data).unwrap();
        let mut found = BTreeMap::<TopicPartition, i64>::new();
        for line in text.lines() {
            let (partition, number) = line.split_once(':').expect("whole lines only");
            let next = found.entry(of(partition.parse().unwrap())).or_default();
            assert_eq!(number.parse(), Ok(*next), "in order, in {text:?}");
            *next += 1;
        }
        let stored: BTreeMap<_, _> = offsets
            .clone()
            .into_iter()
            .filter(|(_, n)| *n > 0)
            .collect();
        assert_eq!(found, stored);
        for (at, promised) in &self.promised {
            assert!(
                offsets.get(at).copied().unwrap_or(0) >= *promised,
                "{at} lost"
            );
        }
    }

    fn run(&mut self, step: &Step) {
        match step {
            Step::Put(partition, count) => {
                let at = of(*partition);
                let journal = self.journal();
                let start = journal.next_offset(&at).unwrap_or(0);
                for number in start..start + count {
                    let line = format!("{partition}:{number}");
                    journal.unsaved().push(&at, [line.as_bytes()]);
                }
                journal.unsaved().advance(&at, start + count);
            }
            Step::Store => {
                let journal = self.journal();
                match journal.store() {
                    Ok(()) => {
                        let counts = journal.stored.length;
                        self.promised = journal.offsets().clone();
                        assert_eq!(self.disk.platter().data.len() as u64, counts);
                    }
                    Err(error) => assert_eq!(error.kind(), connect_api::ErrorKind::Unavailable),
                }
            }
            Step::Lose(partition) => {
                let forgotten = self.journal().forget(&[of(*partition)]);
                // A task that cannot let go is dropped.
                if forgotten.is_err() {
                    self.journal = None;
                }
            }
            Step::Alter(partition) => {
                self.journal = None;
                let at = of(*partition);
                let journal = self.journal();
                let offset = journal.offsets().get(&at).copied();
                if let Err(error) = journal.alter([(&at, &offset)]) {
                    assert_eq!(error.kind(), connect_api::ErrorKind::Unavailable);
                }
                self.journal = None;
            }
            Step::Reopen => self.journal = None,
        }
        if self.disk.platter().is_dead {
            self.journal = None;
        }
    }

    fn finish(&mut self) {
        for _ in 0..4 {
            self.run(&Step::Store);
        }
        self.run(&Step::Reopen);
        self.journal();
    }
}

#[test]
fn whichever_step_fails_lines_and_offsets_agree() {
    let steps = [
        Step::Put(0, 2),
        Step::Put(1, 1),
        Step::Store,
        Step::Put(0, 3),
        Step::Put(1, 2),
        Step::Store,
        Step::Lose(1),
        Step::Put(0, 1),
        Step::Store,
        Step::Put(1, 1),
        Step::Store,
        Step::Reopen,
        Step::Put(0, 1),
        Step::Store,
        Step::Alter(0),
        Step::Put(0, 1),
        Step::Store,
    ];
    for fault in FAULTS {
        let variants = match fault {
            Fault::PowerLost => (0..30).map(|seed| (1, seed)).collect(),
            Fault::Killed => vec![(1, 0)],
            Fault::Refused | Fault::Lied | Fault::Torn => vec![(1, 0), (2, 0), (3, 0)],
        };
        for (times, seed) in variants {
            for at in 0.. {
                let mut runner = Runner::new(at, fault, times, seed);
                steps.iter().for_each(|step| runner.run(step));
                runner.finish();
                if runner.disk.platter().fault.is_some() {
                    assert!(at > 40, "each store takes several steps");
                    break;
                }
            }
        }
    }
}

#[test]
fn a_full_disk_keeps_whole_lines_until_it_has_room() {
    let mut runner = Runner::new(usize::MAX, Fault::Torn, 1, 0);
    runner.run(&Step::Put(0, 1));
    runner.run(&Step::Store);
    runner.run(&Step::Put(0, 2));
    // The fifth step of a store is the write.
    runner.disk.platter().steps = 4;
    runner.run(&Step::Store);
    assert_eq!(runner.disk.platter().data, b"0:0\n");
    runner.run(&Step::Store);
    assert_eq!(runner.disk.platter().data, b"0:0\n0:1\n0:2\n");
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3, 1_i64..4).prop_map(|(partition, count)| Step::Put(partition, count)),
        4 => Just(Step::Store),
        2 => (0..3).prop_map(Step::Lose),
        1 => (0..3).prop_map(Step::Alter),
        1 => Just(Step::Reopen),
    ]
}

proptest! {
    #[test]
    fn whatever_a_task_does_lines_and_offsets_agree(
        steps in prop::collection::vec(step(), 1..30),
        at in 0_usize..150,
        fault in prop::sample::select(FAULTS.to_vec()),
        times in 1_usize..4,
        seed: u64,
    ) {
        let mut runner = Runner::new(at, fault, times, seed);
        steps.iter().for_each(|step| runner.run(step));
        runner.finish();
    }
}
