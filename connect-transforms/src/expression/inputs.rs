//! [`Inputs`]: what expressions see of a record.

use std::sync::Arc;

use cel::{Context, Env};
use connect_api::{Record, Result, Value};

use super::{compiled::Compiled, typed::Reader};

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

/// What expressions see of one record.
#[derive(Clone, Debug)]
pub(super) struct Read {
    variables: Vec<(&'static str, cel::Value)>,
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
    pub(super) fn read(&self, record: &Record) -> Result<Read> {
        let mut reader = Reader::default();
        let mut variables = Vec::with_capacity(self.names.len());
        for name in &self.names {
            let number = |number: Option<i64>| number.map_or(cel::Value::Null, cel::Value::Int);
            let seen = match *name {
                "topic" => reader.read(&record.topic.clone().into())?,
                "partition" => number(record.partition.map(i64::from)),
                "offset" => number(record.offset),
                "timestamp" => record.timestamp.map_or(Ok(cel::Value::Null), |at| {
                    reader.read(&Value::Timestamp(at))
                })?,
                "key" => reader.read(&record.key.value)?,
                "value" => reader.read(&record.value.value)?,
                _ => reader.headers(&record.headers)?,
            };
            variables.push((*name, seen));
        }
        Ok(Read {
            variables,
            size: reader.size(),
        })
    }
}

impl Read {
    /// Returns how many values there are.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    pub(super) fn context(&self, env: &Arc<Env>) -> Context<'static, 'static> {
        let mut context = Context::with_env(Arc::clone(env));
        for (name, value) in &self.variables {
            context.add_variable_from_value(*name, value.clone());
        }
        context
    }
}
