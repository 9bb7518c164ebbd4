//! Bytes to values, by plans that are made once per schema.

mod compile;
mod input;
mod least;
mod run;
mod skip;

use connect_api::{Dialect, Schema, Value};

pub(super) use self::compile::compile;
use super::schema::{AvroSchema, NodeId};

/// How what was written with one schema becomes values of another one.
#[derive(Debug)]
pub(super) struct DecodePlan {
    plans: Vec<Plan>,
    root: PlanId,
    /// Whether the value is all there is, without its length: so are bytes that are not part of anything.
    raw: bool,
    writer: AvroSchema,
    dialect: Dialect,
}

#[derive(Clone, Copy, Debug)]
struct PlanId(u32);

/// How one value is read.
#[derive(Debug)]
enum Plan {
    Leaf(Leaf),
    Enum(Symbols),
    Array(Elements),
    Map(Elements),
    /// An array of records, each of which is the key and the value of an entry of a map.
    Entries {
        entry: Box<Fields>,
        least: usize,
    },
    /// A union of null and something.
    Optional {
        null: usize,
        value: PlanId,
    },
    /// What the index of a union's branch leads to.
    Union(Vec<PlanId>),
    /// A value that is wrapped into a struct that stands for a union.
    Branch {
        schema: Schema,
        at: usize,
        value: PlanId,
    },
    Record {
        schema: Schema,
        fields: Box<Fields>,
    },
    /// The record that stands for a value without a schema.
    Anything,
    /// What the reader's schema has no place for, if it ever comes.
    Refused(String),
}

/// A value that contains no other: what is read, then what it becomes.
#[derive(Clone, Copy, Debug)]
enum Leaf {
    Null,
    Boolean,
    Int8,
    Int16,
    Int32,
    Date,
    Time,
    IntToInt64,
    IntToTimestamp,
    IntToFloat32,
    IntToFloat64,
    Int64,
    Timestamp,
    LongToFloat32,
    LongToFloat64,
    Float32,
    FloatToFloat64,
    Float64,
    String,
    Bytes,
    Decimal { scale: i32 },
    Fixed { size: usize },
    FixedDecimal { size: usize, scale: i32 },
}

/// The elements of an array or the values of a map.
#[derive(Debug)]
struct Elements {
    plan: PlanId,
    /// How many bytes each one takes at least.
    least: usize,
}

/// What the symbols of the writer are to the reader.
#[derive(Debug)]
struct Symbols {
    name: String,
    /// The reader's symbol, or the writer's if the reader has none for it.
    list: Vec<Result<Value, String>>,
}

/// The fields of a record.
#[derive(Debug)]
struct Fields {
    /// In the order of the writer.
    list: Vec<Field>,
    /// How many the reader has.
    width: usize,
    /// What the writer does not have, by the reader's order.
    defaults: Vec<(usize, Value)>,
    /// Whether the writer has the fields of the reader, in its order.
    straight: bool,
    /// How many values there are that take no bytes.
    free: usize,
}

#[derive(Debug)]
struct Field {
    name: String,
    to: To,
}

/// What becomes of a field.
#[derive(Debug)]
enum To {
    Reader { at: usize, plan: PlanId },
    Nowhere(NodeId),
}
