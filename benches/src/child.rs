//! [`Case`]: something that is measured in a process of its own.

use std::{
    collections::BTreeMap,
    env,
    process::{Command, Stdio},
};

/// The first argument of a process that measures.
const CHILD: &str = "child";

/// Runs `measure` in processes that [`Case::run`] started, and `plan` elsewhere.
///
/// Memory that one measurement needed does not count for the next one then, and neither do its threads.
pub fn main(plan: impl FnOnce(), measure: impl FnOnce(&[&str]) -> Answer) {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.split_first() {
        Some((&CHILD, words)) => measure(words).tell(),
        _ => plan(),
    }
}

/// What was measured: numbers with names.
#[derive(Clone, Debug, Default)]
pub struct Answer(BTreeMap<String, f64>);

impl Answer {
    /// Adds a number.
    #[must_use]
    pub fn with(mut self, name: &str, number: f64) -> Self {
        self.0.insert(name.to_owned(), number);
        self
    }

    /// Returns the number called `name`; what was not measured is none.
    #[must_use]
    pub fn get(&self, name: &str) -> f64 {
        self.0.get(name).copied().unwrap_or(f64::NAN)
    }

    fn tell(&self) {
        for (name, number) in &self.0 {
            println!("{name} {number}");
        }
    }

    fn heard(text: &str) -> Self {
        let number = |line: &str| {
            let (name, number) = line.split_once(' ')?;
            Some((name.to_owned(), number.parse().ok()?))
        };
        Self(text.lines().filter_map(number).collect())
    }
}

/// Something that is measured in a process of its own.
#[derive(Clone, Debug)]
pub struct Case {
    words: Vec<String>,
}

impl Case {
    /// Names what is measured: the words are what `measure` gets.
    #[must_use]
    pub fn new<W: ToString>(words: impl IntoIterator<Item = W>) -> Self {
        Self {
            words: words.into_iter().map(|word| word.to_string()).collect(),
        }
    }

    /// Measures once.
    #[must_use]
    pub fn run(&self) -> Answer {
        let output = Command::new(env::current_exe().unwrap())
            .arg(CHILD)
            .args(&self.words)
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(output.status.success(), "{self:?}: {}", output.status);
        Answer::heard(&String::from_utf8(output.stdout).unwrap())
    }

    /// Measures all cases in turn, several times, and returns the median of each.
    ///
    /// What else the machine does meets all of them alike then. `CONNECT_BENCH_ROUNDS` says how often, 3 by default.
    #[must_use]
    pub fn alternate(cases: &[Self]) -> Vec<Answer> {
        let rounds = rounds();
        let mut answers = vec![Vec::new(); cases.len()];
        for _ in 0..rounds {
            for (case, answers) in cases.iter().zip(&mut answers) {
                answers.push(case.run());
            }
        }
        answers.iter().map(|answers| median(answers)).collect()
    }
}

/// Returns how often each case is measured: `CONNECT_BENCH_ROUNDS`, 3 by default.
#[must_use]
pub fn rounds() -> usize {
    let rounds = env::var("CONNECT_BENCH_ROUNDS").ok();
    rounds.map_or(3, |rounds| rounds.parse().unwrap())
}

/// Returns the median of each number.
#[must_use]
pub fn median(answers: &[Answer]) -> Answer {
    let names = answers.first().map(|answer| answer.0.keys());
    let names = names.into_iter().flatten();
    Answer(
        names
            .map(|name| {
                let mut numbers: Vec<f64> = answers.iter().map(|answer| answer.get(name)).collect();
                numbers.sort_by(f64::total_cmp);
                (name.clone(), numbers[numbers.len() / 2])
            })
            .collect(),
    )
}
