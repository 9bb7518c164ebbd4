//! JSON to the schemas of a [`Document`].

use std::collections::{HashMap, VecDeque};

use connect_api::{Error, Result, Str};

use super::{
    Additional, Bounds, Combination, Connect, Dialects, Document, Kind, Node, NodeId, Number,
    Object,
    files::{Draft, Files, Identified, Place},
};
use crate::json_schema::{
    names,
    tree::{Members, Tree},
};

const OBJECT: &[&str] = &[
    "properties",
    "required",
    "minProperties",
    "maxProperties",
    "dependencies",
    "patternProperties",
    "additionalProperties",
    "propertyNames",
];
const ARRAY: &[&str] = &[
    "items",
    "additionalItems",
    "minItems",
    "maxItems",
    "uniqueItems",
    "contains",
    "prefixItems",
];
const NUMBER: &[&str] = &[
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
];
const STRING: &[&str] = &["minLength", "maxLength", "pattern"];

/// Reads everything that can be reached from the schema.
pub(super) fn load(files: &Files, dialects: Dialects) -> Result<Document> {
    let mut loader = Loader {
        files,
        identified: files.identified(),
        dialects,
        nodes: Vec::new(),
        known: HashMap::new(),
        waiting: VecDeque::new(),
    };
    let root = loader.child(files.root(), "#");
    // One after the other, however deep they are nested.
    while let Some((id, place)) = loader.waiting.pop_front() {
        let path = loader.nodes[id.0].path.clone();
        loader
            .fill(id, place)
            .map_err(|error| error.context(format_args!("json schema {path}")))?;
    }
    Ok(Document {
        nodes: loader.nodes,
        root,
    })
}

struct Loader<'a> {
    files: &'a Files,
    identified: Identified<'a>,
    dialects: Dialects,
    nodes: Vec<Node>,
    /// By where they stand in memory.
    known: HashMap<*const Tree, NodeId>,
    waiting: VecDeque<(NodeId, Place<'a>)>,
}

impl<'a> Loader<'a> {
    /// Returns the place of a schema that is read later.
    fn child(&mut self, place: Place<'a>, path: &str) -> NodeId {
        let known = std::ptr::from_ref(place.tree);
        if let Some(&id) = self.known.get(&known) {
            return id;
        }
        let id = self.add(Kind::Any, path.into());
        self.known.insert(known, id);
        self.waiting.push_back((id, place));
        id
    }

    fn add(&mut self, kind: Kind, path: Str) -> NodeId {
        self.nodes.push(Node {
            kind,
            path,
            title: None,
            description: None,
            default: None,
            connect: Connect::default(),
        });
        NodeId(self.nodes.len() - 1)
    }

    fn fill(&mut self, id: NodeId, place: Place<'a>) -> Result<()> {
        let members = match place.tree {
            Tree::Object(members) => members,
            Tree::Boolean(truth) => {
                self.nodes[id.0].kind = if *truth { Kind::Any } else { Kind::Never };
                return Ok(());
            }
            other => return Err(expected("an object or a boolean", other)),
        };
        let path = self.nodes[id.0].path.clone();
        let mut part = Part {
            members,
            file: place.file,
            draft: self.draft(place.file),
            path,
            consumed: Vec::new(),
            kinds: Vec::new(),
        };
        self.parts(&mut part)?;
        let kind = self.together(part);
        let text = |name| members.get(name).and_then(Tree::as_str);
        let node = &mut self.nodes[id.0];
        node.kind = kind;
        node.title = text("title").map(copy);
        node.description = text("description").map(copy);
        node.default = members
            .get("default")
            .filter(|default| **default != Tree::Null)
            .cloned();
        node.connect = Connect {
            type_: text(names::TYPE).map(copy),
            version: members.get(names::VERSION).and_then(Tree::as_i32),
            index: members.get(names::INDEX).and_then(Tree::as_i32),
            parameters: parameters(members)?,
        };
        Ok(())
    }

    fn draft(&self, file: usize) -> Draft {
        match (self.files.file(file).draft, self.dialects) {
            (Draft::Modern, Dialects::UpToDraft7) => Draft::SixOrSeven,
            (draft, _) => draft,
        }
    }

    /// Several schemas side by side all hold.
    fn together(&mut self, mut part: Part<'_>) -> Kind {
        if part.kinds.len() > 1 {
            let kinds = part.kinds.into_iter();
            let nodes = kinds
                .map(|kind| self.add(kind, part.path.clone()))
                .collect();
            return Kind::Combined(Combination::All, nodes);
        }
        part.kinds.pop().unwrap_or(Kind::Any)
    }

    fn parts(&mut self, part: &mut Part<'a>) -> Result<()> {
        if let Some(reference) = part.members.get("$ref") {
            let Some(reference) = reference.as_str() else {
                return Err(expected("text in `$ref`", reference));
            };
            let target = self.files.find(&self.identified, part.file, reference)?;
            let path = match (target.file == part.file, reference.starts_with('#')) {
                (true, true) => format!("{}{reference}", self.files.file(part.file).name),
                _ => reference.to_string(),
            };
            let target = self.child(target, &path);
            part.kinds.push(Kind::Reference(target));
            if part.draft != Draft::Modern {
                return Ok(());
            }
        }
        if let Some(values) = part.array("enum")? {
            part.kinds.push(Kind::Enum(values.to_vec()));
        }
        self.combinations(part)?;
        if part.members.get("not").is_some() {
            part.kinds.push(Kind::Other);
        }
        match part.members.get("const") {
            Some(value) if part.draft != Draft::Four => {
                part.kinds.push(Kind::Const(value.clone()));
            }
            _ => {}
        }
        self.types(part)?;
        self.untyped(part)
    }

    /// In the order of Java's map of these three.
    fn combinations(&mut self, part: &mut Part<'a>) -> Result<()> {
        for (name, combination) in [
            ("anyOf", Combination::Any),
            ("allOf", Combination::All),
            ("oneOf", Combination::One),
        ] {
            let Some(schemas) = part.array(name)? else {
                continue;
            };
            let schemas = schemas
                .iter()
                .enumerate()
                .map(|(i, tree)| {
                    let path = format!("{}/{name}/{i}", part.path);
                    self.child(part.place(tree), &path)
                })
                .collect();
            part.kinds.push(Kind::Combined(combination, schemas));
        }
        Ok(())
    }

    fn types(&mut self, part: &mut Part<'a>) -> Result<()> {
        match part.members.get("type") {
            None => {}
            Some(Tree::String(name)) => {
                let kind = self.typed(name, part)?;
                part.kinds.push(kind);
            }
            Some(Tree::Array(names)) => {
                let mut types = Vec::with_capacity(names.len());
                for name in names {
                    let Some(name) = name.as_str() else {
                        return Err(expected("names of types in `type`", name));
                    };
                    let kind = self.typed(name, part)?;
                    types.push(self.add(kind, part.path.clone()));
                }
                part.kinds.push(Kind::Combined(Combination::Any, types));
            }
            Some(other) => return Err(expected("the name of a type in `type`", other)),
        }
        Ok(())
    }

    fn typed(&mut self, name: &str, part: &mut Part<'a>) -> Result<Kind> {
        Ok(match name {
            "null" => Kind::Null,
            "boolean" => Kind::Boolean,
            "integer" => Kind::Number(Number::Integer, part.bounds(NUMBER)),
            "number" => Kind::Number(Number::Any, part.bounds(NUMBER)),
            "string" => {
                part.consumed.push("format");
                Kind::String(part.bounds(STRING))
            }
            "array" => self.array(part),
            "object" => self.object(part)?,
            other => {
                return Err(Error::rejected(format!(
                    "expected one of the types null, boolean, integer, number, string, array, object, found `{other}`"
                )));
            }
        })
    }

    /// Keywords say what is meant where no type does.
    fn untyped(&mut self, part: &mut Part<'a>) -> Result<()> {
        if part.has(ARRAY) {
            let kind = self.array(part);
            part.kinds.push(kind);
        }
        if part.has(OBJECT) {
            let kind = self.object(part)?;
            part.kinds.push(kind);
        }
        if part.has(NUMBER) {
            let bounds = part.bounds(NUMBER);
            part.kinds.push(Kind::Number(Number::Any, bounds));
        }
        // Formats are not looked at in later drafts.
        if part.has(STRING) || (part.draft != Draft::Modern && part.has(&["format"])) {
            let bounds = part.bounds(STRING);
            part.kinds.push(Kind::String(bounds));
        }
        if part.draft != Draft::Four && part.has(&["if", "then", "else"]) {
            part.kinds.push(Kind::Other);
        }
        Ok(())
    }

    fn array(&mut self, part: &mut Part<'a>) -> Kind {
        let items = match part.members.get("items") {
            Some(items @ (Tree::Object(_) | Tree::Boolean(_))) => {
                let path = format!("{}/items", part.path);
                Some(self.child(part.place(items), &path))
            }
            _ => None,
        };
        Kind::Array(items, part.bounds(ARRAY))
    }

    fn object(&mut self, part: &mut Part<'a>) -> Result<Kind> {
        let mut object = Object::default();
        match part.members.get("properties") {
            None => {}
            Some(Tree::Object(properties)) => {
                for (name, tree) in properties.iter() {
                    let path = format!("{}/properties/{name}", part.path);
                    let property = self.child(part.place(tree), &path);
                    object.properties.push((copy(name), property));
                }
            }
            Some(other) => return Err(expected("an object in `properties`", other)),
        }
        object.required = part
            .array("required")?
            .unwrap_or_default()
            .iter()
            .filter_map(Tree::as_str)
            .map(copy)
            .collect();
        object.additional = match part.members.get("additionalProperties") {
            None | Some(Tree::Boolean(true)) => Additional::Allowed,
            Some(Tree::Boolean(false)) => Additional::Forbidden,
            Some(tree) => {
                let path = format!("{}/additionalProperties", part.path);
                Additional::Of(self.child(part.place(tree), &path))
            }
        };
        Ok(Kind::Object(object, part.bounds(OBJECT)))
    }
}

/// The schemas that stand side by side in one object.
struct Part<'a> {
    members: &'a Members,
    file: usize,
    draft: Draft,
    path: Str,
    /// Keywords that belong to a schema already.
    consumed: Vec<&'static str>,
    kinds: Vec<Kind>,
}

impl<'a> Part<'a> {
    fn place(&self, tree: &'a Tree) -> Place<'a> {
        Place {
            file: self.file,
            tree,
        }
    }

    fn array(&self, name: &str) -> Result<Option<&'a [Tree]>> {
        match self.members.get(name) {
            None => Ok(None),
            Some(Tree::Array(elements)) => Ok(Some(elements)),
            // Draft 3 says so of a property.
            Some(Tree::Boolean(_)) if name == "required" => Ok(None),
            Some(other) => Err(expected(&format!("an array in `{name}`"), other)),
        }
    }

    fn has(&self, keywords: &[&'static str]) -> bool {
        keywords
            .iter()
            .any(|name| !self.consumed.contains(name) && self.members.get(name).is_some())
    }

    fn bounds(&mut self, keywords: &[&'static str]) -> Bounds {
        self.consumed.extend(keywords);
        keywords
            .iter()
            .filter_map(|&name| Some((name, self.members.get(name)?)))
            .filter(|(_, value)| {
                matches!(value, Tree::Number(_) | Tree::String(_) | Tree::Boolean(_))
            })
            .map(|(name, value)| (name, value.clone()))
            .collect()
    }
}

fn parameters(members: &Members) -> Result<Vec<(Str, Str)>> {
    let parameters = match members.get(names::PARAMETERS) {
        None => return Ok(Vec::new()),
        Some(Tree::Object(parameters)) => parameters,
        Some(other) => return Err(expected("an object in `connect.parameters`", other)),
    };
    Ok(parameters
        .iter()
        .map(|(name, value)| {
            let value = match value {
                Tree::String(text) => copy(text),
                other => other.to_text().into(),
            };
            (copy(name), value)
        })
        .collect())
}

/// A schema outlives the text that it was read from.
fn copy(text: &Str) -> Str {
    text.as_str().into()
}

fn expected(expected: &str, found: &Tree) -> Error {
    let found: String = found.to_text().chars().take(40).collect();
    Error::rejected(format!("expected {expected}, found `{found}`"))
}
