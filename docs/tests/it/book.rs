//! [`Chapter`]: a file of the book.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// A file of the book.
pub(crate) struct Chapter {
    /// Such as `concepts.md` or `transforms/cast.md`.
    pub(crate) name: String,
    pub(crate) text: String,
}

/// A block between two lines of backticks.
pub(crate) struct Block<'a> {
    /// What stands behind the backticks.
    pub(crate) language: &'a str,
    pub(crate) text: String,
}

/// The folder of the book.
pub(crate) fn folder() -> PathBuf {
    // Not the one of the compiler: clones may share what was built.
    PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("book")
}

/// Reads all chapters, by name.
pub(crate) fn chapters() -> Vec<Chapter> {
    let mut chapters = Vec::new();
    read(&folder(), "", &mut chapters);
    chapters.sort_by(|a, b| a.name.cmp(&b.name));
    chapters
}

fn read(folder: &Path, within: &str, chapters: &mut Vec<Chapter>) {
    for file in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
        let name = format!("{within}{}", file.file_name().to_str().unwrap());
        if file.path().is_dir() {
            read(&file.path(), &format!("{name}/"), chapters);
        } else {
            let text = fs::read_to_string(file.path()).unwrap();
            chapters.push(Chapter { name, text });
        }
    }
}

impl Chapter {
    /// Returns the chapter called `name`.
    pub(crate) fn named(name: &str) -> Self {
        let found = chapters().into_iter().find(|chapter| chapter.name == name);
        found.unwrap()
    }

    pub(crate) fn blocks(&self) -> Vec<Block<'_>> {
        let mut blocks = Vec::new();
        let mut open: Option<Block<'_>> = None;
        for line in self.text.lines() {
            match (line.strip_prefix("```"), &mut open) {
                (Some(_), Some(_)) => blocks.extend(open.take()),
                (Some(language), None) => {
                    let text = String::new();
                    open = Some(Block { language, text });
                }
                (None, Some(block)) => {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{}: a block has no end", self.name);
        blocks
    }
}
