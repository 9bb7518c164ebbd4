//! [`Nearest`]: the known names that were probably meant.

use std::fmt;

/// The known names that were probably meant; prints nothing if none is near.
#[derive(Debug)]
pub(crate) struct Nearest<'a>(Vec<&'a str>);

impl<'a> Nearest<'a> {
    /// How many names are offered.
    const MOST: usize = 3;
    /// How alike two names have to be: 0 is nothing, 1 is everything in common.
    const ALIKE: f64 = 0.7;

    /// Finds the names among `known` that look like `name`, the nearest first.
    pub(crate) fn to<S: AsRef<str> + ?Sized + 'a>(
        name: &str,
        known: impl IntoIterator<Item = &'a S>,
    ) -> Self {
        let lower = name.to_lowercase();
        let mut near: Vec<(f64, &str)> = known
            .into_iter()
            .map(AsRef::as_ref)
            .map(|known| (alike(&lower, &known.to_lowercase()), known))
            .filter(|(alike, _)| *alike >= Self::ALIKE)
            .collect();
        near.sort_by(|(one, a), (two, b)| two.total_cmp(one).then_with(|| a.cmp(b)));
        Self(
            near.into_iter()
                .map(|(_, known)| known)
                .take(Self::MOST)
                .collect(),
        )
    }
}

/// Compares two names; one that holds the other counts as near.
fn alike(one: &str, two: &str) -> f64 {
    const HOLDS: f64 = 0.75;
    const SHORTEST: usize = 4;
    let holds = |long: &str, short: &str| short.len() >= SHORTEST && long.contains(short);
    let alike = strsim::normalized_damerau_levenshtein(one, two);
    match holds(one, two) || holds(two, one) {
        true => alike.max(HOLDS),
        false => alike,
    }
}

impl fmt::Display for Nearest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, name) in self.0.iter().enumerate() {
            let before = if place == 0 {
                "; did you mean "
            } else {
                " or "
            };
            write!(f, "{before}`{name}`")?;
        }
        match self.0.is_empty() {
            true => Ok(()),
            false => f.write_str("?"),
        }
    }
}
