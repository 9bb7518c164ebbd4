//! [`Failure`]: why one request at one address came to nothing.

use std::time::{Duration, SystemTime};

use connect_api::{Error, ErrorKind};
use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};

use super::super::Refusal;

/// The longest pause that a registry can ask the caller for.
const LONGEST: Duration = Duration::from_secs(3600);

/// Why one request at one address came to nothing.
pub(super) struct Failure {
    /// What was asked of whom.
    pub(super) doing: String,
    pub(super) what: What,
}

pub(super) enum What {
    /// There was no answer, or no end of it.
    Silence(reqwest::Error),
    /// The answer is none of a registry's.
    Garbage(String),
    Refusal(Refusal, Option<Duration>),
    /// Nothing that another try or another address mends.
    Final(Error),
}

impl Failure {
    /// Returns whether another try, or another address, may bring an answer.
    pub(super) fn is_transient(&self) -> bool {
        match &self.what {
            What::Silence(_) | What::Garbage(_) => true,
            What::Refusal(refusal, _) => refusal.is_transient(),
            What::Final(_) => false,
        }
    }

    /// Returns how long the registry wants to be left alone.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match &self.what {
            What::Refusal(_, asked) => *asked,
            _ => None,
        }
    }

    pub(super) fn is_unauthorized(&self) -> bool {
        matches!(&self.what, What::Refusal(refusal, _) if refusal.status() == 401)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let Failure { doing, what } = failure;
        match what {
            What::Silence(cause) => Self::unavailable(doing).with_source(cause.without_url()),
            What::Garbage(found) => Self::unavailable(format!(
                "{doing}: expected the JSON that a registry answers, found {found}"
            )),
            What::Refusal(refusal, asked) => {
                let kind = refusal.kind();
                let error = Self::new(kind, doing).with_source(refusal);
                match asked {
                    Some(asked) if kind == ErrorKind::Unavailable => {
                        error.retry_after(asked.min(LONGEST))
                    }
                    _ => error,
                }
            }
            What::Final(error) => error.context(doing),
        }
    }
}

/// Reads `Retry-After`: seconds, or a moment, which is compared with the answer's own.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::trim);
    let asked = text(RETRY_AFTER)?;
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let moment = |text: &str| -> Option<SystemTime> { httpdate::parse_http_date(text).ok() };
    let answered = moment(text(DATE)?)?;
    Some(moment(asked)?.duration_since(answered).unwrap_or_default())
}

/// Quotes the beginning of an answer that cannot be read.
pub(super) fn beginning(text: &str) -> String {
    const SHOWN: usize = 120;
    if text.is_empty() {
        return "nothing".to_owned();
    }
    let shown = &text[..text.floor_char_boundary(SHOWN)];
    let more = if shown.len() < text.len() { "…" } else { "" };
    format!("`{}{more}`", shown.escape_debug())
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn asked(retry_after: &'static str, date: &'static str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static(retry_after));
        headers.insert(DATE, HeaderValue::from_static(date));
        super::retry_after(&headers)
    }

    #[test]
    fn a_pause_is_asked_for_in_seconds_or_until_a_moment() {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        let now = "Wed, 21 Oct 2026 07:28:00 GMT";
        assert_eq!(asked("120", now), seconds(120));
        assert_eq!(asked("Wed, 21 Oct 2026 07:28:30 GMT", now), seconds(30));
        assert_eq!(asked("Wed, 21 Oct 2026 07:00:00 GMT", now), seconds(0));
        assert_eq!(asked("soon", now), None);
    }
}
