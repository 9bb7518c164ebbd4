//! [`Identity`]: what makes a file the same file after it was renamed or copied.

use std::{
    fmt,
    fs::{File, Metadata},
    io,
    os::unix::fs::{FileExt, MetadataExt},
    str::FromStr,
};

use siphasher::sip::SipHasher13;

/// How many of a file's first bytes tell it from others.
pub(crate) const HEAD: usize = 1024;

/// How many of them tell a file from others if the inode is the same: inodes are used again.
const TELLING: usize = 64;

/// Where a file system keeps a file; renaming does not change it, and a later file may get it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
        }
    }

    pub(crate) fn inode(self) -> u64 {
        self.inode
    }
}

impl fmt::Display for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.device, self.inode)
    }
}

impl FromStr for FileId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (device, inode) = text.split_once(':').ok_or(())?;
        match (device.parse(), inode.parse()) {
            (Ok(device), Ok(inode)) => Ok(Self { device, inode }),
            _ => Err(()),
        }
    }
}

/// A hash of the first bytes of a file, at most [`HEAD`]: they stay when the file grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    length: usize,
    hash: u64,
}

impl Fingerprint {
    pub(crate) fn of(head: &[u8]) -> Self {
        Self {
            length: head.len(),
            hash: SipHasher13::new().hash(head),
        }
    }

    /// Returns whether `head`, the first bytes of a file, starts with the bytes that were hashed.
    pub(crate) fn is_of(self, head: &[u8]) -> bool {
        head.get(..self.length)
            .is_some_and(|head| Self::of(head) == self)
    }

    /// Returns how many bytes were hashed.
    pub(crate) fn length(self) -> usize {
        self.length
    }

    /// Returns whether `file` starts with the bytes that were hashed.
    pub(crate) fn matches(self, file: &File) -> io::Result<bool> {
        let mut head = [0; HEAD];
        let head = &mut head[..self.length];
        match file.read_exact_at(head, 0) {
            Ok(()) => Ok(Self::of(head) == self),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Returns whether it covers enough to believe an inode under a name that rotation does not give.
    pub(crate) fn is_telling(self) -> bool {
        self.length >= TELLING
    }

    /// Returns whether it covers enough to recognise a copy, which has another [`FileId`].
    ///
    /// Short files often start alike, so a shorter one says too little.
    pub(crate) fn is_full(self) -> bool {
        self.length == HEAD
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{:016x}", self.length, self.hash)
    }
}

impl FromStr for Fingerprint {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (length, hash) = text.split_once(':').ok_or(())?;
        match (length.parse(), u64::from_str_radix(hash, 16)) {
            (Ok(length), Ok(hash)) if length <= HEAD => Ok(Self { length, hash }),
            _ => Err(()),
        }
    }
}

/// What makes a file the same file after it was renamed or copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) id: FileId,
    pub(crate) fingerprint: Fingerprint,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_can_be_read_again() {
        let id = FileId {
            device: 64768,
            inode: 1311,
        };
        assert_eq!(id.to_string().parse(), Ok(id));
        let fingerprint = Fingerprint::of(b"GET / HTTP/1.1");
        assert_eq!(fingerprint.to_string().parse(), Ok(fingerprint));
    }

    #[test]
    fn a_fingerprint_means_the_same_in_every_build() {
        assert_eq!(Fingerprint::of(b"GET /").to_string(), "5:602bbc0fecdbe6ef");
    }
}
