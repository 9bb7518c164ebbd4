//! [`Resolver`]: what references like `${env:PASSWORD}` stand for.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::Range,
    panic::AssertUnwindSafe,
    time::Duration,
};

use connect_api::{ConfigData, ConfigMap, ConfigProblem, Error, ErrorKind, Result, Secret};
use futures::FutureExt;
use tokio::time::timeout;

use super::{
    problems::Problems,
    providers::{Providers, providers},
};
use crate::{environment::panic_message, plugins::Plugins, secrets::Secrets};

/// Looks up what references like `${env:PASSWORD}` stand for.
#[derive(Clone, Default)]
pub(crate) struct Resolver {
    /// By the names that `config.providers` gives them.
    providers: Providers,
}

/// A configuration with what its references stand for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resolved {
    pub(crate) config: ConfigMap,
    /// After that time some of it may be different.
    pub(crate) ttl: Option<Duration>,
    pub(crate) secrets: Secrets,
    /// What was written and is read under keys with references.
    texts: BTreeMap<String, (String, String)>,
}

/// `${provider:key}` or `${provider:path:key}`, as a part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Reference<'a> {
    at: Range<usize>,
    provider: &'a str,
    path: &'a str,
    key: &'a str,
}

impl Resolver {
    /// How long a provider may take.
    const PATIENCE: Duration = Duration::from_secs(30);

    /// Builds the providers that a worker's settings name.
    pub(crate) fn new(settings: &ConfigMap, plugins: &Plugins) -> Result<Self> {
        let providers = providers(settings, plugins)?;
        Ok(Self { providers })
    }

    /// Replaces every reference of `raw` by what it stands for.
    ///
    /// References to providers that the worker does not have stay as they are: they may mean something to the plugin.
    ///
    /// # Errors
    ///
    /// `Config`: something that is referred to is not there; all of it is said at once. `Unavailable`: a provider does
    /// not answer.
    pub(crate) async fn resolve(&self, raw: &ConfigMap) -> Result<Resolved> {
        let found = self.look_up(raw).await?;
        let mut problems = Problems::default();
        for (key, text) in raw.iter() {
            for reference in references(text) {
                let provider = reference.provider;
                if !self.providers.contains_key(provider) {
                    tracing::warn!("`{key}`: there is no config provider `{provider}`");
                } else if found.value(&reference).is_none() {
                    let reason = found.why_missing(&reference);
                    let shown = &text[reference.at];
                    problems.extend([ConfigProblem::invalid(key, shown, reason)]);
                }
            }
        }
        problems.into_result(Some(Resolved::new(raw, &found)))
    }

    /// Asks each provider once per path.
    async fn look_up(&self, raw: &ConfigMap) -> Result<Found> {
        let mut wanted = BTreeMap::<(&str, &str), BTreeSet<&str>>::new();
        for reference in raw.iter().flat_map(|(_, text)| references(text)) {
            if self.providers.contains_key(reference.provider) {
                let keys = wanted.entry((reference.provider, reference.path));
                keys.or_default().insert(reference.key);
            }
        }
        let mut found = Found::default();
        for ((provider, path), keys) in wanted {
            let keys: Vec<&str> = keys.into_iter().collect();
            let at = (provider.to_owned(), path.to_owned());
            match self.ask(provider, path, &keys).await {
                Ok(data) => {
                    found.ttl = found.ttl.into_iter().chain(data.ttl).min();
                    found.values.insert(at, Ok(data.values));
                }
                Err(error) if error.kind() == ErrorKind::Unavailable => {
                    return Err(error.context(format!("config provider `{provider}`")));
                }
                Err(error) => {
                    found.values.insert(at, Err(error.report().to_string()));
                }
            }
        }
        Ok(found)
    }

    /// Asks a provider, for so long as it may take; its panic is an error.
    async fn ask(&self, provider: &str, path: &str, keys: &[&str]) -> Result<ConfigData> {
        let asked = AssertUnwindSafe(self.providers[provider].get(path, keys)).catch_unwind();
        match timeout(Self::PATIENCE, asked).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(panic)) => Err(Error::config(format!(
                "panicked: {}",
                panic_message(&*panic)
            ))),
            Err(_) => {
                let limit = Self::PATIENCE.as_secs();
                Err(Error::unavailable(format!(
                    "did not answer within {limit} s"
                )))
            }
        }
    }
}

/// What providers answered.
#[derive(Default)]
struct Found {
    /// By provider and path.
    values: BTreeMap<(String, String), Result<BTreeMap<String, Secret>, String>>,
    ttl: Option<Duration>,
}

impl Found {
    fn at(&self, reference: &Reference<'_>) -> Option<&Result<BTreeMap<String, Secret>, String>> {
        let at = (reference.provider.to_owned(), reference.path.to_owned());
        self.values.get(&at)
    }

    fn value(&self, reference: &Reference<'_>) -> Option<&Secret> {
        self.at(reference)?.as_ref().ok()?.get(reference.key)
    }

    fn why_missing(&self, reference: &Reference<'_>) -> &str {
        match self.at(reference) {
            Some(Err(error)) => error,
            _ => "there is no such value",
        }
    }
}

impl Resolved {
    /// Returns whether it stands for anything else than what was written.
    pub(crate) fn has_references(&self) -> bool {
        !self.texts.is_empty()
    }

    /// Returns it with what the values of `found` are.
    fn new(raw: &ConfigMap, found: &Found) -> Self {
        let mut resolved = Self {
            ttl: found.ttl,
            ..Self::default()
        };
        let mut values = BTreeMap::new();
        for (key, written) in raw.iter() {
            let (mut read, mut rest) = (String::new(), 0);
            for reference in references(written) {
                if let Some(value) = found.value(&reference) {
                    read.push_str(&written[rest..reference.at.start]);
                    read.push_str(value.expose());
                    rest = reference.at.end;
                    values.insert(written[reference.at].to_owned(), value.clone());
                }
            }
            read.push_str(&written[rest..]);
            if rest > 0 {
                let both = (written.to_owned(), read.clone());
                resolved.texts.insert(key.to_owned(), both);
            }
            resolved.config.insert(key, read);
        }
        resolved.secrets = Secrets::new(values);
        resolved
    }

    /// Shows an error with the references instead of what they stand for.
    pub(crate) fn hide(&self, error: Error) -> Error {
        if error.problems().is_empty() {
            return self.secrets.hide_in_error(error);
        }
        let problems = error.problems().iter();
        let problems = problems.map(|problem| self.hide_in_own(problem));
        self.secrets.hide_in_error(Error::invalid_config(problems))
    }

    /// Hides the value of the problem's own key, however short it is.
    fn hide_in_own(&self, problem: &ConfigProblem) -> ConfigProblem {
        let own = self.texts.get(problem.key());
        let (Some((written, read)), Some(found)) = (own, problem.found()) else {
            return problem.clone();
        };
        if found != read.trim() {
            return problem.clone();
        }
        let (shown, hidden) = (format!("value {found} "), format!("value {written} "));
        let message = problem.message().replacen(&shown, &hidden, 1);
        let hidden = ConfigProblem::new(problem.key(), message).with_found(written);
        match problem.expected() {
            Some(expected) => hidden.with_expected(expected),
            None => hidden,
        }
    }
}

/// Finds the references of a text, as Java's `\$\{([^}]*?):(([^}]*?):)?([^}]*?)\}` does.
fn references(text: &str) -> impl Iterator<Item = Reference<'_>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        while let Some(start) = text[from..].find("${").map(|at| from + at) {
            let inside = start + 2;
            let end = inside + text[inside..].find('}')?;
            from = end + 1;
            if let Some((provider, rest)) = text[inside..end].split_once(':') {
                let (path, key) = rest.split_once(':').unwrap_or(("", rest));
                let at = start..from;
                return Some(Reference {
                    at,
                    provider,
                    path,
                    key,
                });
            }
        }
        None
    })
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.providers.keys()).finish()
    }
}
