//! [`client`]: from the names of Kafka's Java clients to those of librdkafka.
//!
//! Users write the settings of clients under Java's names, and the same text has to mean the same thing here. Each key of
//! Java's definitions stands in a table with its type and what becomes of it: it is passed on, converted, or has no
//! effect for a reason that is told. librdkafka's own names work too, and win; those that would take the ground from
//! under the runtime are refused. What Java does not know is ignored with a warning, as Java does.

mod ciphers;
mod connection;
mod consumer;
mod defaults;
mod draft;
mod jaas;
mod kerberos;
mod limits;
mod native;
mod oauth;
mod origin;
mod pem;
mod producer;
mod sasl;
mod setting;
mod ssl;
mod stores;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt, time::Duration};

use connect_api::{ConfigMap, ConfigProblem};

use self::{
    draft::{ALIASES, Draft},
    native::Native,
    setting::{Fate, Setting},
};

#[cfg(any(test, fuzzing))]
pub(crate) use self::jaas::fuzz as fuzz_jaas;
pub(crate) use self::origin::inherited;

/// Which client is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientKind {
    /// A producer without transactions.
    Producer,
    /// A producer whose transactions the broker aborts after this time.
    Transactional(Duration),
    /// A consumer, also one without a group.
    Consumer,
    Admin,
}

/// The settings of a client under librdkafka's names.
///
/// `Debug` prints the names only, since values may be secrets.
#[derive(Default)]
pub(crate) struct Translated {
    pub(crate) properties: BTreeMap<String, String>,
    /// What was written and does not happen, or not as it was written.
    pub(crate) warnings: Vec<Warning>,
    /// What is wrong. With any, no client may be made.
    pub(crate) problems: Vec<ConfigProblem>,
}

/// A setting that has no effect, or another one than was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Warning {
    /// The key as it was written.
    pub(crate) key: String,
    /// What is said about it; never a secret.
    pub(crate) message: String,
}

/// Translates the settings of one client, defaults of the runtime included.
///
/// `java` has no prefixes such as `producer.override.`, and what the runtime reads itself was taken out.
pub(crate) fn client(kind: ClientKind, client_id: &str, java: &ConfigMap) -> Translated {
    let mut draft = Draft::new(kind, java);
    draft.set("client.id", client_id);
    defaults::of(kind)
        .into_iter()
        .flatten()
        .for_each(|(name, value)| draft.set(name, *value));
    if let ClientKind::Transactional(timeout) = kind {
        limits::transaction(&mut draft, timeout);
    }
    let mut native = Vec::new();
    for (key, text) in java.iter() {
        match find(kind, key) {
            Known::Java(setting) => translate(&mut draft, setting, key, text),
            Known::Native(what) => native.push((key, text, what)),
            Known::Elsewhere(clients) => {
                draft.has_no_effect(key, &format!("it is a setting of {clients}"));
            }
            Known::Nowhere => draft.is_unknown(key, names(kind)),
        }
    }
    ssl::join(&mut draft);
    sasl::join(&mut draft);
    for (key, text, what) in native {
        match what {
            Native::Passed => draft.set(draft::canonical(key), text.trim()),
            // It may be a key.
            Native::Refused(reason) if key.starts_with("ssl") => draft.refuse_hidden(key, reason),
            Native::Refused(reason) => draft.refuse(key, text.trim(), reason),
        }
    }
    kerberos::settle(&mut draft);
    limits::settle(&mut draft);
    draft.into_translated()
}

/// What a key is to a kind of client.
enum Known {
    Java(&'static Setting),
    Native(Native),
    /// A setting of these clients.
    Elsewhere(&'static str),
    Nowhere,
}

fn find(kind: ClientKind, key: &str) -> Known {
    let java = ALIASES.iter().find(|(alias, _)| *alias == key);
    let name = java.map_or(key, |(_, java)| java);
    let is = |setting: &&Setting| setting.is(name);
    let others = [
        (producer::SETTINGS, "producers"),
        (consumer::SETTINGS, "consumers"),
        (connection::ADMIN, "admin clients"),
    ];
    if let Some(setting) = settings(kind).find(is) {
        return Known::Java(setting);
    }
    if let Some(native) = native::find(kind, key) {
        return native.map_or_else(Known::Elsewhere, Known::Native);
    }
    let other = others
        .iter()
        .find(|(table, _)| table.iter().any(|s| is(&s)));
    other.map_or(Known::Nowhere, |(_, clients)| Known::Elsewhere(clients))
}

/// Iterates over the keys of Java that a kind of client has.
fn settings(kind: ClientKind) -> impl Iterator<Item = &'static Setting> {
    let own = match kind {
        ClientKind::Producer | ClientKind::Transactional(_) => producer::SETTINGS,
        ClientKind::Consumer => consumer::SETTINGS,
        ClientKind::Admin => connection::ADMIN,
    };
    let all = [own, connection::SETTINGS, ssl::SETTINGS, sasl::SETTINGS];
    all.into_iter().flatten()
}

/// Iterates over every name that a kind of client knows.
fn names(kind: ClientKind) -> impl Iterator<Item = &'static str> {
    let java = settings(kind).map(|setting| setting.key);
    java.chain(native::names(kind))
}

fn translate(draft: &mut Draft<'_>, setting: &Setting, key: &str, text: &str) {
    if key != setting.key && draft.java.contains_key(setting.key) {
        draft.has_no_effect(key, &format!("`{}` is set, which is the same", setting.key));
        return;
    }
    if let Some(problem) = setting.problem(key, text) {
        draft.problems.push(problem);
        return;
    }
    if let Some(subject) = setting.subject().filter(|subject| !draft.uses(*subject)) {
        draft.has_no_effect(key, &format!("it needs {}", subject.needs()));
        return;
    }
    let text = text.trim();
    match setting.fate {
        Fate::Passed(name) => draft.set(name, text),
        // Its type says that it is a number.
        Fate::Bounded(name, min, max) => {
            let number = text.parse().unwrap_or(min);
            draft.set_within(key, name, number, min..=max);
        }
        Fate::Decided(_, decide) => decide(draft, key, text),
        Fate::Joined(..) => {}
        Fate::Taken(reason) | Fate::Void(reason) => draft.has_no_effect(key, reason),
    }
}

impl fmt::Debug for Translated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Translated")
            .field("properties", &self.properties.keys())
            .field("warnings", &self.warnings)
            .field("problems", &self.problems)
            .finish()
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
