//! [`Inputs`]: what expressions see of a record.

use std::sync::Arc;

use cel::{
    Context,
    common::types::{CelInt, CelNull},
};
use connect_api::{Record, Result};

use super::{
    compiled::Compiled,
    functions,
    typed::{Reader, Seen},
};

/// What expressions see.
pub(super) const NAMES: &[&str] = &[
    "topic",
    "partition",
    "offset",
    "timestamp",
    "key",
    "value",
    "headers",
];

/// Which parts of a record any of the expressions looks at: nothing else is read.
#[derive(Clone, Debug, Default)]
pub(super) struct Inputs {
    names: Vec<&'static str>,
}

/// What expressions see of one record, borrowed from it.
pub(super) struct Read<'r> {
    context: Context<'r, 'r>,
    size: usize,
}

impl Inputs {
    pub(super) fn of<'a>(expressions: impl Iterator<Item = &'a Compiled>) -> Self {
        let expressions: Vec<_> = expressions.collect();
        let is_seen = |name: &&str| expressions.iter().any(|compiled| compiled.refers_to(name));
        Self {
            names: NAMES.iter().copied().filter(|name| is_seen(name)).collect(),
        }
    }

    /// Reads what is looked at.
    ///
    /// # Errors
    ///
    /// A datum is nested too deeply, or has too many values.
    pub(super) fn read<'r>(&self, record: &'r Record) -> Result<Read<'r>> {
        let mut reader = Reader::default();
        let mut context = Context::with_env(Arc::clone(functions::env()));
        for name in &self.names {
            let seen = match *name {
                "topic" => reader.text(&record.topic)?,
                "partition" => number(record.partition.map(i64::from)),
                "offset" => number(record.offset),
                "timestamp" => match record.timestamp {
                    Some(millis) => reader.timestamp(millis)?,
                    None => Box::new(CelNull),
                },
                "key" => reader.read(&record.key.value)?,
                "value" => reader.read(&record.value.value)?,
                _ => reader.headers(&record.headers)?,
            };
            context.add_variable_as_val(*name, seen);
        }
        Ok(Read {
            context,
            size: reader.size(),
        })
    }
}

fn number<'r>(number: Option<i64>) -> Seen<'r> {
    match number {
        Some(number) => Box::new(CelInt::from(number)),
        None => Box::new(CelNull),
    }
}

impl<'r> Read<'r> {
    /// Returns how many values there are.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Returns the names that expressions are worked out with.
    pub(super) fn context(&self) -> &Context<'r, 'r> {
        &self.context
    }
}
