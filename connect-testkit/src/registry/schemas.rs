//! [`Schemas`]: what a registry holds.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Why a request is refused: status, code, message.
pub(super) type Refused = (u16, i32, String);

type Check = Box<dyn Fn(&str, &str) -> Vec<String> + Send>;

/// What a registry holds.
#[derive(Default)]
pub(super) struct Schemas {
    /// By context, then by number.
    pub(super) contexts: BTreeMap<String, BTreeMap<i32, Schema>>,
    /// By name, with its context.
    pub(super) subjects: BTreeMap<String, Vec<Entry>>,
    /// By subject; the empty one is for all.
    pub(super) levels: BTreeMap<String, String>,
    pub(super) modes: BTreeMap<String, String>,
    associations: BTreeSet<[String; 4]>,
    check: Option<Check>,
}

/// Whether versions that were deleted softly are seen.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    Alive,
    All,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Deletion {
    Soft,
    Permanent,
}

impl Deletion {
    /// What is deleted for good was deleted before.
    fn sees(self) -> Seen {
        match self {
            Self::Soft => Seen::Alive,
            Self::Permanent => Seen::All,
        }
    }
}

/// A schema, which every subject of its context shares.
#[derive(Clone)]
pub(super) struct Schema {
    pub(super) guid: Uuid,
    /// What was sent to register it.
    pub(super) content: Map<String, Value>,
}

/// A version of a subject.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) version: i32,
    pub(super) id: i32,
    pub(super) deleted: bool,
}

impl Schemas {
    /// Registers a schema, unless it is there.
    pub(super) fn register(&mut self, subject: &str, body: Value) -> Result<Entry, Refused> {
        let content = content(body)?;
        if self.mode(subject) == "READONLY" {
            let message = format!("Subject {subject} is in read-only mode");
            return Err((422, 42205, message));
        }
        self.check_references(subject, &content)?;
        if let Some(entry) = self.find(subject, &content, Seen::Alive) {
            return Ok(entry);
        }
        let messages = self.differences(subject, &content);
        if !messages.is_empty() {
            let message = format!(
                "Schema being registered is incompatible with an earlier schema for subject \
                 \"{subject}\", details: {messages:?}"
            );
            return Err((409, 409, message));
        }
        let id = self.number(context(subject), content);
        let entries = self.subjects.entry(subject.to_owned()).or_default();
        let last = entries.iter().map(|entry| entry.version).max();
        let entry = Entry {
            version: last.unwrap_or_default() + 1,
            id,
            deleted: false,
        };
        entries.push(entry.clone());
        Ok(entry)
    }

    /// Puts a schema in the place of the latest version.
    pub(super) fn replace(&mut self, subject: &str, body: Value) -> Result<(), Refused> {
        let content = content(body)?;
        self.check_references(subject, &content)?;
        let latest = self.entry(subject, "latest", Seen::Alive)?;
        let id = self.number(context(subject), content);
        let entries = self.subjects.entry(subject.to_owned()).or_default();
        for entry in entries
            .iter_mut()
            .filter(|entry| entry.version == latest.version)
        {
            entry.id = id;
        }
        Ok(())
    }

    /// Finds a schema in a subject.
    pub(super) fn look_up(&self, subject: &str, body: Value, seen: Seen) -> Result<Entry, Refused> {
        let content = content(body)?;
        self.entries(subject, seen)?;
        self.find(subject, &content, seen)
            .ok_or_else(|| (404, 40403, "Schema not found".to_owned()))
    }

    /// Says why a subject does not take a schema.
    pub(super) fn compatibility(&self, subject: &str, body: Value) -> Result<Vec<String>, Refused> {
        Ok(self.differences(subject, &content(body)?))
    }

    pub(super) fn compare(&mut self, check: Check) {
        self.check = Some(check);
        self.levels.insert(String::new(), "BACKWARD".to_owned());
    }

    pub(super) fn associate(&mut self, association: [&str; 4]) {
        self.associations.insert(association.map(str::to_owned));
    }

    pub(super) fn associated(&self, namespace: &str, topic: &str, side: &str) -> Vec<Value> {
        let matching = self.associations.iter().filter(|[at, of, on, _]| {
            (namespace == "-" || namespace == at) && topic == of && side == on
        });
        let shown = matching.map(|[namespace, topic, side, subject]| {
            json!({
                "subject": subject, "resourceName": topic, "resourceNamespace": namespace,
                "resourceType": "topic", "associationType": side, "lifecycle": "STRONG",
            })
        });
        shown.collect()
    }

    /// Returns the versions of a subject, oldest first.
    pub(super) fn entries(&self, subject: &str, seen: Seen) -> Result<Vec<Entry>, Refused> {
        let entries = self.subjects.get(subject).into_iter().flatten();
        let entries: Vec<_> = entries
            .filter(|entry| seen == Seen::All || !entry.deleted)
            .cloned()
            .collect();
        if entries.is_empty() {
            return Err((404, 40401, format!("Subject '{subject}' not found.")));
        }
        Ok(entries)
    }

    /// Returns a version of a subject: a number, or `latest`.
    pub(super) fn entry(&self, subject: &str, version: &str, seen: Seen) -> Result<Entry, Refused> {
        let entries = self.entries(subject, seen)?;
        let found = match version {
            "latest" | "-1" => entries.last(),
            number => entries
                .iter()
                .find(|entry| entry.version.to_string() == number),
        };
        found
            .cloned()
            .ok_or_else(|| (404, 40402, format!("Version {version} not found.")))
    }

    pub(super) fn schema(&self, subject: &str, id: i32) -> Result<&Schema, Refused> {
        let context = self.contexts.get(context(subject));
        context
            .and_then(|schemas| schemas.get(&id))
            .ok_or_else(|| (404, 40403, format!("Schema {id} not found")))
    }

    pub(super) fn delete_subject(
        &mut self,
        subject: &str,
        deletion: Deletion,
    ) -> Result<Vec<i32>, Refused> {
        let entries = self.entries(subject, deletion.sees())?;
        for entry in &entries {
            self.delete_version(subject, &entry.version.to_string(), deletion)?;
        }
        Ok(entries.into_iter().map(|entry| entry.version).collect())
    }

    pub(super) fn delete_version(
        &mut self,
        subject: &str,
        version: &str,
        deletion: Deletion,
    ) -> Result<i32, Refused> {
        let entry = self.entry(subject, version, deletion.sees())?;
        if !self.referring(subject, entry.version).is_empty() {
            let message = format!("One or more references exist to the schema {subject}");
            return Err((422, 42206, message));
        }
        let entries = self.subjects.entry(subject.to_owned()).or_default();
        if deletion == Deletion::Soft {
            let same = entries
                .iter_mut()
                .find(|known| known.version == entry.version);
            same.expect("it was found").deleted = true;
        } else if entry.deleted {
            entries.retain(|known| known.version != entry.version);
        } else {
            let message = format!(
                "Subject '{subject}' was not deleted first before being permanently deleted"
            );
            return Err((404, 40405, message));
        }
        Ok(entry.version)
    }

    /// Returns the numbers of the schemas that refer to a version.
    pub(super) fn referring(&self, subject: &str, version: i32) -> Vec<i32> {
        let named = json!({ "subject": subject, "version": version });
        let refers = |schema: &Schema| {
            references(&schema.content)
                .any(|other| other["subject"] == named["subject"] && other["version"] == version)
        };
        let alive = self
            .subjects
            .values()
            .flatten()
            .filter(|entry| !entry.deleted);
        let ids: BTreeSet<i32> = alive.map(|entry| entry.id).collect();
        let schemas = self.contexts.get(context(subject)).into_iter().flatten();
        let referring = schemas.filter(|(id, schema)| ids.contains(id) && refers(schema));
        referring.map(|(id, _)| *id).collect()
    }

    pub(super) fn level(&self, subject: &str) -> &str {
        of(&self.levels, subject, "NONE")
    }

    pub(super) fn mode(&self, subject: &str) -> &str {
        of(&self.modes, subject, "READWRITE")
    }

    fn differences(&self, subject: &str, content: &Map<String, Value>) -> Vec<String> {
        let (Some(check), Ok(latest)) = (&self.check, self.entry(subject, "latest", Seen::Alive))
        else {
            return Vec::new();
        };
        let Ok(latest) = self.schema(subject, latest.id) else {
            return Vec::new();
        };
        match self.level(subject) {
            "NONE" => Vec::new(),
            _ => check(text(&latest.content), text(content)),
        }
    }

    fn check_references(&self, subject: &str, content: &Map<String, Value>) -> Result<(), Refused> {
        for reference in references(content) {
            let name = reference["subject"].as_str().unwrap_or_default();
            let version = reference["version"].to_string();
            let inside = match context(subject) {
                "." => name.to_owned(),
                context if !name.starts_with(":.") => format!(":{context}:{name}"),
                _ => name.to_owned(),
            };
            self.entry(&inside, &version, Seen::All).map_err(|_missing| {
                let message = format!("Invalid schema: no schema reference found for subject \"{name}\" and version {version}");
                (422, 42201, message)
            })?;
        }
        Ok(())
    }

    fn find(&self, subject: &str, content: &Map<String, Value>, seen: Seen) -> Option<Entry> {
        let entries = self.entries(subject, seen).ok()?;
        let same = |entry: &&Entry| {
            let schema = self.schema(subject, entry.id);
            schema.is_ok_and(|schema| is_same(&schema.content, content))
        };
        entries.iter().rev().find(same).cloned()
    }

    /// Returns the number of a schema in a context; equal ones share number and GUID.
    fn number(&mut self, context: &str, content: Map<String, Value>) -> i32 {
        let mut all = self.contexts.values().flat_map(BTreeMap::values);
        let known = all.find(|schema| is_same(&schema.content, &content));
        let guid = known.map_or_else(Uuid::new_v4, |schema| schema.guid);
        let schemas = self.contexts.entry(context.to_owned()).or_default();
        if let Some((id, _)) = schemas.iter().find(|(_, schema)| schema.guid == guid) {
            return *id;
        }
        let id = schemas.last_key_value().map_or(1, |(last, _)| last + 1);
        schemas.insert(id, Schema { guid, content });
        id
    }
}

/// Returns the context of a subject: `.ctx` of `:.ctx:name`; `.` is the default one.
pub(super) fn context(subject: &str) -> &str {
    let named = subject
        .strip_prefix(':')
        .and_then(|rest| rest.split_once(':'));
    named.map_or(".", |(context, _)| context)
}

/// Returns the text of a schema.
pub(super) fn text(content: &Map<String, Value>) -> &str {
    content
        .get("schema")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn references(content: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    let references = content.get("references").and_then(Value::as_array);
    references.into_iter().flatten()
}

/// Reads what is to be registered, and refuses what is no schema in its format.
fn content(body: Value) -> Result<Map<String, Value>, Refused> {
    let Value::Object(mut content) = body else {
        return Err((422, 42201, "Invalid schema: expected an object".to_owned()));
    };
    content.retain(|key, value| {
        let kept = ["schema", "schemaType", "references", "metadata", "ruleSet"];
        kept.contains(&key.as_str()) && !value.is_null() && *value != json!([])
    });
    if content.get("schemaType") == Some(&json!("AVRO")) {
        content.remove("schemaType");
    }
    let is_json = content.get("schemaType") != Some(&json!("PROTOBUF"));
    let parsed = serde_json::from_str::<Value>(text(&content));
    if text(&content).is_empty() || (is_json && parsed.is_err()) {
        return Err((422, 42201, format!("Invalid schema {}", text(&content))));
    }
    Ok(content)
}

/// Compares schemas; in JSON, spaces and the order of keys mean nothing.
fn is_same(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    let rest = |content: &Map<String, Value>| {
        let mut rest = content.clone();
        rest.remove("schema");
        rest
    };
    let parsed = |content| serde_json::from_str::<Value>(text(content)).ok();
    let same = match (parsed(one), parsed(other)) {
        (Some(one), Some(other)) => one == other,
        _ => text(one) == text(other),
    };
    same && rest(one) == rest(other)
}

fn of<'a>(values: &'a BTreeMap<String, String>, subject: &str, default: &'a str) -> &'a str {
    let own = values.get(subject).or_else(|| values.get(""));
    own.map_or(default, String::as_str)
}
