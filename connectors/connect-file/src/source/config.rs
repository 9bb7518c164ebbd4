//! [`FileSourceConfig`]: the options of the source.

use std::num::NonZeroU32;

use connect_api::{ConfigProblem, Millis, Result};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    folder::{Decompression, Exclude, Pattern, StartAt, Watch},
    framing::Delimiter,
    lines::LineFormat,
    multiline::{MultilineMode, Rule, Sense},
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

    /// Reads what a type of its own cannot say, with everything that is wrong.
    pub(crate) fn read(&self) -> Result<Parsed, Vec<ConfigProblem>> {
        let mut problems = Vec::new();
        if self.topic.is_empty() {
            let problem = ConfigProblem::invalid("topic", "", "String must be non-empty");
            problems.push(problem);
        }
        // As in Java, an empty name is no name.
        let file = self.file.clone().filter(|file| !file.is_empty());
        if let Some(file) = &file {
            read(("file", file), Pattern::parse(file), &mut problems);
        }
        let excluded = Exclude::parse(&self.file_exclude);
        let exclude = ("file.exclude", &*self.file_exclude.join(","));
        let exclude = read(exclude, excluded, &mut problems).unwrap_or_default();
        let ends = self.ends(&mut problems);
        if file.is_none() {
            needs(
                self.means_files(),
                "file: the standard input is read by lines",
                &mut problems,
            );
        }
        if self.multiline_pattern.is_none() {
            needs(self.means_rule(), "multiline.pattern", &mut problems);
        }
        match problems.is_empty() {
            true => Ok(Parsed {
                file,
                ends,
                exclude,
            }),
            false => Err(problems),
        }
    }

    fn ends(&self, problems: &mut Vec<ConfigProblem>) -> Ends {
        if self.delimiter.is_some() && self.multiline_pattern.is_some() {
            let message = "Only one of \"delimiter\" and \"multiline.pattern\" may be configured";
            problems.push(ConfigProblem::new("multiline.pattern", message));
        }
        let delimiter = self.delimiter.as_deref().and_then(|text| {
            let parsed = Delimiter::parse(text);
            read(("delimiter", text), parsed, problems)
        });
        let pattern = self.multiline_pattern.as_deref().and_then(|text| {
            let parsed = Rule::pattern(text);
            read(("multiline.pattern", text), parsed, problems)
        });
        match (delimiter, pattern) {
            (Some(delimiter), _) => Ends::Delimiter(Box::new(delimiter)),
            (None, Some(pattern)) => Ends::Multiline(Rule {
                pattern,
                mode: self.multiline_mode,
                sense: match self.multiline_negate {
                    true => Sense::Others,
                    false => Sense::Matching,
                },
                most_lines: usize::try_from(self.multiline_max_lines.get()).unwrap_or(usize::MAX),
            }),
            (None, None) => Ends::Lines,
        }
    }

    /// Returns which options are set that mean nothing for the standard input.
    fn means_files(&self) -> [(&'static str, bool); 5] {
        [
            ("delimiter", self.delimiter.is_some()),
            ("multiline.pattern", self.multiline_pattern.is_some()),
            ("file.exclude", !self.file_exclude.is_empty()),
            ("file.start.at", self.file_start_at != StartAt::default()),
            (
                "file.compression",
                self.file_compression != Decompression::default(),
            ),
        ]
    }

    /// Returns which options are set that mean nothing unless several lines are one record.
    fn means_rule(&self) -> [(&'static str, bool); 4] {
        let mode = self.multiline_mode != MultilineMode::default();
        let lines = self.multiline_max_lines != multiline_max_lines();
        let timeout = self.multiline_timeout_ms != multiline_timeout_ms();
        [
            ("multiline.mode", mode),
            ("multiline.negate", self.multiline_negate),
            ("multiline.max.lines", lines),
            ("multiline.timeout.ms", timeout),
        ]
    }
}

/// What the options say together.
pub(crate) struct Parsed {
    /// None is the standard input.
    pub(crate) file: Option<String>,
    pub(crate) ends: Ends,
    pub(crate) exclude: Exclude,
}

/// What ends a record.
#[derive(Clone, Debug)]
pub(crate) enum Ends {
    Lines,
    Delimiter(Box<Delimiter>),
    Multiline(Rule),
}

fn read<T>(
    (key, found): (&str, &str),
    parsed: Result<T>,
    problems: &mut Vec<ConfigProblem>,
) -> Option<T> {
    parsed
        .map_err(|error| problems.push(ConfigProblem::invalid(key, found, error.message())))
        .ok()
}

fn needs<const N: usize>(
    options: [(&str, bool); N],
    what: &str,
    problems: &mut Vec<ConfigProblem>,
) {
    let set = options.into_iter().filter(|(_, is_set)| *is_set);
    problems.extend(
        set.map(|(key, _)| ConfigProblem::new(key, format!("Configuration {key} needs {what}"))),
    );
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
