//! [`Enclosing`]: the structs around the place that is being mapped.

use connect_api::{Error, Result, Schema, SchemaBuilder, Str};

use crate::json_schema::{
    document::{Node, NodeId},
    names,
};

/// The structs around a place, the innermost last.
#[derive(Default)]
pub(super) struct Enclosing {
    frames: Vec<Frame>,
    entered: u64,
    ids: usize,
}

struct Frame {
    /// Which one of all that were ever entered.
    serial: u64,
    node: NodeId,
    name: Option<Str>,
    path: Str,
    /// Only if something in it refers to it.
    id: Option<String>,
}

impl Enclosing {
    pub(super) fn enter(&mut self, id: NodeId, node: &Node, name: Option<&Str>) {
        self.entered += 1;
        self.frames.push(Frame {
            serial: self.entered,
            node: id,
            name: name.cloned(),
            path: node.path.clone(),
            id: None,
        });
    }

    /// Leaves the innermost struct, and gives it its name if it was referred to.
    pub(super) fn leave(&mut self, builder: SchemaBuilder) -> SchemaBuilder {
        match self.frames.pop() {
            Some(Frame {
                name: Some(name),
                id: Some(id),
                ..
            }) => builder.name(name).parameter(names::ID, id),
            _ => builder,
        }
    }

    /// Returns what stands for the struct of `node`, if that is around this place.
    pub(super) fn refer_to(&mut self, node: NodeId) -> Option<Result<SchemaBuilder>> {
        let at = self.frames.iter().rposition(|frame| frame.node == node)?;
        let name = match self.frames[at].name.clone() {
            Some(name) => name,
            None => self.new_name(at),
        };
        let hides = |frame: &Frame| frame.name.as_ref() == Some(&name);
        if self.frames[at + 1..].iter().any(hides) {
            return Some(Err(Error::rejected(format!(
                "expected different titles of schemas that contain themselves, found two within each other called `{name}`"
            ))));
        }
        let frame = &mut self.frames[at];
        if frame.id.is_none() {
            self.ids += 1;
            frame.id = Some(format!("#id{}", self.ids));
        }
        frame.name = Some(name.clone());
        Some(Ok(Schema::enclosing(name)))
    }

    /// Returns which of the structs around this place `schema` refers to.
    pub(super) fn referred(&self, schema: &Schema) -> Vec<Option<u64>> {
        let innermost = |name: &Str| {
            let mut frames = self.frames.iter().rev();
            let found = frames.find(|frame| frame.name.as_ref() == Some(name));
            found.map(|frame| frame.serial)
        };
        schema.unbound().iter().map(innermost).collect()
    }

    /// A struct that contains itself needs a name in Connect: the last part of where it stands.
    fn new_name(&self, at: usize) -> Str {
        let path = self.frames[at].path.as_str();
        let last = path.rsplit(['/', '#']).next().unwrap_or_default();
        let stem = if last.is_empty() { "Record" } else { last };
        let is_taken = |name: &str| {
            let mut names = self.frames.iter().filter_map(|frame| frame.name.as_ref());
            names.any(|known| known == name)
        };
        let mut name = stem.to_owned();
        let mut number = 1;
        while is_taken(&name) {
            number += 1;
            name = format!("{stem}{number}");
        }
        name.into()
    }
}
