//! [`Schema`]: the shape of a value.

mod builder;
mod check;
mod enclosing;
mod logical;

use std::{collections::HashMap, fmt, sync::Arc};

use self::enclosing::{Link, Links};
pub use self::{builder::SchemaBuilder, logical::Logical};
use crate::{Str, Value};

/// The twelve types of Connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "Connect's type system is closed")]
pub enum Type {
    /// A signed byte.
    Int8,
    /// A signed 16-bit integer.
    Int16,
    /// A signed 32-bit integer.
    Int32,
    /// A signed 64-bit integer.
    Int64,
    /// A 32-bit IEEE 754 number.
    Float32,
    /// A 64-bit IEEE 754 number.
    Float64,
    /// True or false.
    Boolean,
    /// UTF-8 text.
    String,
    /// Uninterpreted bytes.
    Bytes,
    /// Values of one schema, in order.
    Array,
    /// Entries with keys of one schema and values of another.
    Map,
    /// Named fields, each with its own schema.
    Struct,
}

impl Type {
    /// Names the type in lower case, as Connect's messages do: `int32`, `float64`, `struct`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Float32 => "float32",
            Self::Float64 => "float64",
            Self::Boolean => "boolean",
            Self::String => "string",
            Self::Bytes => "bytes",
            Self::Array => "array",
            Self::Map => "map",
            Self::Struct => "struct",
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The shape of a value: shared, immutable, cheap to clone and to compare.
///
/// ```
/// use connect_api::Schema;
///
/// let order = Schema::record("shop.Order")
///     .field("id", Schema::int64().build()?)
///     .field("note", Schema::string().optional().build()?)
///     .build()?;
/// assert_eq!(order.fields().len(), 2);
/// # Ok::<(), connect_api::Error>(())
/// ```
#[derive(Clone)]
pub struct Schema(Arc<Parts>);

/// Everything that makes two schemas equal or different.
#[derive(Clone, Debug, PartialEq)]
struct Parts {
    shape: Shape,
    presence: Presence,
    default: Option<Value>,
    name: Option<Str>,
    version: Option<i32>,
    doc: Option<Str>,
    parameters: Parameters,
    /// Follows from name, type and parameters; looked up per value, so it is read once, by `build`.
    logical: Option<Logical>,
    /// Follows from the shape; asked for before anything follows the fields.
    links: Links,
}

#[derive(Clone, Debug, PartialEq)]
enum Shape {
    Primitive(Type),
    Array(Schema),
    Map(Schema, Schema),
    Struct(Fields),
    /// A struct around this schema.
    Enclosing(Link),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Required,
    Optional,
}

/// Key-value pairs in insertion order, equal in any order, as Java's maps are.
#[derive(Clone, Debug, Default)]
struct Parameters(Vec<(Str, Str)>);

impl Parameters {
    /// Returns these, and those of `others` that have other names.
    fn over(&self, others: &Self) -> Self {
        let is_other = |(name, _): &&(Str, Str)| !self.0.iter().any(|(known, _)| known == name);
        let others = others.0.iter().filter(is_other);
        Self(others.chain(&self.0).cloned().collect())
    }
}

impl PartialEq for Parameters {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.0.iter().all(|entry| other.0.contains(entry))
    }
}

/// A named member of a struct.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    name: Str,
    schema: Schema,
}

impl Field {
    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &Str {
        &self.name
    }

    /// Returns the schema of the field's values.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.schema
    }
}

/// Fields in order, found by name.
#[derive(Clone, Debug)]
struct Fields {
    list: Vec<Field>,
    /// Only for long lists; short ones are searched faster than hashed.
    index: Option<HashMap<Str, usize>>,
}

impl Fields {
    const SEARCHED: usize = 8;

    fn new(list: Vec<Field>) -> Self {
        let index = (list.len() > Self::SEARCHED).then(|| {
            list.iter()
                .enumerate()
                .map(|(i, field)| (field.name.clone(), i))
                .collect()
        });
        Self { list, index }
    }

    fn position(&self, name: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(name).copied(),
            None => self.list.iter().position(|field| field.name == name),
        }
    }
}

impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.list == other.list
    }
}

impl Schema {
    fn of(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Returns the type.
    #[must_use]
    pub fn type_(&self) -> Type {
        match &self.0.shape {
            Shape::Primitive(primitive) => *primitive,
            Shape::Array(_) => Type::Array,
            Shape::Map(..) => Type::Map,
            Shape::Struct(_) | Shape::Enclosing(_) => Type::Struct,
        }
    }

    /// Returns whether null is a value of this schema.
    #[must_use]
    pub fn is_optional(&self) -> bool {
        self.0.presence == Presence::Optional
    }

    /// Returns what stands in for an absent value.
    #[must_use]
    pub fn default_value(&self) -> Option<&Value> {
        self.0.default.as_ref()
    }

    /// Returns the name, e.g. of a record or a logical type.
    #[must_use]
    pub fn name(&self) -> Option<&Str> {
        self.0.name.as_ref()
    }

    /// Returns the version.
    #[must_use]
    pub fn version(&self) -> Option<i32> {
        self.0.version
    }

    /// Returns the documentation.
    #[must_use]
    pub fn doc(&self) -> Option<&Str> {
        self.0.doc.as_ref()
    }

    /// Returns the parameters in insertion order.
    #[must_use]
    pub fn parameters(&self) -> &[(Str, Str)] {
        &self.0.parameters.0
    }

    /// Returns one parameter.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&Str> {
        self.parameters()
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    /// Returns whether both have the same parameters, in any order.
    pub(crate) fn has_parameters_of(&self, other: &Self) -> bool {
        self.0.parameters == other.0.parameters
    }

    /// Returns the fields of a struct in order; other types have none.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        self.struct_fields().map_or(&[], |fields| &fields.list)
    }

    /// Returns where the field called `name` stands.
    #[must_use]
    pub fn field_index(&self, name: &str) -> Option<usize> {
        self.struct_fields()?.position(name)
    }

    fn struct_fields(&self) -> Option<&Fields> {
        match &self.0.shape {
            Shape::Struct(fields) => Some(fields),
            Shape::Enclosing(link) => link.fields(),
            _ => None,
        }
    }

    /// Returns the field called `name`.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.field_index(name).map(|index| &self.fields()[index])
    }

    /// Returns the schema of a map's keys.
    #[must_use]
    pub fn key_schema(&self) -> Option<&Self> {
        match &self.0.shape {
            Shape::Map(key, _) => Some(key),
            _ => None,
        }
    }

    /// Returns the schema of a map's values or an array's elements.
    #[must_use]
    pub fn value_schema(&self) -> Option<&Self> {
        match &self.0.shape {
            Shape::Array(value) | Shape::Map(_, value) => Some(value),
            _ => None,
        }
    }

    /// Returns whether both are one allocation: a cache key that never compares field by field.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Returns a number that no other schema has as long as this one exists.
    ///
    /// It is the hash that goes with [`is_same`](Self::is_same).
    #[must_use]
    pub fn identity(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }
}

/// Equal in every attribute, documentation and default included; the same allocation answers at once.
impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

/// `Schema{shop.Order:STRUCT}` as Java prints it.
impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = self.type_().name().to_uppercase();
        match self.name() {
            Some(name) => write!(f, "Schema{{{name}:{of}}}"),
            None => write!(f, "Schema{{{of}}}"),
        }
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
