//! [`BySchema`]: what was worked out for the schemas that were seen last.

use connect_api::{ErrorKind, Result, Schema};

/// What was worked out for the schemas that were seen last; a stream of records has one or a few of them.
#[derive(Clone, Debug)]
pub(crate) struct BySchema<T> {
    known: Vec<(Schema, T)>,
    most: usize,
    /// Which entry makes room for the next one, when there is none left.
    oldest: usize,
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
            known: Vec::new(),
            most,
            oldest: 0,
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
        let same = |(known, _): &(Schema, T)| known.is_same(schema);
        let found = self.known.iter().position(same);
        // A source that builds its schema anew for each record is compared field by field.
        let found = found.or_else(|| self.known.iter().position(|(known, _)| known == schema));
        let at = match found {
            Some(at) => at,
            None => {
                let worked_out = work_out(schema);
                let worked_out =
                    worked_out.map_err(|error| error.with_kind(ErrorKind::Rejected))?;
                self.insert(schema.clone(), worked_out)
            }
        };
        Ok(&mut self.known[at].1)
    }

    fn insert(&mut self, schema: Schema, worked_out: T) -> usize {
        if self.known.len() < self.most {
            self.known.push((schema, worked_out));
            return self.known.len() - 1;
        }
        let at = self.oldest;
        self.known[at] = (schema, worked_out);
        self.oldest = (at + 1) % self.most;
        at
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
        assert_eq!(known.known.len(), 16);
    }
}
