//! [`Stream`]: every n-th record, with a place of its own.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use connect_api::{Error, Result, SourceContext, SourceOffset, SourcePartition, Value, json};

/// The keys of a source partition: which stream, of how many.
const PARTITION: &str = "partition";
const OF: &str = "of";

/// The key of the place in an offset: how many records of the stream there are before it.
const INDEX: &str = "index";

/// How many records there are.
#[derive(Clone, Debug)]
pub(super) enum Supply {
    Endless,
    Count(u64),
    /// As many as the number says, which may grow.
    Growing(Arc<AtomicU64>),
}

impl Supply {
    fn count(&self) -> u64 {
        match self {
            Self::Endless => u64::MAX,
            Self::Count(count) => *count,
            Self::Growing(count) => count.load(Ordering::Relaxed),
        }
    }
}

/// The records whose index is `number` plus a multiple of `of`.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    number: u32,
    of: u32,
    /// How many of them were made.
    made: u64,
    partition: SourcePartition,
}

impl Stream {
    /// Begins where the stored offset says.
    pub(super) fn open(cx: &SourceContext, number: u32, of: u32) -> Result<Self> {
        let partition = partition(number, of);
        let made = match cx.offset_at(&partition, INDEX)? {
            None => 0,
            Some(made) => u64::try_from(made).ok().ok_or_else(|| {
                Error::fatal(format!(
                    "source partition {partition}: expected an `{INDEX}` of at least 0, found {made}"
                ))
            })?,
        };
        Ok(Self {
            number,
            of,
            made,
            partition,
        })
    }

    /// Makes one more record, and returns its index and the place after it.
    pub(super) fn advance(&mut self, supply: &Supply) -> Option<(u64, SourceOffset)> {
        let index = self.made.checked_mul(self.of.into())?;
        let index = index.checked_add(self.number.into())?;
        if index >= supply.count() {
            return None;
        }
        self.made += 1;
        let place = i64::try_from(self.made).ok()?;
        Some((index, SourceOffset::at(INDEX, place)))
    }

    pub(super) fn partition(&self) -> &SourcePartition {
        &self.partition
    }
}

fn partition(number: u32, of: u32) -> SourcePartition {
    SourcePartition::from([(PARTITION, i64::from(number)), (OF, i64::from(of))])
}

/// Checks what an operator wants to store for one of `of` streams.
pub(super) fn check(of: u32, at: &SourcePartition, offset: Option<&SourceOffset>) -> Result<()> {
    // Whatever is stored may be removed, also what another number of streams left behind.
    let Some(offset) = offset else { return Ok(()) };
    let number = at.get(PARTITION).and_then(Value::as_i64);
    let number = number.and_then(|number| u32::try_from(number).ok());
    if !number.is_some_and(|number| number < of && partition(number, of) == *at) {
        return Err(Error::config(format!(
            "source partition {at}: expected {{\"{PARTITION}\":n,\"{OF}\":{of}}} with n below {of}"
        )));
    }
    let stored = offset.to_value()?;
    match stored.get(INDEX).and_then(Value::as_i64) {
        Some(0..) => Ok(()),
        _ => Err(Error::config(format!(
            "source partition {at}: expected an offset with an `{INDEX}` of at least 0, found {}",
            json::to_string(&stored)
        ))),
    }
}
