//! [`whole`]: regular expressions of configurations, which have to match all of a name.

use regex::{Error, Regex};

/// Compiles a regular expression that matches only where it matches the whole text, as Java's `matches` does.
///
/// # Errors
///
/// `pattern` is none.
pub(crate) fn whole(pattern: &str) -> Result<Regex, Error> {
    Regex::new(&format!("^(?:{pattern})$"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_a_text_has_to_match_one_of_several_patterns() {
        let either = whole("a|bc").unwrap();
        let matches = ["a", "bc", "ac", "abc"].map(|text| either.is_match(text));
        assert_eq!(matches, [true, true, false, false]);
        assert!(whole("(").is_err());
    }
}
