//! Messages that say in front, or in a header, which schema of a registry they are written with.

mod format;

pub(crate) use self::format::{Described, Format, Message};
