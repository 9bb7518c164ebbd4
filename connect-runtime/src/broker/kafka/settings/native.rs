//! [`find`]: librdkafka's own settings, those that may be written and those that may not.
//!
//! The names are those of `CONFIGURATION.md` of librdkafka 2.12 that Java does not have.

use super::ClientKind;

/// What becomes of a setting of librdkafka's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Native {
    /// It is passed on as it was written.
    Passed,
    /// It would break the runtime, for this reason.
    Refused(&'static str),
}

/// Names that every client has.
const EVERY: &[&str] = &[
    "allow.auto.create.topics",
    "api.version.request.timeout.ms",
    "broker.address.family",
    "broker.address.ttl",
    "debug",
    "enable.random.seed",
    "enable.sasl.oauthbearer.unsecure.jwt",
    "enable.ssl.certificate.verification",
    "https.ca.location",
    "https.ca.pem",
    "log.connection.close",
    "log.thread.name",
    "log_level",
    "max.in.flight",
    "max.in.flight.requests.per.connection",
    "message.copy.max.bytes",
    "message.max.bytes",
    "receive.message.max.bytes",
    "reconnect.backoff.jitter.ms",
    "sasl.kerberos.keytab",
    "sasl.kerberos.principal",
    "sasl.oauthbearer.assertion.jwt.template.file",
    "sasl.oauthbearer.assertion.private.key.pem",
    "sasl.oauthbearer.config",
    "sasl.oauthbearer.extensions",
    "sasl.oauthbearer.grant.type",
    "sasl.oauthbearer.metadata.authentication.type",
    "sasl.oauthbearer.method",
    "sasl.password",
    "sasl.username",
    "socket.blocking.max.ms",
    "socket.keepalive.enable",
    "socket.max.fails",
    "socket.nagle.disable",
    "socket.receive.buffer.bytes",
    "socket.send.buffer.bytes",
    "socket.timeout.ms",
    "ssl.ca.certificate.stores",
    "ssl.ca.location",
    "ssl.ca.pem",
    "ssl.certificate.location",
    "ssl.certificate.pem",
    "ssl.crl.location",
    "ssl.curves.list",
    "ssl.key.location",
    "ssl.key.pem",
    "ssl.sigalgs.list",
    "statistics.interval.ms",
    "topic.blacklist",
    "topic.metadata.propagation.max.ms",
    "topic.metadata.refresh.fast.cnt",
    "topic.metadata.refresh.fast.interval.ms",
    "topic.metadata.refresh.interval.ms",
    "topic.metadata.refresh.sparse",
];

/// Names that producers have besides.
const PRODUCER: &[&str] = &[
    "batch.num.messages",
    "compression.level",
    "message.timeout.ms",
    "queue.buffering.max.kbytes",
    "queue.buffering.max.messages",
    "queue.buffering.max.ms",
    "sticky.partitioning.linger.ms",
];

/// Names that consumers have besides.
const CONSUMER: &[&str] = &[
    "coordinator.query.interval.ms",
    "fetch.error.backoff.ms",
    "fetch.queue.backoff.ms",
    "fetch.wait.max.ms",
    "queued.max.messages.kbytes",
    "queued.min.messages",
];

/// Names that would break the runtime, with one reason.
pub(super) struct Refusal {
    pub(super) reason: &'static str,
    pub(super) names: &'static [&'static str],
}

/// Everything that would break the runtime.
pub(super) const REFUSED: &[Refusal] = &[
    Refusal {
        reason: "it is set by a program, not by a text",
        names: &[
            "background_event_cb",
            "closesocket_cb",
            "connect_cb",
            "consume_cb",
            "default_topic_conf",
            "dr_cb",
            "dr_msg_cb",
            "error_cb",
            "interceptors",
            "log_cb",
            "msg_order_cmp",
            "oauthbearer_token_refresh_cb",
            "offset_commit_cb",
            "opaque",
            "open_cb",
            "partitioner_cb",
            "rebalance_cb",
            "resolve_cb",
            "socket_cb",
            "ssl.certificate.verify_cb",
            "ssl_ca",
            "ssl_certificate",
            "ssl_engine_callback_data",
            "ssl_key",
            "stats_cb",
            "throttle_cb",
        ],
    },
    Refusal {
        reason: "the runtime decides which events it is told of, and how",
        names: &[
            "builtin.features",
            "consume.callback.max.messages",
            "enable.partition.eof",
            "enabled_events",
            "log.queue",
        ],
    },
    Refusal {
        reason: "the runtime has to know the fate of every record",
        names: &["delivery.report.only.error", "produce.offset.report"],
    },
    Refusal {
        reason: "the runtime commits what a sink has made durable, and nothing else",
        names: &[
            "enable.auto.offset.store",
            "offset.store.method",
            "offset.store.path",
            "offset.store.sync.interval.ms",
        ],
    },
    Refusal {
        reason: "records of one key stay in the partition that Java chooses, positions of sources among them",
        names: &["partitioner"],
    },
    Refusal {
        reason: "the idempotent producer decides the order in which records are sent",
        names: &[
            "enable.gapless.guarantee",
            "queue.buffering.backpressure.threshold",
            "queuing.strategy",
        ],
    },
    Refusal {
        reason: "members of a group speak the protocol `consumer`",
        names: &["group.protocol.type"],
    },
    Refusal {
        reason: "brokers that do not tell their versions know no transactions",
        names: &[
            "api.version.fallback.ms",
            "api.version.request",
            "broker.version.fallback",
        ],
    },
    Refusal {
        reason: "signals and foreign code belong to the application",
        names: &[
            "internal.termination.signal",
            "plugin.library.paths",
            "ssl.engine.id",
            "ssl.engine.location",
            "ssl.providers",
        ],
    },
];

/// Finds what becomes of a name; an error says which clients have it.
pub(super) fn find(kind: ClientKind, name: &str) -> Option<Result<Native, &'static str>> {
    let refused = REFUSED.iter().find(|group| group.names.contains(&name));
    if let Some(Refusal { reason, .. }) = refused {
        return Some(Ok(Native::Refused(reason)));
    }
    if names(kind).any(|known| known == name) {
        return Some(Ok(Native::Passed));
    }
    match (PRODUCER.contains(&name), CONSUMER.contains(&name)) {
        (true, _) => Some(Err("producers")),
        (_, true) => Some(Err("consumers")),
        (false, false) => None,
    }
}

/// Iterates over the names that a kind of client may be given.
pub(super) fn names(kind: ClientKind) -> impl Iterator<Item = &'static str> {
    let own = match kind {
        ClientKind::Producer | ClientKind::Transactional(_) => PRODUCER,
        ClientKind::Consumer => CONSUMER,
        ClientKind::Admin => &[],
    };
    EVERY.iter().chain(own).copied()
}
