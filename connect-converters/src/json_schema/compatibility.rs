//! Whether what was written with one schema can be read with another.
//!
//! These are the rules by which Confluent's registry calls a version backward compatible (strictly): types may become
//! more, bounds wider, properties fewer; a property may be added only to an object that allows no others, with a default
//! if it is required. What `not`, `if`, `patternProperties` and tuples of `items` say is not compared.

use std::collections::{HashMap, HashSet};

use connect_api::{Decimal, Error, Result, Str};

use super::document::{
    Additional, Bounds, Combination, Document, Kind, Node, NodeId, Number, Object,
};
use super::tree::Tree;

/// How many pairs of schemas are compared.
const PAIRS: usize = 1_000_000;

/// How deep schemas are followed into each other.
const DEPTH: usize = 500;

/// Refuses `reading` if it does not fit all that fits `written`.
pub(super) fn check(written: &Document, reading: &Document) -> Result<()> {
    let mut comparison = Comparison {
        written,
        reading,
        known: HashMap::new(),
        comparing: HashSet::new(),
        assumed: 0,
        pairs: 0,
    };
    comparison
        .compare(written.root(), reading.root())
        .map_err(|mismatch| {
            let Mismatch { path, what } = mismatch;
            Error::rejected(format!(
                "expected the registered schema to fit, found at {path} {what}"
            ))
        })
}

/// Where two schemas do not fit.
#[derive(Clone, Debug)]
struct Mismatch {
    path: Str,
    what: String,
}

type Compared = std::result::Result<(), Mismatch>;

struct Comparison<'a> {
    written: &'a Document,
    reading: &'a Document,
    /// Pairs whose answer depends on no other that is being compared.
    known: HashMap<(NodeId, NodeId), Compared>,
    comparing: HashSet<(NodeId, NodeId)>,
    /// How often a pair was met that contains itself.
    assumed: usize,
    pairs: usize,
}

impl<'a> Comparison<'a> {
    fn compare(&mut self, written: NodeId, reading: NodeId) -> Compared {
        let pair = (self.written.resolve(written), self.reading.resolve(reading));
        if let Some(known) = self.known.get(&pair) {
            return known.clone();
        }
        let (old, new) = (self.written.node(pair.0), self.reading.node(pair.1));
        if !self.comparing.insert(pair) {
            self.assumed += 1;
            return Ok(());
        }
        self.pairs += 1;
        let assumed = self.assumed;
        let compared = if self.pairs > PAIRS || self.comparing.len() > DEPTH {
            mismatch(new, "more to compare than is reasonable")
        } else {
            self.nodes(pair.0, old, pair.1, new)
        };
        self.comparing.remove(&pair);
        // What does not fit, fits no better whatever else does.
        if compared.is_err() || self.assumed == assumed {
            self.known.insert(pair, compared.clone());
        }
        compared
    }

    fn nodes(&mut self, old_id: NodeId, old: &'a Node, new_id: NodeId, new: &'a Node) -> Compared {
        match (&old.kind, &new.kind) {
            (Kind::Combined(from, olds), Kind::Combined(to, news)) => {
                self.combined(new, (*from, olds), (*to, news))
            }
            (_, Kind::Combined(combination, news)) => {
                let is_sum = *combination != Combination::All || news.len() == 1;
                let fits = is_sum && news.iter().any(|&one| self.compare(old_id, one).is_ok());
                fits.then_some(()).map_or_else(|| changed(old, new), Ok)
            }
            (Kind::Combined(combination, olds), _) if !matches!(new.kind, Kind::Any) => {
                let is_product = *combination == Combination::All || olds.len() == 1;
                let fits = is_product && olds.iter().any(|&one| self.compare(one, new_id).is_ok());
                fits.then_some(()).map_or_else(|| changed(old, new), Ok)
            }
            (Kind::Never, _) | (_, Kind::Any) => Ok(()),
            (Kind::Null, Kind::Null)
            | (Kind::Boolean, Kind::Boolean)
            | (Kind::Other, Kind::Other) => Ok(()),
            (Kind::Number(Number::Any, _), Kind::Number(Number::Integer, _)) => {
                mismatch(new, "integers instead of all numbers")
            }
            (Kind::Number(_, from), Kind::Number(_, to))
            | (Kind::String(from), Kind::String(to)) => bounds(new, from, to),
            (Kind::Const(from), Kind::Const(to)) if from == to => Ok(()),
            (Kind::Const(_), Kind::Const(_)) => mismatch(new, "another constant"),
            (Kind::Enum(from), Kind::Enum(to)) => {
                match from.iter().find(|value| !to.contains(value)) {
                    Some(value) => mismatch(new, format!("no {} in `enum`", value.to_text())),
                    None => Ok(()),
                }
            }
            (Kind::Array(from, old_bounds), Kind::Array(to, new_bounds)) => {
                match (*from, *to) {
                    (Some(from), Some(to)) => self.compare(from, to)?,
                    (None, Some(_)) => mismatch(new, "`items`, of which nothing was said")?,
                    (_, None) => {}
                }
                bounds(new, old_bounds, new_bounds)
            }
            (Kind::Object(from, old_bounds), Kind::Object(to, new_bounds)) => {
                self.objects(new, from, to)?;
                bounds(new, old_bounds, new_bounds)
            }
            _ if is_bytes(old) && is_bytes(new) => Ok(()),
            _ => changed(old, new),
        }
    }

    /// Each of the fewer schemas must have one of the others to itself.
    fn combined(
        &mut self,
        new: &Node,
        (from, olds): (Combination, &'a [NodeId]),
        (to, news): (Combination, &'a [NodeId]),
    ) -> Compared {
        let (is_one, are_one) = (olds.len() == 1, news.len() == 1);
        let may_become = from == to
            || to == Combination::Any
            || (is_one && are_one)
            || (is_one && to == Combination::One)
            || (are_one && from == Combination::All);
        if !may_become {
            return mismatch(new, format!("`{}` instead of `{}`", to.name(), from.name()));
        }
        if olds.len() < news.len() && to == Combination::All {
            return mismatch(new, "more schemas in `allOf`");
        }
        if olds.len() > news.len() && from != Combination::All {
            return mismatch(new, format!("fewer schemas in `{}`", to.name()));
        }
        let fitting: Vec<Vec<bool>> = olds
            .iter()
            .map(|&old| {
                news.iter()
                    .map(|&new| self.compare(old, new).is_ok())
                    .collect()
            })
            .collect();
        if matching(&fitting, news.len()) < olds.len().min(news.len()) {
            return mismatch(new, format!("other schemas in `{}`", to.name()));
        }
        Ok(())
    }

    fn objects(&mut self, new: &Node, from: &'a Object, to: &'a Object) -> Compared {
        for (name, old) in &from.properties {
            match find(to, name) {
                Some(property) => {
                    if is_required(to, name) && !is_required(from, name) {
                        self.with_default(property)?;
                    }
                    self.compare(*old, property)?;
                }
                None => self.removed(new, name, *old, to)?,
            }
        }
        for (name, property) in &to.properties {
            if find(from, name).is_none() {
                self.added(name, *property, from, to)?;
            }
        }
        match (from.additional, to.additional) {
            (_, Additional::Allowed)
            | (Additional::Forbidden, Additional::Forbidden | Additional::Of(_)) => Ok(()),
            (_, Additional::Forbidden) => mismatch(new, "`additionalProperties` forbidden"),
            (Additional::Allowed, Additional::Of(_)) => {
                mismatch(new, "`additionalProperties` of one schema")
            }
            (Additional::Of(from), Additional::Of(to)) => self.compare(from, to),
        }
    }

    fn removed(&mut self, new: &Node, name: &Str, old: NodeId, to: &Object) -> Compared {
        match to.additional {
            Additional::Allowed => Ok(()),
            Additional::Of(others) => self.compare(old, others),
            Additional::Forbidden if matches!(self.written.node(old).kind, Kind::Never) => Ok(()),
            Additional::Forbidden => {
                mismatch(new, format!("no property `{name}`, and no others allowed"))
            }
        }
    }

    fn added(&mut self, name: &Str, property: NodeId, from: &Object, to: &Object) -> Compared {
        let node = self.reading.node(property);
        match from.additional {
            Additional::Allowed if matches!(node.kind, Kind::Any) => return Ok(()),
            Additional::Allowed => {
                return mismatch(
                    node,
                    format!("a property `{name}`, which others may have written as anything"),
                );
            }
            Additional::Of(others) => self.compare(others, property)?,
            Additional::Forbidden => {}
        }
        if is_required(to, name) {
            self.with_default(property)?;
        }
        Ok(())
    }

    fn with_default(&self, property: NodeId) -> Compared {
        let node = self.reading.node(property);
        match node.default {
            Some(_) => Ok(()),
            None => mismatch(node, "a property that became required and has no default"),
        }
    }
}

impl Combination {
    fn name(self) -> &'static str {
        match self {
            Self::All => "allOf",
            Self::Any => "anyOf",
            Self::One => "oneOf",
        }
    }
}

/// Counts how many rows can have a column that fits to themselves.
fn matching(fitting: &[Vec<bool>], columns: usize) -> usize {
    let mut owners = vec![None; columns];
    let rows = 0..fitting.len();
    rows.filter(|&row| give(row, fitting, &mut owners, &mut vec![false; columns]))
        .count()
}

/// Gives a row a column; the owner of one that is taken looks for another.
fn give(
    row: usize,
    fitting: &[Vec<bool>],
    owners: &mut [Option<usize>],
    tried: &mut [bool],
) -> bool {
    for column in 0..owners.len() {
        if !fitting[row][column] || std::mem::replace(&mut tried[column], true) {
            continue;
        }
        let is_free = match owners[column] {
            Some(owner) => give(owner, fitting, owners, tried),
            None => true,
        };
        if is_free {
            owners[column] = Some(row);
            return true;
        }
    }
    false
}

fn find(object: &Object, name: &Str) -> Option<NodeId> {
    let mut properties = object.properties.iter();
    properties
        .find(|(known, _)| known == name)
        .map(|(_, property)| *property)
}

fn is_required(object: &Object, name: &Str) -> bool {
    object.required.contains(name)
}

fn is_bytes(node: &Node) -> bool {
    node.connect
        .type_
        .as_ref()
        .is_some_and(|type_| type_ == "bytes")
}

/// Lower bounds may fall, upper ones rise, and any may go.
fn bounds(new: &Node, from: &Bounds, to: &Bounds) -> Compared {
    for (name, to) in to {
        let from = from.iter().find(|(known, _)| known == name);
        let is_wider = match from {
            Some((_, from)) if from == to => true,
            Some((_, from)) => widens(name, from, to),
            None => *to == Tree::Boolean(false),
        };
        if !is_wider {
            return mismatch(new, format!("`{name}` {}", to.to_text()));
        }
    }
    Ok(())
}

fn widens(name: &str, from: &Tree, to: &Tree) -> bool {
    let number = |tree: &Tree| match tree {
        Tree::Number(text) => text.parse::<Decimal>().ok(),
        _ => None,
    };
    match (number(from), number(to)) {
        (Some(from), Some(to)) if name == "multipleOf" => is_multiple(&from, &to),
        (Some(from), Some(to)) => {
            let (from, to) = (to_f64(&from), to_f64(&to));
            match name.starts_with("min") || name == "exclusiveMinimum" {
                true => to <= from,
                false => to >= from,
            }
        }
        _ => *to == Tree::Boolean(false),
    }
}

fn to_f64(number: &Decimal) -> f64 {
    number.to_string().parse().unwrap_or(f64::NAN)
}

/// Exactly, if both are numbers of a reasonable size.
fn is_multiple(from: &Decimal, to: &Decimal) -> bool {
    let scale = from.scale().max(to.scale()).clamp(0, 30);
    let integer = |number: &Decimal| i128::try_from(number.rescale(scale)?.unscaled()).ok();
    match (integer(from), integer(to)) {
        (Some(from), Some(to)) => to != 0 && from % to == 0,
        _ => false,
    }
}

fn changed(old: &Node, new: &Node) -> Compared {
    mismatch(
        new,
        format!("{} where {} was written", of(&new.kind), of(&old.kind)),
    )
}

fn of(kind: &Kind) -> &'static str {
    match kind {
        Kind::Any => "anything",
        Kind::Never => "nothing",
        Kind::Null => "null",
        Kind::Boolean => "a boolean",
        Kind::Number(Number::Integer, _) => "an integer",
        Kind::Number(Number::Any, _) => "a number",
        Kind::String(_) => "a string",
        Kind::Const(_) => "a constant",
        Kind::Enum(_) => "an enum",
        Kind::Array(..) => "an array",
        Kind::Object(..) => "an object",
        Kind::Combined(Combination::All, _) => "all of several schemas",
        Kind::Combined(Combination::Any, _) => "any of several schemas",
        Kind::Combined(Combination::One, _) => "one of several schemas",
        Kind::Reference(_) => "a reference",
        Kind::Other => "a condition",
    }
}

fn mismatch(node: &Node, what: impl Into<String>) -> Compared {
    Err(Mismatch {
        path: node.path.clone(),
        what: what.into(),
    })
}
