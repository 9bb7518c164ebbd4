//! [`BySchema`]: what was worked out for the schemas that were seen last.

use connect_api::{ErrorKind, Result, Schema};

use crate::recent::Recent;

/// What was worked out for the schemas that were seen last; a stream of records has one or a few of them.
#[derive(Clone, Debug)]
pub(crate) struct BySchema<T> {
    recent: Recent<Schema, T>,
}

impl<T> Default for BySchema<T> {
    fn default() -> Self {
        Self::with_room(Self::MOST)
    }
}

impl<T> BySchema<T> {
    /// As many as Java's transforms keep.
    const MOST: usize = 16;

    /// Keeps what belongs to `most` schemas, for streams that mix more of them than usual.
    pub(crate) fn with_room(most: usize) -> Self {
        Self {
            recent: Recent::new(most),
        }
    }

    /// Returns what belongs to `schema`, worked out if that is seen for the first time.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Rejected`]: it cannot be worked out, so that no record with that schema fits.
    pub(crate) fn get(
        &mut self,
        schema: &Schema,
        work_out: impl FnOnce(&Schema) -> Result<T>,
    ) -> Result<&T> {
        self.get_mut(schema, work_out).map(|known| &*known)
    }

    /// Returns the same for change.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub(crate) fn get_mut(
        &mut self,
        schema: &Schema,
        work_out: impl FnOnce(&Schema) -> Result<T>,
    ) -> Result<&mut T> {
        self.recent.get(
            |known| known.is_same(schema),
            // A source that builds its schema anew for each record is compared field by field.
            |known| known == schema,
            || match work_out(schema) {
                Ok(worked_out) => Ok((schema.clone(), worked_out)),
                Err(error) => Err(error.with_kind(ErrorKind::Rejected)),
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_worked_out_once_while_it_is_among_the_last() {
        let numbered = |n: i32| Schema::int32().version(n).build().unwrap();
        let mut known = BySchema::default();
        for n in 0..40 {
            let schema = numbered(n);
            assert_eq!(known.get(&schema, |_| Ok(n)).unwrap(), &n);
            assert_eq!(known.get(&schema, |_| Ok(-1)).unwrap(), &n, "the same");
            assert_eq!(
                known.get(&numbered(n), |_| Ok(-1)).unwrap(),
                &n,
                "an equal one"
            );
        }
        assert_eq!(
            known.get(&numbered(0), |_| Ok(-1)).unwrap(),
            &-1,
            "forgotten"
        );
        assert_eq!(
            known.get(&numbered(25), |_| Ok(-1)).unwrap(),
            &25,
            "one of the last 16"
        );
        assert_eq!(
            known.get(&numbered(24), |_| Ok(-1)).unwrap(),
            &-1,
            "made room"
        );
    }
}
