//! Wrong configurations, made from every key of every definition: each is refused before anything starts.

use std::fmt::Write;

use connect_api::{ConfigDef, ConfigKey, ConfigMap, ConfigType, Plugin, UnknownKeys};
use connect_runtime::{Direction, Worker};

use super::files::{ARGUMENTS, Folder};

/// Values of which at least one is wrong for everything but texts.
const CANDIDATES: [&str; 8] = [
    "banana",
    "",
    "0",
    "-2",
    "1.5",
    "2147483648",
    "99999999999999999999",
    "truee",
];

/// A configuration that is right: worker, source, sink.
#[derive(Clone)]
struct Files {
    worker: ConfigMap,
    source: ConfigMap,
    sink: ConfigMap,
}

/// Which of them is changed.
#[derive(Clone, Copy, Debug)]
enum Place {
    Worker,
    Source,
    Sink,
}

/// The name that a connector or converter goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Own,
    Java,
}

impl Files {
    fn right(name: Name) -> Self {
        let pick = |own: &'static str, java: &'static str| match name {
            Name::Own => own,
            Name::Java => java,
        };
        let json = pick("json", "org.apache.kafka.connect.json.JsonConverter");
        Self {
            worker: ConfigMap::from([
                ("bootstrap.servers", "embedded:broker"),
                ("key.converter", json),
                ("value.converter", json),
            ]),
            source: ConfigMap::from([
                ("name", "in"),
                ("connector.class", pick("file-source", "FileStreamSource")),
                ("file", "input"),
                ("topic", "lines"),
            ]),
            sink: ConfigMap::from([
                ("name", "out"),
                ("connector.class", pick("file-sink", "FileStreamSink")),
                ("topics", "lines"),
                ("file", "output"),
                ("value.converter", json),
            ]),
        }
    }

    fn at(&mut self, place: Place) -> &mut ConfigMap {
        match place {
            Place::Worker => &mut self.worker,
            Place::Source => &mut self.source,
            Place::Sink => &mut self.sink,
        }
    }

    fn with(mut self, place: Place, key: &str, value: &str) -> Self {
        self.at(place).insert(key, value);
        self
    }

    fn without(mut self, place: Place, key: &str) -> Self {
        self.at(place).remove(key);
        self
    }

    fn write(&self) -> Folder {
        let text = |map: &ConfigMap| {
            let mut text = String::new();
            for (key, value) in map.iter() {
                writeln!(text, "{key}={value}").unwrap();
            }
            text
        };
        Folder::with(&text(&self.worker), &text(&self.source), &text(&self.sink))
    }

    /// Fails unless starting them is refused, with all of `told`, and nothing was started.
    #[track_caller]
    fn refused(&self, what: &str, told: &[&str]) {
        let folder = self.write();
        let done = folder.run(&ARGUMENTS);
        assert_eq!(done.code, Some(2), "{what}: {}", done.stderr);
        for told in told {
            assert!(
                done.stderr.contains(told),
                "{what}: {told}\n\n{}",
                done.stderr
            );
        }
        for made in ["broker", "output"] {
            assert!(!folder.has(made), "{what}: `{made}` was made");
        }
    }
}

/// A definition whose keys stand somewhere, below a prefix.
struct Defined {
    place: Place,
    prefix: &'static str,
    definition: ConfigDef,
}

fn all() -> Vec<Defined> {
    let files = connect_file::plugins();
    let converters = connect_converters::plugins();
    let of = |plugins: &[Plugin], name: &str| {
        let plugin = plugins.iter().find(|plugin| plugin.name() == name);
        plugin.unwrap().config().clone()
    };
    let defined = |place, prefix, definition| Defined {
        place,
        prefix,
        definition,
    };
    vec![
        defined(Place::Worker, "", Worker::definition()),
        defined(
            Place::Source,
            "",
            Worker::connector_definition(Direction::Source),
        ),
        defined(
            Place::Sink,
            "",
            Worker::connector_definition(Direction::Sink),
        ),
        defined(Place::Source, "", of(&files, "file-source")),
        defined(Place::Sink, "", of(&files, "file-sink")),
        defined(Place::Worker, "key.converter.", of(&converters, "json")),
        defined(Place::Sink, "value.converter.", of(&converters, "json")),
    ]
}

impl Defined {
    /// Iterates over the keys that a user sets.
    fn keys(&self) -> impl Iterator<Item = &ConfigKey> {
        let keys = self.definition.keys().iter();
        keys.filter(|key| key.name() != "converter.type")
    }

    fn full(&self, key: &ConfigKey) -> String {
        format!("{}{}", self.prefix, key.name())
    }

    /// Returns the values that the definition itself refuses for a key.
    fn wrong(&self, key: &ConfigKey) -> Vec<&'static str> {
        let refused = |value: &&&str| {
            let map = ConfigMap::from([(key.name(), **value)]);
            let problems = self.definition.problems(&map, UnknownKeys::Ignore);
            problems
                .iter()
                .any(|problem| problem.key() == key.name() && problem.found() == Some(*value))
        };
        CANDIDATES.iter().filter(refused).copied().collect()
    }
}

#[test]
fn every_wrong_value_of_every_key_is_refused_before_anything_starts() {
    let mut cases = 0;
    for defined in all() {
        for key in defined.keys() {
            let wrong = defined.wrong(key);
            let free = matches!(
                key.type_(),
                ConfigType::String | ConfigType::Class | ConfigType::List | ConfigType::Password
            );
            assert!(
                !wrong.is_empty() || free,
                "no value is wrong for {}",
                key.name()
            );
            for value in wrong {
                let full = defined.full(key);
                let files = Files::right(Name::Own).with(defined.place, &full, value);
                let found = match value {
                    "" => "found an empty text".to_owned(),
                    value => format!("found {value}"),
                };
                let expected = format!("expected {}", key.expected());
                let what = format!("{full}={value}");
                files.refused(
                    &what,
                    &[&format!("configuration {full}: "), &found, &expected],
                );
                cases += 1;
            }
        }
    }
    assert!(cases >= 50, "{cases} cases");
}

#[test]
fn every_missing_key_is_told() {
    let mut cases = 0;
    for defined in all() {
        for key in defined.keys().filter(|key| key.is_required()) {
            let full = defined.full(key);
            let files = Files::right(Name::Own).without(defined.place, &full);
            let missing = format!("Missing required configuration \"{full}\"");
            let expected = format!("expected {}, found nothing", key.expected());
            files.refused(&full, &[&missing, &expected]);
            cases += 1;
        }
    }
    assert!(cases >= 3, "{cases} cases");
    let files = Files::right(Name::Own);
    let missing = |key: &str| format!("Missing required configuration \"{key}\"");
    for (place, key) in [
        (Place::Worker, "bootstrap.servers"),
        (Place::Sink, "connector.class"),
    ] {
        files
            .clone()
            .without(place, key)
            .refused(key, &[&missing(key)]);
    }
    files
        .clone()
        .without(Place::Worker, "value.converter")
        .refused(
            "value.converter",
            &["source.properties: Missing value converter"],
        );
    files
        .without(Place::Sink, "topics")
        .refused("topics", &["topics"]);
}

#[test]
fn every_misspelled_key_is_refused_and_the_nearest_is_named() {
    let mut cases = 0;
    for defined in all() {
        for key in defined.keys() {
            let (full, misspelled) = misspelled(&defined, key);
            let files = Files::right(Name::Own).with(defined.place, &misspelled, "1");
            let told = format!("Unknown configuration \"{misspelled}\": did you mean \"{full}\"?");
            files.refused(&misspelled, &[&told]);
            cases += 1;
        }
    }
    assert!(cases >= 50, "{cases} cases");
}

#[test]
fn under_java_names_a_misspelled_key_is_a_warning_that_names_the_nearest() {
    for defined in all() {
        // A worker has no other name.
        if matches!((defined.place, defined.prefix), (Place::Worker, "")) {
            continue;
        }
        let mut files = Files::right(Name::Java);
        let mut told = Vec::new();
        for key in defined.keys() {
            let (full, misspelled) = misspelled(&defined, key);
            files = files.with(defined.place, &misspelled, "1");
            // A converter's own words know no prefix.
            let short = |text: &str| text[defined.prefix.len()..].to_owned();
            told.push(format!(
                "ignored: Unknown configuration \"{}\": did you mean \"{}\"?",
                short(&misspelled),
                short(&full)
            ));
        }
        let folder = files.write();
        let done = folder.run(&[
            "validate",
            "worker.properties",
            "source.properties",
            "sink.properties",
        ]);
        let done = done.with(0);
        for told in told {
            assert!(done.stderr.contains(&told), "{told}\n\n{}", done.stderr);
        }
    }
}

fn misspelled(defined: &Defined, key: &ConfigKey) -> (String, String) {
    let full = defined.full(key);
    let last = full.chars().last().unwrap();
    let misspelled = format!("{full}{last}");
    (full, misspelled)
}

#[test]
fn wrong_values_of_all_keys_are_told_at_once() {
    let mut files = Files::right(Name::Own);
    let mut told = Vec::new();
    for defined in all() {
        for key in defined.keys() {
            if let Some(value) = defined.wrong(key).first() {
                let full = defined.full(key);
                files = files.with(defined.place, &full, value);
                told.push(format!("Invalid value {value} for configuration {full}: "));
            }
        }
    }
    let told: Vec<_> = told.iter().map(String::as_str).collect();
    assert!(told.len() >= 20, "{told:?}");
    files.refused("all at once", &told);
}

/// What is set where, and what is told.
type Conflict = (
    Place,
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
);

/// Keys and values that are right alone and wrong together, with what is told.
const CONFLICTS: &[Conflict] = &[
    (
        Place::Sink,
        &[("topics.regex", "l.*")],
        &["topics", "topics.regex"],
    ),
    (
        Place::Sink,
        &[("topics", ""), ("topics.regex", "(")],
        &["topics.regex", "("],
    ),
    (
        Place::Sink,
        &[("errors.deadletterqueue.topic.name", "lines")],
        &["The DLQ topic 'lines' may not be included in the list of topics"],
    ),
    (
        Place::Source,
        &[("file", ""), ("exactly.once.support", "required")],
        &["exactly.once.support", "does not support exactly-once"],
    ),
    (
        Place::Source,
        &[("transaction.boundary", "connector")],
        &["transaction.boundary", "does not support connector-defined"],
    ),
    (
        Place::Source,
        &[
            ("transaction.boundary", "interval"),
            ("transaction.boundary.interval.ms", "9000"),
            ("producer.override.transaction.timeout.ms", "8000"),
        ],
        &[
            "transaction.timeout.ms",
            "8000",
            "Must be longer than the interval",
        ],
    ),
    (
        Place::Source,
        &[("key.converter.schemas.enable", "true")],
        &[
            "key.converter.schemas.enable",
            "has no effect",
            "\"key.converter\" is not set",
        ],
    ),
    (
        Place::Source,
        &[("transforms.mask.type", "x")],
        &[
            "transforms.mask.type",
            "\"transforms\" does not list `mask`",
        ],
    ),
    (
        Place::Source,
        &[("transforms", "mask")],
        &["Missing required configuration \"transforms.mask.type\""],
    ),
    (
        Place::Source,
        &[("connector.class", "file-sorce")],
        &[
            "connector.class",
            "found `file-sorce`",
            "did you mean `file-source`",
        ],
    ),
    (
        Place::Worker,
        &[("bootstrap.servers", "localhost")],
        &[
            "bootstrap.servers",
            "localhost",
            "expected `embedded:<directory>`",
        ],
    ),
    (
        Place::Worker,
        &[("header.converter", "avro")],
        &["header.converter", "found `avro`", "simple-header"],
    ),
];

#[test]
fn what_is_wrong_together_is_refused() {
    for (place, entries, told) in CONFLICTS {
        let right = Files::right(Name::Own);
        let files = entries
            .iter()
            .fold(right, |files, (key, value)| files.with(*place, key, value));
        files.refused(&format!("{entries:?}"), told);
    }
    let files = Files::right(Name::Own)
        .with(Place::Worker, "exactly.once.source.support", "disabled")
        .with(Place::Source, "exactly.once.support", "required");
    files.refused(
        "exactly once",
        &["does not have exactly-once source support enabled"],
    );
}

#[test]
fn what_the_cases_are_made_of_is_right() {
    for name in [Name::Own, Name::Java] {
        let folder = Files::right(name).write();
        let done = folder.run(&[
            "validate",
            "worker.properties",
            "source.properties",
            "sink.properties",
        ]);
        assert_eq!(done.with(0).stderr, "");
    }
}
