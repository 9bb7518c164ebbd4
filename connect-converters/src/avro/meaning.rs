//! [`Meaning`]: what the numbers and bytes of a type stand for.

use connect_api::{Logical, Schema, Type};
use serde_json::Value as Json;

use super::{
    marks,
    schema::{Kind, Node},
};

/// What the numbers and bytes of a type stand for, as its logical type says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Date,
    Year,
    Time(Unit),
    Timestamp(Unit, Zone),
    Decimal { scale: i64 },
    BigDecimal,
    Uuid,
    Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Millis,
    Micros,
    Nanos,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Zone {
    Utc,
    Local,
}

/// Returns whether what is written as one type would be taken for something else as another one.
///
/// Logical types take no part in Avro's resolution, so that a type without one goes with any: it says nothing that
/// would be wrong. Only where the type changes too there is more to know: 32 bits of milliseconds end in January 1970,
/// so that an int is no timestamp, and text is no number.
pub(super) fn is_misread(writer: &Node, reader: &Node) -> bool {
    differs((Meaning::of(writer), &writer.kind), reader)
}

/// Returns whether values of a Connect schema would be taken for something else as an Avro type.
pub(super) fn is_miswritten(schema: &Schema, node: &Node) -> bool {
    let kind = match schema.type_() {
        Type::Int8 | Type::Int16 | Type::Int32 => &Kind::Int,
        Type::Int64 => &Kind::Long,
        Type::String => &Kind::String,
        _ => &node.kind,
    };
    differs((Meaning::of_schema(schema, kind), kind), node)
}

/// Names a type for people, with what its numbers stand for: `long (timestamp-micros)`.
pub(super) fn describe(node: &Node) -> String {
    let kind = node.kind.describe();
    match Meaning::of(node) {
        None => kind,
        Some(Meaning::Decimal { scale }) => format!("{kind} (decimal of scale {scale})"),
        Some(meaning) => format!("{kind} ({})", meaning.name()),
    }
}

fn differs((meaning, kind): (Option<Meaning>, &Kind), reader: &Node) -> bool {
    match (meaning, Meaning::of(reader)) {
        (Some(one), Some(other)) => !one.is_counted_as(other),
        (None, Some(_)) => kind.name() != reader.kind.name(),
        (Some(Meaning::Decimal { .. }), None) => reader.kind == Kind::String,
        (_, None) => false,
    }
}

impl Meaning {
    /// Connect's name and scale count before Avro's, as where schemas are mapped. A logical type that does not go with its
    /// type is ignored, as Avro says.
    fn of(node: &Node) -> Option<Self> {
        let scale = || node.props.get("scale").and_then(Json::as_i64).unwrap_or(0);
        let own = || Self::named(node.logical_type()?, &node.kind, scale);
        Self::called(node).or_else(own)
    }

    fn called(node: &Node) -> Option<Self> {
        let name = node.text(marks::NAME)?;
        let scale = || {
            let parameters = node.props.get(marks::PARAMETERS);
            let scale = parameters.and_then(|parameters| parameters.get("scale"));
            scale.and_then(Json::as_str)?.parse().ok()
        };
        if name != marks::DECIMAL {
            return Self::by_name(name, &node.kind);
        }
        let scale = scale()?;
        Self::named("decimal", &node.kind, || scale)
    }

    /// Reads Connect's or Debezium's name of what numbers stand for, if it goes with the type.
    fn by_name(name: &str, kind: &Kind) -> Option<Self> {
        let known = [Logical::Date, Logical::Time, Logical::Timestamp]
            .into_iter()
            .find(|logical| logical.name() == name)
            .and_then(logical_type);
        if let Some(logical) = known.or_else(|| marks::named_logical_type(name)) {
            return Self::named(logical, kind, || 0);
        }
        Some(match (name, kind) {
            ("io.debezium.time.Date", Kind::Int) => Self::Date,
            ("io.debezium.time.Year", Kind::Int) => Self::Year,
            ("io.debezium.time.Time", Kind::Int) => Self::Time(Unit::Millis),
            ("io.debezium.time.NanoTime", Kind::Long) => Self::Time(Unit::Nanos),
            _ => return None,
        })
    }

    fn of_schema(schema: &Schema, kind: &Kind) -> Option<Self> {
        if let Some(Logical::Decimal { scale }) = schema.logical() {
            return Some(Self::Decimal {
                scale: scale.into(),
            });
        }
        let parameter = || {
            let logical = schema.parameter(marks::LOGICAL_TYPE)?;
            Self::named(logical, kind, || 0)
        };
        let called = schema.name().and_then(|name| Self::by_name(name, kind));
        called.or_else(parameter)
    }

    /// Reads the name of a logical type, whatever its case, if it goes with the type.
    fn named(logical: &str, kind: &Kind, scale: impl FnOnce() -> i64) -> Option<Self> {
        let all: &[Self] = match kind {
            Kind::Int => &[Self::Date, Self::Time(Unit::Millis)],
            Kind::Long => &[
                Self::Time(Unit::Micros),
                Self::Timestamp(Unit::Millis, Zone::Utc),
                Self::Timestamp(Unit::Micros, Zone::Utc),
                Self::Timestamp(Unit::Nanos, Zone::Utc),
                Self::Timestamp(Unit::Millis, Zone::Local),
                Self::Timestamp(Unit::Micros, Zone::Local),
                Self::Timestamp(Unit::Nanos, Zone::Local),
            ],
            Kind::Bytes => &[Self::Decimal { scale: 0 }, Self::BigDecimal],
            Kind::Fixed(fixed) => match fixed.size {
                12 => &[Self::Decimal { scale: 0 }, Self::Duration],
                16 => &[Self::Decimal { scale: 0 }, Self::Uuid],
                _ => &[Self::Decimal { scale: 0 }],
            },
            _ => &[],
        };
        let mut all = all.iter().copied();
        let found = all.find(|meaning| meaning.name().eq_ignore_ascii_case(logical))?;
        Some(match found {
            Self::Decimal { .. } => Self::Decimal { scale: scale() },
            found => found,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Year => "year",
            Self::Time(Unit::Millis) => "time-millis",
            Self::Time(Unit::Micros) => "time-micros",
            Self::Time(Unit::Nanos) => "time-nanos",
            Self::Timestamp(Unit::Millis, Zone::Utc) => "timestamp-millis",
            Self::Timestamp(Unit::Micros, Zone::Utc) => "timestamp-micros",
            Self::Timestamp(Unit::Nanos, Zone::Utc) => "timestamp-nanos",
            Self::Timestamp(Unit::Millis, Zone::Local) => "local-timestamp-millis",
            Self::Timestamp(Unit::Micros, Zone::Local) => "local-timestamp-micros",
            Self::Timestamp(Unit::Nanos, Zone::Local) => "local-timestamp-nanos",
            Self::Decimal { .. } => "decimal",
            Self::BigDecimal => "big-decimal",
            Self::Uuid => "uuid",
            Self::Duration => "duration",
        }
    }

    /// Connect's timestamp does not tell whether it is local, so that this makes no difference.
    fn is_counted_as(self, other: Self) -> bool {
        match (self, other) {
            (Self::Timestamp(one, _), Self::Timestamp(other, _)) => one == other,
            (one, other) => one == other,
        }
    }
}

fn logical_type(logical: Logical) -> Option<&'static str> {
    Some(match logical {
        Logical::Date => "date",
        Logical::Time => "time-millis",
        Logical::Timestamp => "timestamp-millis",
        _ => return None,
    })
}
