//! [`Pattern`]: which files are meant, and which of them there are.

use std::{
    collections::{HashMap, HashSet},
    fs::{self, DirEntry, Metadata},
    io,
    os::unix::fs::MetadataExt,
    path::{Component, Path, PathBuf},
    time::SystemTime,
};

use connect_api::{Error, Result};
use globset::{GlobBuilder, GlobMatcher, GlobSet, GlobSetBuilder};

use super::super::{identity::FileId, names::Names};

/// What makes a name a pattern.
const SPECIAL: [char; 4] = ['*', '?', '[', '{'];

/// Which files are meant: those that a glob matches, those in a folder, or one.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    /// The text itself, which names a file if one has this name.
    literal: PathBuf,
    kind: Kind,
    exclude: Exclude,
}

#[derive(Clone, Debug)]
enum Kind {
    /// The file that has the literal name, and no other.
    One,
    /// The files in the folder that has the literal name.
    Folder,
    /// The files that match.
    Glob(Glob),
}

#[derive(Clone, Debug)]
struct Glob {
    /// The folder below which all of them are.
    root: PathBuf,
    /// What the names below it have to match, one after the other, up to the first `**`.
    names: Vec<Name>,
    /// What the whole path has to match, if there is a `**`.
    whole: Option<GlobMatcher>,
}

#[derive(Clone, Debug)]
struct Name {
    matcher: GlobMatcher,
    dots: Dots,
}

/// Whether names that begin with a dot are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dots {
    Hidden,
    Meant,
}

/// Which files are not meant after all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exclude {
    names: GlobSet,
    paths: GlobSet,
}

/// A file as it was seen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) path: PathBuf,
    pub(crate) id: FileId,
    pub(crate) look: Look,
    pub(crate) modified: SystemTime,
    /// When it was created, where the file system tells.
    pub(crate) created: Option<SystemTime>,
}

/// What changes with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) size: u64,
    changed: (i64, i64),
}

/// What a walk found.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// The files, the one first that was written to first.
    pub(crate) files: Vec<Seen>,
    /// The folders that were looked into, and those that links in them lead to.
    pub(crate) folders: Vec<PathBuf>,
    /// What could not be looked at, and why: what is in there may still be there.
    pub(crate) unreadable: HashMap<PathBuf, io::Error>,
}

impl Pattern {
    /// Reads what stands in `file`; `None` if it is the name of one file.
    ///
    /// # Errors
    ///
    /// `Config`: it is no glob.
    pub(crate) fn parse(text: &str) -> Result<Option<Self>> {
        let kind = if text.contains(SPECIAL) {
            Kind::Glob(Glob::parse(text)?)
        } else if text.ends_with('/') {
            Kind::Folder
        } else {
            return Ok(None);
        };
        Ok(Some(Self::new(text, kind)))
    }

    /// Means one file.
    pub(crate) fn one(text: &str) -> Self {
        Self::new(text, Kind::One)
    }

    /// Means the files in a folder.
    pub(crate) fn folder(text: &str) -> Self {
        Self::new(text, Kind::Folder)
    }

    fn new(text: &str, kind: Kind) -> Self {
        Self {
            literal: PathBuf::from(text),
            kind,
            exclude: Exclude::default(),
        }
    }

    pub(crate) fn without(mut self, exclude: Exclude) -> Self {
        self.exclude = exclude;
        self
    }

    /// Returns whether it can mean more than one file.
    pub(crate) fn is_many(&self) -> bool {
        !matches!(self.kind, Kind::One)
    }

    /// Looks for the files.
    pub(crate) fn walk(&self) -> Listing {
        let mut listing = Listing::default();
        match &self.kind {
            Kind::Folder => listing.look_into(&self.literal, |entry, listing| {
                let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
                if !is_hidden {
                    listing.add(&entry.path(), entry.metadata(), &self.exclude);
                }
            }),
            // A name that looks like a pattern is a name all the same.
            Kind::One | Kind::Glob(_) if self.literal.is_file() => {
                listing.folders.extend(folder(&self.literal));
                listing.add(&self.literal, fs::metadata(&self.literal), &self.exclude);
            }
            Kind::One => listing.folders.extend(folder(&self.literal)),
            Kind::Glob(glob) => listing.walk(glob, &self.exclude),
        }
        listing.sort();
        listing.folders.sort_unstable();
        listing.folders.dedup();
        listing
    }
}

/// Returns the folder that `name` stands in.
pub(super) fn folder(name: &Path) -> Option<PathBuf> {
    name.parent()
        .map(|folder| match folder.as_os_str().is_empty() {
            true => PathBuf::from("."),
            false => folder.to_owned(),
        })
}

/// Returns the folder that `name` stands in, and if it is a link, those of what it leads to.
///
/// Whoever rotates a file behind a link renames it there.
pub(super) fn all_folders(name: &Path) -> Vec<PathBuf> {
    let names = Names::new(name.to_owned());
    names.all().filter_map(folder).collect()
}

impl Glob {
    fn parse(text: &str) -> Result<Self> {
        let (mut root, mut names, mut whole) = (PathBuf::new(), Vec::new(), None);
        for component in Path::new(text).components() {
            let name = component.as_os_str().to_string_lossy();
            let is_special = matches!(component, Component::Normal(_)) && name.contains(SPECIAL);
            if names.is_empty() && !is_special {
                root.push(component);
            } else if name == "**" {
                whole = Some(matcher(text)?);
                break;
            } else {
                let dots = match name.starts_with('.') {
                    true => Dots::Meant,
                    false => Dots::Hidden,
                };
                names.push(Name {
                    matcher: matcher(&name)?,
                    dots,
                });
            }
        }
        if root.as_os_str().is_empty() {
            root.push(".");
        }
        Ok(Self { root, names, whole })
    }

    fn is_match(&self, path: &Path) -> bool {
        let path = path.strip_prefix(".").unwrap_or(path);
        self.whole
            .as_ref()
            .is_some_and(|whole| whole.is_match(path))
    }
}

fn matcher(text: &str) -> Result<GlobMatcher> {
    let glob = GlobBuilder::new(text).literal_separator(true).build();
    let glob = glob.map_err(|error| {
        let found = format!("expected a path or a glob (`[*]` is a `*`), found {text:?}");
        Error::config(found).with_source(error)
    })?;
    Ok(glob.compile_matcher())
}

impl Name {
    fn is_match(&self, name: &Path) -> bool {
        let is_hidden = name.as_os_str().as_encoded_bytes().starts_with(b".");
        (self.dots == Dots::Meant || !is_hidden) && self.matcher.is_match(name)
    }
}

impl Exclude {
    /// Reads globs: one with a `/` is matched with the path, one without with the name.
    ///
    /// # Errors
    ///
    /// `Config`: one is no glob.
    pub(crate) fn parse(texts: &[impl AsRef<str>]) -> Result<Self> {
        let (mut names, mut paths) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for text in texts {
            let glob = matcher(text.as_ref())?.glob().clone();
            match text.as_ref().contains('/') {
                true => paths.add(glob),
                false => names.add(glob),
            };
        }
        let build = |globs: &GlobSetBuilder| {
            let expected = "expected globs, found too many";
            let built = globs.build();
            built.map_err(|error| Error::config(expected).with_source(error))
        };
        Ok(Self {
            names: build(&names)?,
            paths: build(&paths)?,
        })
    }

    fn is_match(&self, path: &Path) -> bool {
        let name = path.file_name().map(Path::new);
        self.paths.is_match(path) || name.is_some_and(|name| self.names.is_match(name))
    }
}

impl Look {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self {
            size: metadata.len(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

impl Listing {
    fn walk(&mut self, glob: &Glob, exclude: &Exclude) {
        let mut folders = vec![(glob.root.clone(), 0)];
        // Links may lead back to where they are.
        let mut known = HashSet::new();
        while let Some((folder, depth)) = folders.pop() {
            match fs::metadata(&folder) {
                Ok(metadata) if !known.insert(FileId::of(&metadata)) => continue,
                _ => {}
            }
            self.look_into(&folder, |entry, listing| {
                let (path, name) = (entry.path(), entry.file_name());
                let is_last = glob.whole.is_none() && depth + 1 == glob.names.len();
                let may_match = match glob.names.get(depth) {
                    Some(expected) => expected.is_match(Path::new(&name)),
                    None => !name.as_encoded_bytes().starts_with(b"."),
                };
                if !may_match {
                    return;
                }
                if is_last || (glob.whole.is_some() && glob.is_match(&path)) {
                    listing.add(&path, entry.metadata(), exclude);
                }
                if !is_last && is_folder(&entry, glob) {
                    folders.push((path, depth + 1));
                }
            });
        }
    }

    fn look_into(&mut self, folder: &Path, mut each: impl FnMut(DirEntry, &mut Self)) {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            // It may appear later, and a file in its place is none of ours.
            Err(error) if is_missing(&error) => return,
            Err(error) => return self.miss(folder, error),
        };
        self.folders.push(folder.to_owned());
        for entry in entries {
            match entry {
                Ok(entry) => each(entry, self),
                Err(error) => self.miss(folder, error),
            }
        }
    }

    fn add(&mut self, path: &Path, metadata: io::Result<Metadata>, exclude: &Exclude) {
        let metadata = match metadata {
            Ok(metadata) if metadata.is_symlink() => {
                let metadata = fs::metadata(path);
                if !metadata.as_ref().is_ok_and(Metadata::is_dir) {
                    self.folders.extend(all_folders(path));
                }
                metadata
            }
            other => other,
        };
        match metadata {
            Ok(metadata) if metadata.is_file() && !exclude.is_match(path) => {
                self.files.push(Seen {
                    path: path.to_owned(),
                    id: FileId::of(&metadata),
                    look: Look::of(&metadata),
                    modified: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH),
                    created: metadata.created().ok(),
                });
            }
            Ok(_) => {}
            Err(error) if is_missing(&error) => {}
            // Of a name in a folder that may not be searched nothing is known: the folder stands for all of them.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                let folder = path.parent().filter(|folder| !can_be_searched(folder));
                self.miss(folder.unwrap_or(path), error);
            }
            Err(error) => self.miss(path, error),
        }
    }

    fn miss(&mut self, path: &Path, error: io::Error) {
        self.unreadable.insert(path.to_owned(), error);
    }

    fn sort(&mut self) {
        let order = |one: &Seen, two: &Seen| {
            let times = one.modified.cmp(&two.modified);
            // Clocks of file systems are coarse, and rotation makes names longer or numbers higher.
            times.then_with(|| two.path.cmp(&one.path))
        };
        self.files.sort_by(order);
    }

    /// Returns whether `path` may be there although it was not found.
    pub(crate) fn may_hide(&self, path: &Path) -> bool {
        path.ancestors()
            .any(|path| self.unreadable.contains_key(path))
    }
}

fn can_be_searched(folder: &Path) -> bool {
    folder.as_os_str().is_empty() || folder.join(".").symlink_metadata().is_ok()
}

fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Returns whether an entry is a folder, or leads to one.
///
/// Below a `**` links are not followed: they may lead anywhere.
fn is_folder(entry: &DirEntry, glob: &Glob) -> bool {
    match entry.file_type() {
        Ok(found) if found.is_symlink() && glob.whole.is_none() => entry.path().is_dir(),
        Ok(found) => found.is_dir(),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, exclude: &[&str], expected: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "app.log",
            "app.log.1",
            "web.log",
            ".hidden.log",
            "a/app.log",
            "a/b/app.log",
            "a[1].log",
            "c/.d/app.log",
            "é.txt",
        ] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        let text = format!("{}/{pattern}", folder.path().display());
        let parsed = Pattern::parse(&text).unwrap().unwrap();
        let listing = parsed.without(Exclude::parse(exclude).unwrap()).walk();
        let mut found: Vec<_> = listing
            .files
            .iter()
            .map(|file| {
                let path = file.path.strip_prefix(folder.path()).unwrap();
                path.to_str().unwrap()
            })
            .collect();
        found.sort_unstable();
        assert_eq!(found, expected, "{pattern}");
    }

    #[test]
    fn a_glob_means_what_a_shell_makes_of_it() {
        check("*.log", &[], &["a[1].log", "app.log", "web.log"]);
        check("*.log*", &["*.1", "web*"], &["a[1].log", "app.log"]);
        check(
            "**/*.log",
            &[],
            &["a/app.log", "a/b/app.log", "a[1].log", "app.log", "web.log"],
        );
        check("*/*.log", &[], &["a/app.log"]);
        check("{app,web}.log", &["**/web.log"], &["app.log"]);
        check(".h*", &[], &[".hidden.log"]);
        check("[!a]*.txt", &[], &["é.txt"]);
        check("", &["app*"], &["a[1].log", "web.log", "é.txt"]);
    }

    #[test]
    fn a_name_that_looks_like_a_glob_can_be_meant() {
        check("a[1].log", &[], &["a[1].log"]);
        check("a[[]1].log", &[], &["a[1].log"]);
    }

    #[test]
    fn what_is_no_glob_is_refused() {
        let error = Pattern::parse("/var/log/[a").unwrap_err();
        assert_eq!(
            error.message(),
            "expected a path or a glob (`[*]` is a `*`), found \"[a\""
        );
        assert!(Pattern::parse("/var/log/app.log").unwrap().is_none());
    }
}
