//! [`FileOffsets`]: source offsets in a file, as Java's standalone worker keeps them.

mod folder;
pub(super) mod format;
#[cfg(test)]
mod tests;

use std::{fmt, fs, io, path::Path, sync::Arc};

use bytes::Bytes;
use connect_api::{Classify, Error, ErrorKind, Result};
use tokio::sync::{Mutex, oneshot};

use self::{
    folder::{Folder, SystemFolder, replace},
    format::{Contents, Entries},
};
use super::{Committed, Entry, view::Offsets};
use crate::{Environment, process_lock::ProcessLock};

const KEY: &str = "offset.storage.file.filename";

/// Source offsets in a file, as Java's standalone worker keeps them.
///
/// The file is replaced as a whole whenever something is stored. One of Java's is read, and kept beside it under
/// `<file>.java` before it is replaced. No other process can use the file meanwhile, except Java.
pub(crate) struct FileOffsets {
    /// `offset.storage.file.filename: <path>`.
    place: String,
    state: Arc<Mutex<State>>,
    environment: Arc<dyn Environment>,
}

/// What is in the file.
#[derive(Debug)]
struct State {
    place: String,
    name: String,
    folder: Box<dyn Folder>,
    entries: Entries,
    /// The file is this one of Java's, which is not kept yet.
    java: Option<Bytes>,
    /// `None` once the worker has ended.
    lock: Option<ProcessLock>,
}

impl FileOffsets {
    /// Locks the file and reads it; it need not exist.
    ///
    /// # Errors
    ///
    /// `Config`: it cannot be read, or is no offsets file. `Fatal`: another process has it. Nothing was changed.
    pub(crate) async fn open(file: &Path, environment: Arc<dyn Environment>) -> Result<Self> {
        let place = format!("{KEY}: {}", file.display());
        let (given, named) = (file.to_owned(), place.clone());
        let open = move || open(&given, named);
        let state = blocking(&*environment, open).await?;
        Ok(Self {
            place,
            state: Arc::new(Mutex::new(state)),
            environment,
        })
    }

    /// Reads what is stored for `connector`.
    ///
    /// # Errors
    ///
    /// `Fatal`: a stored offset is no map; the message names its key.
    pub(crate) async fn read(&self, connector: &str) -> Result<Committed> {
        let mut offsets = Offsets::default();
        for (key, value) in &self.state.lock().await.entries {
            let place = || String::from_utf8_lossy(key).into_owned();
            offsets.note(place, 0, key.clone(), Some(value));
        }
        Committed::new(connector, &self.place, offsets.of(connector))
    }

    /// Stores entries, durably; dropping the future may store them all the same.
    ///
    /// # Errors
    ///
    /// `Unavailable`: the file cannot be replaced, and is as it was. `Fatal`: the worker has ended. `Config`: another
    /// program has changed Java's file.
    pub(crate) async fn write(&self, entries: Vec<Entry>) -> Result<()> {
        // Moved into the work, which goes on if this future is dropped: nobody else may write meanwhile.
        let mut state = Arc::clone(&self.state).lock_owned().await;
        blocking(&*self.environment, move || state.store(entries)).await
    }

    /// Lets another worker have the file; nothing is stored from then on.
    pub(crate) async fn close(&self) {
        self.state.lock().await.lock = None;
    }
}

fn open(file: &Path, place: String) -> Result<State> {
    // The file behind links is replaced, not the link.
    let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let (Some(name), Some(folder)) = (
        file.file_name().and_then(|name| name.to_str()),
        file.parent(),
    ) else {
        return Err(Error::config("expected the name of a file").context(place));
    };
    let lock = file.with_file_name(format!("{name}.lock"));
    let lock = ProcessLock::take(&lock, &place).map_err(|error| match error.kind() {
        ErrorKind::Unavailable => error.with_kind(ErrorKind::Config),
        _ => error,
    })?;
    let folder = match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    };
    State::read(
        place,
        name.to_owned(),
        Box::new(SystemFolder(folder.to_owned())),
        Some(lock),
    )
}

impl State {
    fn read(
        place: String,
        name: String,
        folder: Box<dyn Folder>,
        lock: Option<ProcessLock>,
    ) -> Result<Self> {
        let bytes = folder.read(&name).map_err(|error| {
            let error = Error::config("reading it").with_source(error);
            error.context(&place)
        })?;
        let bytes = bytes.unwrap_or_default();
        let contents =
            format::parse(&bytes).map_err(|found| Error::config(found).context(&place))?;
        let java = match &contents {
            Contents::Java(entries) => {
                tracing::info!("{place}: {} source offsets of Java's worker", entries.len());
                Some(bytes)
            }
            Contents::Ours(_) => None,
        };
        Ok(Self {
            place,
            name,
            folder,
            entries: contents.into_entries(),
            java,
            lock,
        })
    }

    /// Stores entries: first Java's file is kept, then the file is replaced.
    fn store(&mut self, entries: Vec<Entry>) -> Result<()> {
        if self.lock.is_none() {
            let ended = "the worker has ended, and nothing is stored any more";
            return Err(Error::fatal(ended).context(&self.place));
        }
        let mut next = self.entries.clone();
        for Entry { key, value } in entries {
            match value {
                Some(value) => next.insert(key, value),
                None => next.remove(&key),
            };
        }
        if next == self.entries {
            return Ok(());
        }
        if let Some(java) = self.java.clone() {
            self.keep(&java)?;
            self.java = None;
        }
        let stored = replace(
            &mut *self.folder,
            &self.name,
            &self.name,
            &format::write(&next),
        );
        stored.unavailable(&format!("{}: replacing it", self.place))?;
        self.entries = next;
        Ok(())
    }

    /// Keeps Java's file beside the one that will replace it; none that was kept before is lost.
    fn keep(&mut self, java: &Bytes) -> Result<()> {
        let found = self.read_beside(&self.name)?;
        if found.as_ref() != Some(java) {
            let message = "expected Java's file as it was when this worker started, found another: another program uses it";
            return Err(Error::config(message).context(&self.place));
        }
        let mut name = format!("{}.java", self.name);
        let mut number = 1;
        loop {
            match self.read_beside(&name)? {
                // The process died after it had kept it.
                Some(kept) if kept == *java => return Ok(()),
                Some(_) => {
                    number += 1;
                    name = format!("{}.java.{number}", self.name);
                }
                None => {
                    let kept = replace(&mut *self.folder, &name, &self.name, java);
                    kept.unavailable(&format!("{}: keeping Java's file as {name}", self.place))?;
                    tracing::info!("{}: Java's file is kept as {name}", self.place);
                    return Ok(());
                }
            }
        }
    }

    fn read_beside(&self, name: &str) -> Result<Option<Bytes>> {
        let read: io::Result<_> = self.folder.read(name);
        read.unavailable(&format!("{}: reading {name}", self.place))
    }
}

/// Runs blocking work on a thread for that.
async fn blocking<T: Send + 'static>(
    environment: &dyn Environment,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let (done, result) = oneshot::channel();
    let work = Box::new(move || {
        // Whoever asked may have gone.
        let _ = done.send(work());
    });
    environment.blocking(work).await.map_err(Error::fatal)?;
    result
        .await
        .map_err(|error| Error::fatal("blocking work has no result").with_source(error))?
}

impl fmt::Debug for FileOffsets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileOffsets({})", self.place)
    }
}
