//! [`Place`]: how far a file was read, as it is stored.

use std::{str::FromStr, sync::Arc};

use connect_api::{Error, Result, SharedOffset, SourceOffset, SourcePartition, Value};

use super::identity::Identity;

/// The key of the number of bytes, as Java calls it.
pub(crate) const POSITION: &str = "position";
/// The key of the device and the inode.
pub(crate) const INODE: &str = "inode";
/// The key of the hash of the first bytes.
pub(crate) const FINGERPRINT: &str = "fingerprint";
/// The only key of the source partition.
pub(crate) const FILENAME: &str = "filename";

/// How far a file was read, and which file it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The number of bytes that were read, line ends included.
    pub(crate) position: u64,
    /// `None` if Java or an operator wrote the position.
    pub(crate) identity: Option<Identity>,
}

impl Place {
    /// Reads a stored offset.
    ///
    /// # Errors
    ///
    /// Names the key, what was expected and what was found.
    pub(crate) fn read(offset: &SourceOffset) -> Result<Self> {
        let fields = offset.to_value()?;
        let position = match fields.get(POSITION) {
            Some(value) => value.as_i64().and_then(|n| u64::try_from(n).ok()),
            None => None,
        };
        let position = position.ok_or_else(|| {
            unexpected(
                POSITION,
                "an integer that is not negative",
                fields.get(POSITION),
            )
        })?;
        let inode = text(&fields, INODE, "`<device>:<inode>`")?;
        let fingerprint = text(&fields, FINGERPRINT, "`<length>:<hash>`")?;
        let identity = inode
            .zip(fingerprint)
            .map(|(id, fingerprint)| Identity { id, fingerprint });
        Ok(Self { position, identity })
    }

    /// Writes it, as it is stored.
    pub(crate) fn offset(&self) -> SourceOffset {
        let position = i64::try_from(self.position);
        let position = position.expect("files are shorter than 8 EiB");
        match &self.identity {
            Some(identity) => shared_offset(identity).at(position),
            None => SourceOffset::at(POSITION, position),
        }
    }
}

/// Returns what all offsets of a file share.
pub(crate) fn shared_offset(identity: &Identity) -> Arc<SharedOffset> {
    SharedOffset::new(
        POSITION,
        [
            (INODE, identity.id.to_string()),
            (FINGERPRINT, identity.fingerprint.to_string()),
        ],
    )
}

fn text<T: FromStr>(fields: &Value, key: &str, expected: &str) -> Result<Option<T>> {
    match fields.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(found) => match found.as_str().map(str::parse) {
            Some(Ok(parsed)) => Ok(Some(parsed)),
            _ => Err(unexpected(key, expected, Some(found))),
        },
    }
}

fn unexpected(key: &str, expected: &str, found: Option<&Value>) -> Error {
    let found = found.map_or_else(|| "nothing".to_owned(), |value| format!("{value:?}"));
    Error::fatal(format!(
        "source offset: `{key}`: expected {expected}, found {found}"
    ))
}

/// Returns the source partition of the file called `name`, or of the standard input.
pub(crate) fn partition(name: Option<&str>) -> SourcePartition {
    SourcePartition::new([(FILENAME, Value::from(name))])
}
