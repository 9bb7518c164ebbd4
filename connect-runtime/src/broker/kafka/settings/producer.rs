//! [`SETTINGS`]: what Java's producers have besides.

use super::{
    ClientKind,
    draft::Draft,
    setting::{Fate, INT, Setting, Type, setting},
};

const CONVERTED: &str = "records are bytes here: `key.converter` and `value.converter` make them";
const STICKY: &str = "records without a key go to the partition that librdkafka chooses";

/// What producers have besides.
pub(super) const SETTINGS: &[Setting] = &[
    setting(
        "acks",
        Type::OneOf(&["all", "-1", "0", "1"]),
        Fate::Decided("`acks=all`; 0 and 1 are refused", acks),
    ),
    setting(
        "batch.size",
        Type::Int(0, INT),
        Fate::Bounded("batch.size", 1, INT),
    ),
    setting(
        "buffer.memory",
        Type::Long(0),
        Fate::Decided("`queue.buffering.max.kbytes`, in KiB", memory),
    ),
    setting(
        "compression.gzip.level",
        Type::Int(-0x8000_0000, INT),
        Fate::Decided("`compression.level`, with `compression.type=gzip`", gzip),
    ),
    setting(
        "compression.lz4.level",
        Type::Int(1, 17),
        Fate::Decided(
            "`compression.level` up to 12, with `compression.type=lz4`",
            lz4,
        ),
    ),
    setting(
        "compression.type",
        Type::OneOf(&["none", "gzip", "snappy", "lz4", "zstd"]),
        Fate::Passed("compression.type"),
    ),
    setting(
        "compression.zstd.level",
        Type::Int(-131_072, 22),
        Fate::Decided(
            "`compression.level`, 1 to 12, with `compression.type=zstd`",
            zstd,
        ),
    ),
    setting(
        "delivery.timeout.ms",
        Type::Int(0, INT),
        Fate::Decided(
            "`message.timeout.ms`, and 2147483647 is without end; not in transactions",
            delivery,
        ),
    ),
    setting(
        "enable.idempotence",
        Type::Boolean,
        Fate::Decided("`enable.idempotence`; false is refused", idempotence),
    ),
    setting("key.serializer", Type::Class, Fate::Void(CONVERTED)),
    setting(
        "linger.ms",
        Type::Long(0),
        Fate::Bounded("linger.ms", 0, 900_000),
    ),
    setting(
        "max.block.ms",
        Type::Long(0),
        Fate::Void("a task waits as long as the producer's queue is full"),
    ),
    setting(
        "max.in.flight.requests.per.connection",
        Type::Int(1, INT),
        Fate::Decided(
            "`max.in.flight.requests.per.connection`; more than 5 is refused",
            in_flight,
        ),
    ),
    setting(
        "max.request.size",
        Type::Int(0, INT),
        Fate::Bounded("message.max.bytes", 1_000, 1_000_000_000),
    ),
    setting(
        "metadata.max.idle.ms",
        Type::Long(5_000),
        Fate::Void("what is known of a topic expires with `metadata.max.age.ms`"),
    ),
    setting(
        "partitioner.adaptive.partitioning.enable",
        Type::Boolean,
        Fate::Void(STICKY),
    ),
    setting(
        "partitioner.availability.timeout.ms",
        Type::Long(0),
        Fate::Void(STICKY),
    ),
    setting(
        "partitioner.class",
        Type::Class,
        Fate::Void(
            "Java classes cannot be loaded; keys are spread as Java spreads them by default",
        ),
    ),
    setting(
        "partitioner.ignore.keys",
        Type::Boolean,
        Fate::Void("records of one key stay in one partition, positions of sources among them"),
    ),
    setting(
        "retries",
        Type::Int(0, INT),
        Fate::Decided("`retries`; 0 is refused", retries),
    ),
    setting(
        "transaction.timeout.ms",
        Type::Int(-0x8000_0000, INT),
        Fate::Decided(
            "read by the runtime; without transactions no effect",
            transaction,
        ),
    ),
    setting(
        "transaction.two.phase.commit.enable",
        Type::Boolean,
        Fate::Void("librdkafka takes no part in commits of two phases"),
    ),
    setting(
        "transactional.id",
        Type::NonEmpty,
        Fate::Void("each task has an id of its own, by which its older copies are fenced"),
    ),
    setting("value.serializer", Type::Class, Fate::Void(CONVERTED)),
];

fn acks(draft: &mut Draft<'_>, key: &str, text: &str) {
    match text {
        "0" | "1" => {
            let reason =
                "Must be all: the runtime relies on the idempotent producer, which needs it";
            draft.refuse(key, text, reason);
        }
        _ => draft.set("acks", "all"),
    }
}

fn idempotence(draft: &mut Draft<'_>, key: &str, text: &str) {
    match text.eq_ignore_ascii_case("true") {
        true => draft.set("enable.idempotence", "true"),
        false => {
            let reason =
                "Must be true: the runtime relies on each record being written once and in order";
            draft.refuse(key, text, reason);
        }
    }
}

fn in_flight(draft: &mut Draft<'_>, key: &str, text: &str) {
    const MOST: i64 = 5;
    match text.parse() {
        Ok(1..=MOST) => draft.set("max.in.flight.requests.per.connection", text),
        _ => {
            let reason = "Must be at most 5: the runtime relies on the idempotent producer";
            draft.refuse(key, text, reason);
        }
    }
}

fn retries(draft: &mut Draft<'_>, key: &str, text: &str) {
    match text {
        "0" => {
            let reason = "Must be at least 1: the runtime relies on the idempotent producer";
            draft.refuse(key, text, reason);
        }
        _ => draft.set("retries", text),
    }
}

fn memory(draft: &mut Draft<'_>, key: &str, text: &str) {
    const NAME: &str = "queue.buffering.max.kbytes";
    let bytes: i64 = text.parse().unwrap_or_default();
    // What is not a whole number of KiB is no more than was allowed; 1 is the least.
    let kibibytes = (bytes / 1024).clamp(1, INT);
    draft.set(NAME, kibibytes.to_string());
    if bytes < 1024 || bytes / 1024 > INT {
        let message = format!("`{key}` is {kibibytes} KiB, not {bytes} bytes: librdkafka's limit");
        draft.warn(key, message);
    }
}

fn gzip(draft: &mut Draft<'_>, key: &str, text: &str) {
    match text.parse() {
        Ok(-1 | 1..=9) => level(draft, key, "gzip", text),
        _ => draft.refuse(key, text, "Value must be between 1 and 9 or equal to -1"),
    }
}

fn lz4(draft: &mut Draft<'_>, key: &str, text: &str) {
    level(draft, key, "lz4", text);
}

fn zstd(draft: &mut Draft<'_>, key: &str, text: &str) {
    level(draft, key, "zstd", text);
}

/// Sets the one level that librdkafka has, if it is of the compression in use.
fn level(draft: &mut Draft<'_>, key: &str, codec: &str, text: &str) {
    const NAME: &str = "compression.level";
    if draft.get("compression.type") != Some(codec) {
        draft.has_no_effect(key, &format!("it needs `compression.type={codec}`"));
        return;
    }
    match text.parse() {
        // gzip's own default.
        Ok(-1) if codec == "gzip" => draft.set(NAME, "-1"),
        Ok(number) => draft.set_within(key, NAME, number, 1..=12),
        Err(_) => {}
    }
}

/// Connect's default is the longest time that Java can write, and meant to be without end.
fn delivery(draft: &mut Draft<'_>, key: &str, text: &str) {
    let endless = text.parse() == Ok(INT);
    match text {
        _ if draft.kind != ClientKind::Producer => {}
        "0" => {
            let reason = "should be equal to or larger than linger.ms + request.timeout.ms";
            draft.refuse(key, text, reason);
        }
        _ if endless => draft.set("message.timeout.ms", "0"),
        _ => draft.set("message.timeout.ms", text),
    }
}

fn transaction(draft: &mut Draft<'_>, key: &str, _: &str) {
    let reason = match draft.kind {
        ClientKind::Transactional(_) => "the runtime has set it",
        _ => "this producer has no transactions",
    };
    draft.has_no_effect(key, reason);
}
