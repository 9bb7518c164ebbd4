//! Postgres CDC: one task on a replication slot, transactions of the database kept whole.

use std::collections::BTreeMap;

use connect_api::{
    Bytes, Classify, Error, Plugin, Record, Result, SchemaAndValue, Secret, SourceBatch,
    SourceConnector, SourceContext, SourceGuarantees, SourceOffset, SourcePartition, SourceRecord,
    SourceTask, TaskContext, async_trait,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Reply;

/// Which changes are read.
#[derive(Deserialize, JsonSchema)]
struct Options {
    /// Where the database answers.
    #[schemars(extend("x-importance" = "high"))]
    url: String,
    /// The password of the user in the URL.
    password: Option<Secret>,
    /// The replication slot; it belongs to this connector alone.
    slot: String,
}

/// A place in the log: a commit, and how many changes of the transaction after it were read.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Place {
    lsn: u64,
    change: u32,
}

struct PostgresSource(Options);

pub(super) fn plugin() -> Plugin {
    Plugin::source("postgres-cdc", env!("CARGO_PKG_VERSION"), |options| {
        Ok(PostgresSource(options))
    })
    .alias("io.debezium.connector.postgresql.PostgresConnector")
}

#[async_trait]
impl SourceConnector for PostgresSource {
    async fn open(&self, cx: SourceContext) -> Result<Box<dyn SourceTask>> {
        let at = SourcePartition::from([("slot", self.0.slot.as_str())]);
        let place: Place = cx.offset(&at)?.unwrap_or_default();
        // A predecessor may still hold the slot: then this is tried again until the server lets go.
        let slot = Slot::start(&self.0.url, self.0.password.as_ref(), place).await;
        let slot = slot.unavailable("starting replication")?;
        Ok(Box::new(Reading {
            slot,
            at,
            place,
            cx: cx.task_context(),
        }))
    }

    fn guarantees(&self) -> SourceGuarantees {
        SourceGuarantees::ExactlyOnceWithBoundaries
    }

    async fn alter_offsets(
        &self,
        offsets: &[(SourcePartition, Option<SourceOffset>)],
    ) -> Result<()> {
        let given = offsets.iter().filter_map(|(_, offset)| offset.as_ref());
        given
            .map(SourceOffset::decode::<Place>)
            .try_for_each(|place| place.map(drop))
    }
}

struct Reading {
    slot: Slot,
    at: SourcePartition,
    place: Place,
    cx: TaskContext,
}

#[async_trait]
impl SourceTask for Reading {
    async fn poll(&mut self) -> Result<SourceBatch> {
        let mut batch = SourceBatch::new();
        let Some(messages) = self.cx.wait(self.slot.messages()).await else {
            return Ok(batch);
        };
        for message in messages.unavailable("reading changes")? {
            match message {
                Message::Change { table, row } => {
                    self.place.change += 1;
                    let record = Record::new(table, row);
                    batch.push(SourceRecord::new(
                        record,
                        &self.at,
                        SourceOffset::of(self.place),
                    ));
                }
                Message::Unreadable { raw, why } => {
                    self.place.change += 1;
                    batch.reject(
                        &self.at,
                        SourceOffset::of(self.place),
                        raw,
                        Error::rejected(why),
                    );
                }
                Message::Commit { lsn } => {
                    self.place = Place { lsn, change: 0 };
                    batch.advance(&self.at, SourceOffset::of(self.place));
                    batch.commit();
                }
                // Other databases of the server went on: without this the server keeps its log for ever.
                Message::KeepAlive { lsn } if self.place.change == 0 => {
                    self.place.lsn = lsn;
                    batch.advance(&self.at, SourceOffset::of(self.place));
                }
                Message::KeepAlive { .. } => {}
            }
        }
        Ok(batch)
    }

    async fn commit(&mut self, offsets: &BTreeMap<SourcePartition, SourceOffset>) -> Result<()> {
        let Some(durable) = offsets.get(&self.at) else {
            return Ok(());
        };
        let place: Place = durable.decode()?;
        self.slot
            .confirm(place.lsn)
            .await
            .unavailable("confirming the log")
    }
}

struct Slot;

enum Message {
    Change { table: String, row: SchemaAndValue },
    Unreadable { raw: Bytes, why: String },
    Commit { lsn: u64 },
    KeepAlive { lsn: u64 },
}

impl Slot {
    async fn start(_url: &str, _password: Option<&Secret>, _from: Place) -> Reply<Self> {
        Ok(Self)
    }

    async fn messages(&mut self) -> Reply<Vec<Message>> {
        Ok(Vec::new())
    }

    async fn confirm(&self, _lsn: u64) -> Reply<()> {
        Ok(())
    }
}
