//! Reading the options that need more than their type.

use connect_api::{ConfigProblem, Error, Result, Secret};
use reqwest::Url;

/// Returns a secret that is not empty.
pub(super) fn filled(secret: Option<&Secret>) -> Option<&Secret> {
    secret.filter(|secret| !secret.expose().is_empty())
}

/// Returns a text that is not empty.
pub(super) fn filled_text(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

/// Reads an address; `shown` is what messages say of it.
pub(super) fn address(key: &str, written: &str, shown: &str) -> Result<Url> {
    let refuse =
        |reason: &str| -> Result<Url> { Err(ConfigProblem::invalid(key, shown, reason).into()) };
    let Ok(url) = Url::parse(written.trim()) else {
        return refuse("expected an address such as http://registry:8081");
    };
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return refuse("expected an address that starts with http:// or https://");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("expected an address without `?` and `#`");
    }
    Ok(url)
}

/// Requires a value that another option makes necessary.
pub(super) fn required<T>(key: &str, value: Option<T>, because: &str) -> Result<T> {
    value.ok_or_else(|| {
        Error::from(ConfigProblem::invalid(
            key,
            "null",
            format!("{because} needs it"),
        ))
    })
}
