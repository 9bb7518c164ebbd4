//! [`DirectoryProvider`]: files with one value each.

use std::{
    collections::BTreeMap,
    path::{Component, Path},
};

use async_trait::async_trait;
use connect_api::{ConfigData, ConfigProvider, Error, Result, Secret};

use super::paths::Paths;

/// Looks up the files of a directory, each of which is one value: `${dir:/run/secrets:password}`.
pub(super) struct DirectoryProvider(Paths);

impl DirectoryProvider {
    #[expect(clippy::unnecessary_wraps, reason = "what plugins are built with")]
    pub(super) fn new(paths: Paths) -> Result<Self> {
        Ok(Self(paths))
    }
}

#[async_trait]
impl ConfigProvider for DirectoryProvider {
    async fn get(&self, path: &str, keys: &[&str]) -> Result<ConfigData> {
        let mut values = BTreeMap::new();
        for key in keys {
            if !is_file_name(key) {
                let message = format!("expected the name of a file in `{path}`, found `{key}`");
                return Err(Error::config(message));
            }
            if let Some(text) = self.0.read(&Path::new(path).join(key)).await? {
                values.insert((*key).to_owned(), Secret::new(text));
            }
        }
        let ttl = self.0.ttl();
        Ok(ConfigData { values, ttl })
    }
}

fn is_file_name(key: &str) -> bool {
    let mut parts = Path::new(key).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(name)), None) if name == key)
}
