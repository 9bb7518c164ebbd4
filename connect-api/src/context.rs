//! [`TaskContext`], [`SourceContext`], [`SinkContext`]: what the runtime hands to a task.

use std::{
    collections::BTreeMap,
    fmt,
    ops::Deref,
    pin::pin,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicU64},
    time::{Duration, SystemTime},
};

use futures::future::{BoxFuture, Either, select};
use serde::de::DeserializeOwned;

use crate::{Error, Origin, Result, SourceOffset, SourcePartition, Str, TaskConfig, Value, json};

/// The runtime's side of a [`TaskContext`]; plugins never see it.
///
/// Implemented by `connect-runtime` and `connect-testkit`. Every call may come from background work of the task, on
/// any thread.
pub trait Host: Send + Sync {
    /// Returns the wall clock.
    ///
    /// # Contract
    ///
    /// - In a simulation it is simulated; nothing else in a plugin reads a clock.
    fn now(&self) -> SystemTime;

    /// Returns the counter called `name` of this task.
    ///
    /// # Contract
    ///
    /// - The same name is the same counter, also for the next task value of this task.
    /// - What it counts reaches the embedder's metrics under this name, labelled with connector, task and plugin.
    fn counter(&self, name: &'static str) -> Arc<AtomicU64>;

    /// Resolves when the runtime wants the task back.
    ///
    /// # Contract
    ///
    /// - It stays resolved until the call that waits for it has returned, and may be asked any number of times.
    fn wanted(&self) -> BoxFuture<'_, ()>;

    /// Runs background work that ends before the task does.
    ///
    /// # Contract
    ///
    /// - An error or panic of `work` is the task's, named `name`.
    /// - When the task is stopped or dropped, `work` is dropped too, at its next await.
    fn spawn(&self, name: &'static str, work: BoxFuture<'static, Result<()>>);

    /// Runs blocking work on a thread of its own.
    ///
    /// # Contract
    ///
    /// - It resolves when `work` returned or panicked; dropping it does not interrupt `work`.
    fn blocking(&self, work: Box<dyn FnOnce() + Send>) -> BoxFuture<'_, ()>;

    /// Calls `put` after `delay` even if nothing arrived.
    ///
    /// # Contract
    ///
    /// - The last call wins; the `put` may be empty and may come later while another call runs.
    fn wake_after(&self, delay: Duration);

    /// Asks for a flush and a commit after this call.
    ///
    /// # Contract
    ///
    /// - Asking again before the flush changes nothing.
    fn request_flush(&self);

    /// Stores rejected records in the dead letter queue, or says that they are not tolerated.
    ///
    /// # Contract
    ///
    /// - `Ok` means that all of them are durable there, or counted where there is no queue.
    /// - `Err` means that none may be left behind: the task returns it.
    fn reject(&self, rejected: Vec<(Origin, Error)>) -> BoxFuture<'_, Result<()>>;
}

/// What all tasks are handed; cheap to clone into background work.
#[derive(Clone)]
pub struct TaskContext {
    host: Arc<dyn Host>,
    connector: Str,
    task: u32,
}

impl TaskContext {
    /// Puts a task in the care of `host`; for runtimes and test kits.
    pub fn new(host: Arc<dyn Host>, connector: impl Into<Str>, task: u32) -> Self {
        Self {
            host,
            connector: connector.into(),
            task,
        }
    }

    /// Returns the name of the connector.
    #[must_use]
    pub fn connector(&self) -> &str {
        &self.connector
    }

    /// Returns the number of the task, from 0.
    #[must_use]
    pub fn task(&self) -> u32 {
        self.task
    }

    /// Returns the wall clock; simulated in tests.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.host.now()
    }

    /// Returns milliseconds since the epoch, as records carry them.
    #[must_use]
    pub fn now_millis(&self) -> i64 {
        let since = self
            .now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    /// Returns the counter called `name`, for the embedder's metrics.
    ///
    /// It is labelled with connector, task and plugin, and goes on counting when the task is opened anew. Names are
    /// shared by all plugins of an application, so start with your own: `shop.orders-skipped`.
    #[must_use]
    pub fn counter(&self, name: &'static str) -> Arc<AtomicU64> {
        self.host.counter(name)
    }

    /// Runs blocking work on a thread of its own; state moves in and out.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Fatal`](crate::ErrorKind::Fatal): `work` panicked.
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let slot = Arc::new(Mutex::new(None));
        let filled = Arc::clone(&slot);
        let work = move || {
            let result = work();
            *filled.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        };
        self.host.blocking(Box::new(work)).await;
        let result = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        result.ok_or_else(|| Error::fatal("blocking work panicked"))
    }

    /// Runs background work that ends before the task's `stop` returns.
    ///
    /// Its error or panic is the task's. It is dropped with the task, at an await of its own: what it holds must
    /// survive that.
    pub fn spawn(
        &self,
        name: &'static str,
        work: impl Future<Output = Result<()>> + Send + 'static,
    ) {
        self.host.spawn(name, Box::pin(work));
    }

    /// Waits for `event`, or returns `None` when the runtime wants the task.
    ///
    /// This is the only place where a plugin's future is dropped early, so `event` must lose nothing when that
    /// happens: pass receives, reads of a stream that keeps its buffer, timers. `event` is looked at first, so data
    /// that is there is never held back.
    ///
    /// ```
    /// use connect_api::{Classify, Result, SourceBatch, TaskContext};
    ///
    /// # struct Stream;
    /// # impl Stream { async fn next(&mut self) -> std::io::Result<Vec<connect_api::SourceRecord>> { Ok(vec![]) } }
    /// async fn poll(cx: &TaskContext, stream: &mut Stream) -> Result<SourceBatch> {
    ///     match cx.wait(stream.next()).await {
    ///         Some(records) => Ok(records.unavailable("reading the stream")?.into()),
    ///         None => Ok(SourceBatch::new()), // asked for: to commit, pause or stop
    ///     }
    /// }
    /// ```
    pub async fn wait<T>(&self, event: impl Future<Output = T> + Send) -> Option<T> {
        match select(pin!(event), self.host.wanted()).await {
            Either::Left((value, _)) => Some(value),
            Either::Right(_) => None,
        }
    }
}

impl fmt::Debug for TaskContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TaskContext({}-{})", self.connector, self.task)
    }
}

/// What a source task is handed when it is opened.
#[derive(Clone, Debug)]
pub struct SourceContext {
    cx: TaskContext,
    config: TaskConfig,
    offsets: Arc<BTreeMap<SourcePartition, SourceOffset>>,
}

impl SourceContext {
    /// Gives a task its part of the work and the committed offsets.
    ///
    /// For runtimes and test kits.
    #[must_use]
    pub fn new(
        cx: TaskContext,
        config: TaskConfig,
        offsets: BTreeMap<SourcePartition, SourceOffset>,
    ) -> Self {
        Self {
            cx,
            config,
            offsets: Arc::new(offsets),
        }
    }

    /// Returns the committed offset as of `open`; no other task writes it meanwhile.
    ///
    /// # Errors
    ///
    /// What is stored does not read as a `T`.
    pub fn offset<T: DeserializeOwned>(&self, partition: &SourcePartition) -> Result<Option<T>> {
        let stored = self.offsets.get(partition);
        stored
            .map(SourceOffset::decode)
            .transpose()
            .map_err(|error| error.context(partition))
    }

    /// Returns the committed place that [`SourceOffset::at`] named `key`, as of `open`.
    ///
    /// # Errors
    ///
    /// What is stored has no integer called `key`.
    pub fn offset_at(&self, partition: &SourcePartition, key: &str) -> Result<Option<i64>> {
        let Some(stored) = self.offsets.get(partition) else {
            return Ok(None);
        };
        let fields = stored.to_value()?;
        match fields.get(key).and_then(Value::as_i64) {
            Some(place) => Ok(Some(place)),
            None => Err(Error::fatal(format!(
                "source partition {partition}: expected an offset with an integer `{key}`, found {}",
                json::to_string(&fields)
            ))),
        }
    }

    /// Returns all committed offsets of the connector.
    #[must_use]
    pub fn offsets(&self) -> &BTreeMap<SourcePartition, SourceOffset> {
        &self.offsets
    }

    /// Returns this task's config as it was made by `task_configs`.
    #[must_use]
    pub fn config(&self) -> &TaskConfig {
        &self.config
    }

    /// Returns the part that outlives `open`, for the task to keep.
    #[must_use]
    pub fn task_context(&self) -> TaskContext {
        self.cx.clone()
    }
}

impl Deref for SourceContext {
    type Target = TaskContext;

    fn deref(&self) -> &TaskContext {
        &self.cx
    }
}

/// What a sink task is handed when it is opened; cheap to clone.
#[derive(Clone, Debug)]
pub struct SinkContext {
    cx: TaskContext,
}

impl SinkContext {
    /// Wraps what all tasks have; for runtimes and test kits.
    #[must_use]
    pub fn new(cx: TaskContext) -> Self {
        Self { cx }
    }

    /// Hands bad records to the dead letter queue.
    ///
    /// # Errors
    ///
    /// They are not tolerated, or could not be stored: return the error *before* committing the others, or the
    /// record is lost. `Ok` means stored durably; go on without them.
    pub async fn reject(&self, rejected: Vec<(Origin, Error)>) -> Result<()> {
        self.cx.host.reject(rejected).await
    }

    /// Asks for a `put` after `delay` even if nothing arrives; the last call wins.
    pub fn wake_after(&self, delay: Duration) {
        self.cx.host.wake_after(delay);
    }

    /// Asks for `flush(Requested)` and a commit after this call.
    pub fn request_flush(&self) {
        self.cx.host.request_flush();
    }
}

impl Deref for SinkContext {
    type Target = TaskContext;

    fn deref(&self) -> &TaskContext {
        &self.cx
    }
}
