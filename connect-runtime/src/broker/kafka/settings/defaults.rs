//! [`of`]: what the runtime wants of each kind of client, unless a user says otherwise.

use super::ClientKind;

type Defaults = &'static [(&'static str, &'static str)];

/// Of every client.
pub(super) const EVERY: Defaults = &[
    ("log.connection.close", "false"),
    // Otherwise a connection that a firewall has dropped is found by the next request's time-out.
    ("socket.keepalive.enable", "true"),
    ("socket.nagle.disable", "true"),
];

/// Of producers.
pub(super) const PRODUCER: Defaults = &[
    ("acks", "all"),
    ("enable.idempotence", "true"),
    ("linger.ms", "5"),
    // Keys go to the same partitions as with Java's client; librdkafka's own choice is CRC32.
    ("partitioner", "murmur2_random"),
    // 32 MiB as in Java instead of 1 GiB. The other bound must not be reached first: 0 turns it off.
    ("queue.buffering.max.kbytes", "32768"),
    ("queue.buffering.max.messages", "0"),
];

/// Of producers without transactions: a record is tried for ever, as Connect does.
///
/// With transactions it is the transaction that ends, and librdkafka accepts no longer time.
pub(super) const PLAIN_PRODUCER: Defaults = &[("message.timeout.ms", "0")];

/// Of consumers.
pub(super) const CONSUMER: Defaults = &[
    // Where to start is decided by the runtime; a position outside of the log is an error.
    ("auto.offset.reset", "error"),
    ("enable.auto.commit", "false"),
    ("enable.auto.offset.store", "false"),
    // Its events would put positions beyond the end of the log.
    ("enable.partition.eof", "false"),
    // With a small queue the default of a second leaves the consumer waiting.
    ("fetch.queue.backoff.ms", "5"),
    ("heartbeat.interval.ms", "500"),
    ("partition.assignment.strategy", "cooperative-sticky"),
    ("queued.max.messages.kbytes", "16384"),
    ("session.timeout.ms", "6000"),
    // A topic that is created later is read soon.
    ("topic.metadata.refresh.interval.ms", "10000"),
];

/// Returns the defaults of a kind of client.
pub(super) fn of(kind: ClientKind) -> Vec<Defaults> {
    match kind {
        ClientKind::Producer => vec![EVERY, PRODUCER, PLAIN_PRODUCER],
        ClientKind::Transactional(_) => vec![EVERY, PRODUCER],
        ClientKind::Consumer => vec![EVERY, CONSUMER],
        ClientKind::Admin => vec![EVERY],
    }
}
