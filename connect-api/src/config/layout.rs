//! [`Layout`]: how keys become the fields of a struct.

use super::{ConfigDef, ConfigKey, ConfigMap};
use crate::{ConfigProblem, Value};

/// How the keys below a prefix become the fields of a struct.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layout {
    pub(super) prefix: String,
    pub(super) form: Form,
}

/// What serde makes of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Form {
    /// `()` or a struct without a body.
    Unit,
    /// Named fields; all other keys below the prefix go where `rest` says.
    Fields {
        fields: Vec<(String, Node)>,
        /// What an entry of the map looks like that takes all other keys.
        rest: Option<Box<ConfigKey>>,
    },
}

/// One field.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Key(ConfigKey),
    /// A struct or a map of its own, left out if it is optional and no key is below its prefix.
    Group(Layout, Presence),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    Required,
    Optional,
}

impl Layout {
    pub(super) fn definition(&self) -> ConfigDef {
        let Form::Fields { fields, rest } = &self.form else {
            return ConfigDef::new();
        };
        let mut def = ConfigDef::new();
        for (_, node) in fields {
            def = match node {
                Node::Key(key) => def.with_key(key.clone()),
                Node::Group(layout, Presence::Required) => def.merge(layout.definition()),
                Node::Group(layout, Presence::Optional) => {
                    def.merge(layout.definition().all_optional())
                }
            };
        }
        match rest {
            Some(_) => def.with_prefix(&self.prefix),
            None => def,
        }
    }

    /// Reads the texts as the value that serde takes, and collects what is wrong with them.
    pub(super) fn read(&self, map: &ConfigMap, problems: &mut Vec<ConfigProblem>) -> Value {
        let Form::Fields { fields, rest } = &self.form else {
            return Value::Null;
        };
        let mut read: Vec<(Value, Value)> = Vec::new();
        for (field, node) in fields {
            let value = match node {
                Node::Key(key) => Self::read_key(key, map, problems),
                Node::Group(layout, Presence::Optional) if !map.has_prefix(&layout.prefix) => None,
                Node::Group(layout, _) => Some(layout.read(map, problems)),
            };
            read.extend(value.map(|value| (field.as_str().into(), value)));
        }
        if let Some(template) = rest {
            let own = self.own_definition();
            let others = map
                .iter()
                .filter(|(key, _)| key.starts_with(&self.prefix) && !own.knows(key));
            for (key, text) in others {
                match template.as_ref().clone().named(key).read(text) {
                    Ok(value) => read.push((key[self.prefix.len()..].into(), value)),
                    Err(problem) => problems.push(problem),
                }
            }
        }
        Value::map(read)
    }

    fn read_key(
        key: &ConfigKey,
        map: &ConfigMap,
        problems: &mut Vec<ConfigProblem>,
    ) -> Option<Value> {
        let read = match map.get(key.name()) {
            Some(text) => key.read(text).map(Some),
            None if key.is_required() => Err(key.missing()),
            None => Ok(None),
        };
        read.unwrap_or_else(|problem| {
            problems.push(problem);
            None
        })
    }

    /// The definition without the map that takes all other keys.
    fn own_definition(&self) -> ConfigDef {
        let mut own = self.clone();
        if let Form::Fields { rest, .. } = &mut own.form {
            *rest = None;
        }
        own.definition()
    }

    /// Finds the key behind a path of fields.
    pub(super) fn key_at(&self, path: &[&str]) -> Option<ConfigKey> {
        let Form::Fields { fields, rest } = &self.form else {
            return None;
        };
        let (first, below) = path.split_first()?;
        match fields.iter().find(|(field, _)| field == first) {
            Some((_, Node::Key(key))) => Some(key.clone()),
            Some((_, Node::Group(layout, _))) => layout.key_at(below),
            None => {
                let template = rest.as_deref().cloned()?;
                Some(template.named(format!("{}{first}", self.prefix)))
            }
        }
    }
}
