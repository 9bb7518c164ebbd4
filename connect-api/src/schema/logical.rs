//! [`Logical`]: names that give primitives a meaning.

use super::{Parts, Schema, SchemaBuilder, Shape, Type};

/// The logical types that Connect itself knows, told by the schema's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Logical {
    /// An exact number, stored as bytes.
    Decimal {
        /// Digits after the point, from the parameter `scale`.
        scale: i32,
    },
    /// A calendar day, stored as days since the epoch.
    Date,
    /// A time of day, stored as milliseconds since midnight.
    Time,
    /// A moment, stored as milliseconds since the epoch.
    Timestamp,
}

impl Logical {
    const DECIMAL: &str = "org.apache.kafka.connect.data.Decimal";
    const DATE: &str = "org.apache.kafka.connect.data.Date";
    const TIME: &str = "org.apache.kafka.connect.data.Time";
    const TIMESTAMP: &str = "org.apache.kafka.connect.data.Timestamp";

    /// Returns the schema name that marks this type.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Decimal { .. } => Self::DECIMAL,
            Self::Date => Self::DATE,
            Self::Time => Self::TIME,
            Self::Timestamp => Self::TIMESTAMP,
        }
    }

    /// Tells the logical type by name, type and parameters.
    pub(super) fn of(parts: &Parts) -> Option<Self> {
        let Shape::Primitive(primitive) = &parts.shape else {
            return None;
        };
        match (parts.name.as_deref()?, primitive) {
            (Self::DECIMAL, Type::Bytes) => {
                let scale = parts.parameters.0.iter().find(|(name, _)| name == "scale");
                Some(Self::Decimal {
                    scale: scale?.1.parse().ok()?,
                })
            }
            (Self::DATE, Type::Int32) => Some(Self::Date),
            (Self::TIME, Type::Int32) => Some(Self::Time),
            (Self::TIMESTAMP, Type::Int64) => Some(Self::Timestamp),
            _ => None,
        }
    }

    pub(super) fn builder(self) -> SchemaBuilder {
        let builder = match self {
            Self::Decimal { scale } => Schema::bytes().parameter("scale", scale.to_string()),
            Self::Date | Self::Time => Schema::int32(),
            Self::Timestamp => Schema::int64(),
        };
        builder.name(self.name()).version(1)
    }
}

impl Schema {
    /// Returns the logical type; `None` also for a decimal without a readable scale.
    #[must_use]
    pub fn logical(&self) -> Option<Logical> {
        self.0.logical
    }
}
