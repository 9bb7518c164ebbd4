//! Messages to values.

mod decode;
mod parts;
mod plan;
mod scalar;

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use connect_api::{Error, Result, Schema, SchemaAndValue};

use self::{decode::Decoder, plan::Plan};
use super::{
    ProtobufDataConfig, connect_schema, indexes,
    layout::Meaning,
    pool::{MessageId, Pool},
    wire::Cursor,
};

/// What reads the messages of a file.
#[derive(Debug)]
pub(crate) struct FileReader {
    config: Arc<ProtobufDataConfig>,
    /// The file that the message indexes belong to.
    written: Arc<Pool>,
    /// The file whose messages the values are to look like.
    wanted: Arc<Pool>,
    version: Option<i32>,
    /// What reads each message of the wanted file, made when it is first met.
    readers: Box<[OnceLock<MessageReader>]>,
}

/// What reads one message.
#[derive(Debug)]
pub(super) struct MessageReader {
    schema: Schema,
    root: Root,
}

#[derive(Debug)]
enum Root {
    Struct(Plan),
    /// A primitive in a message around it.
    Wrapper(plan::Read),
}

impl FileReader {
    pub(super) fn new(
        config: Arc<ProtobufDataConfig>,
        written: Arc<Pool>,
        wanted: Option<Arc<Pool>>,
        version: Option<i32>,
    ) -> Self {
        let wanted = wanted.unwrap_or_else(|| Arc::clone(&written));
        let readers = wanted.messages.iter().map(|_| OnceLock::new()).collect();
        Self {
            config,
            written,
            wanted,
            version,
            readers,
        }
    }

    /// Reads a record, whose message indexes stand in front of it unless they were given.
    pub(super) fn read(&self, path: Option<&[u8]>, body: &Bytes) -> Result<SchemaAndValue> {
        let mut cursor = Cursor::new(body);
        let path = match path {
            Some(bytes) => indexes::read(bytes)?,
            None => indexes::take(&mut cursor)?,
        };
        let id = self.written.at(&path).ok_or_else(|| {
            Error::rejected(format!(
                "message indexes: expected those of a message of the schema, found {path:?}"
            ))
        })?;
        self.read_message(self.wanted_of(id)?, cursor)
    }

    /// Reads a message that stands by itself, the first of the file unless it is named.
    pub(super) fn read_alone(&self, name: Option<&str>, body: &Bytes) -> Result<SchemaAndValue> {
        self.read_message(self.find(name)?, Cursor::new(body))
    }

    /// Returns the Connect schema of a message, the first of the file unless it is named.
    pub(super) fn schema(&self, name: Option<&str>) -> Result<Schema> {
        Ok(self.reader(self.find(name)?)?.schema.clone())
    }

    fn find(&self, name: Option<&str>) -> Result<MessageId> {
        match name {
            Some(name) => self.wanted.message(name),
            None => self.wanted.at(&[0]),
        }
        .ok_or_else(|| {
            let expected = name.map_or("a message".to_owned(), |name| format!("`{name}`"));
            Error::rejected(format!(
                "expected {expected} in the `.proto` file, found none"
            ))
        })
    }

    fn wanted_of(&self, id: MessageId) -> Result<MessageId> {
        if Arc::ptr_eq(&self.written, &self.wanted) {
            return Ok(id);
        }
        self.find(Some(&self.written.messages[id].full_name))
    }

    fn read_message(&self, id: MessageId, cursor: Cursor<'_>) -> Result<SchemaAndValue> {
        let reader = self.reader(id)?;
        let value = reader.read(cursor);
        let value = value.map_err(|error| {
            error.context(format!("message `{}`", self.wanted.messages[id].full_name))
        })?;
        Ok(SchemaAndValue::new(reader.schema.clone(), value))
    }

    fn reader(&self, id: MessageId) -> Result<&MessageReader> {
        let place = &self.readers[id];
        if let Some(reader) = place.get() {
            return Ok(reader);
        }
        let reader = MessageReader::new(&self.wanted, id, &self.config, self.version);
        let reader = reader.map_err(|error| {
            error.context(format!("message `{}`", self.wanted.messages[id].full_name))
        })?;
        Ok(place.get_or_init(|| reader))
    }
}

impl MessageReader {
    fn new(
        pool: &Pool,
        id: MessageId,
        config: &ProtobufDataConfig,
        version: Option<i32>,
    ) -> Result<Self> {
        let schema = connect_schema::of(pool, id, config, version)?;
        let root = match Meaning::of_root(pool, id, config) {
            Meaning::Wrapper(scalar) => Root::Wrapper(plan::Read::Wrapper(scalar)),
            _ => Root::Struct(Plan::of(pool, id, config)?),
        };
        Ok(Self { schema, root })
    }

    fn read(&self, cursor: Cursor<'_>) -> Result<connect_api::Value> {
        let bytes = cursor.remaining();
        match &self.root {
            Root::Struct(plan) => {
                Decoder::new(plan, bytes).message(plan.root, &self.schema, cursor)
            }
            Root::Wrapper(read) => {
                Decoder::new(&Plan::empty(), bytes).content(read, &self.schema, cursor)
            }
        }
    }
}
