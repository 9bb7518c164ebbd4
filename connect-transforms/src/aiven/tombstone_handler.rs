//! [`TombstoneHandler`]: what becomes of records without a value.

use connect_api::{Outcome, Record, Result, Transform};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::tombstones::Tombstones;

/// The options of [`TombstoneHandler`]; keys are Aiven's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct TombstoneHandlerConfig {
    /// What becomes of them.
    #[schemars(extend("x-case" = "insensitive"))]
    pub behavior: TombstoneBehavior,
}

/// What becomes of tombstones: `behavior`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "Aiven has these three")]
pub enum TombstoneBehavior {
    /// They are dropped.
    DropSilent,
    /// They are dropped, and each one is logged as a warning.
    DropWarn,
    /// They are refused.
    Fail,
}

/// Drops or refuses records without a value: `io.aiven.kafka.connect.transforms.TombstoneHandler`.
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
            TombstoneBehavior::DropSilent => Tombstones::Dropped,
            TombstoneBehavior::DropWarn => Tombstones::DroppedWithWarning,
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
