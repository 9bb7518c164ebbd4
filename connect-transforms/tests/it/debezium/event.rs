//! Change events as Debezium writes them.

use connect_api::{MapBuilder, Record, Result, Schema, SchemaAndValue, Struct, Value};

use crate::subject::{apply, build};

/// A row of customers: their name has a default, the rest is optional.
pub(crate) fn row_schema() -> Schema {
    let name = Schema::string().optional().default_value("anon");
    Schema::record("db.customers.Value")
        .field("id", Schema::plain_int32())
        .field("name", name.build().unwrap())
        .field("topic", Schema::optional_string())
        .optional()
        .build()
        .unwrap()
}

/// The envelope around two rows of a schema.
pub(crate) fn envelope_schema(name: &str, row: &Schema) -> Schema {
    let source = Schema::record("Source")
        .field("table", Schema::plain_string())
        .field("lsn", Schema::optional_int64());
    let transaction = Schema::record("event.block").field("id", Schema::plain_string());
    Schema::record(name)
        .field("before", row.clone())
        .field("after", row.clone())
        .field("source", source.build().unwrap())
        .field("transaction", transaction.optional().build().unwrap())
        .field("op", Schema::plain_string())
        .field("ts_ms", Schema::optional_int64())
        .build()
        .unwrap()
}

/// A struct of values in the order of the fields.
pub(crate) fn of<const N: usize>(schema: &Schema, values: [Value; N]) -> Value {
    let fields = Struct::from_values(schema, values.into()).unwrap();
    fields.check().unwrap();
    fields.into()
}

/// A row of customers.
pub(crate) fn row(id: i32, name: Option<&str>, topic: Option<&str>) -> Value {
    of(&row_schema(), [id.into(), name.into(), topic.into()])
}

/// What happened to a row; its schema is told by the rows.
pub(crate) fn change(name: &str, op: &str, before: Value, after: Value) -> SchemaAndValue {
    let schema = [&before, &after].into_iter().find_map(Value::as_struct);
    let schema = schema.map_or_else(row_schema, |row| row.schema().clone());
    let schema = envelope_schema(name, &schema);
    let source = schema.field("source").unwrap().schema().clone();
    let source = of(&source, ["customers".into(), 42_i64.into()]);
    let values = [
        before,
        after,
        source,
        Value::Null,
        op.into(),
        1_700_i64.into(),
    ];
    SchemaAndValue::new(schema.clone(), of(&schema, values))
}

/// What happened to a customer.
pub(crate) fn customer(op: &str, before: Value, after: Value) -> Record {
    Record::new(
        "db.customers",
        change("db.customers.Envelope", op, before, after),
    )
}

/// The same without any schema.
pub(crate) fn schemaless(op: &str, before: Value, after: Value) -> Record {
    let mut event = MapBuilder::new();
    event.insert("before", before);
    event.insert("after", after);
    event.insert("source", Value::map([("table", "customers")]));
    event.insert("op", op);
    event.insert("ts_ms", 1_700_i64);
    Record::new("db.customers", event.build())
}

/// Returns what a transform makes of one record; it makes at most one.
pub(crate) fn made(name: &str, options: &[(&str, &str)], record: Record) -> Result<Option<Record>> {
    let mut transform = build(name, options)?;
    let mut records = apply(&mut *transform, record)?;
    assert!(records.len() < 2);
    Ok(records.pop())
}

/// Lists the fields of a struct, or the entries of a map: `id=1 name="x"`.
#[track_caller]
pub(crate) fn shown(value: &Value) -> String {
    let entries: Vec<_> = match value {
        Value::Struct(fields) => {
            let names = fields
                .schema()
                .fields()
                .iter()
                .map(|field| field.name().to_string());
            names.zip(fields.values().iter().cloned()).collect()
        }
        Value::Map(entries) => {
            let entry =
                |(key, value): &(Value, Value)| (key.as_str().unwrap().to_owned(), value.clone());
            entries.iter().map(entry).collect()
        }
        other => return connect_api::json::to_string(other),
    };
    let entries = entries
        .iter()
        .map(|(name, value)| format!("{name}={}", shown(value)));
    entries.collect::<Vec<_>>().join(" ")
}
