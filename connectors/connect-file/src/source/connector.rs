//! [`FileSource`]: the connector, and its options.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    time::Duration,
};

use async_trait::async_trait;
use connect_api::{
    Error, Millis, Result, SourceConnector, SourceContext, SourceGuarantees, SourceOffset,
    SourcePartition, SourceTask, Value,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    lines::Lines,
    place::{FILENAME, Place, partition},
    stdin::{Stdin, StdinTask},
    tail::{Patience, Tail},
    task::FileSourceTask,
};

/// Which file is read, and into which topic.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct FileSourceConfig {
    /// Source filename. If not specified, the standard input will be used.
    #[serde(default)]
    #[schemars(extend("x-importance" = "high"))]
    pub file: Option<String>,
    /// The topic to publish data to.
    #[schemars(length(min = 1), extend("x-importance" = "high"))]
    pub topic: String,
    /// The maximum number of records the source task can read from the file each time it is polled.
    #[serde(default = "batch_size")]
    #[schemars(range(min = 1, max = 2_147_483_647), extend("x-importance" = "low"))]
    pub batch_size: NonZeroU32,
    /// The maximum number of bytes of a line; a longer one is unreadable, and only its beginning is kept.
    #[serde(default = "line_max_bytes")]
    #[schemars(range(min = 1, max = 2_147_483_647))]
    pub line_max_bytes: NonZeroU32,
    /// How long a last line without a line end must not grow to become a record, in milliseconds; -1 is for ever.
    #[serde(default = "file_final_line_timeout_ms")]
    #[schemars(range(min = -1))]
    pub file_final_line_timeout_ms: i64,
    /// How long a file that was renamed or deleted must not grow before the next one is read, in milliseconds.
    #[serde(default = "file_rotation_wait_ms")]
    pub file_rotation_wait_ms: Millis,
}

fn batch_size() -> NonZeroU32 {
    NonZeroU32::new(2000).expect("2000 is not zero")
}

fn line_max_bytes() -> NonZeroU32 {
    NonZeroU32::new(8 * 1024 * 1024).expect("8 MiB is not zero")
}

fn file_final_line_timeout_ms() -> i64 {
    10_000
}

fn file_rotation_wait_ms() -> Millis {
    Millis::new(5_000)
}

/// Reads a file, or the standard input, line by line.
///
/// ```
/// use std::time::Duration;
/// use connect_file::FileSource;
///
/// let source = FileSource::new("/var/log/app.log", "log-lines")
///     .with_batch_size(500.try_into()?)
///     .with_final_line_timeout(Some(Duration::from_secs(60)));
/// # Ok::<(), std::num::TryFromIntError>(())
/// ```
#[derive(Debug)]
pub struct FileSource {
    input: Input,
    topic: String,
    batch_size: NonZeroU32,
    line_max_bytes: NonZeroU32,
    patience: Patience,
}

#[derive(Debug)]
enum Input {
    File(String),
    Stdin(Stdin),
}

impl FileSource {
    /// Reads the file called `file` into `topic`; it need not exist yet.
    pub fn new(file: impl Into<String>, topic: impl Into<String>) -> Self {
        Self::from_input(Input::File(file.into()), topic.into())
    }

    /// Reads the standard input into `topic`.
    pub fn stdin(topic: impl Into<String>) -> Self {
        Self::from_input(Input::Stdin(Stdin::default()), topic.into())
    }

    /// Reads what `config` says.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): the topic is empty.
    pub fn from_config(config: FileSourceConfig) -> Result<Self> {
        Self::with_stdin(config, &Stdin::default())
    }

    /// Reads what `config` says, from `stdin` if it names no file.
    pub(crate) fn with_stdin(config: FileSourceConfig, stdin: &Stdin) -> Result<Self> {
        if config.topic.is_empty() {
            return Err(Error::config("topic: expected a name, found nothing"));
        }
        // As in Java, an empty name is no name.
        let source = match config.file.filter(|file| !file.is_empty()) {
            Some(file) => Self::new(file, config.topic),
            None => Self::from_input(Input::Stdin(stdin.clone()), config.topic),
        };
        Ok(source
            .with_batch_size(config.batch_size)
            .with_line_max_bytes(config.line_max_bytes)
            .with_final_line_timeout(millis(config.file_final_line_timeout_ms))
            .with_rotation_wait(config.file_rotation_wait_ms.duration()))
    }

    fn from_input(input: Input, topic: String) -> Self {
        Self {
            input,
            topic,
            batch_size: batch_size(),
            line_max_bytes: line_max_bytes(),
            patience: Patience {
                final_line: millis(file_final_line_timeout_ms()),
                rotation: file_rotation_wait_ms().duration(),
            },
        }
    }

    /// Limits the records of one poll; default 2000.
    #[must_use]
    pub fn with_batch_size(mut self, records: NonZeroU32) -> Self {
        self.batch_size = records;
        self
    }

    /// Limits the bytes of a line; default 8 MiB.
    ///
    /// Of a longer one the beginning is handed over as unreadable.
    #[must_use]
    pub fn with_line_max_bytes(mut self, bytes: NonZeroU32) -> Self {
        self.line_max_bytes = bytes;
        self
    }

    /// Sets how long an unfinished last line must rest to become a record.
    ///
    /// The default is 10 s.
    ///
    /// `None` waits for ever: until the line end comes, or the file is rotated or deleted.
    #[must_use]
    pub fn with_final_line_timeout(mut self, timeout: Option<Duration>) -> Self {
        self.patience.final_line = timeout;
        self
    }

    /// Sets how long a rotated file must not grow before the next one is read.
    ///
    /// The default is 5 s.
    #[must_use]
    pub fn with_rotation_wait(mut self, wait: Duration) -> Self {
        self.patience.rotation = wait;
        self
    }
}

fn millis(millis: i64) -> Option<Duration> {
    u64::try_from(millis).ok().map(Duration::from_millis)
}

#[async_trait]
impl SourceConnector for FileSource {
    async fn open(&self, cx: SourceContext) -> Result<Box<dyn SourceTask>> {
        let most = NonZeroUsize::try_from(self.batch_size).unwrap_or(NonZeroUsize::MAX);
        let longest = usize::try_from(self.line_max_bytes.get()).unwrap_or(usize::MAX);
        match &self.input {
            Input::File(file) => {
                let partition = partition(Some(file));
                let stored = cx.offsets().get(&partition);
                let place = stored.map(Place::read).transpose();
                let place = place.map_err(|error| error.context(&partition))?;
                let tail = Tail::new(file, place, self.patience, longest);
                let lines = Lines::new(&self.topic, partition, longest);
                Ok(Box::new(FileSourceTask::new(
                    cx.task_context(),
                    tail,
                    lines,
                    most,
                )))
            }
            Input::Stdin(stdin) => {
                let lines = Lines::new(&self.topic, partition(None), longest);
                let task = StdinTask::open(cx.task_context(), stdin, lines, most)?;
                Ok(Box::new(task))
            }
        }
    }

    fn guarantees(&self) -> SourceGuarantees {
        match self.input {
            Input::File(_) => SourceGuarantees::ExactlyOnce,
            Input::Stdin(_) => SourceGuarantees::AtLeastOnce,
        }
    }

    async fn alter_offsets(
        &self,
        offsets: &[(SourcePartition, Option<SourceOffset>)],
    ) -> Result<()> {
        let Input::File(file) = &self.input else {
            return Err(Error::config(
                "offsets cannot be modified if the `file` configuration is unspecified: \
                 the standard input has none",
            ));
        };
        for (partition, offset) in offsets {
            // Whatever is stored may be removed, also what an older configuration left behind.
            let Some(offset) = offset else { continue };
            let name = partition.get(FILENAME);
            if name.and_then(Value::as_str) != Some(file) {
                let found = name.map_or_else(|| "nothing".to_owned(), |name| format!("{name:?}"));
                return Err(Error::config(format!(
                    "partition {partition}: `{FILENAME}`: expected {file:?}, found {found}"
                )));
            }
            Place::read(offset).map_err(|error| {
                error
                    .with_kind(connect_api::ErrorKind::Config)
                    .context(format!("partition {partition}"))
            })?;
        }
        Ok(())
    }
}
