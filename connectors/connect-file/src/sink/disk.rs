//! [`Disk`]: the data file, finished ones, and beside it how much of it counts.

use std::{fmt, io, ops::Range};

use connect_api::Result;

/// The data file, held under a lock, and the offsets file beside it.
///
/// # Contract
///
/// - Nothing is durable before the call that says so: `sync` for the data, `stage` for new offsets, `sync_folder`
///   for all names.
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
    /// Makes names durable.
    fn sync_folder(&mut self) -> io::Result<()>;

    /// Gives the data file the name of a finished one; `AlreadyExists` if there is such a file.
    fn finish(&mut self, number: u64) -> io::Result<()>;
    /// Locks the file that the name stands for now; a missing one is made, after names were made durable.
    fn renew(&mut self) -> Result<()>;
    /// Returns the numbers of finished files.
    fn finished(&self) -> io::Result<Vec<u64>>;
    /// Names the place of a finished file in its file system, or of whatever has its name.
    fn id_of_finished(&self, number: u64) -> io::Result<Option<String>>;
    /// Deletes a finished file.
    fn delete(&mut self, number: u64) -> io::Result<()>;

    /// Lets the files go, the lock included, until `wake`.
    fn rest(&mut self);
    /// Opens them again, and locks whatever has the name now.
    fn wake(&mut self) -> Result<()>;
}
