//! [`Names`]: the name that is followed, and what it led to.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// How many links are followed, as by Linux.
const LINKS: usize = 40;

/// The name that is followed, and if it is a link, the names that it leads to or led to.
///
/// Whoever rotates a file behind a link knows nothing of the link, and renames the file in its own folder.
#[derive(Debug)]
pub(crate) struct Names {
    main: PathBuf,
    /// Where the links lead now, one after the other.
    targets: Vec<PathBuf>,
    /// Where they led when the open file was opened, as far as that is somewhere else.
    left: Vec<PathBuf>,
}

impl Names {
    pub(crate) fn new(main: PathBuf) -> Self {
        let targets = targets(&main);
        Self {
            main,
            targets,
            left: Vec::new(),
        }
    }

    /// Returns the name that is followed.
    pub(crate) fn main(&self) -> &Path {
        &self.main
    }

    /// Returns the names that the links led to and lead to no more.
    pub(crate) fn left(&self) -> impl Iterator<Item = &Path> {
        self.left.iter().map(PathBuf::as_path)
    }

    /// Returns all names under which a file may have been rotated.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Path> {
        let links = self.targets.iter().chain(&self.left);
        std::iter::once(self.main()).chain(links.map(PathBuf::as_path))
    }

    /// Looks where the links lead now, and remembers where they led.
    pub(crate) fn look(&mut self) {
        let targets = targets(&self.main);
        let led = std::mem::replace(&mut self.targets, targets);
        let new: Vec<_> = led
            .into_iter()
            .filter(|name| !self.left.contains(name))
            .collect();
        self.left.extend(new);
        self.left.retain(|name| !self.targets.contains(name));
    }

    /// Forgets where the links led before, because a file was opened that came after.
    pub(crate) fn forget(&mut self) {
        self.left.clear();
    }
}

/// Follows the links one by one, since the last of them may lead to a file that is about to be made.
fn targets(main: &Path) -> Vec<PathBuf> {
    let mut targets: Vec<PathBuf> = Vec::new();
    while targets.len() < LINKS {
        let name = targets.last().map_or(main, PathBuf::as_path);
        let Ok(target) = fs::read_link(name) else {
            break;
        };
        // A relative one starts in the folder of its link.
        let target = name
            .parent()
            .map_or_else(|| target.clone(), |folder| folder.join(&target));
        targets.push(target);
    }
    targets
}
