//! [`Authorization`]: who asks.

use connect_api::{ConfigProblem, Error, Result, Secret};
use reqwest::{Client, header::HeaderValue};

use super::{
    super::{
        BasicSource, BearerSource, RegistryConfig,
        settings::{filled, required},
    },
    address::{Address, Addresses, basic},
    exchange::Exchange,
    failure::Failure,
    oauth::OAuth,
    sensitive,
};

/// Who asks.
pub(super) enum Authorization {
    /// Whom the address names, if it names somebody.
    Address,
    Fixed(HeaderValue),
    OAuth(OAuth),
}

impl Authorization {
    pub(super) fn new(config: &RegistryConfig) -> Result<Self> {
        match sources(config)? {
            (_, Some(BearerSource::OAuthBearer)) => {
                OAuth::new(&config.bearer_auth).map(Self::OAuth)
            }
            (_, Some(BearerSource::StaticToken)) => {
                const KEY: &str = "bearer.auth.token";
                let because = "bearer.auth.credentials.source=STATIC_TOKEN";
                let token = required(KEY, filled(config.bearer_auth.token.as_ref()), because)?;
                sensitive(KEY, &format!("Bearer {}", token.expose())).map(Self::Fixed)
            }
            (Some(BasicSource::UserInfo), None) => {
                const KEY: &str = "basic.auth.user.info";
                let because = "basic.auth.credentials.source=USER_INFO";
                let user_info = required(KEY, user_info(config), because)?;
                sensitive(KEY, &basic(user_info.expose())).map(Self::Fixed)
            }
            (Some(BasicSource::Url) | None, None) => Ok(Self::Address),
        }
    }

    /// Lists what answers must not show.
    pub(super) fn secrets(config: &RegistryConfig, addresses: &Addresses) -> Vec<Secret> {
        let in_addresses = addresses
            .all()
            .iter()
            .map(|address| address.user_info.as_ref());
        let all_info = in_addresses.chain([user_info(config)]).flatten();
        let passwords = all_info.flat_map(|info| {
            let password = info.expose().split_once(':').map(|(_, password)| password);
            let encoded = basic(info.expose());
            let encoded = encoded.trim_start_matches("Basic ").to_owned();
            password
                .map(Secret::new)
                .into_iter()
                .chain([Secret::new(encoded)])
        });
        let bearer = &config.bearer_auth;
        let others = [bearer.token.as_ref(), bearer.client_secret.as_ref()];
        let others = others.into_iter().flatten();
        let others = others.chain(config.request_header.values()).cloned();
        passwords.chain(others).collect()
    }

    pub(super) fn is_encrypted(&self) -> bool {
        matches!(self, Self::OAuth(oauth) if oauth.is_encrypted())
    }

    /// Returns the header for an address.
    pub(super) async fn header(
        &self,
        http: &Client,
        exchange: &Exchange,
        address: &Address,
    ) -> Result<Option<HeaderValue>, Failure> {
        match self {
            Self::Fixed(header) => Ok(Some(header.clone())),
            Self::OAuth(oauth) => oauth.header(http, exchange).await.map(Some),
            Self::Address => Ok(address.authorization.clone()),
        }
    }

    /// Returns whether there may be another header than the one that was refused.
    pub(super) async fn forget(&self, refused: Option<&HeaderValue>) -> bool {
        let (Self::OAuth(oauth), Some(refused)) = (self, refused) else {
            return false;
        };
        oauth.forget(refused).await;
        true
    }
}

/// Reads which credentials are meant, of those that are there.
fn sources(config: &RegistryConfig) -> Result<(Option<BasicSource>, Option<BearerSource>)> {
    let basic = config.basic_auth.credentials_source;
    let bearer = config.bearer_auth.credentials_source;
    match (basic, bearer) {
        (Some(_), Some(_)) => Err(Error::from(ConfigProblem::new(
            "bearer.auth.credentials.source",
            "Only one of 'basic.auth.credentials.source' and 'bearer.auth.credentials.source' may be specified",
        ))),
        (None, None) => Ok(match user_info(config) {
            Some(_) => (Some(BasicSource::UserInfo), None),
            None => {
                let token = filled(config.bearer_auth.token.as_ref());
                (None, token.map(|_| BearerSource::StaticToken))
            }
        }),
        sources => Ok(sources),
    }
}

fn user_info(config: &RegistryConfig) -> Option<&Secret> {
    filled(config.schema_registry_basic_auth_user_info.as_ref())
        .or(filled(config.basic_auth.user_info.as_ref()))
}
