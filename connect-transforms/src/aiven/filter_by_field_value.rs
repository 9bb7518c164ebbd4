//! [`FilterByFieldValue`]: records with, or without, a value.

use connect_api::{
    Decimal, Dialect, Error, Outcome, Record, Result, Str, Transform, Value, values,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    FieldSyntax, Side,
    finder::Finder,
    number::Number,
    options::refused,
    path::{FieldPath, Nulls},
    shape::misfit,
};

/// The options of [`FilterByFieldValue`]; keys and defaults are Aiven's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
#[expect(clippy::struct_excessive_bools, reason = "each one is a key")]
pub struct FilterByFieldValueConfig {
    /// Which field is looked at; without it, the whole key or value.
    #[schemars(extend("x-importance" = "high"))]
    pub field_name: Option<String>,
    /// What it has to be; either this or a pattern is given.
    #[schemars(extend("x-importance" = "high"))]
    pub field_value: Option<String>,
    /// What has to be found in it; either this or a value is given.
    #[schemars(extend("x-importance" = "high"))]
    pub field_value_pattern: Option<String>,
    /// Whether the records that match are kept, or all the others.
    pub field_value_matches: bool,
    /// How the field is named: `V1`, a field at the top; `V2`, the way to a nested one, as `a.b[0]`.
    #[schemars(extend("x-case" = "insensitive"))]
    pub field_syntax_version: FieldSyntax,
    /// Whether, as in Java, the type of `field.value` is inferred and has to be that of the field, and records without
    /// the field are refused.
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

impl Default for FilterByFieldValueConfig {
    fn default() -> Self {
        Self {
            field_name: None,
            field_value: None,
            field_value_pattern: None,
            field_value_matches: true,
            field_syntax_version: FieldSyntax::V1,
            compat_java: false,
        }
    }
}

/// Keeps or drops records by one value: `io.aiven.kafka.connect.transforms.FilterByFieldValue`.
///
/// Text, numbers and booleans can match; a record whose key or value is null is kept.
#[derive(Clone, Debug)]
pub struct FilterByFieldValue {
    side: Side,
    path: FieldPath,
    wanted: Wanted,
    kept: Kept,
    dialect: Dialect,
}

/// Which records are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    Matching,
    Others,
}

#[derive(Clone, Debug)]
enum Wanted {
    /// This text, or the number that it is.
    Text(Str, Option<Decimal>),
    /// In Java's dialect, this value of this very type.
    Value(Value),
    Pattern(Finder),
}

impl FilterByFieldValue {
    /// Builds it for the key or the value.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): neither a value nor a pattern is given or both are, the
    /// pattern is none, or `field.name` is no path.
    pub fn new(config: FilterByFieldValueConfig, side: Side) -> Result<Self> {
        let dialect = Dialect::from(config.compat_java);
        let (syntax, field) = (config.field_syntax_version, config.field_name.as_deref());
        let path = syntax.path_or_whole("field.name", field, dialect)?;
        let pattern = config.field_value_pattern.filter(|text| !text.is_empty());
        let wanted = match (config.field_value, pattern) {
            (Some(value), None) => Wanted::new(value.into(), dialect),
            (None, Some(text)) => {
                let pattern = Finder::new(&text);
                let refused = |why| refused("field.value.pattern", &text, why);
                Wanted::Pattern(pattern.map_err(refused)?)
            }
            (found, _) => {
                let reason = "expected either it or field.value.pattern";
                let found = found.as_deref().unwrap_or("null");
                return Err(refused("field.value", found, reason));
            }
        };
        let kept = match config.field_value_matches {
            true => Kept::Matching,
            false => Kept::Others,
        };
        Ok(Self {
            side,
            path,
            wanted,
            kept,
            dialect,
        })
    }

    fn matches(&self, value: &Value) -> Result<bool> {
        match self.path.value_in(value, Nulls::Replaced) {
            None | Some(Value::Null) if self.dialect != Dialect::Java => Ok(false),
            None if value.as_struct().is_some() => Err(self.missing()),
            None | Some(Value::Null) => match self.wanted {
                Wanted::Pattern(_) => Ok(false),
                _ => Err(self.missing()),
            },
            Some(found) => self.wanted.is(&found, self.dialect),
        }
    }

    fn missing(&self) -> Error {
        Error::rejected(format!(
            "filtering: expected a field `{}` in the {}, found none",
            self.path, self.side
        ))
    }

    /// Refuses what Java's class cannot cast.
    fn fits(&self, record: &Record) -> Result<()> {
        let datum = self.side.of(record);
        let fits = match (&datum.value, &datum.schema) {
            (Value::Struct(_), Some(_)) => !self.path.steps().is_empty(),
            (Value::Map(_), None) => true,
            (_, schema) => schema.is_none() && self.path.steps().is_empty(),
        };
        if fits || self.dialect != Dialect::Java {
            return Ok(());
        }
        let expected = format_args!("filtering: expected a {} that has a field", self.side);
        Err(misfit(expected, &datum.value))
    }
}

impl Wanted {
    fn new(text: Str, dialect: Dialect) -> Self {
        if dialect == Dialect::Java {
            return Self::Value(values::parse(&text, dialect).value);
        }
        let number = text.parse().ok();
        Self::Text(text, number)
    }

    fn is(&self, found: &Value, dialect: Dialect) -> Result<bool> {
        match (self, found) {
            (Self::Value(wanted), found) => Ok(wanted == found),
            (Self::Text(wanted, _), Value::String(text)) => Ok(wanted == text),
            (Self::Text(wanted, _), Value::Boolean(truth)) => {
                Ok(wanted.eq_ignore_ascii_case(if *truth { "true" } else { "false" }))
            }
            (Self::Text(_, wanted), found) => {
                let wanted = wanted.as_ref().map(Number::Decimal);
                let found = number(found);
                Ok(wanted.zip(found).is_some_and(|(one, two)| one.equals(two)))
            }
            (Self::Pattern(pattern), Value::String(text)) => pattern.finds(text),
            (Self::Pattern(pattern), Value::Boolean(_)) => {
                pattern.finds(&values::format(found, dialect))
            }
            (Self::Pattern(pattern), found)
                if dialect == Dialect::Java || number(found).is_some() =>
            {
                pattern.finds(&values::format(found, dialect))
            }
            (Self::Pattern(_), _) => Ok(false),
        }
    }
}

/// Returns the number that a value is; dates and times are none.
fn number(value: &Value) -> Option<Number<'_>> {
    match value {
        Value::Date(_) | Value::Time(_) | Value::Timestamp(_) => None,
        other => Number::of(other),
    }
}

impl Transform for FilterByFieldValue {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        let value = &self.side.of(record).value;
        if !value.is_null() {
            self.fits(record)?;
            if self.matches(value)? != (self.kept == Kept::Matching) {
                return Ok(Outcome::Dropped);
            }
        }
        Ok(Outcome::Kept)
    }
}
