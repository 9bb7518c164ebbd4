//! Which registry is asked, and how.

use connect_api::{ConfigMap, TypedConfig, UnknownKeys};
use connect_converters::registry::RegistryConfig;

use crate::{
    arguments::RegistryOptions,
    failure::{Failure, Result},
    files::{Complaint, ConfigFile},
};

/// The prefixes of a converter's options, in the order in which they count.
const PREFIXES: [&str; 2] = ["value.converter.", "key.converter."];

const URL: &str = "schema.registry.url";

/// Reads the options of the registry; what stands on the command line counts first.
pub(super) async fn registry(options: &RegistryOptions) -> Result<RegistryConfig> {
    let mut map = match &options.config {
        Some(path) => {
            let file = ConfigFile::read(path).await;
            of_registry(&file.map_err(Complaint::all)?.options)
        }
        None => ConfigMap::default(),
    };
    if let Some(url) = &options.registry {
        map.extend([(URL, url)]);
    }
    if map.get(URL).is_none() {
        return Err(Failure::of_configuration(format!(
            "expected --registry with the address of a schema registry, or --config with a file that has `{URL}`, found \
             neither"
        )));
    }
    Ok(RegistryConfig::parse(&map, UnknownKeys::Ignored)?)
}

/// Returns the options below the prefix of a converter that has a registry, or all if none has.
fn of_registry(options: &ConfigMap) -> ConfigMap {
    let below = |prefix: &str| -> ConfigMap {
        let own = options
            .iter()
            .filter_map(|(key, value)| Some((key.strip_prefix(prefix)?, value)));
        own.collect()
    };
    let converters = PREFIXES.map(below);
    let registered = converters.into_iter().find(|own| own.get(URL).is_some());
    registered.unwrap_or_else(|| options.clone())
}
