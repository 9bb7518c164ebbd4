//! Runs connectors inside an application: positions, transactions, restarts, dead letters.
//!
//! Connect is usually a cluster that somebody operates beside the services it copies for. Here it is a value in one of
//! them. A [`Worker`] takes connectors, drives their tasks on the application's own tokio runtime, and keeps what has
//! to survive (positions, claims, statuses) in topics of a log. That log may be a folder: the embedded broker is part
//! of this crate, so a pipeline that delivers each record once needs no server at all.
//!
//! # The one idea
//!
//! **A position follows its data, never the other way round.** Between two systems everything may fail between any two
//! steps, so the only question that matters is what was stored last. A source's position is stored in the same
//! transaction as its records, or after they were acknowledged; a sink's after its `flush` said that what lies before
//! it is durable. A crash at any moment therefore repeats work and never skips it, and where the promise is exactly
//! once, the repetition is not seen.
//!
//! The second half of the idea is what happens after a failure: nothing is healed in place. Once a record, a call or a
//! client was given up, the task value is dropped, and a new one is opened from the stored positions. There is one way
//! back, and every test takes it.
//!
//! # How to start
//!
//! ```
//! use std::time::Duration;
//!
//! use connect_runtime::Worker;
//! # use connect_testkit::memory::{MemoryInput, MemorySink, MemorySource, MemoryTable, TextConverter};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> connect_api::Result<()> {
//! # let (orders, table) = (MemoryInput::new(1), MemoryTable::new());
//! # orders.append_texts(0, ["one", "two", "three"]);
//! # let (my_source, my_sink) = (MemorySource::new(&orders, "orders"), MemorySink::new(&table));
//! # let text = TextConverter::new;
//! let worker = Worker::builder("shop")
//!     .setting("bootstrap.servers", "embedded:memory") // or `embedded:<folder>`, which survives
//!     .converters(text(), text(), text()) // keys, values, headers: there is no default
//!     .start()
//!     .await?;
//! worker.source("read-orders", my_source).start().await?; // any `SourceConnector`, into the topic it names
//! worker.sink("write-orders", my_sink).topics(["orders"]).start().await?;
//!
//! worker.wait_for("write-orders", |status| status.is_running() || status.has_failed()).await?;
//! # assert_eq!(table.reaches(3).await, ["one", "two", "three"]);
//! let report = worker.shutdown(Duration::from_secs(10)).await; // dropping the handle stops nothing
//! assert!(report.is_orderly());
//! # Ok(())
//! # }
//! ```
//!
//! Connectors are values of the application, as here, or texts under Connect's keys that name what [`Plugins`] lists:
//! [`WorkerHandle::put_connector`]. What wants to be a connector implements the traits of [`connect_api`], and needs
//! that crate alone.
//!
//! # How the pieces fit
//!
//! | piece | what it decides |
//! |---|---|
//! | [`Worker`], [`WorkerHandle`] | which connectors there are, and whether they are started, paused or stopped |
//! | a connector's actor | how its work is split into tasks; only those whose part has changed restart |
//! | a task's actor | when a task that failed is opened again: `Unavailable` without limit, other errors and panics five times, a wrong configuration never |
//! | the source loop | poll, transform, convert, produce, store positions, tell the task |
//! | the sink loop | consume ahead, convert, transform, put, flush, commit |
//! | the watchdog | which call into a plugin is late; it has a thread of its own, so it notices also when plugins hold every thread of the executor |
//! | [`broker`] | what a log is; [`broker::embedded`] is one in a folder or in memory |
//!
//! Each decision is a pure state machine with a thin shell around it, and all that touches clocks, threads or chance goes
//! through an [`Environment`]. So the whole worker also runs in a simulation that a seed repeats; `connect-testkit` has it.
//!
//! # What a plugin cannot do
//!
//! Every call into one has a deadline (`plugin.call.timeout.ms`), and its panics are caught. A call that waits for ever
//! is dropped with its task. A call that blocks its thread cannot be dropped by anybody: its task becomes FAILED, naming
//! the call, its clients are closed so that no open transaction holds up readers, and others go on as long as the
//! executor has a free thread ([`WorkerBuilder::plugin_executor`] gives plugins threads of their own). If it has none,
//! the watchdog logs the calls in progress and closes the clients of all tasks; a worker of a cluster also leaves its group
//! then, so that others run what it has, and joins it again once the executor answers. Queues are bounded by bytes and
//! by records, so a slow sink stops reading instead of filling the memory.
//!
//! # What it never does
//!
//! - It creates no tokio runtime, installs no signal handler, no logger and no metrics recorder, writes nothing to
//!   stdout and never exits. Two workers in one process share what both were given, and nothing else.
//! - It names no connector, converter or transform; the application lists what it wants.
//! - It stores no position before what lies before it is durable, and it polls no task across a record whose fate is
//!   unknown.
//! - It drops no future of a plugin while the plugin lives on.
//!
//! # What configurations refer to
//!
//! `${env:PASSWORD}` and the like are looked up when a connector starts or is restarted, by the [`providers`] that the
//! worker's settings name or by those of the application; a connector whose values have changed is restarted with them.
//! Whatever is stored, logged or told keeps the references.
//!
//! # What can be seen
//!
//! [`WorkerHandle::status`], [`watch`](WorkerHandle::watch) and [`progress`](WorkerHandle::progress) answer from memory and
//! never wait for a plugin or a broker. Logs are `tracing` events inside of a span per task; counters go to the `metrics`
//! facade under Connect's names, those of plugins ([`counter`](connect_api::TaskContext::counter)) under their own. The
//! application chooses who listens.
//!
//! # Where to read on
//!
//! [`connect_api`] for the contracts between plugin and runtime; [`broker::Broker`] for those between runtime and log;
//! `ARCHITECTURE.md` for the map of this crate, and `docs/decisions` for why it is so.

mod backoff;
#[cfg(any(test, feature = "bench"))]
pub mod bench;
pub mod broker;
mod cluster;
mod environment;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod nearest;
mod pattern;
mod plugins;
mod preview;
mod process_lock;
pub mod properties;
pub mod providers;
mod secrets;
mod settings;
mod status;
mod stores;
mod supervisor;
mod task;
mod task_id;
mod timer;
mod turn;
mod unit;
mod watchdog;
mod worker;

pub use self::{
    environment::{Environment, Milestone, System},
    plugins::Plugins,
    preview::{Passed, Preview, PreviewFailure, PreviewMessage, SourcePreview},
    status::{ConnectorStatus, Direction, Guarantee, State, StatusUpdates, TaskStatus},
    supervisor::{ConnectorOffsets, OffsetChange, Put, Restart, ShutdownReport},
    task_id::TaskId,
    worker::{
        ConnectorBuilder, InitialState, Inspection, Progress, SinkBuilder, SourceBuilder, Worker,
        WorkerBuilder, WorkerHandle,
    },
};
