use connect_api::{ConfigMap, Secret, TypedConfig, UnknownKeys};
use connect_converters::registry::{
    BasicSource, BearerSource, Client, RegistryConfig, RegistryUrl,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// As a converter has it.
#[derive(Debug, Deserialize, JsonSchema)]
struct Options {
    #[serde(flatten)]
    registry: RegistryConfig,
    #[serde(default)]
    other_key: i32,
}

fn read(entries: &[(&str, &str)]) -> connect_api::Result<Options> {
    let all = [("schema.registry.url", "http://a:8081, http://b:8081/")];
    let map: ConfigMap = all.iter().chain(entries).copied().collect();
    Options::parse(&map, UnknownKeys::Refuse)
}

/// Says what is wrong, with the options or with what they mean.
fn refused(entries: &[(&str, &str)]) -> String {
    let read = read(entries).and_then(|options| Client::new(&options.registry));
    read.unwrap_err().to_string()
}

#[test]
fn every_key_is_read_beside_those_of_a_converter() {
    let options = read(&[
        ("other.key", "7"),
        ("schema.registry.url.randomize", "true"),
        ("normalize.schemas", "true"),
        ("request.header.X-Tenant", "shop"),
        ("basic.auth.credentials.source", "USER_INFO"),
        ("basic.auth.user.info", "me:secret"),
        ("schema.registry.ssl.truststore.location", "ca.pem"),
        ("schema.registry.ssl.enabled.protocols", "TLSv1.3"),
        ("proxy.host", "proxy"),
        ("proxy.port", "3128"),
        ("http.read.timeout.ms", "5000"),
        ("max.retries", "7"),
        ("retries.max.wait.ms", "100"),
        ("max.schemas.per.subject", "5"),
        ("latest.cache.ttl.sec", "60"),
        ("missing.id.cache.ttl.sec", "10"),
    ]);
    let options = options.unwrap();
    let registry = options.registry;
    assert_eq!(options.other_key, 7);
    let urls = ["http://a:8081", "http://b:8081/"].map(RegistryUrl::new);
    assert_eq!(registry.schema_registry_url, urls);
    assert!(registry.schema_registry_url_randomize && registry.normalize_schemas);
    let header = registry.request_header.get("X-Tenant").map(Secret::expose);
    assert_eq!(header, Some("shop"));
    assert_eq!(
        registry.basic_auth.credentials_source,
        Some(BasicSource::UserInfo)
    );
    assert_eq!(
        registry.basic_auth.user_info,
        Some(Secret::new("me:secret"))
    );
    let ssl = &registry.schema_registry_ssl;
    assert_eq!(ssl.truststore_location.as_deref(), Some("ca.pem"));
    assert_eq!(ssl.enabled_protocols, ["TLSv1.3"]);
    assert_eq!(
        (
            registry.http.proxy_host.as_deref(),
            registry.http.proxy_port
        ),
        (Some("proxy"), 3128)
    );
    assert_eq!(registry.http.http_read_timeout_ms.millis(), 5000);
    assert_eq!(
        (
            registry.http.max_retries,
            registry.http.retries_max_wait_ms.millis()
        ),
        (7, 100)
    );
    let caches = &registry.caches;
    assert_eq!(
        (caches.max_schemas_per_subject, caches.latest_cache_ttl_sec),
        (5, 60)
    );
    assert_eq!(caches.missing_id_cache_ttl_sec, 10);
}

#[test]
fn defaults_are_confluents() {
    let registry = read(&[]).unwrap().registry;
    assert_eq!(registry.http.max_retries, 3);
    assert_eq!(registry.http.http_connect_timeout_ms.millis(), 60_000);
    assert_eq!(registry.caches.latest_cache_ttl_sec, -1);
    assert_eq!(registry.bearer_auth.cache_expiry_buffer_seconds, 300);
}

#[test]
fn an_oauth_server_is_read() {
    let registry = read(&[
        ("bearer.auth.credentials.source", "OAUTHBEARER"),
        ("bearer.auth.issuer.endpoint.url", "https://idp/token"),
        ("bearer.auth.client.id", "me"),
        ("bearer.auth.client.secret", "secret"),
        ("bearer.auth.scope", "all"),
        ("bearer.auth.cache.expiry.buffer.seconds", "60"),
    ]);
    let registry = registry.unwrap().registry;
    assert_eq!(
        registry.bearer_auth.credentials_source,
        Some(BearerSource::OAuthBearer)
    );
    Client::new(&registry).unwrap();
}

#[test]
fn what_cannot_be_done_is_refused_with_its_key() {
    for (entries, expected) in [
        (
            &[("basic.auth.credentials.source", "SASL_INHERIT")][..],
            "String must be one of: URL, USER_INFO",
        ),
        (
            &[("bearer.auth.credentials.source", "CUSTOM")],
            "one of: STATIC_TOKEN, OAUTHBEARER",
        ),
        (
            &[("bearer.auth.custom.provider.class", "x")],
            "Unknown configuration \"bearer.auth.custom.provider.class\"",
        ),
        (
            &[("rule.executors", "x")],
            "Unknown configuration \"rule.executors\"",
        ),
        (
            &[("schema.registry.ssl.truststore.type", "JKS")],
            "schema.registry.ssl.truststore.type: expected PEM",
        ),
        (
            &[("schema.registry.ssl.key.password", "x")],
            "schema.registry.ssl.key.password: expected a key that is not encrypted",
        ),
        (
            &[("schema.registry.ssl.truststore.certificates", "x")],
            "truststore.certificates: expected certificates in PEM",
        ),
        (
            &[("schema.registry.ssl.endpoint.identification.algorithm", "")],
            "endpoint.identification.algorithm: without it",
        ),
        (
            &[("schema.registry.ssl.enabled.protocols", "TLSv1.1")],
            "expected TLSv1.2 or TLSv1.3",
        ),
        (
            &[("basic.auth.credentials.source", "USER_INFO")],
            "basic.auth.user.info",
        ),
        (
            &[("bearer.auth.credentials.source", "OAUTHBEARER")],
            "bearer.auth.issuer.endpoint.url",
        ),
        (&[("proxy.host", "p")], "proxy.port"),
        (
            &[
                ("basic.auth.credentials.source", "URL"),
                ("bearer.auth.credentials.source", "STATIC_TOKEN"),
            ],
            "Only one of",
        ),
    ] {
        let message = refused(entries);
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn an_address_is_refused_without_its_password() {
    for url in [
        "mock://me:secret@scope",
        "http://me:secret@host?x=1",
        "me:secret@host",
        "",
    ] {
        let error = Client::new(&RegistryConfig::new([url])).unwrap_err();
        assert_eq!(error.problems()[0].key(), "schema.registry.url");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
    let error = Client::new(&RegistryConfig::new(Vec::<String>::new())).unwrap_err();
    assert!(error.to_string().contains("one address at least"));
}
