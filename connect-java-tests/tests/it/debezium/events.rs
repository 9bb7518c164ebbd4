//! Change events by chance.

use connect_api::{Record, Schema, SchemaAndValue, SchemaBuilder, Struct, Value};
use connect_testkit::generate::{self, Rng};

use crate::{options::one_of, records};

/// Draws a change event of a table, or what else comes along with them.
pub(crate) fn record(random: &mut Rng) -> Record {
    let mut record = match random.u8(..16) {
        0 => records::any(random),
        1 => Record::tombstone("db.s.t", SchemaAndValue::NULL),
        2 => heartbeat(random),
        3 => Record::new("db.s.t", map_event(random)),
        _ => {
            let row = row(random, "db.s.t.Value");
            Record::new("db.s.t", envelope(random, "db.s.t.Envelope", &row))
        }
    };
    if random.u8(..4) > 0 {
        record = record.with_key(key(random, "db.s.t.Key"));
    }
    if random.u8(..3) == 0 {
        record.headers.add("drop", dropped(random));
    }
    if random.bool() {
        record = record.with_timestamp(random.i64(0..2_000_000_000_000));
    }
    record
}

/// Draws a change event of one of several tables that are one.
pub(crate) fn shard(random: &mut Rng) -> Record {
    let topic = one_of(
        random,
        &[
            "shop_1.customers",
            "shop_2.customers",
            "shop_1.orders",
            "other",
        ],
    );
    let named = match random.u8(..6) {
        0 => "shop_1.customers",
        _ => topic,
    };
    let mut record = match random.u8(..12) {
        0 => records::any(random),
        1 => heartbeat(random),
        2 => Record::new(topic, map_event(random)),
        3 => Record::tombstone(topic, SchemaAndValue::NULL),
        _ => {
            let row = row(random, &format!("{named}.Value"));
            Record::new(topic, envelope(random, &format!("{named}.Envelope"), &row))
        }
    };
    if random.u8(..8) > 0 {
        record = record.with_key(key(random, &format!("{named}.Key")));
    }
    if random.bool() {
        record.headers.add("h", 7);
    }
    record
}

fn key(random: &mut Rng, name: &str) -> SchemaAndValue {
    match random.u8(..10) {
        0 => "text".into(),
        1 => Value::map([("id", 1)]).into(),
        2 => SchemaAndValue::new(Schema::optional_string(), Value::Null),
        _ => {
            let builder = Schema::record(name)
                .field("id", column(random))
                .field("note", column(random));
            drawn(random, builder)
        }
    }
}

/// Draws the schema of a row.
fn row(random: &mut Rng, name: &str) -> Schema {
    let mut builder = Schema::record(name).optional();
    if random.u8(..8) == 0 {
        builder = builder.version(2).doc("what it is").parameter("p", "some");
    }
    let mut names = ["id", "note", "topic", "a", "deleted", "op"];
    random.shuffle(&mut names);
    for name in &names[..random.usize(1..names.len())] {
        builder = builder.field(*name, column(random));
    }
    builder.build().unwrap()
}

/// Draws the schema of a column.
pub(crate) fn column(random: &mut Rng) -> Schema {
    let builder = match random.u8(..12) {
        0 => Schema::int32(),
        1 => Schema::int64(),
        2 => Schema::timestamp(),
        3 => Schema::decimal(2),
        4 => Schema::bytes(),
        5 => Schema::boolean(),
        6 => Schema::int32().default_value(5),
        7 => Schema::string().default_value("d").doc("what it is"),
        8 => return records::schema(random),
        9 => Schema::int64()
            .name("io.debezium.time.MicroTimestamp")
            .version(1),
        _ => Schema::string(),
    };
    let builder = if random.bool() {
        builder.optional()
    } else {
        builder
    };
    builder.build().unwrap()
}

pub(crate) fn drawn(random: &mut Rng, builder: SchemaBuilder) -> SchemaAndValue {
    let schema = builder.build().unwrap();
    let value = generate::value_of(random, &schema);
    SchemaAndValue::new(schema, value)
}

/// Draws an event of a row that has a schema.
pub(crate) fn envelope(random: &mut Rng, name: &str, row: &Schema) -> SchemaAndValue {
    let mut builder = Schema::record(name);
    if random.u8(..16) > 0 {
        builder = builder.field("before", row.clone());
    }
    if random.u8(..32) > 0 {
        builder = builder.field("after", row.clone());
    }
    let source = Schema::record("io.debezium.connector.Source")
        .field("connector", Schema::plain_string())
        .field("table", Schema::plain_string())
        .field("ts_ms", Schema::plain_int64())
        .field("lsn", Schema::optional_int64())
        .field(
            "snapshot",
            Schema::string()
                .optional()
                .default_value("false")
                .build()
                .unwrap(),
        );
    let transaction = Schema::record("event.block")
        .field("id", Schema::plain_string())
        .field("total_order", Schema::plain_int64())
        .optional();
    builder = builder.field("source", source.build().unwrap());
    if random.u8(..3) > 0 {
        builder = builder.field("transaction", transaction.build().unwrap());
    }
    let schema = builder
        .field("op", Schema::optional_string())
        .field("ts_ms", Schema::optional_int64())
        .build()
        .unwrap();
    let mut fields = Struct::new(&schema).unwrap();
    let op = match random.u8(..24) {
        0 => None,
        1 => Some("t"),
        2 => Some("m"),
        _ => Some(one_of(random, &["c", "r", "u", "d"])),
    };
    for field in schema.fields() {
        let value = match (field.name().as_str(), op) {
            ("op", op) => op.map_or(Value::Null, Value::from),
            ("before", Some("c" | "r" | "t" | "m")) | ("after", Some("d" | "t" | "m")) => {
                Value::Null
            }
            ("before" | "after", _) if random.u8(..8) > 0 => {
                let row = field.schema().to_builder().required().build().unwrap();
                match generate::value_of(random, &row) {
                    Value::Struct(fields) => fields.with_schema(field.schema()).unwrap().into(),
                    other => other,
                }
            }
            _ => generate::value_of(random, field.schema()),
        };
        fields.put(field.name(), value).unwrap();
    }
    fields.into()
}

/// An event without a schema.
fn map_event(random: &mut Rng) -> Value {
    let row = |random: &mut Rng| match random.u8(..4) {
        0 => Value::Null,
        _ => Value::map([("id", Value::from(7)), ("note", "n".into())]),
    };
    let (before, after) = (row(random), row(random));
    let op = one_of(random, &["c", "u", "d", "t"]);
    Value::map([
        ("before", before),
        ("after", after),
        ("source", Value::map([("table", "t")])),
        ("op", op.into()),
        ("ts_ms", Value::Int64(5)),
    ])
}

fn heartbeat(random: &mut Rng) -> Record {
    let value = Schema::record("io.debezium.connector.common.Heartbeat")
        .field("ts_ms", Schema::plain_int64());
    Record::new("db.beat", drawn(random, value))
}

/// A list of fields to be dropped.
fn dropped(random: &mut Rng) -> SchemaAndValue {
    let schema = Schema::array(Schema::plain_string())
        .optional()
        .build()
        .unwrap();
    match random.u8(..8) {
        0 => "note".into(),
        1 => SchemaAndValue::new(schema, Value::Null),
        _ => {
            let names = (0..random.usize(..4))
                .map(|_| one_of(random, &["id", "note", "a", "topic", "missing"]));
            let names = Value::array(names.collect::<Vec<_>>());
            SchemaAndValue::new(schema, names)
        }
    }
}
