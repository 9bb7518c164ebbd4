//! [`OAuth`]: tokens for client credentials.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use connect_api::{Error, Result, Secret};
use reqwest::{
    Client,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue},
};
use serde::Deserialize;
use tokio::{sync::Mutex, time::Instant};

use super::{
    super::{
        BearerAuthConfig, path,
        settings::{self, required},
    },
    address::basic,
    exchange::{self, Exchange},
    failure::{Failure, What},
    sensitive,
};

/// Gets tokens from a server with client credentials, and keeps the last one for as long as it counts.
pub(super) struct OAuth {
    issuer: String,
    /// The client's name and secret.
    authorization: HeaderValue,
    form: String,
    buffer: Duration,
    /// Held while a token is fetched, so that one request does for all who wait.
    token: Mutex<Option<Token>>,
}

struct Token {
    header: HeaderValue,
    /// Without it, it counts until the registry refuses it.
    until: Option<Instant>,
}

/// What the server answers, as RFC 6749 §5.1 says.
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: Option<u64>,
}

/// What is read of a token that is a JWT.
#[derive(Deserialize)]
struct Claims {
    iat: Option<f64>,
    exp: Option<f64>,
}

impl OAuth {
    pub(super) fn new(config: &BearerAuthConfig) -> Result<Self> {
        const BECAUSE: &str = "bearer.auth.credentials.source=OAUTHBEARER";
        const ISSUER: &str = "bearer.auth.issuer.endpoint.url";
        let issuer = required(ISSUER, config.issuer_endpoint_url.as_deref(), BECAUSE)?;
        let id = required(
            "bearer.auth.client.id",
            config.client_id.as_deref(),
            BECAUSE,
        )?;
        let secret = required(
            "bearer.auth.client.secret",
            config.client_secret.as_ref().map(Secret::expose),
            BECAUSE,
        )?;
        let url = settings::address(ISSUER, issuer, "[hidden]")?;
        if !url.username().is_empty() || url.password().is_some() {
            let reason = "expected no credentials in it, but in bearer.auth.client.id and .secret";
            return Err(connect_api::ConfigProblem::invalid(ISSUER, "[hidden]", reason).into());
        }
        let mut form = "grant_type=client_credentials".to_owned();
        if let Some(scope) = settings::filled_text(config.scope.as_deref()) {
            form.push_str("&scope=");
            form.push_str(&path::query(scope));
        }
        let buffer = u64::from(config.cache_expiry_buffer_seconds.unsigned_abs());
        Ok(Self {
            issuer: url.into(),
            authorization: sensitive(
                "bearer.auth.client.secret",
                &basic(&format!("{id}:{secret}")),
            )?,
            form,
            buffer: Duration::from_secs(buffer),
            token: Mutex::new(None),
        })
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.issuer.starts_with("https:")
    }

    /// Returns the header with a token that counts.
    pub(super) async fn header(
        &self,
        http: &Client,
        exchange: &Exchange,
    ) -> Result<HeaderValue, Failure> {
        let mut token = self.token.lock().await;
        if let Some(token) = &*token
            && token.until.is_none_or(|until| Instant::now() < until)
        {
            return Ok(token.header.clone());
        }
        let fetched = self.fetch(http, exchange).await?;
        Ok(token.insert(fetched).header.clone())
    }

    /// Gives up a token that was refused.
    pub(super) async fn forget(&self, refused: &HeaderValue) {
        let mut token = self.token.lock().await;
        if token.as_ref().is_some_and(|token| token.header == *refused) {
            *token = None;
        }
    }

    async fn fetch(&self, http: &Client, exchange: &Exchange) -> Result<Token, Failure> {
        let doing = format!("asking {} for a token", self.issuer);
        let request = http
            .post(&self.issuer)
            .header(AUTHORIZATION, self.authorization.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(self.form.clone());
        let asked = Instant::now();
        let body = exchange.ask(request, &doing, None).await.map_err(refused)?;
        let garbage = || Failure {
            doing: doing.clone(),
            // What is almost a token is not shown.
            what: What::Garbage("no `access_token`".to_owned()),
        };
        let granted: Granted = exchange::read(&body).ok_or_else(garbage)?;
        let header = format!("Bearer {}", granted.access_token);
        let header = sensitive("bearer.auth.credentials.source", &header);
        Ok(Token {
            header: header.map_err(|_unprintable| garbage())?,
            until: lifetime(&granted).map(|lifetime| asked + kept(lifetime, self.buffer)),
        })
    }
}

/// A server that refuses the client does so until somebody acts.
fn refused(failure: Failure) -> Failure {
    match failure {
        Failure {
            doing,
            what: What::Refusal(refusal, _),
        } if !refusal.is_transient() => {
            let told = Error::fatal("the client is refused").with_source(refusal);
            Failure {
                doing,
                what: What::Final(told),
            }
        }
        other => other,
    }
}

/// Returns for how long a token was made, if it or the answer says so.
fn lifetime(granted: &Granted) -> Option<Duration> {
    if let Some(seconds) = granted.expires_in {
        return Some(Duration::from_secs(seconds));
    }
    let payload = granted.access_token.split('.').nth(1)?;
    let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    let claims: Claims = serde_json::from_slice(&payload).ok()?;
    Duration::try_from_secs_f64(claims.exp? - claims.iat?).ok()
}

/// Returns for how long a token is used: its buffer less, and four fifths of its life at the most.
fn kept(lifetime: Duration, buffer: Duration) -> Duration {
    // A server that says more than that says nothing.
    let lifetime = lifetime.min(Duration::from_secs(365 * 24 * 3600));
    let most = lifetime.mul_f64(0.8);
    match lifetime.checked_sub(buffer) {
        Some(left) if !left.is_zero() => most.min(left),
        _ => most,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_replaced_before_its_end() {
        let seconds = Duration::from_secs;
        assert_eq!(kept(seconds(1000), seconds(300)), seconds(700));
        assert_eq!(kept(seconds(10_000), seconds(300)), seconds(8000));
        assert_eq!(kept(seconds(100), seconds(300)), seconds(80));
    }

    #[test]
    fn the_life_of_a_token_may_stand_in_it() {
        let claims = URL_SAFE_NO_PAD.encode(r#"{"iat":100,"exp":700}"#);
        let granted = |access_token: String, expires_in| Granted {
            access_token,
            expires_in,
        };
        let jwt = format!("head.{claims}.signature");
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(lifetime(&granted(jwt.clone(), None)), seconds(600));
        assert_eq!(lifetime(&granted(jwt, Some(60))), seconds(60));
        assert_eq!(lifetime(&granted("opaque".to_owned(), None)), None);
    }
}
