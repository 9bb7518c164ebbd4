//! [`Search`]: one walk through a value.

use std::cell::Cell;

use connect_api::{Error, Value};

use super::{Found, Step};

/// One walk through a value, which takes a limited number of steps.
pub(super) struct Search<'a> {
    root: &'a Value,
    /// How many values may still be looked at.
    left: Cell<usize>,
}

/// Why a walk ends early.
#[derive(Debug)]
pub(super) enum Stop {
    /// A definite step leads nowhere.
    Missing,
    /// The first value was enough.
    Enough,
    /// It takes too long.
    Refused(Error),
}

/// What is done with each value at the end of the way.
type Visit<'v, 'a> = &'v mut dyn FnMut(&'a Value) -> Result<(), Stop>;

/// What was decided by the steps before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// There is one value here; where the next step leads nowhere, nothing is found.
    Definite,
    /// There are any number of values; where the next step leads nowhere, another may.
    Indefinite,
}

impl<'a> Search<'a> {
    /// How many values may be looked at for one record.
    const MOST: usize = 1_000_000;

    pub(super) fn new(root: &'a Value) -> Self {
        Self {
            root,
            left: Cell::new(Self::MOST),
        }
    }

    pub(super) fn root(&self) -> &'a Value {
        self.root
    }

    pub(super) fn select(&self, steps: &[Step], value: &'a Value) -> Result<Found<'a>, Error> {
        match self.follow(steps, value) {
            Ok(found) => Ok(found),
            Err(Stop::Refused(error)) => Err(error),
            Err(Stop::Missing | Stop::Enough) => Ok(Found::Missing),
        }
    }

    /// Returns what the steps lead to.
    pub(super) fn follow(&self, steps: &[Step], value: &'a Value) -> Result<Found<'a>, Stop> {
        if steps.iter().all(Step::is_definite) {
            let mut found = Found::Missing;
            let walked = self.walk(steps, value, Way::Definite, &mut |value| {
                found = Found::One(value);
                Ok(())
            });
            return match walked {
                Ok(()) | Err(Stop::Missing) => Ok(found),
                Err(stop) => Err(stop),
            };
        }
        let mut values = Vec::new();
        let walked = self.walk(steps, value, Way::Definite, &mut |value| {
            values.push(value);
            Ok(())
        });
        match walked {
            Ok(()) => Ok(Found::Several(values)),
            Err(Stop::Missing) => Ok(Found::Missing),
            Err(stop) => Err(stop),
        }
    }

    /// Returns whether the steps lead to anything.
    pub(super) fn any(&self, steps: &[Step], value: &'a Value) -> Result<bool, Stop> {
        let walked = self.walk(steps, value, Way::Definite, &mut |_| Err(Stop::Enough));
        match walked {
            Ok(()) | Err(Stop::Missing) => Ok(false),
            Err(Stop::Enough) => Ok(true),
            Err(stop) => Err(stop),
        }
    }

    fn walk(
        &self,
        steps: &[Step],
        value: &'a Value,
        way: Way,
        visit: Visit<'_, 'a>,
    ) -> Result<(), Stop> {
        self.count()?;
        let Some((step, rest)) = steps.split_first() else {
            return visit(value);
        };
        let next = match step.is_definite() {
            true => way,
            false => Way::Indefinite,
        };
        let found = match (step, value) {
            (Step::Descend, _) => return self.descend(rest, value, visit),
            (Step::Filter(condition), Value::Array(elements)) => {
                for element in elements.iter() {
                    if condition.holds(self, element)? {
                        self.walk(rest, element, Way::Indefinite, visit)?;
                    }
                }
                true
            }
            (Step::Filter(condition), Value::Map(_) | Value::Struct(_)) => {
                if condition.holds(self, value)? {
                    self.walk(rest, value, Way::Indefinite, visit)?;
                }
                true
            }
            (Step::All, _) => {
                let mut inner = inside(value);
                inner.try_for_each(|value| self.walk(rest, value, Way::Indefinite, visit))?;
                true
            }
            (Step::Names(names), Value::Map(_) | Value::Struct(_)) => {
                let found = names.iter().filter_map(|name| value.get(name));
                self.each(rest, found, next, visit)?
            }
            (Step::Indices(indices), Value::Array(elements)) => {
                let found = indices.iter().filter_map(|index| at(elements, *index));
                self.each(rest, found, next, visit)?;
                true
            }
            (Step::Slice(slice), Value::Array(elements)) => {
                let found = slice.indices(elements.len());
                let found = found.filter_map(|index| elements.get(index));
                self.each(rest, found, next, visit)?;
                true
            }
            _ => false,
        };
        match found || way == Way::Indefinite {
            true => Ok(()),
            false => Err(Stop::Missing),
        }
    }

    /// Goes on in the values that a step led to; returns whether that are as many as there have to be.
    fn each(
        &self,
        rest: &[Step],
        found: impl Iterator<Item = &'a Value>,
        way: Way,
        visit: Visit<'_, 'a>,
    ) -> Result<bool, Stop> {
        let mut enough = way == Way::Indefinite;
        for value in found {
            enough = true;
            self.walk(rest, value, way, visit)?;
        }
        Ok(enough)
    }

    /// Goes on in a value and in everything inside of it; a filter tries each of them once.
    fn descend(&self, rest: &[Step], value: &'a Value, visit: Visit<'_, 'a>) -> Result<(), Stop> {
        let mut ahead = vec![value];
        while let Some(value) = ahead.pop() {
            self.count()?;
            match rest.split_first() {
                Some((Step::Filter(condition), rest)) => {
                    if condition.holds(self, value)? {
                        self.walk(rest, value, Way::Indefinite, visit)?;
                    }
                }
                _ => self.walk(rest, value, Way::Indefinite, visit)?,
            }
            let first = ahead.len();
            ahead.extend(inside(value));
            ahead[first..].reverse();
        }
        Ok(())
    }

    fn count(&self) -> Result<(), Stop> {
        let Some(left) = self.left.get().checked_sub(1) else {
            return Err(Stop::Refused(Error::rejected(format!(
                "expected a path that looks at no more than {} values",
                Self::MOST
            ))));
        };
        self.left.set(left);
        Ok(())
    }
}

/// Iterates over what is inside of a value.
fn inside(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::Array(elements) => Box::new(elements.iter()),
        Value::Map(entries) => Box::new(entries.iter().map(|(_, value)| value)),
        Value::Struct(fields) => {
            Box::new((0..fields.values().len()).map(|index| fields.get_at(index)))
        }
        _ => Box::new(std::iter::empty()),
    }
}

fn at(elements: &[Value], index: i64) -> Option<&Value> {
    let length = i64::try_from(elements.len()).ok()?;
    let index = if index < 0 { length + index } else { index };
    elements.get(usize::try_from(index).ok()?)
}
