//! [`Foreign`]: a file that another task reads.

use std::{io, path::PathBuf, time::SystemTime};

use super::{
    super::identity::Fingerprint,
    content::{Head, may_be_one, open},
    decoder::Format,
    pattern::{Look, Seen},
    reader::FolderReader,
    series::series,
};

/// A file that another task reads, as it was seen.
///
/// Its inode may pass to another file, so when it was created and what it began with tell whether it is the same under another name.
#[derive(Clone, Debug)]
pub(super) struct Foreign {
    path: PathBuf,
    look: Look,
    /// Of the bytes as they are stored, compressed or not.
    fingerprint: Fingerprint,
    created: Option<SystemTime>,
}

impl Foreign {
    pub(super) fn of(seen: &Seen) -> io::Result<Self> {
        let file = open(seen.id, &seen.path)?.ok_or(io::ErrorKind::NotFound)?;
        let head = Head::read(file, Format::Plain)?;
        Ok(Self {
            path: seen.path.clone(),
            look: seen.look,
            fingerprint: Fingerprint::of(&head.bytes),
            created: seen.created,
        })
    }

    /// Returns whether `later`, which has the same inode, is the same file.
    fn is(&self, later: &Seen) -> io::Result<bool> {
        if !may_be_one(self.created, later.created) {
            return Ok(false);
        }
        let file = open(later.id, &later.path)?.ok_or(io::ErrorKind::NotFound)?;
        self.fingerprint.matches(&file)
    }
}

impl FolderReader {
    /// Returns whether `seen` is known to be read by another task.
    pub(super) fn is_foreign(&mut self, seen: &Seen) -> bool {
        let Some(known) = self.foreign.get(&seen.id) else {
            return false;
        };
        if known.path == seen.path && known.look == seen.look {
            return true;
        }
        let is_own_name = self.files.share.has(&series(&seen.path.to_string_lossy()));
        let is_same = match is_own_name {
            // If it cannot be read, the next look tells.
            true => match known.is(seen) {
                Ok(is_same) => is_same,
                Err(_) => return true,
            },
            // Whichever it is, it is not ours.
            false => true,
        };
        let is_known_well = known.fingerprint.is_full() && known.look.size <= seen.look.size;
        let known = match is_known_well {
            true => Ok(Foreign {
                path: seen.path.clone(),
                look: seen.look,
                ..known.clone()
            }),
            false => Foreign::of(seen),
        };
        if !is_same {
            self.foreign.remove(&seen.id);
        } else if let Ok(known) = known {
            self.foreign.insert(seen.id, known);
        }
        is_same
    }
}
