//! Rows of an outbox by chance.

use connect_api::{Record, Schema, SchemaAndValue, Struct, Value};
use connect_testkit::generate::Rng;

use super::events;
use crate::options::{Options, one_of};

/// Payloads, some of which are JSON.
const PAYLOADS: &[&str] = &[
    "{\"a\":1}",
    "{\"a\":1,\"b\":\"x\",\"c\":true,\"d\":1.5,\"e\":null,\"f\":5000000000}",
    "{\"a\":{\"b\":{\"c\":1}},\"l\":[1,2],\"m\":[{\"x\":1},{\"y\":\"z\"},null],\"n\":[],\"o\":[null,\"t\"]}",
    "[1,2]",
    "[{\"a\":1}]",
    "[]",
    "{}",
    "{\"a\":[1,\"x\"]}",
    "{\"a\":[1,2.5]}",
    "{\"a\":[1,5000000000]}",
    "{\"a\":[null]}",
    "{\"a\":[[1],[2]]}",
    "{\"a\":[{\"b\":1},{\"b\":\"x\"}]}",
    "{\"a\":[{\"b\":null},{\"b\":1}]}",
    "{\"a\":[{\"b\":{\"c\":1}},{\"b\":{\"d\":2}}]}",
    "{\"a-b\":1,\"a_b\":2,\"9\":3}",
    "{\"a\":1,\"a\":2}",
    "{\"a\":1} x",
    "{\"a\":",
    "hello",
    "",
    " \t",
    "5",
    "{\"a\":1e2,\"b\":-0,\"c\":0.0}",
];

/// Draws options.
pub(crate) fn options(random: &mut Rng) -> Options {
    let mut options = Options::default();
    let (behavior, placement) = (
        one_of(random, &["warn", "error", "fatal", "FATAL"]),
        placement(random),
    );
    let missing = one_of(random, &["true", "false"]);
    options = options
        .maybe(random, "table.op.invalid.behavior", behavior)
        .maybe(random, "table.fields.additional.placement", placement)
        .maybe(random, "table.fields.additional.error.on.missing", missing);
    for (key, names) in [
        ("table.field.event.id", ["id", "type", "missing"]),
        ("table.field.event.key", ["aggregateid", "id", "version"]),
        (
            "table.field.event.payload",
            ["payload", "type", "aggregateid"],
        ),
        ("table.field.event.timestamp", ["at", "missing", "version"]),
        (
            "table.field.event.schema.version",
            ["version", "version", "p"],
        ),
        ("route.by.field", ["type", "aggregateid", "missing"]),
    ] {
        if random.u8(..5) == 0 {
            options = options.set(key, one_of(random, &names));
        }
    }
    if random.u8(..4) == 0 {
        options = options
            .set(
                "route.topic.regex",
                one_of(random, &["(?<routedByValue>.*)", "Us(.*)", "(.)(.*)", ".*"]),
            )
            .set(
                "route.topic.replacement",
                one_of(random, &["x-$0", "$1", "$2$1", "one", ""]),
            );
    }
    for key in [
        "route.tombstone.on.empty.payload",
        "table.expand.json.payload",
    ] {
        let value = one_of(random, &["true", "false"]);
        options = options.maybe(random, key, value);
    }
    let nulls = one_of(random, &["ignore", "optional_bytes"]);
    let mode = one_of(random, &["none", "avro", "avro_unicode"]);
    options
        .maybe(random, "table.json.payload.null.behavior", nulls)
        .maybe(random, "field.name.adjustment.mode", mode)
}

fn placement(random: &mut Rng) -> String {
    const PLACES: &[&str] = &[
        "type:header",
        "type:header:eventType",
        "type:envelope",
        "type:envelope:eventType",
        "aggregateid:header:x",
        "p:partition",
        "version:envelope",
        "is_deleted:header",
        "is_deleted:envelope",
        "missing:header",
        "missing:envelope",
        "payload:envelope:again",
    ];
    let places = (0..random.usize(1..3)).map(|_| one_of(random, PLACES));
    places.collect::<Vec<_>>().join(",")
}

/// Draws the event of a row of an outbox, or what else comes along.
pub(crate) fn record(random: &mut Rng) -> Record {
    if random.u8(..16) == 0 {
        return events::record(random);
    }
    let row = row(random);
    let mut value = events::envelope(random, "db.s.outbox.Envelope", &row);
    fill(random, &mut value);
    let key = Schema::record("db.s.outbox.Key").field("id", Schema::plain_string());
    let key = events::drawn(random, key);
    let mut record = Record::new("db.s.outbox", value).with_key(key);
    if random.bool() {
        record.headers.add("h", 7);
    }
    if random.bool() {
        record = record.with_timestamp(1_700_000_000_000);
    }
    record
}

fn row(random: &mut Rng) -> Schema {
    let text = |random: &mut Rng| match random.u8(..8) {
        0 => events::column(random),
        1 => Schema::optional_string(),
        _ => Schema::plain_string(),
    };
    let mut builder = Schema::record(one_of(random, &["db.s.outbox.Value", "Value"])).optional();
    for name in ["id", "aggregatetype", "aggregateid", "type"] {
        if random.u8(..24) > 0 {
            builder = builder.field(name, text(random));
        }
    }
    let payload = match random.u8(..8) {
        0 => events::column(random),
        1 => Schema::optional_bytes(),
        _ => Schema::string()
            .optional()
            .name("io.debezium.data.Json")
            .version(1)
            .build()
            .unwrap(),
    };
    builder = builder.field("payload", payload);
    if random.bool() {
        builder = builder
            .field("version", Schema::optional_int32())
            .field("p", Schema::optional_int32())
            .field(
                "is_deleted",
                Schema::boolean()
                    .optional()
                    .default_value(false)
                    .build()
                    .unwrap(),
            );
    }
    if random.bool() {
        let at = match random.u8(..6) {
            0 => Schema::timestamp(),
            1 => Schema::int64(),
            2 => Schema::string(),
            _ => {
                let name = one_of(random, &["Timestamp", "MicroTimestamp", "NanoTimestamp"]);
                Schema::int64()
                    .name(format!("io.debezium.time.{name}"))
                    .version(1)
            }
        };
        builder = builder.field("at", at.optional().build().unwrap());
    }
    builder.build().unwrap()
}

/// Puts texts where they are meant to be something.
fn fill(random: &mut Rng, value: &mut SchemaAndValue) {
    let Value::Struct(event) = &mut value.value else {
        return;
    };
    for side in ["before", "after"] {
        let Some(Value::Struct(row)) = event.get_without_default(side).cloned() else {
            continue;
        };
        let mut row: Struct = row;
        let fields = row.schema().fields().to_vec();
        for field in fields {
            let is_text = field.schema().type_() == connect_api::Type::String;
            let text = match field.name().as_str() {
                "aggregatetype" => one_of(random, &["Order", "User"]),
                "payload" => one_of(random, PAYLOADS),
                "id" => one_of(random, &["u-1", "u-2"]),
                _ => continue,
            };
            if is_text && random.u8(..16) > 0 {
                row.put(field.name(), text).unwrap();
            }
        }
        event.put(side, row).unwrap();
    }
}
