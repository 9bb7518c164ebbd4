//! Which registry is asked, and how.

use connect_api::{ConfigMap, TypedConfig, UnknownKeys};
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
    let mut map = ConfigMap::new();
    if let Some(path) = &options.config {
        let file = ConfigFile::read(path).await.map_err(|all| told(&all))?;
        map = of_registry(&file.options);
    }
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

/// Returns the options of a converter that has a registry, or all if none has.
fn of_registry(options: &ConfigMap) -> ConfigMap {
    let converters = PREFIXES.map(|prefix| options.with_prefix(prefix));
    let registered = converters.into_iter().find(|own| own.contains_key(URL));
    registered.unwrap_or_else(|| options.clone())
}
