//! Options by chance.

use connect_testkit::generate::{NAMES, Rng};

/// The options of a plugin, which are put together one after the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options(pub(crate) Vec<(String, String)>);

impl Options {
    /// Adds an option.
    pub(crate) fn set(mut self, key: &str, value: impl Into<String>) -> Self {
        self.0.push((key.to_owned(), value.into()));
        self
    }

    /// Adds an option, or leaves it to its default every other time.
    pub(crate) fn maybe(self, random: &mut Rng, key: &str, value: impl Into<String>) -> Self {
        if random.bool() {
            self.set(key, value)
        } else {
            self
        }
    }

    /// Sets `replace.null.with.default`, or not.
    pub(crate) fn nulls(self, random: &mut Rng) -> Self {
        let value = one_of(random, &["true", "false"]);
        self.maybe(random, "replace.null.with.default", value)
    }
}

/// Returns one of the texts.
pub(crate) fn one_of<'a>(random: &mut Rng, texts: &[&'a str]) -> &'a str {
    texts[random.usize(..texts.len())]
}

/// Returns a name that records have, or one that they have not.
pub(crate) fn name(random: &mut Rng) -> &'static str {
    match random.u8(..12) {
        0 => "missing",
        _ => one_of(random, NAMES),
    }
}

/// Returns different names, one at least, as a list.
pub(crate) fn names(random: &mut Rng) -> String {
    let mut names: Vec<_> = NAMES
        .iter()
        .copied()
        .filter(|name| !name.is_empty())
        .collect();
    names.push("missing");
    random.shuffle(&mut names);
    names.truncate(random.usize(1..4));
    names.join(",")
}

/// Returns as many names as `list` has, which may be the same.
pub(crate) fn as_many(random: &mut Rng, list: &str) -> String {
    let names = list
        .split(',')
        .map(|_| one_of(random, &["a", "h", "note", "x y"]));
    names.collect::<Vec<_>>().join(",")
}
