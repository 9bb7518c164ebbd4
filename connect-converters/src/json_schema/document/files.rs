//! [`Files`]: the texts of a schema and of what it refers to.

use std::{collections::HashMap, sync::Arc};

use connect_api::{Error, Result};

use crate::{json_schema::tree::Tree, registry::Resolved};

/// How many texts may belong to a schema.
const FILES: usize = 1000;

/// The schema first, then what it refers to.
pub(super) struct Files(Vec<File>);

/// One text.
pub(super) struct File {
    /// What others call it; the schema itself has no name.
    pub(super) name: String,
    pub(super) root: Tree,
    pub(super) draft: Draft,
    /// What it refers to, under its own names for them.
    references: Vec<(String, usize)>,
}

/// What differs between the drafts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Draft {
    Four,
    SixOrSeven,
    /// 2019-09 and later.
    Modern,
}

/// Where a schema is found.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) file: usize,
    pub(super) tree: &'a Tree,
}

impl Files {
    pub(super) fn read(schema: &Resolved) -> Result<Self> {
        let mut reading = Reading::default();
        reading.file("", schema)?;
        while let Some((place, name, schema)) = reading.waiting.pop() {
            let known = reading.known.get(&Arc::as_ptr(&schema)).copied();
            let at = match known {
                Some(at) => at,
                None => {
                    let at = reading.file(&name, &schema)?;
                    reading.known.insert(Arc::as_ptr(&schema), at);
                    at
                }
            };
            reading.files[place].references.push((name, at));
        }
        Ok(Self(reading.files))
    }

    pub(super) fn root(&self) -> Place<'_> {
        Place {
            file: 0,
            tree: &self.0[0].root,
        }
    }

    pub(super) fn file(&self, index: usize) -> &File {
        &self.0[index]
    }

    /// Collects what can be referred to by its own identifier.
    pub(super) fn identified(&self) -> Identified<'_> {
        let mut identified = Identified::default();
        for (file, text) in self.0.iter().enumerate() {
            let mut trees = vec![&text.root];
            while let Some(tree) = trees.pop() {
                match tree {
                    Tree::Array(elements) => trees.extend(elements.iter().rev()),
                    Tree::Object(members) => {
                        identified.add(file, tree);
                        trees.extend(members.iter().map(|(_, value)| value));
                    }
                    _ => {}
                }
            }
        }
        identified
    }

    /// Finds what `reference` in the text `file` refers to.
    pub(super) fn find<'a>(
        &'a self,
        identified: &Identified<'a>,
        file: usize,
        reference: &str,
    ) -> Result<Place<'a>> {
        if let Some(found) = identified.get(file, reference) {
            return Ok(found);
        }
        let (document, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let base = self.0[file].id();
        let whole = if document.is_empty() || Some(document) == base {
            self.at(file)
        } else {
            self.referred(file, document)
                .map(|file| self.at(file))
                .or_else(|| identified.get(file, document))
                .ok_or_else(|| self.unknown(file, reference))?
        };
        self.within(identified, whole, fragment)
            .ok_or_else(|| self.unknown(file, reference))
    }

    fn at(&self, file: usize) -> Place<'_> {
        Place {
            file,
            tree: &self.0[file].root,
        }
    }

    /// Names match as they are written, or when both are taken relative to the identifier of the text; what another
    /// text calls so is found last.
    fn referred(&self, file: usize, name: &str) -> Option<usize> {
        let base = self.0[file].id().unwrap_or_default();
        let wanted = relative_to(base, name);
        let names_it = |known: &str| known == name || relative_to(base, known) == wanted;
        std::iter::once(&self.0[file])
            .chain(&self.0)
            .flat_map(|text| &text.references)
            .find(|(known, _)| names_it(known))
            .map(|(_, at)| *at)
    }

    fn within<'a>(
        &'a self,
        identified: &Identified<'a>,
        whole: Place<'a>,
        fragment: &str,
    ) -> Option<Place<'a>> {
        if !fragment.is_empty() && !fragment.starts_with('/') {
            return identified.get(whole.file, &format!("#{fragment}"));
        }
        let mut tree = whole.tree;
        for (i, token) in fragment.split('/').skip(1).enumerate() {
            let token = unescape(token)?;
            tree = match tree {
                Tree::Array(elements) => elements.get(token.parse::<usize>().ok()?)?,
                other => match other.get(&token) {
                    Some(member) => member,
                    // Confluent finds definitions of either kind under the later name.
                    None if i == 0 && token == "$defs" => other.get("definitions")?,
                    None => return None,
                },
            };
        }
        Some(Place { tree, ..whole })
    }

    fn unknown(&self, file: usize, reference: &str) -> Error {
        let known: Vec<&str> = self.0[file]
            .references
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        Error::rejected(format!(
            "json schema: expected `$ref` to a part of the schema or to one of its references [{}], found `{reference}`",
            known.join(", ")
        ))
    }
}

#[derive(Default)]
struct Reading {
    files: Vec<File>,
    known: HashMap<*const Resolved, usize>,
    /// References of texts that were read.
    waiting: Vec<(usize, String, Arc<Resolved>)>,
}

impl Reading {
    fn file(&mut self, name: &str, schema: &Resolved) -> Result<usize> {
        let at = self.files.len();
        if at == FILES {
            return Err(Error::rejected(format!(
                "json schema: expected at most {FILES} references, found more"
            )));
        }
        let root = Tree::parse(&schema.text)
            .map_err(|error| error.context(format_args!("json schema `{name}`")))?;
        self.files.push(File {
            name: name.to_owned(),
            draft: Draft::of(&root),
            root,
            references: Vec::new(),
        });
        for (name, schema) in &schema.references {
            self.waiting.push((at, name.clone(), Arc::clone(schema)));
        }
        Ok(at)
    }
}

impl File {
    fn id(&self) -> Option<&str> {
        let id = self.root.get("$id").or_else(|| self.root.get("id"))?;
        Some(id.as_str()?.trim_end_matches('#'))
    }
}

impl Draft {
    fn of(root: &Tree) -> Self {
        let url = root.get("$schema").and_then(Tree::as_str);
        match url.map(|url| url.as_str()) {
            Some(url) if url.contains("/draft-04/") || url.ends_with(".org/schema") => Self::Four,
            Some(url) if url.contains("/2019-09/") || url.contains("/2020-12/") => Self::Modern,
            _ => Self::SixOrSeven,
        }
    }
}

/// Schemas by their own identifiers: `$id`, `id`, `$anchor`.
#[derive(Default)]
pub(super) struct Identified<'a>(HashMap<(usize, String), Place<'a>>);

impl<'a> Identified<'a> {
    fn add(&mut self, file: usize, tree: &'a Tree) {
        let text = |name| tree.get(name).and_then(Tree::as_str);
        let anchors = [text("$anchor"), text("$dynamicAnchor")];
        let names = [text("$id"), text("id")]
            .into_iter()
            .flatten()
            .map(|id| id.as_str().to_owned())
            .chain(anchors.into_iter().flatten().map(|name| format!("#{name}")));
        for name in names {
            self.0.insert((file, name), Place { file, tree });
        }
    }

    fn get(&self, file: usize, name: &str) -> Option<Place<'a>> {
        self.0.get(&(file, name.to_owned())).copied()
    }
}

/// Replaces what stands behind the last slash of `base`, as relative addresses are meant.
fn relative_to(base: &str, name: &str) -> String {
    let name = name.strip_prefix("./").unwrap_or(name);
    match base.rfind('/') {
        Some(slash) if !name.contains("://") && !name.starts_with('/') => {
            format!("{}{name}", &base[..=slash])
        }
        _ => name.to_owned(),
    }
}

/// Reads a token of a JSON pointer in a fragment.
fn unescape(token: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(token.len());
    let mut rest = token.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            let digits = std::str::from_utf8(&digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    let text = String::from_utf8(bytes).ok()?;
    Some(text.replace("~1", "/").replace("~0", "~"))
}
