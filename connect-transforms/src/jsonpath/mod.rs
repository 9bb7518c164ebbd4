//! [`JsonPath`]: what leads to values, and conditions on them.

mod cursor;
mod filter;
mod filter_parser;
mod item;
mod parser;
mod search;

use std::fmt;

use connect_api::{Result, Str, Value};

use self::{filter::Condition, search::Search};

/// A way to values, as Jayway's JsonPath reads it: `$.a.b`, `$['a'][0]`, `$.items[*].price`, `$..id`, `$[?(@.a > 1)]`.
///
/// It is tried on values as they are, structs and maps alike, without making JSON of them. A filter behind a struct or a
/// map tries that one, and behind an array each of its elements.
#[derive(Clone, Debug)]
pub(crate) struct JsonPath {
    text: String,
    steps: Vec<Step>,
}

/// What a path leads to.
#[derive(Debug, PartialEq)]
pub(crate) enum Found<'a> {
    /// Something on the way is not there.
    Missing,
    /// The one value that a definite path leads to.
    One(&'a Value),
    /// Those of an indefinite path, which may be none.
    Several(Vec<&'a Value>),
}

/// One step on the way.
#[expect(
    clippy::large_enum_variant,
    reason = "a path has a few steps, which are read once"
)]
#[derive(Clone, Debug)]
enum Step {
    /// `.a`, `['a']`, `['a', 'b']`.
    Names(Vec<Str>),
    /// `[0]`, `[-1]`, `[0, 1]`; what is negative counts from the end.
    Indices(Vec<i64>),
    /// `[1:3]`, `[-2:]`, `[::2]`.
    Slice(Slice),
    /// `.*`, `[*]`.
    All,
    /// `[?(…)]`.
    Filter(Condition),
    /// `..`: the value and everything inside of it.
    Descend,
}

#[derive(Clone, Copy, Debug)]
struct Slice {
    from: Option<i64>,
    to: Option<i64>,
    step: i64,
}

impl JsonPath {
    /// Reads a path; one that does not begin with `$` goes on behind it.
    ///
    /// # Errors
    ///
    /// Says where it is wrong, what was expected and what was found.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        Ok(Self {
            text: text.to_owned(),
            steps: parser::path(text)?,
        })
    }

    /// Returns whether it leads to one value at most.
    pub(crate) fn is_definite(&self) -> bool {
        self.steps.iter().all(Step::is_definite)
    }

    /// Follows it through `value`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Rejected`](connect_api::ErrorKind::Rejected): it takes too many steps.
    pub(crate) fn select<'a>(&self, value: &'a Value) -> Result<Found<'a>> {
        Search::new(value).select(&self.steps, value)
    }
}

/// As it was written.
impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Step {
    fn is_definite(&self) -> bool {
        match self {
            Self::Names(names) => names.len() == 1,
            Self::Indices(indices) => indices.len() == 1,
            Self::Slice(_) | Self::All | Self::Filter(_) | Self::Descend => false,
        }
    }
}

impl Slice {
    /// Returns the indices of an array of that length.
    fn indices(self, length: usize) -> impl Iterator<Item = usize> {
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        let from_start = |n: i64| if n < 0 { n.saturating_add(length) } else { n };
        let (lowest, highest) = if self.step > 0 {
            (0, length)
        } else {
            (-1, length - 1)
        };
        let bound = |n: Option<i64>, otherwise| {
            n.map_or(otherwise, |n| from_start(n).clamp(lowest, highest))
        };
        let (first, last) = if self.step > 0 {
            (lowest, highest)
        } else {
            (highest, lowest)
        };
        let (from, to) = (bound(self.from, first), bound(self.to, last));
        let mut next = Some(from);
        std::iter::from_fn(move || {
            let at = next.filter(|at| if self.step > 0 { *at < to } else { *at > to })?;
            next = at.checked_add(self.step);
            usize::try_from(at).ok()
        })
    }
}

#[cfg(test)]
mod tests;
