//! [`PrimitiveConverter`]: one number or one boolean, as Kafka's serializers write it.

use bytes::Bytes;
use connect_api::{Error, Result, Schema, SchemaAndValue, Type, Value};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{ConverterType, contextless::contextless};

/// One number, big-endian, or one boolean: Java's `ShortConverter` to `BooleanConverter`.
///
/// The bytes are those of Kafka's serializers, so that plain clients read and write them too. Nothing is widened or
/// narrowed: `long` writes 64-bit integers and refuses all others. What is read has the optional schema of the type.
///
/// ```
/// use connect_api::{Converter, Headers};
/// use connect_converters::PrimitiveConverter;
///
/// let written = PrimitiveConverter::integer().encode("t", &mut Headers::new(), &258.into())?;
/// assert_eq!(written.as_deref(), Some(&[0, 0, 1, 2][..]));
/// # Ok::<(), connect_api::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PrimitiveConverter {
    primitive: Primitive,
    schema: Schema,
}

/// The options of [`PrimitiveConverter`], none of which changes anything.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct PrimitiveConverterConfig {
    /// What the converter converts; set by the runtime.
    #[schemars(extend("x-importance" = "low"))]
    pub converter_type: Option<ConverterType>,
    /// Whether Java's quirks are copied; this converter has none.
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Primitive {
    Short,
    Integer,
    Long,
    Float,
    Double,
    Boolean,
}

impl Primitive {
    /// The name of the converter, as configurations and errors say it.
    fn name(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Integer => "integer",
            Self::Long => "long",
            Self::Float => "float",
            Self::Double => "double",
            Self::Boolean => "boolean",
        }
    }

    fn schema(self) -> Schema {
        match self {
            Self::Short => Schema::optional_int16(),
            Self::Integer => Schema::optional_int32(),
            Self::Long => Schema::optional_int64(),
            Self::Float => Schema::optional_float32(),
            Self::Double => Schema::optional_float64(),
            Self::Boolean => Schema::optional_boolean(),
        }
    }
}

impl PrimitiveConverter {
    /// Converts 16-bit integers: `org.apache.kafka.connect.converters.ShortConverter`.
    #[must_use]
    pub fn short() -> Self {
        Self::of(Primitive::Short)
    }

    /// Converts 32-bit integers: `org.apache.kafka.connect.converters.IntegerConverter`.
    #[must_use]
    pub fn integer() -> Self {
        Self::of(Primitive::Integer)
    }

    /// Converts 64-bit integers: `org.apache.kafka.connect.converters.LongConverter`.
    #[must_use]
    pub fn long() -> Self {
        Self::of(Primitive::Long)
    }

    /// Converts 32-bit IEEE 754 numbers: `org.apache.kafka.connect.converters.FloatConverter`.
    #[must_use]
    pub fn float() -> Self {
        Self::of(Primitive::Float)
    }

    /// Converts 64-bit IEEE 754 numbers: `org.apache.kafka.connect.converters.DoubleConverter`.
    #[must_use]
    pub fn double() -> Self {
        Self::of(Primitive::Double)
    }

    /// Converts booleans, the byte 0 or 1: `org.apache.kafka.connect.converters.BooleanConverter`.
    ///
    /// It alone looks at the schema, as Java's does: a null of another schema is refused.
    #[must_use]
    pub fn boolean() -> Self {
        Self::of(Primitive::Boolean)
    }

    fn of(primitive: Primitive) -> Self {
        Self {
            primitive,
            schema: primitive.schema(),
        }
    }

    fn write(&self, data: &SchemaAndValue) -> Result<Option<Bytes>> {
        if self.primitive == Primitive::Boolean
            && let Some(schema) = &data.schema
            && schema.type_() != Type::Boolean
        {
            return Err(self.unfit(format_args!("a schema of type boolean, found {schema}")));
        }
        let bytes = match (self.primitive, &data.value) {
            (_, Value::Null) => return Ok(None),
            (Primitive::Short, Value::Int16(n)) => Bytes::copy_from_slice(&n.to_be_bytes()),
            (Primitive::Integer, Value::Int32(n)) => Bytes::copy_from_slice(&n.to_be_bytes()),
            (Primitive::Long, Value::Int64(n)) => Bytes::copy_from_slice(&n.to_be_bytes()),
            (Primitive::Float, Value::Float32(n)) => Bytes::copy_from_slice(&n.to_be_bytes()),
            (Primitive::Double, Value::Float64(n)) => Bytes::copy_from_slice(&n.to_be_bytes()),
            (Primitive::Boolean, Value::Boolean(false)) => Bytes::from_static(&[0]),
            (Primitive::Boolean, Value::Boolean(true)) => Bytes::from_static(&[1]),
            (_, other) => {
                let (expected, found) = (self.schema.type_(), other.type_name());
                return Err(self.unfit(format_args!("{expected}, found {found}")));
            }
        };
        Ok(Some(bytes))
    }

    fn read(&self, bytes: Option<&Bytes>) -> Result<SchemaAndValue> {
        let value = match bytes {
            None => Value::Null,
            Some(bytes) => self.value(bytes)?,
        };
        Ok(SchemaAndValue::new(self.schema.clone(), value))
    }

    fn value(&self, bytes: &[u8]) -> Result<Value> {
        Ok(match self.primitive {
            Primitive::Short => i16::from_be_bytes(self.exactly(bytes)?).into(),
            Primitive::Integer => i32::from_be_bytes(self.exactly(bytes)?).into(),
            Primitive::Long => i64::from_be_bytes(self.exactly(bytes)?).into(),
            Primitive::Float => f32::from_be_bytes(self.exactly(bytes)?).into(),
            Primitive::Double => f64::from_be_bytes(self.exactly(bytes)?).into(),
            Primitive::Boolean => match self.exactly(bytes)? {
                [0] => false.into(),
                [1] => true.into(),
                [other] => return Err(self.unfit(format_args!("the byte 0 or 1, found {other}"))),
            },
        })
    }

    fn exactly<const N: usize>(&self, bytes: &[u8]) -> Result<[u8; N]> {
        let found = bytes.len();
        let (Some(bytes), true) = (bytes.first_chunk(), found == N) else {
            let unit = if N == 1 { "byte" } else { "bytes" };
            return Err(self.unfit(format_args!("{N} {unit}, found {found}")));
        };
        Ok(*bytes)
    }

    fn unfit(&self, expected: std::fmt::Arguments<'_>) -> Error {
        let name = self.primitive.name();
        Error::rejected(format!("{name} converter: expected {expected}"))
    }
}

contextless!(PrimitiveConverter);
