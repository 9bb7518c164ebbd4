//! [`SETTINGS`]: what Java's consumers have besides.

use super::{
    draft::Draft,
    setting::{Fate, INT, Setting, Type, setting},
};

const CONVERTED: &str = "records are bytes here: `key.converter` and `value.converter` read them";
const COMMITTED: &str = "the runtime commits what a sink has made durable, and nothing else";
const CLASSIC: &str = "only `group.protocol=consumer` has it, which is not used";
const SHARED: &str = "sinks are consumer groups, not share groups";
const INTERNAL: &str = "it is internal to Java's client";

/// What consumers have besides.
pub(super) const SETTINGS: &[Setting] = &[
    setting(
        "allow.auto.create.topics",
        Type::Boolean,
        Fate::Passed("allow.auto.create.topics"),
    ),
    setting(
        "auto.commit.interval.ms",
        Type::Int(0, INT),
        Fate::Void(COMMITTED),
    ),
    setting(
        "auto.offset.reset",
        Type::Text,
        Fate::Taken("the runtime decides where a partition starts"),
    ),
    setting("check.crcs", Type::Boolean, Fate::Passed("check.crcs")),
    setting(
        "default.api.timeout.ms",
        Type::Int(0, INT),
        Fate::Void("the runtime has deadlines of its own"),
    ),
    setting("enable.auto.commit", Type::Boolean, Fate::Void(COMMITTED)),
    setting(
        "exclude.internal.topics",
        Type::Boolean,
        Fate::Void("the runtime decides which topics a pattern means"),
    ),
    setting(
        "fetch.max.bytes",
        Type::Int(0, INT),
        // It must hold the largest request, which is a million bytes by default.
        Fate::Bounded("fetch.max.bytes", 1_000_000, 2_147_483_135),
    ),
    setting(
        "fetch.max.wait.ms",
        Type::Int(0, INT),
        Fate::Bounded("fetch.wait.max.ms", 0, 300_000),
    ),
    setting(
        "fetch.min.bytes",
        Type::Int(0, INT),
        Fate::Bounded("fetch.min.bytes", 1, 100_000_000),
    ),
    setting(
        "group.id",
        Type::Text,
        Fate::Taken("the runtime names the group, if there is one"),
    ),
    setting(
        "group.instance.id",
        Type::NonEmpty,
        Fate::Void("the tasks of a connector would share it, and each would throw the others out"),
    ),
    setting(
        "group.protocol",
        Type::AnyCase(&["classic", "consumer"]),
        Fate::Decided("no effect: the protocol is always `classic`", protocol),
    ),
    setting("group.remote.assignor", Type::Text, Fate::Void(CLASSIC)),
    setting(
        "heartbeat.interval.ms",
        Type::Int(-0x8000_0000, INT),
        Fate::Bounded("heartbeat.interval.ms", 1, 3_600_000),
    ),
    setting(
        "internal.leave.group.on.close",
        Type::Boolean,
        Fate::Void(INTERNAL),
    ),
    setting(
        "internal.throw.on.fetch.stable.offset.unsupported",
        Type::Boolean,
        Fate::Void(INTERNAL),
    ),
    setting(
        "isolation.level",
        Type::OneOf(&["read_committed", "read_uncommitted"]),
        Fate::Taken("the runtime decides what is read"),
    ),
    setting("key.deserializer", Type::Class, Fate::Void(CONVERTED)),
    setting(
        "max.partition.fetch.bytes",
        Type::Int(0, INT),
        Fate::Bounded("max.partition.fetch.bytes", 1, 1_000_000_000),
    ),
    setting(
        "max.poll.interval.ms",
        Type::Int(1, INT),
        Fate::Bounded("max.poll.interval.ms", 1, 86_400_000),
    ),
    setting(
        "max.poll.records",
        Type::Int(1, INT),
        Fate::Taken("only sinks have batches"),
    ),
    setting(
        "partition.assignment.strategy",
        Type::List,
        Fate::Decided("no effect: it is always `cooperative-sticky`", assignors),
    ),
    setting(
        "session.timeout.ms",
        Type::Int(-0x8000_0000, INT),
        Fate::Bounded("session.timeout.ms", 1, 3_600_000),
    ),
    setting("share.acknowledgement.mode", Type::Text, Fate::Void(SHARED)),
    setting("share.acquire.mode", Type::Text, Fate::Void(SHARED)),
    setting("value.deserializer", Type::Class, Fate::Void(CONVERTED)),
];

fn protocol(draft: &mut Draft<'_>, key: &str, text: &str) {
    if !text.eq_ignore_ascii_case("classic") {
        let reason = "the protocol is always `classic`: with `consumer` it takes the better part of a minute \
                      until a dead member is noticed";
        draft.has_no_effect(key, reason);
    }
}

/// A list with the assignor that is used anyway is what Java's users write to get there.
fn assignors(draft: &mut Draft<'_>, key: &str, text: &str) {
    const USED: [&str; 2] = ["CooperativeStickyAssignor", "cooperative-sticky"];
    let named = |assignor: &str| {
        let name = assignor.trim();
        USED.contains(&name.rsplit('.').next().unwrap_or(name))
    };
    if !text.split(',').any(named) {
        let reason = "it is always `cooperative-sticky`: others take partitions away from tasks that keep them";
        draft.has_no_effect(key, reason);
    }
}
