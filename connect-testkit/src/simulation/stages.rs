//! The transforms of both connectors.

use connect_api::{Error, Outcome, Record, Result, Transform, Value};

use super::story::Kind;

/// The transform of the source.
#[derive(Clone, Debug)]
pub(super) struct SourceStage;

/// The transform of the sink.
#[derive(Clone, Debug)]
pub(super) struct SinkStage;

impl Transform for SourceStage {
    fn apply(&mut self, record: &mut Record, more: &mut Vec<Record>) -> Result<Outcome> {
        match kind(record) {
            Kind::Drop => Ok(Outcome::Dropped),
            Kind::Split => Ok(doubled(record, ["a", "b"], more)),
            Kind::Fail => failed(record, more),
            _ => Ok(Outcome::Kept),
        }
    }
}

impl Transform for SinkStage {
    fn apply(&mut self, record: &mut Record, more: &mut Vec<Record>) -> Result<Outcome> {
        match kind(record) {
            Kind::Hide => Ok(Outcome::Dropped),
            Kind::Fork => Ok(doubled(record, ["x", "y"], more)),
            Kind::Crash => failed(record, more),
            _ => Ok(Outcome::Kept),
        }
    }
}

fn text(record: &Record) -> &str {
    record.value.value.as_str().unwrap_or_default()
}

fn kind(record: &Record) -> Kind {
    Kind::of(text(record))
}

/// Makes two records of one: itself, and one behind it.
fn doubled(record: &mut Record, ends: [&str; 2], more: &mut Vec<Record>) -> Outcome {
    let [first, second] = ends.map(|end| Value::from(format!("{} {end}", text(record))));
    let mut behind = record.clone();
    record.value.value = first;
    behind.value.value = second;
    more.push(behind);
    Outcome::Kept
}

/// Fails after it changed the record and pushed another one, which must not count.
fn failed(record: &mut Record, more: &mut Vec<Record>) -> Result<Outcome> {
    let failed = Error::rejected(format!("`{}` fails", text(record)));
    more.push(std::mem::take(record));
    Err(failed)
}
