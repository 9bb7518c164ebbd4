//! [`Expression`]: filters, routes and builds records with expressions.

mod assign;
mod compiled;
mod cost;
mod functions;
mod inputs;
mod typed;

use std::collections::BTreeMap;

use connect_api::{
    ConfigProblem, Dialect, Error, Outcome, Record, Result, Schema, SchemaAndValue, Str, Transform,
    Value,
};
use schemars::JsonSchema;
use serde::Deserialize;

use self::{assign::Assignments, compiled::Compiled, inputs::Inputs, typed::inferred};
use crate::FieldSyntax;

/// The options of [`Expression`].
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct ExpressionConfig {
    /// Whether the record is kept: an expression that is true or false.
    #[schemars(extend("x-importance" = "high"))]
    pub filter: Option<String>,
    /// The topic that the record goes to: a text.
    #[schemars(extend("x-importance" = "high"))]
    pub topic: Option<String>,
    /// What the key becomes; without a schema, but for single numbers, texts and the like.
    pub key: Option<String>,
    /// What the value becomes; without a schema, but for single numbers, texts and the like.
    pub value: Option<String>,
    /// The timestamp: a `timestamp`, or milliseconds since the epoch.
    pub timestamp: Option<String>,
    /// What fields of the value become: `set.total` is the field `total`.
    ///
    /// A field that is there keeps its schema, and what the expression says has to fit it. A new one gets the schema of
    /// what the expression says first, and is optional.
    pub set: BTreeMap<String, String>,
    /// What headers become: `headers.origin` is the header `origin`. Null removes it.
    pub headers: BTreeMap<String, String>,
    /// How fields are named: `V1`, a field at the top; `V2`, the way to a nested one, as `order.total`.
    #[schemars(extend("x-case" = "insensitive"))]
    pub field_syntax_version: FieldSyntax,
}

/// Filters, routes and builds records with expressions of the Common Expression Language.
///
/// An expression sees `topic`, `partition`, `offset`, `timestamp`, `key`, `value` and `headers` of the record as it came;
/// all of them are worked out before anything is changed. Expressions are compiled once. They have no loops but over
/// what a record holds, and a record for which that would take more than ten million steps is refused.
///
/// ```
/// use connect_api::{Outcome, Record, Transform, Value};
/// use connect_transforms::{Expression, ExpressionConfig};
///
/// let mut expression = Expression::new(&ExpressionConfig {
///     filter: Some("value.price > 10".into()),
///     topic: Some("topic + '-' + value.country.lower()".into()),
///     set: [("total".into(), "value.price * value.count".into())].into(),
///     ..ExpressionConfig::default()
/// })?;
/// let order = Value::map([("price", Value::from(20_i64)), ("count", 3_i64.into()), ("country", "DE".into())]);
/// let mut record = Record::new("orders", order);
/// assert_eq!(expression.apply(&mut record, &mut Vec::new())?, Outcome::Kept);
/// assert_eq!(record.topic, "orders-de");
/// assert_eq!(record.value.value.get("total"), Some(&60_i64.into()));
/// # Ok::<(), connect_api::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Expression {
    inputs: Inputs,
    filter: Option<Compiled>,
    topic: Option<Compiled>,
    key: Option<Compiled>,
    value: Option<Compiled>,
    timestamp: Option<Compiled>,
    set: Assignments,
    headers: Vec<(Str, Compiled)>,
}

impl Expression {
    /// Compiles the expressions.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): one is wrong, `value` and `set` are both there, or none is.
    pub fn new(config: &ExpressionConfig) -> Result<Self> {
        let compile = |key: &str, text: &Option<String>| {
            text.as_ref()
                .map(|text| Compiled::new(key, text))
                .transpose()
        };
        if config.value.is_some() && !config.set.is_empty() {
            let message =
                "Configuration \"value\" replaces what \"set.*\" changes: use one of them";
            return Err(Error::invalid_config([ConfigProblem::new(
                "value", message,
            )]));
        }
        let headers = config.headers.iter().map(|(name, text)| {
            let compiled = Compiled::new(&format!("headers.{name}"), text)?;
            Ok((Str::from(name.as_str()), compiled))
        });
        let set = config.set.iter().map(|(name, text)| {
            let key = format!("set.{name}");
            let path = config
                .field_syntax_version
                .path(&key, name, Dialect::Strict)?;
            Ok((path, Compiled::new(&key, text)?))
        });
        let mut expression = Self {
            inputs: Inputs::default(),
            filter: compile("filter", &config.filter)?,
            topic: compile("topic", &config.topic)?,
            key: compile("key", &config.key)?,
            value: compile("value", &config.value)?,
            timestamp: compile("timestamp", &config.timestamp)?,
            set: Assignments::new(set.collect::<Result<_>>()?)?,
            headers: headers.collect::<Result<_>>()?,
        };
        expression.inputs = Inputs::of(expression.all());
        if expression.all().next().is_none() {
            let message = "Expected an expression in filter, topic, key, value, timestamp, set.* or headers.*";
            return Err(Error::invalid_config([ConfigProblem::new("", message)]));
        }
        Ok(expression)
    }

    fn all(&self) -> impl Iterator<Item = &Compiled> {
        let single = [
            &self.filter,
            &self.topic,
            &self.key,
            &self.value,
            &self.timestamp,
        ];
        let single = single.into_iter().flatten();
        let headers = self.headers.iter().map(|(_, compiled)| compiled);
        single.chain(self.set.expressions()).chain(headers)
    }
}

/// What the expressions say of one record.
#[derive(Debug)]
struct Said {
    topic: Option<Str>,
    key: Option<SchemaAndValue>,
    value: Option<SchemaAndValue>,
    timestamp: Option<i64>,
    headers: Vec<SchemaAndValue>,
    fields: Vec<Value>,
}

impl Expression {
    /// Works all expressions out; `None` if the record is not kept.
    fn work_out(&self, record: &Record) -> Result<Option<Said>> {
        let inputs = self.inputs.read(record)?;
        if let Some(filter) = &self.filter
            && !filter.as_bool(&inputs)?
        {
            return Ok(None);
        }
        let topic = self.topic.as_ref().map(|topic| topic.as_text(&inputs));
        let topic = topic.transpose()?;
        let datum = |compiled: &Compiled| Ok::<_, Error>(with_schema(compiled.run(&inputs)?));
        let key = self.key.as_ref().map(datum).transpose()?;
        let value = self.value.as_ref().map(datum).transpose()?;
        let timestamp = self.timestamp.as_ref().map(|when| when.as_millis(&inputs));
        let timestamp = timestamp.transpose()?;
        let headers = self.headers.iter().map(|(_, compiled)| datum(compiled));
        Ok(Some(Said {
            topic,
            key,
            value,
            timestamp,
            headers: headers.collect::<Result<_>>()?,
            fields: self.set.work_out(&inputs)?,
        }))
    }
}

impl Transform for Expression {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        let Some(said) = self.work_out(record)? else {
            return Ok(Outcome::Dropped);
        };
        self.set.assign(&mut record.value, said.fields)?;
        replace(&mut record.topic, said.topic);
        replace(&mut record.key, said.key);
        replace(&mut record.value, said.value);
        record.timestamp = said.timestamp.or(record.timestamp);
        for ((name, _), datum) in self.headers.iter().zip(said.headers) {
            record.headers.remove(name);
            if !datum.value.is_null() {
                record.headers.add(name, datum);
            }
        }
        Ok(Outcome::Kept)
    }
}

fn replace<T>(place: &mut T, said: Option<T>) {
    if let Some(said) = said {
        *place = said;
    }
}

/// Gives single values their schema; maps and arrays have none.
fn with_schema(value: Value) -> SchemaAndValue {
    let schema: Option<Schema> = match value {
        Value::Map(_) | Value::Array(_) => None,
        _ => inferred(&value),
    };
    SchemaAndValue { schema, value }
}
