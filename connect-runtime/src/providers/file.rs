//! [`FileProvider`]: properties files.

use std::{collections::BTreeMap, path::Path};

use async_trait::async_trait;
use connect_api::{ConfigData, ConfigProvider, Error, Result, Secret};

use super::paths::Paths;
use crate::properties;

/// Looks up the properties of a file: `${file:/etc/shop/db.properties:password}`.
pub(super) struct FileProvider(Paths);

impl FileProvider {
    #[expect(clippy::unnecessary_wraps, reason = "what plugins are built with")]
    pub(super) fn new(paths: Paths) -> Result<Self> {
        Ok(Self(paths))
    }
}

#[async_trait]
impl ConfigProvider for FileProvider {
    async fn get(&self, path: &str, keys: &[&str]) -> Result<ConfigData> {
        let Some(text) = self.0.read(Path::new(path)).await? else {
            return Err(Error::config(format!("there is no file `{path}`")));
        };
        let entries = properties::parse(&text).map_err(|mistakes| {
            let lines: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
            Error::config(format!("{path}: {}", lines.join("; ")))
        })?;
        let wanted = entries
            .into_iter()
            .filter(|entry| keys.contains(&&*entry.key));
        let values: BTreeMap<_, _> = wanted
            .map(|entry| (entry.key, Secret::new(entry.value)))
            .collect();
        let ttl = self.0.ttl();
        Ok(ConfigData { values, ttl })
    }
}
