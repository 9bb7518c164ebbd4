//! [`Shape`]: which values there are, and how one is made.

mod compiler;
mod draw;
mod keywords;
mod number;
mod pattern;
mod text;
mod words;

use std::sync::Arc;

use connect_api::{Schema, Struct, Value};

pub(crate) use self::{draw::Draw, keywords::Mistake};
use self::{number::Number, text::Text};

/// Of so many values that may be null one is.
const NULLS: u64 = 10;

/// A JSON Schema, ready to make values of it.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    schema: Schema,
    content: Content,
    nulls: Nulls,
}

/// Whether null is among the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Nulls {
    Never,
    Sometimes,
}

/// What the values are that are not null.
#[derive(Clone, Debug)]
enum Content {
    Null,
    Boolean,
    Number(Number),
    Text(Text),
    /// Days since the epoch.
    Date(std::ops::Range<i32>),
    Time,
    Timestamp(Moments),
    Choice(Vec<Value>),
    Array {
        element: Box<Shape>,
        min: usize,
        max: usize,
    },
    Object(Vec<Shape>),
}

/// Which moments there are, in milliseconds since the epoch.
#[derive(Clone, Debug)]
enum Moments {
    Within(std::ops::Range<i64>),
    Sequence(Sequence),
}

/// Numbers that grow with the index of the record.
#[derive(Clone, Copy, Debug)]
struct Sequence {
    start: i64,
    step: i64,
}

impl Sequence {
    fn at(self, index: u64) -> i64 {
        let index = index as i64;
        self.start.wrapping_add(self.step.wrapping_mul(index))
    }
}

impl Shape {
    /// Returns the schema of the values.
    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Makes the value of the record `index`.
    pub(crate) fn value(&self, seed: u64, index: u64) -> Value {
        self.draw(&mut Draw::new(seed, index), index)
    }

    fn draw(&self, draw: &mut Draw, index: u64) -> Value {
        if self.nulls == Nulls::Sometimes && draw.below(NULLS) == 0 {
            return Value::Null;
        }
        match &self.content {
            Content::Null => Value::Null,
            Content::Boolean => Value::Boolean(draw.below(2) == 1),
            Content::Number(number) => number.value(draw, index),
            Content::Text(text) => Value::String(text.text(draw)),
            Content::Date(days) => {
                let span = days.end.abs_diff(days.start);
                Value::Date(days.start + draw.below(span.into()) as i32)
            }
            Content::Time => Value::Time(draw.below(86_400_000) as i32),
            Content::Timestamp(Moments::Within(millis)) => {
                let span = millis.end.abs_diff(millis.start);
                Value::Timestamp(millis.start + draw.below(span) as i64)
            }
            Content::Timestamp(Moments::Sequence(sequence)) => Value::Timestamp(sequence.at(index)),
            Content::Choice(values) => values[draw.index(values.len())].clone(),
            Content::Array { element, min, max } => {
                let length = draw.between(*min, *max);
                let elements = (0..length).map(|_| element.draw(draw, index));
                Value::Array(Arc::new(elements.collect()))
            }
            Content::Object(fields) => {
                let values = fields.iter().map(|field| field.draw(draw, index));
                Struct::from_values(&self.schema, values.collect())
                    .expect("the schema has a field for each shape")
                    .into()
            }
        }
    }
}
