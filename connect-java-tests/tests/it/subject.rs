//! A class and what it is tried with.

use std::{
    fmt::Write as _,
    hash::{DefaultHasher, Hash, Hasher},
    io::Write as _,
};

use connect_api::{Build, ConfigMap, Outcome, Predicate, Record, Result, Transform, UnknownKeys};
use connect_testkit::generate::Rng;
use connect_transforms::plugins;
use serde_json::{Value as Json, json};

use crate::{
    differences::{self, Case},
    form, java,
    options::Options,
    seed,
};

/// How many records one instance gets.
const RECORDS: usize = 10;

/// How many differences are shown; there may be thousands of one kind.
const SHOWN: usize = 3;

/// A class of Java's.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    /// Its name, without `$Key` and `$Value`.
    pub(crate) class: String,
    /// Whether there is one for keys and one for values.
    pub(crate) sides: Sides,
    /// Draws options.
    pub(crate) options: fn(&mut Rng) -> Options,
    /// Draws a record.
    pub(crate) record: fn(&mut Rng) -> Record,
}

/// Whether there is one class for keys and one for values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sides {
    One,
    KeyAndValue,
}

/// One of our own, as configuration builds it.
enum Ours {
    Transform(Box<dyn Transform>),
    Predicate(Box<dyn Predicate>),
    Refused(String),
}

impl Subject {
    /// Compares `instances` of it, with other options each.
    ///
    /// # Panics
    ///
    /// Something differs that nobody has listed.
    pub(crate) fn check(&self, instances: usize) {
        let seed = seed::seed();
        let mut hasher = DefaultHasher::new();
        self.class.hash(&mut hasher);
        let mut random = Rng::with_seed(seed ^ hasher.finish());
        let (mut cases, mut wrong) = (0, Vec::new());
        for _ in 0..seed::depth(instances) {
            cases += RECORDS;
            wrong.extend(self.differences(&mut random));
        }
        let name = self.class.rsplit('.').next().unwrap();
        // What the test harness does not hold back.
        let report = format!(
            "{name}: {cases} cases in both dialects, {} different (CONNECT_SEED={seed})\n",
            wrong.len()
        );
        std::io::stderr().write_all(report.as_bytes()).unwrap();
        let mut text = String::new();
        for one in wrong.iter().take(SHOWN) {
            write!(text, "\n\n{one}").unwrap();
        }
        assert!(
            wrong.is_empty(),
            "{name}: {} of {cases} cases differ, CONNECT_SEED={seed}{text}",
            wrong.len()
        );
    }

    /// Draws options and records, and returns what differs and is not listed.
    fn differences(&self, random: &mut Rng) -> Vec<String> {
        let class = match (self.sides, random.u8(..3)) {
            (Sides::One, _) => self.class.clone(),
            (Sides::KeyAndValue, 0) => format!("{}$Key", self.class),
            (Sides::KeyAndValue, _) => format!("{}$Value", self.class),
        };
        let of = if self.class.starts_with("io.debezium.") || random.u8(..8) == 0 {
            "source"
        } else {
            "sink"
        };
        let options = (self.options)(random).0;
        let records: Vec<_> = (0..RECORDS)
            .map(|_| fit((self.record)(random), of))
            .collect();
        let config: serde_json::Map<_, _> = options
            .iter()
            .map(|(key, value)| (key.clone(), value.as_str().into()))
            .collect();
        let inputs: Vec<_> = records.iter().map(form::record).collect();
        let question = json!({ "class": class, "config": config, "of": of, "records": inputs });
        let theirs = answers(java::ask(&question));
        let mut wrong = Vec::new();
        for (compat_java, listed) in [
            ("true", differences::known().collect::<Vec<_>>()),
            ("false", differences::without_javas_dialect().collect()),
        ] {
            let mut ours = Ours::build(&class, &options, compat_java);
            for ((record, input), java) in records.iter().zip(&inputs).zip(&theirs) {
                let ours = form::ordered(ours.answer(record));
                let both_fail = java.get("error").is_some() && ours.get("error").is_some();
                if both_fail || *java == ours {
                    continue;
                }
                let case = Case {
                    class: &class,
                    options: &options,
                    record: input,
                    java,
                    ours: &ours,
                };
                if !differences::explain(listed.iter().copied(), &case) {
                    wrong.push(format!("compat.java={compat_java}, {of} record\n{case}"));
                }
            }
        }
        wrong
    }
}

/// Gives a record what all of its kind have, and takes what none have.
fn fit(mut record: Record, of: &str) -> Record {
    if of == "sink" {
        record.partition.get_or_insert(0);
        record.offset.get_or_insert(0);
    } else {
        record.offset = None;
    }
    record
}

/// Returns Java's answer to each record; an error to each if it refused the options.
fn answers(mut json: Json) -> Vec<Json> {
    if let Some(refused) = json.get("refused") {
        return vec![json!({ "error": refused, "at": "configuration" }); RECORDS];
    }
    match json["answers"].take() {
        Json::Array(answers) => answers.into_iter().map(form::ordered).collect(),
        other => panic!("expected answers, found {other}"),
    }
}

impl Ours {
    fn build(class: &str, options: &[(String, String)], compat_java: &str) -> Self {
        let mut map: ConfigMap = options.iter().cloned().collect();
        map.insert("compat.java", compat_java);
        let plugins = plugins();
        let plugin = plugins
            .iter()
            .find(|plugin| plugin.aliases().contains(&class));
        let plugin = plugin.unwrap_or_else(|| panic!("there is no {class}"));
        let built = match plugin.build() {
            Build::Transform(build) => build(&map, UnknownKeys::Ignore).map(Self::Transform),
            Build::Predicate(build) => build(&map, UnknownKeys::Ignore).map(Self::Predicate),
            other => panic!("expected a transform or a predicate, found {other:?}"),
        };
        built.unwrap_or_else(|error| Self::Refused(error.to_string()))
    }

    fn answer(&mut self, record: &Record) -> Json {
        let answer: Result<Json> = match self {
            Self::Transform(transform) => {
                let (mut record, mut more) = (record.clone(), Vec::new());
                let applied = transform.apply(&mut record, &mut more);
                assert!(
                    more.is_empty(),
                    "expected one record at most, found {more:?}"
                );
                applied.map(|outcome| match outcome {
                    Outcome::Dropped => Json::Null,
                    Outcome::Kept => form::record(&record),
                })
            }
            Self::Predicate(predicate) => predicate.test(record).map(Json::from),
            Self::Refused(why) => return json!({ "error": why, "at": "configuration" }),
        };
        answer.unwrap_or_else(|error| json!({ "error": error.to_string() }))
    }
}
