//! [`Writings`]: what writes the values of a schema to a topic, prepared once.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use bytes::Bytes;
use connect_api::{Error, ErrorKind, Headers, Result, Schema, SchemaAndValue, Str};
use quick_cache::{Equivalent, sync::Cache};

use super::{
    Described, Format, Wire, WireConfig,
    choice::{Choice, Fit},
    frame::{Frame, Framing},
};
use crate::{
    registry::{Known, Purpose},
    told::Told,
    typical::Typical,
};

/// What writes values, by topic and by the identity of their schema.
///
/// A schema that is built anew for every record is described anew; the registry is asked for its text once.
pub(super) struct Writings<F: Format> {
    prepared: Cache<Place, Arc<Writing<F>>>,
    choice: Choice,
    framing: Framing,
    typical: Typical,
}

/// What writes the values of one schema to one topic, or why they cannot be written with what was chosen.
struct Writing<F: Format> {
    outcome: Result<Writes<F>, Told>,
    described: Described,
    known: Arc<Known>,
}

struct Writes<F: Format> {
    writer: F::Writer,
    frame: Frame,
}

impl<F: Format> Writings<F> {
    pub(super) fn new(config: &WireConfig) -> Result<Self> {
        Ok(Self {
            prepared: Cache::new(config.schemas_cache_config as usize),
            choice: config.choice()?,
            framing: config.framing()?,
            typical: Typical::default(),
        })
    }

    pub(super) fn write(
        &self,
        wire: &Wire<F>,
        topic: &str,
        headers: &mut Headers,
        data: &SchemaAndValue,
    ) -> Result<Bytes> {
        let writing = self.writing(wire, topic, data.schema.as_ref())?;
        let writes = match &writing.outcome {
            Ok(writes) => writes,
            Err(told) => return Err(told.clone().into()),
        };
        let mut out = Vec::with_capacity(self.typical.capacity());
        out.extend_from_slice(writes.frame.prefix());
        wire.format.write(&writes.writer, data, &mut out)?;
        writes.frame.mark(wire.side, headers);
        Ok(self.typical.finish(out))
    }

    /// Asks the registry for what `write` lacked.
    pub(super) async fn prepare(
        &self,
        wire: &Wire<F>,
        topic: &str,
        data: &SchemaAndValue,
    ) -> Result<()> {
        let described = wire.format.describe(data.schema.as_ref())?;
        let name = described.name.as_deref();
        let associated = wire.subjects.ask(&wire.registry, topic).await?;
        let subject = wire.subjects.subject(associated, topic, name)?;
        let asked = self
            .choice
            .ask(&wire.registry, &subject, &described.schema)
            .await;
        match asked {
            // What is wrong with the registry rather than with the record is told here: it ends the task.
            Ok(known) => Frame::check(self.framing, &known),
            Err(error) => Err(error.context(format!("subject `{subject}`"))),
        }
    }

    fn writing(
        &self,
        wire: &Wire<F>,
        topic: &str,
        schema: Option<&Schema>,
    ) -> Result<Arc<Writing<F>>> {
        let place = PlaceRef { topic, schema };
        if let Some(writing) = self.prepared.get(&place)
            && self.is_current(wire, topic, &writing)?
        {
            return Ok(writing);
        }
        let writing = Arc::new(self.assemble(wire, topic, schema)?);
        self.prepared.insert(place.to_owned(), Arc::clone(&writing));
        Ok(writing)
    }

    /// Returns whether the same schema would be chosen now.
    fn is_current(&self, wire: &Wire<F>, topic: &str, writing: &Writing<F>) -> Result<bool> {
        if !wire.subjects.expire() && !matches!(self.choice, Choice::Latest(..)) {
            return Ok(true);
        }
        let Some((_, known)) = self.chosen(wire, topic, &writing.described)? else {
            return Ok(false);
        };
        Ok(Arc::ptr_eq(&known, &writing.known))
    }

    /// Puts a writer together from what the registry said before.
    ///
    /// That the chosen schema is not for these values counts as long as it is chosen.
    fn assemble(&self, wire: &Wire<F>, topic: &str, schema: Option<&Schema>) -> Result<Writing<F>> {
        let described = wire.format.describe(schema)?;
        let Some((subject, known)) = self.chosen(wire, topic, &described)? else {
            return Err(Error::not_prepared(format!(
                "topic `{topic}`: the registry was not asked for the schema to write with"
            )));
        };
        let outcome = match self.writes(wire, &subject, (schema, &described), &known) {
            Ok(writes) => Ok(writes),
            Err(error) if error.kind() == ErrorKind::Rejected => Err(Told::from(&error)),
            Err(error) => return Err(error),
        };
        Ok(Writing {
            outcome,
            described,
            known,
        })
    }

    fn writes(
        &self,
        wire: &Wire<F>,
        subject: &str,
        (schema, described): (Option<&Schema>, &Described),
        known: &Known,
    ) -> Result<Writes<F>> {
        wire.of_format(known)?;
        known.check_rules(Purpose::Writing)?;
        if let Some((Fit::Checked, key)) = self.choice.fit() {
            wire.format
                .check_fits(described, &known.schema)
                .map_err(|error| {
                    error.context(format!(
                        "subject `{subject}`: expected a schema that can read what the record's writes, which {key} \
                         asks for"
                    ))
                })?;
        }
        let writer = wire.format.writer(schema, &known.schema)?;
        let frame = Frame::new(self.framing, known, wire.format.indexes(&writer))?;
        Ok(Writes { writer, frame })
    }

    fn chosen(
        &self,
        wire: &Wire<F>,
        topic: &str,
        described: &Described,
    ) -> Result<Option<(Arc<str>, Arc<Known>)>> {
        let name = described.name.as_deref();
        let Some(subject) = wire.subjects.known(&wire.registry, topic, name)? else {
            return Ok(None);
        };
        let known = self
            .choice
            .known(&wire.registry, &subject, &described.schema);
        Ok(known.map(|known| (subject, known)))
    }
}

/// A topic, and a schema by its identity; it keeps the schema, so that no other one gets that.
struct Place {
    topic: Str,
    schema: Option<Schema>,
}

struct PlaceRef<'a> {
    topic: &'a str,
    schema: Option<&'a Schema>,
}

impl PlaceRef<'_> {
    fn to_owned(&self) -> Place {
        Place {
            topic: self.topic.into(),
            schema: self.schema.cloned(),
        }
    }
}

impl Place {
    fn borrowed(&self) -> PlaceRef<'_> {
        PlaceRef {
            topic: &self.topic,
            schema: self.schema.as_ref(),
        }
    }
}

impl PartialEq for PlaceRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        let same = match (self.schema, other.schema) {
            (Some(one), Some(two)) => one.is_same(two),
            (None, None) => true,
            _ => false,
        };
        same && self.topic == other.topic
    }
}

impl Hash for PlaceRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.schema.map(Schema::identity).hash(state);
        self.topic.hash(state);
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.borrowed() == other.borrowed()
    }
}

impl Eq for Place {}

impl Hash for Place {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.borrowed().hash(state);
    }
}

impl Equivalent<Place> for PlaceRef<'_> {
    fn equivalent(&self, place: &Place) -> bool {
        *self == place.borrowed()
    }
}
