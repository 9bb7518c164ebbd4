//! [`Transport`]: requests that find an address which answers.

mod address;
mod authorization;
mod exchange;
mod failure;
mod oauth;
mod retry;
mod tls;

use std::{fmt, time::Duration};

use connect_api::{ConfigProblem, Error, Millis, Result};
use reqwest::{
    Client, Method, Proxy,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use serde::de::DeserializeOwned;
use tokio::{sync::OnceCell, time::sleep};

use self::{
    address::{Address, Addresses},
    authorization::Authorization,
    exchange::Exchange,
    failure::Failure,
    retry::Retries,
    tls::Tls,
};
use super::{HttpConfig, RegistryConfig, settings};

const JSON: &str = "application/vnd.schemaregistry.v1+json";

/// Sends requests to the addresses of a registry until one answers.
pub(super) struct Transport {
    /// Built when it is needed: that is when files of certificates are read.
    http: OnceCell<Client>,
    addresses: Addresses,
    authorization: Authorization,
    exchange: Exchange,
    retries: Retries,
    headers: HeaderMap,
    tls: Tls,
    proxy: Option<Proxy>,
    connecting: Option<Duration>,
    answering: Option<Duration>,
}

/// What is asked.
pub(super) struct Request {
    pub(super) method: Method,
    /// The path below the address, with its query.
    pub(super) path: String,
    /// JSON.
    pub(super) body: Option<Vec<u8>>,
}

impl Transport {
    /// Reads the options, and neither connects nor reads a file.
    pub(super) fn new(config: &RegistryConfig) -> Result<Self> {
        let addresses = Addresses::new(config)?;
        let secrets = Authorization::secrets(config, &addresses);
        Ok(Self {
            http: OnceCell::new(),
            authorization: Authorization::new(config)?,
            exchange: Exchange::new(secrets),
            addresses,
            retries: Retries::new(&config.http),
            headers: headers(config)?,
            tls: Tls::new(&config.schema_registry_ssl)?,
            proxy: proxy(&config.http)?,
            connecting: limit(config.http.http_connect_timeout_ms),
            answering: limit(config.http.http_read_timeout_ms),
        })
    }

    /// Asks until an address answers, or none did often enough.
    pub(super) async fn ask<T: DeserializeOwned>(&self, request: &Request) -> Result<T> {
        let http = self.http.get_or_try_init(async || self.build()).await?;
        let mut failed = 0;
        loop {
            let failure = match self.ask_all(http, request).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            failed += 1;
            let asked = failure.retry_after();
            let pause = match failure.is_transient() {
                true => self.retries.pause(failed, asked, fastrand::f64()),
                false => None,
            };
            let Some(pause) = pause else {
                return Err(failure.into());
            };
            sleep(pause).await;
        }
    }

    /// Asks one address after the other until one answers.
    async fn ask_all<T: DeserializeOwned>(
        &self,
        http: &Client,
        request: &Request,
    ) -> Result<T, Failure> {
        let mut in_turn = self.addresses.in_turn().peekable();
        loop {
            let (index, address) = in_turn.next().expect("there is one address at least");
            let failure = match self.ask_one(http, address, request).await {
                Err(failure) if failure.is_transient() => failure,
                answer => return answer,
            };
            self.addresses.fail(index);
            let Some((_, next)) = in_turn.peek() else {
                return Err(failure);
            };
            let error = Error::from(failure);
            tracing::warn!(error = %error.report(), next = next.base, "schema registry: asking the next address");
        }
    }

    /// Asks one address; once more with another token, if the first one does not count any more.
    async fn ask_one<T: DeserializeOwned>(
        &self,
        http: &Client,
        address: &Address,
        request: &Request,
    ) -> Result<T, Failure> {
        let (exchange, authorization) = (&self.exchange, &self.authorization);
        let header = authorization.header(http, exchange, address).await?;
        match self.send(http, address, request, header.as_ref()).await {
            Err(failure)
                if failure.is_unauthorized() && authorization.forget(header.as_ref()).await =>
            {
                let header = authorization.header(http, exchange, address).await?;
                self.send(http, address, request, header.as_ref()).await
            }
            answer => answer,
        }
    }

    async fn send<T: DeserializeOwned>(
        &self,
        http: &Client,
        address: &Address,
        request: &Request,
        authorization: Option<&HeaderValue>,
    ) -> Result<T, Failure> {
        let url = format!("{}/{}", address.base, request.path);
        let doing = format!("schema registry: {} {url}", request.method);
        let mut builder = http
            .request(request.method.clone(), url)
            .headers(self.headers.clone());
        if let Some(authorization) = authorization {
            builder = builder.header(AUTHORIZATION, authorization.clone());
        }
        if let Some(body) = &request.body {
            builder = builder.header(CONTENT_TYPE, JSON).body(body.clone());
        }
        let body = self.exchange.ask(builder, &doing, authorization).await?;
        exchange::read(&body).ok_or_else(|| Failure {
            what: self.exchange.garbage(&body, authorization),
            doing,
        })
    }

    fn build(&self) -> Result<Client> {
        let mut builder = Client::builder()
            .user_agent(concat!("connect-converters/", env!("CARGO_PKG_VERSION")))
            .redirect(same_origin())
            .no_proxy();
        if let Some(proxy) = &self.proxy {
            builder = builder.proxy(proxy.clone());
        }
        if let Some(connecting) = self.connecting {
            builder = builder.connect_timeout(connecting);
        }
        if let Some(answering) = self.answering {
            builder = builder.timeout(answering + self.connecting.unwrap_or(answering));
        }
        let encrypted = self.addresses.all().iter().any(Address::is_encrypted);
        builder = match encrypted || self.authorization.is_encrypted() {
            true => self.tls.apply(builder)?,
            // Nothing is encrypted, so that nobody need be trusted: a system without certificates will do.
            false => builder.tls_certs_only([]),
        };
        builder.build().map_err(|error| {
            Error::config("schema registry: expected options that fit together").with_source(error)
        })
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bases = self.addresses.all().iter().map(|address| &address.base);
        f.debug_list().entries(bases).finish()
    }
}

/// Makes a header that is not printed.
fn sensitive(key: &str, value: &str) -> Result<HeaderValue> {
    let header = HeaderValue::from_str(value);
    let mut header = header.map_err(|_cause| {
        let reason = "expected characters that a header may have";
        Error::from(ConfigProblem::invalid(key, "[hidden]", reason))
    })?;
    header.set_sensitive(true);
    Ok(header)
}

/// Follows a redirection only to where the credentials went already.
fn same_origin() -> Policy {
    Policy::custom(|attempt| {
        let previous = attempt.previous();
        let same = previous
            .last()
            .is_some_and(|last| last.origin() == attempt.url().origin());
        match same && previous.len() < 5 {
            true => attempt.follow(),
            false => attempt.stop(),
        }
    })
}

fn headers(config: &RegistryConfig) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    let accepted = "application/vnd.schemaregistry.v1+json, application/vnd.schemaregistry+json; q=0.9, \
                    application/json; q=0.8";
    headers.insert(ACCEPT, HeaderValue::from_static(accepted));
    let bearer = &config.bearer_auth;
    for (name, key, value) in [
        (
            "target-sr-cluster",
            "bearer.auth.logical.cluster",
            &bearer.logical_cluster,
        ),
        (
            "confluent-identity-pool-id",
            "bearer.auth.identity.pool.id",
            &bearer.identity_pool_id,
        ),
    ] {
        if let Some(value) = settings::filled_text(value.as_deref()) {
            headers.insert(HeaderName::from_static(name), sensitive(key, value)?);
        }
    }
    for (name, value) in &config.request_header {
        let key = format!("request.header.{name}");
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| {
            Error::from(ConfigProblem::new(
                &key,
                format!("Invalid configuration {key}: {error}"),
            ))
        })?;
        headers.insert(name, sensitive(&key, value.expose())?);
    }
    Ok(headers)
}

fn proxy(config: &HttpConfig) -> Result<Option<Proxy>> {
    let host = settings::filled_text(config.proxy_host.as_deref());
    let Some(host) = host else {
        return Ok(None);
    };
    if config.proxy_port < 1 {
        let found = config.proxy_port.to_string();
        let reason = "proxy.host needs the port of a proxy";
        return Err(ConfigProblem::invalid("proxy.port", found, reason).into());
    }
    let url = format!("http://{host}:{}", config.proxy_port);
    Proxy::all(url)
        .map(Some)
        .map_err(|error| ConfigProblem::invalid("proxy.host", host, error).into())
}

/// Reads a time limit, of which 0 is none.
fn limit(millis: Millis) -> Option<Duration> {
    Some(millis.duration()).filter(|limit| !limit.is_zero())
}
