//! [`DirectoryLock`]: one broker per directory.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    path::Path,
    process,
};

use connect_api::{Classify, Error, Result};

/// The file that is locked; it holds the process id of the owner.
const NAME: &str = "lock";

/// The right to use a directory, until it is dropped or the process ends.
#[derive(Debug)]
pub(super) struct DirectoryLock {
    /// The system gives the lock up with the file.
    _file: File,
}

impl DirectoryLock {
    /// Creates `directory` if need be, and locks it.
    ///
    /// # Errors
    ///
    /// `Fatal`, naming the directory and the process that has it; `Unavailable` if the system refuses.
    pub(super) fn take(directory: &Path) -> Result<Self> {
        let place = directory.display();
        fs::create_dir_all(directory)
            .unavailable(&format!("embedded broker: creating `{place}`"))?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(directory.join(NAME))
            .unavailable(&format!("embedded broker: opening `{place}/{NAME}`"))?;
        match file.try_lock() {
            Ok(()) => {
                claim(&mut file)
                    .unavailable(&format!("embedded broker: writing `{place}/{NAME}`"))?;
                Ok(Self { _file: file })
            }
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                // What cannot be read is not worth an error of its own: the directory is taken.
                let _ = file.read_to_string(&mut owner);
                let owner = match owner.trim() {
                    "" => "another process".to_owned(),
                    pid if pid == process::id().to_string() => format!("this process (pid {pid})"),
                    pid => format!("the process with pid {pid}"),
                };
                Err(Error::fatal(format!(
                    "embedded broker: directory `{place}` is in use by {owner}"
                )))
            }
            Err(TryLockError::Error(error)) => {
                Err(error).unavailable(&format!("embedded broker: locking `{place}/{NAME}`"))
            }
        }
    }
}

fn claim(file: &mut File) -> std::io::Result<()> {
    file.rewind()?;
    file.set_len(0)?;
    file.write_all(process::id().to_string().as_bytes())?;
    file.flush()
}
