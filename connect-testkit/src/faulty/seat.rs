//! [`Seat`]: what a broker believes of a member that it may not hear.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use connect_api::{Error, Result};
use connect_runtime::broker::{Closer, Consumer};

use super::cut::Cut;

/// What a broker believes of a member that it may not hear.
#[derive(Debug)]
pub(super) struct Seat {
    session: Duration,
    standing: Mutex<Standing>,
}

#[derive(Debug)]
enum Standing {
    /// Nobody has joined yet.
    Free,
    /// It is a member, and wants to be.
    Taken(Closer),
    /// It is a member until its session ends, and does not want to be.
    Left(Leaver),
    /// It is no member any more, and has not heard of it.
    Expelled,
    /// It is no member any more, and does not want to be.
    Closed,
}

/// A member that left, which was not heard.
#[derive(Debug)]
enum Leaver {
    /// It was closed from outside.
    Closed(Closer),
    /// It was dropped, or closed itself: the broker below must not know yet.
    Gone(#[expect(dead_code, reason = "kept until it is dropped")] Box<dyn Consumer>),
}

/// Whether a member was heard of when its session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Since,
    Never,
}

impl Seat {
    pub(super) fn new(session: Duration) -> Self {
        Self {
            session,
            standing: Mutex::new(Standing::Free),
        }
    }

    pub(super) fn session(&self) -> Duration {
        self.session
    }

    /// Takes the seat for a consumer that has joined.
    ///
    /// # Errors
    ///
    /// `Fenced`: it was closed from outside meanwhile.
    pub(super) fn take(&self, consumer: &dyn Consumer) -> Result<()> {
        let mut standing = self.standing();
        if matches!(*standing, Standing::Closed) {
            return Err(closed());
        }
        *standing = Standing::Taken(consumer.closer());
        Ok(())
    }

    /// Answers whether the member was not closed from outside.
    pub(super) fn check(&self) -> Result<()> {
        match *self.standing() {
            Standing::Closed | Standing::Left(_) => Err(closed()),
            Standing::Free | Standing::Taken(_) | Standing::Expelled => Ok(()),
        }
    }

    pub(super) fn is_expelled(&self) -> bool {
        matches!(*self.standing(), Standing::Expelled)
    }

    /// Closes the member from outside.
    pub(super) fn close(&self, cut: &Cut) {
        let mut standing = self.standing();
        *standing = match std::mem::replace(&mut *standing, Standing::Closed) {
            Standing::Taken(closer) if cut.is_cut() => Standing::Left(Leaver::Closed(closer)),
            Standing::Taken(closer) => {
                closer.close();
                Standing::Closed
            }
            Standing::Left(leaver) => Standing::Left(leaver),
            Standing::Free | Standing::Expelled | Standing::Closed => Standing::Closed,
        };
    }

    /// Takes back a consumer that is used no more; the broker may hear of it only later.
    pub(super) fn leave(&self, consumer: Box<dyn Consumer>, cut: &Cut) {
        let mut standing = self.standing();
        *standing = match std::mem::replace(&mut *standing, Standing::Closed) {
            Standing::Left(_) => Standing::Left(Leaver::Gone(consumer)),
            Standing::Taken(_) if cut.is_cut() => Standing::Left(Leaver::Gone(consumer)),
            _ => Standing::Closed,
        };
    }

    /// Ends the session of a member: one that wants to be a member loses it only if it was not heard since.
    pub(super) fn end_session(&self, heard: Heard) {
        let mut standing = self.standing();
        *standing = match std::mem::replace(&mut *standing, Standing::Closed) {
            Standing::Taken(closer) if heard == Heard::Never => {
                closer.close();
                Standing::Expelled
            }
            Standing::Left(Leaver::Closed(closer)) => {
                closer.close();
                Standing::Closed
            }
            Standing::Left(Leaver::Gone(_)) => Standing::Closed,
            other => other,
        };
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn closed() -> Error {
    Error::fenced("the consumer was closed")
}
