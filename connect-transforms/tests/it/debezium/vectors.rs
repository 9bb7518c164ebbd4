//! What Debezium 3.4.3's own classes answered, in `vectors/debezium.jsonl`.

use std::collections::HashMap;

use connect_api::{Record, Result, SchemaAndValue, Value};

use super::data::{Schemas, ordered, parse, text};
use crate::subject::{apply, build};

/// One instance of a transform, the records that it got, and what Java made of them.
struct Case {
    line: usize,
    class: String,
    options: Vec<(String, String)>,
    applied: Vec<(String, Record)>,
    answers: Value,
}

fn cases() -> (Vec<Case>, Schemas) {
    let (mut schemas, mut events, mut cases) = (Schemas::default(), HashMap::new(), Vec::new());
    let lines = include_str!("../vectors/debezium.jsonl").lines().map(parse);
    for (line, json) in lines.enumerate() {
        if let Some(schema) = json.get("is") {
            schemas.push(schema);
        } else if json.get("event").is_some() {
            let record = schemas.record(json.get("record").unwrap());
            events.insert(text(&json, "event").to_owned(), record);
        } else {
            let text_of = |value: &Value| value.as_str().unwrap().to_owned();
            let (Some(Value::Map(config)), Some(Value::Array(names))) =
                (json.get("config"), json.get("apply"))
            else {
                panic!("{json:?}");
            };
            let config = config
                .iter()
                .map(|(key, value)| (text_of(key), text_of(value)));
            let named = |name: &Value| (text_of(name), events[name.as_str().unwrap()].clone());
            cases.push(Case {
                line: line + 1,
                class: text(&json, "class").to_owned(),
                options: config.collect(),
                applied: names.iter().map(named).collect(),
                answers: json.get("out").unwrap().clone(),
            });
        }
    }
    (cases, schemas)
}

impl Case {
    /// Returns what is answered differently, each with what was expected.
    fn differences(&self, schemas: &Schemas, compat_java: &str) -> Vec<(String, String)> {
        let options = self
            .options
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()));
        let options: Vec<_> = options.chain([("compat.java", compat_java)]).collect();
        let answers = match &self.answers {
            Value::Array(answers) => answers.to_vec(),
            _ => Vec::new(),
        };
        let mut transform = match build(&self.class, &options) {
            Ok(transform) => transform,
            // Java may notice later, at every record.
            Err(_) if answers.iter().all(is_error) => return Vec::new(),
            Err(error) => return vec![("configuration".to_owned(), error.to_string())],
        };
        if answers.is_empty() {
            return vec![("configuration".to_owned(), format!("{:?}", self.answers))];
        }
        let mut differences = Vec::new();
        for ((name, record), answer) in self.applied.iter().zip(&answers) {
            let found = apply(&mut *transform, record.clone());
            if !is_answer(schemas, answer, &found) {
                let wanted = match answer {
                    Value::Map(_) if !is_error(answer) => format!("{:?}", schemas.record(answer)),
                    other => format!("{other:?}"),
                };
                differences.push((
                    name.clone(),
                    format!("expected {wanted}\nfound    {found:?}"),
                ));
            }
        }
        differences
    }
}

fn is_error(answer: &Value) -> bool {
    answer.get("error").is_some()
}

fn is_answer(schemas: &Schemas, answer: &Value, found: &Result<Vec<Record>>) -> bool {
    match found {
        Err(_) => is_error(answer),
        Ok(records) => match records.as_slice() {
            [] => answer.is_null(),
            [found] => !answer.is_null() && !is_error(answer) && is_record(schemas, answer, found),
            _ => false,
        },
    }
}

/// Compares a record; what JsonConverter refused must not fit its schema here either.
fn is_record(schemas: &Schemas, answer: &Value, found: &Record) -> bool {
    let is = |json: Option<&Value>, found: &SchemaAndValue| match json {
        Some(json) if json.get("refused").is_some() => {
            let schema = found.schema.as_ref();
            schema.is_some_and(|schema| schema.check(&found.value).is_err())
        }
        Some(json) => {
            let wanted = schemas.datum(json);
            wanted.schema == found.schema && ordered(&wanted.value) == ordered(&found.value)
        }
        None => *found == SchemaAndValue::NULL,
    };
    let headers = match answer.get("headers") {
        Some(Value::Array(headers)) => headers.to_vec(),
        _ => Vec::new(),
    };
    let is_header =
        |(json, (name, found)): (&Value, &(connect_api::Str, SchemaAndValue))| match json {
            Value::Array(pair) => pair[0].as_str() == Some(name) && is(Some(&pair[1]), found),
            _ => false,
        };
    let expected = schemas.record(answer);
    expected.topic == found.topic
        && expected.partition == found.partition
        && expected.timestamp == found.timestamp
        && is(answer.get("key"), &found.key)
        && is(answer.get("value"), &found.value)
        && headers.len() == found.headers.len()
        && headers.iter().zip(&found.headers).all(is_header)
}

#[test]
fn javas_dialect_answers_as_debezium_does() {
    let (cases, schemas) = cases();
    let mut wrong = Vec::new();
    for case in &cases {
        for (name, difference) in case.differences(&schemas, "true") {
            wrong.push(format!(
                "line {}: {:?} of {name}:\n{difference}",
                case.line, case.options
            ));
        }
    }
    let records: usize = cases.iter().map(|case| case.applied.len()).sum();
    assert!(
        wrong.is_empty(),
        "{} of {records}\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(records > 1_000);
}

/// What is answered differently without Java's dialect: a class, options, events, and why.
const DIFFERENCES: &[(&str, &str, &str, &str)] = &[
    (
        "",
        "",
        "map_create map_delete drop_map o_map",
        "events without a schema count too",
    ),
    (
        ROWS,
        "delete.handling.mode=rewrite",
        "create delete tombstone",
        "older keys count",
    ),
    (
        ROWS,
        "=before",
        "create update update_tx delete delete_tx changes no_tx",
        "added structs keep their fields",
    ),
    (
        ROWS,
        "=source",
        "create update update_tx delete_tx changes no_tx",
        "added structs keep their fields",
    ),
    (ROWS, "=transaction.id.x", "*", "a path has any length"),
    (ROWS, "id", "no_tx", "an event need not have a transaction"),
    (
        ROWS,
        "=transaction.changes",
        "changes",
        "the event's own field stands in",
    ),
    (
        ROWS,
        "mode=delete-to-tombstone",
        "drop_delete",
        "a null has no fields to drop",
    ),
    (
        ROWS,
        "replace.null.with.default=false",
        "drop_create drop_delete",
        "the option counts here too",
    ),
    (
        OUTBOX,
        "",
        "o_truncate",
        "an emptied outbox is like an updated one",
    ),
    (
        OUTBOX,
        ":envelope",
        "o_user o_version2 o_version_null",
        "schemas are named after their own topic",
    ),
    (
        OUTBOX,
        ":partition",
        "o_version_null o_version_long",
        "partitions are integers from 0 on",
    ),
    (
        OUTBOX,
        "on.missing=false",
        "o_create o_user o_null o_version_long o_int_key",
        "columns may be missing in the envelope",
    ),
    (
        OUTBOX,
        "aggregateid:envelope",
        "o_int_key",
        "schemas are those of their own rows",
    ),
    (
        OUTBOX,
        "schema.version=version",
        "o_version_long",
        "a version is any integer that fits",
    ),
    (
        OUTBOX,
        "timestamp=at",
        "o_ts_connect",
        "Connect's own timestamps count",
    ),
    (
        OUTBOX,
        "empty.payload=true",
        "o_no_bytes",
        "no bytes are an empty payload",
    ),
    (
        OUTBOX,
        "expand",
        "j_array j_objects j_empty_array",
        "arrays are JSON",
    ),
    (
        OUTBOX,
        "expand",
        "j_nested j_null_first j_deep_merge",
        "merged structs have all fields, and may be null",
    ),
    (
        OUTBOX,
        "expand",
        "j_lists_mixed j_conflict",
        "what cannot be expanded keeps its schema",
    ),
    (
        OUTBOX,
        "expand",
        "j_trailing",
        "what follows JSON would be lost",
    ),
    (
        OUTBOX,
        "adjustment.mode=avro",
        "j_names j_unicode",
        "adjusted fields keep their values",
    ),
    (
        SHARDS,
        "",
        "s_1 s_2 s_update s_delete s_no_key s_tombstone s_null_key s_header",
        "nulls stay null",
    ),
    (
        SHARDS,
        "",
        "s_same_schema",
        "schemas are named after their own topic",
    ),
    (
        SHARDS,
        "",
        "s_json s_only_after",
        "rows need not be structs, nor come in pairs",
    ),
    (
        SHARDS,
        "uniqueness=false",
        "s_text_key",
        "a key that gets no field need not be a struct",
    ),
    (
        SHARDS,
        "",
        "s_map_key",
        "keys without a schema get the field too",
    ),
];

const ROWS: &str = "ExtractNewRecordState";
const OUTBOX: &str = "EventRouter";
const SHARDS: &str = "ByLogicalTableRouter";

#[test]
fn without_javas_dialect_only_what_is_listed_differs() {
    let (cases, schemas) = cases();
    let mut wrong = Vec::new();
    let mut used = std::collections::BTreeSet::new();
    for case in &cases {
        let options = case
            .options
            .iter()
            .map(|(key, value)| format!("{key}={value}"));
        let options = options.collect::<Vec<_>>().join(";");
        for (name, difference) in case.differences(&schemas, "false") {
            let is = |(class, option, events, _): &&(&str, &str, &str, &str)| {
                let named = *events == "*" || events.split(' ').any(|event| event == name);
                named && case.class.ends_with(class) && options.contains(option)
            };
            match DIFFERENCES.iter().find(is) {
                Some((.., why)) => drop(used.insert(*why)),
                None => wrong.push(format!(
                    "line {}: {options} of {name}:\n{difference}",
                    case.line
                )),
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
    for (.., why) in DIFFERENCES {
        assert!(used.contains(why), "nothing differs any more because {why}");
    }
}
