//! [`FileSink`]: the connector.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use async_trait::async_trait;
use connect_api::{
    Classify, ConfigProblem, Error, Result, SinkConnector, SinkContext, SinkGuarantees, SinkTask,
    TopicPartition,
};
use tokio::sync::oneshot;

use super::{
    compression::Compression,
    config::{FileSinkConfig, file_flush_interval_ms, file_open_max},
    files::{Files, Target},
    format::Format,
    journal::Layout,
    local_disk::LocalDisk,
    rotation::Rotation,
    stdout::StdoutTask,
    task::{FileSinkTask, Style},
    template::{Place, Template},
};

/// Appends records to files, one line each, or prints them.
///
/// ```
/// use connect_file::{FileSink, Format};
///
/// let sink = FileSink::new("/var/lib/orders.txt");
/// let sinks = FileSink::by_template("/var/lib/${topic}/${partition}.json")?.with_format(Format::Json);
/// # let _ = (sink, sinks);
/// # Ok::<(), connect_api::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FileSink {
    /// None is the standard output.
    template: Option<Template>,
    layout: Layout,
    most_open: NonZeroUsize,
    style: Style,
}

impl FileSink {
    /// Appends to `file`, which is made when it is missing.
    ///
    /// The name is taken as it is, whatever stands in it.
    pub fn new(file: impl Into<PathBuf>) -> Self {
        Self::to(Some(Template::Plain(file.into())))
    }

    /// Appends to the files that `${topic}` and `${partition}` in `template` lead to.
    ///
    /// They are those that a record was consumed from, whatever transforms have made of it.
    ///
    /// # Errors
    ///
    /// `Config`: there is another placeholder, or two partitions could get one name.
    pub fn by_template(template: &str) -> Result<Self> {
        let parsed = Template::parse(template).map_err(|error| {
            let problem = ConfigProblem::invalid("file", template, error.message());
            Error::invalid_config([problem])
        });
        Ok(Self::to(Some(parsed?)))
    }

    /// Prints to the standard output.
    #[must_use]
    pub fn stdout() -> Self {
        Self::to(None)
    }

    /// Writes what `config` says.
    ///
    /// # Errors
    ///
    /// `Config`, with all that is wrong.
    pub fn from_config(config: &FileSinkConfig) -> Result<Self> {
        let parsed = config.read().map_err(Error::invalid_config)?;
        Ok(Self::to(parsed.template)
            .with_flush_interval(config.file_flush_interval_ms.into())
            .with_most_open_files(config.file_open_max.try_into().unwrap_or(NonZeroUsize::MAX))
            .with_format(config.format)
            .with_delimiter(parsed.delimiter)
            .with_compression(config.compression)
            .with_rotation(parsed.rotation))
    }

    fn to(template: Option<Template>) -> Self {
        Self {
            template,
            layout: Layout::default(),
            most_open: file_open_max().try_into().unwrap_or(NonZeroUsize::MAX),
            style: Style {
                format: Format::default(),
                delimiter: b"\n".to_vec(),
                patience: file_flush_interval_ms().into(),
            },
        }
    }

    /// Sets how long a record may wait in memory; default 1 s.
    ///
    /// Then it is written and committed, whether the runtime asks for a flush or not.
    #[must_use]
    pub fn with_flush_interval(mut self, interval: Duration) -> Self {
        self.style.patience = interval;
        self
    }

    /// Sets how many files may be open at once; default 256.
    #[must_use]
    pub fn with_most_open_files(mut self, files: NonZeroUsize) -> Self {
        self.most_open = files;
        self
    }

    /// Sets how a value is written; default text.
    #[must_use]
    pub fn with_format(mut self, format: Format) -> Self {
        self.style.format = format;
        self
    }

    /// Sets what is written after each value; default a line feed.
    #[must_use]
    pub fn with_delimiter(mut self, delimiter: impl Into<Vec<u8>>) -> Self {
        self.style.delimiter = delimiter.into();
        self
    }

    /// Sets what is done to lines before they are written to a file; default nothing.
    #[must_use]
    pub fn with_compression(mut self, compression: Compression) -> Self {
        self.layout.compression = compression;
        self
    }

    /// Sets when a file is finished and a new one begun; default never.
    #[must_use]
    pub fn with_rotation(mut self, rotation: Rotation) -> Self {
        self.layout.rotation = rotation;
        self
    }

    fn target(&self) -> Option<Target> {
        Some(Target {
            template: self.template.clone()?,
            layout: self.layout,
            most_open: self.most_open,
        })
    }
}

#[async_trait]
impl SinkConnector for FileSink {
    async fn open(&self, cx: SinkContext) -> Result<Box<dyn SinkTask>> {
        let style = self.style.clone();
        match self.target() {
            Some(target) => {
                let files = cx.blocking(move || Files::open(target)).await??;
                Ok(Box::new(FileSinkTask::new(cx, files, style)))
            }
            None => Ok(Box::new(StdoutTask::new(cx, style))),
        }
    }

    fn guarantees(&self) -> SinkGuarantees {
        match self.template {
            Some(_) => SinkGuarantees::StoresOffsets,
            None => SinkGuarantees::AtLeastOnce,
        }
    }

    fn max_tasks(&self) -> Option<NonZeroUsize> {
        match &self.template {
            // Two tasks would write one file.
            Some(template) if !template.tells_partitions_apart() => Some(NonZeroUsize::MIN),
            Some(_) | None => None,
        }
    }

    async fn alter_offsets(&self, offsets: &BTreeMap<TopicPartition, Option<i64>>) -> Result<()> {
        let Some(target) = self.target() else {
            return Ok(());
        };
        if let Some((of, Some(offset))) = offsets.iter().find(|(_, o)| o.is_some_and(|o| o < 0)) {
            return Err(Error::config(format!(
                "{of}: expected an offset that is not negative, found {offset}"
            )));
        }
        let mut files = BTreeMap::<PathBuf, (Place, Vec<(TopicPartition, Option<i64>)>)>::new();
        for (of, offset) in offsets {
            let place = target.template.place(of)?;
            let file = files.entry(place.path.clone());
            let (_, wanted) = file.or_insert_with(|| (place, Vec::new()));
            wanted.push((of.clone(), *offset));
        }
        blocking(move || {
            let mut files = files.into_values();
            files.try_for_each(|(place, wanted)| alter(&target, place, &wanted))
        })
        .await?
    }
}

/// Stores what an operator wants for one file.
fn alter(target: &Target, place: Place, wanted: &[(TopicPartition, Option<i64>)]) -> Result<()> {
    let is_reset = wanted.iter().all(|(_, offset)| offset.is_none());
    if is_reset && is_missing(&LocalDisk::offsets_of(&place.path)) {
        // A file that was never written is not made to be forgotten.
        return Ok(());
    }
    let wanted = wanted.iter().map(|(of, offset)| (of, offset));
    target.claim(place)?.alter(wanted)
}

fn is_missing(path: &Path) -> bool {
    matches!(path.try_exists(), Ok(false))
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
