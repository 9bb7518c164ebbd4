//! Types that are there already, and names that are taken.

use connect_api::Schema;

use super::Describer;
use crate::avro::{
    marks,
    schema::{Enum, Field, Fixed, FullName, Kind, NodeId, Props, Record},
};

impl Describer {
    /// Adds a type, unless there is one that is the same in everything; if only the name is, it is numbered.
    ///
    /// The name that Connect knows is kept beside it.
    pub(super) fn define(&mut self, kind: Kind, props: Props) -> NodeId {
        let mut kind = kind;
        let wanted = kind.named().map(|named| named.name.clone());
        let wanted = wanted.unwrap_or_else(|| FullName::new("", None));
        for number in 1.. {
            let name = numbered(&wanted, number);
            if let Kind::Record(Record { named, .. })
            | Kind::Enum(Enum { named, .. })
            | Kind::Fixed(Fixed { named, .. }) = &mut kind
            {
                named.name = name.clone();
            }
            let mut props = props.clone();
            if number > 1 && wanted.name == marks::MAP_ENTRY {
                props.insert(marks::INTERNAL_TYPE.to_owned(), marks::MAP_ENTRY.into());
            }
            match self.names.get(&name) {
                Some(known) if self.is_defined_as(*known, &kind, &props) => return *known,
                Some(_) => {}
                None => {
                    let id = self.out.add_with(kind, props);
                    self.names.insert(name, id);
                    return id;
                }
            }
        }
        unreachable!("numbers do not end")
    }

    pub(super) fn unused(&self, wanted: &FullName) -> FullName {
        let mut names = (1..).map(|number| numbered(wanted, number));
        let unused = names.find(|name| !self.names.contains_key(name));
        unused.unwrap_or_else(|| wanted.clone())
    }

    fn is_defined_as(&self, known: NodeId, kind: &Kind, props: &Props) -> bool {
        let known = &self.out[known];
        if known.props != *props {
            return false;
        }
        let (Kind::Record(known), Kind::Record(other)) = (&known.kind, kind) else {
            return known.kind == *kind;
        };
        known.named == other.named
            && known.fields.len() == other.fields.len()
            && known
                .fields
                .iter()
                .zip(&other.fields)
                .all(|(known, other)| {
                    let schema = known.schema;
                    self.is_same(schema, other.schema)
                        && *known
                            == Field {
                                schema,
                                ..other.clone()
                            }
                })
    }

    /// Compares nodes; types with a name are there once.
    fn is_same(&self, one: NodeId, other: NodeId) -> bool {
        if one == other {
            return true;
        }
        let (one, other) = (&self.out[one], &self.out[other]);
        one.props == other.props
            && match (&one.kind, &other.kind) {
                (Kind::Array(one), Kind::Array(other)) | (Kind::Map(one), Kind::Map(other)) => {
                    self.is_same(*one, *other)
                }
                (Kind::Union(one), Kind::Union(other)) => {
                    one.len() == other.len()
                        && one
                            .iter()
                            .zip(other)
                            .all(|(one, other)| self.is_same(*one, *other))
                }
                (one, other) => one.named().is_none() && one == other,
            }
    }
}

fn numbered(wanted: &FullName, number: u32) -> FullName {
    let mut name = wanted.clone();
    if number > 1 {
        name.name.push_str(&number.to_string());
    }
    name
}

/// Returns whether `known` with the parameters of `other` on top is `other`.
pub(super) fn differs_in_parameters(known: &Schema, other: &Schema) -> bool {
    known.name() == other.name()
        && known.version() == other.version()
        && known.doc() == other.doc()
        && known.fields() == other.fields()
        && known
            .parameters()
            .iter()
            .all(|(key, _)| other.parameter(key).is_some())
}
