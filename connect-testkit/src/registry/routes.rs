//! Which request does what.

use serde_json::{Map, Value, json};

use super::{
    Dialect, MockRequest,
    schemas::{Deletion, Entry, Refused, Schema, Schemas, Seen, context, text},
};

/// Answers a request: a status and JSON.
pub(super) fn answer(
    request: &MockRequest,
    dialect: Dialect,
    schemas: &mut Schemas,
) -> (u16, Value) {
    let segments: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    let unknown = (
        404,
        json!({ "error_code": 404, "message": "HTTP 404 Not Found" }),
    );
    let Some(first) = segments.first() else {
        return (200, json!({}));
    };
    if !knows(dialect, first, segments.get(1).copied()) {
        return unknown;
    }
    let body = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
    let answered = match *first {
        "subjects" => subjects(request, dialect, schemas, &segments[1..], body),
        "schemas" => by_number(request, dialect, schemas, &segments[1..]),
        "config" | "mode" => settings(request, schemas, &segments, &body),
        "compatibility" => compatibility(schemas, &segments[1..], body),
        "contexts" => Some(Ok(contexts(schemas))),
        "associations" => associations(request, schemas, &segments[1..]),
        _ => None,
    };
    match answered {
        None => unknown,
        Some(Ok(answer)) => (200, answer),
        Some(Err((status, code, message))) => {
            (status, json!({ "error_code": code, "message": message }))
        }
    }
}

type Answered = Option<Result<Value, Refused>>;

fn knows(dialect: Dialect, first: &str, second: Option<&str>) -> bool {
    match dialect {
        Dialect::Confluent => true,
        Dialect::Old => {
            !matches!(first, "associations" | "contexts")
                && (first, second) != ("schemas", Some("guids"))
        }
        Dialect::Apicurio => {
            !matches!(first, "associations" | "mode")
                && (first, second) != ("schemas", Some("guids"))
        }
    }
}

fn subjects(
    request: &MockRequest,
    dialect: Dialect,
    schemas: &mut Schemas,
    path: &[&str],
    body: Value,
) -> Answered {
    let seen = seen(request);
    let deletion = match request.has("permanent") {
        true => Deletion::Permanent,
        false => Deletion::Soft,
    };
    Some(match (request.method.as_str(), path) {
        ("GET", []) => {
            let all = schemas.subjects.keys();
            let shown: Vec<_> = all
                .filter(|name| schemas.entries(name, seen).is_ok())
                .collect();
            Ok(json!(shown))
        }
        ("POST", [subject]) => schemas
            .look_up(subject, body, seen)
            .and_then(|entry| show(schemas, dialect, subject, &entry)),
        ("DELETE", [subject]) => schemas
            .delete_subject(subject, deletion)
            .map(|versions| json!(versions)),
        ("GET", [subject, "metadata"]) => by_metadata(request, schemas, subject)
            .and_then(|entry| show(schemas, dialect, subject, &entry)),
        ("GET", [subject, "versions"]) => schemas.entries(subject, seen).map(|entries| {
            let versions: Vec<_> = entries.iter().map(|entry| entry.version).collect();
            json!(versions)
        }),
        ("POST", [subject, "versions"]) => {
            schemas
                .register(subject, body)
                .and_then(|entry| match dialect {
                    Dialect::Old => Ok(json!({ "id": entry.id })),
                    _ => show(schemas, dialect, subject, &entry),
                })
        }
        ("GET", [subject, "versions", version]) => schemas
            .entry(subject, version, seen)
            .and_then(|entry| show(schemas, dialect, subject, &entry)),
        ("DELETE", [subject, "versions", version]) => schemas
            .delete_version(subject, version, deletion)
            .map(|version| json!(version)),
        ("GET", [subject, "versions", version, "schema"]) => schemas
            .entry(subject, version, seen)
            .and_then(|entry| schemas.schema(subject, entry.id))
            .map(parsed),
        ("GET", [subject, "versions", version, "referencedby"]) => schemas
            .entry(subject, version, seen)
            .map(|entry| json!(schemas.referring(subject, entry.version))),
        _ => return None,
    })
}

fn seen(request: &MockRequest) -> Seen {
    match request.has("deleted") {
        true => Seen::All,
        false => Seen::Alive,
    }
}

fn by_metadata(request: &MockRequest, schemas: &Schemas, subject: &str) -> Result<Entry, Refused> {
    let of = |name: &'static str| {
        let pairs = request.query.iter().filter(move |(key, _)| key == name);
        pairs.map(|(_, value)| value)
    };
    let wanted: Vec<_> = of("key").zip(of("value")).collect();
    let entries = schemas.entries(subject, seen(request))?;
    let found = entries.into_iter().rev().find(|entry| {
        let schema = schemas.schema(subject, entry.id);
        schema.is_ok_and(|schema| {
            let properties = &json!(schema.content)["metadata"]["properties"];
            let has = |(key, value): &(&String, &String)| properties[key.as_str()] == json!(value);
            wanted.iter().all(has)
        })
    });
    found.ok_or_else(|| (404, 40401, format!("Subject '{subject}' not found.")))
}

fn by_number(
    request: &MockRequest,
    dialect: Dialect,
    schemas: &Schemas,
    path: &[&str],
) -> Answered {
    let subject = request.query("subject").unwrap_or_default();
    if request.method != "GET" {
        return None;
    }
    Some(match path {
        ["types"] => Ok(json!(["JSON", "PROTOBUF", "AVRO"])),
        ["ids", id] => id_of(id).and_then(|id| {
            let mut shown = content(schemas.schema(subject, id)?, dialect);
            let versions = schemas.subjects.get(subject).into_iter().flatten();
            if let (Some(entry), Dialect::Confluent) =
                (versions.rev().find(|entry| entry.id == id), dialect)
            {
                shown.insert("subject".to_owned(), json!(subject));
                shown.insert("version".to_owned(), json!(entry.version));
            }
            Ok(Value::Object(shown))
        }),
        ["ids", id, "schema"] => id_of(id)
            .and_then(|id| schemas.schema(subject, id))
            .map(parsed),
        ["ids", id, what @ ("versions" | "subjects")] => id_of(id).and_then(|id| {
            schemas.schema(subject, id)?;
            let places = schemas
                .subjects
                .iter()
                .filter(|(name, _)| context(name) == context(subject));
            let places =
                places.flat_map(|(name, entries)| entries.iter().map(move |entry| (name, entry)));
            let places = places.filter(|(_, entry)| entry.id == id && !entry.deleted);
            let shown = places.map(|(name, entry)| match *what {
                "subjects" => json!(name),
                _ => json!({ "subject": name, "version": entry.version }),
            });
            Ok(shown.collect())
        }),
        ["guids", guid] => numbers(schemas, guid).map(|found| {
            let mut shown = content(found[0].2, dialect);
            shown.remove("id");
            Value::Object(shown)
        }),
        ["guids", guid, "ids"] => numbers(schemas, guid).map(|found| {
            let shown = found
                .iter()
                .map(|(context, id, _)| json!({ "context": context, "id": id }));
            shown.collect()
        }),
        _ => return None,
    })
}

fn id_of(text: &str) -> Result<i32, Refused> {
    let parsed = text.parse();
    parsed.map_err(|_cause| (404, 404, "HTTP 404 Not Found".to_owned()))
}

/// Finds the contexts and numbers of a GUID: one at least.
fn numbers<'a>(
    schemas: &'a Schemas,
    guid: &str,
) -> Result<Vec<(&'a str, i32, &'a Schema)>, Refused> {
    let all = schemas.contexts.iter().flat_map(|(context, schemas)| {
        let schemas = schemas.iter();
        schemas.map(move |(id, schema)| (context.as_str(), *id, schema))
    });
    let found: Vec<_> = all
        .filter(|(.., schema)| schema.guid.to_string() == guid)
        .collect();
    match found.is_empty() {
        true => Err((404, 40403, format!("Schema {guid} not found"))),
        false => Ok(found),
    }
}

fn settings(request: &MockRequest, schemas: &mut Schemas, path: &[&str], body: &Value) -> Answered {
    let subject = path.get(1).copied().unwrap_or_default();
    let is_level = path[0] == "config";
    let (shown, sent) = match is_level {
        true => ("compatibilityLevel", "compatibility"),
        false => ("mode", "mode"),
    };
    let now = match is_level {
        true => schemas.level(subject).to_owned(),
        false => schemas.mode(subject).to_owned(),
    };
    let values = match is_level {
        true => &mut schemas.levels,
        false => &mut schemas.modes,
    };
    Some(match request.method.as_str() {
        "GET" => Ok(json!({ shown: now })),
        "PUT" => match body[sent].as_str() {
            Some(value) => {
                values.insert(subject.to_owned(), value.to_owned());
                Ok(body.clone())
            }
            None => Err((422, 42203, "Invalid value".to_owned())),
        },
        "DELETE" => {
            values.remove(subject);
            Ok(json!({ shown: now }))
        }
        _ => return None,
    })
}

fn compatibility(schemas: &Schemas, path: &[&str], body: Value) -> Answered {
    let ["subjects", subject, "versions", version @ ..] = path else {
        return None;
    };
    let version = version.first().copied().unwrap_or("latest");
    let answered = schemas
        .entry(subject, version, Seen::Alive)
        .and_then(|_| schemas.compatibility(subject, body));
    Some(
        answered
            .map(|messages| json!({ "is_compatible": messages.is_empty(), "messages": messages })),
    )
}

fn contexts(schemas: &Schemas) -> Value {
    let others = schemas.contexts.keys().filter(|name| *name != ".");
    [".".to_owned()].iter().chain(others).cloned().collect()
}

fn associations(request: &MockRequest, schemas: &Schemas, path: &[&str]) -> Answered {
    let ["resources", namespace, topic] = path else {
        return None;
    };
    let side = request.query("associationType").unwrap_or_default();
    Some(Ok(json!(schemas.associated(namespace, topic, side))))
}

/// Shows a version of a subject.
fn show(
    schemas: &Schemas,
    dialect: Dialect,
    subject: &str,
    entry: &Entry,
) -> Result<Value, Refused> {
    let mut shown = content(schemas.schema(subject, entry.id)?, dialect);
    shown.insert("subject".to_owned(), json!(subject));
    shown.insert("version".to_owned(), json!(entry.version));
    shown.insert("id".to_owned(), json!(entry.id));
    Ok(Value::Object(shown))
}

fn content(schema: &Schema, dialect: Dialect) -> Map<String, Value> {
    let mut shown = schema.content.clone();
    if dialect == Dialect::Confluent {
        shown.insert("guid".to_owned(), json!(schema.guid));
    }
    shown
}

/// Shows the schema alone: as JSON where it is some.
fn parsed(schema: &Schema) -> Value {
    let text = text(&schema.content);
    serde_json::from_str(text).unwrap_or_else(|_| json!(text))
}
