//! [`Additional`]: a column beside the payload, and where it goes.

use connect_api::{Result, Str};

use crate::options::refused;

/// A column beside the payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Additional {
    pub(super) column: Str,
    pub(super) placement: Placement,
    /// What it is called there.
    pub(super) alias: Str,
}

/// Where a column goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placement {
    Header,
    Envelope,
    Partition,
}

impl Additional {
    /// Reads the entries of an option.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](connect_api::ErrorKind::Config), naming `key`: an entry is not like `column:placement:alias`.
    pub(super) fn list(key: &str, entries: &[String]) -> Result<Vec<Self>> {
        let read = |entry: &String| {
            let parts: Vec<_> = entry.split(':').map(str::trim).collect();
            let (column, place, alias) = match parts.as_slice() {
                [column, place] => (*column, *place, *column),
                [column, place, alias] if !alias.is_empty() => (*column, *place, *alias),
                _ => {
                    let reason = "expected an entry like column:header or column:envelope:alias";
                    return Err(refused(key, entry, reason));
                }
            };
            let placement = match place.to_ascii_lowercase().as_str() {
                "header" => Placement::Header,
                "envelope" => Placement::Envelope,
                "partition" => Placement::Partition,
                _ => {
                    let reason = format!("expected header, envelope or partition, found `{place}`");
                    return Err(refused(key, entry, reason));
                }
            };
            if column.is_empty() {
                return Err(refused(
                    key,
                    entry,
                    "expected the name of a column, found none",
                ));
            }
            Ok(Self {
                column: column.into(),
                placement,
                alias: alias.into(),
            })
        };
        // As in Debezium: a comma at the end does no harm.
        let entries = entries.iter().filter(|entry| !entry.is_empty());
        entries.map(read).collect()
    }
}
