//! [`openssl_name`]: cipher suites under OpenSSL's names.

/// Returns OpenSSL's name of a suite of TLS 1.2, from its own or from Java's; `None` for one of TLS 1.3.
///
/// OpenSSL before 3.2 knows no other names. It has the suites of TLS 1.3 in a list that librdkafka leaves as it is.
pub(super) fn openssl_name(suite: &str) -> Option<String> {
    let Some(name) = suite
        .strip_prefix("TLS_")
        .or_else(|| suite.strip_prefix("SSL_"))
    else {
        return Some(suite.to_owned());
    };
    let (exchange, cipher) = name.split_once("_WITH_")?;
    let cipher = cipher
        .replace("AES_", "AES")
        .replace("CAMELLIA_", "CAMELLIA")
        .replace("3DES_EDE_CBC", "DES_CBC3")
        .replace("CHACHA20_POLY1305_SHA256", "CHACHA20_POLY1305")
        .replace("_CBC_SHA", "_SHA");
    let parts = match exchange {
        // The oldest exchange has no name.
        "RSA" => cipher,
        exchange => format!("{exchange}_{cipher}"),
    };
    Some(parts.replace('_', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_get_the_names_of_openssl() {
        for (java, openssl) in [
            (
                "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
                "ECDHE-RSA-AES128-GCM-SHA256",
            ),
            (
                "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
                "ECDHE-ECDSA-AES256-GCM-SHA384",
            ),
            (
                "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
                "ECDHE-RSA-CHACHA20-POLY1305",
            ),
            (
                "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256",
                "DHE-RSA-AES256-SHA256",
            ),
            ("TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA"),
            ("SSL_RSA_WITH_3DES_EDE_CBC_SHA", "DES-CBC3-SHA"),
            ("ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"),
            ("HIGH", "HIGH"),
        ] {
            assert_eq!(openssl_name(java).as_deref(), Some(openssl));
        }
    }

    #[test]
    fn suites_of_the_newest_tls_cannot_be_chosen() {
        assert_eq!(openssl_name("TLS_AES_256_GCM_SHA384"), None);
    }
}
