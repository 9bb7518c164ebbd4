//! [`Condition`]: what a filter asks of a value.

use connect_api::{Result, Value};

use super::{
    Step,
    item::Item,
    search::{Search, Stop},
};
use crate::pattern::Pattern;

/// What a filter asks of a value.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    /// One of them holds.
    Any(Vec<Self>),
    /// All of them hold.
    All(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// The path leads to something, be it null.
    Exists(Query),
    /// Two values are related.
    Related(Operand, Relation, Operand),
    /// All of a text matches, or of an element of an array.
    Matches(Operand, Pattern),
}

/// A path in a condition.
#[derive(Clone, Debug)]
pub(super) struct Query {
    pub(super) from: Start,
    pub(super) steps: Vec<Step>,
}

/// Where a path in a condition begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// `$`: at the top.
    Root,
    /// `@`: at the value that is tried.
    Current,
}

/// One side of a relation.
#[derive(Clone, Debug)]
pub(super) enum Operand {
    /// A scalar, or an array of scalars.
    Literal(Value),
    /// What a path leads to.
    Path(Query),
    /// How many elements, entries, fields or characters that has.
    Length(Query),
}

/// How two values are related.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    /// `==`: a number also equals its text.
    Equal,
    /// `!=`.
    NotEqual,
    /// `===`: the types are alike too.
    Identical,
    /// `!==`.
    NotIdentical,
    /// `<`: both are numbers, or both are texts.
    Less,
    /// `<=`.
    LessOrEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEqual,
    /// `in`: is an element of.
    In,
    /// `nin`.
    NotIn,
    /// `contains`: has the element, or the text.
    Contains,
    /// `all`: has all the elements.
    HasAll,
    /// `subsetof`: all its elements are among those.
    SubsetOf,
    /// `anyof`: one of its elements is among those.
    AnyOf,
    /// `noneof`: none of its elements is among those.
    NoneOf,
    /// `size`: has that many elements, or characters.
    Size,
    /// `empty`: has no elements, or characters; or has some, with `false`.
    Empty,
}

impl Condition {
    /// Tries it on a value.
    pub(super) fn holds<'a>(&self, search: &Search<'a>, value: &'a Value) -> Result<bool, Stop> {
        match self {
            Self::Any(conditions) => {
                for condition in conditions {
                    if condition.holds(search, value)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::All(conditions) => {
                for condition in conditions {
                    if !condition.holds(search, value)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Not(condition) => Ok(!condition.holds(search, value)?),
            Self::Exists(query) => query.leads_somewhere(search, value),
            Self::Related(left, relation, right) => {
                let left = left.item(search, value)?;
                let right = right.item(search, value)?;
                Ok(relation.holds(&left, &right))
            }
            Self::Matches(operand, pattern) => operand.item(search, value)?.matches(pattern),
        }
    }
}

impl Query {
    fn start<'a>(&self, search: &Search<'a>, value: &'a Value) -> &'a Value {
        match self.from {
            Start::Root => search.root(),
            Start::Current => value,
        }
    }

    fn leads_somewhere<'a>(&self, search: &Search<'a>, value: &'a Value) -> Result<bool, Stop> {
        let start = self.start(search, value);
        search.any(&self.steps, start)
    }

    fn item<'a>(&self, search: &Search<'a>, value: &'a Value) -> Result<Item<'a>, Stop> {
        let start = self.start(search, value);
        search.follow(&self.steps, start).map(Item::found)
    }
}

impl Operand {
    fn item<'s, 'a: 's>(&'s self, search: &Search<'a>, value: &'a Value) -> Result<Item<'s>, Stop> {
        match self {
            Self::Literal(literal) => Ok(Item::of(literal)),
            Self::Path(query) => query.item(search, value),
            Self::Length(query) => {
                let length = query.item(search, value)?.length();
                Ok(length.map_or(Item::Nothing, Item::count))
            }
        }
    }
}

impl Relation {
    fn holds(self, left: &Item<'_>, right: &Item<'_>) -> bool {
        match self {
            Self::Equal => left.equals(right),
            Self::NotEqual => !left.equals(right),
            Self::Identical => left.is_identical(right),
            Self::NotIdentical => !left.is_identical(right),
            Self::Less => left.compare(right).is_some_and(|order| order.is_lt()),
            Self::LessOrEqual => left.compare(right).is_some_and(|order| order.is_le()),
            Self::Greater => left.compare(right).is_some_and(|order| order.is_gt()),
            Self::GreaterOrEqual => left.compare(right).is_some_and(|order| order.is_ge()),
            Self::In => right.has(left),
            Self::NotIn => !right.has(left),
            Self::Contains => left.has(right) || left.has_text(right),
            Self::HasAll => related(left, right, |left, right| {
                right.iter().all(|item| contains(left, item))
            }),
            Self::SubsetOf => related(left, right, |left, right| {
                left.iter().all(|item| contains(right, item))
            }),
            Self::AnyOf => related(left, right, |left, right| {
                left.iter().any(|item| contains(right, item))
            }),
            Self::NoneOf => related(left, right, |left, right| {
                !left.iter().any(|item| contains(right, item))
            }),
            Self::Size => left
                .size()
                .is_some_and(|length| Item::count(length).is_identical(right)),
            Self::Empty => left
                .length()
                .is_some_and(|length| Item::Boolean(length == 0).is_identical(right)),
        }
    }
}

/// Relates the elements of two arrays; what is no array is related to nothing.
fn related<'a>(
    left: &Item<'a>,
    right: &Item<'a>,
    are: impl FnOnce(&[Item<'a>], &[Item<'a>]) -> bool,
) -> bool {
    match (left.elements(), right.elements()) {
        (Some(left), Some(right)) => are(&left, &right),
        _ => false,
    }
}

fn contains(items: &[Item<'_>], item: &Item<'_>) -> bool {
    items.iter().any(|other| other.equals(item))
}
