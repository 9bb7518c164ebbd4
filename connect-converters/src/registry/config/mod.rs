//! [`RegistryConfig`]: where a registry is, and how it is asked.

mod credentials;
mod ssl;

use std::{borrow::Cow, collections::BTreeMap, fmt};

use connect_api::{Millis, Secret};
use schemars::JsonSchema;
use serde::Deserialize;

pub use self::{
    credentials::{BasicAuthConfig, BasicSource, BearerAuthConfig, BearerSource},
    ssl::SslConfig,
};

/// The options of everything that asks a schema registry.
///
/// Keys and defaults are those of Confluent's converters; it is meant to be flattened into the options of one. A key of
/// theirs that is not here is unknown: rules (`rule.executors`, `rule.actions`) are not run, so a schema that has some
/// is refused; credentials come from no SASL login, class or managed identity.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[non_exhaustive]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each one is a key of Confluent's"
)]
pub struct RegistryConfig {
    /// The addresses of the registry, split at commas.
    ///
    /// The one that answered last is asked first, and the next one when it fails. An address may have a path
    /// (`http://apicurio:8080/apis/ccompat/v7`), and name user and password, percent-encoded if need be.
    #[schemars(extend(
        "x-importance" = "high",
        "x-group" = "Schema Registry",
        "x-display-name" = "Schema Registry URL"
    ))]
    pub schema_registry_url: Vec<RegistryUrl>,
    /// Whether a random address is asked first.
    #[serde(default)]
    #[schemars(extend("x-importance" = "low", "x-group" = "Schema Registry"))]
    pub schema_registry_url_randomize: bool,
    /// Whether the registry ignores differences between schemas that mean nothing, such as an order.
    #[serde(default)]
    #[schemars(extend("x-importance" = "medium", "x-group" = "Schema Registry"))]
    pub normalize_schemas: bool,
    /// Headers of every request: `request.header.X-Tenant=shop`.
    #[serde(default)]
    #[schemars(extend("x-importance" = "low", "x-group" = "Schema Registry"))]
    pub request_header: BTreeMap<String, Secret>,
    /// The user and password for all addresses.
    #[serde(default)]
    pub basic_auth: BasicAuthConfig,
    /// `user:password`; an older name of `basic.auth.user.info`.
    #[serde(default)]
    #[schemars(extend("x-importance" = "low", "x-group" = "Schema Registry"))]
    pub schema_registry_basic_auth_user_info: Option<Secret>,
    /// The token for all addresses, or where it comes from.
    #[serde(default)]
    pub bearer_auth: BearerAuthConfig,
    /// What https goes by.
    #[serde(default)]
    pub schema_registry_ssl: SslConfig,
    /// How requests are made, and repeated.
    #[serde(flatten)]
    pub http: HttpConfig,
    /// What is kept of the answers.
    #[serde(flatten)]
    pub caches: CacheConfig,
}

impl RegistryConfig {
    /// Asks the registry at these addresses, with everything else as it is by default.
    pub fn new<U: Into<String>>(urls: impl IntoIterator<Item = U>) -> Self {
        Self {
            schema_registry_url: urls.into_iter().map(RegistryUrl::new).collect(),
            schema_registry_url_randomize: false,
            normalize_schemas: false,
            request_header: BTreeMap::new(),
            basic_auth: BasicAuthConfig::default(),
            schema_registry_basic_auth_user_info: None,
            bearer_auth: BearerAuthConfig::default(),
            schema_registry_ssl: SslConfig::default(),
            http: HttpConfig::default(),
            caches: CacheConfig::default(),
        }
    }
}

/// An address of a registry, which is printed without what it says before an `@`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct RegistryUrl(String);

impl RegistryUrl {
    /// Takes an address as it is written.
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RegistryUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.rsplit_once('@'), self.0.split_once("://")) {
            (None, _) => f.write_str(&self.0),
            (Some((_, host)), Some((scheme, _))) => write!(f, "{scheme}://{host}"),
            (Some((_, host)), None) => f.write_str(host),
        }
    }
}

impl fmt::Debug for RegistryUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl JsonSchema for RegistryUrl {
    fn schema_name() -> Cow<'static, str> {
        "RegistryUrl".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }
}

/// How requests are made, and repeated.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct HttpConfig {
    /// The proxy that requests go through; none by default, whatever the environment says.
    #[schemars(extend("x-importance" = "low", "x-group" = "Requests"))]
    pub proxy_host: Option<String>,
    /// The port of the proxy.
    #[schemars(range(min = -1, max = 65535))]
    #[schemars(extend("x-importance" = "low", "x-group" = "Requests"))]
    pub proxy_port: i32,
    /// How long connecting may take; 0 is without limit.
    #[schemars(extend("x-importance" = "low", "x-group" = "Requests"))]
    pub http_connect_timeout_ms: Millis,
    /// How long a whole answer may take, once connected; 0 is without limit.
    #[schemars(extend("x-importance" = "low", "x-group" = "Requests"))]
    pub http_read_timeout_ms: Millis,
    /// How often a request is repeated at all addresses if none answers it, or only with 408, 429 or 5xx.
    #[schemars(range(max = 2_147_483_647))]
    #[schemars(extend("x-importance" = "low", "x-group" = "Requests"))]
    pub max_retries: u32,
    /// The longest pause before the first repetition; it doubles, and the pause is random below it.
    #[schemars(extend("x-importance" = "low", "x-group" = "Requests"))]
    pub retries_wait_ms: Millis,
    /// The longest pause before any repetition; if the registry asks for more, the request fails and is not repeated.
    #[schemars(extend("x-importance" = "low", "x-group" = "Requests"))]
    pub retries_max_wait_ms: Millis,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            proxy_host: None,
            proxy_port: -1,
            http_connect_timeout_ms: Millis::new(60_000),
            http_read_timeout_ms: Millis::new(60_000),
            max_retries: 3,
            retries_wait_ms: Millis::new(1000),
            retries_max_wait_ms: Millis::new(20_000),
        }
    }
}

/// What is kept of the answers.
///
/// Schemas are kept for ever under their numbers, as these never change.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct CacheConfig {
    /// How many schemas are kept, for each way to ask for them.
    #[schemars(range(min = 1, max = 2_147_483_647))]
    #[schemars(extend("x-importance" = "low", "x-group" = "Caches"))]
    pub max_schemas_per_subject: u32,
    /// How many latest versions are kept.
    #[schemars(range(min = 1, max = 2_147_483_647))]
    #[schemars(extend("x-importance" = "low", "x-group" = "Caches"))]
    pub latest_cache_size: u32,
    /// For how many seconds a latest version counts as such: at least one; -1 is for ever.
    #[schemars(range(min = -1))]
    #[schemars(extend("x-importance" = "low", "x-group" = "Caches"))]
    pub latest_cache_ttl_sec: i64,
    /// How many answers are kept that say that something is missing.
    #[schemars(range(min = 1, max = 2_147_483_647))]
    #[schemars(extend("x-importance" = "low", "x-group" = "Caches"))]
    pub missing_cache_size: u32,
    /// For how many seconds a number without a schema is not asked for again.
    #[schemars(extend("x-importance" = "low", "x-group" = "Caches"))]
    pub missing_id_cache_ttl_sec: u32,
    /// For how many seconds a missing version is not asked for again.
    #[schemars(extend("x-importance" = "low", "x-group" = "Caches"))]
    pub missing_version_cache_ttl_sec: u32,
    /// For how many seconds a schema that is not registered is not looked up again.
    #[schemars(extend("x-importance" = "low", "x-group" = "Caches"))]
    pub missing_schema_cache_ttl_sec: u32,
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self {
            max_schemas_per_subject: 1000,
            latest_cache_size: 1000,
            latest_cache_ttl_sec: -1,
            missing_cache_size: 10_000,
            missing_id_cache_ttl_sec: 0,
            missing_version_cache_ttl_sec: 0,
            missing_schema_cache_ttl_sec: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_printed_without_its_password() {
        for (written, printed) in [
            ("http://user:p@ss@host:8081/x", "http://host:8081/x"),
            ("user:pass@host", "host"),
            ("http://host", "http://host"),
        ] {
            assert_eq!(format!("{:?}", RegistryUrl::new(written)), printed);
        }
    }
}
