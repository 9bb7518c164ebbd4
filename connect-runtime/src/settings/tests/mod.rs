//! What a configuration means, and how a wrong one is refused.

mod accepted;
mod references;
mod refused;
mod workers;

use std::{num::NonZeroUsize, sync::Arc};

use async_trait::async_trait;
use connect_api::{
    Bytes, ConfigMap, Converter, HeaderConverter, Headers, Plugin, Record, Result, SchemaAndValue,
    SinkConnector, SinkContext, SinkGuarantees, SinkTask, SourceConnector, SourceContext,
    SourceGuarantees, SourceOffset, SourcePartition, SourceTask, TaskConfig,
};
use expect_test::Expect;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::runtime::Builder;

use super::{FromCode, Mode, Plan, Planner, Resolver, WorkerSettings};
use crate::{Plugins, secrets::Secrets};

/// How many rows are read, and with what.
#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its keys count here")]
struct TableOptions {
    /// The table.
    table: String,
    /// How often it is read.
    #[serde(default)]
    poll_interval_ms: u32,
}

struct Table(SourceGuarantees);

#[async_trait]
impl SourceConnector for Table {
    async fn task_configs(&self, _: NonZeroUsize, _: &[TaskConfig]) -> Result<Vec<TaskConfig>> {
        Ok(Vec::new())
    }

    async fn open(&self, _: SourceContext) -> Result<Box<dyn SourceTask>> {
        Err(connect_api::Error::fatal("never opened"))
    }

    fn guarantees(&self) -> SourceGuarantees {
        self.0
    }

    async fn alter_offsets(&self, _: &[(SourcePartition, Option<SourceOffset>)]) -> Result<()> {
        Ok(())
    }
}

struct Drain;

#[async_trait]
impl SinkConnector for Drain {
    async fn open(&self, _: SinkContext) -> Result<Box<dyn SinkTask>> {
        Err(connect_api::Error::fatal("never opened"))
    }

    fn guarantees(&self) -> SinkGuarantees {
        SinkGuarantees::StoresOffsets
    }
}

struct Nothing;

impl Converter for Nothing {
    fn encode(&self, _: &str, _: &mut Headers, _: &SchemaAndValue) -> Result<Option<Bytes>> {
        Ok(None)
    }

    fn decode(&self, _: &str, _: &Headers, _: Option<&Bytes>) -> Result<SchemaAndValue> {
        Ok(SchemaAndValue::NULL)
    }
}

impl HeaderConverter for Nothing {
    fn encode(&self, _: &str, _: &str, _: &SchemaAndValue) -> Result<Option<Bytes>> {
        Ok(None)
    }

    fn decode(&self, _: &str, _: &str, _: Option<&Bytes>) -> Result<SchemaAndValue> {
        Ok(SchemaAndValue::NULL)
    }
}

/// How values are written.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(dead_code, reason = "only its keys count here")]
struct FormatOptions {
    /// Whether schemas are written too.
    #[serde(default, rename = "schemas.enable")]
    schemas: bool,
}

/// Which field is meant.
#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its keys count here")]
struct FieldOptions {
    /// The field.
    field: String,
}

fn plugins() -> Plugins {
    let pass =
        |_: FieldOptions| Ok(|record: Record| -> Result<Option<Record>> { Ok(Some(record)) });
    let any = |_: FieldOptions| Ok(|_: &Record| true);
    Plugins::new()
        .with([
            Plugin::source("table-source", "1.0", |_: TableOptions| {
                Ok(Table(SourceGuarantees::ExactlyOnce))
            })
            .alias("org.example.TableSourceConnector"),
            Plugin::source("log-source", "1.0", |_: TableOptions| {
                Ok(Table(SourceGuarantees::AtLeastOnce))
            }),
            Plugin::sink("drain", "1.0", |(): ()| Ok(Drain)),
            Plugin::source("panicking", "1.0", |(): ()| -> Result<Table> {
                panic!("out of luck")
            }),
            Plugin::converter("format", "1.0", |_: FormatOptions| Ok(Nothing))
                .alias("org.example.FormatConverter"),
            Plugin::header_converter("headers", "1.0", |_: FormatOptions| Ok(Nothing)),
            Plugin::transform("mask", "1.0", pass).alias("org.example.Mask$Value"),
            Plugin::predicate("has-field", "1.0", any),
            Plugin::config_provider("vault", "1.0", |options: references::VaultOptions| {
                Ok(references::Vault::new(&options))
            })
            .alias("org.example.VaultConfigProvider"),
        ])
        .with_default_header_converter("headers")
}

fn planner(settings: &[(&str, &str)]) -> Arc<Planner> {
    let converters = [("key.converter", "format"), ("value.converter", "format")];
    let settings = converters.iter().chain(settings).copied().collect();
    let plugins = plugins();
    Arc::new(Planner {
        resolver: Resolver::new(&settings, &plugins).unwrap(),
        settings: WorkerSettings::parse(settings, Mode::Alone).unwrap(),
        plugins,
        converters: None,
        secrets: Secrets::default(),
    })
}

fn plan(planner: &Arc<Planner>, config: &ConfigMap, code: Option<FromCode>) -> Result<Plan> {
    in_no_time(planner.plan(config, code))
}

/// Waits for providers on a clock that passes by itself.
fn in_no_time<T>(work: impl Future<Output = T>) -> T {
    let mut runtime = Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build();
    runtime.unwrap().block_on(work)
}

const SOURCE: [(&str, &str); 3] = [
    ("name", "orders"),
    ("connector.class", "table-source"),
    ("table", "orders"),
];

const SINK: [(&str, &str); 3] = [
    ("name", "archive"),
    ("connector.class", "drain"),
    ("topics", "orders, returns"),
];

/// The entries of `base`, then those of `more`; an empty value removes a key.
fn config(base: &[(&str, &str)], more: &[(&str, &str)]) -> ConfigMap {
    let mut config: ConfigMap = base.iter().copied().collect();
    for (key, value) in more {
        if value.is_empty() {
            config.remove(key);
        } else {
            config.insert(*key, *value);
        }
    }
    config
}

#[track_caller]
fn check_refused(base: &[(&str, &str)], more: &[(&str, &str)], expected: Expect) {
    let error = plan(&planner(&[]), &config(base, more), None).unwrap_err();
    assert!(!error.problems().is_empty());
    expected.assert_eq(error.message());
}

fn accepted(base: &[(&str, &str)], more: &[(&str, &str)]) -> Plan {
    plan(&planner(&[]), &config(base, more), None).unwrap()
}
