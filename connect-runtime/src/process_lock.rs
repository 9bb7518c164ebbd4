//! [`ProcessLock`]: what one process at a time has.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::Path,
    process,
};

use connect_api::{Classify, Error, Result};

/// The right to use something, until it is dropped or the process ends.
#[derive(Debug)]
pub(crate) struct ProcessLock {
    /// The system gives the lock up with the file.
    _file: File,
}

impl ProcessLock {
    /// Locks `file`, which holds the process id of its owner; `what` is what it stands for.
    ///
    /// # Errors
    ///
    /// `Fatal`, naming `what` and the process that has it; `Unavailable` if the system refuses.
    pub(crate) fn take(file: &Path, what: &str) -> Result<Self> {
        let doing = |doing: &str| format!("{what}: {doing} `{}`", file.display());
        let mut open = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(file)
            .unavailable(&doing("opening"))?;
        match open.try_lock() {
            Ok(()) => {
                claim(&mut open).unavailable(&doing("writing"))?;
                Ok(Self { _file: open })
            }
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                // What cannot be read is not worth an error of its own: it is taken.
                let _ = open.read_to_string(&mut owner);
                let owner = match owner.trim() {
                    "" => "another process".to_owned(),
                    pid if pid == process::id().to_string() => format!("this process (pid {pid})"),
                    pid => format!("the process with pid {pid}"),
                };
                Err(Error::fatal(format!("{what} is in use by {owner}")))
            }
            Err(TryLockError::Error(error)) => Err(error).unavailable(&doing("locking")),
        }
    }
}

fn claim(file: &mut File) -> io::Result<()> {
    file.rewind()?;
    file.set_len(0)?;
    file.write_all(process::id().to_string().as_bytes())?;
    file.flush()
}
