//! [`Attempts`]: what a record that failed gets before it is tried again.

use std::time::Duration;

use connect_api::{Converter, Error, ErrorKind, Missing};
use tokio::{
    select,
    time::{Instant, sleep},
};

use super::{Backoff, Failure, Setup};

/// What a record that failed gets before it is tried again: preparations, and the tries of `errors.retry.*`.
///
/// All waiting is done here, between the calls into plugins: a deadline is about one call and not about how long a
/// registry is away.
#[derive(Debug)]
pub(crate) struct Attempts {
    started: Option<Instant>,
    next_delay: Duration,
    preparations: u32,
}

/// What becomes of a record that failed.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It is tried again now.
    Again,
    /// It is not tried again.
    Failed(Failure),
}

/// Why a record was not tried to its end.
#[derive(Debug)]
pub(crate) enum Interrupted {
    /// The task shall stop.
    Stopped,
    /// A plugin panicked or did not answer in time: the task value ends.
    Broken(Error),
}

/// What a converter has to fetch.
pub(crate) struct Lacking<'a> {
    pub(crate) converter: &'a dyn Converter,
    pub(crate) missing: Missing<'a>,
}

impl Attempts {
    /// The first pause, doubled each time, as in Java.
    const FIRST_DELAY: Duration = Duration::from_millis(300);
    /// How often one record is prepared: a converter that still lacks something then never gets enough.
    pub(crate) const MOST_PREPARATIONS: u32 = 16;

    pub(crate) fn new() -> Self {
        Self {
            started: None,
            next_delay: Self::FIRST_DELAY,
            preparations: 0,
        }
    }

    /// Waits for what the record needs before it is tried again.
    pub(crate) async fn next(
        &mut self,
        setup: &Setup,
        failure: Failure,
        lacking: Option<Lacking<'_>>,
    ) -> Result<Verdict, Interrupted> {
        match lacking {
            Some(lacking) => self.prepare(setup, failure, lacking).await,
            // Nothing can be fetched for it: a header, or a tombstone.
            None if failure.error.kind() == ErrorKind::NotPrepared => {
                let error = failure.error.with_kind(ErrorKind::Rejected);
                Ok(Verdict::Failed(Failure { error, ..failure }))
            }
            None => self.retry(setup, failure).await,
        }
    }

    /// Lets a converter fetch what it lacks, for as long as that is unavailable.
    async fn prepare(
        &mut self,
        setup: &Setup,
        failure: Failure,
        Lacking { converter, missing }: Lacking<'_>,
    ) -> Result<Verdict, Interrupted> {
        if self.preparations == Self::MOST_PREPARATIONS {
            let what = format!("still not prepared after {} times", self.preparations);
            let error = failure.error.context(what).with_kind(ErrorKind::Fatal);
            return Ok(Verdict::Failed(Failure { error, ..failure }));
        }
        self.preparations += 1;
        let mut backoff = Backoff::default();
        loop {
            let prepare = async { Ok(converter.prepare(missing).await) };
            let call = setup.calls.convert(setup.options.call_timeout, prepare);
            let prepared = select! {
                biased;
                prepared = call => prepared,
                () = setup.stop.cancelled() => return Err(Interrupted::Stopped),
            };
            match prepared.map_err(|broken| Interrupted::Broken(broken.into_error()))? {
                Ok(()) => return Ok(Verdict::Again),
                Err(error) if error.kind() == ErrorKind::Unavailable => {
                    let delay = backoff.after(&error, setup.site.environment.random());
                    tracing::warn!(error = %error.report(), "preparing again in {delay:?}");
                    pause(setup, delay).await?;
                }
                Err(error) => return Ok(Verdict::Failed(Failure { error, ..failure })),
            }
        }
    }

    /// Waits as `errors.retry.*` says.
    async fn retry(&mut self, setup: &Setup, failure: Failure) -> Result<Verdict, Interrupted> {
        let options = setup.options.retry;
        if failure.error.kind() != ErrorKind::Unavailable || options.timeout == Some(Duration::ZERO)
        {
            return Ok(Verdict::Failed(failure));
        }
        let started = *self.started.get_or_insert_with(Instant::now);
        let delay = self.next_delay.min(options.max_delay);
        if let Some(timeout) = options.timeout
            && started.elapsed() + delay > timeout
        {
            return Ok(Verdict::Failed(failure));
        }
        self.next_delay = self.next_delay.saturating_mul(2);
        pause(setup, delay).await?;
        Ok(Verdict::Again)
    }
}

async fn pause(setup: &Setup, delay: Duration) -> Result<(), Interrupted> {
    select! {
        biased;
        () = setup.stop.cancelled() => Err(Interrupted::Stopped),
        () = sleep(delay) => Ok(()),
    }
}
