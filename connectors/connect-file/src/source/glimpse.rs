//! [`Glimpse`]: what the system knows of a file without asking its disk.

use std::{
    fs::File,
    time::{Duration, SystemTime},
};

/// The local file systems, by what `statfs` calls them: ext2 to ext4, XFS, Btrfs, F2FS, ZFS, bcachefs, tmpfs, overlay.
#[cfg(target_os = "linux")]
const LOCAL: &[u64] = &[
    0xEF53,
    0x5846_5342,
    0x9123_683E,
    0xF2F5_2010,
    0x2FC1_2FC1,
    0xCA45_1A4E,
    0x0102_1994,
    0x794C_7630,
];

/// What the system knows of a file without asking its disk.
///
/// It changes with whatever is done to the file, renaming and deleting it included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Glimpse {
    size: u64,
    changed: SystemTime,
}

impl Glimpse {
    /// How long ago the last change must be for the next one to have another time: clocks of file systems are coarse.
    const COARSE: Duration = Duration::from_secs(1);

    /// Takes a glimpse; `None` where it would not show everything, as on a network.
    #[cfg(target_os = "linux")]
    pub(crate) fn of(file: &File) -> Option<Self> {
        use rustix::fs::{AtFlags, StatxFlags, statx};
        if !is_local(file) {
            return None;
        }
        let flags = AtFlags::EMPTY_PATH | AtFlags::STATX_DONT_SYNC;
        let found = statx(file, c"", flags, StatxFlags::SIZE | StatxFlags::CTIME).ok()?;
        let seconds = Duration::from_secs(found.stx_ctime.tv_sec.try_into().ok()?);
        let nanos = Duration::from_nanos(found.stx_ctime.tv_nsec.into());
        Some(Self {
            size: found.stx_size,
            changed: SystemTime::UNIX_EPOCH + seconds + nanos,
        })
    }

    /// Takes a glimpse; `None` where it would not show everything.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn of(_file: &File) -> Option<Self> {
        None
    }

    /// Returns whether an equal glimpse, taken later, means that nothing was changed.
    pub(crate) fn is_telling(&self, now: SystemTime) -> bool {
        now.duration_since(self.changed)
            .is_ok_and(|age| age >= Self::COARSE)
    }
}

/// Returns whether a file is on a file system where nothing happens that the system does not know.
#[cfg(target_os = "linux")]
pub(crate) fn is_local(file: &File) -> bool {
    let found = rustix::fs::fstatfs(file).map(|found| u64::try_from(found.f_type));
    matches!(found, Ok(Ok(found)) if LOCAL.contains(&found))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{fs, io::Write};

    use super::*;

    #[test]
    fn whatever_is_done_to_a_file_changes_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let mut file = File::create(&path).unwrap();
        let glimpse = || Glimpse::of(&File::open(folder.path().join("b")).unwrap());
        file.write_all(b"line\n").unwrap();
        fs::hard_link(&path, folder.path().join("b")).unwrap();
        let first = glimpse().unwrap();
        assert_eq!(glimpse(), Some(first));
        file.write_all(b"line\n").unwrap();
        let second = glimpse().unwrap();
        assert_ne!(second.size, first.size);
        assert!(!second.is_telling(SystemTime::now()), "it is too young");
        let late = SystemTime::now() + Duration::from_secs(2);
        assert!(second.is_telling(late));
        // Times are as coarse as the clock of the system.
        while glimpse() == Some(second) {
            fs::rename(&path, folder.path().join("c")).unwrap();
            fs::rename(folder.path().join("c"), &path).unwrap();
        }
    }
}
