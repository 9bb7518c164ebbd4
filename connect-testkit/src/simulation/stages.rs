//! The transforms of both connectors.

use connect_api::{Error, Record, Result, Transform, Value};

use super::story::Kind;

/// The transform of the source.
#[derive(Clone, Debug)]
pub(super) struct SourceStage;

/// The transform of the sink.
#[derive(Clone, Debug)]
pub(super) struct SinkStage;

impl Transform for SourceStage {
    fn apply(&mut self, record: Record, out: &mut Vec<Record>) -> Result<()> {
        match kind(&record) {
            Kind::Drop => {}
            Kind::Split => doubled(record, ["a", "b"], out),
            Kind::Fail => return failed(&record, out),
            _ => out.push(record),
        }
        Ok(())
    }
}

impl Transform for SinkStage {
    fn apply(&mut self, record: Record, out: &mut Vec<Record>) -> Result<()> {
        match kind(&record) {
            Kind::Hide => {}
            Kind::Fork => doubled(record, ["x", "y"], out),
            Kind::Crash => return failed(&record, out),
            _ => out.push(record),
        }
        Ok(())
    }
}

fn text(record: &Record) -> &str {
    record.value.value.as_str().unwrap_or_default()
}

fn kind(record: &Record) -> Kind {
    Kind::of(text(record))
}

fn doubled(record: Record, ends: [&str; 2], out: &mut Vec<Record>) {
    for end in ends {
        let mut output = record.clone();
        output.value.value = Value::from(format!("{} {end}", text(&record)));
        out.push(output);
    }
}

/// Fails after it pushed something, which must not count.
fn failed(record: &Record, out: &mut Vec<Record>) -> Result<()> {
    out.push(record.clone());
    Err(Error::rejected(format!("`{}` fails", text(record))))
}
