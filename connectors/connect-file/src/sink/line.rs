//! A record's value as a line of text.

use std::borrow::Cow;

use connect_api::{Dialect, Result, Value, values::object_text};

/// Returns what Java's `println` would print of `value`; text and bytes stand as they are.
///
/// # Errors
///
/// `Rejected`: there are bytes inside of it, which have no text form.
pub(crate) fn line(value: &Value) -> Result<Cow<'_, [u8]>> {
    Ok(match value {
        Value::String(text) => Cow::Borrowed(text.as_bytes()),
        Value::Bytes(bytes) => Cow::Borrowed(bytes),
        Value::Null => Cow::Borrowed(b"null"),
        other => Cow::Owned(object_text(other, Dialect::default())?.into_bytes()),
    })
}
