//! Records by chance that Java can have too.

use connect_api::{Record, Schema, SchemaAndValue, Struct, Type, Value};
use connect_testkit::generate::{self, NAMES, Rng};

use crate::options::one_of;

/// Times as some pattern has them, and some that no clock shows.
const TIMES: &[&str] = &[
    "2024-02-29",
    "20240229",
    "2024-02-29T12:34:56.789Z",
    "2024-02-29T12:34:56.789+02:00",
    "12:34:56",
    "2024-02-30",
    "2023-13-45 junk",
    "Thu, 29 Feb 2024 01:02 PM",
    "Fri, 29 Feb 2024 13:02 am",
    "2024-W09-4",
    "2024",
    "60",
    "2024-02-29 12:34:56 -0800",
    "2024-02-29 AD UTC",
    " 2024-2-9",
    "",
];

/// Draws a record; in Java no field is without a name.
pub(crate) fn any(random: &mut Rng) -> Record {
    drawn(random, generate::record, |record| {
        let headers = record.headers.iter().map(|(_, header)| header);
        [&record.key, &record.value]
            .into_iter()
            .chain(headers)
            .all(|datum: &SchemaAndValue| datum.schema.as_ref().is_none_or(has_names))
    })
}

/// Draws a record whose key and value are often full of times.
pub(crate) fn times(random: &mut Rng) -> Record {
    let mut record = any(random);
    for datum in [&mut record.key, &mut record.value] {
        match random.u8(..4) {
            0 => {}
            1 => *datum = Value::map(NAMES.iter().map(|name| (*name, time(random).value))).into(),
            2 => *datum = time(random),
            _ => *datum = struct_of_times(random),
        }
    }
    record
}

/// Draws a time with its schema.
fn time(random: &mut Rng) -> SchemaAndValue {
    let builder = match random.u8(..6) {
        0 => Schema::int64(),
        1 => Schema::date(),
        2 => Schema::time(),
        3 => Schema::timestamp(),
        _ => Schema::string(),
    };
    let schema = builder.build().unwrap();
    let value = match schema.type_() {
        Type::String => one_of(random, TIMES).into(),
        _ => generate::value_of(random, &schema),
    };
    SchemaAndValue::new(schema, value)
}

fn struct_of_times(random: &mut Rng) -> SchemaAndValue {
    let (mut builder, mut values) = (Schema::structure(), Vec::new());
    for name in NAMES.iter().filter(|name| !name.is_empty()) {
        let time = time(random);
        builder = builder.field(*name, time.schema.unwrap());
        values.push(time.value);
    }
    let schema = builder.build().unwrap();
    Struct::from_values(&schema, values).unwrap().into()
}

/// Draws a schema.
pub(crate) fn schema(random: &mut Rng) -> Schema {
    drawn(random, generate::schema, has_names)
}

fn drawn<T>(random: &mut Rng, draw: fn(&mut Rng) -> T, is_fit: impl Fn(&T) -> bool) -> T {
    loop {
        let drawn = draw(random);
        if is_fit(&drawn) {
            return drawn;
        }
    }
}

fn has_names(schema: &Schema) -> bool {
    let inner = [schema.key_schema(), schema.value_schema()];
    let fields = schema.fields();
    inner.into_iter().flatten().all(has_names)
        && fields
            .iter()
            .all(|field| !field.name().is_empty() && has_names(field.schema()))
}
