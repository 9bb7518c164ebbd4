//! Transactions: who may write under an id, and what is open.

use std::{collections::btree_map::Entry, mem, sync::Arc, time::Duration};

use connect_api::{Result, Str};
use redb::StorageError;

use super::{
    super::{
        command::{Outcome, Reply},
        log::LogId,
        rows::{Row, TransactionRow},
        session::{Claim, Session},
    },
    Ledger, Tables, Urgency, Work,
};

/// What is known about a transactional id.
#[derive(Debug, Default)]
pub(super) struct Transaction {
    row: TransactionRow,
    /// The row as it is in the database.
    stored: TransactionRow,
    timeout: Duration,
    /// When the open transaction began.
    since: Duration,
    session: Option<Arc<Session>>,
}

impl Transaction {
    /// What the database said; its owner died with the last broker.
    pub(super) fn loaded(row: TransactionRow) -> Self {
        Self {
            stored: row.clone(),
            row,
            ..Self::default()
        }
    }

    pub(super) fn row(&self) -> &TransactionRow {
        &self.row
    }

    pub(super) fn forget_logs(&mut self, gone: impl Fn(LogId) -> bool) {
        self.row.logs.retain(|log, _| !gone(*log));
    }

    fn is_open(&self) -> bool {
        !self.row.logs.is_empty()
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        self.is_open()
            .then(|| self.since.saturating_add(self.timeout))
    }

    /// Ends the right of the owner.
    fn fence(&mut self) {
        self.row.epoch += 1;
        if let Some(session) = self.session.take() {
            session.fence();
        }
    }

    /// Finishes the owner, also if nothing is open: when the ledger is read again, it has no owners.
    pub(super) fn abandon(&self) {
        if let Some(session) = &self.session {
            session.finish();
        }
    }

    /// Writes the row if it differs from the one in the database.
    ///
    /// A transaction that begins and ends between two commits leaves no trace there.
    pub(super) fn store(&mut self, id: &Str, tables: &mut Tables<'_>) -> Result<(), StorageError> {
        if self.row != self.stored {
            tables.put(&Row::Transaction(id.clone(), self.row.clone()))?;
            self.stored = self.row.clone();
        }
        Ok(())
    }
}

impl Ledger {
    /// Answers whether `session` may still write.
    pub(super) fn check(&self, session: &Session) -> Result<()> {
        if let Some(claim) = &session.claim
            && !self.is_current(claim)
        {
            session.fence();
        }
        session.check()
    }

    fn is_current(&self, claim: &Claim) -> bool {
        let current = self.transactions.get(&claim.id);
        current.is_some_and(|current| current.row.epoch == claim.epoch)
    }

    /// Says that the transaction of `claim` writes to a log, from `base` on.
    pub(super) fn join_transaction(
        &mut self,
        work: &mut Work,
        claim: &Claim,
        (log, base, now): (LogId, i64, Duration),
    ) {
        let transaction = self
            .transactions
            .get_mut(&claim.id)
            .expect("claims are checked before they write");
        if !transaction.is_open() {
            transaction.since = now;
            let late = now.saturating_add(transaction.timeout);
            work.deadline = Some(work.deadline.map_or(late, |other| other.min(late)));
        }
        if let Entry::Vacant(vacant) = transaction.row.logs.entry(log) {
            vacant.insert(base);
            self.entry(log).open.insert(base);
        }
    }

    /// Gives a transactional id to a new session, and fences the old one.
    pub(in super::super) fn claim(
        &mut self,
        tables: &mut Tables<'_>,
        work: &mut Work,
        (id, timeout, reply): (Str, Duration, Reply<Arc<Session>>),
    ) -> Result<(), StorageError> {
        if !self.transactions.contains_key(&id) {
            let mut transaction = Transaction::default();
            transaction.row.producer = self.counters.producers;
            self.counters.producers += 1;
            tables.put(&Row::Counters(self.counters))?;
            self.transactions.insert(id.clone(), transaction);
        }
        self.end_open(tables, work, (&id, Outcome::Aborted))?;
        let transaction = self.transactions.get_mut(&id).expect("put there above");
        transaction.fence();
        transaction.timeout = timeout;
        let session = Arc::new(Session::transactional(Claim {
            id: id.clone(),
            producer: transaction.row.producer,
            epoch: transaction.row.epoch,
        }));
        transaction.session = Some(Arc::clone(&session));
        work.transactions.insert(id);
        work.answer(reply, session);
        Ok(())
    }

    /// Ends the transaction of a session.
    pub(in super::super) fn end(
        &mut self,
        tables: &mut Tables<'_>,
        work: &mut Work,
        (session, outcome, reply): (Arc<Session>, Outcome, Reply<()>),
    ) -> Result<(), StorageError> {
        if let Err(error) = self.check(&session) {
            drop(reply.send(Err(error)));
            return Ok(());
        }
        if let Some(claim) = &session.claim {
            self.end_open(tables, work, (&claim.id, outcome))?;
        }
        work.sessions.push(session);
        work.answer_read(reply, ());
        Ok(())
    }

    /// Aborts what a session has open whose owner is gone.
    pub(in super::super) fn abandon_session(
        &mut self,
        tables: &mut Tables<'_>,
        work: &mut Work,
        session: &Session,
    ) -> Result<(), StorageError> {
        match &session.claim {
            Some(claim) if self.is_current(claim) => {
                self.end_open(tables, work, (&claim.id, Outcome::Aborted))
            }
            _ => Ok(()),
        }
    }

    /// Aborts transactions that are open for too long, and fences their owners.
    pub(in super::super) fn expire(
        &mut self,
        tables: &mut Tables<'_>,
        work: &mut Work,
        now: Duration,
    ) -> Result<(), StorageError> {
        let late = |transaction: &Transaction| transaction.deadline().is_some_and(|at| at <= now);
        let expired = self.transactions.iter().filter(|entry| late(entry.1));
        let expired: Vec<Str> = expired.map(|(id, _)| id.clone()).collect();
        for id in expired {
            tracing::warn!(transactional_id = %id, "aborting a transaction that is open for too long");
            self.end_open(tables, work, (&id, Outcome::Aborted))?;
            if let Some(transaction) = self.transactions.get_mut(&id) {
                transaction.fence();
            }
        }
        work.deadline = self.deadline();
        Ok(())
    }

    /// Aborts every transaction: their owners died with the last broker, or lost what they wrote.
    pub(in super::super) fn abort_all(
        &mut self,
        tables: &mut Tables<'_>,
        work: &mut Work,
    ) -> Result<(), StorageError> {
        let ids: Vec<Str> = self.transactions.keys().cloned().collect();
        for id in ids {
            self.end_open(tables, work, (&id, Outcome::Aborted))?;
        }
        Ok(())
    }

    /// Ends what `id` has open, if anything: a marker takes one offset in each of its logs, as Kafka's does.
    fn end_open(
        &mut self,
        tables: &mut Tables<'_>,
        work: &mut Work,
        (id, outcome): (&Str, Outcome),
    ) -> Result<(), StorageError> {
        let Some(transaction) = self.transactions.get_mut(id) else {
            return Ok(());
        };
        let logs = mem::take(&mut transaction.row.logs);
        let producer = transaction.row.producer;
        if logs.is_empty() {
            return Ok(());
        }
        for (log, first) in logs {
            let entry = self.entry(log);
            entry.open.remove(&first);
            if outcome == Outcome::Aborted {
                let end = entry.row.end;
                Arc::make_mut(&mut entry.aborted).insert((producer, first), end);
                tables.put(&Row::Aborted(log, first, end, producer))?;
            }
            entry.row.end += 1;
            work.logs.insert(log);
        }
        work.transactions.insert(id.clone());
        work.urgency = Urgency::Now;
        Ok(())
    }
}
