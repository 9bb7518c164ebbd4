//! [`Ledger`]: what is stored of which file.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use connect_api::{Result, SourceOffset, SourcePartition, Value};

use super::{
    super::{
        identity::FileId,
        place::{FILENAME, Place},
    },
    series::series,
};

/// What is stored of which file, by the names of the source partitions.
///
/// A file that is renamed keeps the name under which it is known until another file needs it.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    entries: HashMap<Arc<str>, Entry>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// How far the file was read, as of when its holder was opened.
    pub(crate) place: Place,
    /// The file that it is about, if that is there.
    pub(crate) holder: Option<FileId>,
}

/// Ways to find entries.
#[derive(Debug)]
pub(crate) struct Index {
    by_id: HashMap<FileId, Vec<Arc<str>>>,
    by_series: HashMap<String, Vec<Arc<str>>>,
}

impl Ledger {
    /// Reads the stored offsets of a connector.
    ///
    /// # Errors
    ///
    /// `Fatal`: one cannot be resumed from; it is named.
    pub(crate) fn read(offsets: &BTreeMap<SourcePartition, SourceOffset>) -> Result<Self> {
        let mut entries = HashMap::new();
        for (partition, offset) in offsets {
            // The standard input has none.
            let Some(name) = partition.get(FILENAME).and_then(Value::as_str) else {
                continue;
            };
            let place = Place::read(offset).map_err(|error| error.context(partition))?;
            let entry = Entry {
                place,
                holder: None,
            };
            entries.insert(name.into(), entry);
        }
        Ok(Self { entries })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.get(name)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Entry)> {
        self.entries.iter()
    }

    /// Lets `id` have an entry that is there.
    pub(crate) fn hold(&mut self, name: &str, id: FileId) {
        if let Some(entry) = self.entries.get_mut(name) {
            entry.holder = Some(id);
        }
    }

    /// Gives the name to `id`, and returns its key and what was stored under it.
    pub(crate) fn take(&mut self, name: &str, id: FileId) -> (Arc<str>, Option<Entry>) {
        let former = self.entries.remove_entry(name);
        let key = match &former {
            Some((key, _)) => Arc::clone(key),
            None => Arc::from(name),
        };
        let place = Place {
            position: 0,
            identity: None,
        };
        let entry = Entry {
            place,
            holder: Some(id),
        };
        self.entries.insert(Arc::clone(&key), entry);
        (key, former.map(|(_, entry)| entry))
    }

    /// Keeps the place of a file that is not there under another name.
    pub(crate) fn insert(&mut self, name: Arc<str>, place: Place) {
        let entry = Entry {
            place,
            holder: None,
        };
        self.entries.insert(name, entry);
    }

    /// Forgets a name of a file that has another one.
    pub(crate) fn clear(&mut self, name: &str, id: FileId) {
        if self.get(name).and_then(|entry| entry.holder) == Some(id) {
            self.entries.remove(name);
        }
    }

    /// Notes how far a file was read that is not followed any more.
    pub(crate) fn leave(&mut self, name: &str, id: FileId, place: Place) {
        if let Some(entry) = self.entries.get_mut(name)
            && entry.holder == Some(id)
        {
            *entry = Entry {
                place,
                holder: None,
            };
        }
    }

    pub(crate) fn index(&self) -> Index {
        let mut index = Index {
            by_id: HashMap::new(),
            by_series: HashMap::new(),
        };
        for (name, entry) in &self.entries {
            if let Some(identity) = entry.place.identity {
                let names = index.by_id.entry(identity.id).or_default();
                names.push(Arc::clone(name));
            }
            let names = index.by_series.entry(series(name)).or_default();
            names.push(Arc::clone(name));
        }
        index
    }
}

impl Index {
    /// Returns the names under which `id` is known.
    pub(crate) fn of_id(&self, id: FileId) -> &[Arc<str>] {
        self.by_id.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Returns the names that belong to a series.
    pub(crate) fn of_series(&self, series: &str) -> &[Arc<str>] {
        self.by_series.get(series).map_or(&[], Vec::as_slice)
    }
}
