//! [`FileSink`]: the connector, and its options.

use std::{collections::BTreeMap, num::NonZeroUsize, path::PathBuf, thread, time::Duration};

use async_trait::async_trait;
use connect_api::{
    Classify, Error, Millis, Result, SinkConnector, SinkContext, SinkGuarantees, SinkTask,
    TopicPartition,
};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::oneshot;

use super::{disk::LocalDisk, journal::Journal, stdout::StdoutTask, task::FileSinkTask};

/// Which file is written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct FileSinkConfig {
    /// Destination filename. If not specified, the standard output will be used.
    #[serde(default)]
    #[schemars(extend("x-importance" = "high"))]
    pub file: Option<String>,
    /// How long a record may wait in memory before it is written and committed, in milliseconds.
    #[serde(default = "file_flush_interval_ms")]
    pub file_flush_interval_ms: Millis,
}

fn file_flush_interval_ms() -> Millis {
    Millis::new(1_000)
}

/// Appends records to a file, one line each, or prints them.
///
/// ```
/// use connect_file::FileSink;
///
/// let sink = FileSink::new("/var/lib/orders.txt");
/// # let _ = sink;
/// ```
#[derive(Debug)]
pub struct FileSink {
    output: Output,
    patience: Duration,
}

#[derive(Debug)]
enum Output {
    File(PathBuf),
    Stdout,
}

impl FileSink {
    /// Appends to `file`, which is made when it is missing.
    pub fn new(file: impl Into<PathBuf>) -> Self {
        Self::to(Output::File(file.into()))
    }

    /// Prints to the standard output.
    #[must_use]
    pub fn stdout() -> Self {
        Self::to(Output::Stdout)
    }

    /// Writes what `config` says.
    #[must_use]
    pub fn from_config(config: FileSinkConfig) -> Self {
        // As in Java, an empty name is no name.
        let sink = match config.file.filter(|file| !file.is_empty()) {
            Some(file) => Self::new(file),
            None => Self::stdout(),
        };
        sink.with_flush_interval(config.file_flush_interval_ms.into())
    }

    fn to(output: Output) -> Self {
        Self {
            output,
            patience: file_flush_interval_ms().into(),
        }
    }

    /// Sets how long a record may wait in memory; default 1 s.
    ///
    /// Then it is written and committed, whether the runtime asks for a flush or not.
    #[must_use]
    pub fn with_flush_interval(mut self, interval: Duration) -> Self {
        self.patience = interval;
        self
    }
}

#[async_trait]
impl SinkConnector for FileSink {
    async fn open(&self, cx: SinkContext) -> Result<Box<dyn SinkTask>> {
        match &self.output {
            Output::File(path) => {
                let path = path.clone();
                let open = move || Journal::open(LocalDisk::open(&path)?);
                let journal = cx.blocking(open).await??;
                Ok(Box::new(FileSinkTask::new(cx, journal, self.patience)))
            }
            Output::Stdout => Ok(Box::new(StdoutTask::new(cx))),
        }
    }

    fn guarantees(&self) -> SinkGuarantees {
        match self.output {
            Output::File(_) => SinkGuarantees::StoresOffsets,
            Output::Stdout => SinkGuarantees::AtLeastOnce,
        }
    }

    fn max_tasks(&self) -> Option<NonZeroUsize> {
        match self.output {
            Output::File(_) => Some(NonZeroUsize::MIN),
            Output::Stdout => None,
        }
    }

    async fn alter_offsets(&self, offsets: &BTreeMap<TopicPartition, Option<i64>>) -> Result<()> {
        let Output::File(path) = &self.output else {
            return Ok(());
        };
        if let Some((of, Some(offset))) = offsets.iter().find(|(_, o)| o.is_some_and(|o| o < 0)) {
            return Err(Error::config(format!(
                "{of}: expected an offset that is not negative, found {offset}"
            )));
        }
        let (path, offsets) = (path.clone(), offsets.clone());
        let alter = move || Journal::open(LocalDisk::open(&path)?)?.alter(&offsets);
        blocking(alter).await?
    }
}

/// Does `work` on a thread of its own: there is no task whose context could.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let (say, done) = oneshot::channel();
    let thread = thread::Builder::new().name("connect-file-offsets".to_owned());
    // Nobody is left to be told, if sending fails.
    let spawned = thread.spawn(move || drop(say.send(work())));
    spawned.unavailable("starting a thread")?;
    done.await.fatal("changing offsets on another thread")
}
