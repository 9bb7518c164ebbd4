//! Any order of writing, rotating, cutting off, compressing, deleting, reading and restarting, for several logs at once.

use std::{collections::BTreeMap, fs, time::Duration};

use proptest::prelude::*;

use super::{archives::gzip, driver::Driver};

const LOGS: [&str; 3] = ["a.log", "b.log", "web-7.log"];

#[derive(Clone, Debug)]
enum Step {
    /// Appends a whole record of this many characters to a log.
    Record(usize, usize),
    /// Appends a record in two pieces, with other steps between them.
    Half(usize),
    Rotate(usize),
    /// Copies the log, and cuts it off; the copy has lines that nobody has read.
    CopyAndCut(usize),
    /// Cuts the log off after everything in it was read.
    Cut(usize),
    Delete(usize),
    /// Renames the log to a name of another series, which may be another task's.
    Leave(usize),
    /// Compresses a rotated file, as logrotate does, after it was read.
    Compress(usize),
    Poll,
    Commit(usize),
    /// Restarts with at most this many tasks.
    Restart(usize),
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let log = 0..LOGS.len();
    prop_oneof![
        8 => (log.clone(), 0_usize..200).prop_map(|(log, length)| Step::Record(log, length)),
        3 => log.clone().prop_map(Step::Half),
        4 => log.clone().prop_map(Step::Rotate),
        1 => log.clone().prop_map(Step::CopyAndCut),
        1 => log.clone().prop_map(Step::Cut),
        1 => log.clone().prop_map(Step::Delete),
        1 => log.clone().prop_map(Step::Leave),
        2 => log.prop_map(Step::Compress),
        8 => Just(Step::Poll),
        4 => (0_usize..6).prop_map(Step::Commit),
        3 => (1_usize..4).prop_map(Step::Restart),
        3 => (0_u64..4_000).prop_map(Step::Pass),
    ]
}

/// How a record is written.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Line,
    Lines,
}

/// The writers' side: what they wrote, and the records that are not finished.
struct Writers {
    shape: Shape,
    records: Vec<String>,
    halves: BTreeMap<usize, String>,
    /// How many files each log has been.
    files: [usize; LOGS.len()],
    count: usize,
}

impl Writers {
    /// Starts a record: log, file, number.
    fn begin(&mut self, log: usize, length: usize) -> String {
        self.count += 1;
        let file = self.files[log];
        format!("{log}/{file} {} {}", self.count, "ü".repeat(length))
    }

    fn end(&self) -> &'static str {
        match self.shape {
            Shape::Line => " end",
            Shape::Lines => "\n  more\r\n  end",
        }
    }

    fn record(&mut self, driver: &Driver, log: usize, length: usize) {
        self.finish_half(driver, log);
        let record = self.begin(log, length) + self.end();
        driver.append(LOGS[log], format!("{record}\n"));
        self.records.push(record);
    }

    fn half(&mut self, driver: &Driver, log: usize) {
        self.finish_half(driver, log);
        let half = self.begin(log, 3);
        driver.append(LOGS[log], &half);
        self.halves.insert(log, half);
    }

    fn finish_half(&mut self, driver: &Driver, log: usize) {
        if let Some(half) = self.halves.remove(&log) {
            driver.append(LOGS[log], format!("{}\n", self.end()));
            self.records.push(half + self.end());
        }
    }

    fn finish_halves(&mut self, driver: &Driver) {
        (0..LOGS.len()).for_each(|log| self.finish_half(driver, log));
    }

    /// The file is finished: what was half a record stays one, and is a record all the same.
    fn finish_file(&mut self, log: usize) {
        self.records.extend(self.halves.remove(&log));
        self.files[log] += 1;
    }

    /// Everything is read and committed; time passes, so no record may be half written.
    fn settle(&mut self, driver: &mut Driver) {
        self.finish_halves(driver);
        driver.settle();
        driver.commit_all();
    }
}

/// Renames what rotation has left of a log, compressed or not, by one number.
fn make_room(driver: &Driver, name: &str) {
    let names = |n: usize| [format!("{name}.{n}"), format!("{name}.{n}.gz")];
    let exists = |name: &String| driver.path(name).exists();
    let count = (1..).take_while(|n| names(*n).iter().any(exists)).count();
    for n in (1..=count).rev() {
        for (from, to) in names(n).iter().zip(&names(n + 1)) {
            if exists(from) {
                driver.rename(from, to);
            }
        }
    }
}

fn change(driver: &mut Driver, writers: &mut Writers, step: &Step) {
    let (Step::Rotate(log)
    | Step::CopyAndCut(log)
    | Step::Cut(log)
    | Step::Delete(log)
    | Step::Leave(log)
    | Step::Compress(log)) = *step
    else {
        return;
    };
    let name = LOGS[log];
    let rotated = format!("{name}.1");
    match step {
        Step::Compress(_) if driver.path(&rotated).exists() => {
            writers.settle(driver);
            let bytes = fs::read(driver.path(&rotated)).unwrap();
            // Of a few bytes nobody knows whether they were read before.
            if bytes.len() >= 64 {
                driver.write(&format!("{rotated}.gz"), gzip(&bytes));
                driver.remove(&rotated);
            }
        }
        _ if !driver.path(name).exists() => {}
        Step::Rotate(_) => {
            make_room(driver, name);
            driver.rename(name, &rotated);
            writers.finish_file(log);
        }
        // A short file is not recognised in its copy; nor is one that was stored when it was short.
        Step::CopyAndCut(_) => {
            writers.record(driver, log, 600);
            writers.settle(driver);
            writers.record(driver, log, 1);
            make_room(driver, name);
            fs::copy(driver.path(name), driver.path(&rotated)).unwrap();
            driver.write(name, "");
            writers.finish_file(log);
            driver.poll_to_end();
        }
        Step::Cut(_) => {
            writers.settle(driver);
            driver.write(name, "");
            writers.finish_file(log);
            driver.poll_to_end();
        }
        // An empty file cannot be told from one that gets its inode in the same tick of the clock.
        Step::Delete(_) => {
            writers.record(driver, log, 1);
            writers.settle(driver);
            driver.remove(name);
            writers.finish_file(log);
        }
        // All tasks have to have seen it, and enough of it to know it by.
        Step::Leave(_) => {
            writers.record(driver, log, 600);
            writers.settle(driver);
            writers.record(driver, log, 1);
            driver.rename(name, &format!("left-{}.log", writers.count));
            writers.finish_file(log);
        }
        _ => {}
    }
}

fn run((shape, open): (Shape, u32), steps: &[Step]) -> (Vec<String>, Vec<String>) {
    let mut driver = Driver::with("*.log*", 2, |config| {
        config.batch_size = 4.try_into().unwrap();
        config.file_open_max = open.try_into().unwrap();
        if matches!(shape, Shape::Lines) {
            config.multiline_pattern = Some("^\\S".to_owned());
        }
    });
    let mut writers = Writers {
        shape,
        records: Vec::new(),
        halves: BTreeMap::new(),
        files: [0; LOGS.len()],
        count: 0,
    };
    for step in steps {
        match step {
            Step::Record(log, length) => writers.record(&driver, *log, *length),
            Step::Half(log) => writers.half(&driver, *log),
            Step::Poll => drop(driver.poll()),
            Step::Commit(count) => driver.commit(*count),
            Step::Restart(tasks) => driver.restart_with(*tasks),
            // What rests for long becomes a record, so nothing rests for long in the middle of one.
            Step::Pass(millis) => {
                writers.finish_halves(&driver);
                driver.host.pass(Duration::from_millis(*millis));
            }
            _ => change(&mut driver, &mut writers, step),
        }
    }
    writers.settle(&mut driver);
    driver.restart();
    writers.settle(&mut driver);
    (driver.committed, writers.records)
}

/// Returns the records of each file, in the order in which they came.
fn by_file(records: &[String]) -> BTreeMap<&str, Vec<&String>> {
    let mut files: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for record in records {
        let file = record.split(' ').next().unwrap_or_default();
        files.entry(file).or_default().push(record);
    }
    files
}

fn check(how: (Shape, u32), steps: &[Step]) -> Result<(), TestCaseError> {
    let (committed, written) = run(how, steps);
    prop_assert_eq!(difference(&committed, &written), [""; 0]);
    prop_assert!(by_file(&committed) == by_file(&written), "out of order");
    Ok(())
}

/// Returns how often which records came too often or not often enough.
fn difference(committed: &[String], written: &[String]) -> Vec<String> {
    let mut counts = BTreeMap::new();
    for (records, by) in [(committed, 1), (written, -1)] {
        for record in records {
            *counts.entry(record).or_insert(0) += by;
        }
    }
    let counts = counts.into_iter().filter(|(_, count)| *count != 0);
    counts
        .map(|(record, count)| format!("{count:+} {}", record.replace('ü', "")))
        .collect()
}

proptest! {
    #[test]
    fn every_line_becomes_one_record_in_the_order_of_its_file(
        steps in prop::collection::vec(step(), 1..60),
        open in 1_u32..4,
    ) {
        check((Shape::Line, open), &steps)?;
    }

    #[test]
    fn every_record_of_several_lines_is_one_in_the_order_of_its_file(
        steps in prop::collection::vec(step(), 1..60),
        open in 1_u32..4,
    ) {
        check((Shape::Lines, open), &steps)?;
    }
}
