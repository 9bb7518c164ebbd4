//! [`Recent`]: what was worked out for what was seen last.

use connect_api::Result;

/// What was worked out for the keys that were seen last, each under any number of conditions.
#[derive(Clone, Debug)]
pub(crate) struct Recent<K, V> {
    known: Vec<(K, V)>,
    most: usize,
    /// Which entry makes room for the next one, when there is none left.
    oldest: usize,
}

impl<K, V> Recent<K, V> {
    /// Keeps at most `most` entries, and at least one.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            known: Vec::new(),
            most: most.max(1),
            oldest: 0,
        }
    }

    /// Returns the entry whose key is one of those looked for, or the one that `make` makes.
    ///
    /// `is` is asked about all keys before `equals` is, which may take longer.
    ///
    /// # Errors
    ///
    /// Those of `make`; nothing is kept then.
    pub(crate) fn get(
        &mut self,
        is: impl Fn(&K) -> bool,
        equals: impl Fn(&K) -> bool,
        make: impl FnOnce() -> Result<(K, V)>,
    ) -> Result<&mut V> {
        let known = self.known.iter().position(|(key, _)| is(key));
        let known = known.or_else(|| self.known.iter().position(|(key, _)| equals(key)));
        let at = match known {
            Some(at) => at,
            None => {
                let made = make()?;
                self.insert(made)
            }
        };
        Ok(&mut self.known[at].1)
    }

    fn insert(&mut self, entry: (K, V)) -> usize {
        if self.known.len() < self.most {
            self.known.push(entry);
            return self.known.len() - 1;
        }
        let at = self.oldest;
        self.known[at] = entry;
        self.oldest = (at + 1) % self.most;
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_makes_room() {
        let mut recent = Recent::new(2);
        let mut made = |n: i32| {
            let mut times = 0;
            let found = recent.get(
                |key| *key == n,
                |_| false,
                || {
                    times += 1;
                    Ok((n, n * 10))
                },
            );
            assert_eq!(found.unwrap(), &(n * 10));
            times
        };
        let seen = [1, 2, 1, 3, 2, 1].map(&mut made);
        assert_eq!(seen, [1, 1, 0, 1, 0, 1]);
    }

    #[test]
    fn nothing_is_kept_of_a_failure() {
        let mut recent: Recent<i32, i32> = Recent::new(2);
        let failure = || Err(connect_api::Error::rejected("no"));
        assert!(recent.get(|_| true, |_| true, failure).is_err());
        let found = recent.get(|_| true, |_| true, || Ok((1, 2)));
        assert_eq!(found.unwrap(), &2);
    }
}
