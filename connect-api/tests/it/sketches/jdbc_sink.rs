//! JDBC sink: rows and offsets in one transaction, tables made from schemas.

use connect_api::{
    Classify, Error, ErrorKind, FlushReason, Flushed, Offsets, Plugin, Result, Schema, Secret,
    SinkBatch, SinkConnector, SinkContext, SinkGuarantees, SinkRecord, SinkTask, Struct,
    TopicPartition, Value, async_trait,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Reply;

/// Where rows go, and what a row replaces.
#[derive(Clone, Deserialize, JsonSchema)]
struct Options {
    /// Where the database answers.
    #[schemars(extend("x-importance" = "high"))]
    url: String,
    /// The password of the user in the URL.
    password: Option<Secret>,
    /// Whether a row replaces the one with its key.
    #[serde(default)]
    insert_mode: InsertMode,
}

#[derive(Clone, Copy, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum InsertMode {
    #[default]
    Insert,
    Upsert,
}

struct JdbcSink(Options);

pub(super) fn plugin() -> Plugin {
    Plugin::sink("jdbc-sink", env!("CARGO_PKG_VERSION"), |options| {
        Ok(JdbcSink(options))
    })
    .alias("io.confluent.connect.jdbc.JdbcSinkConnector")
}

#[async_trait]
impl SinkConnector for JdbcSink {
    async fn open(&self, cx: SinkContext) -> Result<Box<dyn SinkTask>> {
        let db = Database::connect(&self.0.url, self.0.password.as_ref()).await;
        let db = db.unavailable("connecting to the database")?;
        Ok(Box::new(Writing {
            db,
            mode: self.0.insert_mode,
            stored: Offsets::new(),
            cx,
        }))
    }

    fn guarantees(&self) -> SinkGuarantees {
        SinkGuarantees::StoresOffsets
    }
}

struct Writing {
    db: Database,
    mode: InsertMode,
    stored: Offsets,
    cx: SinkContext,
}

impl Writing {
    /// Tells a row that cannot be stored from a database that cannot be reached.
    fn classify(record: &SinkRecord, error: DbError) -> Error {
        match error {
            DbError::Connection => Error::unavailable("writing rows"),
            DbError::Constraint(name) => {
                let message = format!(
                    "{}: expected a row that fits, found a violation of {name}",
                    record.origin
                );
                Error::rejected(message).at(&record.origin)
            }
        }
    }

    async fn write(&mut self, record: &SinkRecord) -> Result<()> {
        let table = record.topic.as_str();
        let row = match &record.value.value {
            Value::Null => {
                return self
                    .db
                    .delete(table, &record.key.value)
                    .await
                    .unavailable("deleting");
            }
            Value::Struct(row) => row,
            other => {
                let message = format!("expected a struct, found {}", other.type_name());
                return Err(Error::rejected(message).at(&record.origin));
            }
        };
        self.db
            .create(table, row.schema())
            .await
            .unavailable("creating a table")?;
        let written = self.db.write(table, row, self.mode).await;
        written.map_err(|error| Self::classify(record, error))
    }
}

#[async_trait]
impl SinkTask for Writing {
    async fn open(&mut self, partitions: &[TopicPartition]) -> Result<Offsets> {
        let stored = self
            .db
            .offsets(partitions)
            .await
            .unavailable("reading offsets")?;
        self.stored.extend(stored.clone());
        Ok(stored)
    }

    async fn put(&mut self, batch: &SinkBatch) -> Result<()> {
        self.db
            .begin()
            .await
            .unavailable("beginning a transaction")?;
        for record in batch.records() {
            match self.write(record).await {
                Err(error) if error.kind() == ErrorKind::Rejected => {
                    // Durable in the queue before the others are committed: nothing is lost in between.
                    self.cx.reject(vec![(record.origin.clone(), error)]).await?;
                }
                written => written?,
            }
        }
        let moved = self
            .db
            .move_offsets(&self.stored, batch.next_offsets())
            .await;
        if !moved.unavailable("storing offsets")? {
            return Err(Error::fenced(
                "another task stored offsets for these partitions",
            ));
        }
        self.db.commit().await.unavailable("committing")?;
        self.stored.extend(batch.next_offsets().clone());
        Ok(())
    }

    async fn flush(&mut self, _: FlushReason) -> Result<Flushed> {
        Ok(Flushed::All)
    }

    async fn close(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        self.stored.retain(|at, _| !partitions.contains(at));
        Ok(())
    }
}

struct Database;

enum DbError {
    Connection,
    Constraint(String),
}

impl Database {
    async fn connect(_url: &str, _password: Option<&Secret>) -> Reply<Self> {
        Ok(Self)
    }

    /// Rolls back what an earlier call left open.
    async fn begin(&self) -> Reply<()> {
        Ok(())
    }

    async fn create(&self, _table: &str, _like: &Schema) -> Reply<()> {
        Ok(())
    }

    async fn write(&self, _: &str, _: &Struct, _: InsertMode) -> Result<(), DbError> {
        Ok(())
    }

    async fn delete(&self, _table: &str, _key: &Value) -> Reply<()> {
        Ok(())
    }

    async fn offsets(&self, _: &[TopicPartition]) -> Reply<Offsets> {
        Ok(Offsets::new())
    }

    async fn move_offsets(&self, _expected: &Offsets, _next: &Offsets) -> Reply<bool> {
        Ok(true)
    }

    async fn commit(&self) -> Reply<()> {
        Ok(())
    }
}
