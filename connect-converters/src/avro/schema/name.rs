//! [`FullName`]: the names of records, enums and fixed types.

use std::fmt;

/// A name with its namespace.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::avro) struct FullName {
    pub(in crate::avro) namespace: Option<String>,
    pub(in crate::avro) name: String,
}

impl FullName {
    /// Splits a name at its last dot; a name without one is in `namespace`.
    pub(in crate::avro) fn new(name: &str, namespace: Option<&str>) -> Self {
        let (namespace, name) = match name.rsplit_once('.') {
            Some((namespace, name)) => (Some(namespace), name),
            None => (namespace, name),
        };
        Self {
            namespace: namespace
                .filter(|space| !space.is_empty())
                .map(str::to_owned),
            name: name.to_owned(),
        }
    }

    /// Returns the name as it is written within `namespace`.
    pub(super) fn within(&self, namespace: Option<&str>) -> String {
        let same = self.namespace.is_none() || self.namespace.as_deref() == namespace;
        if same && super::Kind::primitive(&self.name).is_none() {
            return self.name.clone();
        }
        self.to_string()
    }

    /// Returns whether the last parts are the same.
    pub(in crate::avro) fn is_called_as(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Display for FullName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{namespace}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// Returns whether `name` may name a field or a symbol: a letter or `_`, then also digits.
pub(in crate::avro) fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|next| next.is_ascii_alphanumeric() || next == '_')
}

/// Makes a valid name of any but the empty one, as `scrub.invalid.names` does in Java.
///
/// The name is encoded as in a URL, then `_` stands for whatever is still invalid, and a leading digit gets `x` in
/// front. Two names may become one.
pub(in crate::avro) fn scrub(name: &str) -> String {
    if name.is_empty() || is_name(name) {
        return name.to_owned();
    }
    let mut scrubbed = String::with_capacity(name.len() + 1);
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        scrubbed.push('x');
    }
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' => scrubbed.push(byte.into()),
            // What a URL keeps, and its sign for a space.
            b'.' | b'-' | b'*' | b' ' => scrubbed.push('_'),
            encoded => scrubbed.push_str(&format!("_{encoded:02X}")),
        }
    }
    scrubbed
}

/// Makes every part of a dotted name valid.
pub(in crate::avro) fn scrub_full(name: &str) -> String {
    let parts: Vec<_> = name.split('.').map(scrub).collect();
    parts.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_scrubbed_as_in_java() {
        for (name, scrubbed) in [
            ("abc_1", "abc_1"),
            ("1abc", "x1abc"),
            ("a b-c.d*", "a_b_c_d_"),
            ("a!", "a_21"),
            ("\u{e9}", "_C3_A9"),
            ("", ""),
        ] {
            assert_eq!(scrub(name), scrubbed);
        }
        assert_eq!(scrub_full("com.my-org.1a"), "com.my_org.x1a");
    }
}
