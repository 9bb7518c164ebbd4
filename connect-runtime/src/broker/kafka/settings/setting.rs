//! [`Setting`]: a key of Java's clients, its type, and what becomes of it.

use connect_api::{ConfigDef, ConfigKey, ConfigMap, ConfigProblem, ConfigType, UnknownKeys};

use super::draft::{Draft, Subject};

/// A key of Java's clients, its type, and what becomes of it.
#[derive(Debug)]
pub(super) struct Setting {
    /// The key; one that ends with a dot stands for all below it.
    pub(super) key: &'static str,
    type_: Type,
    pub(super) fate: Fate,
}

/// Java's type of a value, with its range.
#[derive(Clone, Copy, Debug)]
pub(super) enum Type {
    Boolean,
    Short(i64, i64),
    Int(i64, i64),
    Long(i64),
    Double,
    Text,
    NonEmpty,
    Class,
    List,
    Password,
    OneOf(&'static [&'static str]),
    AnyCase(&'static [&'static str]),
}

/// What becomes of a setting.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fate {
    /// It is passed on under this name.
    Passed(&'static str),
    /// A number that is passed on under this name, between these bounds of librdkafka's.
    Bounded(&'static str, i64, i64),
    /// A function decides; the text says what it does.
    Decided(
        #[cfg_attr(not(test), expect(dead_code, reason = "the book is written by a test"))]
        &'static str,
        Decide,
    ),
    /// It is read together with others; the text says what becomes of it.
    Joined(
        Subject,
        #[cfg_attr(not(test), expect(dead_code, reason = "the book is written by a test"))]
        &'static str,
    ),
    /// The runtime reads it, and takes it out; one that is left has no effect, for this reason.
    Taken(&'static str),
    /// It has no effect, for this reason.
    Void(&'static str),
}

/// Decides what becomes of a value of the right type: the draft, the key as it was written, the text.
type Decide = fn(&mut Draft<'_>, &str, &str);

/// The most that Java's `int` holds.
pub(super) const INT: i64 = 0x7fff_ffff;

/// Builds a row of a table.
pub(super) const fn setting(key: &'static str, type_: Type, fate: Fate) -> Setting {
    Setting { key, type_, fate }
}

impl Setting {
    /// Returns whether `key` is this one.
    pub(super) fn is(&self, key: &str) -> bool {
        match self.key.ends_with('.') {
            true => key.starts_with(self.key),
            false => key == self.key,
        }
    }

    /// Returns what it needs to have an effect, if anything.
    pub(super) fn subject(&self) -> Option<Subject> {
        match self.fate {
            Fate::Taken(_) | Fate::Void(_) => None,
            _ if self.key.starts_with("sasl.oauthbearer.") => Some(Subject::Tokens),
            Fate::Joined(subject, _) => Some(subject),
            _ => None,
        }
    }

    /// Says in Java's words what is wrong with a value of `key`.
    pub(super) fn problem(&self, key: &str, text: &str) -> Option<ConfigProblem> {
        let value = ConfigMap::from([(key, text)]);
        let definition = ConfigDef::new().with_key(self.type_.of(key));
        let mut problems = definition.problems(&value, UnknownKeys::Ignore).into_iter();
        problems.next()
    }
}

impl Type {
    fn of(self, key: &str) -> ConfigKey {
        let key = |type_| ConfigKey::new(key, type_);
        match self {
            Self::Boolean => key(ConfigType::Boolean),
            Self::Short(min, max) => key(ConfigType::Short).between(min, max),
            Self::Int(min, INT) => key(ConfigType::Int).at_least(min),
            Self::Int(min, max) => key(ConfigType::Int).between(min, max),
            Self::Long(min) => key(ConfigType::Long).at_least(min),
            Self::Double => key(ConfigType::Double),
            Self::Text | Self::Class => key(ConfigType::String),
            Self::NonEmpty => key(ConfigType::String).non_empty(),
            Self::List => key(ConfigType::List),
            Self::Password => key(ConfigType::Password),
            Self::OneOf(values) => key(ConfigType::String).one_of(values.iter().copied()),
            Self::AnyCase(values) => key(ConfigType::String)
                .one_of(values.iter().copied())
                .in_any_case(),
        }
    }
}
