//! [`Transform`] and [`Predicate`]: records in, records out.

use crate::{Record, Result};

/// Turns one record into any number of records.
///
/// One instance serves one task, so state needs no lock. Closures `FnMut(Record) -> Result<Option<Record>>` are
/// transforms:
///
/// ```
/// use connect_api::{Record, Result, Transform};
///
/// fn is_transform(_: impl Transform) {}
/// is_transform(|record: Record| -> Result<Option<Record>> { Ok(Some(record).filter(|r| !r.value.value.is_null())) });
/// ```
///
/// Most transforms make one record of one. They change it where it stands, which saves moving it. One that makes many
/// pushes them all and drops the record, or keeps the first one in it.
///
/// ```
/// use connect_api::{Outcome, Record, Result, Transform};
///
/// /// Sends every record to the topic of this name.
/// struct Route(String);
///
/// impl Transform for Route {
///     fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
///         record.topic = self.0.as_str().into();
///         Ok(Outcome::Kept)
///     }
/// }
/// ```
pub trait Transform: Send + 'static {
    /// Makes of `record` what it becomes, and says whether that goes on.
    ///
    /// Whatever else it becomes is pushed to `more`, and comes behind it.
    ///
    /// # Contract
    ///
    /// - On an error nothing of either counts, in whatever state they are: tolerance decides about the input as a whole.
    ///   Whoever shares data with the record sees no change; nobody looks at one that is dropped.
    /// - What stands in `more` belongs to other records, and stays.
    /// - It never panics, whatever the record looks like.
    ///
    /// # Errors
    ///
    /// The record does not fit the transform's options.
    fn apply(&mut self, record: &mut Record, more: &mut Vec<Record>) -> Result<Outcome>;
}

/// Whether a record goes on behind a transform.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it goes on or it does not")]
pub enum Outcome {
    /// It goes on as it is now.
    Kept,
    /// It ends here.
    Dropped,
}

impl<F: FnMut(Record) -> Result<Option<Record>> + Send + 'static> Transform for F {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        let Some(kept) = self(std::mem::take(record))? else {
            return Ok(Outcome::Dropped);
        };
        *record = kept;
        Ok(Outcome::Kept)
    }
}

/// Decides whether a transform applies to a record.
pub trait Predicate: Send + 'static {
    /// Looks at `record`.
    ///
    /// # Contract
    ///
    /// - The same record gets the same answer. It never panics.
    ///
    /// # Errors
    ///
    /// The record does not fit the predicate's options.
    fn test(&self, record: &Record) -> Result<bool>;
}

impl<F: Fn(&Record) -> bool + Send + 'static> Predicate for F {
    fn test(&self, record: &Record) -> Result<bool> {
        Ok(self(record))
    }
}
