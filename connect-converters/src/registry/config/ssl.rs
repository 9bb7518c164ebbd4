//! [`SslConfig`]: what https goes by.

use connect_api::Secret;
use schemars::JsonSchema;
use serde::Deserialize;

/// What https goes by: Kafka's `ssl.*` under `schema.registry.ssl.`.
///
/// Keys and certificates are in PEM, in files or in the options themselves. Java's own stores (JKS) and PKCS #12 are
/// refused, and so are keys that are encrypted.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct SslConfig {
    /// The file of the certificates that are trusted; those of the system by default.
    #[schemars(extend("x-importance" = "high", "x-group" = "TLS"))]
    pub truststore_location: Option<String>,
    /// The certificates that are trusted, themselves.
    #[schemars(extend("x-importance" = "high", "x-group" = "TLS"))]
    pub truststore_certificates: Option<Secret>,
    /// The format of the file: `PEM`, which is found out if it is not said.
    #[schemars(extend("x-importance" = "medium", "x-group" = "TLS"))]
    pub truststore_type: Option<String>,
    /// A password, which a file in PEM has none of.
    #[schemars(extend("x-importance" = "high", "x-group" = "TLS"))]
    pub truststore_password: Option<Secret>,
    /// The file of the client's key and certificates.
    #[schemars(extend("x-importance" = "high", "x-group" = "TLS"))]
    pub keystore_location: Option<String>,
    /// The client's key itself.
    #[schemars(extend("x-importance" = "high", "x-group" = "TLS"))]
    pub keystore_key: Option<Secret>,
    /// The client's certificates themselves.
    #[schemars(extend("x-importance" = "high", "x-group" = "TLS"))]
    pub keystore_certificate_chain: Option<Secret>,
    /// The format of the file: `PEM`, which is found out if it is not said.
    #[schemars(extend("x-importance" = "medium", "x-group" = "TLS"))]
    pub keystore_type: Option<String>,
    /// A password, which a file in PEM has none of.
    #[schemars(extend("x-importance" = "high", "x-group" = "TLS"))]
    pub keystore_password: Option<Secret>,
    /// The password of the client's key, which must not be encrypted.
    #[schemars(extend("x-importance" = "high", "x-group" = "TLS"))]
    pub key_password: Option<Secret>,
    /// Whether the server's certificate must name its host: `https`; empty if not, with certificates given here only.
    #[schemars(extend("x-importance" = "low", "x-group" = "TLS"))]
    pub endpoint_identification_algorithm: String,
    /// The versions of TLS that are spoken: `TLSv1.2`, `TLSv1.3`.
    #[schemars(extend("x-importance" = "medium", "x-group" = "TLS"))]
    pub enabled_protocols: Vec<String>,
}

impl Default for SslConfig {
    fn default() -> Self {
        Self {
            truststore_location: None,
            truststore_certificates: None,
            truststore_type: None,
            truststore_password: None,
            keystore_location: None,
            keystore_key: None,
            keystore_certificate_chain: None,
            keystore_type: None,
            keystore_password: None,
            key_password: None,
            endpoint_identification_algorithm: "https".to_owned(),
            enabled_protocols: vec!["TLSv1.2".to_owned(), "TLSv1.3".to_owned()],
        }
    }
}
