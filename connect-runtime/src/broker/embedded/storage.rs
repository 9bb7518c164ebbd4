//! [`Storage`]: the bytes below the database.

use std::{
    fmt,
    fs::{File, OpenOptions},
    io,
    path::Path,
    sync::{Arc, Mutex},
};

use redb::StorageBackend;

/// A file, or what takes its place: faults are injected here.
///
/// The broker calls one method at a time for writing; reads come from several threads.
pub trait Storage: fmt::Debug + Send + Sync + 'static {
    /// Returns how many bytes it holds.
    ///
    /// # Contract
    ///
    /// - It counts what was written, durable or not.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn len(&self) -> io::Result<u64>;

    /// Returns whether it holds nothing.
    ///
    /// # Contract
    ///
    /// - It agrees with [`len`](Self::len).
    ///
    /// # Errors
    ///
    /// What the system says.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Fills `out` with the bytes at `offset`.
    ///
    /// # Contract
    ///
    /// - It sees every write that has returned, and may run beside other reads and beside a write elsewhere.
    /// - After an error `out` holds anything.
    ///
    /// # Errors
    ///
    /// What the system says, or that there are not so many bytes.
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()>;

    /// Cuts it, or makes it longer with zeros.
    ///
    /// # Contract
    ///
    /// - Not durable before [`sync`](Self::sync). After an error the length is the old one or the new one.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn set_len(&self, len: u64) -> io::Result<()>;

    /// Writes `data` at `offset`, below [`len`](Self::len).
    ///
    /// # Contract
    ///
    /// - Not durable before [`sync`](Self::sync), and after a crash before that any part of it may be there.
    ///
    /// # Errors
    ///
    /// What the system says; a part may have been written.
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()>;

    /// Makes everything written durable.
    ///
    /// # Contract
    ///
    /// - `Ok`: everything written before it survives a crash. After an error the broker opens the storage anew and believes
    ///   nothing of what it wrote since the last `Ok`.
    ///
    /// # Errors
    ///
    /// What the system says; any part may be durable.
    fn sync(&self) -> io::Result<()>;
}

/// Bytes in memory that outlive the database, for tests that open it again.
///
/// Clones share the bytes.
#[derive(Clone, Default)]
pub struct MemoryStorage(Arc<Mutex<Vec<u8>>>);

impl MemoryStorage {
    /// Starts empty.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        work(
            &mut self
                .0
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner),
        )
    }
}

impl fmt::Debug for MemoryStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemoryStorage({} bytes)", self.with(|bytes| bytes.len()))
    }
}

impl Storage for MemoryStorage {
    fn len(&self) -> io::Result<u64> {
        Ok(self.with(|bytes| bytes.len() as u64))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.with(|bytes| {
            let start = usize::try_from(offset).map_err(io::Error::other)?;
            let found = bytes
                .get(start..)
                .and_then(|bytes| bytes.get(..out.len()))
                .ok_or(io::ErrorKind::UnexpectedEof)?;
            out.copy_from_slice(found);
            Ok(())
        })
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let len = usize::try_from(len).map_err(io::Error::other)?;
        self.with(|bytes| bytes.resize(len, 0));
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.with(|bytes| {
            let start = usize::try_from(offset).map_err(io::Error::other)?;
            let target = bytes
                .get_mut(start..)
                .and_then(|bytes| bytes.get_mut(..data.len()))
                .ok_or(io::ErrorKind::UnexpectedEof)?;
            target.copy_from_slice(data);
            Ok(())
        })
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

/// A file on disk.
#[derive(Debug)]
pub(super) struct FileStorage(redb::backends::FileBackend);

impl FileStorage {
    /// Opens the file, and creates it so that it is still there after a power cut.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        // Also if it was there: who created it may have crashed before this.
        if let Some(directory) = path.parent() {
            sync_directory(directory)?;
        }
        Self::of(file)
    }

    /// Opens the file after a write or sync has failed.
    ///
    /// What the system could not write stays in its cache and counts as written from then on. So that the database
    /// sees what the disk holds, the cache is given up first.
    pub(super) fn open_after_error(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        forget_cache(&file)?;
        Self::of(file)
    }

    fn of(file: File) -> io::Result<Self> {
        redb::backends::FileBackend::new(file)
            .map(Self)
            .map_err(io::Error::other)
    }
}

/// Makes durable that there is `directory`, and what is in it.
#[cfg(unix)]
fn sync_directory(directory: &Path) -> io::Result<()> {
    let directory = std::path::absolute(directory)?;
    File::open(&directory)?.sync_all()?;
    match directory.parent().map(File::open) {
        None => Ok(()),
        Some(Ok(parent)) => parent.sync_all(),
        // Then it is not ours, and neither was the directory created by us.
        Some(Err(error)) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        Some(Err(error)) => Err(error),
    }
}

#[cfg(not(unix))]
fn sync_directory(_directory: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(target_os = "linux")]
fn forget_cache(file: &File) -> io::Result<()> {
    rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed)?;
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn forget_cache(_file: &File) -> io::Result<()> {
    Ok(())
}

impl Storage for FileStorage {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}

/// Gives the database its storage.
#[derive(Debug)]
pub(super) struct Backend(pub(super) Box<dyn Storage>);

impl StorageBackend for Backend {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }
}
