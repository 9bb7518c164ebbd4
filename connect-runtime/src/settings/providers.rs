//! The config providers that a worker's settings name.

use std::{collections::BTreeMap, sync::Arc};

use connect_api::{Build, ConfigMap, ConfigProblem, ConfigProvider, Error, Result, UnknownKeys};

use super::problems::{Problems, build};
use crate::plugins::{Kind, Plugins};

/// Providers by the names that `config.providers` gives them.
pub(super) type Providers = BTreeMap<String, Arc<dyn ConfigProvider>>;

const PROVIDERS: &str = "config.providers";

/// Builds the providers; whatever stands below `config.providers` has to mean something, since it may be an allow-list.
pub(super) fn providers(settings: &ConfigMap, plugins: &Plugins) -> Result<Providers> {
    let mut problems = Problems::default();
    let names = settings.get(PROVIDERS).unwrap_or_default().split(',');
    let names: Vec<_> = names
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    let providers = names.iter().filter_map(|name| {
        let provider = provider(name, settings, plugins, &mut problems)?;
        Some(((*name).to_owned(), provider))
    });
    let providers = providers.collect();
    problems.extend(strays(settings, &names));
    problems.into_result(Some(providers))
}

fn provider(
    name: &str,
    settings: &ConfigMap,
    plugins: &Plugins,
    problems: &mut Problems,
) -> Option<Arc<dyn ConfigProvider>> {
    let prefix = format!("{PROVIDERS}.{name}.");
    let blamed = format!("{prefix}class");
    let class = settings.get(&blamed).map_or(name, str::trim);
    let prefix = format!("{prefix}param.");
    let options = settings.with_prefix(&prefix);
    let found = plugins.find(Kind::ConfigProvider, class);
    let provider = found.and_then(|named| {
        let what = format!("config provider `{class}`");
        // Under a Java name too: a misspelled allow-list must not allow everything.
        build(&what, || match named.plugin.build() {
            Build::ConfigProvider(new) => new(&options, UnknownKeys::Refuse),
            other => Err(Error::config(format!(
                "expected a provider, found a {}",
                other.kind()
            ))),
        })
    });
    problems.take(&prefix, &blamed, provider)
}

/// Finds the keys below `config.providers` that belong to no provider.
fn strays(settings: &ConfigMap, names: &[&str]) -> Vec<ConfigProblem> {
    let below = settings.with_prefix(&format!("{PROVIDERS}."));
    let mut strays = Vec::new();
    for (key, _) in below.iter() {
        let of = |name: &&&str| {
            key.strip_prefix(**name)
                .is_some_and(|rest| rest.starts_with('.'))
        };
        let name = names.iter().find(of);
        let rest = name.map(|name| &key[name.len() + 1..]);
        if rest.is_some_and(|rest| rest == "class" || rest.starts_with("param.")) {
            continue;
        }
        let rest = rest.or_else(|| key.split_once('.').map(|(_, rest)| rest));
        let tail = match rest.and_then(|rest| rest.split_once('.')) {
            Some((_, option)) => format!("param.{option}"),
            None => "class".to_owned(),
        };
        let known: Vec<_> = names
            .iter()
            .map(|name| format!("{PROVIDERS}.{name}.{tail}"))
            .collect();
        let key = format!("{PROVIDERS}.{key}");
        strays.push(ConfigProblem::unknown(
            key,
            known.iter().map(String::as_str),
        ));
    }
    strays
}
