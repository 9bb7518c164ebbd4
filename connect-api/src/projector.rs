//! [`SchemaProjector`]: values of one schema as values of another.

use std::sync::Arc;

use crate::{Error, Field, MapBuilder, Result, Schema, Struct, Type, Value};

/// Turns values of one schema into values of another that has grown out of it.
///
/// It is Java's `SchemaProjector`, prepared once per pair of schemas and then applied to any number of values. What
/// the two have in common is neither looked at nor copied; fields of a struct that nobody else holds are moved.
///
/// ```
/// use connect_api::{Schema, SchemaProjector, Struct, Value};
///
/// let old = Schema::record("Order").field("id", Schema::plain_int32()).build()?;
/// let new = Schema::record("Order")
///     .field("id", Schema::plain_int64())
///     .field("state", Schema::string().default_value("open").build()?)
///     .build()?;
/// let projector = SchemaProjector::new(&old, &new)?;
/// let order = projector.project(Struct::new(&old)?.with("id", 7)?.into())?;
/// assert_eq!(order, Struct::new(&new)?.with("id", 7_i64)?.with("state", "open")?.into());
/// # Ok::<(), connect_api::Error>(())
/// ```
///
/// # Which schemas fit
///
/// - The types are equal, or both are numbers and the target comes later in int8, int16, int32, int64, float32, float64.
///   The last digits of a large integer are lost in a float, as in Java. A logical type keeps its type.
/// - Names are equal, and so are parameters; versions, documentation and defaults may differ.
/// - An optional source has an optional target, or one with a default, which takes the place of null.
/// - Fields of structs are found by name, in any order. One that the target lacks is left out, one that the source lacks
///   has its default or is optional.
/// - The same holds for elements of arrays, keys and values of maps, and fields, at any depth.
/// - A schema that [contains itself](Schema::is_recursive) is equal in both, or one of them has an end.
#[derive(Clone, Debug)]
pub struct SchemaProjector {
    source: Schema,
    target: Schema,
    plan: Plan,
}

/// What happens to values at one place of the source.
#[derive(Clone, Debug)]
struct Plan {
    change: Change,
    null: Null,
}

#[derive(Clone, Debug)]
enum Change {
    /// The value is already one of the target.
    None,
    Promote(Type),
    Elements(Box<Plan>),
    Entries(Box<[Plan; 2]>),
    /// Only the schema of a struct changes.
    Relabel {
        from: Schema,
        to: Schema,
    },
    Fields {
        from: Schema,
        to: Schema,
        fields: Vec<Origin>,
    },
}

/// What becomes of null.
#[derive(Clone, Debug)]
enum Null {
    Kept,
    Replaced(Value),
    Refused,
}

/// Where the value of a target's field comes from.
#[derive(Clone, Debug)]
enum Origin {
    Field { index: usize, plan: Plan },
    Missing(Value),
}

impl SchemaProjector {
    /// Prepares the projection of values of `source`.
    ///
    /// Java finds out value by value whether schemas fit, and never does where a value is null or an array is empty; here
    /// they fit or do not.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Rejected`](crate::ErrorKind::Rejected): the schemas do not fit; it names the path.
    pub fn new(source: &Schema, target: &Schema) -> Result<Self> {
        let plan = Plan::new(source, target)
            .map_err(|error| error.context(format!("projecting {source} to {target}")))?;
        Ok(Self {
            source: source.clone(),
            target: target.clone(),
            plan,
        })
    }

    /// Returns the schema of the values that are projected: a cache compares it by [`Schema::is_same`].
    #[must_use]
    pub fn source(&self) -> &Schema {
        &self.source
    }

    /// Returns the schema of what comes out.
    #[must_use]
    pub fn target(&self) -> &Schema {
        &self.target
    }

    /// Projects a value of the source.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Rejected`](crate::ErrorKind::Rejected): it is no value of the source; it names the path.
    pub fn project(&self, value: Value) -> Result<Value> {
        let projected = self.plan.apply(value);
        projected.map_err(|error| {
            error.context(format!("projecting {} to {}", self.source, self.target))
        })
    }
}

impl Plan {
    fn new(source: &Schema, target: &Schema) -> Result<Self> {
        check_attributes(source, target)?;
        let null = match (target.is_optional(), target.default_value()) {
            (true, _) => Null::Kept,
            (false, _) if !source.is_optional() => Null::Refused,
            (false, Some(default)) => Null::Replaced(default.clone()),
            (false, None) => {
                return Err(Error::rejected(
                    "expected an optional target or one with a default, since the source is optional, found neither",
                ));
            }
        };
        let change = Change::new(source, target)?;
        Ok(Self { change, null })
    }

    /// Returns whether every value of the source passes as it is.
    fn is_nothing(&self) -> bool {
        matches!(self.change, Change::None) && !matches!(self.null, Null::Replaced(_))
    }

    fn apply(&self, value: Value) -> Result<Value> {
        if value.is_null() {
            return match &self.null {
                Null::Kept => Ok(value),
                Null::Replaced(default) => Ok(default.clone()),
                Null::Refused => Err(Error::rejected("expected a value, found null")),
            };
        }
        match (&self.change, value) {
            (Change::None, value) => Ok(value),
            (Change::Promote(to), value) => promote(*to, &value),
            (Change::Elements(plan), Value::Array(elements)) => plan.elements(elements),
            (Change::Entries(plans), Value::Map(entries)) => entries_of(plans, entries),
            (Change::Relabel { from, to }, Value::Struct(fields)) => {
                check_schema(from, &fields)?;
                fields.with_schema(to).map(Value::Struct)
            }
            (Change::Fields { from, to, fields }, Value::Struct(values)) => {
                check_schema(from, &values)?;
                let values = values.into_values();
                Struct::from_values(to, project_fields(from, to, fields, values)?)
                    .map(Value::Struct)
            }
            (change, other) => Err(Error::rejected(format!(
                "expected {}, found {}",
                change.expects(),
                other.type_name()
            ))),
        }
    }

    fn elements(&self, mut elements: Arc<Vec<Value>>) -> Result<Value> {
        for (at, element) in Arc::make_mut(&mut elements).iter_mut().enumerate() {
            let projected = self.apply(std::mem::take(element));
            *element = projected.map_err(|error| error.context(format!("element {at}")))?;
        }
        Ok(Value::Array(elements))
    }
}

impl Change {
    fn new(source: &Schema, target: &Schema) -> Result<Self> {
        match (source.type_(), target.type_()) {
            (Type::Struct, Type::Struct) => Self::of_fields(source, target),
            (Type::Array, Type::Array) => {
                let plan = Plan::new(element(source), element(target))
                    .map_err(|error| error.context("elements"))?;
                Ok(if plan.is_nothing() {
                    Self::None
                } else {
                    Self::Elements(Box::new(plan))
                })
            }
            (Type::Map, Type::Map) => {
                let keys =
                    Plan::new(key(source), key(target)).map_err(|error| error.context("keys"))?;
                let values = Plan::new(element(source), element(target))
                    .map_err(|error| error.context("values"))?;
                Ok(if keys.is_nothing() && values.is_nothing() {
                    Self::None
                } else {
                    Self::Entries(Box::new([keys, values]))
                })
            }
            (from, to) if from == to => Ok(Self::None),
            (_, to) => Ok(Self::Promote(to)),
        }
    }

    fn of_fields(source: &Schema, target: &Schema) -> Result<Self> {
        if source == target {
            return Ok(Self::None);
        }
        let begins_anew = source.is_enclosing() || target.is_enclosing();
        if begins_anew && source.is_recursive() && target.is_recursive() {
            return Err(Error::rejected(format!(
                "expected schemas that end or are equal, found {source} and {target}, which contain themselves and differ"
            )));
        }
        let origin = |field: &Field| {
            let Some(index) = source.field_index(field.name()) else {
                return missing(field, source);
            };
            let plan = Plan::new(source.fields()[index].schema(), field.schema())
                .map_err(|error| error.context(format!("field `{}`", field.name())))?;
            Ok(Origin::Field { index, plan })
        };
        let fields: Vec<Origin> = target.fields().iter().map(origin).collect::<Result<_>>()?;
        let (from, to) = (source.clone(), target.clone());
        Ok(if is_relabelled(source, target, &fields) {
            Self::Relabel { from, to }
        } else {
            Self::Fields { from, to, fields }
        })
    }

    fn expects(&self) -> &'static str {
        match self {
            Self::None => "anything",
            Self::Promote(_) => "a number",
            Self::Elements(_) => "array",
            Self::Entries(_) => "map",
            Self::Relabel { .. } | Self::Fields { .. } => "struct",
        }
    }
}

/// Returns whether every field stands where it stood, and null means in both what it meant.
fn is_relabelled(source: &Schema, target: &Schema, fields: &[Origin]) -> bool {
    let stays = |(at, origin): (usize, &Origin)| match origin {
        Origin::Field { index, plan } => {
            let default = source.fields()[at].schema().default_value();
            let same = default.is_none() || default == target.fields()[at].schema().default_value();
            *index == at && same && plan.is_nothing()
        }
        Origin::Missing(_) => false,
    };
    source.fields().len() == fields.len() && fields.iter().enumerate().all(stays)
}

fn missing(field: &Field, source: &Schema) -> Result<Origin> {
    let schema = field.schema();
    match schema.default_value() {
        _ if schema.is_optional() => Ok(Origin::Missing(Value::Null)),
        Some(default) => Ok(Origin::Missing(default.clone())),
        None => Err(Error::rejected(format!(
            "expected a field `{}` in {source}, since it is required and has no default, found none",
            field.name()
        ))),
    }
}

fn check_attributes(source: &Schema, target: &Schema) -> Result<()> {
    let (from, to) = (source.type_(), target.type_());
    let is_number = |type_: Type| type_ <= Type::Float64;
    if from != to && !(is_number(from) && is_number(to) && from < to) {
        let narrower = if is_number(to) {
            " or a narrower number"
        } else {
            ""
        };
        return Err(Error::rejected(format!(
            "expected {to}{narrower}, found {from}"
        )));
    }
    if source.name() != target.name() {
        let show = |schema: &Schema| {
            let name = schema.name();
            name.map_or("none".to_owned(), |name| format!("`{name}`"))
        };
        return Err(Error::rejected(format!(
            "expected the name {}, found {}",
            show(target),
            show(source)
        )));
    }
    if !source.has_parameters_of(target) {
        return Err(Error::rejected(format!(
            "expected the parameters {}, found {}",
            parameters(target),
            parameters(source)
        )));
    }
    if from != to
        && let Some(logical) = source.logical()
    {
        return Err(Error::rejected(format!(
            "expected {to}, found {from}, which cannot be promoted as {}",
            logical.name()
        )));
    }
    Ok(())
}

/// `{scale=2}` as Java prints it.
fn parameters(schema: &Schema) -> String {
    let entries = schema.parameters().iter();
    let entries: Vec<_> = entries
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    format!("{{{}}}", entries.join(", "))
}

fn element(schema: &Schema) -> &Schema {
    schema.value_schema().expect("arrays and maps have one")
}

fn key(schema: &Schema) -> &Schema {
    schema.key_schema().expect("maps have one")
}

/// Refuses a struct of another schema; for the schema itself it is one comparison.
fn check_schema(expected: &Schema, fields: &Struct) -> Result<()> {
    if fields.schema() == expected {
        return Ok(());
    }
    Err(Error::rejected(format!(
        "expected a struct of {expected}, found one of {}",
        fields.schema()
    )))
}

fn project_fields(
    from: &Schema,
    to: &Schema,
    fields: &[Origin],
    mut values: Vec<Value>,
) -> Result<Vec<Value>> {
    let field = |(origin, target): (&Origin, &Field)| match origin {
        Origin::Missing(value) => Ok(value.clone()),
        Origin::Field { index, plan } => {
            let mut value = std::mem::take(&mut values[*index]);
            if value.is_null()
                && let Some(default) = from.fields()[*index].schema().default_value()
            {
                value = default.clone();
            }
            plan.apply(value)
                .map_err(|error| error.context(format!("field `{}`", target.name())))
        }
    };
    fields.iter().zip(to.fields()).map(field).collect()
}

fn entries_of(plans: &[Plan; 2], mut entries: Arc<Vec<(Value, Value)>>) -> Result<Value> {
    let [keys, values] = plans;
    for (key, value) in Arc::make_mut(&mut entries) {
        *key = (keys.apply(std::mem::take(key))).map_err(|error| error.context("map key"))?;
        *value =
            (values.apply(std::mem::take(value))).map_err(|error| error.context("map value"))?;
    }
    if keys.is_nothing() {
        return Ok(Value::Map(entries));
    }
    // Two long integers may be one float.
    let mut map = MapBuilder::new();
    for (key, value) in Arc::unwrap_or_clone(entries) {
        map.insert(key, value);
    }
    Ok(map.build())
}

fn promote(to: Type, value: &Value) -> Result<Value> {
    let promoted = match (to, value, value.as_i64()) {
        (Type::Int16, _, Some(n)) => i16::try_from(n).ok().map(Value::from),
        (Type::Int32, _, Some(n)) => i32::try_from(n).ok().map(Value::from),
        (Type::Int64, _, Some(n)) => Some(n.into()),
        (Type::Float32, _, Some(n)) => Some((n as f32).into()),
        (Type::Float64, _, Some(n)) => Some((n as f64).into()),
        (Type::Float64, Value::Float32(n), _) => Some(f64::from(*n).into()),
        _ => None,
    };
    promoted.ok_or_else(|| {
        let found = value.type_name();
        Error::rejected(format!("expected a number that fits {to}, found {found}"))
    })
}
