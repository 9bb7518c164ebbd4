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
pub trait Transform: Send + 'static {
    /// Pushes what `record` becomes; pushing nothing drops it.
    ///
    /// # Contract
    ///
    /// - On an error nothing that was pushed counts: tolerance decides about the input as a whole.
    /// - It never panics, whatever the record looks like.
    ///
    /// # Errors
    ///
    /// The record does not fit the transform's options.
    fn apply(&mut self, record: Record, out: &mut Vec<Record>) -> Result<()>;
}

impl<F: FnMut(Record) -> Result<Option<Record>> + Send + 'static> Transform for F {
    fn apply(&mut self, record: Record, out: &mut Vec<Record>) -> Result<()> {
        out.extend(self(record)?);
        Ok(())
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
