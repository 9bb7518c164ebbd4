//! [`Writer`]: the one place where something is written.

use std::{ops::ControlFlow, sync::Arc, time::Duration};

use connect_api::{Error, ErrorKind, Result};
use redb::{Durability, WriteTransaction};

use super::{
    command::{Command, Reply},
    dispatch::{apply, wall},
    group::Groups,
    ledger::{Effort, Ledger, Tables, Work},
    options::Recovery,
    shared::Shared,
};
use crate::Milestone;

/// How many commands are taken into one commit, so that the first does not wait for ever.
const MOST_COMMANDS: usize = 4096;

/// How many bytes are written before a commit that nobody waits for.
const MOST_STAGED: usize = 16 * 1024 * 1024;

/// How long everybody is told why the database could not be opened, before that is tried again.
///
/// Opening may mean to read all of it, so each command must not try for itself.
const PAUSE: Duration = Duration::from_secs(1);

/// Takes commands of all clients, and commits many of them at once.
///
/// While the disk is busy with one commit, the commands of the next one gather in the queue.
pub(super) struct Writer {
    shared: Arc<Shared>,
    /// `None` after an error: it is read again before the next command, but not before `retry_at`.
    ledger: Option<Ledger>,
    retry_at: Duration,
    draft: Option<Draft>,
    /// When the next sweep begins; `None` while there is nothing to remove.
    sweep_at: Option<Duration>,
}

/// What the writer does next.
enum Next {
    Command(Command),
    /// Nobody wants anything, but something is due or planned.
    Own,
}

/// What the writer does when nobody wants anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    Sleeps,
    /// It goes on removing what may go.
    Busy,
}

/// A commit that is being prepared.
///
/// Records of open transactions stay here until somebody waits for something: usually the commit of the transaction,
/// so that the whole transaction costs one.
struct Draft {
    transaction: WriteTransaction,
    work: Work,
}

impl Writer {
    /// Reads what the database holds, and shows it to readers.
    pub(super) fn open(shared: &Arc<Shared>) -> Result<Self> {
        let mut writer = Self {
            shared: Arc::clone(shared),
            ledger: None,
            retry_at: Duration::ZERO,
            draft: None,
            sweep_at: None,
        };
        writer.load()?;
        Ok(writer)
    }

    /// Works until the broker is closed.
    pub(super) async fn run(mut self) {
        let shared = Arc::clone(&self.shared);
        while let Some(next) = next(&shared, self.rest()).await {
            if let Next::Command(command) = next
                && let ControlFlow::Break(reply) = self.take_batch(command)
            {
                return self.end(reply);
            }
            // Each time, so that it goes on under load too.
            if shared.deadline.pass(shared.environment.elapsed()) {
                self.look_after();
            }
            self.step();
            if self.is_due() {
                self.commit();
            }
        }
        self.commit();
    }

    /// Takes partitions from slow members, and aborts transactions that are open for too long.
    fn look_after(&mut self) {
        self.shared.change_groups(Groups::expire);
        // An error was told: what was open is lost.
        let _ = self.with_draft(|shared, ledger, draft| {
            let now = shared.environment.elapsed();
            let mut tables = Tables::open(&draft.transaction)
                .map_err(|error| shared.store.failed("writing", error))?;
            ledger
                .expire(&mut tables, &mut draft.work, now)
                .map_err(|error| shared.store.failed("writing", error))
        });
        match (self.sweep_at, &mut self.ledger) {
            // Another deadline came first.
            (Some(at), _) if self.shared.environment.elapsed() < at => self.shared.wake_at(at),
            (Some(_), Some(ledger)) => {
                self.sweep_at = None;
                ledger.plan((Effort::Usual, wall(&self.shared)));
                self.plan_sweep();
            }
            _ => {}
        }
    }

    fn rest(&self) -> Rest {
        match &self.ledger {
            Some(ledger) if ledger.is_sweeping() => Rest::Busy,
            _ => Rest::Sleeps,
        }
    }

    /// Does a bit of what was planned to be removed.
    fn step(&mut self) {
        if self.rest() == Rest::Sleeps {
            return;
        }
        let done = self.with_draft(|shared, ledger, draft| {
            let mut tables = Tables::open(&draft.transaction)
                .map_err(|error| shared.store.failed("writing", error))?;
            ledger
                .step(&mut tables, &mut draft.work, wall(shared))
                .map_err(|error| shared.store.failed("writing", error))
        });
        if done.is_ok() {
            self.plan_sweep();
        }
    }

    /// Sees to it that what grows old is looked at again.
    fn plan_sweep(&mut self) {
        let is_idle = self.rest() == Rest::Sleeps && self.sweep_at.is_none();
        if is_idle && self.ledger.as_ref().is_some_and(Ledger::ages) {
            let shared = &self.shared;
            let at = shared.environment.elapsed() + shared.options.maintenance;
            self.sweep_at = Some(at);
            shared.wake_at(at);
        }
    }

    /// Finishes what was handed over before the end.
    fn end(mut self, reply: Reply<()>) {
        self.shared.queue.close();
        while let Some(command) = self.shared.queue.take_now() {
            // A second request to close ends with the first: its answer is dropped with the command.
            let _ = self.take_batch(command);
        }
        self.commit();
        // The directory is free before this is told.
        drop(self);
        drop(reply.send(Ok(())));
    }

    /// Takes `command` and what waits behind it into the commit that is being prepared.
    fn take_batch(&mut self, command: Command) -> ControlFlow<Reply<()>> {
        if let Command::Close { reply } = command {
            return ControlFlow::Break(reply);
        }
        if matches!(command, Command::Heal)
            && self.ledger.is_some()
            && let Err(error) = self.shared.store.check()
        {
            self.fail(&error);
        }
        let mut first = Some(command);
        let taken =
            self.with_draft(|shared, ledger, draft| take_all(shared, ledger, (draft, &mut first)));
        taken.unwrap_or_else(|error| {
            if let Some(command) = first {
                command.refuse(error);
            }
            ControlFlow::Continue(())
        })
    }

    /// Adds to the commit that is being prepared, which an error ends.
    fn with_draft<T>(
        &mut self,
        work: impl FnOnce(&Shared, &mut Ledger, &mut Draft) -> Result<T>,
    ) -> Result<T> {
        self.recover()?;
        let done = self.draft_with(work);
        if let Err(error) = &done {
            self.fail(error);
        }
        done
    }

    fn draft_with<T>(
        &mut self,
        work: impl FnOnce(&Shared, &mut Ledger, &mut Draft) -> Result<T>,
    ) -> Result<T> {
        let ledger = self.ledger.as_mut().expect("recovered before");
        let draft = match &mut self.draft {
            Some(draft) => draft,
            none => none.insert(Draft {
                transaction: self.shared.store.write()?,
                work: Work::default(),
            }),
        };
        let done = work(&self.shared, ledger, draft);
        if let Some(deadline) = draft.work.take_deadline() {
            self.shared.wake_at(deadline);
        }
        done
    }

    /// Reads the ledger again after an error; if that has just failed, it repeats why.
    fn recover(&mut self) -> Result<()> {
        if self.ledger.is_some() {
            return Ok(());
        }
        if self.shared.environment.elapsed() < self.retry_at {
            self.shared.store.check()?;
        }
        let loaded = self.load();
        if let Err(error) = &loaded {
            self.fail(error);
            self.retry_at = self.shared.environment.elapsed() + PAUSE;
        }
        loaded
    }

    fn is_due(&self) -> bool {
        let work = self.draft.as_ref().map(|draft| &draft.work);
        work.is_some_and(|work| work.is_urgent() || work.written() >= MOST_STAGED)
    }

    /// Makes durable what was taken, shows it to readers, and answers.
    fn commit(&mut self) {
        let (Some(draft), Some(ledger)) = (self.draft.take(), &mut self.ledger) else {
            return;
        };
        let mut work = draft.work;
        match write(&self.shared, ledger, (draft.transaction, &work)) {
            Ok(()) => {
                if let Some(catalog) = ledger.publish(&mut work) {
                    self.shared.publish(catalog);
                }
                let environment = &self.shared.environment;
                environment.reached(Milestone::BrokerAnswering);
                let grew = Ledger::touches_logs(&work);
                work.succeed();
                if grew && self.sweep_at.is_none() {
                    self.plan_sweep();
                }
            }
            Err(error) => {
                self.fail(&error);
                work.fail(|| again(&error));
            }
        }
    }

    /// Gives up what was taken, and closes the database: only opening it anew shows what it holds.
    fn fail(&mut self, error: &Error) {
        tracing::error!(error = %error.report(), "the embedded broker could not write");
        self.shared.queue.note(error);
        let kind = match self.ledger.take() {
            Some(ledger) => {
                ledger.abandon();
                // Opening it anew may mend it, whatever it is.
                ErrorKind::Unavailable
            }
            None => error.kind(),
        };
        if let Some(draft) = self.draft.take() {
            drop(draft.transaction);
            draft.work.fail(|| again(error));
        }
        // It is planned anew with the next ledger.
        self.sweep_at = None;
        self.shared.store.discard(kind, error);
    }

    /// Reads the ledger, and aborts the transactions that nobody can end any more.
    fn load(&mut self) -> Result<()> {
        let shared = &self.shared;
        if !shared.store.is_open() {
            shared.store.reopen()?;
        }
        let transaction = shared.store.write()?;
        let mut work = Work::default();
        let mut ledger = {
            let doing = "reading";
            let mut tables =
                Tables::open(&transaction).map_err(|error| shared.store.failed(doing, error))?;
            let mut ledger = Ledger::load(&shared.store, &mut tables, &shared.catalog())?;
            ledger
                .abort_all(&mut tables, &mut work)
                .map_err(|error| shared.store.failed(doing, error))?;
            ledger
        };
        write(shared, &mut ledger, (transaction, &work))?;
        let catalog = ledger.publish_all();
        for topic in shared.catalog().values() {
            // Its deletion is durable, but nobody was told.
            if catalog
                .get(&topic.name)
                .is_none_or(|found| found.id != topic.id)
            {
                topic.delete();
            }
        }
        shared.publish(catalog);
        self.ledger = Some(ledger);
        self.plan_sweep();
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Also when the executor drops this, or it panics: nobody waits for answers that never come.
        self.shared.queue.clear();
        self.draft = None;
        self.shared.store.close();
        self.shared.wake_all();
    }
}

/// Waits for work; `None` after the last of it.
async fn next(shared: &Shared, rest: Rest) -> Option<Next> {
    loop {
        if let Some(command) = shared.queue.take_now() {
            return Some(Next::Command(command));
        }
        if shared.queue.is_over() {
            return None;
        }
        let deadline = shared.deadline.get();
        let is_due = deadline.is_some_and(|at| at <= shared.environment.elapsed());
        if is_due || rest == Rest::Busy {
            return Some(Next::Own);
        }
        // Both may be dropped: everything is looked at again.
        match deadline {
            None => shared.queue.woken().await,
            Some(deadline) => tokio::select! {
                biased;
                () = shared.queue.woken() => {}
                () = shared.environment.alarm(deadline) => {}
            },
        }
    }
}

/// Repeats what a failed commit said, to each of those who waited for it.
fn again(error: &Error) -> Error {
    Error::unavailable(format!("{}; the outcome is unknown", error.report()))
}

/// Takes `first` and what waits behind it; `first` stays if nothing could be begun.
fn take_all(
    shared: &Shared,
    ledger: &mut Ledger,
    (draft, first): (&mut Draft, &mut Option<Command>),
) -> Result<ControlFlow<Reply<()>>> {
    let mut tables =
        Tables::open(&draft.transaction).map_err(|error| shared.store.failed("writing", error))?;
    let mut next = first.take();
    let mut taken = 0;
    while let Some(command) = next {
        if let Command::Close { reply } = command {
            return Ok(ControlFlow::Break(reply));
        }
        let target = (&mut tables, &mut draft.work);
        apply(shared, ledger, target, command)
            .map_err(|error| shared.store.failed("writing", error))?;
        taken += 1;
        next = (taken < MOST_COMMANDS && draft.work.written() < MOST_STAGED)
            .then(|| shared.queue.take_now())
            .flatten();
    }
    Ok(ControlFlow::Continue(()))
}

/// Commits, durably.
fn write(
    shared: &Shared,
    ledger: &mut Ledger,
    (mut transaction, work): (WriteTransaction, &Work),
) -> Result<()> {
    let doing = "committing";
    {
        let mut tables =
            Tables::open(&transaction).map_err(|error| shared.store.failed(doing, error))?;
        ledger
            .finish(&mut tables, work)
            .map_err(|error| shared.store.failed(doing, error))?;
    }
    transaction
        .set_durability(Durability::Immediate)
        .map_err(|error| shared.store.failed(doing, error))?;
    transaction.set_quick_repair(shared.options.recovery == Recovery::QuickStart);
    shared.environment.reached(Milestone::BrokerCommitting);
    transaction
        .commit()
        .map_err(|error| shared.store.failed(doing, error))?;
    shared.environment.reached(Milestone::BrokerCommitted);
    Ok(())
}
