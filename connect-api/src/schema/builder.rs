//! [`SchemaBuilder`]: attributes first, then one schema.

use super::{Field, Fields, Links, Logical, Parameters, Parts, Presence, Schema, Shape, Type};
use crate::{Error, Result, Str, Value};

/// Collects the attributes of a [`Schema`]; [`build`](Self::build) reports the first mistake.
#[derive(Clone, Debug)]
pub struct SchemaBuilder {
    parts: Parts,
    fields: Vec<Field>,
    mistake: Option<String>,
}

macro_rules! primitives {
    ($($name:ident => $type:ident, $doc:literal);* $(;)?) => {
        impl Schema {$(
            #[doc = $doc]
            #[must_use]
            pub fn $name() -> SchemaBuilder {
                SchemaBuilder::new(Shape::Primitive(Type::$type))
            }
        )*}
    };
}
primitives! {
    int8 => Int8, "Starts a schema of signed bytes.";
    int16 => Int16, "Starts a schema of 16-bit integers.";
    int32 => Int32, "Starts a schema of 32-bit integers.";
    int64 => Int64, "Starts a schema of 64-bit integers.";
    float32 => Float32, "Starts a schema of 32-bit floating point numbers.";
    float64 => Float64, "Starts a schema of 64-bit floating point numbers.";
    boolean => Boolean, "Starts a schema of booleans.";
    string => String, "Starts a schema of text.";
    bytes => Bytes, "Starts a schema of bytes.";
}

impl Schema {
    /// Starts a schema of arrays.
    #[must_use]
    pub fn array(element: Self) -> SchemaBuilder {
        SchemaBuilder::new(Shape::Array(element))
    }

    /// Starts a schema of maps.
    #[must_use]
    pub fn map(key: Self, value: Self) -> SchemaBuilder {
        SchemaBuilder::new(Shape::Map(key, value))
    }

    /// Starts a schema of structs without a name.
    #[must_use]
    pub fn structure() -> SchemaBuilder {
        SchemaBuilder::new(Shape::Struct(Fields::new(Vec::new())))
    }

    /// Starts a schema of structs called `name`.
    #[must_use]
    pub fn record(name: impl Into<Str>) -> SchemaBuilder {
        Self::structure().name(name)
    }

    /// Starts a schema of `primitive`.
    ///
    /// # Errors
    ///
    /// Arrays, maps and structs need more than their type.
    pub fn primitive(primitive: Type) -> Result<SchemaBuilder> {
        match primitive {
            Type::Array | Type::Map | Type::Struct => Err(Error::fatal(format!(
                "a schema of type {primitive} needs element or field schemas"
            ))),
            _ => Ok(SchemaBuilder::new(Shape::Primitive(primitive))),
        }
    }

    /// Starts a schema of exact decimals with `scale` digits after the point.
    #[must_use]
    pub fn decimal(scale: i32) -> SchemaBuilder {
        Logical::Decimal { scale }.builder()
    }

    /// Starts a schema of calendar days.
    #[must_use]
    pub fn date() -> SchemaBuilder {
        Logical::Date.builder()
    }

    /// Starts a schema of times of day.
    #[must_use]
    pub fn time() -> SchemaBuilder {
        Logical::Time.builder()
    }

    /// Starts a schema of moments, in milliseconds.
    #[must_use]
    pub fn timestamp() -> SchemaBuilder {
        Logical::Timestamp.builder()
    }

    /// Starts from the attributes of this schema, fields included.
    ///
    /// Any of them may be set anew. A schema that [stands for a struct around it](Self::enclosing) goes on doing so, until
    /// it gets another name, version, parameter or field than the struct has.
    #[must_use]
    pub fn to_builder(&self) -> SchemaBuilder {
        SchemaBuilder {
            parts: (*self.0).clone(),
            fields: self.fields().to_vec(),
            mistake: None,
        }
    }
}

impl SchemaBuilder {
    pub(super) fn new(shape: Shape) -> Self {
        Self {
            parts: Parts {
                shape,
                presence: Presence::Required,
                default: None,
                name: None,
                version: None,
                doc: None,
                parameters: Parameters::default(),
                logical: None,
                links: Links::None,
            },
            fields: Vec::new(),
            mistake: None,
        }
    }

    /// Makes null a value of the schema.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.parts.presence = Presence::Optional;
        self
    }

    /// Makes null an error.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.parts.presence = Presence::Required;
        self
    }

    /// Sets what stands in for an absent value.
    #[must_use]
    pub fn default_value(mut self, value: impl Into<Value>) -> Self {
        self.parts.default = Some(value.into());
        self
    }

    /// Removes the default.
    #[must_use]
    pub fn without_default(mut self) -> Self {
        self.parts.default = None;
        self
    }

    /// Sets the name.
    #[must_use]
    pub fn name(mut self, name: impl Into<Str>) -> Self {
        self.parts.name = Some(name.into());
        self
    }

    /// Sets the version.
    #[must_use]
    pub fn version(mut self, version: i32) -> Self {
        self.parts.version = Some(version);
        self
    }

    /// Sets the documentation.
    #[must_use]
    pub fn doc(mut self, doc: impl Into<Str>) -> Self {
        self.parts.doc = Some(doc.into());
        self
    }

    /// Sets one parameter.
    #[must_use]
    pub fn parameter(mut self, name: impl Into<Str>, value: impl Into<Str>) -> Self {
        let (name, value) = (name.into(), value.into());
        let parameters = &mut self.parts.parameters.0;
        match parameters.iter_mut().find(|(known, _)| *known == name) {
            Some(entry) => entry.1 = value,
            None => parameters.push((name, value)),
        }
        self
    }

    /// Appends a field; only structs have fields, and each name once.
    #[must_use]
    pub fn field(mut self, name: impl Into<Str>, schema: Schema) -> Self {
        let name = name.into();
        if !matches!(self.parts.shape, Shape::Struct(_) | Shape::Enclosing(_)) {
            self.mistake
                .get_or_insert_with(|| format!("field `{name}`: only a struct has fields"));
        } else if self.fields.iter().any(|field| field.name == name) {
            self.mistake
                .get_or_insert_with(|| format!("field `{name}` is already there"));
        } else {
            self.fields.push(Field { name, schema });
        }
        self
    }

    /// Returns the schema.
    ///
    /// # Errors
    ///
    /// A field is repeated or stands outside a struct, the default is not a value of the schema, or what belongs to a
    /// struct is set on a schema that stands for it before that is built.
    pub fn build(self) -> Result<Schema> {
        if let Some(mistake) = self.mistake {
            return Err(Error::fatal(format!("schema cannot be built: {mistake}")));
        }
        let mut parts = self.parts.with_fields(self.fields)?;
        parts.logical = Logical::of(&parts);
        let schema = Schema::of(parts.linked()?);
        if let Some(default) = schema.default_value() {
            schema
                .check(default)
                .map_err(|error| error.context("default value"))?;
        }
        Ok(schema)
    }
}

macro_rules! plain {
    ($($name:ident, $optional:ident => $start:ident, $what:literal);* $(;)?) => {
        /// Schemas without attributes, built once per process and shared: they hold no state.
        impl Schema {$(
            #[doc = concat!("Returns the required schema of ", $what, ".")]
            #[must_use]
            pub fn $name() -> Self {
                static SCHEMA: std::sync::LazyLock<Schema> =
                    std::sync::LazyLock::new(|| Schema::of(Schema::$start().parts));
                SCHEMA.clone()
            }

            #[doc = concat!("Returns the optional schema of ", $what, ".")]
            #[must_use]
            pub fn $optional() -> Self {
                static SCHEMA: std::sync::LazyLock<Schema> =
                    std::sync::LazyLock::new(|| Schema::of(Schema::$start().optional().parts));
                SCHEMA.clone()
            }
        )*}
    };
}
plain! {
    plain_int8, optional_int8 => int8, "signed bytes";
    plain_int16, optional_int16 => int16, "16-bit integers";
    plain_int32, optional_int32 => int32, "32-bit integers";
    plain_int64, optional_int64 => int64, "64-bit integers";
    plain_float32, optional_float32 => float32, "32-bit floating point numbers";
    plain_float64, optional_float64 => float64, "64-bit floating point numbers";
    plain_boolean, optional_boolean => boolean, "booleans";
    plain_string, optional_string => string, "text";
    plain_bytes, optional_bytes => bytes, "bytes";
}
