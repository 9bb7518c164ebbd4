//! [`Disk`]: the data file, and beside it how much of it counts.

use std::{
    fmt,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    ops::Range,
    os::unix::fs::{FileExt, MetadataExt},
    path::{Path, PathBuf},
};

use connect_api::{Classify, Error, Result};

/// What is appended to the name of the data file.
const OFFSETS: &str = ".connect-offsets";
/// What is appended to that while a new one is written.
const STAGED: &str = ".connect-offsets.tmp";

/// The data file, held under a lock, and the offsets file beside it.
///
/// # Contract
///
/// - Nothing is durable before the call that says so: `sync` for the data, `stage` for new offsets, `sync_folder`
///   for their name.
/// - A call that fails may have had its effect, a part of it, or none.
pub(crate) trait Disk: fmt::Debug + Send + 'static {
    /// Names the data file.
    fn name(&self) -> String;
    /// Names the place of the data file in its file system.
    fn id(&self) -> &str;
    /// Returns whether the name still stands for the file that is locked.
    fn has_its_name(&self) -> io::Result<bool>;
    /// Returns the length of the data.
    fn length(&self) -> io::Result<u64>;
    /// Reads data.
    fn read(&self, range: Range<u64>) -> io::Result<Vec<u8>>;
    /// Writes data.
    fn write(&mut self, at: u64, bytes: &[u8]) -> io::Result<()>;
    /// Cuts the data off.
    fn cut(&mut self, length: u64) -> io::Result<()>;
    /// Makes data and its length durable.
    fn sync(&mut self) -> io::Result<()>;
    /// Reads the offsets file.
    fn load(&self) -> io::Result<Option<Vec<u8>>>;
    /// Writes a new offsets file under another name, durably.
    fn stage(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Puts the new offsets file in place of the old one, at once.
    fn publish(&mut self) -> io::Result<()>;
    /// Makes that durable.
    fn sync_folder(&mut self) -> io::Result<()>;
}

/// Files of the operating system.
#[derive(Debug)]
pub(crate) struct LocalDisk {
    path: PathBuf,
    offsets: PathBuf,
    staged: PathBuf,
    file: File,
    folder: File,
    id: String,
}

impl LocalDisk {
    /// Opens the data file, makes it if it is missing, and locks it.
    ///
    /// # Errors
    ///
    /// `Unavailable`, naming the file: somebody else holds the lock, or it cannot be opened.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let opening = || format!("opening file `{}`", path.display());
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(path).unavailable(&opening())?;
        let found = file.metadata().unavailable(&opening())?;
        if !found.is_file() {
            return Err(Error::fatal(format!(
                "{}: expected a regular file, found a folder, pipe, socket or device",
                opening()
            )));
        }
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::unavailable(format!(
                    "{}: expected to be the only writer, found it locked by another task or process",
                    opening()
                )));
            }
            Err(TryLockError::Error(error)) => return Err(error).unavailable(&opening()),
        }
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let disk = Self {
            offsets: with_suffix(path, OFFSETS),
            staged: with_suffix(path, STAGED),
            path: path.to_owned(),
            file,
            folder: File::open(folder).unavailable(&opening())?,
            id: id_of(&found),
        };
        if disk.has_its_name().unavailable(&opening())? {
            Ok(disk)
        } else {
            Err(Error::unavailable(format!(
                "{}: it was renamed while it was opened",
                opening()
            )))
        }
    }
}

impl Disk for LocalDisk {
    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn id(&self) -> &str {
        &self.id
    }

    fn has_its_name(&self) -> io::Result<bool> {
        match fs::metadata(&self.path) {
            Ok(found) => Ok(id_of(&found) == self.id),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn read(&self, range: Range<u64>) -> io::Result<Vec<u8>> {
        let length = usize::try_from(range.end - range.start).map_err(io::Error::other)?;
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, range.start)?;
        Ok(bytes)
    }

    fn write(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, at)
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn load(&self) -> io::Result<Option<Vec<u8>>> {
        match fs::read(&self.offsets) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn stage(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut file = File::create(&self.staged)?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    fn publish(&mut self) -> io::Result<()> {
        fs::rename(&self.staged, &self.offsets)
    }

    fn sync_folder(&mut self) -> io::Result<()> {
        self.folder.sync_all()
    }
}

fn id_of(found: &fs::Metadata) -> String {
    format!("{}:{}", found.dev(), found.ino())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
