//! [`SourcePreview`]: the first records of a source.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use connect_api::{
    Error, Result, SourceBatch, SourceConnector, SourceContext, SourceItem, SourceTask, Str,
    TaskConfig, TaskContext,
};
use tokio::{
    select,
    time::{Duration, Instant, sleep, timeout_at},
};

use super::{Passed, Preview, PreviewFailure, host::PreviewHost};
use crate::{
    Environment, System,
    settings::Connector,
    task::{Background, EndsWithTask, StageName},
};

/// The first records of a source, which begins where it begins without any stored position.
///
/// Its tasks are opened one after the other. None is ever told that something was committed.
pub struct SourcePreview {
    preview: Preview,
    connector: Arc<dyn SourceConnector>,
    environment: Arc<dyn Environment>,
    /// Those that come after the current task.
    tasks: VecDeque<(u32, TaskConfig)>,
    current: Option<Current>,
    waiting: VecDeque<SourceItem>,
}

/// A task that is open.
struct Current {
    task: Box<dyn SourceTask>,
    background: Arc<Background>,
    again_at: Option<Instant>,
    _ends: EndsWithTask,
}

impl Preview {
    /// Splits the work of the source; `None` if the connector is a sink.
    ///
    /// # Errors
    ///
    /// The source cannot say which tasks it has.
    pub async fn into_source(self) -> Result<Option<SourcePreview>> {
        let Connector::Source(connector) = &self.plan.connector else {
            return Ok(None);
        };
        let connector = Arc::clone(connector);
        let configs = connector.task_configs(self.plan.tasks_max, &[]).await?;
        Ok(Some(SourcePreview {
            preview: self,
            connector,
            environment: Arc::new(System::current()),
            tasks: (0..).zip(configs).collect(),
            current: None,
            waiting: VecDeque::new(),
        }))
    }
}

impl SourcePreview {
    /// Returns what becomes of the next record.
    ///
    /// `None` once no task has another one within `patience`. What a task or the reading of a record fails with is
    /// returned like a record that is refused.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Fatal`](connect_api::ErrorKind::Fatal): a transform panicked.
    pub async fn next(&mut self, patience: Duration) -> Result<Option<Passed>> {
        let mut until = Instant::now() + patience;
        loop {
            while let Some(item) = self.waiting.pop_front() {
                match item {
                    SourceItem::Record(record) => {
                        return self.preview.record(record.record).map(Some);
                    }
                    SourceItem::Rejected(unreadable) => {
                        return Ok(Some(self.failed(&unreadable.error)));
                    }
                    _ => {}
                }
            }
            if self.current.is_none() {
                let Some((number, config)) = self.tasks.pop_front() else {
                    return Ok(None);
                };
                let opening = self.opening(number, config);
                match opening.await {
                    Ok(current) => self.current = Some(current),
                    Err(error) => return Ok(Some(self.failed(&error))),
                }
                until = Instant::now() + patience;
            }
            let Some(current) = &mut self.current else {
                continue;
            };
            match timeout_at(until, current.poll()).await {
                Ok(Ok(batch)) => current.take(batch, &mut self.waiting),
                Ok(Err(error)) => {
                    self.current = None;
                    return Ok(Some(self.failed(&error)));
                }
                // Its future goes together with the task.
                Err(_elapsed) => self.current = None,
            }
        }
    }

    /// Stops the task that is open.
    ///
    /// # Errors
    ///
    /// What the task answers.
    pub async fn stop(self) -> Result<()> {
        let Some(current) = self.current else {
            return Ok(());
        };
        current.task.stop().await?;
        current.background.end().await
    }

    /// Opens a task; what it needs is taken along.
    fn opening(
        &self,
        number: u32,
        config: TaskConfig,
    ) -> impl Future<Output = Result<Current>> + Send + use<> {
        let host = PreviewHost::new(Arc::clone(&self.environment));
        let background = Arc::clone(&host.background);
        let ends = EndsWithTask(Arc::clone(&background));
        let cx = TaskContext::new(host, self.preview.plan.name.clone(), number);
        let cx = SourceContext::new(cx, config, BTreeMap::new());
        let connector = Arc::clone(&self.connector);
        async move {
            Ok(Current {
                task: connector.open(cx).await?,
                background,
                again_at: None,
                _ends: ends,
            })
        }
    }

    fn failed(&self, error: &Error) -> Passed {
        let plugin: &Str = &self.preview.plan.plugin;
        Passed::Failed(PreviewFailure {
            stage: StageName::Poll.to_string(),
            plugin: plugin.clone(),
            message: error.report().to_string(),
        })
    }
}

impl Current {
    /// Asks for the next batch, not before the task wants to be asked.
    async fn poll(&mut self) -> Result<SourceBatch> {
        if let Some(at) = self.again_at.take() {
            sleep(at.saturating_duration_since(Instant::now())).await;
        }
        select! {
            batch = self.task.poll() => batch,
            error = self.background.failure() => Err(error),
        }
    }

    fn take(&mut self, batch: SourceBatch, items: &mut VecDeque<SourceItem>) {
        let (more, again_after) = batch.into_parts();
        items.extend(more);
        self.again_at = again_after.map(|delay| Instant::now() + delay);
    }
}

impl std::fmt::Debug for SourcePreview {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SourcePreview({})", self.preview.plan.name)
    }
}
