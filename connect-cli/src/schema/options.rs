//! Which registry is asked, and how.

use std::path::Path;

use connect_api::{ConfigDef, ConfigMap, ConfigProblem, TypedConfig, UnknownKeys};
use connect_converters::registry::RegistryConfig;

use crate::{
    arguments::RegistryOptions,
    failure::{Failure, Result},
    files::ConfigFile,
    setup::told,
};

/// The prefixes of a converter's options, in the order in which they count.
const PREFIXES: [&str; 2] = ["value.converter.", "key.converter."];

const URL: &str = "schema.registry.url";

/// Reads the options of the registry; the address on the command line counts first.
pub(super) async fn registry(options: &RegistryOptions) -> Result<RegistryConfig> {
    let mut map = match &options.config {
        Some(path) => of_file(path).await?,
        None => ConfigMap::new(),
    };
    if let Some(url) = &options.registry {
        map.insert(URL, url);
    }
    if !map.contains_key(URL) {
        return Err(Failure::of_configuration(format!(
            "expected --registry with the address of a schema registry, or --config with a file that has `{URL}`, found \
             neither"
        )));
    }
    Ok(RegistryConfig::parse(&map, UnknownKeys::Ignore)?)
}

/// Reads the registry's options out of a file, which may be that of a connector or a worker.
async fn of_file(path: &Path) -> Result<ConfigMap> {
    let file = ConfigFile::read(path).await.map_err(|all| told(&all))?;
    let definition = RegistryConfig::definition();
    let prefix = prefix(&file.options, &definition);
    let below = ConfigDef::new().embed(prefix, "", 0, &definition);
    let problems = below.problems(&file.options, UnknownKeys::Ignore);
    // An address that is missing may stand on the command line.
    let wrong = problems
        .into_iter()
        .filter(|problem| file.options.contains_key(problem.key()));
    let keys = file.options.iter().map(|(key, _)| key);
    let referring = keys
        .filter(|key| below.knows(key) && file.refers(key))
        .map(|key| {
            let reason =
                "Must be the value itself: only a worker looks up what references stand for";
            ConfigProblem::invalid(key, "a reference", reason)
        });
    let complaints: Vec<_> = referring
        .chain(wrong)
        .map(|problem| file.complaint(problem))
        .collect();
    match complaints.is_empty() {
        true => Ok(file.options.with_prefix(prefix)),
        false => Err(told(&complaints)),
    }
}

/// Returns the prefix of the converter that has a registry: none where the options are the registry's own.
fn prefix(options: &ConfigMap, definition: &ConfigDef) -> &'static str {
    let having = |wanted: &dyn Fn(&str) -> bool| {
        let has = |prefix: &&str| {
            let own = options.with_prefix(prefix);
            own.iter().any(|(key, _)| wanted(key))
        };
        PREFIXES.into_iter().find(has)
    };
    having(&|key| key == URL)
        .or_else(|| having(&|key| definition.knows(key)))
        .unwrap_or_default()
}
