//! [`join`]: OAUTHBEARER, from Java's settings and login module to librdkafka's OIDC.

use connect_api::ConfigProblem;

use super::{
    draft::Draft,
    jaas::{JAAS, LoginModule},
};

pub(super) const CLIENT_ID: &str = "sasl.oauthbearer.client.credentials.client.id";
pub(super) const CLIENT_SECRET: &str = "sasl.oauthbearer.client.credentials.client.secret";
pub(super) const ENDPOINT: &str = "sasl.oauthbearer.token.endpoint.url";
pub(super) const RETRIEVER: &str = "sasl.oauthbearer.jwt.retriever.class";
pub(super) const SCOPE: &str = "sasl.oauthbearer.scope";
const CALLBACK: &str = "sasl.login.callback.handler.class";
const UNSECURED: &str = "unsecuredLogin";

/// Reads where tokens come from.
pub(super) fn join(draft: &mut Draft<'_>, module: Option<&LoginModule>) {
    if module.is_some_and(|module| !module.is_one_of(draft, &["OAuthBearerLoginModule"])) {
        return;
    }
    let found = own_class(draft, CALLBACK, &["OAuthBearerLoginCallbackHandler"]);
    let retriever = own_class(
        draft,
        RETRIEVER,
        &[
            "DefaultJwtRetriever",
            "ClientCredentialsJwtRetriever",
            "JwtBearerJwtRetriever",
        ],
    );
    if found.is_err() || retriever.is_err() {
        return;
    }
    if let Some(module) = module {
        extensions(draft, module);
    }
    let native = ["sasl.oauthbearer.method", "sasl.oauthbearer.config"];
    match draft.get(ENDPOINT) {
        Some(url) if !(url.starts_with("https://") || url.starts_with("http://")) => {
            draft.refuse(
                ENDPOINT,
                url,
                "Expected a URL of HTTP or HTTPS: tokens in files cannot be read",
            );
        }
        Some(url) => {
            draft.set("sasl.oauthbearer.method", "oidc");
            draft.set(ENDPOINT, url);
            match retriever {
                Ok(Some("JwtBearerJwtRetriever")) => {
                    let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
                    draft.set("sasl.oauthbearer.grant.type", grant);
                    scope(draft, module);
                }
                _ => credentials(draft, module),
            }
        }
        None if module.is_some_and(is_unsecured) => unsecured(draft, module),
        None if native.iter().any(|name| draft.get(name).is_some()) => credentials(draft, module),
        None => draft.problems.push(ConfigProblem::missing(ENDPOINT)),
    }
}

/// Reads a class of which Java's own are built in here; its name without the package.
fn own_class<'a>(draft: &mut Draft<'a>, key: &str, own: &[&str]) -> Result<Option<&'a str>, ()> {
    let Some(class) = draft.get(key).filter(|class| !class.is_empty()) else {
        return Ok(None);
    };
    let name = class.rsplit('.').next().unwrap_or(class);
    if own.contains(&name) {
        return Ok(Some(name));
    }
    let reason = format!(
        "Java classes cannot be loaded; built in: {}",
        own.join(", ")
    );
    draft.refuse(key, class, &reason);
    Err(())
}

/// As in Java a setting goes before the option of the login module that it has replaced.
fn credentials(draft: &mut Draft<'_>, module: Option<&LoginModule>) {
    for (key, option, name) in [
        (CLIENT_ID, "clientId", "sasl.oauthbearer.client.id"),
        (
            CLIENT_SECRET,
            "clientSecret",
            "sasl.oauthbearer.client.secret",
        ),
    ] {
        match value(draft, key, module, option) {
            Some(value) => draft.set(name, value),
            // Some ways to a token need neither.
            None if draft.get("sasl.oauthbearer.method").is_some() => {}
            None if draft.get(ENDPOINT).is_none() => {}
            None => draft.problems.push(ConfigProblem::missing(key)),
        }
    }
    scope(draft, module);
}

fn scope(draft: &mut Draft<'_>, module: Option<&LoginModule>) {
    if let Some(value) = value(draft, SCOPE, module, "scope") {
        draft.set("sasl.oauthbearer.scope", value);
    }
}

fn value(
    draft: &Draft<'_>,
    key: &str,
    module: Option<&LoginModule>,
    option: &str,
) -> Option<String> {
    let of_module = || module.and_then(|module| module.option(option));
    draft.get(key).or_else(of_module).map(str::to_owned)
}

fn extensions(draft: &mut Draft<'_>, module: &LoginModule) {
    let extensions: Vec<_> = module
        .options
        .with_prefix("extension_")
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    if !extensions.is_empty() {
        draft.set("sasl.oauthbearer.extensions", extensions.join(","));
    }
    if !module.options.with_prefix("ssl.").is_empty() {
        let message = format!(
            "`{JAAS}`: its options of TLS have no effect: `https.ca.location` is for the identity provider"
        );
        draft.warn(JAAS, message);
    }
}

fn is_unsecured(module: &LoginModule) -> bool {
    !module.options.with_prefix(UNSECURED).is_empty()
}

/// Tokens without a signature, which brokers for development accept.
fn unsecured(draft: &mut Draft<'_>, module: Option<&LoginModule>) {
    let option = |name| module.and_then(|module| module.option(name));
    let claim = option("unsecuredLoginPrincipalClaimName").unwrap_or("sub");
    let subject = format!("unsecuredLoginStringClaim_{claim}");
    let parts = [
        ("principal", option(&subject)),
        (
            "principalClaimName",
            option("unsecuredLoginPrincipalClaimName"),
        ),
        ("scopeClaimName", option("unsecuredLoginScopeClaimName")),
        ("lifeSeconds", option("unsecuredLoginLifetimeSeconds")),
    ];
    let parts: Vec<_> = parts
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name}={}", value?)))
        .collect();
    draft.set("enable.sasl.oauthbearer.unsecure.jwt", "true");
    draft.set("sasl.oauthbearer.config", parts.join(" "));
}
