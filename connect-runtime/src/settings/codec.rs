//! Which converters a connector gets.

use std::sync::Arc;

use connect_api::{ConfigMap, Result, Str};

use super::{draft::Draft, parts::Part, problems::Problems};
use crate::{plugins::Kind, task::Codec};

/// Where a converter stands; Connect's values of `converter.type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Key,
    Value,
    Header,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Value => "value",
            Self::Header => "header",
        }
    }

    fn kind(self) -> Kind {
        match self {
            Self::Key | Self::Value => Kind::Converter,
            Self::Header => Kind::HeaderConverter,
        }
    }
}

impl Draft<'_> {
    /// Builds the converters, or notes what is missing or wrong.
    pub(super) fn codec(&self, problems: &mut Problems) -> Option<Codec> {
        let defaults = self.converters.or(self.defaults);
        let key = self.role(
            Role::Key,
            problems,
            defaults.map(|own| &own.key),
            Part::converter,
        );
        let value = self.role(
            Role::Value,
            problems,
            defaults.map(|own| &own.value),
            Part::converter,
        );
        let header = defaults.map(|own| &own.header);
        let header = self.role(Role::Header, problems, header, Part::header_converter);
        let ((key, k), (value, v), (header, h)) = (key?, value?, header?);
        Some(Codec {
            key,
            value,
            header,
            names: [k, v, h],
        })
    }

    /// Notes what is wrong with the converters that the worker's settings name.
    pub(super) fn worker_codec(&self, problems: &mut Problems) {
        let [key, value, header] = &self.settings.converters;
        if key.is_some() {
            self.role(Role::Key, problems, None, Part::converter);
        }
        if value.is_some() {
            self.role(Role::Value, problems, None, Part::converter);
        }
        if header.is_some() {
            self.role(Role::Header, problems, None, Part::header_converter);
        }
    }

    /// The connector's class with the connector's options; else the converters from code; else the worker's class
    /// with the worker's options; else the one that the plugins mark as default.
    fn role<T: ?Sized>(
        &self,
        role: Role,
        problems: &mut Problems,
        from_code: Option<&(Arc<T>, Str)>,
        build: impl Fn(&Part) -> Result<Arc<T>>,
    ) -> Option<(Arc<T>, Str)> {
        let blamed = format!("{}.converter", role.name());
        let prefix = format!("{blamed}.");
        let (own, worker) = match role {
            Role::Key => (&self.keys.key_converter, &self.settings.converters[0]),
            Role::Value => (&self.keys.value_converter, &self.settings.converters[1]),
            Role::Header => (&self.keys.header_converter, &self.settings.converters[2]),
        };
        let own_options = self.config.with_prefix(&prefix);
        let (class, options) = match (own, self.converters.is_some(), worker) {
            (Some(class), _, _) => (class.as_str(), own_options),
            (None, false, Some(class)) => {
                self.refuse_stray(&prefix, &own_options, problems);
                (class.as_str(), self.settings.map.with_prefix(&prefix))
            }
            (None, _, _) => {
                self.refuse_stray(&prefix, &own_options, problems);
                if let Some((converter, name)) = from_code {
                    return Some((Arc::clone(converter), name.clone()));
                }
                let default = self.plugins.default_header_converter();
                let Some(class) = default.filter(|_| role == Role::Header) else {
                    problems.add(&blamed, missing(role));
                    return None;
                };
                (class, ConfigMap::new())
            }
        };
        let found = self.plugins.find(role.kind(), class);
        let named = problems.take("", &blamed, found)?;
        let part = Part::new(named, options, self.quirks()).with("converter.type", role.name());
        let built = problems.take(&prefix, &blamed, build(&part))?;
        Some((built, part.name().into()))
    }

    /// Options of a converter that the connector does not name: Java ignores them, which surprises everybody.
    fn refuse_stray(&self, prefix: &str, options: &ConfigMap, problems: &mut Problems) {
        let class = prefix.trim_end_matches('.');
        for (key, _) in options.iter() {
            let why = format!(
                "it belongs to a converter of the connector's own, and \"{class}\" is not set"
            );
            self.without_effect(&format!("{prefix}{key}"), &why, problems);
        }
    }
}

fn missing(role: Role) -> String {
    let role = role.name();
    format!(
        "Missing {role} converter: expected `.converters(key, value, header)` on the worker or the connector, \
         or the setting \"{role}.converter\", found neither"
    )
}
