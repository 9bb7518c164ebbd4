//! [`Nulls`]: what becomes of a null that has a default.

/// What becomes of a null that has a default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nulls {
    /// It becomes the default.
    Replaced,
    /// It stays.
    Kept,
}

/// What `replace.null.with.default` says.
impl From<bool> for Nulls {
    fn from(are_replaced: bool) -> Self {
        if are_replaced {
            Self::Replaced
        } else {
            Self::Kept
        }
    }
}
