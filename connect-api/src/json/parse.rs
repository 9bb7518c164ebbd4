//! JSON text to schemaless values.

use bytes::Bytes;

use super::{Kind, Number, Reader, shape::Shape};
use crate::{Dialect, MapBuilder, Result, Value};

/// Reads a schemaless value.
///
/// Integers become `Int64`, other numbers `Float64`, objects maps in the order of the text; of two members with one name
/// the later one counts. Text is a slice of `bytes`.
///
/// ```
/// use connect_api::{Bytes, Value, json};
///
/// let value = json::parse(&Bytes::from_static(br#"{"position": 30, "rate": 1e1}"#))?;
/// assert_eq!(value, Value::map([("position", Value::from(30i64)), ("rate", 10.0.into())]));
/// # Ok::<(), connect_api::Error>(())
/// ```
///
/// # Errors
///
/// It is not JSON, or a number does not fit. The message names the byte, what was expected and what was found.
pub fn parse(bytes: &Bytes) -> Result<Value> {
    parse_as(bytes, Dialect::Strict)
}

/// Reads a schemaless value in a dialect.
///
/// # Errors
///
/// As [`parse`]; in Java's dialect integers keep their low 64 bits, and numbers may become infinite.
pub fn parse_as(bytes: &Bytes, dialect: Dialect) -> Result<Value> {
    let text = Reader::text(bytes)?;
    let mut reader = Reader::new(&text, dialect);
    let value = reader.value()?;
    reader.end()?;
    Ok(value)
}

/// A container whose end has not been read. It has a place for what is read next.
enum Open {
    Array(Vec<Value>),
    Object { members: MapBuilder, slot: usize },
}

impl Open {
    /// How many members an object has room for at first, which saves most of them from growing.
    const MEMBERS: usize = 8;

    /// For how many more members than the last one had the outermost object has room: transforms add some.
    const MORE: usize = 2;

    fn close(self) -> Value {
        match self {
            Self::Array(elements) => Value::Array(elements.into()),
            Self::Object { members, .. } => members.build(),
        }
    }
}

/// The containers that are open, and the value that they are in.
///
/// Values are written where they stay: one that was just put together is slow to move.
#[derive(Default)]
struct Nest {
    root: Value,
    /// Most objects hold no others: the innermost container needs no memory of its own.
    inner: Option<Open>,
    around: Vec<Open>,
}

impl Nest {
    /// Returns where the next value goes.
    fn place(&mut self) -> &mut Value {
        match &mut self.inner {
            Some(Open::Object { members, slot }) => members.value_mut(*slot),
            Some(Open::Array(elements)) => elements.last_mut().expect("a place for the next one"),
            None => &mut self.root,
        }
    }

    fn open(&mut self, opened: Open) {
        self.around.extend(self.inner.replace(opened));
    }

    /// Closes the innermost container, which goes where its value belongs.
    fn close(&mut self) {
        let around = self.around.pop();
        if let Some(closed) = std::mem::replace(&mut self.inner, around) {
            *self.place() = closed.close();
        }
    }
}

impl Reader<'_> {
    /// Consumes one schemaless value.
    ///
    /// # Errors
    ///
    /// It is not JSON, or a number does not fit.
    pub fn value(&mut self) -> Result<Value> {
        Shape::with_last(|shape| {
            let mut nest = Nest::default();
            self.fill(&mut nest, shape)?;
            Ok(nest.root)
        })
    }

    fn fill(&mut self, nest: &mut Nest, shape: &mut Shape) -> Result<()> {
        loop {
            match self.peek()? {
                Kind::Null => {
                    self.null()?;
                    *nest.place() = Value::Null;
                }
                Kind::Boolean => *nest.place() = self.boolean()?.into(),
                Kind::Number => *nest.place() = self.schemaless_number()?,
                Kind::String => *nest.place() = self.string()?.into(),
                Kind::Array => {
                    self.begin_array()?;
                    if self.next_element()? {
                        nest.open(Open::Array(vec![Value::Null]));
                        continue;
                    }
                    *nest.place() = Value::Array(Default::default());
                }
                Kind::Object => {
                    self.begin_object()?;
                    let shape = nest.inner.is_none().then_some(&mut *shape);
                    let room = shape.as_ref().map_or(0, |shape| shape.width() + Open::MORE);
                    let mut members = MapBuilder::with_room(room.max(Open::MEMBERS));
                    if let Some(slot) = self.next_slot(shape, &mut members)? {
                        nest.open(Open::Object { members, slot });
                        continue;
                    }
                    *nest.place() = Value::Map(Default::default());
                }
            }
            while !self.goes_on(nest, shape)? {
                nest.close();
            }
            if nest.inner.is_none() {
                return Ok(());
            }
        }
    }

    /// Moves to the next value of the innermost container; `false` is its end.
    fn goes_on(&mut self, nest: &mut Nest, shape: &mut Shape) -> Result<bool> {
        match &mut nest.inner {
            None => Ok(true),
            Some(Open::Array(elements)) => {
                let goes_on = self.next_element()?;
                if goes_on {
                    elements.push(Value::Null);
                }
                Ok(goes_on)
            }
            Some(Open::Object { members, slot }) => {
                let shape = nest.around.is_empty().then_some(shape);
                let next = self.next_slot(shape, members)?;
                *slot = next.unwrap_or_default();
                Ok(next.is_some())
            }
        }
    }

    /// Moves to the next member of an object and returns its place, `None` at the end; only the outermost has a shape.
    fn next_slot(
        &mut self,
        shape: Option<&mut Shape>,
        members: &mut MapBuilder,
    ) -> Result<Option<usize>> {
        match shape {
            Some(shape) => shape.next_member(self, members),
            None => Ok(self.next_key()?.map(|name| members.slot(name))),
        }
    }

    fn schemaless_number(&mut self) -> Result<Value> {
        let start = self.position();
        let number = self.number()?;
        if number.is_integer() {
            self.schemaless_integer(start, number)
        } else {
            let float = number.to_f64();
            match self.dialect() {
                Dialect::Strict if float.is_infinite() => {
                    Err(self.expected_at(start, "a number that fits float64"))
                }
                // Java reads through BigDecimal, which has no negative zero.
                Dialect::Java if float == 0.0 => Ok(0.0.into()),
                _ => Ok(float.into()),
            }
        }
    }

    fn schemaless_integer(&self, start: usize, number: Number<'_>) -> Result<Value> {
        match (number.to_i64(), self.dialect()) {
            (Some(integer), _) => Ok(integer.into()),
            (None, Dialect::Java) => Ok(number.wrapping_i64().into()),
            (None, _) => Err(self.expected_at(start, "an integer that fits int64")),
        }
    }
}
