//! Several schemas that all hold.

use std::collections::HashSet;

use connect_api::{Error, Result, Schema, Str};

use super::{Mapping, Presence, at, with};
use crate::json_schema::document::{Combination, Kind, NodeId};

/// The properties of all of several objects.
#[derive(Default)]
struct Properties {
    list: Vec<(Str, NodeId)>,
    required: Vec<Str>,
}

/// The parts that decide what becomes of an `allOf` without properties; of several alike the last one counts.
#[derive(Default)]
struct Parts {
    constant: Option<NodeId>,
    symbols: Option<NodeId>,
    number: Option<NodeId>,
    text: Option<NodeId>,
    combined: Option<NodeId>,
    reference: Option<NodeId>,
}

impl<'a> Mapping<'a> {
    /// A struct of the properties of all; without any, the part that says most.
    pub(super) fn all_of(
        &mut self,
        id: NodeId,
        schemas: &'a [NodeId],
        version: Option<i32>,
        presence: Presence,
    ) -> Result<Schema> {
        let node = self.document.node(id);
        let properties = self.properties(schemas);
        if !properties.list.is_empty() {
            self.enclosing.enter(id, node, None);
            let mut builder = Schema::structure();
            for (name, property) in properties.list {
                let inner = self.presence(&name, &properties.required);
                builder = builder.field(name, self.schema(property, None, inner)?);
            }
            let builder = self.enclosing.leave(builder);
            return with(builder, presence)
                .build()
                .map_err(|error| at(node, error));
        }
        let Some(deciding) = self.deciding(schemas) else {
            let error = "expected in `allOf`, or side by side, objects or something that has a type in Connect, found neither";
            return Err(at(node, Error::rejected(error)));
        };
        self.schema(deciding, version, presence)
    }

    fn deciding(&self, schemas: &[NodeId]) -> Option<NodeId> {
        let mut parts = Parts::default();
        for &schema in schemas {
            let place = match self.document.node(schema).kind {
                Kind::Const(_) => &mut parts.constant,
                Kind::Enum(_) => &mut parts.symbols,
                Kind::Number(..) => &mut parts.number,
                Kind::String(_) => &mut parts.text,
                Kind::Combined(..) => &mut parts.combined,
                Kind::Reference(_) => &mut parts.reference,
                _ => continue,
            };
            *place = Some(schema);
        }
        if parts.combined.is_some() {
            parts.combined
        } else if parts.constant.is_some() {
            parts.text.or(parts.number)
        } else if parts.symbols.is_some() {
            // Of numbers the type says more than the numbers themselves.
            match parts.text {
                Some(_) => parts.symbols,
                None => parts.number,
            }
        } else if parts.text.is_some() {
            parts.number.or(parts.text)
        } else {
            parts.reference
        }
    }

    /// Looks through references, and into `allOf` within `allOf`.
    fn properties(&self, schemas: &[NodeId]) -> Properties {
        let mut properties = Properties::default();
        for &schema in schemas {
            let mut seen = HashSet::new();
            let mut waiting = vec![schema];
            while let Some(id) = waiting.pop() {
                if !seen.insert(id) {
                    continue;
                }
                match &self.document.node(id).kind {
                    Kind::Combined(Combination::All, parts) => waiting.extend(parts.iter().rev()),
                    Kind::Reference(target) => waiting.push(*target),
                    Kind::Object(object, _) => {
                        for (name, property) in self.in_javas_order(object) {
                            properties.put(name, property, &object.required);
                        }
                    }
                    _ => {}
                }
            }
        }
        properties
    }
}

impl Properties {
    /// The later one of two with the same name counts, in the place of the first.
    fn put(&mut self, name: Str, property: NodeId, required: &[Str]) {
        self.required.retain(|known| *known != name);
        if required.contains(&name) {
            self.required.push(name.clone());
        }
        match self.list.iter_mut().find(|(known, _)| *known == name) {
            Some(known) => known.1 = property,
            None => self.list.push((name, property)),
        }
    }
}
