//! [`Resolver`]: what references like `${env:PASSWORD}` stand for.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::Range,
    sync::Arc,
    time::Duration,
};

use connect_api::{
    Build, ConfigMap, ConfigProblem, ConfigProvider, Error, ErrorKind, Result, Secret,
};

use super::problems::{Problems, build};
use crate::plugins::{Kind, Plugins};

/// Looks up what references like `${env:PASSWORD}` stand for.
#[derive(Clone, Default)]
pub(crate) struct Resolver {
    /// By the names that `config.providers` gives them.
    providers: BTreeMap<String, Arc<dyn ConfigProvider>>,
}

/// A configuration with what its references stand for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resolved {
    pub(crate) config: ConfigMap,
    /// After that time some of it may be different.
    pub(crate) ttl: Option<Duration>,
    secrets: Secrets,
}

/// What must not be shown: the values that references stand for.
#[derive(Clone, Default)]
struct Secrets {
    /// The values of `keys` as they were written and as they are read.
    keys: BTreeMap<String, (String, String)>,
    /// Each reference and its value.
    values: BTreeMap<String, Secret>,
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
    const PROVIDERS: &str = "config.providers";

    /// Builds the providers that a worker's settings name.
    pub(crate) fn new(settings: &ConfigMap, plugins: &Plugins) -> Result<Self> {
        let mut problems = Problems::default();
        let mut providers = BTreeMap::new();
        let names = settings.get(Self::PROVIDERS).unwrap_or_default();
        for name in names
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
        {
            let prefix = format!("{}.{name}.", Self::PROVIDERS);
            let blamed = format!("{prefix}class");
            let class = settings.get(&blamed).map_or(name, str::trim);
            let options = settings.with_prefix(&format!("{prefix}param."));
            let provider = plugins.find(Kind::ConfigProvider, class).and_then(|named| {
                let what = format!("config provider `{class}`");
                build(&what, || match named.plugin.build() {
                    Build::ConfigProvider(new) => new(&options, named.unknown_keys),
                    other => Err(Error::config(format!(
                        "expected a provider, found a {}",
                        other.kind()
                    ))),
                })
            });
            if let Some(provider) = problems.take(&format!("{prefix}param."), &blamed, provider) {
                providers.insert(name.to_owned(), provider);
            }
        }
        problems.into_result(Some(Self { providers }))
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
        let mut resolved = Resolved {
            ttl: found.ttl,
            ..Resolved::default()
        };
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
            resolved.take(key, text, &found);
        }
        problems.into_result(Some(resolved))
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
            match self.providers[provider].get(path, &keys).await {
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
        !self.secrets.keys.is_empty()
    }

    /// Sets `key` to `text` with the values of its references.
    fn take(&mut self, key: &str, text: &str, found: &Found) {
        let (mut whole, mut rest) = (String::new(), 0);
        for reference in references(text) {
            if let Some(value) = found.value(&reference) {
                whole.push_str(&text[rest..reference.at.start]);
                whole.push_str(value.expose());
                rest = reference.at.end;
                self.secrets
                    .values
                    .insert(text[reference.at].to_owned(), value.clone());
            }
        }
        whole.push_str(&text[rest..]);
        if rest > 0 {
            let both = (text.to_owned(), whole.clone());
            self.secrets.keys.insert(key.to_owned(), both);
        }
        self.config.insert(key, whole);
    }

    /// Shows an error with the references instead of what they stand for.
    pub(crate) fn hide(&self, error: Error) -> Error {
        if !self.has_references() || error.problems().is_empty() {
            return error;
        }
        let problems = error.problems().iter().cloned();
        Error::invalid_config(problems.map(|problem| self.hide_in(problem)))
    }

    fn hide_in(&self, problem: ConfigProblem) -> ConfigProblem {
        let hide = |text: &str| self.secrets.hide(problem.key(), text);
        let message = hide(problem.message());
        if message == problem.message() {
            return problem;
        }
        // An alias is a part of keys.
        let mut hidden = ConfigProblem::new(hide(problem.key()), message);
        if let Some(expected) = problem.expected() {
            hidden = hidden.with_expected(hide(expected));
        }
        if let Some(found) = problem.found() {
            hidden = hidden.with_found(hide(found));
        }
        hidden
    }
}

impl Secrets {
    /// A shorter value may stand in a text by chance, and gives nothing away.
    const SHORTEST: usize = 4;

    fn hide(&self, key: &str, text: &str) -> String {
        let mut text = text.to_owned();
        if let Some((written, read)) = self.keys.get(key).filter(|(_, read)| !read.is_empty()) {
            text = text.replace(read, written);
        }
        for (reference, value) in &self.values {
            if value.expose().len() >= Self::SHORTEST {
                text = text.replace(value.expose(), reference);
            }
        }
        text
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

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}
