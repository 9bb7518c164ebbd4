//! [`compare`]: which version is higher.

use std::cmp::Ordering;

/// Compares versions: numbers between dots and dashes as numbers, everything else as text.
pub(super) fn compare(one: &str, other: &str) -> Ordering {
    let split =
        |version: &str| -> Vec<Part> { version.split(['.', '-', '+']).map(Part::of).collect() };
    split(one).cmp(&split(other))
}

/// A part of a version; a text, such as `beta`, comes before every number.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Text(String),
    Number(u64),
}

impl Part {
    fn of(text: &str) -> Self {
        match text.parse() {
            Ok(number) => Self::Number(number),
            Err(_) => Self::Text(text.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        for (lower, higher) in [
            ("1.2", "1.10"),
            ("0.9.1", "1.0.0"),
            ("1.0.0-beta.2", "1.0.0-beta.11"),
            ("1.0", "1.0.1"),
            ("nightly", "0.0.1"),
        ] {
            assert_eq!(compare(lower, higher), Ordering::Less, "{lower} {higher}");
            assert_eq!(compare(higher, lower), Ordering::Greater);
        }
        assert_eq!(compare("1.2.3", "1.2.3"), Ordering::Equal);
    }
}
