//! [`Folder`]: files that are replaced as a whole.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Write},
    path::PathBuf,
};

use bytes::Bytes;

/// The folder of a file that is replaced as a whole: what a disk does, step by step.
///
/// # Contract
///
/// - What was written is durable after [`sync`](Self::sync), and a name after [`sync_names`](Self::sync_names).
/// - After an error, and when the process dies, the step has happened or not, and writing may have stopped anywhere.
pub(super) trait Folder: fmt::Debug + Send {
    /// Reads a file; `None` if there is none.
    fn read(&self, name: &str) -> io::Result<Option<Bytes>>;

    /// Writes a file from its beginning, with the rights of `like`.
    fn write(&mut self, name: &str, like: &str, bytes: &[u8]) -> io::Result<()>;

    fn sync(&mut self, name: &str) -> io::Result<()>;

    /// Gives a file another name, also if a file has it.
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;

    fn sync_names(&mut self) -> io::Result<()>;
}

/// Replaces a file, or makes it: whenever the process dies, it is there as a whole, old or new.
pub(super) fn replace(
    folder: &mut dyn Folder,
    name: &str,
    like: &str,
    bytes: &[u8],
) -> io::Result<()> {
    let new = format!("{name}.new");
    folder.write(&new, like, bytes)?;
    folder.sync(&new)?;
    folder.rename(&new, name)?;
    folder.sync_names()
}

/// A folder of the system's.
#[derive(Debug)]
pub(super) struct SystemFolder(pub(super) PathBuf);

impl Folder for SystemFolder {
    fn read(&self, name: &str) -> io::Result<Option<Bytes>> {
        match fs::read(self.0.join(name)) {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write(&mut self, name: &str, like: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.0.join(name);
        let mut file = File::create(&path)?;
        if let Ok(like) = fs::metadata(self.0.join(like)) {
            fs::set_permissions(&path, like.permissions())?;
        }
        file.write_all(bytes)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        let file = File::options().write(true).open(self.0.join(name))?;
        file.sync_all()
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    /// Only on Unix can a folder be opened; elsewhere the system sees to it.
    fn sync_names(&mut self) -> io::Result<()> {
        if cfg!(unix) {
            File::open(&self.0)?.sync_all()?;
        }
        Ok(())
    }
}
