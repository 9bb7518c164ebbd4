//! What options of several transforms have in common.

use connect_api::{ConfigProblem, Error, Result};

/// Reads entries like `from:to`.
///
/// # Errors
///
/// [`ErrorKind::Config`](connect_api::ErrorKind::Config), naming `key`: an entry has no colon, or nothing on one side.
pub(crate) fn pairs<'a>(key: &str, entries: &'a [String]) -> Result<Vec<(&'a str, &'a str)>> {
    entries
        .iter()
        .map(|entry| {
            let pair = entry
                .split_once(':')
                .map(|(one, two)| (one.trim(), two.trim()));
            pair.filter(|(one, two)| !one.is_empty() && !two.is_empty() && !two.contains(':'))
                .ok_or_else(|| refused(key, entry, "expected an entry like from:to"))
        })
        .collect()
}

/// Refuses the value of an option.
pub(crate) fn refused(key: &str, found: &str, reason: impl std::fmt::Display) -> Error {
    Error::invalid_config([ConfigProblem::invalid(key, found, reason)])
}

/// The default of what is on unless somebody says otherwise.
pub(crate) fn yes() -> bool {
    true
}
