//! [`BasicAuthConfig`], [`BearerAuthConfig`]: who asks.

use connect_api::Secret;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// User and password.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct BasicAuthConfig {
    /// Where user and password are: in the addresses (`URL`), or in `basic.auth.user.info` (`USER_INFO`).
    ///
    /// By default in that key if it is set, and otherwise in the addresses.
    #[schemars(extend("x-importance" = "medium", "x-group" = "Credentials"))]
    pub credentials_source: Option<BasicSource>,
    /// `user:password`.
    #[schemars(extend("x-importance" = "medium", "x-group" = "Credentials"))]
    pub user_info: Option<Secret>,
}

/// Where user and password are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum BasicSource {
    /// In the addresses.
    Url,
    /// In `basic.auth.user.info`.
    UserInfo,
}

/// A token, or where it comes from.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct BearerAuthConfig {
    /// Where the token is: in `bearer.auth.token` (`STATIC_TOKEN`), or at an OAuth 2 server (`OAUTHBEARER`).
    ///
    /// By default in that key if it is set, and otherwise there is none.
    #[schemars(extend("x-importance" = "medium", "x-group" = "Credentials"))]
    pub credentials_source: Option<BearerSource>,
    /// The token.
    #[schemars(extend("x-importance" = "medium", "x-group" = "Credentials"))]
    pub token: Option<Secret>,
    /// The address that gives tokens for client credentials.
    #[schemars(extend("x-importance" = "medium", "x-group" = "Credentials"))]
    pub issuer_endpoint_url: Option<String>,
    /// The client's name at that server.
    #[schemars(extend("x-importance" = "medium", "x-group" = "Credentials"))]
    pub client_id: Option<String>,
    /// The client's secret at that server.
    #[schemars(extend("x-importance" = "medium", "x-group" = "Credentials"))]
    pub client_secret: Option<Secret>,
    /// The scope that tokens are asked for.
    #[schemars(extend("x-importance" = "medium", "x-group" = "Credentials"))]
    pub scope: Option<String>,
    /// The registry that is meant, for servers with several: the header `target-sr-cluster`.
    #[schemars(extend("x-importance" = "medium", "x-group" = "Credentials"))]
    pub logical_cluster: Option<String>,
    /// The pool of identities that is meant: the header `Confluent-Identity-Pool-Id`.
    #[schemars(extend("x-importance" = "medium", "x-group" = "Credentials"))]
    pub identity_pool_id: Option<String>,
    /// How many seconds before its end a token is replaced; at the latest after four fifths of its life.
    #[schemars(range(min = 0, max = 3600))]
    #[schemars(extend("x-importance" = "low", "x-group" = "Credentials"))]
    pub cache_expiry_buffer_seconds: i16,
}

impl Default for BearerAuthConfig {
    fn default() -> Self {
        Self {
            credentials_source: None,
            token: None,
            issuer_endpoint_url: None,
            client_id: None,
            client_secret: None,
            scope: None,
            logical_cluster: None,
            identity_pool_id: None,
            cache_expiry_buffer_seconds: 300,
        }
    }
}

/// Where a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[non_exhaustive]
pub enum BearerSource {
    /// In `bearer.auth.token`.
    #[serde(rename = "STATIC_TOKEN")]
    StaticToken,
    /// At an OAuth 2 server.
    #[serde(rename = "OAUTHBEARER")]
    OAuthBearer,
}
