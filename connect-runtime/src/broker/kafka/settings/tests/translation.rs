//! What becomes of a value.

use expect_test::expect;

use super::{ClientKind, TRANSACTIONAL, check};

#[test]
fn what_producers_are_told_reaches_librdkafka() {
    check(
        ClientKind::Producer,
        [
            ("acks", "-1"),
            ("batch.size", "65536"),
            ("bootstrap.servers", "one:9092,two:9092"),
            ("buffer.memory", "1000000"),
            ("client.id", "mine"),
            ("compression.gzip.level", "9"),
            ("compression.type", "gzip"),
            ("connections.max.idle.ms", "-1"),
            ("delivery.timeout.ms", "120000"),
            ("enable.idempotence", "TRUE"),
            ("linger.ms", " 20 "),
            ("max.in.flight.requests.per.connection", "1"),
            ("max.request.size", "2000000"),
            ("metadata.max.age.ms", "60000"),
            ("receive.buffer.bytes", "-1"),
            ("reconnect.backoff.ms", "50"),
            ("request.timeout.ms", "20000"),
            ("retries", "7"),
            ("send.buffer.bytes", "4096"),
        ],
        expect![[r#"
            batch.size=65536
            bootstrap.servers=one:9092,two:9092
            client.id=mine
            compression.level=9
            compression.type=gzip
            connections.max.idle.ms=0
            linger.ms=20
            max.in.flight.requests.per.connection=1
            message.max.bytes=2000000
            message.timeout.ms=120000
            queue.buffering.max.kbytes=976
            reconnect.backoff.max.ms=50
            reconnect.backoff.ms=50
            request.timeout.ms=20000
            retries=7
            socket.receive.buffer.bytes=0
            socket.send.buffer.bytes=4096
            socket.timeout.ms=20000
            topic.metadata.refresh.interval.ms=60000
        "#]],
    );
}

#[test]
fn what_consumers_are_told_reaches_librdkafka() {
    check(
        ClientKind::Consumer,
        [
            ("allow.auto.create.topics", "true"),
            ("client.rack", "r1"),
            ("fetch.max.bytes", "2000000"),
            ("fetch.max.wait.ms", "100"),
            ("fetch.min.bytes", "10"),
            ("group.protocol", "Classic"),
            ("heartbeat.interval.ms", "3000"),
            ("max.partition.fetch.bytes", "4096"),
            ("max.poll.interval.ms", "60000"),
            (
                "partition.assignment.strategy",
                "org.apache.kafka.clients.consumer.RangeAssignor, org.apache.kafka.clients.consumer.CooperativeStickyAssignor",
            ),
            ("request.timeout.ms", "20000"),
            ("session.timeout.ms", "45000"),
        ],
        expect![[r#"
            allow.auto.create.topics=true
            client.rack=r1
            fetch.max.bytes=2000000
            fetch.min.bytes=10
            fetch.wait.max.ms=100
            heartbeat.interval.ms=3000
            max.partition.fetch.bytes=4096
            max.poll.interval.ms=60000
            session.timeout.ms=45000
            socket.timeout.ms=20000
        "#]],
    );
}

#[test]
fn what_admin_clients_are_told_reaches_librdkafka() {
    check(
        ClientKind::Admin,
        [
            ("client.dns.lookup", "use_all_dns_ips"),
            ("metadata.recovery.strategy", "None"),
            ("request.timeout.ms", "20000"),
            ("retries", "3"),
        ],
        expect![[r#"
            client.dns.lookup=use_all_dns_ips
            metadata.recovery.strategy=None
            socket.timeout.ms=20000
            warning: `retries` has no effect: the runtime repeats what may be repeated
        "#]],
    );
}

#[test]
fn what_has_no_effect_says_why() {
    check(
        ClientKind::Consumer,
        [
            ("config.providers.env.class", "Env"),
            ("enable.auto.commit", "true"),
            ("group.protocol", "consumer"),
            ("interceptor.classes", "a.B"),
            ("linger.ms", "5"),
            ("metrics.context.a", "b"),
            ("partition.assignment.strategy", "a.RangeAssignor"),
            ("queue.buffering.max.kbytes", "7"),
            ("ssl.truststore.location", "/ca.pem"),
            ("wurst", "1"),
            ("fetch.min.byte", "1"),
        ],
        expect![[r#"
            warning: `config.providers.env.class` has no effect: references are resolved before, by the providers of the worker
            warning: `enable.auto.commit` has no effect: the runtime commits what a sink has made durable, and nothing else
            warning: `fetch.min.byte` has no effect: no client knows it; did you mean `fetch.min.bytes`?
            warning: `group.protocol` has no effect: the protocol is always `classic`: with `consumer` it takes the better part of a minute until a dead member is noticed
            warning: `interceptor.classes` has no effect: Java classes cannot be loaded
            warning: `linger.ms` has no effect: it is a setting of producers
            warning: `metrics.context.a` has no effect: counters go to the `metrics` facade, whose exporter the application chooses
            warning: `partition.assignment.strategy` has no effect: it is always `cooperative-sticky`: others take partitions away from tasks that keep them
            warning: `queue.buffering.max.kbytes` has no effect: it is a setting of producers
            warning: `ssl.truststore.location` has no effect: it needs `security.protocol=SSL` or `SASL_SSL`
            warning: `wurst` has no effect: no client knows it
        "#]],
    );
}

#[test]
fn numbers_beyond_what_librdkafka_takes_are_limited_and_named() {
    check(
        ClientKind::Producer,
        [
            ("batch.size", "0"),
            ("buffer.memory", "0"),
            ("compression.type", "zstd"),
            ("compression.zstd.level", "22"),
            ("metadata.max.age.ms", "9223372036854775807"),
            ("request.timeout.ms", "600000"),
            ("retry.backoff.ms", "0"),
        ],
        expect![[r#"
            batch.size=1
            compression.level=12
            compression.type=zstd
            queue.buffering.max.kbytes=1
            request.timeout.ms=300000
            retry.backoff.ms=1
            socket.timeout.ms=300000
            topic.metadata.refresh.interval.ms=3600000
            warning: `batch.size` is 1, not 0: librdkafka takes 1 to 2147483647
            warning: `buffer.memory` is 1 KiB, not 0 bytes: librdkafka's limit
            warning: `compression.zstd.level` is 12, not 22: librdkafka takes 1 to 12
            warning: `metadata.max.age.ms` is 3600000, not 9223372036854775807: librdkafka takes 1 to 3600000
            warning: `request.timeout.ms` is 300000, not 600000: librdkafka takes 10 to 300000
            warning: `retry.backoff.ms` is 1, not 0: librdkafka takes 1 to 300000
        "#]],
    );
}

#[test]
fn values_that_java_refuses_are_refused_in_its_words() {
    check(
        ClientKind::Producer,
        [
            ("acks", "2"),
            ("batch.size", "many"),
            ("buffer.memory", "-1"),
            ("compression.gzip.level", "0"),
            ("compression.type", "brotli"),
            ("enable.metrics.push", "yes"),
            ("linger.ms", "0.5"),
            ("metrics.num.samples", "0"),
            ("security.protocol", "TLS"),
            ("transactional.id", ""),
        ],
        expect![[r#"
            problem: Invalid value 2 for configuration acks: String must be one of: all, -1, 0, 1
            problem: Invalid value many for configuration batch.size: Not a number of type INT
            problem: Invalid value -1 for configuration buffer.memory: Value must be at least 0
            problem: Invalid value 0 for configuration compression.gzip.level: Value must be between 1 and 9 or equal to -1
            problem: Invalid value brotli for configuration compression.type: String must be one of: none, gzip, snappy, lz4, zstd
            problem: Invalid value yes for configuration enable.metrics.push: Expected value to be either true or false
            problem: Invalid value 0.5 for configuration linger.ms: Not a number of type LONG
            problem: Invalid value 0 for configuration metrics.num.samples: Value must be at least 1
            problem: Invalid value TLS for configuration security.protocol: String must be one of (case insensitive): PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL
            problem: Invalid value  for configuration transactional.id: String must be non-empty
        "#]],
    );
}

#[test]
fn a_producer_that_could_write_twice_or_lose_is_refused() {
    check(
        ClientKind::Producer,
        [
            ("acks", "1"),
            ("enable.idempotence", "false"),
            ("max.in.flight", "6"),
            ("retries", "0"),
        ],
        expect![[r#"
            problem: Invalid value 1 for configuration acks: Must be all: the runtime relies on the idempotent producer, which needs it
            problem: Invalid value false for configuration enable.idempotence: Must be true: the runtime relies on each record being written once and in order
            problem: Invalid value 6 for configuration max.in.flight: Must be at most 5: the runtime relies on the idempotent producer
            problem: Invalid value 0 for configuration retries: Must be at least 1: the runtime relies on the idempotent producer
        "#]],
    );
}

#[test]
fn a_delivery_without_end_is_what_connect_means_by_the_longest_time() {
    check(
        ClientKind::Producer,
        [("delivery.timeout.ms", "2147483647")],
        expect![[""]],
    );
    check(
        ClientKind::Producer,
        [("delivery.timeout.ms", "0")],
        expect![[r#"
            problem: Invalid value 0 for configuration delivery.timeout.ms: should be equal to or larger than linger.ms + request.timeout.ms
        "#]],
    );
    check(
        ClientKind::Producer,
        [
            ("delivery.timeout.ms", "1000"),
            ("request.timeout.ms", "996"),
        ],
        expect![[r#"
            message.timeout.ms=1000
            request.timeout.ms=996
            socket.timeout.ms=996
            problem: Invalid value 1000 for configuration delivery.timeout.ms: should be equal to or larger than linger.ms + request.timeout.ms, which is 1001
        "#]],
    );
    check(
        ClientKind::Producer,
        [
            ("delivery.timeout.ms", "1000"),
            ("request.timeout.ms", "995"),
        ],
        expect![[r#"
            message.timeout.ms=1000
            request.timeout.ms=995
            socket.timeout.ms=995
        "#]],
    );
}

#[test]
fn a_request_and_a_delivery_end_before_their_transaction() {
    check(
        TRANSACTIONAL,
        [
            ("delivery.timeout.ms", "120000"),
            ("message.timeout.ms", "120000"),
            ("request.timeout.ms", "70000"),
            ("transaction.timeout.ms", "1"),
        ],
        expect![[r#"
            request.timeout.ms=59900
            socket.timeout.ms=59900
            warning: `request.timeout.ms` is 59900, not 70000: librdkafka takes 10 to 59900
            warning: `transaction.timeout.ms` has no effect: the runtime has set it
            warning: `delivery.timeout.ms` has no effect: a transaction ends with its own time, `transaction.timeout.ms`
            warning: `message.timeout.ms` has no effect: a transaction ends with its own time, `transaction.timeout.ms`
        "#]],
    );
}

#[test]
fn a_member_that_would_be_thrown_out_at_once_is_refused() {
    check(
        ClientKind::Consumer,
        [
            ("heartbeat.interval.ms", "6000"),
            ("max.poll.interval.ms", "5999"),
        ],
        expect![[r#"
            heartbeat.interval.ms=6000
            max.poll.interval.ms=5999
            problem: Invalid value 6000 for configuration heartbeat.interval.ms: Must be lower than session.timeout.ms, which is 6000
            problem: Invalid value 5999 for configuration max.poll.interval.ms: Must be at least session.timeout.ms, which is 6000
        "#]],
    );
}

#[test]
fn the_longest_wait_between_connections_is_no_shorter_than_the_first() {
    check(
        ClientKind::Admin,
        [
            ("reconnect.backoff.ms", "500"),
            ("reconnect.backoff.max.ms", "400"),
        ],
        expect![[r#"
            reconnect.backoff.max.ms=500
            reconnect.backoff.ms=500
            warning: `reconnect.backoff.max.ms` is 500, not 400: `reconnect.backoff.ms` is
        "#]],
    );
}

#[test]
fn compression_levels_count_for_their_compression_only() {
    check(
        ClientKind::Producer,
        [
            ("compression.codec", "lz4"),
            ("compression.gzip.level", "-1"),
            ("compression.lz4.level", "9"),
            ("compression.zstd.level", "3"),
        ],
        expect![[r#"
            compression.level=9
            compression.type=lz4
            warning: `compression.gzip.level` has no effect: it needs `compression.type=gzip`
            warning: `compression.zstd.level` has no effect: it needs `compression.type=zstd`
        "#]],
    );
}
