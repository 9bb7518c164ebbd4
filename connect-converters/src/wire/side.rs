//! [`Side`]: keys and values have subjects and headers of their own.

/// What a converter converts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Key,
    Value,
}

impl Side {
    /// Returns how associations call it, and what subjects end in.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Value => "value",
        }
    }

    /// Returns the header that says the GUID of the schema.
    pub(super) fn header(self) -> &'static str {
        match self {
            Self::Key => "__key_schema_id",
            Self::Value => "__value_schema_id",
        }
    }
}
