//! Appending chunks to logs.

use std::{sync::Arc, time::Duration};

use connect_api::{Error, Result};
use redb::StorageError;

use super::{
    super::{
        chunk::Chunk,
        command::Append,
        log::{Log, LogId},
        rows::chunk_key,
    },
    Entry, Ledger, Tables, Urgency, Work,
};

impl Ledger {
    /// Appends a batch; inside a transaction it counts as accepted at once.
    pub(in super::super) fn append(
        &mut self,
        tables: &mut Tables<'_>,
        work: &mut Work,
        (append, now): (Append, Duration),
    ) -> Result<(), StorageError> {
        let session = &append.session;
        let allowed = self.check(session).and_then(|()| self.check_logs(&append));
        if let Err(error) = allowed {
            // What follows must not be written without this.
            session.finish();
            drop(append.reply.send(Err(error)));
            return Ok(());
        }
        let claim = session.claim.clone();
        work.sessions.push(append.session);
        let Some(claim) = claim else {
            for (log, chunk) in &append.chunks {
                self.write(tables, work, (log.id, chunk))?;
            }
            work.answer(append.reply, ());
            return Ok(());
        };
        for (log, chunk) in &append.chunks {
            let base = self.write(tables, work, (log.id, chunk))?;
            self.join_transaction(work, &claim, (log.id, base, now));
            // Readers that wait for open transactions get them without waiting for their end.
            if log.is_read_uncommitted() {
                work.urgency = Urgency::Now;
            }
        }
        work.transactions.insert(claim.id);
        drop(append.reply.send(Ok(())));
        Ok(())
    }

    fn check_logs(&self, append: &Append) -> Result<()> {
        let gone = |(log, _): &&(Arc<Log>, Chunk)| !self.logs.contains_key(&log.id);
        match append.chunks.iter().find(gone) {
            None => Ok(()),
            Some((log, _)) => Err(Error::config(format!(
                "topic `{}` was deleted while it was written to",
                log.partition.topic
            ))),
        }
    }

    /// Returns where the chunk was put.
    fn write(
        &mut self,
        tables: &mut Tables<'_>,
        work: &mut Work,
        (id, chunk): (LogId, &Chunk),
    ) -> Result<i64, StorageError> {
        let entry = self.entry(id);
        let base = entry.row.end;
        tables
            .chunks
            .insert(chunk_key(id, base), &chunk.bytes[..])?;
        entry.row.end += i64::from(chunk.span);
        entry.row.bytes += chunk.bytes.len() as u64;
        entry.row.dirty += chunk.bytes.len() as u64;
        work.written += chunk.bytes.len();
        work.logs.insert(id);
        Ok(base)
    }

    pub(super) fn entry(&mut self, id: LogId) -> &mut Entry {
        self.logs
            .get_mut(&id)
            .expect("logs are checked before they are written to")
    }
}
