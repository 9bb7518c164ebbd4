//! Which message of a file a record is: a path through nested messages.

use bytes::Bytes;
use connect_api::{Error, Result};

use super::wire::{Cursor, DEPTH, put_varint, put_zigzag, zigzag};

/// Writes a path; the one to the first message is a single zero.
pub(super) fn to_bytes(path: &[usize]) -> Vec<u8> {
    let mut bytes = Vec::new();
    if path == [0] {
        put_varint(0, &mut bytes);
        return bytes;
    }
    put_zigzag(path.len() as i64, &mut bytes);
    for index in path {
        put_zigzag(*index as i64, &mut bytes);
    }
    bytes
}

/// Reads a path that stands by itself.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<usize>> {
    let bytes = Bytes::copy_from_slice(bytes);
    let mut cursor = Cursor::new(&bytes);
    let path = take(&mut cursor)?;
    if cursor.is_empty() {
        return Ok(path);
    }
    Err(Error::rejected(format!(
        "message indexes: expected their end, found {} more bytes",
        cursor.remaining()
    )))
}

/// Consumes a path.
pub(super) fn take(cursor: &mut Cursor<'_>) -> Result<Vec<usize>> {
    take_path(cursor).map_err(|error| error.context("message indexes"))
}

fn take_path(cursor: &mut Cursor<'_>) -> Result<Vec<usize>> {
    let count = zigzag(cursor.varint()?);
    if count == 0 {
        return Ok(vec![0]);
    }
    if !(1..=i64::from(DEPTH)).contains(&count) {
        return Err(Error::rejected(format!(
            "expected between 0 and {DEPTH} of them, found {count}"
        )));
    }
    (0..count)
        .map(|_| {
            let index = zigzag(cursor.varint()?);
            usize::try_from(index).map_err(|_negative| {
                Error::rejected(format!("expected an index from 0 on, found {index}"))
            })
        })
        .collect()
}
