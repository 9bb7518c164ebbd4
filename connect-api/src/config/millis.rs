//! [`Millis`]: a span of time in an option.

use std::{fmt, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A span of time as options write it: whole milliseconds.
///
/// It is for keys that end in `.ms`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(i64);

impl Millis {
    /// Takes `millis`; negative ones count as 0.
    #[must_use]
    pub const fn new(millis: i64) -> Self {
        Self(if millis < 0 { 0 } else { millis })
    }

    /// Returns the number of milliseconds, never negative.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Returns the span of time.
    #[must_use]
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.0.unsigned_abs())
    }
}

impl From<Millis> for Duration {
    fn from(millis: Millis) -> Self {
        millis.duration()
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms", self.0)
    }
}

impl Serialize for Millis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match i64::deserialize(deserializer)? {
            millis @ 0.. => Ok(Self(millis)),
            millis => Err(D::Error::custom(format!(
                "expected milliseconds of at least 0, found {millis}"
            ))),
        }
    }
}

impl schemars::JsonSchema for Millis {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Millis".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "integer", "format": "int64", "minimum": 0 })
    }
}
