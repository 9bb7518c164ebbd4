//! [`Side`]: key or value.

use std::fmt;

use connect_api::{Record, SchemaAndValue};

use crate::path::FieldPath;

/// Which datum of a record a transform works on: `Cast$Key` or `Cast$Value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a record has a key and a value")]
pub enum Side {
    /// The key.
    Key,
    /// The value.
    Value,
}

impl Side {
    /// Returns that datum.
    pub(crate) fn of(self, record: &Record) -> &SchemaAndValue {
        match self {
            Self::Key => &record.key,
            Self::Value => &record.value,
        }
    }

    /// Returns that datum for change.
    pub(crate) fn of_mut(self, record: &mut Record) -> &mut SchemaAndValue {
        match self {
            Self::Key => &mut record.key,
            Self::Value => &mut record.value,
        }
    }

    /// Says where `path` leads to in it: `the key`, `field `a.b` of the value`.
    pub(crate) fn at(self, path: &FieldPath) -> String {
        match path.steps() {
            [] => format!("the {self}"),
            _ => format!("field `{path}` of the {self}"),
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key => "key",
            Self::Value => "value",
        })
    }
}
