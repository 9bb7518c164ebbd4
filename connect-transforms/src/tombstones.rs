//! [`Tombstones`]: what becomes of records without a value.

use connect_api::{Error, Outcome, Record, Result};

/// What becomes of records without a value; Aiven and Confluent have other words for it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tombstones {
    Dropped,
    DroppedWithWarning,
    Refused,
}

impl Tombstones {
    /// Keeps a record that has a value.
    ///
    /// # Errors
    ///
    /// It has none, and shall be refused.
    pub(crate) fn judge(self, record: &Record) -> Result<Outcome> {
        if !record.value.value.is_null() {
            return Ok(Outcome::Kept);
        }
        let topic = record.topic.as_str();
        match self {
            Self::Dropped => tracing::debug!(topic, "a tombstone is dropped"),
            Self::DroppedWithWarning => tracing::warn!(topic, "a tombstone is dropped"),
            Self::Refused => {
                return Err(Error::rejected(
                    "handling tombstones: expected a value, found null (behavior=fail)",
                ));
            }
        }
        Ok(Outcome::Dropped)
    }
}
