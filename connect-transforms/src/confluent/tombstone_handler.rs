//! [`TombstoneHandler`]: what becomes of records without a value.

use connect_api::{Outcome, Record, Result, Transform};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::tombstones::Tombstones;

/// The options of [`TombstoneHandler`]; keys and defaults are Confluent's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct TombstoneHandlerConfig {
    /// What becomes of them.
    #[schemars(extend("x-case" = "insensitive"))]
    pub behavior: TombstoneBehavior,
}

/// What becomes of tombstones: `behavior`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "Confluent has these three")]
pub enum TombstoneBehavior {
    /// They are dropped.
    Ignore,
    /// They are dropped, and each one is logged as a warning.
    #[default]
    Warn,
    /// They are refused.
    Fail,
}

/// Drops or refuses records without a value: `io.confluent.connect.transforms.TombstoneHandler`.
#[derive(Clone, Debug)]
pub struct TombstoneHandler {
    tombstones: Tombstones,
}

impl TombstoneHandler {
    /// Builds it.
    ///
    /// # Errors
    ///
    /// There are none; all constructors of transforms are alike.
    pub fn new(config: TombstoneHandlerConfig) -> Result<Self> {
        let tombstones = match config.behavior {
            TombstoneBehavior::Ignore => Tombstones::Dropped,
            TombstoneBehavior::Warn => Tombstones::DroppedWithWarning,
            TombstoneBehavior::Fail => Tombstones::Refused,
        };
        Ok(Self { tombstones })
    }
}

impl Transform for TombstoneHandler {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        self.tombstones.judge(record)
    }
}
