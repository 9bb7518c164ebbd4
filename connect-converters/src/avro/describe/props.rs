//! The properties that keep what Avro has no place for.

use connect_api::{Error, Logical, Result, Schema, Type};
use serde_json::Value as Json;

use super::{
    Describer,
    defaults::{Floats, json_of},
};
use crate::avro::{
    marks,
    schema::{Kind, Props},
};

impl Describer {
    /// Returns the properties of a schema, in Java's order, behind those in `props`.
    pub(super) fn props(&self, schema: &Schema, mut props: Props, kind: &Kind) -> Result<Props> {
        let is_decimal = is_decimal(schema);
        if is_decimal {
            decimal(schema, &mut props)?;
        }
        if self.rules.meta {
            self.meta(schema, &mut props)?;
        }
        let logical = match schema.logical() {
            _ if is_decimal => Some("decimal"),
            Some(Logical::Date) => Some("date"),
            Some(Logical::Time) => Some("time-millis"),
            Some(Logical::Timestamp) => Some("timestamp-millis"),
            _ => marks::unmapped_logical_type(schema, self.rules)
                .filter(|logical| marks::is_unmapped(logical, kind)),
        };
        if let Some(logical) = logical {
            props.insert("logicalType".to_owned(), logical.into());
        }
        for (key, value) in schema.parameters() {
            if key.starts_with(marks::COPIED) && !props.contains_key(&**key) {
                props.insert(key.to_string(), Json::from(&**value));
            }
        }
        Ok(props)
    }

    fn meta(&self, schema: &Schema, props: &mut Props) -> Result<()> {
        let mut put = |key: &str, value: Json| props.insert(key.to_owned(), value);
        if let Some(doc) = schema.doc() {
            put(marks::DOC, Json::from(&**doc));
        }
        if let Some(version) = schema.version() {
            put(marks::VERSION, version.into());
        }
        let parameters = self.parameters(schema);
        if !parameters.is_empty() {
            put(marks::PARAMETERS, parameters.into());
        }
        let of_field =
            !self.rules.discard && schema.parameter(marks::PARAM_FIELD_DEFAULT).is_some();
        if let Some(value) = schema.default_value()
            && !of_field
        {
            put(
                marks::DEFAULT,
                json_of(schema, value, self.rules, Floats::Short)?,
            );
        }
        if let Some(name) = schema.name() {
            put(marks::NAME, Json::from(&**name));
        }
        match schema.type_() {
            Type::Int8 => put(marks::TYPE, "int8".into()),
            Type::Int16 => put(marks::TYPE, "int16".into()),
            _ => None,
        };
        Ok(())
    }

    /// Returns the parameters without the one that Avro says in another way.
    pub(super) fn parameters(&self, schema: &Schema) -> Props {
        let kept = schema.parameters().iter();
        let kept = kept.filter(|(key, _)| self.rules.discard || key != marks::PARAM_FIELD_DEFAULT);
        kept.map(|(key, value)| (key.to_string(), Json::from(&**value)))
            .collect()
    }
}

fn is_decimal(schema: &Schema) -> bool {
    schema.type_() == Type::Bytes && schema.name().is_some_and(|name| name == marks::DECIMAL)
}

fn decimal(schema: &Schema, props: &mut Props) -> Result<()> {
    let Some(Logical::Decimal { scale }) = schema.logical() else {
        return Err(Error::rejected(
            "expected a decimal with a number in the parameter `scale`, found one without",
        ));
    };
    let precision = match schema.parameter(marks::PRECISION) {
        None => marks::DEFAULT_PRECISION,
        Some(text) => text.parse().map_err(|error| {
            let problem = format!(
                "parameter `{}`: expected a number, found `{text}`",
                marks::PRECISION
            );
            Error::rejected(problem).with_source(std::num::ParseIntError::clone(&error))
        })?,
    };
    props.insert("scale".to_owned(), scale.into());
    props.insert("precision".to_owned(), precision.into());
    Ok(())
}
