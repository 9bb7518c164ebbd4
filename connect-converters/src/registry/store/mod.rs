//! [`Registry`]: the client's answers, each asked for once.

mod beside;
mod context;
mod places;
mod references;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use connect_api::{Error, Result};
use uuid::Uuid;

pub(crate) use self::places::TopicRef;
use self::{
    places::{LatestOf, LatestRef, Numbered, NumberedRef, TextIn, TextRef, Topic},
    references::References,
};
use super::{
    Client, Deleted, Refusal, Registered, RegistryConfig, Rule, SchemaText, SchemaType, Version,
    answers::Answers,
};

/// What a message says about its schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Id(i32),
    Guid(Uuid),
}

/// As messages of errors name it: `schema 17`.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "schema {id}"),
            Self::Guid(guid) => write!(f, "schema {guid}"),
        }
    }
}

/// A schema that the registry knows.
#[derive(Debug)]
pub(crate) struct Known {
    /// The numbers that messages bear; an old registry says no GUID.
    pub(crate) id: Option<i32>,
    pub(crate) guid: Option<Uuid>,
    /// The version in the subject that was asked for, if the answer said it.
    pub(crate) version: Option<i32>,
    pub(crate) schema: Resolved,
    /// The subject that was asked for, and the schema as it is there.
    subject: String,
    text: SchemaText,
    rules: Vec<Rule>,
}

impl Known {
    fn is(&self, found: &Registered) -> bool {
        let numbers = (self.id, self.guid, self.version) == (found.id, found.guid, found.version);
        numbers && self.text == found.schema && self.rules == found.rules
    }

    /// Refuses a schema with rules that would have to run, as none is.
    pub(crate) fn check_rules(&self, purpose: Purpose) -> Result<()> {
        let counts = |rule: &&Rule| match purpose {
            Purpose::Reading => rule.is_for_reading(),
            Purpose::ReadingOthers => rule.is_for_reading() || rule.is_for_migration(),
            Purpose::Writing => rule.is_for_writing(),
        };
        match self.rules.iter().find(counts) {
            None => Ok(()),
            Some(rule) => Err(Error::rejected(format!(
                "expected a schema without rules, found rule `{}` of type {} and mode {}, and rules are not run",
                rule.name, rule.rule_type, rule.mode
            ))),
        }
    }
}

/// A schema with every schema that it refers to, directly or not.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    pub(crate) schema_type: SchemaType,
    pub(crate) text: Arc<str>,
    /// Under the names by which this one calls them.
    pub(crate) references: Vec<(String, Arc<Self>)>,
}

/// For how long a schema that was refused is not offered again.
///
/// Confluent has no option for that. It spares the registry a batch of records, and whoever mends the subject has no
/// long wait.
const REFUSED: Duration = Duration::from_secs(30);

/// How many schemas that were refused are known, with the words of the registry and the schema that it has.
const MOST_REFUSED: u32 = 64;

/// The registry and what it said: bounded, and shared by all who convert with it.
///
/// Callers that ask for the same thing at the same time share one request; one that goes away leaves it to the others.
/// Errors: `Unavailable` if no address answers, `Rejected` if the registry knows nothing of what was asked or refuses
/// it, `Fatal` if it refuses us.
pub(crate) struct Registry {
    client: Client,
    numbered: Answers<Numbered, Arc<Known>>,
    texts: Answers<TextIn, Arc<Known>>,
    latest: Answers<LatestOf, Arc<Known>>,
    versions: Answers<(String, i32), Arc<Registered>>,
    /// Which version a schema has in a subject.
    placed: Answers<TextIn, Option<i32>>,
    /// The subjects of topics, by cluster, topic and side.
    associations: Answers<Topic, Option<Arc<str>>>,
}

/// For how long it counts which subject a topic is associated with, and of how many topics it is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Associations {
    pub(crate) most: u32,
    /// For ever without it.
    pub(crate) counts: Option<Duration>,
}

/// What a schema is wanted for, which decides about its rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Reading,
    /// Values of another version are read as this one.
    ReadingOthers,
    Writing,
}

impl Registry {
    /// Reads the options, and connects to nothing.
    pub(crate) fn new(config: &RegistryConfig, associations: Associations) -> Result<Self> {
        let caches = &config.caches;
        let (most, most_missing) = (caches.max_schemas_per_subject, caches.missing_cache_size);
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        // What was fetched for a record has to count until that record is converted.
        let latest = u64::try_from(caches.latest_cache_ttl_sec)
            .ok()
            .map(|counts| Duration::from_secs(counts.max(1)));
        Ok(Self {
            client: Client::new(config)?,
            numbered: Answers::new(most)
                .missing(most_missing, seconds(caches.missing_id_cache_ttl_sec)),
            texts: Answers::new(most)
                .missing(most_missing, seconds(caches.missing_schema_cache_ttl_sec))
                .refused(MOST_REFUSED, REFUSED),
            latest: Answers::new(caches.latest_cache_size).counting(latest),
            versions: Answers::new(most)
                .missing(most_missing, seconds(caches.missing_version_cache_ttl_sec)),
            placed: Answers::new(most),
            associations: Answers::new(associations.most).counting(associations.counts),
        })
    }

    /// Returns a schema that was fetched before, for the same subject.
    pub(crate) fn known(&self, key: Key, subject: &str) -> Option<Arc<Known>> {
        self.numbered.get(&NumberedRef::new(key, subject))
    }

    /// Fetches a schema and what it refers to; `subject` tells the context.
    pub(crate) async fn fetch(&self, key: Key, subject: &str) -> Result<Arc<Known>> {
        let ask = async {
            let found = match key {
                Key::Id(id) => self.client.by_id(id, Some(subject)).await?,
                Key::Guid(guid) => self.client.by_guid(guid).await?,
            };
            self.known_as(found, subject).await
        };
        let key = NumberedRef::new(key, subject).to_owned();
        self.numbered.get_or_ask(key, ask).await
    }

    /// Returns what `register` or `look_up` said of a schema before.
    pub(crate) fn known_text(&self, subject: &str, schema: &SchemaText) -> Option<Arc<Known>> {
        self.texts.get(&TextRef { subject, schema })
    }

    /// Registers a schema, if it is not there yet; that it is refused is remembered for a time.
    ///
    /// Errors show beside it the latest schema of the subject.
    pub(crate) async fn register(&self, subject: &str, schema: &SchemaText) -> Result<Arc<Known>> {
        let ask = async {
            match self.client.register(subject, schema).await {
                Ok(found) => {
                    self.latest.forget(|latest| latest.subject == subject);
                    self.known_as(found, subject).await
                }
                Err(error) => Err(self.beside_latest(subject, schema, error).await),
            }
        };
        let key = TextRef { subject, schema }.to_owned();
        self.texts.get_or_ask(key, ask).await
    }

    /// Finds a schema that must be there; errors show beside it the latest one of the subject.
    pub(crate) async fn look_up(&self, subject: &str, schema: &SchemaText) -> Result<Arc<Known>> {
        let ask = async {
            match self.client.look_up(subject, schema, Deleted::Hidden).await {
                Ok(found) => self.known_as(found, subject).await,
                Err(error) => Err(self.beside_latest(subject, schema, error).await),
            }
        };
        let key = TextRef { subject, schema }.to_owned();
        self.texts.get_or_ask(key, ask).await
    }

    /// Returns the latest version of a subject, as long as it counts as such: `latest.cache.ttl.sec`.
    pub(crate) fn known_latest(
        &self,
        subject: &str,
        metadata: &BTreeMap<String, String>,
    ) -> Option<Arc<Known>> {
        self.latest.get(&LatestRef { subject, metadata })
    }

    /// Fetches the latest version of a subject, or the latest one with this metadata.
    pub(crate) async fn latest(
        &self,
        subject: &str,
        metadata: &BTreeMap<String, String>,
    ) -> Result<Arc<Known>> {
        let ask = async {
            let found = match metadata.is_empty() {
                true => {
                    self.client
                        .by_version(subject, Version::Latest, Deleted::Hidden)
                        .await?
                }
                false => self.client.by_metadata(subject, metadata).await?,
            };
            // The same version stays the same value, so that what was prepared with it counts on.
            let last = self.latest.last(&LatestRef { subject, metadata });
            match last.filter(|last| last.is(&found)) {
                Some(last) => Ok(last),
                None => self.known_as(found, subject).await,
            }
        };
        let key = LatestRef { subject, metadata }.to_owned();
        self.latest.get_or_ask(key, ask).await
    }

    /// Fetches the version that a schema has in a subject; `None` if the subject does not have it.
    pub(crate) async fn version(&self, subject: &str, known: &Known) -> Result<Option<i32>> {
        if known.version.is_some() && known.subject == subject {
            return Ok(known.version);
        }
        let ask = async {
            let found = self
                .client
                .look_up(subject, &known.text, Deleted::Shown)
                .await;
            match found {
                Ok(found) => Ok(found.version),
                Err(error) if Refusal::behind(&error).is_some_and(Refusal::is_missing) => Ok(None),
                Err(error) => Err(error),
            }
        };
        let schema = &known.text;
        let key = TextRef { subject, schema }.to_owned();
        self.placed.get_or_ask(key, ask).await
    }

    /// Returns the subject that a topic is associated with, as far as that was asked for and counts still.
    pub(crate) fn known_association(&self, topic: TopicRef<'_>) -> Option<Option<Arc<str>>> {
        self.associations.get(&topic)
    }

    /// Fetches the subject that a topic is associated with.
    pub(crate) async fn association(&self, topic: TopicRef<'_>) -> Result<Option<Arc<str>>> {
        let TopicRef {
            cluster,
            topic: name,
            side,
        } = topic;
        let ask = async {
            let mut found = self.client.associations(cluster, name, side).await?;
            if found.len() > 1 {
                return Err(Error::rejected(format!(
                    "expected one subject that is associated with the {side} of topic `{name}`, found {}",
                    found.len()
                )));
            }
            Ok(found.pop().map(|association| association.subject.into()))
        };
        self.associations.get_or_ask(topic.to_owned(), ask).await
    }

    /// Adds to a schema what it refers to.
    async fn known_as(&self, found: Registered, subject: &str) -> Result<Arc<Known>> {
        let inside = found.subject.as_deref().unwrap_or(subject);
        let schema = References::new(self).resolve(&found.schema, inside).await?;
        let same = found.subject.as_deref().is_none_or(|of| of == subject);
        Ok(Arc::new(Known {
            id: found.id,
            guid: found.guid,
            version: found.version.filter(|_| same && !subject.is_empty()),
            schema,
            subject: subject.to_owned(),
            text: found.schema,
            rules: found.rules,
        }))
    }

    /// Fetches what a reference names; deleted versions count, as messages still refer to them.
    async fn referred(&self, subject: &str, version: i32) -> Result<Arc<Registered>> {
        let numbered = match version {
            // Whoever registered it meant the latest one, and no registry says so in answers.
            -1 => Version::Latest,
            version => Version::Number(version),
        };
        let ask = async {
            let found = self
                .client
                .by_version(subject, numbered, Deleted::Shown)
                .await?;
            Ok(Arc::new(found))
        };
        match numbered {
            Version::Latest => ask.await,
            Version::Number(_) => {
                let key = (subject.to_owned(), version);
                self.versions.get_or_ask(key, ask).await
            }
        }
    }
}
