//! [`Draft`]: the settings of a client while they are translated.

use std::{collections::BTreeMap, ops::RangeInclusive};

use connect_api::{ConfigKey, ConfigMap, ConfigProblem};

use super::{ClientKind, Translated, Warning};

/// Other names that librdkafka has for settings of Java's: its name, Java's.
pub(super) const ALIASES: &[(&str, &str)] = &[
    ("auto.commit.enable", "enable.auto.commit"),
    ("compression.codec", "compression.type"),
    ("fetch.message.max.bytes", "max.partition.fetch.bytes"),
    ("max.in.flight", "max.in.flight.requests.per.connection"),
    ("message.send.max.retries", "retries"),
    ("metadata.broker.list", "bootstrap.servers"),
    ("request.required.acks", "acks"),
    ("sasl.mechanisms", "sasl.mechanism"),
    (
        "sasl.oauthbearer.client.id",
        "sasl.oauthbearer.client.credentials.client.id",
    ),
    (
        "sasl.oauthbearer.client.secret",
        "sasl.oauthbearer.client.credentials.client.secret",
    ),
];

/// Returns the one name under which a setting of librdkafka's with two names is set.
pub(super) fn canonical(name: &str) -> &str {
    match name {
        // Unlike Java's key it may have a fraction.
        "queue.buffering.max.ms" => "linger.ms",
        name => name,
    }
}

/// What settings that are read together are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Tls,
    Sasl,
    /// OAUTHBEARER, whose settings some builds of librdkafka refuse even where they mean nothing.
    Tokens,
}

impl Subject {
    /// Says what it needs.
    pub(super) fn needs(self) -> &'static str {
        match self {
            Self::Tls => "`security.protocol=SSL` or `SASL_SSL`",
            Self::Sasl => "`security.protocol=SASL_SSL` or `SASL_PLAINTEXT`",
            Self::Tokens => "`sasl.mechanism=OAUTHBEARER`, and a protocol with SASL",
        }
    }
}

/// The settings of a client while they are translated.
pub(super) struct Draft<'a> {
    pub(super) kind: ClientKind,
    /// What was written.
    pub(super) java: &'a ConfigMap,
    pub(super) properties: BTreeMap<String, String>,
    pub(super) problems: Vec<ConfigProblem>,
    warnings: Vec<Warning>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(kind: ClientKind, java: &'a ConfigMap) -> Self {
        Self {
            kind,
            java,
            properties: BTreeMap::new(),
            problems: Vec::new(),
            warnings: Vec::new(),
        }
    }

    pub(super) fn into_translated(self) -> Translated {
        Translated {
            properties: self.properties,
            warnings: self.warnings,
            problems: self.problems,
        }
    }

    /// Returns what was written for a key, or for librdkafka's other name of it.
    pub(super) fn get(&self, key: &str) -> Option<&'a str> {
        let alias = || ALIASES.iter().find(|(_, java)| *java == key);
        let other = || alias().and_then(|(alias, _)| self.java.get(alias));
        self.java.get(key).or_else(other).map(str::trim)
    }

    /// Returns whether protocol and mechanism have `subject`.
    pub(super) fn uses(&self, subject: Subject) -> bool {
        let protocol = self.get("security.protocol").unwrap_or_default();
        let protocol = protocol.to_ascii_lowercase();
        match subject {
            Subject::Tls => protocol.ends_with("ssl"),
            Subject::Sasl => protocol.starts_with("sasl"),
            Subject::Tokens => {
                self.uses(Subject::Sasl) && self.get("sasl.mechanism") == Some("OAUTHBEARER")
            }
        }
    }

    /// Sets a property of librdkafka's.
    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.properties.insert(name.to_owned(), value.into());
    }

    /// Sets a property to the number within `bounds` that is nearest, and says so if it is another one.
    pub(super) fn set_within(
        &mut self,
        key: &str,
        name: &str,
        number: i64,
        bounds: RangeInclusive<i64>,
    ) {
        let (min, max) = bounds.into_inner();
        let used = number.clamp(min, max);
        self.set(name, used.to_string());
        if used != number {
            let message =
                format!("`{key}` is {used}, not {number}: librdkafka takes {min} to {max}");
            self.warn(key, message);
        }
    }

    /// Returns the number that a property is set to.
    pub(super) fn number(&self, name: &str) -> Option<i64> {
        self.properties.get(name)?.parse().ok()
    }

    /// Says why a setting has no effect.
    pub(super) fn has_no_effect(&mut self, key: &str, reason: &str) {
        self.warn(key, format!("`{key}` has no effect: {reason}"));
    }

    /// Says that nobody knows a key, and which one was probably meant.
    pub(super) fn is_unknown(&mut self, key: &str, known: impl Iterator<Item = &'static str>) {
        let unknown = ConfigProblem::unknown(key, known);
        let meant = unknown.nearest().map_or_else(String::new, |nearest| {
            format!("; did you mean `{nearest}`?")
        });
        self.warn(
            key,
            format!("`{key}` has no effect: no client knows it{meant}"),
        );
    }

    pub(super) fn warn(&mut self, key: &str, message: String) {
        self.warnings.push(Warning {
            key: key.to_owned(),
            message,
        });
    }

    /// Refuses a value that may be shown.
    pub(super) fn refuse(&mut self, key: &str, found: &str, reason: &str) {
        self.problems
            .push(ConfigProblem::invalid(key, found, reason));
    }

    /// Refuses a value that must not be shown.
    pub(super) fn refuse_hidden(&mut self, key: &str, reason: &str) {
        self.refuse(key, ConfigKey::HIDDEN, reason);
    }
}
