//! Which types of the writer a reader takes for which of its own.

use connect_api::Dialect;

use super::{
    meaning::is_misread,
    schema::{AvroSchema, Kind, Named, Node, NodeId},
};

/// How well a type of the writer goes with one of the reader, the best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Match {
    Same,
    Called,
    Promoted,
}

/// Returns whether a type of the writer is one of the reader: by the last part of the name, or by an alias.
pub(super) fn names_match(writer: &Named, reader: &Named) -> bool {
    writer.name.is_called_as(&reader.name) || reader.aliases.contains(&writer.name)
}

/// Returns the branch of a reader's union that values of a writer's type go to.
pub(super) fn best_branch(
    (writer, from): (&AvroSchema, NodeId),
    (reader, branches): (&AvroSchema, &[NodeId]),
    dialect: Dialect,
) -> Option<usize> {
    let from = &writer[from];
    let matches = branches.iter().enumerate().filter_map(|(i, branch)| {
        let to = &reader[*branch];
        let found = matched(&from.kind, &to.kind)?;
        Some((found, !is_taken(from, to, dialect), i))
    });
    // Nothing is promoted past a branch of its own type: a time would become a rounded number.
    let (_, is_refused, i) = matches.min()?;
    (!is_refused).then_some(i)
}

/// Returns whether a type of the writer keeps its meaning as one of the reader; Java does not ask.
pub(super) fn is_taken(writer: &Node, reader: &Node, dialect: Dialect) -> bool {
    dialect == Dialect::Java || !is_misread(writer, reader)
}

fn matched(from: &Kind, to: &Kind) -> Option<Match> {
    match (from, to) {
        (Kind::Fixed(one), Kind::Fixed(other)) if one.size != other.size => None,
        (Kind::Record(_), Kind::Record(_))
        | (Kind::Enum(_), Kind::Enum(_))
        | (Kind::Fixed(_), Kind::Fixed(_)) => {
            let (one, other) = (from.named()?, to.named()?);
            if one.name == other.name {
                return Some(Match::Same);
            }
            names_match(one, other).then_some(Match::Called)
        }
        (one, other) if one.name() == other.name() => Some(Match::Same),
        (Kind::Int, Kind::Long | Kind::Float | Kind::Double)
        | (Kind::Long, Kind::Float | Kind::Double)
        | (Kind::Float, Kind::Double)
        | (Kind::String, Kind::Bytes)
        | (Kind::Bytes, Kind::String) => Some(Match::Promoted),
        _ => None,
    }
}
