//! [`Link`]: schemas that stand for a struct around them.

use std::{collections::HashMap, sync::OnceLock};

use super::{Field, Fields, Parts, Presence, Schema, SchemaBuilder, Shape};
use crate::{Error, Result, Str, Value};

/// The place of a struct inside of itself.
///
/// What is behind it is made when somebody looks, one level at a time, so that no schema holds itself and none is lost.
#[derive(Clone, Debug)]
pub(super) struct Link {
    name: Str,
    /// The struct; its links to itself, and to what is around it, are unbound.
    template: Option<Schema>,
    unrolled: OnceLock<Fields>,
}

/// Equal if they stand for equal structs, however far each is unrolled.
impl PartialEq for Link {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.template == other.template
    }
}

impl Link {
    fn new(name: Str, template: Option<Schema>) -> Self {
        let unrolled = OnceLock::new();
        Self {
            name,
            template,
            unrolled,
        }
    }

    /// Returns the fields of the struct; none as long as it, or something around it, is not built.
    pub(super) fn fields(&self) -> Option<&Fields> {
        let template = self.template.as_ref()?;
        let Shape::Struct(fields) = &template.0.shape else {
            return None;
        };
        let is_closed = matches!(template.0.links.unbound(), [only] if *only == self.name);
        is_closed.then(|| {
            self.unrolled.get_or_init(|| {
                Binding::new(&self.name, template)
                    .fields(fields)
                    .expect("a struct that refers to itself alone shadows no other")
            })
        })
    }

    /// Returns whether `parts` differ from the struct in what a link may differ in.
    fn stands_for(&self, parts: &Parts, fields: &[Field]) -> bool {
        let known = self.fields().map_or(0, |fields| fields.list.len());
        let version = self
            .template
            .as_ref()
            .and_then(|template| template.0.version);
        parts.name.as_ref() == Some(&self.name) && parts.version == version && fields.len() == known
    }
}

/// The links that a schema has in it, itself included.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Links {
    #[default]
    None,
    /// All stand for structs that are known.
    Bound,
    /// Structs of these names are still to be built around it.
    Unbound(Vec<Str>),
}

impl Links {
    fn of(shape: &Shape) -> Self {
        let mut links = Self::None;
        match shape {
            Shape::Primitive(_) => {}
            Shape::Array(element) => links.add(&element.0.links),
            Shape::Map(key, value) => {
                links.add(&key.0.links);
                links.add(&value.0.links);
            }
            Shape::Struct(fields) => {
                for field in &fields.list {
                    links.add(&field.schema.0.links);
                }
            }
            Shape::Enclosing(link) => match &link.template {
                None => return Self::Unbound(vec![link.name.clone()]),
                Some(template) => {
                    links.add(&template.0.links);
                    links.remove(&link.name);
                }
            },
        }
        links
    }

    fn add(&mut self, other: &Self) {
        match (&mut *self, other) {
            (_, Self::None) | (Self::Unbound(_), Self::Bound) => {}
            (Self::None | Self::Bound, other) => *self = other.clone(),
            (Self::Unbound(names), Self::Unbound(others)) => {
                for name in others {
                    if !names.contains(name) {
                        names.push(name.clone());
                    }
                }
            }
        }
    }

    fn remove(&mut self, name: &Str) {
        if let Self::Unbound(names) = self {
            names.retain(|known| known != name);
            if names.is_empty() {
                *self = Self::Bound;
            }
        }
    }

    fn unbound(&self) -> &[Str] {
        match self {
            Self::None | Self::Bound => &[],
            Self::Unbound(names) => names,
        }
    }
}

impl Parts {
    /// Gives the parts their fields; a link that gets attributes of its own becomes the struct that it stood for.
    pub(super) fn with_fields(mut self, fields: Vec<Field>) -> Result<Self> {
        match &self.shape {
            Shape::Struct(_) => self.shape = Shape::Struct(Fields::new(fields)),
            Shape::Enclosing(link) if !link.stands_for(&self, &fields) => {
                if link.fields().is_none() {
                    return Err(Error::fatal(format!(
                        "of the struct `{}` around a schema only presence, default, documentation and parameters can be set there",
                        link.name
                    )));
                }
                self.shape = Shape::Struct(Fields::new(fields));
            }
            _ => {}
        }
        Ok(self)
    }

    /// Finds the links, and binds those that mean this very struct.
    pub(super) fn linked(mut self) -> Result<Self> {
        self.links = Links::of(&self.shape);
        let (Shape::Struct(fields), Some(name)) = (&self.shape, &self.name) else {
            return Ok(self);
        };
        if !self.links.unbound().contains(name) {
            return Ok(self);
        }
        // What a link says of itself is its own, so that an optional struct contains what a required one does.
        let template = Schema::of(Self {
            presence: Presence::Required,
            default: None,
            doc: None,
            ..self.clone()
        });
        let fields = Binding::new(name, &template).fields(fields)?;
        self.shape = Shape::Struct(fields);
        self.links = Links::of(&self.shape);
        Ok(self)
    }
}

/// Gives links called `name` the struct that they stand for.
struct Binding<'a> {
    name: &'a Str,
    template: &'a Schema,
    /// By identity: a schema that is shared stays shared.
    bound: HashMap<usize, Schema>,
}

impl<'a> Binding<'a> {
    fn new(name: &'a Str, template: &'a Schema) -> Self {
        Self {
            name,
            template,
            bound: HashMap::new(),
        }
    }

    fn fields(&mut self, fields: &Fields) -> Result<Fields> {
        let list = fields.list.iter().map(|field| {
            Ok(Field {
                name: field.name.clone(),
                schema: self.schema(&field.schema)?,
            })
        });
        Ok(Fields {
            list: list.collect::<Result<_>>()?,
            index: fields.index.clone(),
        })
    }

    fn schema(&mut self, schema: &Schema) -> Result<Schema> {
        if !schema.0.links.unbound().contains(self.name) {
            return Ok(schema.clone());
        }
        if let Some(known) = self.bound.get(&schema.identity()) {
            return Ok(known.clone());
        }
        let mut parts = (*schema.0).clone();
        parts.shape = match &schema.0.shape {
            Shape::Primitive(primitive) => Shape::Primitive(*primitive),
            Shape::Array(element) => Shape::Array(self.schema(element)?),
            Shape::Map(key, value) => Shape::Map(self.schema(key)?, self.schema(value)?),
            Shape::Struct(fields) => Shape::Struct(self.fields(fields)?),
            Shape::Enclosing(link) => Shape::Enclosing(self.link(link, &mut parts)?),
        };
        parts.default = match parts.default {
            Some(default) => Some(self.value(default)?),
            None => None,
        };
        parts.links = Links::of(&parts.shape);
        let bound = Schema::of(parts);
        self.bound.insert(schema.identity(), bound.clone());
        Ok(bound)
    }

    fn link(&mut self, link: &Link, parts: &mut Parts) -> Result<Link> {
        let template = match &link.template {
            None => {
                parts.version = self.template.0.version;
                parts.parameters = parts.parameters.over(&self.template.0.parameters);
                self.template.clone()
            }
            Some(_) if self.template.0.links.unbound().contains(&link.name) => {
                return Err(Error::fatal(format!(
                    "schema cannot be built: `{}` refers to a struct `{}` around it, and holds another one of that name which refers to both",
                    self.name, link.name
                )));
            }
            Some(template) => self.schema(template)?,
        };
        Ok(Link::new(link.name.clone(), Some(template)))
    }

    /// Gives structs in defaults the schemas that stand around them now.
    fn value(&mut self, value: Value) -> Result<Value> {
        Ok(match value {
            Value::Array(elements) => {
                let elements = elements.iter().map(|element| self.value(element.clone()));
                Value::array(elements.collect::<Result<Vec<_>>>()?)
            }
            Value::Map(entries) => {
                let entries = entries
                    .iter()
                    .map(|(key, value)| Ok((self.value(key.clone())?, self.value(value.clone())?)));
                Value::map(entries.collect::<Result<Vec<_>>>()?)
            }
            Value::Struct(fields) => {
                let schema = self.schema(fields.schema())?;
                let mut fields = fields.with_schema(&schema)?;
                for place in fields.values_mut() {
                    *place = self.value(std::mem::take(place))?;
                }
                Value::Struct(fields)
            }
            other => other,
        })
    }
}

impl Schema {
    /// Starts a schema that stands for the struct called `name` around it.
    ///
    /// It says for itself whether it is optional, its default and its documentation; name, version and fields are those of
    /// the struct, from the moment on that this is built, and so are the parameters that it does not set itself. A value of
    /// it is a [`Struct`] that has it as its schema:
    ///
    /// ```
    /// use connect_api::{Schema, Struct};
    ///
    /// let list = Schema::record("List")
    ///     .field("value", Schema::plain_int32())
    ///     .field("next", Schema::enclosing("List").optional().build()?)
    ///     .build()?;
    /// let next = list.field("next").expect("it has just been added").schema();
    /// let rest = Struct::new(next)?.with("value", 2)?;
    /// let list = Struct::new(&list)?.with("value", 1)?.with("next", rest)?;
    /// list.check()?;
    /// # Ok::<(), connect_api::Error>(())
    /// ```
    ///
    /// Of several structs with that name around it, it stands for the innermost. Where there is none, it has no fields,
    /// and no value but null fits it.
    ///
    /// What follows fields through such a schema never comes to an end, unless a value shows the way or it stops where
    /// [`is_enclosing`](Self::is_enclosing) says so.
    ///
    /// [`Struct`]: crate::Struct
    #[must_use]
    pub fn enclosing(name: impl Into<Str>) -> SchemaBuilder {
        let name = name.into();
        SchemaBuilder::new(Shape::Enclosing(Link::new(name.clone(), None))).name(name)
    }

    /// Returns whether it stands for a struct around it: made by [`enclosing`](Self::enclosing).
    ///
    /// Its fields begin anew what they are inside of. At the top of a value, of which a part was taken out, nothing is
    /// around it, and the fields are still there.
    #[must_use]
    pub fn is_enclosing(&self) -> bool {
        matches!(self.0.shape, Shape::Enclosing(_))
    }

    /// Returns whether a struct in it contains itself.
    ///
    /// Its fields, followed from one to the next, never end.
    #[must_use]
    pub fn is_recursive(&self) -> bool {
        self.0.links != Links::None
    }

    /// Returns the names of structs that are still to be built around it: see [`enclosing`](Self::enclosing).
    #[must_use]
    pub fn unbound(&self) -> &[Str] {
        self.0.links.unbound()
    }
}
