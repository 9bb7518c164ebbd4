//! [`FileSourceConfig`]: the options of the source.

use std::num::NonZeroU32;

use connect_api::Millis;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    folder::{Decompression, StartAt, Watch},
    lines::LineFormat,
    multiline::MultilineMode,
};

/// Which files are read, how, and into which topic.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct FileSourceConfig {
    /// Source filename, a glob, or a folder with a slash at the end. If not specified, the standard input will be used.
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
    /// What a line is: `text`, or `json` for a value without a schema.
    #[serde(default)]
    pub format: LineFormat,
    /// What ends each record instead of a line end; `\n`, `\r`, `\t`, `\0`, `\\` and `\xHH` are escapes.
    #[serde(default)]
    pub delimiter: Option<String>,
    /// The maximum number of bytes of a line; a longer one is unreadable, and only its beginning is kept.
    #[serde(default = "line_max_bytes")]
    #[schemars(range(min = 1, max = 2_147_483_647))]
    pub line_max_bytes: NonZeroU32,
    /// A regular expression that says which lines are one record together.
    #[serde(default)]
    pub multiline_pattern: Option<String>,
    /// What a line that matches is: the `start` of a record, a `continuation` of it, or its `end`.
    #[serde(default)]
    pub multiline_mode: MultilineMode,
    /// Whether the lines are meant that do not match.
    #[serde(default)]
    pub multiline_negate: bool,
    /// The maximum number of lines of a record; the next line begins another.
    #[serde(default = "multiline_max_lines")]
    #[schemars(range(min = 1, max = 2_147_483_647))]
    pub multiline_max_lines: NonZeroU32,
    /// How long the last record must not grow to be complete, in milliseconds; -1 is for ever.
    #[serde(default = "multiline_timeout_ms")]
    #[schemars(range(min = -1))]
    pub multiline_timeout_ms: i64,
    /// Globs of files that are not read: matched with the path if there is a slash in it, otherwise with the name.
    #[serde(default)]
    pub file_exclude: Vec<String>,
    /// Where files are read from that are there when the connector starts for the first time: `beginning` or `end`.
    #[serde(default)]
    pub file_start_at: StartAt,
    /// How files are compressed: `auto`, `none`, `gzip` or `zstd`.
    #[serde(default)]
    pub file_compression: Decompression,
    /// How changes of a folder are noticed: `notify`, by the system where it can, or `poll`.
    #[serde(default)]
    pub file_watch: Watch,
    /// How many files each task keeps open; others are closed between polls.
    #[serde(default = "file_open_max")]
    #[schemars(range(min = 1, max = 2_147_483_647))]
    pub file_open_max: NonZeroU32,
    /// How long a last line without a line end must not grow to become a record, in milliseconds; -1 is for ever.
    #[serde(default = "file_final_line_timeout_ms")]
    #[schemars(range(min = -1))]
    pub file_final_line_timeout_ms: i64,
    /// How long a file that was renamed or deleted must not grow before the next one is read, in milliseconds.
    #[serde(default = "file_rotation_wait_ms")]
    pub file_rotation_wait_ms: Millis,
}

impl FileSourceConfig {
    /// Reads `file` into `topic`; every other option has its default.
    ///
    /// ```
    /// use connect_file::{FileSource, FileSourceConfig};
    ///
    /// let mut config = FileSourceConfig::new("/var/log/**/*.log", "log-lines");
    /// config.multiline_pattern = Some("^[0-9]{4}-".to_owned());
    /// let source = FileSource::from_config(config)?;
    /// # Ok::<(), connect_api::Error>(())
    /// ```
    pub fn new(file: impl Into<String>, topic: impl Into<String>) -> Self {
        Self {
            file: Some(file.into()),
            topic: topic.into(),
            batch_size: batch_size(),
            format: LineFormat::default(),
            delimiter: None,
            line_max_bytes: line_max_bytes(),
            multiline_pattern: None,
            multiline_mode: MultilineMode::default(),
            multiline_negate: false,
            multiline_max_lines: multiline_max_lines(),
            multiline_timeout_ms: multiline_timeout_ms(),
            file_exclude: Vec::new(),
            file_start_at: StartAt::default(),
            file_compression: Decompression::default(),
            file_watch: Watch::default(),
            file_open_max: file_open_max(),
            file_final_line_timeout_ms: file_final_line_timeout_ms(),
            file_rotation_wait_ms: file_rotation_wait_ms(),
        }
    }
}

fn batch_size() -> NonZeroU32 {
    NonZeroU32::new(2000).expect("2000 is not zero")
}

fn line_max_bytes() -> NonZeroU32 {
    NonZeroU32::new(8 * 1024 * 1024).expect("8 MiB is not zero")
}

fn multiline_max_lines() -> NonZeroU32 {
    NonZeroU32::new(500).expect("500 is not zero")
}

fn multiline_timeout_ms() -> i64 {
    5_000
}

fn file_open_max() -> NonZeroU32 {
    NonZeroU32::new(128).expect("128 is not zero")
}

fn file_final_line_timeout_ms() -> i64 {
    10_000
}

fn file_rotation_wait_ms() -> Millis {
    Millis::new(5_000)
}
