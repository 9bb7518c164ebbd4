//! [`FileSinkConfig`]: the options of a sink.

use std::num::{NonZeroU32, NonZeroU64};

use connect_api::{ConfigProblem, Millis};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{compression::Compression, format::Format, rotation::Rotation, template::Template};
use crate::delimiter::delimiter;

/// Which files are written, and how.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct FileSinkConfig {
    /// Destination filename, in which ${topic} and ${partition} stand for those of each record. If not specified, the standard output will be used.
    #[serde(default)]
    #[schemars(extend("x-importance" = "high"))]
    pub file: Option<String>,
    /// How long a record may wait in memory before it is written and committed, in milliseconds.
    #[serde(default = "file_flush_interval_ms")]
    pub file_flush_interval_ms: Millis,
    /// How many files may be open at once; those that were not used for longest are closed.
    #[serde(default = "file_open_max")]
    #[schemars(range(min = 1, max = 2_147_483_647))]
    pub file_open_max: NonZeroU32,
    /// How a value is written: text as Java prints it, or json on one line without its schema.
    #[serde(default)]
    pub format: Format,
    /// What is written after each value, with the escapes \n, \r, \t, \0, \\ and \xHH for bytes that cannot be typed.
    #[serde(default = "line_feed")]
    #[schemars(length(min = 1))]
    pub delimiter: String,
    /// What is done to lines before they are written: none or gzip, a member for each write.
    #[serde(default)]
    pub compression: Compression,
    /// How many bytes finish a file. If not specified, size does not matter.
    #[serde(default)]
    pub rotate_max_bytes: Option<NonZeroU64>,
    /// How long after its first line a file is finished, in milliseconds. If not specified, age does not matter.
    #[serde(default)]
    pub rotate_interval_ms: Option<NonZeroU64>,
    /// How many finished files are kept; older ones are deleted. If not specified, all are kept.
    #[serde(default)]
    pub rotate_keep: Option<NonZeroU32>,
}

pub(crate) fn file_flush_interval_ms() -> Millis {
    Millis::new(1_000)
}

pub(crate) fn file_open_max() -> NonZeroU32 {
    NonZeroU32::new(256).expect("256 is not zero")
}

fn line_feed() -> String {
    "\\n".to_owned()
}

/// What the options say together.
pub(crate) struct Parsed {
    /// None is the standard output.
    pub(crate) template: Option<Template>,
    pub(crate) delimiter: Vec<u8>,
    pub(crate) rotation: Rotation,
}

impl FileSinkConfig {
    /// Reads what a type of its own cannot say, with everything that is wrong.
    pub(crate) fn read(&self) -> Result<Parsed, Vec<ConfigProblem>> {
        let mut problems = Vec::new();
        // As in Java, an empty name is no name.
        let file = self.file.as_deref().filter(|file| !file.is_empty());
        let template = file
            .map(Template::parse)
            .transpose()
            .unwrap_or_else(|error| {
                let found = file.unwrap_or_default();
                problems.push(ConfigProblem::invalid("file", found, error.message()));
                None
            });
        let delimiter = delimiter(&self.delimiter).unwrap_or_else(|error| {
            let found = self.delimiter.as_str();
            problems.push(ConfigProblem::invalid("delimiter", found, error.message()));
            Vec::new()
        });
        let mut rotation = Rotation::default();
        if let Some(bytes) = self.rotate_max_bytes {
            rotation = rotation.at_bytes(bytes);
        }
        if let Some(millis) = self.rotate_interval_ms {
            rotation = rotation.every(std::time::Duration::from_millis(millis.get()));
        }
        if let Some(keep) = self.rotate_keep {
            rotation = rotation.keep(keep);
        }
        if self.rotate_keep.is_some() && !rotation.is_wanted() {
            problems.push(ConfigProblem::new(
                "rotate.keep",
                "Configuration rotate.keep needs rotate.max.bytes or rotate.interval.ms",
            ));
        }
        if file.is_none() {
            problems.extend(self.needs_file());
        }
        if problems.is_empty() {
            Ok(Parsed {
                template,
                delimiter,
                rotation,
            })
        } else {
            Err(problems)
        }
    }

    /// Names the options that mean nothing for the standard output.
    fn needs_file(&self) -> impl Iterator<Item = ConfigProblem> {
        let keys = [
            (self.compression != Compression::None, "compression"),
            (self.rotate_max_bytes.is_some(), "rotate.max.bytes"),
            (self.rotate_interval_ms.is_some(), "rotate.interval.ms"),
        ];
        let wrong = keys.into_iter().filter(|(is_set, _)| *is_set);
        wrong.map(|(_, key)| {
            let message = format!("Configuration {key} needs file: the standard output is printed");
            ConfigProblem::new(key, message)
        })
    }
}
