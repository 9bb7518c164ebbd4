//! [`settle`]: what settings must keep among each other.

use std::time::Duration;

use super::{ClientKind, draft::Draft, setting::INT};

/// Sets how long the broker lets a transaction stay open.
pub(super) fn transaction(draft: &mut Draft<'_>, timeout: Duration) {
    let millis = i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX);
    const KEY: &str = "transaction.timeout.ms";
    draft.set_within(KEY, KEY, millis, 1_000..=INT);
}

/// Decides how long a request may take.
///
/// Java tells it to the broker with each batch too, which librdkafka has a setting of its own for.
pub(super) fn request(draft: &mut Draft<'_>, key: &str, text: &str) {
    let most = match draft.kind {
        // A request has to end before its transaction does.
        ClientKind::Transactional(_) => draft
            .number("transaction.timeout.ms")
            .map_or(MOST, |timeout| MOST.min(timeout - 100)),
        _ => MOST,
    };
    let number = text.parse().unwrap_or(most);
    draft.set_within(key, "socket.timeout.ms", number, 10..=most);
    if let ClientKind::Producer | ClientKind::Transactional(_) = draft.kind {
        let within = draft.number("socket.timeout.ms").unwrap_or(most);
        draft.set("request.timeout.ms", within.to_string());
    }
}

/// The most that librdkafka takes for a request.
const MOST: i64 = 300_000;

/// Settles what settings must keep among each other, by Java's rules or else librdkafka's.
pub(super) fn settle(draft: &mut Draft<'_>) {
    reconnect(draft);
    match draft.kind {
        ClientKind::Producer => delivery(draft),
        ClientKind::Transactional(_) => {
            draft.properties.remove("message.timeout.ms");
            for key in ["delivery.timeout.ms", "message.timeout.ms"] {
                if draft.java.contains_key(key) {
                    let reason = "a transaction ends with its own time, `transaction.timeout.ms`";
                    draft.has_no_effect(key, reason);
                }
            }
        }
        ClientKind::Consumer => membership(draft),
        ClientKind::Admin => {}
    }
}

/// As Java does: without a word about the longest wait the first one counts for all.
fn reconnect(draft: &mut Draft<'_>) {
    const MAX: &str = "reconnect.backoff.max.ms";
    let Some(first) = draft.number("reconnect.backoff.ms") else {
        return;
    };
    match draft.number(MAX) {
        None => draft.set(MAX, first.to_string()),
        Some(max) if max < first => {
            let message = format!("`{MAX}` is {first}, not {max}: `reconnect.backoff.ms` is");
            draft.warn(MAX, message);
            draft.set(MAX, first.to_string());
        }
        Some(_) => {}
    }
}

fn delivery(draft: &mut Draft<'_>) {
    const KEY: &str = "delivery.timeout.ms";
    /// Java's default.
    const REQUEST: i64 = 30_000;
    if !draft.java.contains_key(KEY) {
        return;
    }
    let Some(delivery) = draft.number("message.timeout.ms").filter(|time| *time > 0) else {
        return;
    };
    let linger = draft.number("linger.ms").unwrap_or_default();
    let request = draft.number("request.timeout.ms").unwrap_or(REQUEST);
    if delivery < linger + request {
        let reason = format!(
            "should be equal to or larger than linger.ms + request.timeout.ms, which is {}",
            linger + request
        );
        draft.refuse(KEY, &delivery.to_string(), &reason);
    }
}

fn membership(draft: &mut Draft<'_>) {
    let Some(session) = draft.number("session.timeout.ms") else {
        return;
    };
    let heartbeat = draft.number("heartbeat.interval.ms").unwrap_or_default();
    if heartbeat >= session {
        let reason = format!("Must be lower than session.timeout.ms, which is {session}");
        draft.refuse("heartbeat.interval.ms", &heartbeat.to_string(), &reason);
    }
    if let Some(poll) = draft.number("max.poll.interval.ms")
        && poll < session
    {
        let reason = format!("Must be at least session.timeout.ms, which is {session}");
        draft.refuse("max.poll.interval.ms", &poll.to_string(), &reason);
    }
}
