//! [`ConfigProvider`]: where `${name:path:key}` is looked up.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;

use super::Secret;
use crate::Result;

/// Resolves references in configurations, such as `${env:PASSWORD}` or `${file:/run/db.properties:password}`.
///
/// The worker asks the providers that `config.providers` names: when it starts, when a connector starts or is restarted,
/// and again when values have expired. Whatever is stored or shown keeps the references.
#[async_trait]
pub trait ConfigProvider: Send + Sync + 'static {
    /// Looks up `keys` of `path`; without a path it is empty.
    ///
    /// # Contract
    ///
    /// - Keys that do not exist are left out of the answer, and no others are in it.
    /// - An error names the path, never a value. `Unavailable` is repeated.
    async fn get(&self, path: &str, keys: &[&str]) -> Result<ConfigData>;
}

/// What a provider found.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "meant to be built by literal")]
pub struct ConfigData {
    /// The values by key.
    pub values: BTreeMap<String, Secret>,
    /// How long they hold; `None` is for ever.
    pub ttl: Option<Duration>,
}
