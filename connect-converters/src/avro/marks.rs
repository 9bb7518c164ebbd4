//! The properties, parameters and names by which Connect's schemas are kept in Avro's.

use connect_api::{Schema, Type};

use super::{
    config::{AvroLogicalTypes, Rules},
    schema::{AvroSchema, FullName, Kind, NodeId, scrub, scrub_full},
};

pub(super) const NAMESPACE: &str = "io.confluent.connect.avro";
pub(super) const DEFAULT_NAME: &str = "ConnectDefault";
/// What names begin with that stand for none.
pub(super) const DEFAULT_FULL_NAME: &str = "io.confluent.connect.avro.ConnectDefault";
pub(super) const MAP_ENTRY: &str = "MapEntry";
pub(super) const UNION: &str = "io.confluent.connect.avro.Union";
pub(super) const ENUM: &str = "io.confluent.connect.avro.Enum";

pub(super) const NAME: &str = "connect.name";
pub(super) const DOC: &str = "connect.doc";
pub(super) const RECORD_DOC: &str = "connect.record.doc";
pub(super) const ENUM_DOC: &str = "connect.enum.doc";
pub(super) const VERSION: &str = "connect.version";
pub(super) const DEFAULT: &str = "connect.default";
pub(super) const PARAMETERS: &str = "connect.parameters";
pub(super) const TYPE: &str = "connect.type";
pub(super) const INTERNAL_TYPE: &str = "connect.internal.type";
pub(super) const FIXED_SIZE: &str = "connect.fixed.size";
pub(super) const PRECISION: &str = "connect.decimal.precision";
/// Ours: a logical type that Confluent does not map.
pub(super) const LOGICAL_TYPE: &str = "connect.avro.logical.type";

pub(super) const PARAM_RECORD_DOC: &str = "io.confluent.connect.avro.record.doc";
pub(super) const PARAM_ENUM_DOC: &str = "io.confluent.connect.avro.enum.doc.";
pub(super) const PARAM_ENUM_DEFAULT: &str = "io.confluent.connect.avro.enum.default.";
pub(super) const PARAM_FIELD_DOC: &str = "io.confluent.connect.avro.field.doc.";
/// Says that a default was the field's and not the type's.
pub(super) const PARAM_FIELD_DEFAULT: &str = "io.confluent.connect.avro.field.default";

pub(super) const GENERALIZED_UNION: &str = "org.apache.kafka.connect.data.Union";
pub(super) const GENERALIZED_ENUM: &str = "org.apache.kafka.connect.data.Enum";
pub(super) const GENERALIZED_UNION_NAME: &str = "connect_union_";
const GENERALIZED_FIELD: &str = "connect_union_field_";

pub(super) const DECIMAL: &str = "org.apache.kafka.connect.data.Decimal";
/// The precision of a decimal that tells none.
pub(super) const DEFAULT_PRECISION: i32 = 64;

/// What begins the names of properties that are copied to parameters and back.
pub(super) const COPIED: &str = "avro";

/// Any value: the schema of values without one.
pub(super) const ANYTHING: &str = concat!(
    r#"{"type":"record","name":"Anything","namespace":"io.confluent.connect.avro","fields":["#,
    r#"{"name":"boolean","type":["null","boolean"],"default":null},"#,
    r#"{"name":"bytes","type":["null","bytes"],"default":null},"#,
    r#"{"name":"double","type":["null","double"],"default":null},"#,
    r#"{"name":"float","type":["null","float"],"default":null},"#,
    r#"{"name":"int","type":["null","int"],"default":null},"#,
    r#"{"name":"long","type":["null","long"],"default":null},"#,
    r#"{"name":"string","type":["null","string"],"default":null},"#,
    r#"{"name":"array","type":["null",{"type":"array","items":"Anything"}],"default":null},"#,
    r#"{"name":"map","type":["null",{"type":"array","items":{"type":"record","name":"MapEntry","fields":["#,
    r#"{"name":"key","type":"Anything"},{"name":"value","type":"Anything"}]}}],"default":null}]}"#,
);

/// Returns whether a struct stands for a union: one of its fields has a value.
pub(super) fn is_union(schema: &Schema) -> bool {
    schema.type_() == Type::Struct
        && (schema.name().is_some_and(|name| name == UNION)
            || schema.parameter(GENERALIZED_UNION).is_some())
}

/// Returns whether the schema is of a fixed number of bytes, and of how many.
pub(super) fn fixed_size(schema: &Schema) -> Option<&str> {
    if schema.type_() != Type::Bytes || schema.name().is_none() {
        return None;
    }
    schema.parameter(FIXED_SIZE).map(|size| &**size)
}

/// Returns whether a map is an Avro map.
pub(super) fn has_text_keys(schema: &Schema, rules: Rules) -> bool {
    schema.key_schema().is_some_and(|key| {
        key.type_() == Type::String && (!key.is_optional() || rules.optional_keys)
    })
}

/// Returns whether the elements of an array are the entries of a map.
pub(super) fn is_map_entry(schema: &AvroSchema, id: NodeId) -> bool {
    let node = &schema[id];
    let Kind::Record(record) = &node.kind else {
        return false;
    };
    let name = &record.named.name;
    (name.name == MAP_ENTRY && name.namespace.as_deref() == Some(NAMESPACE))
        || node.text(INTERNAL_TYPE) == Some(MAP_ENTRY)
}

/// Names the field that stands for a branch of a union.
pub(super) fn branch_field(kind: &Kind, index: usize, rules: Rules) -> String {
    if rules.generalized {
        return format!("{GENERALIZED_FIELD}{index}");
    }
    match kind.named() {
        Some(named) if rules.enhanced => named.name.to_string(),
        Some(named) if rules.scrub => scrub(&named.name.name),
        Some(named) => named.name.name.clone(),
        None => kind.name().to_owned(),
    }
}

/// Returns the valid form of a dotted name, if that is asked for.
pub(super) fn full_name(name: &str, rules: Rules) -> FullName {
    if rules.scrub {
        FullName::new(&scrub_full(name), None)
    } else {
        FullName::new(name, None)
    }
}

/// Returns the valid form of a field's name, if that is asked for.
pub(super) fn field_name(name: &str, rules: Rules) -> String {
    if rules.scrub {
        scrub(name)
    } else {
        name.to_owned()
    }
}

/// Returns the logical type that a schema stands for although Confluent would not say so.
pub(super) fn unmapped_logical_type(schema: &Schema, rules: Rules) -> Option<&str> {
    if rules.logical == AvroLogicalTypes::Confluent {
        return None;
    }
    let parameter = schema.parameter(LOGICAL_TYPE).map(|name| &**name);
    parameter.or_else(|| named_logical_type(schema.name()?))
}

/// Returns the logical type that one of Debezium's names stands for.
pub(super) fn named_logical_type(name: &str) -> Option<&'static str> {
    Some(match name {
        "io.debezium.time.MicroTime" => "time-micros",
        "io.debezium.time.Timestamp" => "local-timestamp-millis",
        "io.debezium.time.MicroTimestamp" => "local-timestamp-micros",
        "io.debezium.time.NanoTimestamp" => "local-timestamp-nanos",
        "io.debezium.data.Uuid" => "uuid",
        _ => return None,
    })
}

/// Returns whether a logical type is one that only `avro.logical.types=all` keeps, and goes with that type.
pub(super) fn is_unmapped(logical_type: &str, kind: &Kind) -> bool {
    match logical_type {
        "time-micros"
        | "timestamp-micros"
        | "timestamp-nanos"
        | "local-timestamp-millis"
        | "local-timestamp-micros"
        | "local-timestamp-nanos" => matches!(kind, Kind::Long),
        "uuid" => match kind {
            Kind::Fixed(fixed) => fixed.size == 16,
            kind => matches!(kind, Kind::String),
        },
        "duration" => matches!(kind, Kind::Fixed(fixed) if fixed.size == 12),
        _ => false,
    }
}
