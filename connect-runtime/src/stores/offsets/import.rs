//! Importing the offsets file of Java's standalone worker.

use std::{fs, io, path::Path};

use bytes::Bytes;
use connect_api::{Error, ErrorKind, Result};

use super::{
    OffsetStore,
    java::{self, Entries},
    key::{Key, import_key},
};
use crate::broker::{ProducerOptions, ProducerRecord};

impl OffsetStore {
    /// Imports the offsets file of a standalone worker of Java's, unless that was done before; the file is left alone.
    ///
    /// What the topic knows already stays. Whether it was done is stored in the same transaction as what was imported, so
    /// that offsets which are reset later do not come back.
    ///
    /// # Errors
    ///
    /// `Config`: the file cannot be read, or is none of Java's. What the broker answers.
    pub(crate) async fn import(&self, file: &Path, group: &str) -> Result<()> {
        let named = |error: Error| {
            error.context(format!("offset.storage.file.filename: {}", file.display()))
        };
        let bytes = match fs::read(file) {
            // Java creates it when it stores the first offset, and takes an empty one for that.
            Ok(bytes) if bytes.is_empty() => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Ok(bytes) => Bytes::from(bytes),
            Err(error) => {
                return Err(named(Error::config("reading it").with_source(error)));
            }
        };
        let marker = import_key(file);
        let imported = self
            .log
            .at_end(|offsets| offsets.imported.contains(&marker))
            .await?;
        if imported {
            return Ok(());
        }
        let entries = java::parse(&bytes).map_err(|found| named(Error::config(found)))?;
        let mut records = self.unknown(entries).await?;
        let count = records.len();
        records.push(ProducerRecord::new(self.topic(), "{}").with_key(marker));
        self.write_together(records, group).await.map_err(named)?;
        tracing::info!("imported {count} source offsets of {}", file.display());
        Ok(())
    }

    /// Makes records of the entries that the topic does not know.
    async fn unknown(&self, entries: Entries) -> Result<Vec<ProducerRecord>> {
        let known = |key: &Bytes| match Key::parse(key) {
            Ok(Key::Offset {
                connector,
                partition,
            }) => Some((connector, partition)),
            Ok(_) => None,
            Err(found) => {
                tracing::warn!("not imported: a key that is no offset's: {found}");
                None
            }
        };
        let entries: Vec<_> = entries
            .into_iter()
            .filter_map(|(key, value)| Some((known(&key)?, key, value?)))
            .collect();
        let is_new = |connector: &_, partition: &_, offsets: &super::Offsets| {
            let of = offsets.connectors.get(connector);
            of.is_none_or(|partitions| !partitions.contains_key(partition))
        };
        let entries = self.log.at_end(|offsets| {
            let new = entries
                .into_iter()
                .filter(|((connector, partition), ..)| is_new(connector, partition, offsets));
            new.map(|(_, key, value)| ProducerRecord::new(self.topic(), value).with_key(key))
                .collect()
        });
        entries.await
    }

    async fn write_together(&self, records: Vec<ProducerRecord>, group: &str) -> Result<()> {
        let options = ProducerOptions::new(format!("{}-import", self.topic()));
        let id = format!("{group}-import");
        let mut producer = self
            .log
            .broker()
            .transactional_producer(&id, &options)
            .await?;
        let refused = producer.send(records).await?.await?;
        match refused.into_iter().next() {
            None => producer.commit().await,
            Some(refused) => Err(refused.error.with_kind(ErrorKind::Config)),
        }
    }
}
