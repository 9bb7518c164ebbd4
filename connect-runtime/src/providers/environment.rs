//! [`EnvironmentProvider`]: environment variables.

use std::{collections::BTreeMap, env};

use async_trait::async_trait;
use connect_api::{ConfigData, ConfigProblem, ConfigProvider, Error, Result, Secret};
use regex::Regex;

use crate::pattern::whole;
use schemars::JsonSchema;
use serde::Deserialize;

/// Looks up environment variables: `${env:PASSWORD}`.
pub(super) struct EnvironmentProvider {
    allowed: Regex,
}

/// Which environment variables may be looked up.
#[derive(Deserialize, JsonSchema)]
pub(super) struct EnvironmentOptions {
    /// A regular expression that matches the whole names of the variables that may be looked up.
    #[serde(default = "any")]
    allowlist_pattern: String,
}

fn any() -> String {
    ".*".to_owned()
}

impl EnvironmentProvider {
    pub(super) fn new(options: EnvironmentOptions) -> Result<Self> {
        let pattern = options.allowlist_pattern;
        let allowed = whole(&pattern).map_err(|error| {
            let reason = format!("Must be a valid regular expression: {error}");
            Error::invalid_config([ConfigProblem::invalid("allowlist.pattern", pattern, reason)])
        })?;
        Ok(Self { allowed })
    }
}

#[async_trait]
impl ConfigProvider for EnvironmentProvider {
    async fn get(&self, path: &str, keys: &[&str]) -> Result<ConfigData> {
        if !path.is_empty() {
            let message =
                format!("expected the name of a variable alone, found the path `{path}` too");
            return Err(Error::config(message));
        }
        let mut values = BTreeMap::new();
        for key in keys.iter().filter(|key| self.allowed.is_match(key)) {
            match env::var(key) {
                Ok(value) => {
                    values.insert((*key).to_owned(), Secret::new(value));
                }
                Err(env::VarError::NotPresent) => {}
                Err(env::VarError::NotUnicode(_)) => {
                    return Err(Error::config(format!(
                        "environment variable `{key}`: expected UTF-8"
                    )));
                }
            }
        }
        Ok(ConfigData { values, ttl: None })
    }
}
