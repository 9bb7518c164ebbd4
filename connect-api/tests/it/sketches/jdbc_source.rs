//! JDBC source: tables are spread over tasks, each polled by a column that grows.

use std::num::NonZeroUsize;

use connect_api::{
    Classify, Millis, Plugin, Record, Result, Schema, Secret, SourceBatch, SourceConnector,
    SourceContext, SourceGuarantees, SourceOffset, SourcePartition, SourceRecord, SourceTask,
    Struct, TaskConfig, TaskContext, Value, async_trait,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Reply;

/// Which tables are read, and how often.
#[derive(Clone, Deserialize, JsonSchema)]
struct Options {
    /// Where the database answers.
    #[schemars(extend("x-importance" = "high"))]
    url: String,
    /// The password of the user in the URL.
    password: Option<Secret>,
    /// The column that grows with every row.
    #[serde(default = "id")]
    incrementing_column_name: String,
    /// How many rows one query returns.
    #[serde(default = "hundred")]
    #[schemars(range(min = 1))]
    batch_max_rows: i32,
    /// How long to wait when no table had new rows.
    #[serde(default = "five_seconds", rename = "poll.interval.ms")]
    pause: Millis,
}

struct JdbcSource {
    options: Options,
    pool: Pool,
}

pub(super) fn plugin() -> Plugin {
    Plugin::source(
        "jdbc-source",
        env!("CARGO_PKG_VERSION"),
        |options: Options| {
            let pool = Pool::lazy(&options.url, options.password.as_ref());
            Ok(JdbcSource { options, pool })
        },
    )
    .alias("io.confluent.connect.jdbc.JdbcSourceConnector")
}

#[async_trait]
impl SourceConnector for JdbcSource {
    async fn task_configs(
        &self,
        max: NonZeroUsize,
        current: &[TaskConfig],
    ) -> Result<Vec<TaskConfig>> {
        let tables = self.pool.tables().await.unavailable("listing tables")?;
        Ok(TaskConfig::spread("tables", &tables, max, current))
    }

    async fn changed(&self, current: &[TaskConfig]) -> Result<()> {
        let known = current.iter().flat_map(|task| task.units("tables"));
        let listed = self.pool.tables_other_than(known.collect()).await;
        listed.unavailable("watching tables")
    }

    async fn open(&self, cx: SourceContext) -> Result<Box<dyn SourceTask>> {
        let mut tables = Vec::new();
        for name in cx.config().units("tables") {
            let at = SourcePartition::from([("table", name.as_str())]);
            let from = cx.offset_at(&at, "incrementing")?.unwrap_or(i64::MIN);
            let schema = self
                .pool
                .schema(&name)
                .await
                .unavailable("describing a table")?;
            tables.push(Table {
                name,
                at,
                from,
                schema,
            });
        }
        let (options, pool) = (self.options.clone(), self.pool.clone());
        Ok(Box::new(Reading {
            tables,
            options,
            pool,
            cx: cx.task_context(),
        }))
    }

    fn guarantees(&self) -> SourceGuarantees {
        SourceGuarantees::ExactlyOnce
    }
}

struct Table {
    name: String,
    at: SourcePartition,
    from: i64,
    schema: Schema,
}

struct Reading {
    tables: Vec<Table>,
    options: Options,
    pool: Pool,
    cx: TaskContext,
}

#[async_trait]
impl SourceTask for Reading {
    async fn poll(&mut self) -> Result<SourceBatch> {
        let (column, most) = (
            &self.options.incrementing_column_name,
            self.options.batch_max_rows,
        );
        let mut batch = SourceBatch::new();
        for table in &mut self.tables {
            let rows = self.pool.rows_above(&table.name, column, table.from, most);
            let Some(rows) = self.cx.wait(rows).await else {
                break;
            };
            for (id, row) in rows.unavailable("reading rows")? {
                let row = Struct::from_values(&table.schema, row)?;
                let record = Record::new(table.name.as_str(), row);
                batch.push(SourceRecord::new(
                    record,
                    &table.at,
                    SourceOffset::at("incrementing", id),
                ));
                table.from = id;
            }
        }
        if batch.is_empty() {
            return Ok(SourceBatch::idle(self.options.pause.duration()));
        }
        Ok(batch)
    }
}

fn id() -> String {
    "id".to_owned()
}

fn hundred() -> i32 {
    100
}

fn five_seconds() -> Millis {
    Millis::new(5000)
}

#[derive(Clone)]
struct Pool;

impl Pool {
    fn lazy(_url: &str, _password: Option<&Secret>) -> Self {
        Self
    }

    async fn tables(&self) -> Reply<Vec<String>> {
        Ok(Vec::new())
    }

    async fn tables_other_than(&self, _known: Vec<String>) -> Reply<()> {
        Ok(())
    }

    async fn schema(&self, _table: &str) -> Reply<Schema> {
        Ok(Schema::structure().build()?)
    }

    async fn rows_above(&self, _: &str, _: &str, _: i64, _: i32) -> Reply<Vec<(i64, Vec<Value>)>> {
        Ok(Vec::new())
    }
}
