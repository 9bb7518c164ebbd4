//! A sink that keeps rows and offsets in one SQLite transaction: exactly once.

use std::path::PathBuf;

use connect_api::{
    FlushReason, Flushed, Offsets, Result, SinkBatch, SinkConnector, SinkContext, SinkGuarantees,
    SinkTask, TopicPartition, async_trait,
};

use crate::database::Database;

/// Opens tasks that write requests and their counts by status.
#[derive(Debug)]
pub(crate) struct RequestSink {
    pub(crate) database: PathBuf,
}

/// Writes to one database; `stored` is what it expects to find there.
#[derive(Debug)]
struct RequestTask {
    database: Database,
    stored: Offsets,
}

#[async_trait]
impl SinkConnector for RequestSink {
    async fn open(&self, _cx: SinkContext) -> Result<Box<dyn SinkTask>> {
        let database = Database::open(&self.database)?;
        let stored = Offsets::new();
        Ok(Box::new(RequestTask { database, stored }))
    }

    fn guarantees(&self) -> SinkGuarantees {
        SinkGuarantees::StoresOffsets
    }
}

#[async_trait]
impl SinkTask for RequestTask {
    async fn open(&mut self, partitions: &[TopicPartition]) -> Result<Offsets> {
        let stored = self.database.next_offsets(partitions)?;
        self.stored.extend(stored.clone());
        Ok(stored)
    }

    async fn put(&mut self, batch: &SinkBatch) -> Result<()> {
        // SQLite answers within the call; a driver that may take long belongs in `cx.blocking`.
        let transaction = self.database.begin()?;
        transaction.move_offsets(&self.stored, batch.next_offsets())?;
        for record in batch.records() {
            transaction.insert(&record.record.value.value)?;
        }
        transaction.commit()?;
        self.stored.extend(batch.next_offsets().clone());
        Ok(())
    }

    async fn flush(&mut self, _why: FlushReason) -> Result<Flushed> {
        Ok(Flushed::All)
    }
}
