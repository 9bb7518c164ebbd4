//! [`Registered`] and what else a registry answers.

use connect_api::{Error, Result};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Reference, SchemaText, SchemaType};

/// A schema as a registry knows it.
///
/// What an old registry does not say is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Registered {
    /// The subject that it is in.
    pub subject: Option<String>,
    /// Its version in that subject.
    pub version: Option<i32>,
    /// The number that messages bear.
    pub id: Option<i32>,
    /// The GUID that messages bear.
    pub guid: Option<Uuid>,
    /// The schema.
    pub schema: SchemaText,
    /// What is to be done to values, or to be true of them, when they are written or read.
    pub rules: Vec<Rule>,
}

/// A rule of a schema; this crate runs none.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// What kind of rule it is, such as `ENCRYPT` or `CEL`.
    #[serde(rename = "type", default)]
    pub rule_type: String,
    /// When it counts: `WRITE`, `READ`, `WRITEREAD`.
    #[serde(default)]
    pub mode: String,
    #[serde(default)]
    disabled: bool,
}

impl Rule {
    /// Returns whether it counts when values are written.
    #[must_use]
    pub fn is_for_writing(&self) -> bool {
        matches!(self.mode.as_str(), "WRITE" | "WRITEREAD")
    }

    /// Returns whether it counts when values of another version are read as this one.
    #[must_use]
    pub fn is_for_migration(&self) -> bool {
        matches!(self.mode.as_str(), "UPGRADE" | "DOWNGRADE" | "UPDOWN")
    }

    /// Returns whether it counts when values are read.
    #[must_use]
    pub fn is_for_reading(&self) -> bool {
        matches!(self.mode.as_str(), "READ" | "WRITEREAD")
    }
}

/// What a registry thinks of a schema that it was shown.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Compatibility {
    /// Whether the subject would take it.
    pub is_compatible: bool,
    /// Why not.
    #[serde(default, deserialize_with = "nullable")]
    pub messages: Vec<String>,
}

/// Where a schema is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct SubjectVersion {
    /// The subject.
    pub subject: String,
    /// The version in that subject.
    pub version: i32,
}

/// The number that a schema has in a context.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ContextId {
    /// The context; `.` is the default one.
    pub context: String,
    /// The number.
    pub id: i32,
}

/// A subject that is associated with a topic.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Association {
    /// The subject.
    pub subject: String,
}

/// A schema in an answer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answer {
    subject: Option<String>,
    version: Option<i32>,
    id: Option<i32>,
    guid: Option<Uuid>,
    schema_type: Option<String>,
    schema: Option<String>,
    references: Option<Vec<ReferenceJson>>,
    rule_set: Option<RuleSet>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RuleSet {
    #[serde(default, deserialize_with = "nullable")]
    domain_rules: Vec<Rule>,
    #[serde(default, deserialize_with = "nullable")]
    encoding_rules: Vec<Rule>,
    #[serde(default, deserialize_with = "nullable")]
    migration_rules: Vec<Rule>,
}

/// A reference, in requests and answers.
#[derive(Deserialize, Serialize)]
struct ReferenceJson {
    name: String,
    subject: String,
    version: i32,
}

/// A schema in a request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SchemaJson<'a> {
    schema: &'a str,
    /// Old registries know no other than Avro, and not this key.
    #[serde(skip_serializing_if = "Option::is_none")]
    schema_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    references: Vec<ReferenceJson>,
}

impl Answer {
    /// Reads the answer to a request that showed a schema, which old registries do not repeat.
    pub(super) fn about(self, shown: &SchemaText) -> Result<Registered> {
        match self.schema {
            Some(_) => self.registered(),
            None => Ok(self.with(shown.clone())),
        }
    }

    /// Reads an answer that shows a schema.
    pub(super) fn registered(mut self) -> Result<Registered> {
        let schema_type = match self.schema_type.as_deref() {
            None | Some("AVRO") => SchemaType::Avro,
            Some("PROTOBUF") => SchemaType::Protobuf,
            Some("JSON") => SchemaType::Json,
            Some(other) => {
                return Err(Error::rejected(format!(
                    "expected a schema of type AVRO, PROTOBUF or JSON, found one of type {other}"
                )));
            }
        };
        let Some(text) = self.schema.take() else {
            return Err(Error::unavailable(
                "expected a schema in the registry's answer, found none",
            ));
        };
        let references = self.references.take().unwrap_or_default();
        let references = references
            .into_iter()
            .map(|json| Reference::new(json.name, json.subject, json.version));
        let schema = SchemaText::new(schema_type, text).with_references(references.collect());
        Ok(self.with(schema))
    }

    fn with(self, schema: SchemaText) -> Registered {
        let rules = self
            .rule_set
            .map(|set| [set.domain_rules, set.encoding_rules, set.migration_rules]);
        let rules = rules.into_iter().flatten().flatten();
        Registered {
            subject: self.subject,
            version: self.version,
            id: self.id,
            guid: self.guid,
            schema,
            rules: rules.filter(|rule| !rule.disabled).collect(),
        }
    }
}

impl<'a> From<&'a SchemaText> for SchemaJson<'a> {
    fn from(schema: &'a SchemaText) -> Self {
        let references = schema.references.iter().map(|reference| ReferenceJson {
            name: reference.name.clone(),
            subject: reference.subject.clone(),
            version: reference.version,
        });
        Self {
            schema: &schema.text,
            schema_type: match schema.schema_type {
                SchemaType::Avro => None,
                other => Some(other.name()),
            },
            references: references.collect(),
        }
    }
}

/// Reads null as an empty list.
fn nullable<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
