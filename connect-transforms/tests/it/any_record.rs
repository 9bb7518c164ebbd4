//! Any record through any configuration of any transform: taken or refused, without a panic.

use std::{
    env,
    hash::{BuildHasher, RandomState},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

use connect_api::{
    Build, ConfigKey, ConfigMap, ConfigType, ErrorKind, Plugin, Record, UnknownKeys,
};
use connect_testkit::generate::{self, NAMES, Rng};
use connect_transforms::plugins;

use crate::subject::apply;

/// Configurations of each plugin in one run; twenty times as many where `CONNECT_SOAK` is set.
const CONFIGURATIONS: usize = 60;

/// Records through each of them.
const RECORDS: usize = 20;

/// What options are made of, beside the names of fields.
const TEXTS: &[&str] = &[
    "items[*].a",
    "a.b.id",
    "`a.b`[*]",
    "items[0]",
    "topic!",
    "id?",
    "a:id",
    "id:note",
    "int8",
    "float64",
    "string",
    "a:int32",
    "id:string",
    "Timestamp",
    "unix",
    "yyyy-MM-dd'T'HH:mm:ss.SSS",
    "yyyyMMdd",
    "UTC",
    "(.*)-(.*)",
    "(?<x>.+)",
    "(a*)*b",
    "$1",
    "${x}.$0",
    "7",
    "-1",
    "move",
    "$.a",
    "$..id",
    ".a",
    "[1,{\"a\":2}]",
];

#[test]
fn any_record_is_taken_or_refused_by_any_configuration() {
    let given = env::var("CONNECT_SEED").ok();
    let given = given.and_then(|seed| seed.parse().ok());
    let seed: u64 = given.unwrap_or_else(|| RandomState::new().hash_one(0));
    eprintln!("CONNECT_SEED={seed}");
    let configurations = match env::var_os("CONNECT_SOAK") {
        Some(_) => CONFIGURATIONS * 20,
        None => CONFIGURATIONS,
    };
    let mut random = Rng::with_seed(seed);
    for plugin in plugins() {
        let mut built = 0;
        // Most of what is drawn is refused where an option has a form of its own.
        for _ in 0..configurations * 20 {
            built += usize::from(built < configurations && try_one(&plugin, &mut random));
        }
        // Without this, a plugin with an option that no text fits would be tried by nothing.
        assert!(
            built > 0,
            "no configuration of {} is accepted",
            plugin.name()
        );
    }
}

/// Sends records through one configuration; false if that is refused.
fn try_one(plugin: &Plugin, random: &mut Rng) -> bool {
    let options = options(plugin, random);
    let mut at = None;
    let tried = catch_unwind(AssertUnwindSafe(|| {
        let Some(mut apply) = build(plugin, &options) else {
            return false;
        };
        for _ in 0..RECORDS {
            let record = record(random);
            at = Some(record.clone());
            apply(record);
        }
        true
    }));
    tried.unwrap_or_else(|panic| {
        eprintln!("{} {options:?} {at:?}", plugin.name());
        resume_unwind(panic)
    })
}

type Apply = Box<dyn FnMut(Record)>;

/// Builds the plugin; a configuration that is none must be refused as one.
fn build(plugin: &Plugin, options: &ConfigMap) -> Option<Apply> {
    let refused = |error: connect_api::Error| {
        assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
    };
    let rejected = |error: connect_api::Error| {
        assert_eq!(error.kind(), ErrorKind::Rejected, "{error:?}");
    };
    match plugin.build() {
        Build::Transform(build) => {
            let mut transform = build(options, UnknownKeys::Refuse).map_err(refused).ok()?;
            Some(Box::new(move |record| {
                let applied = apply(&mut *transform, record);
                applied.map(drop).unwrap_or_else(rejected);
            }))
        }
        Build::Predicate(build) => {
            let predicate = build(options, UnknownKeys::Refuse).map_err(refused).ok()?;
            Some(Box::new(move |record| {
                predicate.test(&record).map(|_| ()).unwrap_or_else(rejected);
            }))
        }
        other => panic!("expected a transform or a predicate, found {other:?}"),
    }
}

fn options(plugin: &Plugin, random: &mut Rng) -> ConfigMap {
    let mut options = ConfigMap::default();
    for key in plugin.config().keys() {
        if key.is_required() || random.u8(..5) < 2 {
            options.insert(key.name(), option(key, random));
        }
    }
    options
}

fn option(key: &ConfigKey, random: &mut Rng) -> String {
    let valid = key.valid_values();
    if !valid.is_empty() && random.u8(..16) > 0 {
        return valid[random.usize(..valid.len())].clone();
    }
    match key.type_() {
        ConfigType::Boolean => random.bool().to_string(),
        ConfigType::Int | ConfigType::Long | ConfigType::Short => random.i16(-1..100).to_string(),
        ConfigType::List => {
            let texts: Vec<_> = (0..random.usize(1..4)).map(|_| text(random)).collect();
            texts.join(",")
        }
        _ => text(random).to_owned(),
    }
}

fn text(random: &mut Rng) -> &'static str {
    let texts = if random.u8(..3) > 0 { NAMES } else { TEXTS };
    texts[random.usize(..texts.len())]
}

/// Returns a record; one in eight has a value that does not fit its schema.
fn record(random: &mut Rng) -> Record {
    let mut record = generate::record(random);
    if random.u8(..8) == 0 {
        record.value.schema = Some(generate::schema(random));
        record.key.schema = Some(generate::schema(random));
    }
    record
}
