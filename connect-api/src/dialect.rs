//! [`Dialect`]: own rules or Java's.

/// Whose rules text is read and written by; the key `compat.java` chooses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// What does not fit is an error, and nothing is lost silently.
    #[default]
    Strict,
    /// What Java's Connect does, silent losses included.
    Java,
}

/// What `compat.java` says.
impl From<bool> for Dialect {
    fn from(compat_java: bool) -> Self {
        if compat_java {
            Self::Java
        } else {
            Self::Strict
        }
    }
}
