//! [`Compression`]: what is done to lines before they are written.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use flate2::{Compression as Level, write::GzEncoder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is done to lines before they are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Compression {
    /// Nothing.
    #[default]
    None,
    /// What is written at once becomes a gzip member of its own; readers see one after the other.
    Gzip,
}

impl Compression {
    /// Returns what is written of lines.
    pub(crate) fn encode(self, lines: &[u8]) -> io::Result<Cow<'_, [u8]>> {
        match self {
            Self::Gzip if !lines.is_empty() => {
                let mut encoder = GzEncoder::new(Vec::new(), Level::default());
                encoder.write_all(lines)?;
                encoder.finish().map(Cow::Owned)
            }
            // A member of nothing would still take its room.
            Self::Gzip | Self::None => Ok(Cow::Borrowed(lines)),
        }
    }
}
