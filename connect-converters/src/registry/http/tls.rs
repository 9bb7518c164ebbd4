//! [`Tls`]: whom https trusts, and who it says we are.

use std::fs;

use connect_api::{ConfigProblem, Error, Result, Secret};
use reqwest::{Certificate, ClientBuilder, Identity, tls::Version};

use super::super::{SslConfig, settings::filled};

const PREFIX: &str = "schema.registry.ssl.";

/// What https goes by. Files are read when the first request needs them.
pub(super) struct Tls {
    trust: Trust,
    identity: Option<Pem>,
    hosts: Hosts,
    versions: (Version, Version),
}

enum Trust {
    System,
    Own(Pem),
}

/// Whether certificates must name their hosts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hosts {
    Checked,
    Ignored,
}

/// Keys or certificates, and the key of the options that has them.
struct Pem {
    key: String,
    place: Place,
}

enum Place {
    File(String),
    Text(Secret),
}

impl Tls {
    /// Reads the options, and what stands in them; no file.
    pub(super) fn new(config: &SslConfig) -> Result<Self> {
        let trust = match trusted(config)? {
            Some(pem) => Trust::Own(pem),
            None => Trust::System,
        };
        let hosts = match config.endpoint_identification_algorithm.trim() {
            "" => Hosts::Ignored,
            algorithm if algorithm.eq_ignore_ascii_case("https") => Hosts::Checked,
            other => {
                let reason = "expected https, or nothing";
                return Err(refused("endpoint.identification.algorithm", other, reason));
            }
        };
        if hosts == Hosts::Ignored && matches!(trust, Trust::System) {
            let reason = "without it, expected the server's certificates in truststore.location or \
                          truststore.certificates";
            return Err(refused("endpoint.identification.algorithm", "", reason));
        }
        let tls = Self {
            trust,
            identity: identity(config)?,
            hosts,
            versions: versions(&config.enabled_protocols)?,
        };
        tls.check_texts()?;
        Ok(tls)
    }

    /// Tells the client builder; this is when files are read.
    ///
    /// They are small, local and read once, so that no thread is needed for them.
    pub(super) fn apply(&self, mut builder: ClientBuilder) -> Result<ClientBuilder> {
        if let Trust::Own(pem) = &self.trust {
            builder = builder
                .tls_certs_only(pem.certificates()?)
                .tls_danger_accept_invalid_hostnames(self.hosts == Hosts::Ignored);
        }
        if let Some(pem) = &self.identity {
            builder = builder.identity(pem.identity()?);
        }
        let (oldest, newest) = self.versions;
        Ok(builder.tls_version_min(oldest).tls_version_max(newest))
    }

    /// Finds mistakes in what needs no file.
    fn check_texts(&self) -> Result<()> {
        if let Trust::Own(
            pem @ Pem {
                place: Place::Text(_),
                ..
            },
        ) = &self.trust
        {
            pem.certificates()?;
        }
        if let Some(
            pem @ Pem {
                place: Place::Text(_),
                ..
            },
        ) = &self.identity
        {
            pem.identity()?;
        }
        Ok(())
    }
}

impl Pem {
    fn certificates(&self) -> Result<Vec<Certificate>> {
        let text = self.text()?;
        match Certificate::from_pem_bundle(text.expose().as_bytes()) {
            Ok(certificates) if !certificates.is_empty() => Ok(certificates),
            _ => Err(self.refuse("expected certificates in PEM (`-----BEGIN CERTIFICATE-----`)")),
        }
    }

    fn identity(&self) -> Result<Identity> {
        let text = self.text()?;
        if text.expose().contains("ENCRYPTED") {
            return Err(self.refuse(
                "expected a key that is not encrypted; to decrypt it: `openssl pkey -in key.pem -out plain.pem`",
            ));
        }
        Identity::from_pem(text.expose().as_bytes()).map_err(|_cause| {
            // The cause may quote the key.
            self.refuse("expected a private key and its certificates in PEM")
        })
    }

    fn text(&self) -> Result<Secret> {
        let path = match &self.place {
            Place::Text(text) => return Ok(text.clone()),
            Place::File(path) => path,
        };
        let bytes = fs::read(path)
            .map_err(|error| Error::from(ConfigProblem::invalid(&self.key, path, error)))?;
        match String::from_utf8(bytes) {
            Ok(text) if text.contains("-----BEGIN ") => Ok(Secret::new(text)),
            _ => Err(self.refuse(
                "expected a file in PEM; Java's stores are converted with `keytool -importkeystore -srckeystore STORE \
                 -destkeystore store.p12 -deststoretype PKCS12` and `openssl pkcs12 -in store.p12 -nodes -out store.pem`",
            )),
        }
    }

    fn refuse(&self, reason: &str) -> Error {
        let found = match &self.place {
            Place::File(path) => path,
            Place::Text(_) => "[hidden]",
        };
        ConfigProblem::invalid(&self.key, found, reason).into()
    }
}

fn trusted(config: &SslConfig) -> Result<Option<Pem>> {
    check_type("truststore.type", config.truststore_type.as_deref())?;
    check_password("truststore.password", config.truststore_password.as_ref())?;
    let texts = filled(config.truststore_certificates.as_ref());
    pem(
        ("truststore.location", config.truststore_location.as_deref()),
        ("truststore.certificates", texts.cloned()),
    )
}

fn identity(config: &SslConfig) -> Result<Option<Pem>> {
    check_type("keystore.type", config.keystore_type.as_deref())?;
    check_password("keystore.password", config.keystore_password.as_ref())?;
    if filled(config.key_password.as_ref()).is_some() {
        let reason = "expected a key that is not encrypted, and no password";
        return Err(refused("key.password", "[hidden]", reason));
    }
    let key = filled(config.keystore_key.as_ref());
    let chain = filled(config.keystore_certificate_chain.as_ref());
    let text = match (key, chain) {
        (Some(key), Some(chain)) => {
            Some(Secret::new(format!("{}\n{}", key.expose(), chain.expose())))
        }
        (None, None) => None,
        (Some(_), None) => return Err(missing("keystore.certificate.chain")),
        (None, Some(_)) => return Err(missing("keystore.key")),
    };
    pem(
        ("keystore.location", config.keystore_location.as_deref()),
        ("keystore.key", text),
    )
}

fn pem(
    (file_key, file): (&str, Option<&str>),
    (text_key, text): (&str, Option<Secret>),
) -> Result<Option<Pem>> {
    let file = file.filter(|file| !file.is_empty());
    let (key, place) = match (file, text) {
        (None, None) => return Ok(None),
        (Some(file), None) => (file_key, Place::File(file.to_owned())),
        (None, Some(text)) => (text_key, Place::Text(text)),
        (Some(file), Some(_)) => {
            let reason = format!("expected either this or {PREFIX}{text_key}, found both");
            return Err(refused(file_key, file, &reason));
        }
    };
    Ok(Some(Pem {
        key: format!("{PREFIX}{key}"),
        place,
    }))
}

fn check_type(key: &str, type_: Option<&str>) -> Result<()> {
    match type_ {
        Some(type_) if !type_.is_empty() && !type_.eq_ignore_ascii_case("PEM") => {
            Err(refused(key, type_, "expected PEM"))
        }
        _ => Ok(()),
    }
}

fn check_password(key: &str, password: Option<&Secret>) -> Result<()> {
    match filled(password) {
        Some(_) => Err(refused(key, "[hidden]", "a file in PEM has no password")),
        None => Ok(()),
    }
}

fn versions(protocols: &[String]) -> Result<(Version, Version)> {
    let mut found = Vec::new();
    for protocol in protocols {
        found.push(match protocol.as_str() {
            "TLSv1.2" => Version::TLS_1_2,
            "TLSv1.3" => Version::TLS_1_3,
            other => {
                let reason = "expected TLSv1.2 or TLSv1.3";
                return Err(refused("enabled.protocols", other, reason));
            }
        });
    }
    let oldest = found.iter().min().copied();
    let newest = found.iter().max().copied();
    oldest
        .zip(newest)
        .ok_or_else(|| refused("enabled.protocols", "", "expected TLSv1.2 or TLSv1.3"))
}

fn refused(key: &str, found: &str, reason: &str) -> Error {
    ConfigProblem::invalid(format!("{PREFIX}{key}"), found, reason).into()
}

fn missing(key: &str) -> Error {
    ConfigProblem::missing(format!("{PREFIX}{key}")).into()
}
