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

/// For how many members an object has room at least, which saves most of them from growing.
const ROOM: usize = 8;

/// For how many more members than the last one an object has room: transforms add some.
const SPARE: usize = 2;

/// A container whose end has not been read.
enum Open {
    Array(Vec<Value>),
    /// The slot is where the last member's value goes.
    Object {
        members: MapBuilder,
        slot: usize,
    },
}

impl Open {
    /// Returns where the value goes to which [`Reader::goes_on`] has moved.
    fn place(&mut self) -> &mut Value {
        match self {
            Self::Array(elements) => elements.last_mut().expect("a place for the next one"),
            Self::Object { members, slot } => members.value_mut(*slot),
        }
    }

    fn close(self) -> Value {
        match self {
            Self::Array(elements) => Value::Array(elements.into()),
            Self::Object { members, .. } => members.build(),
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
        let kind = self.peek()?;
        if kind == Kind::Object {
            return Shape::with_last(|shape| self.object(shape));
        }
        let mut value = Value::Null;
        self.fill(kind, &mut value)?;
        Ok(value)
    }

    /// Consumes an object that is a value of its own: most are like the one before, and most hold no others.
    fn object(&mut self, shape: &mut Shape) -> Result<Value> {
        self.begin_object()?;
        let mut members = MapBuilder::with_room(ROOM.max(shape.width() + SPARE));
        while let Some(slot) = shape.next_member(self, &mut members)? {
            let kind = self.peek()?;
            self.fill(kind, members.value_mut(slot))?;
        }
        Ok(members.build())
    }

    /// Consumes a value into its place: to return it makes reading an object a fifth slower.
    fn fill(&mut self, kind: Kind, place: &mut Value) -> Result<()> {
        *place = match kind {
            Kind::Null => {
                self.null()?;
                Value::Null
            }
            Kind::Boolean => self.boolean()?.into(),
            Kind::Number => self.schemaless_number()?,
            Kind::String => self.string()?.into(),
            Kind::Array | Kind::Object => self.container(kind)?,
        };
        Ok(())
    }

    /// Consumes an array or object with all that are in it, however deep: those are not left to [`fill`](Self::fill).
    fn container(&mut self, kind: Kind) -> Result<Value> {
        let mut inner = self.open(kind)?;
        let mut around = Vec::new();
        loop {
            if self.goes_on(&mut inner)? {
                match self.peek()? {
                    kind @ (Kind::Array | Kind::Object) => {
                        let opened = self.open(kind)?;
                        around.push(std::mem::replace(&mut inner, opened));
                    }
                    kind => self.fill(kind, inner.place())?,
                }
                continue;
            }
            let closed = inner.close();
            inner = match around.pop() {
                Some(outer) => outer,
                None => return Ok(closed),
            };
            *inner.place() = closed;
        }
    }

    fn open(&mut self, kind: Kind) -> Result<Open> {
        if kind == Kind::Array {
            self.begin_array()?;
            return Ok(Open::Array(Vec::new()));
        }
        self.begin_object()?;
        Ok(Open::Object {
            members: MapBuilder::with_room(ROOM),
            slot: 0,
        })
    }

    /// Moves to the next value of a container and makes its place; `false` is the end.
    fn goes_on(&mut self, open: &mut Open) -> Result<bool> {
        match open {
            Open::Array(elements) => {
                if !self.next_element()? {
                    return Ok(false);
                }
                elements.push(Value::Null);
            }
            Open::Object { members, slot } => {
                let Some(name) = self.next_key()? else {
                    return Ok(false);
                };
                *slot = members.slot(name);
            }
        }
        Ok(true)
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
