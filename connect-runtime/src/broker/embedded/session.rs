//! [`Session`]: the right of one producer to write.

use std::sync::atomic::{AtomicBool, Ordering};

use connect_api::{Error, Result, Str};

/// The right of one producer to write; it ends once, from any thread.
#[derive(Debug, Default)]
pub(super) struct Session {
    /// Set by the owner's closer.
    closed: AtomicBool,
    /// Set when a newer producer has the transactional id.
    fenced: AtomicBool,
    /// Set when the fate of something that was handed over is unknown.
    finished: AtomicBool,
    pub(super) claim: Option<Claim>,
}

/// What a transactional producer was given when it was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Claim {
    /// The transactional id.
    pub(super) id: Str,
    pub(super) producer: u64,
    /// A higher one fences this one.
    pub(super) epoch: u32,
}

impl Session {
    pub(super) fn plain() -> Self {
        Self::default()
    }

    pub(super) fn transactional(claim: Claim) -> Self {
        Self {
            claim: Some(claim),
            ..Self::default()
        }
    }

    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    pub(super) fn fence(&self) {
        self.fenced.store(true, Ordering::SeqCst);
    }

    pub(super) fn finish(&self) {
        self.finished.store(true, Ordering::SeqCst);
    }

    /// Answers whether the owner may still write.
    pub(super) fn check(&self) -> Result<()> {
        if self.closed.load(Ordering::SeqCst) {
            return Err(Error::fenced(format!("{self} was closed")));
        }
        if self.fenced.load(Ordering::SeqCst) {
            return Err(Error::fenced(format!(
                "{self} is fenced: a newer one was opened, or its transaction was open for too long"
            )));
        }
        if self.finished.load(Ordering::SeqCst) {
            return Err(Error::unavailable(format!(
                "{self} is finished: the fate of what it sent before is unknown"
            )));
        }
        Ok(())
    }
}

impl std::fmt::Display for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.claim {
            None => f.write_str("producer"),
            Some(claim) => write!(f, "producer of transactional id `{}`", claim.id),
        }
    }
}
