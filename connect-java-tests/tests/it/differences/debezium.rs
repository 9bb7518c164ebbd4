//! Debezium's.

use super::{Kind, Looks, kind};

const OLDER: &str = "older keys count; Java passes over them";

const AT_ONCE: &str =
    "a replacement that no match can fill is refused at once, in Java at the first match";

pub(super) const KNOWN: &[Kind] = &[
    kind(
        "ByLogicalTableRouter",
        AT_ONCE,
        Looks::Like(|case| super::error(case.ours).is_some_and(is_no_replacement)),
    ),
    kind(
        "ByLogicalTableRouter",
        "options for a field of the key that is not added need not fit; Java refuses them",
        Looks::JavaFails("Unable to validate config"),
    ),
    kind(
        "EventRouter",
        AT_ONCE,
        Looks::Like(|case| super::error(case.ours).is_some_and(is_no_replacement)),
    ),
    kind(
        "EventRouter",
        "a null timestamp may have any type; Java refuses all but int64",
        Looks::JavaFails("is not of type INT64"),
    ),
    kind(
        "EventRouter",
        "members of objects in a JSON array are fields in their order, and of two that do not agree the first counts; Java has no order",
        Looks::DifferAt(|case, place| {
            case.option("table.expand.json.payload") == Some("true")
                && (place.contains(".values.fields") || place.contains("array[].struct"))
        }),
    ),
    kind(
        "EventRouter",
        "the schema of an earlier event that an event must fit may be another one than in Java",
        Looks::Like(does_not_fit_an_earlier_schema),
    ),
    kind(
        "EventRouter",
        "a null may stand in a required field that has a default; Java refuses it",
        Looks::JavaFails("Invalid value: null used for required field"),
    ),
    kind(
        "EventRouter",
        "the schema of a value is named after its own row; Java's after that of an earlier one",
        Looks::DifferAt(|case, place| {
            let placement = case.option("table.fields.additional.placement");
            placement.is_some_and(|places| places.contains("envelope"))
                && place.starts_with(".value.schema")
        }),
    ),
    kind(
        "ExtractNewRecordState",
        "rows that are dropped are not looked into; Java fails without a field `before`",
        Looks::JavaFails("Unknown field: "),
    ),
    kind(
        "ExtractNewRecordState",
        "a null may stand in a required field that has a default; Java refuses it",
        Looks::JavaFails("Invalid value: null used for required field"),
    ),
    kind(
        "ExtractNewRecordState",
        "a null names no topic, whatever its type; Java refuses all but text",
        Looks::JavaFails("is not of type STRING"),
    ),
];

/// Whether one of the two alone has a schema of an earlier event, which this one does not fit: Java also keeps those of events
/// that fail later.
fn does_not_fit_an_earlier_schema(case: &super::Case<'_>) -> bool {
    let placement = case.option("table.fields.additional.placement");
    let does_not_fit = match (super::error(case.java), super::error(case.ours)) {
        (Some(java), None) => java.contains("Invalid Java object for schema"),
        (None, Some(ours)) => [": expected ", "no column `", "the payload has no schema"]
            .iter()
            .any(|text| ours.contains(text)),
        _ => false,
    };
    does_not_fit && placement.is_some_and(|places| places.contains("envelope"))
}

fn has_older_keys(case: &super::Case<'_>) -> bool {
    let old = ["delete.handling.mode", "drop.tombstones"];
    old.iter().any(|key| case.option(key).is_some())
}

/// What an event without a schema is to Java: nothing that it looks into.
fn has_no_schema(case: &super::Case<'_>) -> bool {
    case.record["value"].get("schema").is_none()
}

/// Whether both made a record, and they differ in these parts alone.
fn is_in(case: &super::Case<'_>, parts: &[&str]) -> bool {
    let places = super::places_of(case);
    let is_part = |place: &String| parts.iter().any(|part| place.starts_with(part));
    !places.is_empty() && places.iter().all(is_part)
}

fn is_no_replacement(error: &str) -> bool {
    error.contains("there is no group") || error.contains("expected a number or {name}")
}

pub(super) const WITHOUT_JAVAS_DIALECT: &[Kind] = &[
    kind(
        "ByLogicalTableRouter",
        "rows and keys need not be structs; Java refuses others",
        Looks::JavaFails("Only Struct objects supported"),
    ),
    kind(
        "ByLogicalTableRouter",
        "nulls stay null; Java puts defaults there",
        Looks::Differ(&[" null for a value"]),
    ),
    kind(
        "ByLogicalTableRouter",
        "rows need not come in pairs; Java fails with a null pointer",
        Looks::JavaFails("NullPointerException"),
    ),
    kind(
        "ByLogicalTableRouter",
        "schemas are named after their own topic; Java's after one that was there earlier",
        Looks::Differ(&[".schema.name", "[].name", " null for a value"]),
    ),
    kind(
        "EventRouter",
        "events without a schema are routed; Java leaves them alone",
        Looks::Like(has_no_schema),
    ),
    kind(
        "EventRouter",
        "an emptied outbox is like an updated one; Java fails",
        Looks::JavaFails("Only Struct objects supported for [Read Outbox Event], found: null"),
    ),
    kind(
        "EventRouter",
        "columns may be missing in the envelope; Java fails with a null pointer",
        Looks::JavaFails("NullPointerException"),
    ),
    kind(
        "EventRouter",
        "Connect's own timestamps count; Java fails",
        Looks::JavaFails("java.util.Date cannot be cast to class java.lang.Long"),
    ),
    kind(
        "EventRouter",
        "partitions are integers from 0 on",
        Looks::OursFails("expected a partition in the column"),
    ),
    kind(
        "EventRouter",
        "a topic without a name is refused; in Java the producer fails",
        Looks::OursFails("expected the name of a topic"),
    ),
    kind(
        "EventRouter",
        "an event that is no longer there is dropped; Java fails without a field `after`",
        Looks::JavaFails("Unknown field: "),
    ),
    kind(
        "EventRouter",
        "schemas are those of their own rows; Java keeps that of an earlier one",
        Looks::Like(|case| {
            let placement = case.option("table.fields.additional.placement");
            placement.is_some_and(|places| places.contains("envelope")) && is_in(case, &[".value"])
        }),
    ),
    kind(
        "EventRouter",
        "no bytes are an empty payload",
        Looks::Like(|case| {
            case.option("route.tombstone.on.empty.payload") == Some("true")
                && case.ours.pointer("/value/payload").is_none()
        }),
    ),
    kind(
        "EventRouter",
        "arrays are JSON too, and what cannot be expanded keeps its schema",
        Looks::Like(|case| {
            case.option("table.expand.json.payload") == Some("true") && is_in(case, &[".value"])
        }),
    ),
    kind(
        "EventRouter",
        "what cannot be expanded keeps its schema; Java fails",
        Looks::JavaFails("Invalid Java object for schema"),
    ),
    kind(
        "EventRouter",
        "what cannot be expanded keeps its schema; Java fails",
        Looks::JavaFails("fieldSchema for field payload cannot be null"),
    ),
    kind(
        "ExtractNewRecordState",
        "events without a schema are unwrapped; Java leaves them alone",
        Looks::Like(has_no_schema),
    ),
    kind(
        "ExtractNewRecordState",
        "an event need not have a transaction or a source; Java fails with a null pointer",
        Looks::JavaFails("NullPointerException"),
    ),
    kind(
        "ExtractNewRecordState",
        "added structs keep their fields; Java's have none",
        Looks::Differ(&["schema.fields", "[].fields", ".payload.schema"]),
    ),
    kind(
        "ExtractNewRecordState",
        "added structs keep their fields; Java fails",
        Looks::JavaFails("Struct schemas do not match"),
    ),
    kind(
        "ExtractNewRecordState",
        OLDER,
        Looks::Like(|case| {
            let is_dropped = case.java.is_null() != case.ours.is_null();
            has_older_keys(case) && (is_dropped || is_in(case, &[".value", ".headers"]))
        }),
    ),
    kind(
        "ExtractNewRecordState",
        OLDER,
        Looks::DifferWhere(
            has_older_keys,
            &[".value.schema.fields", ".value.payload.struct"],
        ),
    ),
    kind(
        "ExtractNewRecordState",
        "a null routes by the default of its field; Java keeps the topic",
        Looks::DifferWhere(|case| case.option("route.by.field").is_some(), &[".topic"]),
    ),
    kind(
        "ExtractNewRecordState",
        "routing by a field that is not there, or is no text, is refused; Java keeps the topic",
        Looks::OursFails("routing by field"),
    ),
    kind(
        "ExtractNewRecordState",
        "rows that are dropped are not looked into; Java fails without a field",
        Looks::JavaFails("is not a valid field name"),
    ),
    kind(
        "ExtractNewRecordState",
        "a null that is dropped from has no fields, and nulls stay null if asked for",
        Looks::Like(|case| {
            case.option("drop.fields.header.name").is_some() && is_in(case, &[".key", ".value"])
        }),
    ),
    kind(
        "ExtractNewRecordState",
        "a key without fields has none to drop; Java refuses it",
        Looks::JavaFails("for [field replacement], found: "),
    ),
    kind(
        "ExtractNewRecordState",
        "two added fields of one name are refused",
        Looks::OursFails("is already there"),
    ),
    kind(
        "ExtractNewRecordState",
        "nulls stay null; Java puts defaults there",
        Looks::Differ(&[" null for a value"]),
    ),
];
