//! Where a file went when it was rotated, and which file follows it.

use std::{
    fs::{self, File, Metadata},
    io,
    os::unix::fs::DirEntryExt,
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::{
    identity::{FileId, Identity},
    names::Names,
    stamp::Stamp,
};

/// A file that was read up to `position`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Past {
    pub(crate) identity: Identity,
    pub(crate) position: u64,
    /// When it was last written to, if that is known.
    pub(crate) modified: Option<SystemTime>,
}

/// A file as it was found: until it is open, its name may pass to another one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    pub(crate) id: FileId,
}

/// What comes after a file.
#[derive(Debug, PartialEq)]
pub(crate) enum Next {
    /// A rotated file that is newer.
    Rotated(Found),
    /// The file that has the name now.
    Current(Found),
    /// The file that was read before, or a copy of it: it has the name again, or was rotated.
    Same(Found),
    /// Nothing has the name yet.
    Nothing,
}

/// A file beside the one that is followed.
#[derive(Debug)]
struct Sibling {
    found: Found,
    stamp: Option<Stamp>,
    modified: SystemTime,
}

/// Finds the file that was read up to `past.position`, under its name or beside it.
///
/// The same inode with the same beginning comes before a copy, which only has the same beginning.
pub(crate) fn locate(names: &Names, past: &Past) -> io::Result<Option<Found>> {
    // A second look, because a folder that is listed while files are renamed may miss one.
    for _ in 0..2 {
        if let Some(found) = same(names.main(), past)? {
            return Ok(Some(found));
        }
        let siblings = siblings(names, past.identity.id)?;
        if let Some(index) = own(&siblings, past)? {
            return Ok(Some(siblings[index].found.clone()));
        }
        if let Some(found) = copy(names.main(), past)? {
            return Ok(Some(found));
        }
        if let Some(found) = copy_among(siblings.iter(), past)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Finds a copy of a file that was cut off after it was copied.
pub(crate) fn locate_copy(names: &Names, past: &Past) -> io::Result<Option<Found>> {
    copy_among(siblings(names, past.identity.id)?.iter(), past)
}

fn copy_among<'a>(
    siblings: impl Iterator<Item = &'a Sibling>,
    past: &Past,
) -> io::Result<Option<Found>> {
    let mut rotated: Vec<_> = siblings.filter(|s| s.stamp.is_some()).collect();
    rotated.sort_by_key(|sibling| std::cmp::Reverse(sibling.modified));
    for sibling in rotated {
        if let Some(found) = copy(&sibling.found.path, past)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Says which file is to be read after `past`: rotated ones that are newer, then the one that has the name.
pub(crate) fn next(names: &Names, past: &Past) -> io::Result<Next> {
    loop {
        let current = id_of(names.main())?;
        let next = next_before(current, names, past)?;
        // If the name passed on meanwhile, the file that had it is among the rotated ones now.
        if id_of(names.main())? == current {
            return Ok(next);
        }
    }
}

fn next_before(current: Option<FileId>, names: &Names, past: &Past) -> io::Result<Next> {
    if let Some(found) = same(names.main(), past)? {
        return Ok(Next::Same(found));
    }
    let mut siblings = siblings(names, past.identity.id)?;
    let own = own(&siblings, past)?.map(|index| siblings.swap_remove(index));
    // A file that is still there is not replaced by one that begins alike, but followed.
    if own.is_none()
        && let Some(found) = successor_copy(names, &siblings, past)?
    {
        return Ok(Next::Same(found));
    }
    let modified = past.modified.or(own.as_ref().map(|own| own.modified));
    let newer = newer(siblings, own.and_then(|own| own.stamp), modified);
    if let Some(sibling) = newer.into_iter().next() {
        return Ok(Next::Rotated(sibling.found));
    }
    // A link that leads elsewhere now has left the last file behind that it led to.
    for path in names.left() {
        if let Some(id) = id_of(path)?
            && id != past.identity.id
            && Some(id) != current
        {
            let path = path.to_owned();
            return Ok(Next::Rotated(Found { path, id }));
        }
    }
    Ok(match current {
        Some(id) => Next::Current(Found {
            path: names.main().to_owned(),
            id,
        }),
        None => Next::Nothing,
    })
}

/// Returns the copy that took the place of a file which is gone; older files may begin like it.
fn successor_copy(names: &Names, siblings: &[Sibling], past: &Past) -> io::Result<Option<Found>> {
    if let Some(found) = copy(names.main(), past)? {
        return Ok(Some(found));
    }
    let is_older = |sibling: &Sibling| past.modified.is_some_and(|than| sibling.modified < than);
    copy_among(siblings.iter().filter(|sibling| !is_older(sibling)), past)
}

/// Returns which of the siblings is the file itself.
fn own(siblings: &[Sibling], past: &Past) -> io::Result<Option<usize>> {
    for (index, sibling) in siblings.iter().enumerate() {
        let may_be = sibling.stamp.is_some() || past.identity.fingerprint.is_telling();
        if may_be && same(&sibling.found.path, past)?.is_some() {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

/// Returns the rotated files that are newer than the one with `stamp`, the oldest first.
fn newer(
    siblings: Vec<Sibling>,
    stamp: Option<Stamp>,
    modified: Option<SystemTime>,
) -> Vec<Sibling> {
    let written_later = |sibling: &Sibling| modified.is_some_and(|than| sibling.modified > than);
    let not_written_before =
        |sibling: &Sibling| modified.is_none_or(|than| sibling.modified >= than);
    let upward = |sibling: &Sibling| match (&sibling.stamp, &stamp) {
        (Some(Stamp::Index(other)), Some(Stamp::Index(own))) => {
            other > own && written_later(sibling)
        }
        _ => false,
    };
    // A few tools number upward; then the files with higher numbers were written later.
    let is_upward = siblings.iter().any(upward);
    let is_newer = |sibling: &Sibling| match (&sibling.stamp, &stamp) {
        (Some(Stamp::Index(_)), Some(Stamp::Index(_))) if is_upward => upward(sibling),
        (Some(Stamp::Index(other)), Some(Stamp::Index(own))) => {
            other < own && not_written_before(sibling)
        }
        (Some(Stamp::Time(other)), Some(Stamp::Time(own))) => other > own,
        (Some(_), _) => written_later(sibling),
        (None, _) => false,
    };
    let mut newer: Vec<_> = siblings.into_iter().filter(is_newer).collect();
    newer.sort_by(|one, two| match (&one.stamp, &two.stamp) {
        (Some(Stamp::Index(one)), Some(Stamp::Index(two))) if is_upward => one.cmp(two),
        (Some(a), Some(b)) if stamp.is_some() => a.cmp_age(b),
        (Some(a), Some(b)) => one.modified.cmp(&two.modified).then(a.cmp_age(b)),
        _ => std::cmp::Ordering::Equal,
    });
    newer
}

/// Lists what rotation left beside each of the names, and the file with the inode of `id` whatever its name.
fn siblings(names: &Names, id: FileId) -> io::Result<Vec<Sibling>> {
    let mut siblings = Vec::new();
    for name in names.all() {
        for sibling in beside(name, id)? {
            let known = siblings
                .iter_mut()
                .find(|known: &&mut Sibling| known.found.id == sibling.found.id);
            match known {
                Some(known) if known.stamp.is_none() => *known = sibling,
                Some(_) => {}
                None => siblings.push(sibling),
            }
        }
    }
    Ok(siblings)
}

fn beside(name: &Path, id: FileId) -> io::Result<Vec<Sibling>> {
    let (Some(original), Some(folder)) = (name.file_name(), folder(name)) else {
        return Ok(Vec::new());
    };
    let original = original.to_string_lossy();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            tracing::warn!(file = %name.display(), %error, "rotated files are not looked for");
            return Ok(Vec::new());
        }
        Err(error) => return Err(error),
    };
    let mut siblings = Vec::new();
    for entry in entries {
        let entry = entry?;
        let stamp = Stamp::of(&entry.file_name().to_string_lossy(), &original);
        if stamp.is_none() && entry.ino() != id.inode() {
            continue;
        }
        let Some(metadata) = unless_gone(entry.metadata())?.filter(Metadata::is_file) else {
            continue;
        };
        let found = Found {
            path: entry.path(),
            id: FileId::of(&metadata),
        };
        siblings.push(Sibling {
            found,
            stamp,
            modified: metadata.modified()?,
        });
    }
    Ok(siblings)
}

/// Returns the folder that `name` stands in, the current one included.
fn folder(name: &Path) -> Option<&Path> {
    match name.parent()? {
        folder if folder.as_os_str().is_empty() => Some(Path::new(".")),
        folder => Some(folder),
    }
}

fn id_of(path: &Path) -> io::Result<Option<FileId>> {
    Ok(unless_gone(fs::metadata(path))?.map(|found| FileId::of(&found)))
}

fn same(path: &Path, past: &Past) -> io::Result<Option<Found>> {
    begins_like(path, past, |id| id == past.identity.id)
}

fn copy(path: &Path, past: &Past) -> io::Result<Option<Found>> {
    if !past.identity.fingerprint.is_full() {
        return Ok(None);
    }
    begins_like(path, past, |id| id != past.identity.id)
}

fn begins_like(
    path: &Path,
    past: &Past,
    has: impl Fn(FileId) -> bool,
) -> io::Result<Option<Found>> {
    let Some(metadata) = unless_gone(fs::metadata(path))? else {
        return Ok(None);
    };
    let id = FileId::of(&metadata);
    if !metadata.is_file() || metadata.len() < past.position || !has(id) {
        return Ok(None);
    }
    let Some(file) = unless_gone(File::open(path))? else {
        return Ok(None);
    };
    let begins = past.identity.fingerprint.matches(&file)?;
    Ok(begins.then(|| Found {
        path: path.to_owned(),
        id,
    }))
}

/// Returns what was found, or `None` if there is no such file.
pub(crate) fn unless_gone<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
