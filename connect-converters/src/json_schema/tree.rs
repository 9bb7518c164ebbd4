//! [`Tree`]: JSON whose numbers are still text.

use std::collections::HashMap;

use connect_api::{
    Dialect, Result, Str,
    json::{self, Kind, Reader},
};

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree {
    Null,
    Boolean(bool),
    /// As it was written: nothing is rounded.
    Number(Str),
    String(Str),
    Array(Vec<Self>),
    Object(Members),
}

/// The members of an object in order, found by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Members {
    list: Vec<(Str, Tree)>,
    places: HashMap<Str, usize>,
}

impl PartialEq for Members {
    fn eq(&self, other: &Self) -> bool {
        self.list.len() == other.list.len()
            && self
                .list
                .iter()
                .all(|(name, value)| other.get(name) == Some(value))
    }
}

impl Members {
    /// Appends a member; one that is there gets the value in its place.
    pub(super) fn put(&mut self, name: impl Into<Str>, value: Tree) {
        let name = name.into();
        match self.places.get(&name) {
            Some(&place) => self.list[place].1 = value,
            None => {
                self.places.insert(name.clone(), self.list.len());
                self.list.push((name, value));
            }
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Tree> {
        self.places.get(name).map(|&place| &self.list[place].1)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Str, &Tree)> {
        self.list.iter().map(|(name, value)| (name, value))
    }

    pub(super) fn into_list(self) -> Vec<(Str, Tree)> {
        self.list
    }
}

impl FromIterator<(Str, Tree)> for Members {
    fn from_iter<I: IntoIterator<Item = (Str, Tree)>>(list: I) -> Self {
        let mut members = Self::default();
        for (name, value) in list {
            members.put(name, value);
        }
        members
    }
}

impl Tree {
    /// How deep schemas may be nested, as in Java.
    pub(super) const DEPTH: usize = 200;

    /// Reads JSON text.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let text = Str::from(text);
        let mut reader = Reader::new(&text, Dialect::Strict);
        let tree = Self::read(&mut reader, 0)?;
        reader.end()?;
        Ok(tree)
    }

    fn read(reader: &mut Reader<'_>, depth: usize) -> Result<Self> {
        let kind = reader.peek()?;
        if depth == Self::DEPTH && matches!(kind, Kind::Array | Kind::Object) {
            return Err(reader.expected("at most 200 levels of nesting"));
        }
        Ok(match kind {
            Kind::Null => {
                reader.null()?;
                Self::Null
            }
            Kind::Boolean => Self::Boolean(reader.boolean()?),
            Kind::Number => Self::Number(reader.number()?.text().into()),
            Kind::String => Self::String(reader.string()?),
            Kind::Array => {
                let mut elements = Vec::new();
                reader.begin_array()?;
                while reader.next_element()? {
                    elements.push(Self::read(reader, depth + 1)?);
                }
                Self::Array(elements)
            }
            Kind::Object => {
                let mut members = Members::default();
                reader.begin_object()?;
                while let Some(name) = reader.next_key()? {
                    members.put(name, Self::read(reader, depth + 1)?);
                }
                Self::Object(members)
            }
        })
    }

    /// Appends the value as compact JSON text.
    pub(super) fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Boolean(truth) => out.push_str(if *truth { "true" } else { "false" }),
            Self::Number(text) => out.push_str(text),
            Self::String(text) => json::write_string(text, out),
            Self::Array(elements) => {
                out.push('[');
                for (i, element) in elements.iter().enumerate() {
                    separate(i, out);
                    element.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (i, (name, value)) in members.iter().enumerate() {
                    separate(i, out);
                    json::write_string(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    pub(super) fn to_text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    /// Returns a member of an object.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        self.as_object()?.get(name)
    }

    pub(super) fn as_object(&self) -> Option<&Members> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    pub(super) fn as_str(&self) -> Option<&Str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_i32(&self) -> Option<i32> {
        match self {
            Self::Number(text) => text.parse().ok(),
            _ => None,
        }
    }
}

fn separate(index: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
}
