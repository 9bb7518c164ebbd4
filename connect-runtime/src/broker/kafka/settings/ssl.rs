//! [`SETTINGS`]: TLS, from Java's stores to files and texts of OpenSSL.

use super::{
    ciphers,
    draft::{Draft, Subject},
    setting::{Fate, Setting, Type, setting},
    stores,
};

const NO_CLASSES: &str = "Java classes cannot be loaded";
const NEGOTIATED: &str = "OpenSSL and the broker choose the newest version of TLS that both have";

/// What Java defines for TLS.
pub(super) const SETTINGS: &[Setting] = &[
    setting(
        "ssl.cipher.suites",
        Type::List,
        Fate::Decided(
            "`ssl.cipher.suites` under OpenSSL's names, without those of TLS 1.3",
            suites,
        ),
    ),
    setting("ssl.enabled.protocols", Type::List, Fate::Void(NEGOTIATED)),
    setting(
        "ssl.endpoint.identification.algorithm",
        Type::Text,
        Fate::Decided(
            "`ssl.endpoint.identification.algorithm`, and `none` if it is empty",
            endpoint,
        ),
    ),
    setting(
        "ssl.engine.factory.class",
        Type::Class,
        Fate::Void(NO_CLASSES),
    ),
    setting(
        "ssl.key.password",
        Type::Password,
        Fate::Joined(
            Subject::Tls,
            "`ssl.key.password`; of PKCS #12 the store's is the key's",
        ),
    ),
    setting(
        "ssl.keymanager.algorithm",
        Type::Text,
        Fate::Void(NO_CLASSES),
    ),
    setting(
        "ssl.keystore.certificate.chain",
        Type::Password,
        Fate::Joined(Subject::Tls, "`ssl.certificate.pem`"),
    ),
    setting(
        "ssl.keystore.key",
        Type::Password,
        Fate::Joined(Subject::Tls, "`ssl.key.pem`"),
    ),
    setting(
        "ssl.keystore.location",
        Type::Text,
        Fate::Joined(
            Subject::Tls,
            "of PEM `ssl.certificate.location` and `ssl.key.location`, of PKCS #12 `ssl.keystore.location`",
        ),
    ),
    setting(
        "ssl.keystore.password",
        Type::Password,
        Fate::Joined(Subject::Tls, "`ssl.keystore.password`, of PKCS #12"),
    ),
    setting(
        "ssl.keystore.type",
        Type::Text,
        Fate::Joined(
            Subject::Tls,
            "says what the store is: PEM or PKCS12; JKS is refused",
        ),
    ),
    setting("ssl.protocol", Type::Text, Fate::Void(NEGOTIATED)),
    setting("ssl.provider", Type::Text, Fate::Void(NO_CLASSES)),
    setting(
        "ssl.secure.random.implementation",
        Type::Text,
        Fate::Void(NO_CLASSES),
    ),
    setting(
        "ssl.trustmanager.algorithm",
        Type::Text,
        Fate::Void(NO_CLASSES),
    ),
    setting(
        "ssl.truststore.certificates",
        Type::Password,
        Fate::Joined(Subject::Tls, "`ssl.ca.pem`"),
    ),
    setting(
        "ssl.truststore.location",
        Type::Text,
        Fate::Joined(Subject::Tls, "`ssl.ca.location`, of PEM"),
    ),
    setting(
        "ssl.truststore.password",
        Type::Password,
        Fate::Joined(Subject::Tls, "refused: PEM has none"),
    ),
    setting(
        "ssl.truststore.type",
        Type::Text,
        Fate::Joined(
            Subject::Tls,
            "says what the store is: PEM; others are refused",
        ),
    ),
];

/// Reads the stores.
pub(super) fn join(draft: &mut Draft<'_>) {
    if draft.uses(Subject::Tls) {
        stores::trust_store(draft);
        stores::key_store(draft);
    }
}

fn endpoint(draft: &mut Draft<'_>, key: &str, text: &str) {
    match text.to_ascii_lowercase().as_str() {
        "" | "none" => draft.set("ssl.endpoint.identification.algorithm", "none"),
        "https" => draft.set("ssl.endpoint.identification.algorithm", "https"),
        _ => draft.refuse(key, text, "Must be https, or empty to turn it off"),
    }
}

fn suites(draft: &mut Draft<'_>, key: &str, text: &str) {
    let suites = text.split([',', ':']).map(str::trim);
    let (known, others): (Vec<_>, Vec<_>) = suites
        .filter(|suite| !suite.is_empty())
        .map(|suite| ciphers::openssl_name(suite).ok_or(suite))
        .partition(Result::is_ok);
    let known: Vec<_> = known.into_iter().flatten().collect();
    let others: Vec<_> = others.into_iter().filter_map(Result::err).collect();
    if !known.is_empty() {
        draft.set("ssl.cipher.suites", known.join(":"));
    }
    if !others.is_empty() {
        let message = format!(
            "`{key}`: {} cannot be chosen: those of TLS 1.3 are all allowed",
            others.join(", ")
        );
        draft.warn(key, message);
    }
}
