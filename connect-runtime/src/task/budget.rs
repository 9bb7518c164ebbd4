//! [`Budget`] and [`Share`]: how many bytes of records the tasks of a worker hold together.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// How many bytes of records all tasks of a worker hold together.
#[derive(Debug)]
pub(crate) struct Budget {
    used: AtomicUsize,
    limit: usize,
}

impl Budget {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self {
            used: AtomicUsize::new(0),
            limit,
        })
    }

    /// Opens the share of one task, which holds at most `limit` bytes.
    pub(crate) fn share(self: &Arc<Self>, limit: usize) -> Share {
        Share {
            budget: Arc::clone(self),
            held: 0,
            limit,
        }
    }
}

/// What one task holds of the budget; it is given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    budget: Arc<Budget>,
    held: usize,
    limit: usize,
}

impl Share {
    pub(crate) fn hold(&mut self, bytes: usize) {
        self.held += bytes;
        self.budget.used.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn release(&mut self, bytes: usize) {
        self.held -= bytes;
        self.budget.used.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Returns whether the task has to get rid of something before it takes more.
    ///
    /// A task that holds nothing may always take something: so everybody gets on, and nobody waits for others.
    pub(crate) fn is_full(&self) -> bool {
        self.held >= self.limit
            || (self.held > 0 && self.budget.used.load(Ordering::Relaxed) >= self.budget.limit)
    }

    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        self.held
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.release(self.held);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_full_at_its_own_bound() {
        let mut share = Budget::new(1000).share(10);
        share.hold(9);
        assert!(!share.is_full());
        share.hold(1);
        assert!(share.is_full());
        share.release(10);
        assert!(!share.is_full());
    }

    #[test]
    fn whoever_holds_something_waits_while_all_together_hold_too_much() {
        let budget = Budget::new(10);
        let (mut one, mut two) = (budget.share(100), budget.share(100));
        one.hold(10);
        assert!(one.is_full());
        assert!(!two.is_full(), "it holds nothing yet");
        two.hold(1);
        assert!(two.is_full());
        drop(one);
        assert!(!two.is_full());
    }
}
