//! The contexts that subjects stand in.

use std::borrow::Cow;

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
    fn references_stand_in_the_context_of_their_parent() {
        assert_eq!(beside(":.ctx:a", "b"), ":.ctx:b");
        assert_eq!(beside(":.ctx:a", ":.other:b"), ":.other:b");
        assert_eq!(beside(":.ctx:", "b"), ":.ctx:b");
        assert_eq!(beside("a", "b"), "b");
    }
}
