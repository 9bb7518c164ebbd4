//! Paths of requests, and the contexts that subjects stand in.

use std::{borrow::Cow, fmt::Write};

use connect_api::{Error, Result};

/// Writes a name as one segment of a path.
///
/// # Errors
///
/// `Rejected` for names that no path can say: an empty one, `.` and `..`.
pub(super) fn segment(what: &str, name: &str) -> Result<String> {
    if matches!(name, "" | "." | "..") {
        return Err(Error::rejected(format!(
            "expected the name of a {what}, found `{name}`"
        )));
    }
    Ok(encoded(name, b"-._~:@!$&'()*+,;="))
}

/// Writes the value of a query.
pub(super) fn query(value: &str) -> String {
    encoded(value, b"-._~:")
}

fn encoded(text: &str, also_plain: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || also_plain.contains(&byte) {
            out.push(byte.into());
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Returns the subject of a reference as its parent means it: in the parent's context, if it names none.
///
/// A subject in a context is `:.context:subject`.
pub(super) fn beside<'a>(parent: &str, subject: &'a str) -> Cow<'a, str> {
    match context(parent) {
        Some(context) if !subject.starts_with(":.") => format!("{context}{subject}").into(),
        _ => subject.into(),
    }
}

/// Returns the context in front of a subject, with both its colons.
fn context(subject: &str) -> Option<&str> {
    if !subject.starts_with(":.") {
        return None;
    }
    let end = subject[1..].find(':')?;
    subject.get(..end + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_one_segment_whatever_they_hold() {
        let encoded = |name| segment("subject", name).unwrap();
        assert_eq!(encoded(":.ctx:orders-value"), ":.ctx:orders-value");
        assert_eq!(encoded("a/b?c#d %é"), "a%2Fb%3Fc%23d%20%25%C3%A9");
        assert!(segment("subject", "..").is_err());
    }

    #[test]
    fn references_stand_in_the_context_of_their_parent() {
        assert_eq!(beside(":.ctx:a", "b"), ":.ctx:b");
        assert_eq!(beside(":.ctx:a", ":.other:b"), ":.other:b");
        assert_eq!(beside(":.ctx:", "b"), ":.ctx:b");
        assert_eq!(beside("a", "b"), "b");
    }
}
