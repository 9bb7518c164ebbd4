//! [`Client`]: what can be asked of a registry.

mod settings;

use std::{collections::BTreeMap, fmt::Write};

use connect_api::{Error, ErrorKind, Result};
use reqwest::Method;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

pub use self::settings::{CompatibilityLevel, Mode};
use super::{
    Association, Compatibility, ContextId, Refusal, Registered, RegistryConfig, SchemaText,
    SubjectVersion,
    answer::{Answer, SchemaJson},
    http::{Request, Transport},
    path::{query, segment},
};

/// Asks a schema registry, and keeps nothing of its answers.
///
/// It takes any registry with Confluent's API: Confluent's, Karapace, Apicurio (at `/apis/ccompat/v7`). A subject in a
/// context is `:.context:subject`. Building it connects to nothing. Requests go to the address that answered last, then
/// to the others, and are repeated as the options say.
///
/// # Errors
///
/// Of every method:
///
/// - `Unavailable`: no address answers, or none with what a registry answers; if the registry said how long to wait,
///   the error does.
/// - `Rejected`: the registry does not have it, or does not take it; [`Refusal::behind`] tells which.
/// - `Fatal`: it refuses who asks.
/// - `Config`: a file of certificates cannot be read.
#[derive(Debug)]
pub struct Client {
    transport: Transport,
    normalize: bool,
}

/// A version of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Version {
    /// The newest one.
    Latest,
    /// The one with this number.
    Number(i32),
}

/// Whether what was deleted softly is found too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Deleted {
    /// It is not.
    Hidden,
    /// It is.
    Shown,
}

impl Deleted {
    fn query(self) -> bool {
        self == Self::Shown
    }
}

/// How something is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Deletion {
    /// Softly: messages with its schemas can still be read.
    Soft,
    /// For good, after it was deleted softly.
    Permanent,
}

impl Deletion {
    fn query(self) -> bool {
        self == Self::Permanent
    }
}

#[expect(clippy::missing_errors_doc, reason = "they are those of the type")]
impl Client {
    /// Reads the options.
    ///
    /// # Errors
    ///
    /// `Config`, naming the key.
    pub fn new(config: &RegistryConfig) -> Result<Self> {
        Ok(Self {
            transport: Transport::new(config)?,
            normalize: config.normalize_schemas,
        })
    }

    /// Fetches the schema with this number; the subject tells the context.
    pub async fn by_id(&self, id: i32, subject: Option<&str>) -> Result<Registered> {
        let path = format!("schemas/ids/{id}{}", subject_query(subject));
        let mut found = self.get::<Answer>(path).await?.registered()?;
        found.id = Some(id);
        Ok(found)
    }

    /// Fetches the schema with this GUID.
    pub async fn by_guid(&self, guid: Uuid) -> Result<Registered> {
        let path = format!("schemas/guids/{guid}");
        let mut found = self.get::<Answer>(path).await?.registered()?;
        found.guid = Some(guid);
        Ok(found)
    }

    /// Fetches a version of a subject.
    pub async fn by_version(
        &self,
        subject: &str,
        version: Version,
        deleted: Deleted,
    ) -> Result<Registered> {
        let path = format!(
            "{}?deleted={}",
            version_path(subject, version)?,
            deleted.query()
        );
        self.get::<Answer>(path).await?.registered()
    }

    /// Fetches the latest version of a subject that has this metadata.
    pub async fn by_metadata(
        &self,
        subject: &str,
        metadata: &BTreeMap<String, String>,
    ) -> Result<Registered> {
        let mut path = format!(
            "subjects/{}/metadata?deleted=false",
            segment("subject", subject)?
        );
        for (key, value) in metadata {
            let _ = write!(path, "&key={}&value={}", query(key), query(value));
        }
        self.get::<Answer>(path).await?.registered()
    }

    /// Registers a schema in a subject, if it is not there yet.
    pub async fn register(&self, subject: &str, schema: &SchemaText) -> Result<Registered> {
        let (subject, normalize) = (segment("subject", subject)?, self.normalize);
        let path = format!("subjects/{subject}/versions?normalize={normalize}");
        let answer: Answer = self.post(path, &SchemaJson::from(schema)).await?;
        answer.about(schema)
    }

    /// Finds a schema in a subject.
    pub async fn look_up(
        &self,
        subject: &str,
        schema: &SchemaText,
        deleted: Deleted,
    ) -> Result<Registered> {
        let (subject, normalize) = (segment("subject", subject)?, self.normalize);
        let path = format!(
            "subjects/{subject}?normalize={normalize}&deleted={}",
            deleted.query()
        );
        let answer: Answer = self.post(path, &SchemaJson::from(schema)).await?;
        answer.about(schema)
    }

    /// Asks whether a subject would take a schema, compared with one version of it.
    pub async fn check(
        &self,
        subject: &str,
        version: Version,
        schema: &SchemaText,
    ) -> Result<Compatibility> {
        let path = version_path(subject, version)?;
        let path = format!(
            "compatibility/{path}?normalize={}&verbose=true",
            self.normalize
        );
        self.post(path, &SchemaJson::from(schema)).await
    }

    /// Lists subjects.
    pub async fn subjects(&self, deleted: Deleted) -> Result<Vec<String>> {
        self.get(format!("subjects?deleted={}", deleted.query()))
            .await
    }

    /// Lists the versions of a subject.
    pub async fn versions(&self, subject: &str, deleted: Deleted) -> Result<Vec<i32>> {
        let subject = segment("subject", subject)?;
        self.get(format!(
            "subjects/{subject}/versions?deleted={}",
            deleted.query()
        ))
        .await
    }

    /// Lists the schemas, by their numbers, that refer to a version.
    pub async fn referenced_by(&self, subject: &str, version: Version) -> Result<Vec<i32>> {
        self.get(format!("{}/referencedby", version_path(subject, version)?))
            .await
    }

    /// Lists where the schema with this number is.
    pub async fn places(&self, id: i32, subject: Option<&str>) -> Result<Vec<SubjectVersion>> {
        let subject = subject_query(subject);
        self.get(format!("schemas/ids/{id}/versions{subject}"))
            .await
    }

    /// Lists the numbers of the schema with this GUID.
    pub async fn ids(&self, guid: Uuid) -> Result<Vec<ContextId>> {
        self.get(format!("schemas/guids/{guid}/ids")).await
    }

    /// Lists the formats that the registry takes schemas of.
    pub async fn schema_types(&self) -> Result<Vec<String>> {
        self.get("schemas/types".to_owned()).await
    }

    /// Lists contexts; the default one is `.`.
    pub async fn contexts(&self) -> Result<Vec<String>> {
        self.get("contexts".to_owned()).await
    }

    /// Lists the subjects that are associated with a topic's keys or values.
    ///
    /// Registries that know no associations have none. `namespace` is the id of the cluster, or `-` for any; `side` is `key` or `value`.
    pub async fn associations(
        &self,
        namespace: &str,
        topic: &str,
        side: &str,
    ) -> Result<Vec<Association>> {
        let (namespace, topic) = (segment("cluster", namespace)?, segment("topic", topic)?);
        let path = format!(
            "associations/resources/{namespace}/{topic}?resourceType=topic&associationType={}",
            query(side)
        );
        match self.get(path).await {
            Err(error) if Refusal::behind(&error).is_some_and(|no| no.status() == 404) => {
                Ok(Vec::new())
            }
            answer => answer,
        }
    }

    /// Deletes a subject, and returns which versions it had.
    pub async fn delete_subject(&self, subject: &str, deletion: Deletion) -> Result<Vec<i32>> {
        let subject = segment("subject", subject)?;
        let path = format!("subjects/{subject}?permanent={}", deletion.query());
        self.ask(Method::DELETE, path, None).await
    }

    /// Deletes a version of a subject, and returns its number.
    pub async fn delete_version(
        &self,
        subject: &str,
        version: Version,
        deletion: Deletion,
    ) -> Result<i32> {
        let path = version_path(subject, version)?;
        let path = format!("{path}?permanent={}", deletion.query());
        self.ask(Method::DELETE, path, None).await
    }

    async fn get<T: DeserializeOwned>(&self, path: String) -> Result<T> {
        self.ask(Method::GET, path, None).await
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: String,
        body: &(impl Serialize + Sync),
    ) -> Result<T> {
        self.ask(Method::POST, path, Some(json(body)?)).await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: String,
        body: Option<Vec<u8>>,
    ) -> Result<T> {
        let request = Request { method, path, body };
        self.transport.ask(&request).await
    }
}

fn json(body: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(body).map_err(|error| {
        Error::new(ErrorKind::Fatal, "writing a request as JSON").with_source(error)
    })
}

fn version_path(subject: &str, version: Version) -> Result<String> {
    let subject = segment("subject", subject)?;
    Ok(match version {
        Version::Latest => format!("subjects/{subject}/versions/latest"),
        Version::Number(number) => format!("subjects/{subject}/versions/{number}"),
    })
}

fn subject_query(subject: Option<&str>) -> String {
    match subject {
        Some(subject) if !subject.is_empty() => format!("?subject={}", query(subject)),
        _ => String::new(),
    }
}
