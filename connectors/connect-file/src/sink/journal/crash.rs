//! A disk that fails or loses power at any step, and what must hold afterwards.

use std::{
    collections::BTreeMap,
    io::Read,
    num::NonZeroU64,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, SystemTime},
};

use connect_api::{ErrorKind, Offsets, TopicPartition};
use flate2::read::MultiGzDecoder;
use proptest::prelude::*;

use super::{
    Journal, Layout,
    platter::{FAULTS, Fault, Platter, TestDisk},
};
use crate::sink::{compression::Compression, rotation::Rotation};

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
    /// Lets the files go until they are needed.
    Rest,
    /// Lets time pass.
    Wait,
}

fn of(partition: i32) -> TopicPartition {
    TopicPartition::new("t", partition)
}

/// Runs tasks over one disk, and checks after each start that lines and offsets agree.
struct Runner {
    platter: Arc<Mutex<Platter>>,
    layout: Layout,
    now: SystemTime,
    journal: Option<Journal<TestDisk>>,
    /// What a successful store has promised.
    promised: Offsets,
}

impl Runner {
    fn new(layout: Layout, steps: usize, (fault, times, seed): (Fault, usize, u64)) -> Self {
        let platter = Platter::failing(steps, (fault, times, seed));
        Self {
            platter: Arc::new(Mutex::new(platter)),
            layout,
            now: SystemTime::UNIX_EPOCH,
            journal: None,
            promised: Offsets::new(),
        }
    }

    fn platter(&self) -> MutexGuard<'_, Platter> {
        self.platter.lock().unwrap()
    }

    /// Returns a journal that works, after as many starts as it takes.
    fn journal(&mut self) -> &mut Journal<TestDisk> {
        if self.journal.is_none() {
            let journal = std::iter::repeat_with(|| {
                self.platter().is_dead = false;
                Journal::open(TestDisk::open(&self.platter), self.layout)
            });
            let journal = journal.flatten().next().unwrap();
            self.check(journal.offsets());
            self.journal = Some(journal);
        }
        self.journal.as_mut().unwrap()
    }

    /// The lines of each topic-partition are those below its offset, and nothing that was promised is missing.
    fn check(&self, offsets: &Offsets) {
        let bytes = self.platter().all();
        let mut text = String::new();
        match self.layout.compression {
            Compression::None => text = String::from_utf8(bytes).unwrap(),
            Compression::Gzip if bytes.is_empty() => {}
            Compression::Gzip => {
                let read = MultiGzDecoder::new(&*bytes).read_to_string(&mut text);
                read.expect("whole members only");
            }
        }
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
                    journal.unsaved().push(&at, [line.as_bytes()], b"\n");
                }
                journal.unsaved().advance(&at, start + count);
            }
            Step::Store => {
                let now = self.now;
                let rotates = self.layout.rotation.is_wanted();
                let journal = self.journal();
                match journal.store(now) {
                    Ok(()) => {
                        let counts = journal.stored.length;
                        self.promised = journal.offsets().clone();
                        assert_eq!(self.platter().data().len() as u64, counts);
                    }
                    Err(error) if error.kind() == ErrorKind::Fenced && rotates => {
                        self.journal = None;
                    }
                    Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable),
                }
            }
            Step::Rest => drop(self.journal().rest()),
            Step::Wait => self.now += Duration::from_secs(60),
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
                    assert_eq!(error.kind(), ErrorKind::Unavailable);
                }
                self.journal = None;
            }
            Step::Reopen => self.journal = None,
        }
        if self.platter().is_dead {
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

/// A layout whose files are finished after two or three lines, and by time.
fn rotating() -> Layout {
    let bytes = NonZeroU64::new(10).unwrap();
    Layout {
        rotation: Rotation::default()
            .at_bytes(bytes)
            .every(Duration::from_secs(60)),
        ..Layout::default()
    }
}

fn compressed() -> Layout {
    let bytes = NonZeroU64::new(60).unwrap();
    Layout {
        rotation: Rotation::default().at_bytes(bytes),
        compression: Compression::Gzip,
    }
}

#[test]
fn whichever_step_fails_lines_and_offsets_agree() {
    check_every_step(Layout::default());
}

#[test]
fn whichever_step_of_a_rotation_fails_lines_and_offsets_agree() {
    check_every_step(rotating());
}

fn check_every_step(layout: Layout) {
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
        Step::Rest,
        Step::Wait,
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
                let mut runner = Runner::new(layout, at, (fault, times, seed));
                steps.iter().for_each(|step| runner.run(step));
                runner.finish();
                let platter = runner.platter();
                if platter.fault.is_some() {
                    assert!(at > 40, "each store takes several steps");
                    assert_eq!(platter.finished() > 2, layout.rotation.is_wanted());
                    break;
                }
            }
        }
    }
}

#[test]
fn a_full_disk_keeps_whole_lines_until_it_has_room() {
    let mut runner = Runner::new(Layout::default(), usize::MAX, (Fault::Torn, 1, 0));
    runner.run(&Step::Put(0, 1));
    runner.run(&Step::Store);
    runner.run(&Step::Put(0, 2));
    // The sixth step of a store is the write.
    runner.platter().steps = 5;
    runner.run(&Step::Store);
    assert_eq!(runner.platter().data(), b"0:0\n");
    runner.run(&Step::Store);
    assert_eq!(runner.platter().data(), b"0:0\n0:1\n0:2\n");
}

#[test]
fn an_owner_that_comes_while_the_name_is_free_fences_the_one_that_freed_it() {
    let platter = Arc::new(Mutex::new(Platter::default()));
    let mut journal = Journal::open(TestDisk::open(&platter), rotating()).unwrap();
    let mut rival = journal.stored.clone();
    rival.epoch += 1;
    let rival = rival.to_bytes();
    platter.lock().unwrap().rival = Some(rival.clone());
    journal
        .unsaved()
        .push(&of(0), [b"a long line".as_slice()], b"\n");
    journal.unsaved().advance(&of(0), 1);
    let error = journal.store(SystemTime::UNIX_EPOCH).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Fenced);
    assert_eq!(platter.lock().unwrap().offsets(), Some(rival));
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3, 1_i64..4).prop_map(|(partition, count)| Step::Put(partition, count)),
        4 => Just(Step::Store),
        2 => (0..3).prop_map(Step::Lose),
        1 => (0..3).prop_map(Step::Alter),
        1 => Just(Step::Reopen),
        1 => Just(Step::Rest),
        1 => Just(Step::Wait),
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
        layout in prop::sample::select(vec![Layout::default(), rotating(), compressed()]),
    ) {
        let mut runner = Runner::new(layout, at, (fault, times, seed));
        steps.iter().for_each(|step| runner.run(step));
        runner.finish();
    }
}
