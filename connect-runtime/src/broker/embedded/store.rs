//! [`Store`]: the database, and how it comes back after an error.

use std::{
    fmt,
    fs::{self, File},
    io,
    path::Path,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use connect_api::{Classify, Error, ErrorKind, Result};
use redb::{Builder, Database, ReadTransaction, ReadableDatabase, TableError, WriteTransaction};

use super::{
    rows::STATE,
    storage::{Backend, FileStorage, MemoryStorage, Storage},
};
use crate::process_lock::ProcessLock;

/// The file of the database, inside the directory.
const NAME: &str = "broker.redb";

/// The file that keeps other processes out.
const LOCK: &str = "lock";

/// Where a database is made before it has its name: what dies on the way leaves none that cannot be opened.
const UNFINISHED: &str = "broker.redb.new";

/// Opens the storage of a [`Store`], again after each error.
pub(super) type Open = Box<dyn Fn() -> io::Result<Box<dyn Storage>> + Send + Sync>;

/// The database of a broker; it may be closed in between.
pub(super) struct Store {
    /// How errors call it.
    place: String,
    open: Open,
    cache: usize,
    state: RwLock<State>,
}

struct State {
    content: Content,
    /// Given up when the broker closes.
    lock: Option<ProcessLock>,
}

enum Content {
    Open(Database),
    /// Why it failed, which is repeated until it is opened anew.
    Failed(ErrorKind, String),
    Closed,
}

impl Store {
    /// Returns whether there is a database in `directory`.
    pub(super) fn exists_in(directory: &Path) -> bool {
        directory.join(NAME).is_file()
    }

    /// Uses `directory`, for this broker alone.
    pub(super) fn directory(directory: &Path, cache: usize) -> Result<Self> {
        let what = format!("embedded broker: directory `{}`", directory.display());
        fs::create_dir_all(directory).unavailable(&format!("{what}: creating it"))?;
        let lock = ProcessLock::take(&directory.join(LOCK), &what)?;
        let file = directory.join(NAME);
        if !Self::exists_in(directory) {
            make(directory, &file).unavailable(&format!("{what}: making the database"))?;
        }
        let opened = AtomicBool::new(false);
        let open: Open = Box::new(move || {
            let storage = if opened.swap(true, Ordering::SeqCst) {
                FileStorage::open_after_error(&file)?
            } else {
                FileStorage::open(&file)?
            };
            Ok(Box::new(storage))
        });
        let place = format!("directory `{}`", directory.display());
        Self::new(place, open, cache, Some(lock))
    }

    /// Keeps everything in memory.
    pub(super) fn memory() -> Result<Self> {
        let storage = MemoryStorage::new();
        let open: Open = Box::new(move || Ok(Box::new(storage.clone())));
        // The bytes are in memory already.
        const CACHE: usize = 1024 * 1024;
        Self::new("memory".to_owned(), open, CACHE, None)
    }

    /// Keeps everything in what `open` opens; `place` names it in errors.
    pub(super) fn on(place: &str, open: Open, cache: usize) -> Result<Self> {
        Self::new(format!("storage `{place}`"), open, cache, None)
    }

    fn new(place: String, open: Open, cache: usize, lock: Option<ProcessLock>) -> Result<Self> {
        let store = Self {
            place,
            open,
            cache,
            state: RwLock::new(State {
                content: Content::Closed,
                lock,
            }),
        };
        store.reopen()?;
        Ok(store)
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// Opens the database anew, repairing it if that is needed.
    ///
    /// # Errors
    ///
    /// `Unavailable`: the storage does not answer. `Fatal`: this is no database, or it is damaged beyond repair.
    pub(super) fn reopen(&self) -> Result<()> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        // A database never shares its storage with another one: the last one was discarded.
        debug_assert!(!matches!(state.content, Content::Open(_)));
        let storage = (self.open)().map_err(|error| self.failed("opening it", error))?;
        let place = self.place.clone();
        let database = Builder::new()
            .set_cache_size(self.cache)
            .set_repair_callback(move |session| {
                let progress = session.progress();
                tracing::info!(
                    progress,
                    "repairing the embedded broker in {place} after a crash"
                );
            })
            .create_with_backend(Backend(storage))
            .map_err(|error| self.failed("opening the database", error))?;
        state.content = Content::Open(database);
        Ok(())
    }

    pub(super) fn is_open(&self) -> bool {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        matches!(state.content, Content::Open(_))
    }

    /// Closes the database and frees the directory.
    pub(super) fn close(&self) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.content = Content::Closed;
        state.lock = None;
    }

    /// Drops the database after an error, which everybody is told until it is opened anew.
    pub(super) fn discard(&self, kind: ErrorKind, error: &Error) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.content = Content::Failed(kind, error.report().to_string());
    }

    pub(super) fn write(&self) -> Result<WriteTransaction> {
        self.with(|database| {
            database
                .begin_write()
                .map_err(|error| self.failed("beginning a commit", error))
        })
    }

    /// Runs `read` on what is durable.
    pub(super) fn read<T>(&self, read: impl FnOnce(&ReadTransaction) -> Result<T>) -> Result<T> {
        self.with(|database| {
            let transaction = database
                .begin_read()
                .map_err(|error| self.failed("beginning to read", error))?;
            read(&transaction)
        })
    }

    /// Answers whether the database has failed, and why: after an I/O error it refuses everything.
    pub(super) fn check(&self) -> Result<()> {
        self.read(|transaction| match transaction.open_table(STATE) {
            Ok(_) | Err(TableError::TableDoesNotExist(_)) => Ok(()),
            Err(error) => Err(self.failed("reading", error)),
        })
    }

    /// The database stays open while `work` runs: opening it anew waits for that.
    fn with<T>(&self, work: impl FnOnce(&Database) -> Result<T>) -> Result<T> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        match &state.content {
            Content::Open(database) => work(database),
            Content::Failed(kind, why) => Err(Error::new(*kind, why.as_str())),
            Content::Closed => {
                let place = &self.place;
                Err(Error::fatal(format!("embedded broker: {place} is closed")))
            }
        }
    }

    /// Says what failed, where, and why.
    pub(super) fn failed(&self, doing: &str, cause: impl Into<redb::Error>) -> Error {
        let cause = cause.into();
        let message = format!("embedded broker: {}: {doing}", self.place);
        let error = match &cause {
            redb::Error::Corrupted(_)
            | redb::Error::UpgradeRequired(_)
            | redb::Error::TableTypeMismatch { .. }
            | redb::Error::TypeDefinitionChanged { .. } => Error::fatal(message),
            redb::Error::Io(cause) if cause.kind() == io::ErrorKind::InvalidData => {
                Error::fatal(message)
            }
            _ => Error::unavailable(message),
        };
        error.with_source(cause)
    }

    /// Says what in the database cannot be understood.
    pub(super) fn damaged(&self, what: impl fmt::Display) -> Error {
        Error::fatal(format!(
            "embedded broker: {}: {what} is damaged, or of a newer version",
            self.place
        ))
    }
}

/// Makes an empty database, durably, and gives it its name.
fn make(directory: &Path, file: &Path) -> io::Result<()> {
    let unfinished = directory.join(UNFINISHED);
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let storage: Box<dyn Storage> = Box::new(FileStorage::open(&unfinished)?);
    let made = Builder::new().create_with_backend(Backend(storage));
    // It is written when it is dropped.
    drop(made.map_err(io::Error::other)?);
    File::open(&unfinished)?.sync_all()?;
    fs::rename(&unfinished, file)?;
    File::open(directory)?.sync_all()
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(&self.place).finish()
    }
}
