//! [`Document`]: a JSON Schema as Confluent's mapping sees it.
//!
//! Keywords that stand side by side are several schemas that all hold, as in the library that Confluent reads schemas
//! with: `{"type":"string","enum":["a"]}` is all of a text and an enum.

mod files;
mod load;

use connect_api::{Result, Str};

use super::tree::Tree;
use crate::registry::Resolved;

/// A schema, and all schemas in it and behind its references.
#[derive(Debug)]
pub(super) struct Document {
    nodes: Vec<Node>,
    root: NodeId,
}

/// Where a schema stands in its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct NodeId(usize);

/// One schema.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// For messages: a JSON pointer, behind the name of the document if that is a reference.
    pub(super) path: Str,
    pub(super) title: Option<Str>,
    pub(super) description: Option<Str>,
    pub(super) default: Option<Tree>,
    pub(super) connect: Connect,
}

/// What Confluent adds to a schema.
#[derive(Debug, Default)]
pub(super) struct Connect {
    pub(super) type_: Option<Str>,
    pub(super) version: Option<i32>,
    pub(super) index: Option<i32>,
    pub(super) parameters: Vec<(Str, Str)>,
}

/// What a schema allows.
#[derive(Debug)]
pub(super) enum Kind {
    /// Anything: `{}` and `true`.
    Any,
    /// Nothing: `false`.
    Never,
    Null,
    Boolean,
    Number(Number, Bounds),
    String(Bounds),
    Const(Tree),
    Enum(Vec<Tree>),
    /// Of one schema for all its elements.
    Array(Option<NodeId>, Bounds),
    Object(Object, Bounds),
    Combined(Combination, Vec<NodeId>),
    Reference(NodeId),
    /// `not`, or `if`, `then`, `else`.
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    Integer,
    Any,
}

/// How many of several schemas hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Combination {
    All,
    Any,
    One,
}

/// Named properties.
#[derive(Debug, Default)]
pub(super) struct Object {
    /// In the order of the text.
    pub(super) properties: Vec<(Str, NodeId)>,
    pub(super) required: Vec<Str>,
    pub(super) additional: Additional,
}

/// What is said of properties without a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Additional {
    #[default]
    Allowed,
    Forbidden,
    Of(NodeId),
}

/// Keywords that bound a length, a size or a number, as they are written.
pub(super) type Bounds = Vec<(&'static str, Tree)>;

impl Document {
    /// Reads a schema with all schemas that it refers to.
    pub(super) fn read(schema: &Resolved, dialects: Dialects) -> Result<Self> {
        let files = files::Files::read(schema)?;
        load::load(&files, dialects)
    }

    pub(super) fn root(&self) -> NodeId {
        self.root
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// Follows references; a schema that is nothing but a reference to itself stays one.
    pub(super) fn resolve(&self, mut id: NodeId) -> NodeId {
        for _ in 0..self.nodes.len() {
            match self.node(id).kind {
                Kind::Reference(target) => id = target,
                _ => break,
            }
        }
        id
    }
}

/// Which drafts are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialects {
    All,
    /// Later ones are read as draft 7.
    UpToDraft7,
}
