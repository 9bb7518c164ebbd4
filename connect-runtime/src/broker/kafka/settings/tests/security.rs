//! TLS and SASL.

use expect_test::expect;

use super::{super::ClientKind, KINDS, check, translated};

const PLAIN: &str = "org.apache.kafka.common.security.plain.PlainLoginModule required \
                     username=\"alice\" password=\"al\\\"ice\";";
const PEM: &str = "-----BEGIN CERTIFICATE----- AAAA -----END CERTIFICATE-----";
const KEY: &str = "-----BEGIN PRIVATE KEY----- BBBB -----END PRIVATE KEY-----";

#[test]
fn stores_in_pem_are_files_of_openssl() {
    check(
        ClientKind::Admin,
        [
            ("security.protocol", "SSL"),
            (
                "ssl.cipher.suites",
                "TLS_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            ),
            ("ssl.endpoint.identification.algorithm", ""),
            ("ssl.key.password", "hunter2"),
            ("ssl.keystore.location", "/client.pem"),
            ("ssl.keystore.type", "PEM"),
            ("ssl.truststore.location", "/ca.pem"),
            ("ssl.truststore.type", "PEM"),
        ],
        expect![[r#"
            security.protocol=SSL
            ssl.ca.location=/ca.pem
            ssl.certificate.location=/client.pem
            ssl.cipher.suites=ECDHE-RSA-AES128-GCM-SHA256
            ssl.endpoint.identification.algorithm=none
            ssl.key.location=/client.pem
            ssl.key.password=hunter2
            warning: `ssl.cipher.suites`: TLS_AES_128_GCM_SHA256 cannot be chosen: those of TLS 1.3 are all allowed
        "#]],
    );
}

#[test]
fn certificates_and_keys_may_stand_in_the_text() {
    check(
        ClientKind::Admin,
        [
            ("security.protocol", "sasl_ssl"),
            ("sasl.mechanism", "PLAIN"),
            ("sasl.jaas.config", PLAIN),
            ("ssl.keystore.certificate.chain", PEM),
            ("ssl.keystore.key", KEY),
            ("ssl.keystore.type", "PEM"),
            ("ssl.truststore.certificates", PEM),
            ("ssl.truststore.type", "PEM"),
        ],
        expect![[r#"
            sasl.mechanism=PLAIN
            sasl.password=al\"ice
            sasl.username=alice
            security.protocol=sasl_ssl
            ssl.ca.pem=-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n
            ssl.certificate.pem=-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n
            ssl.key.pem=-----BEGIN PRIVATE KEY-----\nBBBB\n-----END PRIVATE KEY-----\n
        "#]],
    );
}

#[test]
fn a_key_store_may_be_pkcs_12() {
    check(
        ClientKind::Admin,
        [
            ("security.protocol", "SSL"),
            ("ssl.key.password", "hunter2"),
            ("ssl.keystore.location", "/client.p12"),
            ("ssl.keystore.password", "hunter2"),
        ],
        expect![[r#"
            security.protocol=SSL
            ssl.keystore.location=/client.p12
            ssl.keystore.password=hunter2
        "#]],
    );
}

#[test]
fn stores_of_java_are_refused_with_the_way_out() {
    check(
        ClientKind::Admin,
        [
            ("security.protocol", "SSL"),
            ("ssl.keystore.location", "/client.jks"),
            ("ssl.keystore.password", "hunter2"),
            ("ssl.truststore.location", "/ca.jks"),
            ("ssl.truststore.password", "hunter2"),
        ],
        expect![[r#"
            security.protocol=SSL
            problem: Invalid value /ca.jks for configuration ssl.truststore.location: Expected a file of certificates in PEM with ssl.truststore.type=PEM, found a store of type JKS; to convert it: `keytool -list -rfc -keystore /ca.jks > ca.pem`
            problem: Invalid value /client.jks for configuration ssl.keystore.location: Expected ssl.keystore.type=PEM or PKCS12, found a store of type JKS; to convert it: `keytool -importkeystore -srckeystore /client.jks -destkeystore client.p12 -deststoretype PKCS12`
        "#]],
    );
}

#[test]
fn stores_that_contradict_themselves_are_refused_in_javas_words() {
    check(
        ClientKind::Admin,
        [
            ("security.protocol", "SSL"),
            ("ssl.keystore.certificate.chain", PEM),
            ("ssl.truststore.certificates", PEM),
            ("ssl.truststore.location", "/ca.pem"),
            ("ssl.truststore.password", "hunter2"),
            ("ssl.truststore.type", "PEM"),
        ],
        expect![[r#"
            security.protocol=SSL
            problem: Invalid value [hidden] for configuration ssl.truststore.certificates: Both SSL trust store location and separate trust certificates are specified.
            problem: Invalid value [hidden] for configuration ssl.truststore.password: SSL trust store password cannot be specified for PEM format.
            problem: Invalid value [hidden] for configuration ssl.keystore.certificate.chain: SSL certificate chain is specified, but private key is not specified
        "#]],
    );
    check(
        ClientKind::Admin,
        [
            ("security.protocol", "SSL"),
            ("ssl.keystore.certificate.chain", PEM),
            ("ssl.keystore.key", "hunter2"),
            ("ssl.keystore.password", "hunter2"),
            ("ssl.keystore.type", "PEM"),
            ("ssl.truststore.certificates", PEM),
        ],
        expect![[r#"
            security.protocol=SSL
            ssl.certificate.pem=-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n
            problem: Invalid value JKS for configuration ssl.truststore.type: SSL trust store certs can be specified only for PEM, but trust store type is JKS.
            problem: Invalid value [hidden] for configuration ssl.keystore.password: SSL key store password cannot be specified with PEM format, only key password may be specified.
            problem: Invalid value [hidden] for configuration ssl.keystore.key: Expected PEM: `-----BEGIN …-----`, base 64, `-----END …-----`
        "#]],
    );
    check(
        ClientKind::Admin,
        [
            ("security.protocol", "SSL"),
            ("ssl.endpoint.identification.algorithm", "ldaps"),
            ("ssl.key.password", "hunter3"),
            ("ssl.keystore.location", "/client"),
            ("ssl.keystore.password", "hunter2"),
            ("ssl.keystore.type", "PKCS12"),
        ],
        expect![[r#"
            security.protocol=SSL
            ssl.keystore.location=/client
            ssl.keystore.password=hunter2
            problem: Invalid value ldaps for configuration ssl.endpoint.identification.algorithm: Must be https, or empty to turn it off
            problem: Invalid value [hidden] for configuration ssl.key.password: Must be the one of ssl.keystore.password: a PKCS12 store has one
        "#]],
    );
}

#[test]
fn a_name_and_a_password_are_taken_from_the_login_module() {
    check(
        ClientKind::Producer,
        [
            ("security.protocol", "SASL_PLAINTEXT"),
            ("sasl.mechanism", "SCRAM-SHA-512"),
            (
                "sasl.jaas.config",
                "org.apache.kafka.common.security.scram.ScramLoginModule required username=bob password='b\\'ob';",
            ),
        ],
        expect![[r#"
            sasl.mechanism=SCRAM-SHA-512
            sasl.password=b\'ob
            sasl.username=bob
            security.protocol=SASL_PLAINTEXT
        "#]],
    );
}

#[test]
fn a_ticket_is_fetched_with_a_keytab_or_taken_from_the_cache() {
    check(
        ClientKind::Consumer,
        [
            ("security.protocol", "SASL_SSL"),
            ("sasl.kerberos.kinit.cmd", "/opt/krb5/bin/kinit"),
            ("sasl.kerberos.service.name", "kafka"),
            (
                "sasl.jaas.config",
                "com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true storeKey=true \
                 keyTab=\"/etc/k.keytab\" principal=\"k@EXAMPLE.COM\" serviceName=kafka;",
            ),
        ],
        expect![[r#"
            sasl.kerberos.keytab=/etc/k.keytab
            sasl.kerberos.kinit.cmd=/opt/krb5/bin/kinit -R -t \"%{sasl.kerberos.keytab}\" -k %{sasl.kerberos.principal} || /opt/krb5/bin/kinit -t \"%{sasl.kerberos.keytab}\" -k %{sasl.kerberos.principal}
            sasl.kerberos.principal=k@EXAMPLE.COM
            sasl.kerberos.service.name=kafka
            sasl.mechanism=GSSAPI
            security.protocol=SASL_SSL
        "#]],
    );
    check(
        ClientKind::Consumer,
        [
            ("security.protocol", "SASL_SSL"),
            ("sasl.kerberos.service.name", "kafka"),
            (
                "sasl.jaas.config",
                "com.sun.security.auth.module.Krb5LoginModule required useTicketCache=true serviceName=other;",
            ),
        ],
        expect![[r#"
            sasl.kerberos.min.time.before.relogin=0
            sasl.kerberos.service.name=kafka
            sasl.mechanism=GSSAPI
            security.protocol=SASL_SSL
            problem: Invalid value kafka for configuration sasl.kerberos.service.name: Conflicting serviceName values found in JAAS and Kafka configs
        "#]],
    );
}

#[test]
fn nothing_is_run_by_the_way() {
    check(
        ClientKind::Consumer,
        [
            ("security.protocol", "SASL_SSL"),
            ("sasl.kerberos.kinit.cmd", "kinit; touch /tmp/x"),
            (
                "sasl.jaas.config",
                "com.sun.security.auth.module.Krb5LoginModule required keyTab='a\" || touch b' principal='$(touch b)';",
            ),
        ],
        expect![[r#"
            sasl.kerberos.keytab=a\" || touch b
            sasl.kerberos.principal=$(touch b)
            sasl.mechanism=GSSAPI
            security.protocol=SASL_SSL
            problem: Invalid value kinit; touch /tmp/x for configuration sasl.kerberos.kinit.cmd: Must be the path of kinit, as in Java, without what a shell would read
            problem: Invalid value [hidden] for configuration sasl.jaas.config: `sasl.kerberos.keytab` must hold nothing that a shell would read
            problem: Invalid value [hidden] for configuration sasl.jaas.config: `sasl.kerberos.principal` must hold nothing that a shell would read
        "#]],
    );
    check(
        ClientKind::Consumer,
        [
            ("security.protocol", "SASL_SSL"),
            ("sasl.kerberos.keytab", "/etc/k.keytab"),
            ("sasl.kerberos.principal", "-x`touch`"),
        ],
        expect![[r#"
            sasl.kerberos.keytab=/etc/k.keytab
            sasl.kerberos.principal=-x`touch`
            sasl.mechanism=GSSAPI
            security.protocol=SASL_SSL
            problem: Invalid value [hidden] for configuration sasl.kerberos.principal: `sasl.kerberos.principal` must hold nothing that a shell would read
        "#]],
    );
}

const OAUTH: &str = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required";

#[test]
fn tokens_come_from_an_identity_provider() {
    let jaas =
        format!("{OAUTH} clientId=id clientSecret=\"hunter2\" scope=orders extension_cluster=lkc;");
    check(
        ClientKind::Producer,
        [
            ("security.protocol", "SASL_SSL"),
            ("sasl.mechanism", "OAUTHBEARER"),
            ("sasl.jaas.config", &jaas),
            (
                "sasl.login.callback.handler.class",
                "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler",
            ),
            ("sasl.oauthbearer.scope", "all"),
            ("sasl.oauthbearer.token.endpoint.url", "https://id/token"),
        ],
        expect![[r#"
            sasl.mechanism=OAUTHBEARER
            sasl.oauthbearer.client.id=id
            sasl.oauthbearer.client.secret=hunter2
            sasl.oauthbearer.extensions=cluster=lkc
            sasl.oauthbearer.method=oidc
            sasl.oauthbearer.scope=all
            sasl.oauthbearer.token.endpoint.url=https://id/token
            security.protocol=SASL_SSL
        "#]],
    );
}

#[test]
fn an_assertion_may_stand_for_the_secret() {
    check(
        ClientKind::Producer,
        [
            ("security.protocol", "SASL_SSL"),
            ("sasl.mechanism", "OAUTHBEARER"),
            ("sasl.oauthbearer.assertion.algorithm", "es256"),
            ("sasl.oauthbearer.assertion.private.key.file", "/key.pem"),
            ("sasl.oauthbearer.assertion.template.file", "/claims.json"),
            (
                "sasl.oauthbearer.jwt.retriever.class",
                "a.JwtBearerJwtRetriever",
            ),
            ("sasl.oauthbearer.token.endpoint.url", "https://id/token"),
        ],
        expect![[r#"
            sasl.mechanism=OAUTHBEARER
            sasl.oauthbearer.assertion.algorithm=es256
            sasl.oauthbearer.assertion.jwt.template.file=/claims.json
            sasl.oauthbearer.assertion.private.key.file=/key.pem
            sasl.oauthbearer.grant.type=urn:ietf:params:oauth:grant-type:jwt-bearer
            sasl.oauthbearer.method=oidc
            sasl.oauthbearer.token.endpoint.url=https://id/token
            security.protocol=SASL_SSL
        "#]],
    );
}

#[test]
fn what_is_about_tokens_is_set_for_tokens_only() {
    check(
        ClientKind::Producer,
        [
            ("security.protocol", "SASL_SSL"),
            ("sasl.mechanism", "PLAIN"),
            ("sasl.jaas.config", PLAIN),
            ("sasl.oauthbearer.assertion.algorithm", "RS256"),
            ("sasl.oauthbearer.scope", "all"),
        ],
        expect![[r#"
            sasl.mechanism=PLAIN
            sasl.password=al\"ice
            sasl.username=alice
            security.protocol=SASL_SSL
            warning: `sasl.oauthbearer.assertion.algorithm` has no effect: it needs `sasl.mechanism=OAUTHBEARER`, and a protocol with SASL
            warning: `sasl.oauthbearer.scope` has no effect: it needs `sasl.mechanism=OAUTHBEARER`, and a protocol with SASL
        "#]],
    );
}

#[test]
fn tokens_without_a_signature_are_for_development() {
    let jaas = format!("{OAUTH} unsecuredLoginStringClaim_sub=admin;");
    check(
        ClientKind::Producer,
        [
            ("security.protocol", "SASL_PLAINTEXT"),
            ("sasl.mechanism", "OAUTHBEARER"),
            ("sasl.jaas.config", &jaas),
        ],
        expect![[r#"
            enable.sasl.oauthbearer.unsecure.jwt=true
            sasl.mechanism=OAUTHBEARER
            sasl.oauthbearer.config=principal=admin
            security.protocol=SASL_PLAINTEXT
        "#]],
    );
}

#[test]
fn ways_to_log_in_that_need_java_are_refused() {
    for (key, value) in [
        ("sasl.oauthbearer.token.endpoint.url", "file:///token"),
        ("sasl.oauthbearer.jwt.retriever.class", "a.FileJwtRetriever"),
        ("sasl.login.callback.handler.class", "io.strimzi.Handler"),
    ] {
        let found = translated(
            ClientKind::Consumer,
            [
                ("security.protocol", "SASL_SSL"),
                ("sasl.mechanism", "OAUTHBEARER"),
                (key, value),
            ],
        );
        let keys: Vec<_> = found.problems.iter().map(|problem| problem.key()).collect();
        assert_eq!(keys, [key]);
        assert_eq!(found.problems[0].found(), Some(value));
    }
    check(
        ClientKind::Consumer,
        [
            ("security.protocol", "SASL_SSL"),
            ("sasl.mechanism", "AWS_MSK_IAM"),
            (
                "sasl.jaas.config",
                "software.amazon.msk.auth.iam.IAMLoginModule required;",
            ),
        ],
        expect![[r#"
            security.protocol=SASL_SSL
            problem: Invalid value AWS_MSK_IAM for configuration sasl.mechanism: String must be one of: GSSAPI, PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER
        "#]],
    );
}

#[test]
fn a_login_without_what_it_needs_says_what() {
    check(
        ClientKind::Consumer,
        [
            ("security.protocol", "SASL_SSL"),
            ("sasl.mechanism", "PLAIN"),
        ],
        expect![[r#"
            sasl.mechanism=PLAIN
            security.protocol=SASL_SSL
            problem: Missing required configuration "sasl.jaas.config" which has no default value.
        "#]],
    );
    check(
        ClientKind::Consumer,
        [
            ("security.protocol", "SASL_SSL"),
            ("sasl.mechanism", "PLAIN"),
            (
                "sasl.jaas.config",
                "a.ScramLoginModule required username=bob tokenauth=true;",
            ),
        ],
        expect![[r#"
            sasl.mechanism=PLAIN
            sasl.username=bob
            security.protocol=SASL_SSL
            problem: Invalid value [hidden] for configuration sasl.jaas.config: Expected a user's password: librdkafka knows no delegation tokens
            problem: Invalid value [hidden] for configuration sasl.jaas.config: Expected the option `password`
        "#]],
    );
    check(
        ClientKind::Consumer,
        [
            ("security.protocol", "SASL_SSL"),
            ("sasl.mechanism", "OAUTHBEARER"),
        ],
        expect![[r#"
            sasl.mechanism=OAUTHBEARER
            security.protocol=SASL_SSL
            problem: Missing required configuration "sasl.oauthbearer.token.endpoint.url" which has no default value.
        "#]],
    );
}

#[test]
fn librdkafkas_own_names_need_no_login_module() {
    check(
        ClientKind::Consumer,
        [
            ("security.protocol", "SASL_SSL"),
            ("sasl.mechanisms", "PLAIN"),
            ("sasl.username", "alice"),
            ("sasl.password", "hunter2"),
            ("ssl.ca.location", "/ca.pem"),
        ],
        expect![[r#"
            sasl.mechanism=PLAIN
            sasl.password=hunter2
            sasl.username=alice
            security.protocol=SASL_SSL
            ssl.ca.location=/ca.pem
        "#]],
    );
}

#[test]
fn no_secret_stands_in_what_is_told() {
    /// Whatever may be made of it, this must not be shown.
    const SECRET: &str = "hunter2";
    let logins = [
        SECRET.to_owned(),
        format!("{SECRET} required;"),
        format!("a.PlainLoginModule {SECRET};"),
        format!("a.PlainLoginModule required username={SECRET};"),
        format!("a.PlainLoginModule required username=a password=\"{SECRET}"),
        format!("a.PlainLoginModule required username=a password=\"x\"{SECRET}\";"),
        format!("a.PlainLoginModule required username=a password={SECRET} {SECRET};"),
        format!("a.Krb5LoginModule required serviceName={SECRET};"),
        format!("{OAUTH} clientId=a clientSecret={SECRET} {SECRET};"),
    ];
    let secrets = [
        "sasl.oauthbearer.assertion.private.key.passphrase",
        "sasl.oauthbearer.client.credentials.client.secret",
        "ssl.key.password",
        "ssl.keystore.certificate.chain",
        "ssl.keystore.key",
        "ssl.keystore.password",
        "ssl.truststore.certificates",
        "ssl.truststore.password",
    ];
    for login in &logins {
        for mechanism in ["PLAIN", "SCRAM-SHA-256", "GSSAPI", "OAUTHBEARER", "OTHER"] {
            for store in ["PEM", "PKCS12", "JKS"] {
                for kind in KINDS {
                    let mut java: Vec<_> = secrets.iter().map(|key| (*key, SECRET)).collect();
                    java.extend([
                        ("security.protocol", "SASL_SSL"),
                        ("sasl.mechanism", mechanism),
                        ("sasl.jaas.config", login),
                        ("sasl.kerberos.service.name", "kafka"),
                        ("ssl.keystore.type", store),
                        ("ssl.truststore.type", store),
                    ]);
                    let java = java.into_iter().collect();
                    let found = super::client(kind, "orders-0", &java);
                    let told = format!("{:?} {:?}", found.warnings, found.problems);
                    assert!(!told.contains(SECRET), "{told}");
                }
            }
        }
    }
}
