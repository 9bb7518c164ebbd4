//! Importing the offsets file of a standalone worker.

use std::{fs, io, path::Path};

use bytes::Bytes;
use connect_api::{Error, ErrorKind, Result};
use tokio::time::sleep;

use super::{
    TopicOffsets,
    file::format::{self, Entries},
    key::{Key, import_key},
    view::Offsets,
};
use crate::{
    Environment,
    backoff::Backoff,
    broker::{ProducerOptions, ProducerRecord},
};

impl TopicOffsets {
    /// Imports the offsets file of a standalone worker, unless that was done before; the file is left alone.
    ///
    /// What the topic knows already stays. Whether it was done is stored in the same transaction as what was imported, so
    /// that offsets which are reset later do not come back.
    ///
    /// # Errors
    ///
    /// `Config`: the file cannot be read, or is no offsets file. What the broker answers.
    pub(crate) async fn import(
        &self,
        file: &Path,
        group: &str,
        environment: &dyn Environment,
    ) -> Result<()> {
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
        if self.is_imported(&marker).await? {
            tracing::info!("{} was imported before", file.display());
            return Ok(());
        }
        let contents = format::parse(&bytes).map_err(|found| named(Error::config(found)))?;
        let entries = contents.into_entries();
        let mut backoff = Backoff::default();
        loop {
            match self.import_entries(&entries, &marker, group).await {
                // Another worker imports it too; chance keeps the two from fencing each other for ever.
                Err(error) if error.kind() == ErrorKind::Fenced => {
                    sleep(backoff.after(&error, environment.random())).await;
                }
                imported => return imported.map_err(named),
            }
        }
    }

    async fn is_imported(&self, marker: &Bytes) -> Result<bool> {
        let imported = |offsets: &Offsets| offsets.imported.contains(marker);
        self.log.at_end(imported).await
    }

    async fn import_entries(&self, entries: &Entries, marker: &Bytes, group: &str) -> Result<()> {
        let options = ProducerOptions::new(format!("{}-import", self.topic()));
        let id = format!("{group}-import");
        let broker = self.log.broker();
        // First, so that what another worker has imported is seen, and what it would import is fenced.
        let mut producer = broker.transactional_producer(&id, &options).await?;
        if self.is_imported(marker).await? {
            return Ok(());
        }
        let mut records = self.unknown(entries).await?;
        let count = records.len();
        records.push(ProducerRecord::new(self.topic(), "{}").with_key(marker.clone()));
        let refused = producer.send(records).await?.await?;
        if let Some(refused) = refused.into_iter().next() {
            return Err(refused.error.with_kind(ErrorKind::Config));
        }
        producer.commit().await?;
        tracing::info!("imported {count} source offsets");
        Ok(())
    }

    /// Makes records of the entries that the topic does not know.
    async fn unknown(&self, entries: &Entries) -> Result<Vec<ProducerRecord>> {
        let mut candidates = Vec::new();
        for (key, value) in entries {
            if let Ok(Key::Offset {
                connector,
                partition,
            }) = Key::parse(key)
            {
                candidates.push((connector, partition, key, value));
            }
        }
        let is_new = |connector: &_, partition: &_, offsets: &Offsets| {
            let of = offsets.connectors.get(connector);
            of.is_none_or(|partitions| !partitions.contains_key(partition))
        };
        let records = self.log.at_end(|offsets| {
            let new = candidates
                .iter()
                .filter(|(connector, partition, ..)| is_new(connector, partition, offsets));
            new.map(|(_, _, key, value)| {
                ProducerRecord::new(self.topic(), (*value).clone()).with_key((*key).clone())
            })
            .collect()
        });
        records.await
    }
}
