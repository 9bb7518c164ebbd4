//! Any order of writing, rotating, cutting off, reading and restarting.

use std::{fs, time::Duration};

use proptest::prelude::*;

use super::driver::{Driver, NAME};

#[derive(Clone, Debug)]
enum Step {
    /// Appends a whole line of this many characters.
    Line(usize),
    /// Appends a line in two pieces, with other steps between them.
    Half,
    Rotate,
    /// Copies nothing: cuts the file off after everything in it was read.
    Cut,
    Delete,
    /// Puts a copy in its place, as `rsync` and editors do.
    Replace,
    Poll,
    Commit(usize),
    Restart,
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0_usize..200).prop_map(Step::Line),
        3 => Just(Step::Half),
        3 => Just(Step::Rotate),
        1 => Just(Step::Cut),
        1 => Just(Step::Delete),
        1 => Just(Step::Replace),
        8 => Just(Step::Poll),
        4 => (0_usize..6).prop_map(Step::Commit),
        3 => Just(Step::Restart),
        3 => (0_u64..4_000).prop_map(Step::Pass),
    ]
}

/// The writer's side: what it wrote, and the line that it has not finished.
#[derive(Default)]
struct Writer {
    lines: Vec<String>,
    half: Option<String>,
    count: usize,
}

impl Writer {
    fn next_line(&mut self, length: usize) -> String {
        self.count += 1;
        format!("{} {}", self.count, "ü".repeat(length))
    }

    fn write(&mut self, driver: &Driver, step: &Step) {
        match (step, self.half.take()) {
            (_, Some(half)) => {
                driver.append("other half\r\n");
                self.lines.push(format!("{half}other half"));
            }
            (Step::Line(length), None) => {
                let line = self.next_line(*length);
                driver.append(format!("{line}\n"));
                self.lines.push(line);
            }
            (_, None) => {
                let half = self.next_line(3);
                driver.append(&half);
                self.half = Some(half);
            }
        }
    }

    /// The file is finished: what was half a line stays one, and is a line all the same.
    fn finish_file(&mut self) {
        self.lines.extend(self.half.take());
    }
}

fn run(steps: &[Step]) -> (Vec<String>, Vec<String>) {
    let batch = 4.try_into().unwrap();
    let mut driver =
        Driver::with(|source| source.with_batch_size(batch).with_final_line_timeout(None));
    let mut writer = Writer::default();
    // A file that was rotated before anything of it was committed is not known, so one line is.
    writer.write(&driver, &Step::Line(0));
    driver.poll_to_end();
    driver.commit_all();
    for step in steps {
        let exists = driver.path(NAME).exists();
        match step {
            Step::Line(_) | Step::Half => writer.write(&driver, step),
            Step::Rotate if exists => {
                driver.rotate();
                writer.finish_file();
            }
            // Bytes that nobody has read are lost with them, so all are read before.
            Step::Cut if exists && writer.half.is_none() => {
                driver.settle();
                driver.commit_all();
                fs::write(driver.path(NAME), "").unwrap();
                driver.poll_to_end();
                driver.commit_all();
            }
            Step::Delete if exists => {
                driver.settle();
                driver.commit_all();
                fs::remove_file(driver.path(NAME)).unwrap();
                writer.finish_file();
                driver.settle();
                writer.write(&driver, &Step::Line(0));
                driver.settle();
                driver.commit_all();
            }
            // A short file is not recognised in its copy; nor is one that was stored when it was short.
            Step::Replace if exists && writer.half.is_none() => {
                writer.write(&driver, &Step::Line(600));
                driver.settle();
                driver.commit_all();
                fs::copy(driver.path(NAME), driver.path("copy")).unwrap();
                driver.rename("copy", NAME);
            }
            Step::Rotate | Step::Cut | Step::Delete | Step::Replace => {}
            Step::Poll => drop(driver.poll()),
            Step::Commit(count) => driver.commit(*count),
            Step::Restart => driver.restart(),
            Step::Pass(millis) => driver.host.pass(Duration::from_millis(*millis)),
        }
    }
    // The end of the writer: everything becomes a line.
    if driver.path(NAME).exists() {
        driver.rotate();
        writer.finish_file();
    }
    driver.settle();
    driver.commit_all();
    (driver.committed, writer.lines)
}

proptest! {
    #[test]
    fn every_line_becomes_one_record_in_order(steps in prop::collection::vec(step(), 1..60)) {
        let (committed, written) = run(&steps);
        prop_assert_eq!(committed, written);
    }
}
