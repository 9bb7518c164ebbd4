//! [`Preset`]: schemas that are there already.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A schema that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Preset {
    /// Orders of a shop: numbers, prices, a state, a list of items.
    Orders,
    /// Visits of pages: sessions, addresses, paths.
    Clicks,
    /// People: names, addresses, days.
    Users,
    /// Measurements of sensors: numbers only, and small.
    Sensors,
}

impl Preset {
    /// Returns the JSON Schema, as `schema` takes it.
    ///
    /// ```
    /// use connect_datagen::Preset;
    ///
    /// assert!(Preset::Sensors.schema().contains("temperature"));
    /// ```
    #[must_use]
    pub fn schema(self) -> &'static str {
        match self {
            Self::Orders => include_str!("presets/orders.json"),
            Self::Clicks => include_str!("presets/clicks.json"),
            Self::Users => include_str!("presets/users.json"),
            Self::Sensors => include_str!("presets/sensors.json"),
        }
    }
}
