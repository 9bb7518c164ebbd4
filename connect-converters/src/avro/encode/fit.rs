//! Which branch of a union values of a Connect schema go to.

use connect_api::{Dialect, Schema, Type};

use crate::avro::{
    config::Rules,
    marks,
    meaning::is_miswritten,
    schema::{AvroSchema, FullName, Kind, Node, NodeId},
};

/// How well a Connect schema goes with an Avro type, the best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// That is how it would be described.
    Same,
    /// Values fit, perhaps not all of them.
    Near,
}

/// Returns the index of the branch that values of `schema`, null apart, go to.
pub(super) fn best_branch(
    avro: &AvroSchema,
    branches: &[NodeId],
    schema: &Schema,
    rules: Rules,
) -> Option<usize> {
    let fits = branches.iter().enumerate().filter_map(|(i, branch)| {
        let node = &avro[*branch];
        let fit = fit(avro, node, schema, rules)?;
        is_stored_in(schema, node, rules).then_some((fit, i))
    });
    fits.min().map(|(_, i)| i)
}

fn fit(avro: &AvroSchema, node: &Node, schema: &Schema, rules: Rules) -> Option<Fit> {
    let same_if = |same: bool| Some(if same { Fit::Same } else { Fit::Near });
    let is_called = |name: &FullName| {
        let own = schema.name().map(|own| marks::full_name(own, rules));
        own.as_ref() == Some(name) || node.text(marks::NAME) == schema.name().map(|own| &**own)
    };
    match (schema.type_(), &node.kind) {
        (Type::Boolean, Kind::Boolean)
        | (Type::Int8 | Type::Int16 | Type::Int32, Kind::Int)
        | (Type::Int64, Kind::Long)
        | (Type::Float32, Kind::Float)
        | (Type::Float64, Kind::Double) => Some(Fit::Same),
        (Type::Int8 | Type::Int16 | Type::Int32, Kind::Long | Kind::Double)
        | (Type::Int8 | Type::Int16, Kind::Float)
        | (Type::Float32, Kind::Double) => Some(Fit::Near),
        (Type::String, Kind::String) => same_if(enum_name(schema, rules).is_none()),
        (Type::String, Kind::Enum(of)) => {
            same_if(enum_name(schema, rules).is_some_and(|name| name == of.named.name.to_string()))
        }
        (Type::Bytes, Kind::Bytes) => same_if(marks::fixed_size(schema).is_none()),
        (Type::Bytes, Kind::Fixed(fixed)) => {
            let size = marks::fixed_size(schema);
            same_if(size == Some(fixed.size.to_string().as_str()) && is_called(&fixed.named.name))
        }
        (Type::Array, Kind::Array(_)) => Some(Fit::Same),
        (Type::Map, Kind::Map(_)) => same_if(marks::has_text_keys(schema, rules)),
        (Type::Map, Kind::Array(entry)) => marks::is_map_entry(avro, *entry).then_some(Fit::Same),
        (Type::Struct, Kind::Record(record)) => same_if(is_called(&record.named.name)),
        _ => None,
    }
}

fn enum_name(schema: &Schema, rules: Rules) -> Option<&str> {
    let name = if rules.generalized {
        marks::GENERALIZED_ENUM
    } else {
        marks::ENUM
    };
    (rules.generalized || rules.enhanced).then_some(())?;
    schema.parameter(name).map(|name| &**name)
}

/// Returns whether values keep their meaning as an Avro type; Java does not ask.
pub(super) fn is_stored_in(schema: &Schema, node: &Node, rules: Rules) -> bool {
    rules.dialect == Dialect::Java || !is_miswritten(schema, node)
}
