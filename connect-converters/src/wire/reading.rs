//! [`Readings`]: what reads messages of one schema, prepared once.

use std::{
    collections::BTreeMap,
    hash::{Hash, Hasher},
    sync::Arc,
};

use connect_api::{Error, ErrorKind, Result, SchemaAndValue, Str};
use quick_cache::{Equivalent, sync::Cache};

use super::{Format, Wire, WireConfig, frame::Framed};
use crate::{
    registry::{Key, Known, Purpose},
    told::Told,
};

/// What reads messages, by topic and by what they say of their schema.
pub(super) struct Readings<F: Format> {
    prepared: Cache<Place, Arc<Reading<F>>>,
    /// The metadata of the version that values come as, if it is not the one that they were written with.
    latest: Option<BTreeMap<String, String>>,
}

/// What reads the messages of one schema in one topic, or why they cannot be read.
struct Reading<F: Format> {
    reader: Result<F::Reader, Told>,
    /// What values come as, and the subject that it is the latest version of.
    wanted: Option<(Arc<str>, Arc<Known>)>,
}

impl<F: Format> Readings<F> {
    pub(super) fn new(config: &WireConfig) -> Result<Self> {
        Ok(Self {
            prepared: Cache::new(config.schemas_cache_config as usize),
            latest: config.latest()?,
        })
    }

    pub(super) fn read(
        &self,
        wire: &Wire<F>,
        topic: &str,
        framed: &Framed,
    ) -> Result<SchemaAndValue> {
        let place = PlaceRef {
            topic,
            key: framed.key,
        };
        match self.prepared.get(&place) {
            Some(reading) if self.is_current(wire, &reading) => {
                let read = match &reading.reader {
                    Ok(reader) => wire.format.read(reader, framed.message()),
                    Err(told) => Err(told.clone().into()),
                };
                read.map_err(|error| error.context(framed.key))
            }
            _ => Err(Error::not_prepared(format!(
                "topic `{topic}`: the registry was not asked for {}",
                framed.key
            ))),
        }
    }

    /// Asks the registry for what `read` lacked.
    pub(super) async fn prepare(&self, wire: &Wire<F>, topic: &str, framed: &Framed) -> Result<()> {
        let reading = self
            .reading(wire, topic, framed.key)
            .await
            .map_err(|error| error.context(framed.key))?;
        let place = Place {
            topic: topic.into(),
            key: framed.key,
        };
        self.prepared.insert(place, Arc::new(reading));
        Ok(())
    }

    async fn reading(&self, wire: &Wire<F>, topic: &str, key: Key) -> Result<Reading<F>> {
        let registry = &wire.registry;
        let associated = wire.subjects.ask(registry, topic).await?;
        // A subject that is named after the record is known when the schema is.
        let before = match (&associated, wire.subjects.need_schema()) {
            (None, true) => None,
            _ => Some(wire.subjects.subject(associated.clone(), topic, None)?),
        };
        let known = registry
            .fetch(key, before.as_deref().unwrap_or_default())
            .await?;
        wire.of_format(&known)?;
        let subject = match before {
            Some(subject) => subject,
            None => {
                let name = wire.format.name(&known.schema)?;
                wire.subjects.subject(associated, topic, name.as_deref())?
            }
        };
        let wanted = match &self.latest {
            Some(metadata) => Some(registry.latest(&subject, metadata).await?),
            None => None,
        };
        let version = match &wanted {
            Some(latest) => latest.version,
            None => registry.version(&subject, &known).await?,
        };
        match &wanted {
            None => known.check_rules(Purpose::Reading)?,
            Some(latest) => {
                wire.of_format(latest)?;
                latest.check_rules(match latest.schema.text == known.schema.text {
                    true => Purpose::Reading,
                    false => Purpose::ReadingOthers,
                })?;
            }
        }
        let as_written = wanted.as_ref().map(|wanted| &wanted.schema);
        let reader = match wire.format.reader(&known.schema, as_written, version) {
            Ok(reader) => Ok(reader),
            Err(error) if error.kind() == ErrorKind::Rejected => Err(Told::from(&error)),
            Err(error) => return Err(error),
        };
        Ok(Reading {
            reader,
            wanted: wanted.map(|wanted| (subject, wanted)),
        })
    }

    /// Returns whether values would come as the same schema now.
    fn is_current(&self, wire: &Wire<F>, reading: &Reading<F>) -> bool {
        let (Some((subject, wanted)), Some(metadata)) = (&reading.wanted, &self.latest) else {
            return true;
        };
        let latest = wire.registry.known_latest(subject, metadata);
        latest.is_some_and(|latest| Arc::ptr_eq(&latest, wanted))
    }
}

/// A topic, and what its messages say of their schema.
#[derive(PartialEq, Eq)]
struct Place {
    topic: Str,
    key: Key,
}

struct PlaceRef<'a> {
    topic: &'a str,
    key: Key,
}

impl Hash for PlaceRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
        self.topic.hash(state);
    }
}

impl Hash for Place {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { topic, key } = self;
        PlaceRef { topic, key: *key }.hash(state);
    }
}

impl Equivalent<Place> for PlaceRef<'_> {
    fn equivalent(&self, place: &Place) -> bool {
        self.key == place.key && place.topic == self.topic
    }
}
