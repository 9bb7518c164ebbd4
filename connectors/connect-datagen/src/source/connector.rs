//! [`DatagenSource`]: the connector, and its options.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicU64},
};

use async_trait::async_trait;
use connect_api::{
    Classify, ConfigProblem, Error, Result, SourceConnector, SourceContext, SourceGuarantees,
    SourceOffset, SourcePartition, SourceTask, Str, TaskConfig,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Preset,
    pace::Pace,
    recipe::Recipe,
    stream::{self, Stream, Supply},
    task::DatagenTask,
};

/// The key under which a task's config lists its streams.
const STREAMS: &str = "streams";

/// The most records of a poll: all of them are in memory at once.
const LARGEST_BATCH: NonZeroU32 = NonZeroU32::new(100_000).expect("not zero");

/// The most streams: each has an offset of its own.
const MOST_PARTITIONS: NonZeroU32 = NonZeroU32::new(10_000).expect("not zero");

/// Which records are made, how many and how fast.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct DatagenSourceConfig {
    /// The topic that all records go to.
    #[schemars(length(min = 1), extend("x-importance" = "high"))]
    pub topic: String,
    /// A schema that is there already. One of `preset`, `schema` and `schema.file` is needed.
    #[serde(default)]
    #[schemars(extend("x-importance" = "high"))]
    pub preset: Option<Preset>,
    /// A JSON Schema of the values.
    #[serde(default)]
    #[schemars(extend("x-importance" = "high"))]
    pub schema: Option<String>,
    /// A file with a JSON Schema of the values, read when a task is opened.
    #[serde(default)]
    #[schemars(extend("x-importance" = "high"))]
    pub schema_file: Option<String>,
    /// The field whose value is the key, too; without it there are no keys.
    #[serde(default)]
    pub key_field: Option<String>,
    /// How many records are made a second, by all tasks together; as many as are taken if not specified.
    #[serde(default)]
    #[schemars(extend("x-importance" = "high"))]
    pub rate: Option<NonZeroU32>,
    /// How many records are made, by all tasks together; without end if not specified.
    #[serde(default)]
    #[schemars(extend("x-importance" = "high"))]
    pub count: Option<u64>,
    /// What decides about the values, together with the index of a record.
    #[serde(default)]
    pub seed: u64,
    /// How many streams there are: so many tasks can share the work, each stream has an order and an offset.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 10_000))]
    pub partitions: NonZeroU32,
    /// The most records of one poll; 1 MiB of data ends a poll as well.
    #[serde(default = "batch_size")]
    #[schemars(range(min = 1, max = 100_000))]
    pub batch_size: NonZeroU32,
}

const fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

const fn batch_size() -> NonZeroU32 {
    NonZeroU32::new(2000).expect("not zero")
}

/// Makes typed records of a JSON Schema, a seed and an index.
///
/// ```
/// use connect_datagen::{DatagenSource, Preset};
///
/// let orders = DatagenSource::preset(Preset::Orders, "orders").with_count(1000).with_seed(7);
/// let points = DatagenSource::of_schema(
///     r#"{"type": "object", "required": ["x"], "properties": {"x": {"type": "integer", "maximum": 9}}}"#,
///     "points",
/// )?;
/// # let _ = (orders, points);
/// # Ok::<(), connect_api::Error>(())
/// ```
#[derive(Debug)]
pub struct DatagenSource {
    topic: Str,
    book: Book,
    supply: Supply,
    rate: Option<NonZeroU32>,
    seed: u64,
    partitions: NonZeroU32,
    batch_size: NonZeroU32,
}

/// Where the recipe is.
#[derive(Clone, Debug)]
enum Book {
    Open(Arc<Recipe>),
    /// It is read when a task is opened, since building a connector reads nothing; and which field is the key.
    File(PathBuf, Option<String>),
}

impl DatagenSource {
    /// Makes records of a schema that is there already.
    #[must_use]
    #[expect(
        clippy::missing_panics_doc,
        reason = "every preset is a schema, which is tested"
    )]
    pub fn preset(preset: Preset, topic: impl Into<Str>) -> Self {
        Self::of_schema(preset.schema(), topic).expect("a preset is a schema")
    }

    /// Makes records of the JSON Schema `schema`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): it says what is not supported, and where.
    pub fn of_schema(schema: &str, topic: impl Into<Str>) -> Result<Self> {
        let recipe = Recipe::parse("schema", schema, None)?;
        Ok(Self::new(Book::Open(Arc::new(recipe)), topic.into()))
    }

    /// Makes what `config` says.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): there is not exactly one schema, it is not supported, or the
    /// key is none of its fields.
    pub fn from_config(config: DatagenSourceConfig) -> Result<Self> {
        let key_field = config.key_field.as_deref();
        let (preset, schema) = (config.preset, config.schema.as_deref());
        let book = match (preset, schema, config.schema_file) {
            (Some(preset), None, None) => Self::open_book("preset", preset.schema(), key_field)?,
            (None, Some(schema), None) => Self::open_book("schema", schema, key_field)?,
            (None, None, Some(file)) => Book::File(file.into(), config.key_field),
            (None, None, None) => {
                let message = "Missing required configuration: one of \"preset\", \"schema\" and \"schema.file\"";
                return Err(ConfigProblem::new("schema", message).into());
            }
            _ => {
                let message =
                    "Only one of \"preset\", \"schema\" and \"schema.file\" may be configured";
                return Err(ConfigProblem::new("schema", message).into());
            }
        };
        Ok(Self {
            supply: config.count.map_or(Supply::Endless, Supply::Count),
            rate: config.rate,
            seed: config.seed,
            partitions: config.partitions.min(MOST_PARTITIONS),
            batch_size: config.batch_size.min(LARGEST_BATCH),
            ..Self::new(book, config.topic.into())
        })
    }

    fn open_book(option: &str, schema: &str, key_field: Option<&str>) -> Result<Book> {
        let recipe = Recipe::parse(option, schema, key_field)?;
        Ok(Book::Open(Arc::new(recipe)))
    }

    fn new(book: Book, topic: Str) -> Self {
        Self {
            topic,
            book,
            supply: Supply::Endless,
            rate: None,
            seed: 0,
            partitions: one(),
            batch_size: batch_size(),
        }
    }

    /// Takes the value of a field as the key, too.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): the schema has no such field.
    pub fn with_key_field(mut self, field: &str) -> Result<Self> {
        self.book = match self.book {
            Book::Open(recipe) => {
                let recipe = Arc::unwrap_or_clone(recipe).keyed_by(field)?;
                Book::Open(Arc::new(recipe))
            }
            Book::File(path, _) => Book::File(path, Some(field.to_owned())),
        };
        Ok(self)
    }

    /// Sets how many records are made, by all tasks together.
    ///
    /// Without it there is no end.
    #[must_use]
    pub fn with_count(mut self, count: u64) -> Self {
        self.supply = Supply::Count(count);
        self
    }

    /// Makes as many records as `supply` says, which may grow while tasks run.
    ///
    /// So a test or a demonstration hands them out by and by.
    #[must_use]
    pub fn with_supply(mut self, supply: Arc<AtomicU64>) -> Self {
        self.supply = Supply::Growing(supply);
        self
    }

    /// Sets how many records are made a second, by all tasks together.
    #[must_use]
    pub fn with_rate(mut self, per_second: NonZeroU32) -> Self {
        self.rate = Some(per_second);
        self
    }

    /// Sets what decides about the values, beside the number of a record; default 0.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets how many streams there are; default 1, at most 10,000.
    ///
    /// So many tasks can share the work.
    #[must_use]
    pub fn with_partitions(mut self, partitions: NonZeroU32) -> Self {
        self.partitions = partitions.min(MOST_PARTITIONS);
        self
    }

    /// Limits the records of one poll; default 2000, at most 100,000.
    ///
    /// 1 MiB of data ends a poll as well.
    #[must_use]
    pub fn with_batch_size(mut self, records: NonZeroU32) -> Self {
        self.batch_size = records.min(LARGEST_BATCH);
        self
    }

    async fn recipe(&self, cx: &SourceContext) -> Result<Arc<Recipe>> {
        let (path, key_field) = match &self.book {
            Book::Open(recipe) => return Ok(Arc::clone(recipe)),
            Book::File(path, key_field) => (path.clone(), key_field.clone()),
        };
        let read = move || read(&path, key_field.as_deref());
        cx.blocking(read).await?.map(Arc::new)
    }

    /// Returns the pace of a task with `streams` of all streams.
    fn pace(&self, cx: &SourceContext, streams: usize) -> Option<Pace> {
        let rate = f64::from(self.rate?.get());
        let share = streams as f64 / f64::from(self.partitions.get());
        Some(Pace::new(rate * share, cx.now()))
    }
}

fn read(path: &Path, key_field: Option<&str>) -> Result<Recipe> {
    let doing = format!("schema.file: reading `{}`", path.display());
    let text = std::fs::read_to_string(path).config(&doing)?;
    Ok(Recipe::parse("schema.file", &text, key_field)?)
}

#[async_trait]
impl SourceConnector for DatagenSource {
    async fn task_configs(
        &self,
        max: NonZeroUsize,
        current: &[TaskConfig],
    ) -> Result<Vec<TaskConfig>> {
        let streams = 0..self.partitions.get();
        let streams: Vec<_> = streams.map(|number| number.to_string()).collect();
        Ok(TaskConfig::spread(STREAMS, &streams, max, current))
    }

    async fn open(&self, cx: SourceContext) -> Result<Box<dyn SourceTask>> {
        let recipe = self.recipe(&cx).await?;
        let of = self.partitions.get();
        let mut streams = Vec::new();
        for unit in cx.config().units(STREAMS) {
            let number = unit.parse().ok().filter(|number| *number < of);
            let number = number.ok_or_else(|| {
                let expected = "numbers of streams below";
                Error::config(format!(
                    "task config: `{STREAMS}`: expected {expected} {of}, found `{unit}`"
                ))
            })?;
            streams.push(Stream::open(&cx, number, of)?);
        }
        let pace = self.pace(&cx, streams.len());
        Ok(Box::new(DatagenTask {
            cx: cx.task_context(),
            topic: self.topic.clone(),
            recipe,
            seed: self.seed,
            supply: self.supply.clone(),
            pace,
            batch_size: usize::try_from(self.batch_size.get()).unwrap_or(usize::MAX),
            streams,
            turn: 0,
        }))
    }

    fn guarantees(&self) -> SourceGuarantees {
        SourceGuarantees::ExactlyOnce
    }

    async fn alter_offsets(
        &self,
        offsets: &[(SourcePartition, Option<SourceOffset>)],
    ) -> Result<()> {
        let of = self.partitions.get();
        offsets
            .iter()
            .try_for_each(|(partition, offset)| stream::check(of, partition, offset.as_ref()))
    }
}
