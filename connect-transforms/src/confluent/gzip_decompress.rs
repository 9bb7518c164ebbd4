//! [`GzipDecompress`]: bytes that were compressed.

use std::io::Read;

use connect_api::{Error, Outcome, Record, Result, Transform, Value};
use flate2::read::MultiGzDecoder;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{Side, shape::misfit};

/// The options of [`GzipDecompress`].
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct GzipDecompressConfig {
    /// How many bytes may come out of one record; of what is larger nothing is kept in memory.
    #[schemars(range(min = 1), extend("x-importance" = "low"))]
    pub max_bytes: i64,
}

impl Default for GzipDecompressConfig {
    fn default() -> Self {
        Self {
            max_bytes: 100 << 20,
        }
    }
}

/// Decompresses bytes: `io.confluent.connect.transforms.GzipDecompress`.
///
/// Nulls stay null.
#[derive(Clone, Debug)]
pub struct GzipDecompress {
    side: Side,
    max_bytes: u64,
}

impl GzipDecompress {
    /// Builds it for the key or the value.
    ///
    /// # Errors
    ///
    /// There are none; all constructors of transforms are alike.
    pub fn new(config: GzipDecompressConfig, side: Side) -> Result<Self> {
        Ok(Self {
            side,
            max_bytes: config.max_bytes.unsigned_abs(),
        })
    }

    fn decompressed(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        let mut decompressed = Vec::new();
        MultiGzDecoder::new(bytes)
            .take(self.max_bytes.saturating_add(1))
            .read_to_end(&mut decompressed)
            .map_err(|error| {
                Error::rejected("expected bytes that gzip compressed").with_source(error)
            })?;
        if decompressed.len() as u64 > self.max_bytes {
            return Err(Error::rejected(format!(
                "expected at most {} bytes (max.bytes), found more",
                self.max_bytes
            )));
        }
        Ok(decompressed)
    }
}

impl Transform for GzipDecompress {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        let side = self.side;
        let place = &mut side.of_mut(record).value;
        match place {
            Value::Null => {}
            Value::Bytes(bytes) => {
                let decompressed = self
                    .decompressed(bytes)
                    .map_err(|error| error.context(format_args!("decompressing the {side}")))?;
                *place = decompressed.into();
            }
            other => {
                let expected = format_args!("decompressing the {side}: expected bytes");
                return Err(misfit(expected, other));
            }
        }
        Ok(Outcome::Kept)
    }
}
