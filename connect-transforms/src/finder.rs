//! [`Finder`]: a regular expression that is looked for in a text.

use connect_api::{Error, Result};
use fancy_regex::{Captures, Regex};

/// A regular expression that may match a part of a text, as `java.util.regex.Matcher.find` does.
///
/// What is understood is said at [`Pattern`](crate::pattern::Pattern), which matches whole texts.
#[derive(Clone, Debug)]
pub(crate) struct Finder {
    regex: Regex,
}

impl Finder {
    /// Compiles `text`.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        match Regex::new(text) {
            Ok(regex) => Ok(Self { regex }),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Returns whether there is a match in `text`.
    ///
    /// # Errors
    ///
    /// It takes too many steps to find out.
    pub(crate) fn finds(&self, text: &str) -> Result<bool> {
        let found = self.regex.is_match(text);
        found.map_err(|error| too_hard(text, &error))
    }

    /// Returns what the groups of the first match in `text` hold.
    ///
    /// # Errors
    ///
    /// It takes too many steps to find out.
    pub(crate) fn captures<'t>(&self, text: &'t str) -> Result<Option<Captures<'t, str>>> {
        let found = self.regex.captures(text);
        found.map_err(|error| too_hard(text, &error))
    }

    /// Returns how many groups there are.
    pub(crate) fn groups(&self) -> usize {
        self.regex.captures_len() - 1
    }

    /// Returns whether there is a group `name`.
    pub(crate) fn has_group(&self, name: &str) -> bool {
        let mut names = self.regex.capture_names().flatten();
        names.any(|known| known == name)
    }
}

fn too_hard(text: &str, error: &fancy_regex::Error) -> Error {
    let shown: String = text.chars().take(100).collect();
    Error::rejected(format!("matching `{shown}`: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_enough() {
        let finder = Finder::new("b(.)").unwrap();
        assert_eq!(finder.groups(), 1);
        assert!(finder.finds("abc").unwrap());
        assert!(!finder.finds("ab").unwrap());
        let found = finder.captures("abcbd").unwrap().unwrap();
        assert_eq!(&found[1], "c");
        assert!(Finder::new("(").is_err());
    }

    #[test]
    fn an_expression_that_would_take_forever_condemns_the_record() {
        let finder = Finder::new(r"^(a*)*\1b").unwrap();
        assert!(finder.finds(&"a".repeat(40)).is_err());
    }
}
