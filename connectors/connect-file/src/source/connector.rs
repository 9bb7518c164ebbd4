//! [`FileSource`]: the connector.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    path::Path,
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use connect_api::{
    Error, ErrorKind, Result, SourceConnector, SourceContext, SourceGuarantees, SourceOffset,
    SourcePartition, SourceTask, TaskConfig, Value,
};

use super::{
    config::{Ends, FileSourceConfig},
    folder::{Decompression, Exclude, Files, FolderTask, Pattern, Share, StartAt, Watch},
    framing::Framing,
    lines::{LineFormat, Lines},
    multiline::Multiline,
    place::{FILENAME, Place, partition},
    stdin::{Stdin, StdinTask},
    tail::{Patience, Tail},
    task::{FileSourceTask, Reader},
};

/// Reads files, or the standard input, line by line.
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
    format: LineFormat,
    ends: Ends,
    exclude: Exclude,
    start_at: StartAt,
    compression: Decompression,
    watch: Watch,
    most_open: NonZeroUsize,
}

#[derive(Debug)]
enum Input {
    File(String),
    Stdin(Stdin),
}

impl FileSource {
    /// Reads what is called `file` into `topic`.
    ///
    /// That is a file, a glob, or a folder with a slash at the end. It need not exist yet. [`FileSourceConfig`] has all the options.
    pub fn new(file: impl Into<String>, topic: impl Into<String>) -> Self {
        let config = FileSourceConfig::new("", topic);
        Self::of(
            Input::File(file.into()),
            &config,
            Ends::Lines,
            Exclude::default(),
        )
    }

    /// Reads the standard input into `topic`.
    pub fn stdin(topic: impl Into<String>) -> Self {
        let config = FileSourceConfig::new("", topic);
        let input = Input::Stdin(Stdin::default());
        Self::of(input, &config, Ends::Lines, Exclude::default())
    }

    /// Reads what `config` says.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config), with all that is wrong.
    pub fn from_config(config: FileSourceConfig) -> Result<Self> {
        Self::with_stdin(config, &Stdin::default())
    }

    /// Reads what `config` says, from `stdin` if it names no file.
    pub(crate) fn with_stdin(config: FileSourceConfig, stdin: &Stdin) -> Result<Self> {
        let parsed = config.read().map_err(Error::invalid_config)?;
        let input = match parsed.file {
            Some(file) => Input::File(file),
            None => Input::Stdin(stdin.clone()),
        };
        Ok(Self::of(input, &config, parsed.ends, parsed.exclude))
    }

    fn of(input: Input, config: &FileSourceConfig, ends: Ends, exclude: Exclude) -> Self {
        Self {
            input,
            topic: config.topic.clone(),
            batch_size: config.batch_size,
            line_max_bytes: config.line_max_bytes,
            patience: Patience {
                final_line: millis(config.file_final_line_timeout_ms),
                record: millis(config.multiline_timeout_ms),
                rotation: config.file_rotation_wait_ms.duration(),
            },
            format: config.format,
            ends,
            exclude,
            start_at: config.file_start_at,
            compression: config.file_compression,
            watch: config.file_watch,
            most_open: config.file_open_max.try_into().unwrap_or(NonZeroUsize::MAX),
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

    fn longest(&self) -> usize {
        usize::try_from(self.line_max_bytes.get()).unwrap_or(usize::MAX)
    }

    fn framing(&self) -> Arc<Framing> {
        Arc::new(match &self.ends {
            Ends::Lines => Framing::Lines,
            Ends::Delimiter(delimiter) => Framing::Delimited(delimiter.clone()),
            Ends::Multiline(rule) => {
                Framing::Multiline(Multiline::new(rule.clone(), self.longest()))
            }
        })
    }

    /// Returns which files `file` means, if it is not simply one that is followed under its name.
    ///
    /// That depends on what is there only if it names a folder without a slash.
    fn pattern(&self, file: &str) -> Result<Option<Pattern>> {
        let path = Path::new(file);
        let is_archive = match self.compression {
            Decompression::Auto => Decompression::is_promised(path),
            Decompression::None => false,
            Decompression::Gzip | Decompression::Zstd => true,
        };
        let pattern = match Pattern::parse(file).map_err(|error| error.context("file"))? {
            Some(pattern) => Some(pattern),
            None if path.is_dir() => Some(Pattern::folder(file)),
            None if is_archive || self.start_at == StartAt::End => Some(Pattern::one(file)),
            None => None,
        };
        Ok(pattern.map(|pattern| pattern.without(self.exclude.clone())))
    }

    fn open_file(&self, file: &str, cx: &SourceContext) -> Result<Box<dyn SourceTask>> {
        let lines = Lines::new(&self.topic, self.format, self.longest());
        let most = NonZeroUsize::try_from(self.batch_size).unwrap_or(NonZeroUsize::MAX);
        let share = Share::read(cx.config())?;
        let pattern = match (self.pattern(file)?, share) {
            (Some(pattern), _) => pattern,
            // It was a folder when the tasks were made.
            (None, Some(_)) => Pattern::folder(file).without(self.exclude.clone()),
            (None, None) => {
                let partition = partition(Some(file));
                let stored = cx.offsets().get(&partition);
                let place = stored.map(Place::read).transpose();
                let place = place.map_err(|error| error.context(&partition))?;
                let how = (self.framing(), self.longest());
                let reader = Reader {
                    tail: Tail::new(file, place, self.patience, how),
                    lines,
                    partition,
                    most,
                };
                return Ok(Box::new(FileSourceTask::new(cx.task_context(), reader)));
            }
        };
        let files = Files {
            pattern,
            share: share.unwrap_or(Share::ALL),
            patience: self.patience,
            framing: self.framing(),
            compression: self.compression,
            start_at: self.start_at,
            lines,
            most,
            most_open: self.most_open,
        };
        Ok(Box::new(FolderTask::open(cx, files, self.watch)?))
    }
}

fn millis(millis: i64) -> Option<Duration> {
    u64::try_from(millis).ok().map(Duration::from_millis)
}

#[async_trait]
impl SourceConnector for FileSource {
    async fn task_configs(
        &self,
        max: NonZeroUsize,
        _current: &[TaskConfig],
    ) -> Result<Vec<TaskConfig>> {
        let pattern = match &self.input {
            Input::File(file) => self.pattern(file)?,
            Input::Stdin(_) => None,
        };
        // What files there are changes nothing here: each task looks for its own.
        if pattern.is_some_and(|pattern| pattern.is_many()) {
            Share::configs(u32::try_from(max.get()).unwrap_or(u32::MAX))
        } else {
            Ok(vec![TaskConfig::new()])
        }
    }

    async fn open(&self, cx: SourceContext) -> Result<Box<dyn SourceTask>> {
        match &self.input {
            Input::File(file) => self.open_file(file, &cx),
            Input::Stdin(stdin) => {
                let lines = Lines::new(&self.topic, self.format, self.longest());
                let most = NonZeroUsize::try_from(self.batch_size).unwrap_or(NonZeroUsize::MAX);
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
        let is_one = self.pattern(file)?.is_none();
        for (partition, offset) in offsets {
            // Whatever is stored may be removed, also what an older configuration left behind.
            let Some(offset) = offset else { continue };
            let name = partition.get(FILENAME);
            let found = || name.map_or_else(|| "nothing".to_owned(), |name| format!("{name:?}"));
            match name.and_then(Value::as_str) {
                Some(name) if name == file || !is_one => {}
                _ => {
                    let expected = match is_one {
                        true => format!("{file:?}"),
                        false => "the path of a file".to_owned(),
                    };
                    return Err(Error::config(format!(
                        "partition {partition}: `{FILENAME}`: expected {expected}, found {}",
                        found()
                    )));
                }
            }
            Place::read(offset).map_err(|error| {
                error
                    .with_kind(ErrorKind::Config)
                    .context(format!("partition {partition}"))
            })?;
        }
        Ok(())
    }
}
