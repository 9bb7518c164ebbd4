//! [`ConfigKey`]: the definition of one option.

use std::fmt;

use super::rule::{Case, Rule};
use crate::{ConfigProblem, Value};

/// Connect's types of options.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConfigType {
    /// `true` or `false`.
    Boolean,
    /// Text.
    String,
    /// A 32-bit integer.
    Int,
    /// A 16-bit integer.
    Short,
    /// A 64-bit integer.
    Long,
    /// A 64-bit floating point number.
    Double,
    /// Texts separated by commas.
    List,
    /// The name of a plugin, its own or a Java one.
    Class,
    /// Text that is never printed.
    Password,
}

/// How much an option matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Importance {
    /// Most users set it.
    High,
    /// Some users set it.
    #[default]
    Medium,
    /// Few users need to know it.
    Low,
}

/// How wide a form shows an option.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConfigWidth {
    /// Nothing is known about it.
    #[default]
    None,
    /// A few letters.
    Short,
    /// A name.
    Medium,
    /// A sentence.
    Long,
}

macro_rules! names {
    ($type:ident: $($variant:ident $name:literal),*) => {
        impl $type {
            /// Returns the name that Connect's REST API uses.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// Finds what [`name`](Self::name) names, in any case.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                [$(Self::$variant),*].into_iter().find(|known| known.name().eq_ignore_ascii_case(name))
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }
    };
}
names!(ConfigType: Boolean "BOOLEAN", String "STRING", Int "INT", Short "SHORT", Long "LONG",
    Double "DOUBLE", List "LIST", Class "CLASS", Password "PASSWORD");
names!(Importance: High "HIGH", Medium "MEDIUM", Low "LOW");
names!(ConfigWidth: None "NONE", Short "SHORT", Medium "MEDIUM", Long "LONG");

/// One option: everything that Connect's REST API tells about it.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigKey {
    name: String,
    type_: ConfigType,
    presence: Presence,
    rule: Rule,
    /// The type of a list's elements.
    items: ConfigType,
    importance: Importance,
    documentation: String,
    group: Option<String>,
    order: Option<i32>,
    width: ConfigWidth,
    display_name: Option<String>,
    dependents: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Presence {
    Required,
    /// With the default's text; `None` is null, or a default that cannot be shown.
    Optional(Option<String>),
}

impl ConfigKey {
    /// What stands in messages for the value of a secret.
    pub const HIDDEN: &'static str = "[hidden]";

    /// Defines an option that must be set.
    pub fn new(name: impl Into<String>, type_: ConfigType) -> Self {
        Self {
            name: name.into(),
            type_,
            presence: Presence::Required,
            rule: Rule::Any,
            items: ConfigType::String,
            importance: Importance::default(),
            documentation: String::new(),
            group: None,
            order: None,
            width: ConfigWidth::default(),
            display_name: None,
            dependents: Vec::new(),
        }
    }

    /// Lets the option be absent; its default is null.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.presence = Presence::Optional(None);
        self
    }

    /// Sets the default, as a configuration would write it.
    #[must_use]
    pub fn with_default(mut self, text: impl Into<String>) -> Self {
        self.presence = Presence::Optional(Some(text.into()));
        self
    }

    /// Accepts integers from `min` on.
    #[must_use]
    pub fn at_least(mut self, min: i64) -> Self {
        self.rule = Rule::Whole {
            min: Some(min),
            max: None,
        };
        self
    }

    /// Accepts integers from `min` to `max`.
    #[must_use]
    pub fn between(mut self, min: i64, max: i64) -> Self {
        self.rule = Rule::Whole {
            min: Some(min),
            max: Some(max),
        };
        self
    }

    /// Accepts these values only.
    #[must_use]
    pub fn one_of(mut self, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.rule = Rule::OneOf {
            values: values.into_iter().map(Into::into).collect(),
            case: Case::Exact,
        };
        self
    }

    /// Accepts the values of [`one_of`](Self::one_of) in any case.
    #[must_use]
    pub fn in_any_case(mut self) -> Self {
        if let Rule::OneOf { case, .. } = &mut self.rule {
            *case = Case::Ignored;
        }
        self
    }

    /// Refuses empty text.
    #[must_use]
    pub fn non_empty(mut self) -> Self {
        self.rule = Rule::NonEmpty;
        self
    }

    /// Says how much the option matters.
    #[must_use]
    pub fn with_importance(mut self, importance: Importance) -> Self {
        self.importance = importance;
        self
    }

    /// Documents the option.
    #[must_use]
    pub fn with_documentation(mut self, documentation: impl Into<String>) -> Self {
        self.documentation = documentation.into();
        self
    }

    /// Puts the option into a group of a form.
    ///
    /// The first one there has order 1.
    #[must_use]
    pub fn with_group(mut self, group: impl Into<String>, order: i32) -> Self {
        self.group = Some(group.into());
        self.order = Some(order);
        self
    }

    /// Says how wide a form shows the option.
    #[must_use]
    pub fn with_width(mut self, width: ConfigWidth) -> Self {
        self.width = width;
        self
    }

    /// Sets what a form calls the option.
    #[must_use]
    pub fn with_display_name(mut self, name: impl Into<String>) -> Self {
        self.display_name = Some(name.into());
        self
    }

    /// Names the options that depend on this one.
    #[must_use]
    pub fn with_dependents(mut self, keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.dependents = keys.into_iter().map(Into::into).collect();
        self
    }

    pub(super) fn with_rule(mut self, rule: Rule) -> Self {
        self.rule = rule;
        self
    }

    pub(super) fn with_items(mut self, items: ConfigType) -> Self {
        self.items = items;
        self
    }

    pub(super) fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the type.
    #[must_use]
    pub fn type_(&self) -> ConfigType {
        self.type_
    }

    /// Returns whether the option must be set.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.presence == Presence::Required
    }

    /// Returns the default as a configuration would write it; `None` is null.
    ///
    /// Of a derived definition the default is unknown, and null here, if its type is not `Serialize`.
    #[must_use]
    pub fn default_value(&self) -> Option<&str> {
        match &self.presence {
            Presence::Required => None,
            Presence::Optional(default) => default.as_deref(),
        }
    }

    /// Returns the values that are accepted, if they can be listed.
    #[must_use]
    pub fn valid_values(&self) -> &[String] {
        match &self.rule {
            Rule::OneOf { values, .. } => values,
            _ => &[],
        }
    }

    /// Returns how much the option matters.
    #[must_use]
    pub fn importance(&self) -> Importance {
        self.importance
    }

    /// Returns the documentation.
    #[must_use]
    pub fn documentation(&self) -> &str {
        &self.documentation
    }

    /// Returns the group of a form.
    #[must_use]
    pub fn group(&self) -> Option<&str> {
        self.group.as_deref()
    }

    /// Returns the place in the group, or -1 outside of groups.
    #[must_use]
    pub fn order_in_group(&self) -> i32 {
        self.order.unwrap_or(-1)
    }

    /// Returns how wide a form shows the option.
    #[must_use]
    pub fn width(&self) -> ConfigWidth {
        self.width
    }

    /// Returns what a form calls the option: its name, unless something else was said.
    #[must_use]
    pub fn display_name(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.name)
    }

    /// Returns the options that depend on this one.
    #[must_use]
    pub fn dependents(&self) -> &[String] {
        &self.dependents
    }

    /// Returns what a value must be, in words.
    #[must_use]
    pub fn expected(&self) -> String {
        self.rule.expected(self.type_, self.items)
    }

    /// Reads a text as Connect does: trimmed, lists split at commas.
    pub(super) fn read(&self, text: &str) -> Result<Value, ConfigProblem> {
        let read = match self.type_ {
            ConfigType::List => self.rule.read_list(self.items, text),
            plain => self.rule.read(plain, text),
        };
        read.map_err(|reason| self.refuse(text, reason))
    }

    /// Refuses `text` for `reason`, and hides both if this is a secret.
    pub(super) fn refuse(&self, text: &str, reason: impl fmt::Display) -> ConfigProblem {
        let problem = if self.is_secret() {
            ConfigProblem::invalid(&self.name, Self::HIDDEN, self.expected())
        } else {
            ConfigProblem::invalid(&self.name, text, reason)
        };
        problem.with_expected(self.expected())
    }

    pub(super) fn missing(&self) -> ConfigProblem {
        ConfigProblem::missing(&self.name).with_expected(self.expected())
    }

    /// The key below `prefix`, in a group of the surrounding definition.
    pub(super) fn embedded(&self, prefix: &str, group: &str, order: i32) -> Self {
        let mut key = self.clone().named(format!("{prefix}{}", self.name));
        key.display_name = Some(self.display_name().to_owned());
        key.group = Some(match &self.group {
            None => group.to_owned(),
            Some(own) => format!("{group}: {own}"),
        });
        key.order = Some(self.order_in_group() + order);
        for dependent in &mut key.dependents {
            dependent.insert_str(0, prefix);
        }
        key
    }

    fn is_secret(&self) -> bool {
        self.type_ == ConfigType::Password || self.items == ConfigType::Password
    }
}
