//! [`SETTINGS`]: what all clients of Java have, and what admin clients have besides.

use super::{
    draft::Draft,
    limits,
    setting::{Fate, INT, Setting, Type, setting},
};

const NO_CLASSES: &str = "Java classes cannot be loaded";
const METRICS: &str = "counters go to the `metrics` facade, whose exporter the application chooses";
const DEADLINES: &str = "the runtime has deadlines of its own";

/// What every client has, apart from TLS and SASL.
pub(super) const SETTINGS: &[Setting] = &[
    setting(
        "auto.include.jmx.reporter",
        Type::Boolean,
        Fate::Void(METRICS),
    ),
    setting(
        "bootstrap.servers",
        Type::List,
        Fate::Passed("bootstrap.servers"),
    ),
    setting(
        "client.dns.lookup",
        Type::OneOf(&[
            "use_all_dns_ips",
            "resolve_canonical_bootstrap_servers_only",
        ]),
        Fate::Passed("client.dns.lookup"),
    ),
    setting(
        "client.id",
        Type::Text,
        Fate::Decided(
            "works; it replaces the name that the runtime gives",
            client_id,
        ),
    ),
    setting("client.rack", Type::Text, Fate::Passed("client.rack")),
    setting(
        "config.providers",
        Type::List,
        Fate::Void("references are resolved before, by the providers of the worker"),
    ),
    setting(
        "config.providers.",
        Type::Text,
        Fate::Void("references are resolved before, by the providers of the worker"),
    ),
    setting(
        "connections.max.idle.ms",
        Type::Long(i64::MIN),
        Fate::Decided(
            "`connections.max.idle.ms`, and 0 for a negative number",
            idle,
        ),
    ),
    setting(
        "enable.metrics.push",
        Type::Boolean,
        Fate::Passed("enable.metrics.push"),
    ),
    setting("interceptor.classes", Type::List, Fate::Void(NO_CLASSES)),
    setting(
        "metadata.max.age.ms",
        Type::Long(0),
        Fate::Bounded("topic.metadata.refresh.interval.ms", 1, 3_600_000),
    ),
    setting(
        "metadata.recovery.rebootstrap.trigger.ms",
        Type::Long(0),
        Fate::Bounded("metadata.recovery.rebootstrap.trigger.ms", 0, INT),
    ),
    setting(
        "metadata.recovery.strategy",
        Type::AnyCase(&["none", "rebootstrap"]),
        Fate::Passed("metadata.recovery.strategy"),
    ),
    setting("metric.reporters", Type::List, Fate::Void(METRICS)),
    setting("metrics.context.", Type::Text, Fate::Void(METRICS)),
    setting(
        "metrics.num.samples",
        Type::Int(1, INT),
        Fate::Void(METRICS),
    ),
    setting(
        "metrics.recording.level",
        Type::OneOf(&["INFO", "DEBUG", "TRACE"]),
        Fate::Void(METRICS),
    ),
    setting(
        "metrics.sample.window.ms",
        Type::Long(0),
        Fate::Void(METRICS),
    ),
    setting(
        "receive.buffer.bytes",
        Type::Int(-1, INT),
        Fate::Decided(
            "`socket.receive.buffer.bytes`, and 0 for -1",
            receive_buffer,
        ),
    ),
    setting(
        "reconnect.backoff.max.ms",
        Type::Long(0),
        Fate::Bounded("reconnect.backoff.max.ms", 0, 3_600_000),
    ),
    setting(
        "reconnect.backoff.ms",
        Type::Long(0),
        Fate::Bounded("reconnect.backoff.ms", 0, 3_600_000),
    ),
    setting(
        "request.timeout.ms",
        Type::Int(0, INT),
        Fate::Decided(
            "`socket.timeout.ms`, 10 to 300000; of producers `request.timeout.ms` too",
            limits::request,
        ),
    ),
    setting(
        "retry.backoff.max.ms",
        Type::Long(0),
        Fate::Bounded("retry.backoff.max.ms", 1, 300_000),
    ),
    setting(
        "retry.backoff.ms",
        Type::Long(0),
        Fate::Bounded("retry.backoff.ms", 1, 300_000),
    ),
    setting(
        "security.protocol",
        Type::AnyCase(&["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]),
        Fate::Passed("security.protocol"),
    ),
    setting("security.providers", Type::Text, Fate::Void(NO_CLASSES)),
    setting(
        "send.buffer.bytes",
        Type::Int(-1, INT),
        Fate::Decided("`socket.send.buffer.bytes`, and 0 for -1", send_buffer),
    ),
    setting(
        "socket.connection.setup.timeout.max.ms",
        Type::Long(i64::MIN),
        Fate::Void("the time for a connection does not grow"),
    ),
    setting(
        "socket.connection.setup.timeout.ms",
        Type::Long(i64::MIN),
        Fate::Bounded("socket.connection.setup.timeout.ms", 1_000, INT),
    ),
];

/// What admin clients have besides.
pub(super) const ADMIN: &[Setting] = &[
    setting(
        "bootstrap.controllers",
        Type::List,
        Fate::Void("a worker speaks to brokers only: `bootstrap.servers`"),
    ),
    setting(
        "default.api.timeout.ms",
        Type::Int(0, INT),
        Fate::Void(DEADLINES),
    ),
    setting(
        "retries",
        Type::Int(0, INT),
        Fate::Void("the runtime repeats what may be repeated"),
    ),
];

/// A client keeps the name that the runtime gave it if none is written.
fn client_id(draft: &mut Draft<'_>, _: &str, text: &str) {
    if !text.is_empty() {
        draft.set("client.id", text);
    }
}

fn idle(draft: &mut Draft<'_>, key: &str, text: &str) {
    let number: i64 = text.parse().unwrap_or_default();
    draft.set_within(key, "connections.max.idle.ms", number.max(0), 0..=INT);
}

fn send_buffer(draft: &mut Draft<'_>, key: &str, text: &str) {
    buffer(draft, key, "socket.send.buffer.bytes", text);
}

fn receive_buffer(draft: &mut Draft<'_>, key: &str, text: &str) {
    buffer(draft, key, "socket.receive.buffer.bytes", text);
}

/// What the system thinks right is -1 in Java and 0 here.
fn buffer(draft: &mut Draft<'_>, key: &str, name: &str, text: &str) {
    let number: i64 = text.parse().unwrap_or_default();
    draft.set_within(key, name, number.max(0), 0..=100_000_000);
}
