//! [`AvroSchema`]: an Avro schema with every attribute that its text has.

mod default;
mod json;
mod name;
mod parse;
mod print;

use std::ops::Index;

use serde_json::{Map, Value as Json};

pub(super) use self::{
    default::{fits, not_finite},
    json::latin1,
    name::{FullName, is_name, scrub, scrub_full},
};

/// Attributes that Avro gives no meaning to, in the order in which they stand in the text.
pub(super) type Props = Map<String, Json>;

/// How deep schemas may be nested, references to named types included.
pub(super) const DEPTH: usize = 100;

/// A schema: nodes that refer to each other by number, so that a type may contain itself.
#[derive(Clone, Debug)]
pub(super) struct AvroSchema {
    nodes: Vec<Node>,
    root: NodeId,
}

/// Where a node stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct NodeId(u32);

/// One schema within a schema.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) props: Props,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
    Array(NodeId),
    Map(NodeId),
    Union(Vec<NodeId>),
    Record(Record),
    Enum(Enum),
    Fixed(Fixed),
}

/// A record.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Record {
    pub(super) named: Named,
    pub(super) fields: Vec<Field>,
}

/// An enum.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Enum {
    pub(super) named: Named,
    pub(super) symbols: Vec<String>,
    /// What a reader takes for a symbol that it does not know.
    pub(super) default: Option<String>,
}

/// Bytes of one size.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fixed {
    pub(super) named: Named,
    pub(super) size: usize,
}

/// What all types with a name have.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Named {
    pub(super) name: FullName,
    pub(super) doc: Option<String>,
    pub(super) aliases: Vec<FullName>,
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) schema: NodeId,
    pub(super) doc: Option<String>,
    pub(super) default: Option<Json>,
    pub(super) order: Option<String>,
    pub(super) aliases: Vec<String>,
    pub(super) props: Props,
}

impl AvroSchema {
    /// Builds a schema without nodes; [`finish`](Self::finish) says which one is the root.
    pub(super) fn new() -> Self {
        Self {
            nodes: Vec::new(),
            root: NodeId(0),
        }
    }

    /// Adds a node.
    pub(super) fn add(&mut self, kind: Kind) -> NodeId {
        self.add_with(kind, Props::new())
    }

    /// Adds a node with attributes.
    pub(super) fn add_with(&mut self, kind: Kind, props: Props) -> NodeId {
        let id = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(Node { kind, props });
        NodeId(id)
    }

    /// Returns a node for change in place.
    pub(super) fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id.0 as usize]
    }

    /// Says which node is the schema itself.
    pub(super) fn finish(mut self, root: NodeId) -> Self {
        self.root = root;
        self
    }

    /// Returns the number of nodes.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Returns the node that is the schema itself.
    pub(super) fn root(&self) -> NodeId {
        self.root
    }

    /// Returns the branches of a union in which null comes first or last and one other type is left.
    pub(super) fn optional(&self, branches: &[NodeId]) -> Option<Optional> {
        let &[first, second] = branches else {
            return None;
        };
        match (&self[first].kind, &self[second].kind) {
            (Kind::Null, _) => Some(Optional {
                null: 0,
                value: second,
            }),
            (_, Kind::Null) => Some(Optional {
                null: 1,
                value: first,
            }),
            _ => None,
        }
    }
}

/// A union of null and one other type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Optional {
    /// The index of null.
    pub(super) null: usize,
    pub(super) value: NodeId,
}

impl Index<NodeId> for AvroSchema {
    type Output = Node;

    fn index(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }
}

impl NodeId {
    /// Returns the number, which is below the number of nodes.
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

impl Node {
    /// Returns an attribute that is text.
    pub(super) fn text(&self, prop: &str) -> Option<&str> {
        self.props.get(prop)?.as_str()
    }

    /// Returns the logical type, as it is written.
    pub(super) fn logical_type(&self) -> Option<&str> {
        self.text("logicalType")
    }
}

impl Kind {
    /// Names the kind as Avro does.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Int => "int",
            Self::Long => "long",
            Self::Float => "float",
            Self::Double => "double",
            Self::Bytes => "bytes",
            Self::String => "string",
            Self::Array(_) => "array",
            Self::Map(_) => "map",
            Self::Union(_) => "union",
            Self::Record(_) => "record",
            Self::Enum(_) => "enum",
            Self::Fixed(_) => "fixed",
        }
    }

    /// Returns the kind of a primitive type.
    pub(super) fn primitive(name: &str) -> Option<Self> {
        Some(match name {
            "null" => Self::Null,
            "boolean" => Self::Boolean,
            "int" => Self::Int,
            "long" => Self::Long,
            "float" => Self::Float,
            "double" => Self::Double,
            "bytes" => Self::Bytes,
            "string" => Self::String,
            _ => return None,
        })
    }

    /// Returns what all types with a name have.
    pub(super) fn named(&self) -> Option<&Named> {
        match self {
            Self::Record(Record { named, .. })
            | Self::Enum(Enum { named, .. })
            | Self::Fixed(Fixed { named, .. }) => Some(named),
            _ => None,
        }
    }

    /// Names the type for people: `int`, `record shop.Order`.
    pub(super) fn describe(&self) -> String {
        match self.named() {
            Some(named) => format!("{} `{}`", self.name(), named.name),
            None => self.name().to_owned(),
        }
    }

    /// Names what may stand only once in a union: the full name of a named type, otherwise the kind.
    pub(super) fn branch_name(&self) -> String {
        match self.named() {
            Some(named) => named.name.to_string(),
            None => self.name().to_owned(),
        }
    }
}
