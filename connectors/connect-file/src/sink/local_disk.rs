//! [`LocalDisk`]: files of the operating system.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    ops::Range,
    os::unix::fs::{FileExt, MetadataExt},
    path::{Path, PathBuf},
};

use connect_api::{Classify, Error, Result};

use super::{
    disk::Disk,
    rotation::{finished_name, finished_number},
    template::Place,
};

/// What is appended to the name of the data file.
const OFFSETS: &str = ".connect-offsets";
/// What is appended to that while a new one is written.
const STAGED: &str = ".connect-offsets.tmp";
/// How many bytes one call writes. Linux may cache them in pages as large as the call, and to fill such pages for the
/// first time is slow now and then: 120 MB took 27 to 250 ms of CPU time in calls of 10 MB, 25 to 39 in calls of 1 MB.
const PIECE: usize = 1024 * 1024;
/// How long a name may be on every file system that matters.
const LONGEST: usize = 255;

/// Files of the operating system.
#[derive(Debug)]
pub(crate) struct LocalDisk {
    place: Place,
    offsets: PathBuf,
    staged: PathBuf,
    /// None while it rests.
    handles: Option<Handles>,
    id: String,
}

/// What an open file costs.
#[derive(Debug)]
struct Handles {
    file: File,
    folder: File,
}

impl LocalDisk {
    /// Opens the data file, makes it if it is missing, and locks it.
    ///
    /// # Errors
    ///
    /// `Unavailable`, naming the file: somebody else holds the lock, or it cannot be opened. `Fatal`: it is no file, or
    /// its name cannot be the name of a data file.
    pub(crate) fn open(place: Place) -> Result<Self> {
        let name = place.name().to_string_lossy();
        if name.ends_with(OFFSETS) || name.ends_with(STAGED) {
            return Err(Error::fatal(format!(
                "opening file `{}`: expected a name that no offsets file has, found one that ends \
                 in `{OFFSETS}` or `{STAGED}`",
                place.path.display()
            )));
        }
        let longest = LONGEST - STAGED.len();
        if place.name().len() > longest {
            return Err(Error::fatal(format!(
                "opening file `{}`: expected a name of at most {longest} bytes, found {}",
                place.path.display(),
                place.name().len()
            )));
        }
        make_folders(&place.folders)?;
        let (handles, id) = open(&place.path)?;
        Ok(Self {
            offsets: Self::offsets_of(&place.path),
            staged: with_suffix(&place.path, STAGED),
            place,
            handles: Some(handles),
            id,
        })
    }

    /// Names the offsets file beside a data file.
    pub(crate) fn offsets_of(path: &Path) -> PathBuf {
        with_suffix(path, OFFSETS)
    }

    fn handles(&self) -> io::Result<&Handles> {
        let handles = self.handles.as_ref();
        handles.ok_or_else(|| io::Error::other("the file is not open"))
    }

    fn finished_path(&self, number: u64) -> PathBuf {
        let name = finished_name(self.place.name(), number);
        self.place.path.with_file_name(name)
    }
}

impl Disk for LocalDisk {
    fn name(&self) -> String {
        self.place.path.display().to_string()
    }

    fn id(&self) -> &str {
        &self.id
    }

    fn has_its_name(&self) -> io::Result<bool> {
        has_name(&self.place.path, &self.id)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.handles()?.file.metadata()?.len())
    }

    fn read(&self, range: Range<u64>) -> io::Result<Vec<u8>> {
        let length = usize::try_from(range.end - range.start).map_err(io::Error::other)?;
        let mut bytes = vec![0; length];
        let file = &self.handles()?.file;
        file.read_exact_at(&mut bytes, range.start)?;
        Ok(bytes)
    }

    fn write(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let file = &self.handles()?.file;
        for (piece, at) in bytes.chunks(PIECE).zip((at..).step_by(PIECE)) {
            file.write_all_at(piece, at)?;
        }
        Ok(())
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.handles()?.file.set_len(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.handles()?.file.sync_data()
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
        self.handles()?.folder.sync_all()
    }

    fn finish(&mut self, number: u64) -> io::Result<()> {
        rename_if_free(&self.place.path, &self.finished_path(number))
    }

    fn renew(&mut self) -> Result<()> {
        self.rest();
        self.wake()
    }

    fn finished(&self) -> io::Result<Vec<u64>> {
        let mut numbers = Vec::new();
        for entry in fs::read_dir(folder_of(&self.place.path))? {
            numbers.extend(finished_number(self.place.name(), &entry?.file_name()));
        }
        Ok(numbers)
    }

    fn id_of_finished(&self, number: u64) -> io::Result<Option<String>> {
        match fs::symlink_metadata(self.finished_path(number)) {
            Ok(found) => Ok(Some(id_of(&found))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn delete(&mut self, number: u64) -> io::Result<()> {
        fs::remove_file(self.finished_path(number))
    }

    fn rest(&mut self) {
        self.handles = None;
    }

    fn wake(&mut self) -> Result<()> {
        if self.handles.is_none() {
            // They were made durably when the file was opened first.
            if !folder_of(&self.place.path).is_dir() {
                make_folders(&self.place.folders)?;
            }
            let (handles, id) = open(&self.place.path)?;
            self.handles = Some(handles);
            self.id = id;
        }
        Ok(())
    }
}

/// Opens and locks a data file.
fn open(path: &Path) -> Result<(Handles, String)> {
    let opening = || format!("opening file `{}`", path.display());
    let folder = File::open(folder_of(path)).unavailable(&opening())?;
    if !path.try_exists().unavailable(&opening())? {
        // What had this name may have been renamed. Without power that would be forgotten, and the new file with it.
        folder.sync_all().unavailable(&opening())?;
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let opened = options.open(path);
    if let Err(error) = &opened
        && error.kind() == io::ErrorKind::IsADirectory
    {
        return Err(no_file(&opening()));
    }
    let file = opened.unavailable(&opening())?;
    let found = file.metadata().unavailable(&opening())?;
    if !found.is_file() {
        return Err(no_file(&opening()));
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
    let id = id_of(&found);
    if has_name(path, &id).unavailable(&opening())? {
        Ok((Handles { file, folder }, id))
    } else {
        Err(Error::unavailable(format!(
            "{}: it was renamed while it was opened",
            opening()
        )))
    }
}

fn no_file(opening: &str) -> Error {
    Error::fatal(format!(
        "{opening}: expected a regular file, found a folder, pipe, socket or device"
    ))
}

/// Makes folders that are missing, each durably.
fn make_folders(folders: &[PathBuf]) -> Result<()> {
    for folder in folders {
        let making = || format!("making folder `{}`", folder.display());
        match fs::create_dir(folder) {
            // Whoever made it may not have come to the next step.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => made.unavailable(&making())?,
        }
        let above = File::open(folder_of(folder)).unavailable(&making())?;
        above.sync_all().unavailable(&making())?;
    }
    Ok(())
}

/// Renames a file, and never over another.
fn rename_if_free(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    {
        use rustix::{
            fs::{CWD, RenameFlags, renameat_with},
            io::Errno,
        };
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            // Not every file system can do that in one step.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
            renamed => return Ok(renamed?),
        }
    }
    match fs::symlink_metadata(to) {
        Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::rename(from, to),
        Err(error) => Err(error),
    }
}

fn has_name(path: &Path, id: &str) -> io::Result<bool> {
    match fs::metadata(path) {
        Ok(found) => Ok(id_of(&found) == id),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn id_of(found: &fs::Metadata) -> String {
    format!("{}:{}", found.dev(), found.ino())
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
