//! [`trust_store`], [`key_store`]: from Java's stores to files and texts of OpenSSL.
//!
//! A store in PEM is what both know. A key store in PKCS #12 works too, a trust store does not, and of Java's own format
//! OpenSSL knows nothing: for these the message says how to convert them.

use super::{draft::Draft, pem};

/// What a store is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Store<'a> {
    Pem,
    Pkcs12,
    Other(&'a str),
}

impl<'a> Store<'a> {
    /// Reads the type; Java's default reads PKCS #12 as well, which then shows in the name of the file only.
    fn of(draft: &Draft<'a>, type_: &str, location: Option<&str>) -> Self {
        let lower = location.unwrap_or_default().to_ascii_lowercase();
        match draft.get(type_) {
            Some(type_) if type_.eq_ignore_ascii_case("PEM") => Self::Pem,
            Some(type_) if type_.eq_ignore_ascii_case("PKCS12") => Self::Pkcs12,
            Some(type_) => Self::Other(type_),
            None if lower.ends_with(".p12") || lower.ends_with(".pfx") => Self::Pkcs12,
            None => Self::Other("JKS"),
        }
    }

    fn name(self) -> &'a str {
        match self {
            Self::Pem => "PEM",
            Self::Pkcs12 => "PKCS12",
            Self::Other(name) => name,
        }
    }
}

/// Reads whom a client trusts.
pub(super) fn trust_store(draft: &mut Draft<'_>) {
    const TYPE: &str = "ssl.truststore.type";
    const LOCATION: &str = "ssl.truststore.location";
    const PASSWORD: &str = "ssl.truststore.password";
    const CERTIFICATES: &str = "ssl.truststore.certificates";
    let (location, texts) = (draft.get(LOCATION), draft.get(CERTIFICATES));
    let store = Store::of(draft, TYPE, location);
    match (location, texts) {
        (Some(_), Some(_)) => draft.refuse_hidden(
            CERTIFICATES,
            "Both SSL trust store location and separate trust certificates are specified.",
        ),
        (None, Some(_)) if store != Store::Pem => {
            let reason = format!(
                "SSL trust store certs can be specified only for PEM, but trust store type is {}.",
                store.name()
            );
            draft.refuse(TYPE, store.name(), &reason);
        }
        (None, Some(text)) => set_pem(draft, CERTIFICATES, text, "ssl.ca.pem"),
        (Some(location), None) if store == Store::Pem => draft.set("ssl.ca.location", location),
        (Some(location), None) => {
            let reason = format!(
                "Expected a file of certificates in PEM with {TYPE}=PEM, found a store of type {}; \
                 to convert it: `keytool -list -rfc -keystore {location} > ca.pem`",
                store.name()
            );
            draft.refuse(LOCATION, location, &reason);
        }
        (None, None) => {}
    }
    if draft.get(PASSWORD).is_some() {
        match (store, location.or(texts)) {
            (Store::Pem, _) => draft.refuse_hidden(
                PASSWORD,
                "SSL trust store password cannot be specified for PEM format.",
            ),
            (_, None) => draft.refuse_hidden(
                PASSWORD,
                "SSL trust store is not specified, but trust store password is specified.",
            ),
            // The store itself was refused.
            (_, Some(_)) => {}
        }
    }
}

const KEY_TYPE: &str = "ssl.keystore.type";
const KEY_LOCATION: &str = "ssl.keystore.location";
const KEY_STORE_PASSWORD: &str = "ssl.keystore.password";
const KEY_PASSWORD: &str = "ssl.key.password";
const CHAIN: &str = "ssl.keystore.certificate.chain";
const KEY: &str = "ssl.keystore.key";

/// Reads what a client shows of itself.
pub(super) fn key_store(draft: &mut Draft<'_>) {
    let location = draft.get(KEY_LOCATION);
    let store = Store::of(draft, KEY_TYPE, location);
    let texts = (draft.get(CHAIN), draft.get(KEY));
    match (location, texts) {
        (_, (None, Some(_))) => draft.refuse_hidden(
            KEY,
            "SSL private key is specified, but certificate chain is not specified.",
        ),
        (_, (Some(_), None)) => draft.refuse_hidden(
            CHAIN,
            "SSL certificate chain is specified, but private key is not specified",
        ),
        (Some(_), (Some(_), Some(_))) => draft.refuse_hidden(
            KEY,
            "Both SSL key store location and separate private key are specified.",
        ),
        (None, (Some(chain), Some(key))) => key_in_texts(draft, store, chain, key),
        (Some(location), (None, None)) => key_in_file(draft, store, location),
        (None, (None, None)) => {
            if draft.get(KEY_STORE_PASSWORD).is_some() {
                draft.refuse_hidden(
                    KEY_STORE_PASSWORD,
                    "SSL key store is not specified, but key store password is specified.",
                );
            }
        }
    }
    if let Some(password) = draft.get(KEY_PASSWORD)
        && (store != Store::Pkcs12 || location.is_none())
    {
        draft.set(KEY_PASSWORD, password);
    }
}

fn key_in_texts(draft: &mut Draft<'_>, store: Store<'_>, chain: &str, key: &str) {
    if store != Store::Pem {
        let reason = format!(
            "SSL private key can be specified only for PEM, but key store type is {}.",
            store.name()
        );
        draft.refuse(KEY_TYPE, store.name(), &reason);
        return;
    }
    pem_has_no_password(draft);
    set_pem(draft, CHAIN, chain, "ssl.certificate.pem");
    set_pem(draft, KEY, key, "ssl.key.pem");
}

fn key_in_file(draft: &mut Draft<'_>, store: Store<'_>, location: &str) {
    match (store, draft.get(KEY_STORE_PASSWORD)) {
        (Store::Pem, _) => {
            pem_has_no_password(draft);
            draft.set("ssl.certificate.location", location);
            draft.set("ssl.key.location", location);
        }
        (Store::Pkcs12, None) => draft.refuse(
            KEY_LOCATION,
            location,
            "SSL key store is specified, but key store password is not specified.",
        ),
        (Store::Pkcs12, Some(password)) => {
            draft.set("ssl.keystore.location", location);
            draft.set("ssl.keystore.password", password);
            if draft.get(KEY_PASSWORD).is_some_and(|key| key != password) {
                let reason =
                    format!("Must be the one of {KEY_STORE_PASSWORD}: a PKCS12 store has one");
                draft.refuse_hidden(KEY_PASSWORD, &reason);
            }
        }
        (Store::Other(type_), _) => {
            let reason = format!(
                "Expected {KEY_TYPE}=PEM or PKCS12, found a store of type {type_}; to convert it: `keytool \
                 -importkeystore -srckeystore {location} -destkeystore client.p12 -deststoretype PKCS12`"
            );
            draft.refuse(KEY_LOCATION, location, &reason);
        }
    }
}

fn pem_has_no_password(draft: &mut Draft<'_>) {
    if draft.get(KEY_STORE_PASSWORD).is_some() {
        draft.refuse_hidden(
            KEY_STORE_PASSWORD,
            "SSL key store password cannot be specified with PEM format, only key password may be specified.",
        );
    }
}

fn set_pem(draft: &mut Draft<'_>, key: &str, text: &str, name: &str) {
    match pem::lines(text) {
        Some(lines) => draft.set(name, lines),
        None => draft.refuse_hidden(
            key,
            "Expected PEM: `-----BEGIN …-----`, base 64, `-----END …-----`",
        ),
    }
}
