//! Schemas that were read or written before.

use std::{
    hash::{Hash, Hasher},
    sync::{Arc, RwLock, TryLockError},
};

use bytes::Bytes;
use connect_api::{
    Result, Schema,
    json::{Kind, Reader},
};
use quick_cache::{Equivalent, sync::Cache};

use super::{config::Rules, schema_reader, schema_text};

/// The text in front of a payload, by the identity of its schema.
///
/// A schema that is built anew for every record is written anew: comparing it field by field would cost as much.
pub(super) struct SchemaTexts(Cache<ByIdentity, Arc<str>>);

impl SchemaTexts {
    pub(super) fn new(size: usize) -> Self {
        Self(Cache::new(size))
    }

    /// Returns `{"schema":…,"payload":`.
    pub(super) fn opening(&self, schema: &Schema, rules: Rules) -> Result<Arc<str>> {
        if let Some(known) = self.0.get(&Identity(schema)) {
            return Ok(known);
        }
        let mut text = String::from(r#"{"schema":"#);
        schema_text::write(schema, rules, &mut text)?;
        text.push_str(r#","payload":"#);
        let text: Arc<str> = text.into();
        self.0.insert(ByIdentity(schema.clone()), Arc::clone(&text));
        Ok(text)
    }
}

/// Keeps the schema, so that no other one gets its identity.
struct ByIdentity(Schema);

impl PartialEq for ByIdentity {
    fn eq(&self, other: &Self) -> bool {
        self.0.is_same(&other.0)
    }
}

impl Eq for ByIdentity {}

impl Hash for ByIdentity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Identity(&self.0).hash(state);
    }
}

struct Identity<'a>(&'a Schema);

impl Hash for Identity<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.identity().hash(state);
    }
}

impl Equivalent<ByIdentity> for Identity<'_> {
    fn equivalent(&self, key: &ByIdentity) -> bool {
        self.0.is_same(&key.0)
    }
}

/// Schemas by their text.
///
/// The texts that were met last are compared with what stands in front of the reader before it is even known where
/// the schema ends: a record of the same schema as those before it costs one comparison of bytes.
pub(super) struct TextSchemas {
    all: Cache<Bytes, Schema>,
    recent: RwLock<Recent>,
}

#[derive(Default)]
struct Recent {
    entries: Vec<(Bytes, Schema)>,
    replaced: usize,
}

impl TextSchemas {
    const RECENT: usize = 4;

    pub(super) fn new(size: usize) -> Self {
        Self {
            all: Cache::new(size),
            recent: RwLock::default(),
        }
    }

    /// Consumes a schema; `null` is none.
    pub(super) fn read(&self, reader: &mut Reader<'_>, rules: Rules) -> Result<Option<Schema>> {
        if reader.peek()? == Kind::Null {
            return reader.null().map(|()| None);
        }
        if let Some((length, schema)) = self.recent(reader.rest()) {
            reader.advance(length);
            return Ok(Some(schema));
        }
        let range = reader.skip()?;
        let text = reader.source();
        let key = &text.as_bytes()[range.clone()];
        let schema = match self.all.get(key) {
            Some(schema) => schema,
            None => {
                let Some(schema) = schema_reader::read_at(text, range.start, rules)? else {
                    return Ok(None);
                };
                self.all.insert(Bytes::copy_from_slice(key), schema.clone());
                schema
            }
        };
        self.remember(key, &schema);
        Ok(Some(schema))
    }

    /// A whole JSON object is never the beginning of a longer one, so the first match is the schema.
    fn recent(&self, rest: &[u8]) -> Option<(usize, Schema)> {
        let recent = match self.recent.try_read() {
            Ok(recent) => recent,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        recent
            .entries
            .iter()
            .find(|(text, _)| rest.starts_with(text))
            .map(|(text, schema)| (text.len(), schema.clone()))
    }

    /// Never waits: if another thread is reading, the next record tries again.
    fn remember(&self, text: &[u8], schema: &Schema) {
        let Ok(mut recent) = self.recent.try_write() else {
            return;
        };
        let entry = (Bytes::copy_from_slice(text), schema.clone());
        if recent.entries.len() < Self::RECENT {
            recent.entries.push(entry);
        } else {
            let at = recent.replaced % Self::RECENT;
            recent.replaced += 1;
            recent.entries[at] = entry;
        }
    }
}
