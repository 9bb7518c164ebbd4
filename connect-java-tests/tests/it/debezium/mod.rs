//! Debezium's.

mod events;
mod outbox;

use connect_testkit::generate::Rng;

use crate::{
    options::{Options, one_of},
    subject::{Sides, Subject},
};

#[test]
fn extract_new_record_state_answers_as_java_does() {
    let subject = Subject {
        class: "io.debezium.transforms.ExtractNewRecordState".to_owned(),
        sides: Sides::One,
        options: rows,
        record: events::record,
    };
    subject.check(200);
}

fn rows(random: &mut Rng) -> Options {
    let mut options = Options::default();
    let handling = one_of(
        random,
        &[
            "drop",
            "tombstone",
            "rewrite",
            "rewrite-with-tombstone",
            "delete-to-tombstone",
            "REWRITE",
        ],
    );
    if random.u8(..4) > 0 {
        options = options.set("delete.tombstone.handling.mode", handling);
    } else {
        let drop = one_of(random, &["true", "false"]);
        let handling = one_of(random, &["drop", "none", "rewrite"]);
        options = options.maybe(random, "drop.tombstones", drop).maybe(
            random,
            "delete.handling.mode",
            handling,
        );
    }
    for key in ["add.fields", "add.headers"] {
        let added = added(random);
        options = options.maybe(random, key, added);
        if random.u8(..4) == 0 {
            options = options.set(&format!("{key}.prefix"), one_of(random, &["", "p.", "h_"]));
        }
    }
    if random.u8(..4) == 0 {
        options = options.set(
            "route.by.field",
            one_of(random, &["topic", "note", "id", "missing"]),
        );
    }
    if random.u8(..3) == 0 {
        let (key, keep) = (
            one_of(random, &["true", "false"]),
            one_of(random, &["true", "false"]),
        );
        options = options
            .set("drop.fields.header.name", "drop")
            .maybe(random, "drop.fields.from.key", key)
            .maybe(random, "drop.fields.keep.schema.compatible", keep);
    }
    options.nulls(random)
}

/// Draws what is added to a row from around it.
fn added(random: &mut Rng) -> String {
    const ADDED: &[&str] = &[
        "op",
        "table",
        "lsn:L",
        "source.ts_ms",
        "ts_ms",
        "ts_us",
        "id",
        "transaction.id",
        "total_order",
        "before.id",
        "after.note:N",
        "missing",
        "source.missing",
        "connector",
        "snapshot",
        "before",
        "source",
        "transaction",
        "name:a:b",
    ];
    let added = (0..random.usize(1..4)).map(|_| one_of(random, ADDED));
    added.collect::<Vec<_>>().join(",")
}

#[test]
fn event_router_answers_as_java_does() {
    let subject = Subject {
        class: "io.debezium.transforms.outbox.EventRouter".to_owned(),
        sides: Sides::One,
        options: outbox::options,
        record: outbox::record,
    };
    subject.check(200);
}

#[test]
fn by_logical_table_router_answers_as_java_does() {
    let subject = Subject {
        class: "io.debezium.transforms.ByLogicalTableRouter".to_owned(),
        sides: Sides::One,
        options: shards,
        record: events::shard,
    };
    subject.check(120);
}

fn shards(random: &mut Rng) -> Options {
    const REGEXES: &[&str] = &[
        "(.*)_(\\d+)\\.(.*)",
        "shop_(\\d)?.*",
        "(.*)",
        "shop_1\\.(.*)",
        "nothing",
        "(",
    ];
    let regex = one_of(random, REGEXES);
    let replacement = one_of(random, &["$1.$3", "all", "$1", "9$1-x", "all.$1", ""]);
    let mut options = Options::default()
        .set("topic.regex", regex)
        .set("topic.replacement", replacement);
    if random.u8(..4) == 0 {
        let field = one_of(random, &["shard", "id"]);
        options = options.set("key.field.name", field);
    }
    if random.u8(..3) == 0 {
        options = options
            .set(
                "key.field.regex",
                one_of(random, &["(.*)_(\\d+)\\..*", "(.*)", "nothing", " "]),
            )
            .set(
                "key.field.replacement",
                one_of(random, &["$1", "$2", "x", ""]),
            );
    }
    let (unique, mode) = (
        one_of(random, &["true", "false"]),
        one_of(random, &["none", "avro", "avro_unicode"]),
    );
    let size = one_of(random, &["1", "2", "16"]);
    options
        .maybe(random, "key.enforce.uniqueness", unique)
        .maybe(random, "schema.name.adjustment.mode", mode)
        .maybe(random, "logical.table.cache.size", size)
}
