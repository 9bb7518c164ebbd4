//! [`Content`]: the lines of an open file, compressed or not.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    time::SystemTime,
};

use connect_api::SourceOffset;

use super::{
    super::{
        block::Line,
        identity::{FileId, Fingerprint, HEAD, Identity},
        place::Place,
        reading::{Progress, Reading, open_regular},
    },
    Files,
    archive::{self, Archive},
    decoder::{Decoder, Format},
    live::Live,
    pattern::Look,
};

/// The lines of an open file, compressed or not.
#[derive(Debug)]
pub(crate) enum Content {
    Plain(Box<Reading>),
    Archive(Box<Archive>, Look),
}

/// What opening a file gave.
#[derive(Debug)]
pub(crate) enum Opened {
    Content(Content),
    /// Another file has the name now.
    Moved,
    /// What was read of it is not there any more.
    Overwritten,
}

/// The first bytes of a file, decompressed.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) bytes: Vec<u8>,
    pub(crate) format: Format,
}

impl Head {
    /// Reads the head of `file`.
    pub(crate) fn read(file: File, format: Format) -> io::Result<Self> {
        let mut bytes = Vec::with_capacity(HEAD);
        match format {
            Format::Plain | Format::Unknown => {
                file.take(HEAD as u64).read_to_end(&mut bytes)?;
            }
            Format::Gzip | Format::Zstd => {
                Decoder::new(file, format).fill(&mut bytes, HEAD)?;
            }
        }
        Ok(Self { bytes, format })
    }

    /// Returns whether there is nothing behind it.
    pub(crate) fn is_all(&self) -> bool {
        self.bytes.len() < HEAD
    }
}

/// Opens the file `id` called `path`; `None` if another one has the name now.
pub(crate) fn open(id: FileId, path: &Path) -> io::Result<Option<File>> {
    let file = open_regular(path)?;
    let is_same = FileId::of(&file.metadata()?) == id;
    Ok(is_same.then_some(file))
}

/// Returns whether files that were created at these times, if they are known, may be one.
pub(crate) fn may_be_one(one: Option<SystemTime>, other: Option<SystemTime>) -> bool {
    one.is_none() || other.is_none() || one == other
}

impl Files {
    /// Opens the file `id` called `path` where reading goes on.
    pub(crate) fn open(
        &self,
        (id, path): (FileId, &Path),
        place: &Place,
        now: SystemTime,
    ) -> io::Result<Opened> {
        let Some(file) = open(id, path)? else {
            return Ok(Opened::Moved);
        };
        let format = archive::format(self.compression, path, &file)?;
        let content = if matches!(format, Format::Gzip | Format::Zstd) {
            let look = Look::of(&file.metadata()?);
            let archive = Archive::open(file, format, place.position, &self.framing)?;
            Content::Archive(Box::new(archive), look)
        } else {
            let path = path.to_owned();
            Content::Plain(Box::new(Reading::of(
                (file, path),
                place.position,
                &self.framing,
                now,
            )?))
        };
        let is_same = place
            .identity
            .is_none_or(|of| content.begins_like(of.fingerprint));
        Ok(match is_same {
            true => Opened::Content(content),
            false => Opened::Overwritten,
        })
    }

    /// Returns whether the file called `path`, which has the inode of `live`, is the same one.
    ///
    /// An inode that nobody has open may pass to another file.
    pub(crate) fn is_renamed(&self, (id, live): (FileId, &Live), path: &Path) -> bool {
        // If it cannot be read, that is told when it is its turn.
        live.content.is_some() || live.path == path || self.may_be((id, path), live).unwrap_or(true)
    }

    fn may_be(&self, (id, path): (FileId, &Path), live: &Live) -> io::Result<bool> {
        let file = open(id, path)?.ok_or(io::ErrorKind::NotFound)?;
        if !may_be_one(live.created, file.metadata()?.created().ok()) {
            return Ok(false);
        }
        let Some(identity) = live.place.identity else {
            return Ok(true);
        };
        let format = archive::format(self.compression, path, &file)?;
        let head = Head::read(file, format)?;
        Ok(identity.fingerprint.is_of(&head.bytes))
    }
}

impl Content {
    fn begins_like(&self, fingerprint: Fingerprint) -> bool {
        match self {
            Self::Plain(reading) => reading.begins_like(fingerprint),
            Self::Archive(archive, _) => archive.begins_like(fingerprint),
        }
    }

    pub(crate) fn next_line(&mut self) -> Option<Line> {
        match self {
            Self::Plain(reading) => reading.next_line(),
            Self::Archive(archive, _) => archive.next_line(),
        }
    }

    /// Returns the offset after the line that was handed out last.
    pub(crate) fn offset(&self) -> SourceOffset {
        match self {
            Self::Plain(reading) => reading.offset(),
            Self::Archive(archive, _) => archive.offset(),
        }
    }

    /// Returns the position after the line that was handed out last.
    pub(crate) fn handed_out(&self) -> u64 {
        match self {
            Self::Plain(reading) => reading.handed_out(),
            Self::Archive(archive, _) => archive.handed_out(),
        }
    }

    pub(crate) fn left(&self) -> usize {
        match self {
            Self::Plain(reading) => reading.left(),
            Self::Archive(archive, _) => archive.left(),
        }
    }

    pub(crate) fn read_on(&mut self, longest: usize, now: SystemTime) -> io::Result<Progress> {
        match self {
            Self::Plain(reading) => reading.read_on(longest, now),
            Self::Archive(archive, _) => archive.read_on(longest),
        }
    }

    /// Returns where reading goes on once all lines are handed out.
    pub(crate) fn place(&self) -> Place {
        match self {
            Self::Plain(reading) => reading.place(),
            Self::Archive(archive, _) => archive.place(),
        }
    }

    pub(crate) fn identity(&self) -> Option<Identity> {
        self.place().identity
    }

    /// Returns what the file looks like, if it was read to its end.
    pub(crate) fn look_at_end(&self) -> io::Result<Option<Look>> {
        match self {
            Self::Plain(reading) => {
                let look = Look::of(&reading.metadata()?);
                Ok((look.size == reading.rested().0).then_some(look))
            }
            Self::Archive(_, look) => Ok(Some(*look)),
        }
    }
}
