//! Paths of requests.

use std::fmt::Write;

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
}
