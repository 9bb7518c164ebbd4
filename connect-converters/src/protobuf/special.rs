//! Connect's schemas that mean more than their types: unions, enums, variants.

use connect_api::{Error, Result, Schema, Type};

use super::{
    ProtobufDataConfig,
    names::{UNION, VARIANT, parameter, unqualified},
};

/// Returns whether a schema stands for a `oneof`.
pub(super) fn is_union(schema: &Schema) -> bool {
    schema.type_() == Type::Struct
        && (schema.name().is_some_and(|name| name.starts_with(UNION))
            || schema.parameter(parameter::GENERAL_UNION).is_some())
}

/// Names the `oneof` of a union.
pub(super) fn union_name(union: &Schema) -> String {
    let general = union.parameter(parameter::GENERAL_UNION);
    let name = union.name().map_or("", |name| &**name);
    match (name.strip_prefix(UNION), general) {
        (Some(name), _) if !name.trim_start_matches('.').is_empty() => unqualified(name).to_owned(),
        (_, Some(name)) if !name.is_empty() => unqualified(name).to_owned(),
        _ => "union".to_owned(),
    }
}

/// Returns whether a schema is that of a `confluent.type.Variant`.
pub(super) fn is_variant(schema: &Schema) -> bool {
    schema.type_() == Type::Struct && schema.name().is_some_and(|name| *name == VARIANT)
}

/// What the parameters of a schema say of an enum.
pub(super) struct Enum<'a> {
    schema: &'a Schema,
    parameter: &'static str,
    pub(super) name: &'a str,
}

impl<'a> Enum<'a> {
    /// Returns the enum of a schema that is one.
    pub(super) fn of(schema: &'a Schema, config: &ProtobufDataConfig) -> Option<Self> {
        let mut parameters = [parameter::ENUM, parameter::GENERAL_ENUM];
        if config.generalized_sum_type_support {
            parameters.reverse();
        }
        let known = match schema.type_() {
            Type::String => &parameters[..],
            Type::Int32 => &[parameter::ENUM][..],
            _ => &[],
        };
        known.iter().copied().find_map(|parameter| {
            let name = unqualified(schema.parameter(parameter)?);
            let of = Self {
                schema,
                parameter,
                name,
            };
            let has_symbols = of.symbols().next().is_some();
            has_symbols.then_some(of)
        })
    }

    /// Returns the symbols in order, with their numbers.
    pub(super) fn symbols(&self) -> impl Iterator<Item = (&'a str, Result<i32>)> + use<'a> {
        let prefix = self.parameter;
        self.schema
            .parameters()
            .iter()
            .filter_map(move |(name, number)| {
                let symbol = name.strip_prefix(prefix)?.strip_prefix('.')?;
                let number = number.parse().map_err(|_not_a_number| {
                    Error::rejected(format!(
                        "expected the number of a symbol in `{name}`, found `{number}`"
                    ))
                });
                Some((symbol, number))
            })
    }
}
