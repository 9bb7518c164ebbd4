//! [`Report`]: which claims of a suite hold.

use std::{fmt, panic::AssertUnwindSafe, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use tokio::time::timeout;

use crate::environment::panic_message;

/// Which claims of a suite hold.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a suite that nobody looks at shows nothing"]
pub struct Report {
    subject: String,
    outcomes: Vec<(&'static str, Outcome)>,
}

/// What became of one claim.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a claim holds, fails or cannot be tried"
)]
pub enum Outcome {
    /// It holds.
    Holds,
    /// It doesn't, and this is what was found.
    Fails(String),
    /// It was not tried, for this reason.
    Untried(&'static str),
}

/// A claim that is about to be tried.
pub(crate) struct Claim<'a> {
    name: &'static str,
    work: Result<BoxFuture<'a, ()>, &'static str>,
}

/// How long one claim may take; real systems are slow, and a hang is a failure with a name.
const LONGEST: Duration = Duration::from_secs(300);

impl<'a> Claim<'a> {
    /// Tries the claim by running `work`, which panics if it does not hold.
    pub(crate) fn new(name: &'static str, work: BoxFuture<'a, ()>) -> Self {
        Self {
            name,
            work: Ok(work),
        }
    }

    /// Leaves the claim out.
    pub(crate) fn untried(name: &'static str, reason: &'static str) -> Self {
        Self {
            name,
            work: Err(reason),
        }
    }

    async fn outcome(self) -> Outcome {
        let work = match self.work {
            Ok(work) => work,
            Err(reason) => return Outcome::Untried(reason),
        };
        match timeout(LONGEST, AssertUnwindSafe(work).catch_unwind()).await {
            Ok(Ok(())) => Outcome::Holds,
            Ok(Err(panic)) => Outcome::Fails(panic_message(&*panic)),
            Err(_) => Outcome::Fails(format!("no answer within {LONGEST:?}")),
        }
    }
}

impl Report {
    /// Tries `claims` one after the other.
    pub(crate) async fn of(subject: &str, claims: Vec<Claim<'_>>) -> Self {
        let mut outcomes = Vec::with_capacity(claims.len());
        for claim in claims {
            outcomes.push((claim.name, claim.outcome().await));
        }
        Self {
            subject: subject.to_owned(),
            outcomes,
        }
    }

    /// Returns each claim with what became of it, in the order of the suite.
    #[must_use]
    pub fn outcomes(&self) -> &[(&'static str, Outcome)] {
        &self.outcomes
    }

    /// Returns what became of one claim.
    #[must_use]
    pub fn outcome(&self, claim: &str) -> Option<&Outcome> {
        self.outcomes
            .iter()
            .find(|(name, _)| *name == claim)
            .map(|(_, outcome)| outcome)
    }

    /// Returns the names of the claims that fail.
    #[must_use]
    pub fn failed(&self) -> Vec<&'static str> {
        let fails = |outcome: &Outcome| matches!(outcome, Outcome::Fails(_));
        self.outcomes
            .iter()
            .filter(|(_, outcome)| fails(outcome))
            .map(|(name, _)| *name)
            .collect()
    }

    /// Ends the test if a claim fails.
    ///
    /// # Panics
    ///
    /// A claim fails; the message is the whole report.
    #[track_caller]
    pub fn check(self) {
        assert!(self.failed().is_empty(), "\n{self}");
    }
}

/// One line per claim, those that fail last.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rank = |outcome: &Outcome| match outcome {
            Outcome::Holds => 0,
            Outcome::Untried(_) => 1,
            Outcome::Fails(_) => 2,
        };
        let mut sorted: Vec<_> = self.outcomes.iter().collect();
        sorted.sort_by_key(|(_, outcome)| rank(outcome));
        for (name, outcome) in sorted {
            match outcome {
                Outcome::Holds => writeln!(f, "holds    {name}")?,
                Outcome::Untried(reason) => writeln!(f, "untried  {name}: {reason}")?,
                Outcome::Fails(found) => writeln!(f, "FAILS    {name}: {found}")?,
            }
        }
        let (failed, all) = (self.failed().len(), self.outcomes.len());
        write!(f, "{}: {failed} of {all} claims fail", self.subject)
    }
}
