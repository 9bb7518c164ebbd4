//! [`HeaderFrom`]: fields that become headers.

use connect_api::{
    Dialect, Error, Headers, Outcome, Record, Result, SchemaAndValue, Str, Transform,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    FieldSyntax, Side,
    by_schema::BySchema,
    options::{refused, yes},
    path::{FieldPath, Nulls, Place},
    reshape::{Change, Reshape},
    shape::misfit,
};

/// The options of [`HeaderFrom`]; keys and defaults are Java's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each one is a key of Kafka Connect's"
)]
pub struct HeaderFromConfig {
    /// The fields whose values become headers.
    #[schemars(extend("x-importance" = "high"))]
    pub fields: Vec<String>,
    /// The names of the headers, in the order of the fields.
    #[schemars(extend("x-importance" = "high"))]
    pub headers: Vec<String>,
    /// Whether the fields go: `move`, or stay: `copy`.
    #[schemars(extend("x-importance" = "high"))]
    pub operation: HeaderFromOperation,
    /// How fields are named: `V1`, a field at the top; `V2`, the way to a nested one, as `items[*].price`.
    #[serde(default)]
    #[schemars(extend("x-case" = "insensitive"))]
    pub field_syntax_version: FieldSyntax,
    /// Whether a null field that has a default counts as the default.
    #[serde(default = "yes")]
    pub replace_null_with_default: bool,
    /// Whether a struct of which fields are moved forgets that it was optional, as in Java.
    #[serde(default)]
    #[schemars(extend("x-importance" = "low"))]
    pub compat_java: bool,
}

impl Default for HeaderFromConfig {
    fn default() -> Self {
        Self {
            fields: Vec::new(),
            headers: Vec::new(),
            operation: HeaderFromOperation::Copy,
            field_syntax_version: FieldSyntax::V1,
            replace_null_with_default: true,
            compat_java: false,
        }
    }
}

/// What [`HeaderFrom`] does with the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "Kafka Connect has these two")]
pub enum HeaderFromOperation {
    /// They are removed.
    Move,
    /// They stay.
    Copy,
}

impl HeaderFromOperation {
    /// For messages.
    fn purpose(self) -> &'static str {
        match self {
            Self::Move => "moving fields to headers",
            Self::Copy => "copying fields to headers",
        }
    }
}

/// Adds fields to the headers: `org.apache.kafka.connect.transforms.HeaderFrom`.
///
/// Headers of the same name stay. With a schema there must be such a field, without one a missing one becomes a null
/// header.
#[derive(Clone, Debug)]
pub struct HeaderFrom {
    side: Side,
    purpose: &'static str,
    headers: Vec<(FieldPath, Str)>,
    places: BySchema<Vec<Place>>,
    removal: Option<Reshape>,
    nulls: Nulls,
    dialect: Dialect,
}

impl HeaderFrom {
    /// Builds it for the key or the value.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config): there is no field, there are not as many headers, or the name
    /// of a field is none.
    pub fn new(config: HeaderFromConfig, side: Side) -> Result<Self> {
        let (dialect, nulls) = (
            config.compat_java.into(),
            config.replace_null_with_default.into(),
        );
        if config.fields.is_empty() {
            return Err(refused("fields", "[]", "expected at least one field"));
        }
        let (fields, headers) = (config.fields.len(), config.headers.len());
        if fields != headers {
            let reason = format!("expected as many headers as fields, {fields}, found {headers}");
            return Err(refused("headers", &config.headers.join(","), reason));
        }
        let syntax = config.field_syntax_version;
        let paths = config
            .fields
            .iter()
            .map(|field| syntax.path("fields", field, dialect));
        let paths = paths.collect::<Result<Vec<_>>>()?;
        let purpose = config.operation.purpose();
        let removal = match config.operation {
            HeaderFromOperation::Copy => None,
            HeaderFromOperation::Move => {
                let removed = paths.iter().cloned();
                let removed = removed.map(|path| ("fields", path, Change::Exclude));
                Some(Reshape::new(purpose, removed, nulls, dialect)?)
            }
        };
        let names = config.headers.into_iter().map(Str::from);
        Ok(Self {
            side,
            purpose,
            headers: paths.into_iter().zip(names).collect(),
            places: BySchema::default(),
            removal,
            nulls,
            dialect,
        })
    }

    fn add_headers(&mut self, datum: &SchemaAndValue, out: &mut Headers) -> Result<()> {
        if datum.schema.is_none() {
            for (path, name) in &self.headers {
                let found = path.find(&datum.value);
                let value = found.map_err(|error| in_field(path, error))?;
                out.add(
                    name,
                    SchemaAndValue {
                        schema: None,
                        value,
                    },
                );
            }
            return Ok(());
        }
        let Some(fields) = datum.value.as_struct() else {
            return Err(misfit("with a schema expected a struct", &datum.value));
        };
        let (headers, dialect) = (&self.headers, self.dialect);
        let places = self.places.get(fields.schema(), |schema| {
            let place = |(path, _): &(FieldPath, Str)| path.place_in(schema, dialect);
            headers.iter().map(place).collect()
        })?;
        for (place, (_, name)) in places.iter().zip(headers) {
            let value = place.value_in(&datum.value, self.nulls);
            out.add(name, SchemaAndValue::new(place.schema().clone(), value));
        }
        Ok(())
    }
}

fn in_field(path: &FieldPath, error: Error) -> Error {
    error.context(format_args!("field `{path}`"))
}

impl Transform for HeaderFrom {
    fn apply(&mut self, record: &mut Record, _: &mut Vec<Record>) -> Result<Outcome> {
        let mut headers = std::mem::take(&mut record.headers);
        let datum = self.side.of_mut(record);
        if datum.schema.is_none() && !matches!(datum.value, connect_api::Value::Map(_)) {
            let error = misfit("without a schema expected a map", &datum.value);
            return Err(error.context(self.purpose));
        }
        self.add_headers(datum, &mut headers)
            .map_err(|error| error.context(self.purpose))?;
        if let Some(removal) = &mut self.removal {
            removal.apply(datum)?;
        }
        record.headers = headers;
        Ok(Outcome::Kept)
    }
}
