//! Values to bytes, by plans that are made once per schema.

mod anything;
mod compile;
mod defaults;
mod fit;
mod output;
mod run;

use std::collections::HashMap;

use connect_api::{Schema, Value};

pub(super) use self::compile::compile;

/// How values of one Connect schema are written with one Avro schema.
#[derive(Debug)]
pub(super) struct EncodePlan {
    plans: Vec<Plan>,
    root: PlanId,
    /// Whether the value is written without its length: so are bytes that are not part of anything.
    raw: bool,
}

#[derive(Clone, Copy, Debug)]
struct PlanId(u32);

/// How one value is written.
#[derive(Debug)]
enum Plan {
    Leaf(Leaf),
    Enum {
        name: String,
        indexes: HashMap<String, i64>,
    },
    Array(PlanId),
    Map(PlanId),
    /// An array of records, each of which is the key and the value of an entry of a map.
    Entries(Vec<EntryStep>),
    /// A branch of a union, or null.
    Optional {
        null: Option<i64>,
        branch: i64,
        value: PlanId,
    },
    /// A struct that stands for a union: the field that has a value, with its branch.
    Union(Union),
    Record {
        schema: Schema,
        steps: Vec<Step>,
    },
    /// The record that stands for a value without a schema.
    Anything,
}

/// The branches of a union, one for each field of the struct that stands for it.
#[derive(Debug)]
struct Union {
    schema: Schema,
    null: Option<i64>,
    branches: Vec<(i64, PlanId)>,
}

/// A value that contains no other: what it is, then what it is written as.
#[derive(Clone, Copy, Debug)]
enum Leaf {
    Boolean,
    Int,
    Date,
    Time,
    Long,
    Timestamp,
    Float,
    Double,
    String,
    Bytes,
    Decimal { scale: i32 },
    Fixed { size: usize },
    FixedDecimal { size: usize, scale: i32 },
}

/// A field of a record, in the order of the Avro schema.
#[derive(Debug)]
enum Step {
    Field {
        name: String,
        at: usize,
        plan: PlanId,
        /// What is written for null.
        default: Option<Value>,
    },
    /// A default, as it is written.
    Constant(Vec<u8>),
}

/// A field of an entry of a map.
#[derive(Debug)]
enum EntryStep {
    Key(PlanId),
    Value(PlanId),
}
