//! [`SETTINGS`]: SASL, from `sasl.jaas.config` to names and passwords.

use connect_api::ConfigProblem;

use super::{
    draft::{Draft, Subject},
    jaas::{JAAS, LoginModule},
    kerberos, oauth,
    setting::{Fate, INT, Setting, Type, setting},
};

const NO_CLASSES: &str = "Java classes cannot be loaded";
const RENEWAL: &str = "`kinit` runs every `sasl.kerberos.min.time.before.relogin`";
const REFRESH: &str = "librdkafka renews a token at four fifths of its life";
const LOGIN: &str = "librdkafka has no such time for the identity provider";
const BROKER: &str = "brokers look into tokens, clients only pass them on";

const MECHANISM: &str = "sasl.mechanism";

/// What Java defines for SASL.
pub(super) const SETTINGS: &[Setting] = &[
    setting(
        "sasl.client.callback.handler.class",
        Type::Class,
        Fate::Void(NO_CLASSES),
    ),
    setting(
        JAAS,
        Type::Password,
        Fate::Joined(
            Subject::Sasl,
            "`sasl.username` and `sasl.password`; `sasl.kerberos.keytab` and `.principal`; `sasl.oauthbearer.*`",
        ),
    ),
    setting(
        "sasl.kerberos.kinit.cmd",
        Type::Text,
        Fate::Decided(
            "`sasl.kerberos.kinit.cmd`, with arguments; it has to be a path",
            kerberos::kinit,
        ),
    ),
    setting(
        "sasl.kerberos.min.time.before.relogin",
        Type::Long(i64::MIN),
        Fate::Bounded("sasl.kerberos.min.time.before.relogin", 0, 86_400_000),
    ),
    setting(
        "sasl.kerberos.service.name",
        Type::Text,
        Fate::Passed("sasl.kerberos.service.name"),
    ),
    setting(
        "sasl.kerberos.ticket.renew.jitter",
        Type::Double,
        Fate::Void(RENEWAL),
    ),
    setting(
        "sasl.kerberos.ticket.renew.window.factor",
        Type::Double,
        Fate::Void(RENEWAL),
    ),
    setting(
        "sasl.login.callback.handler.class",
        Type::Class,
        Fate::Joined(
            Subject::Sasl,
            "nothing: Java's own is built in, others are refused",
        ),
    ),
    setting("sasl.login.class", Type::Class, Fate::Void(NO_CLASSES)),
    setting(
        "sasl.login.connect.timeout.ms",
        Type::Int(-0x8000_0000, INT),
        Fate::Void(LOGIN),
    ),
    setting(
        "sasl.login.read.timeout.ms",
        Type::Int(-0x8000_0000, INT),
        Fate::Void(LOGIN),
    ),
    setting(
        "sasl.login.refresh.buffer.seconds",
        Type::Short(0, 3_600),
        Fate::Void(REFRESH),
    ),
    setting(
        "sasl.login.refresh.min.period.seconds",
        Type::Short(0, 900),
        Fate::Void(REFRESH),
    ),
    setting(
        "sasl.login.refresh.window.factor",
        Type::Double,
        Fate::Void(REFRESH),
    ),
    setting(
        "sasl.login.refresh.window.jitter",
        Type::Double,
        Fate::Void(REFRESH),
    ),
    setting(
        "sasl.login.retry.backoff.max.ms",
        Type::Long(i64::MIN),
        Fate::Void(LOGIN),
    ),
    setting(
        "sasl.login.retry.backoff.ms",
        Type::Long(i64::MIN),
        Fate::Void(LOGIN),
    ),
    setting(
        MECHANISM,
        Type::Text,
        Fate::Joined(
            Subject::Sasl,
            "`sasl.mechanism`: GSSAPI, PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER",
        ),
    ),
    setting(
        "sasl.oauthbearer.assertion.algorithm",
        Type::AnyCase(&["ES256", "RS256"]),
        Fate::Passed("sasl.oauthbearer.assertion.algorithm"),
    ),
    setting(
        "sasl.oauthbearer.assertion.claim.aud",
        Type::Text,
        Fate::Passed("sasl.oauthbearer.assertion.claim.aud"),
    ),
    setting(
        "sasl.oauthbearer.assertion.claim.exp.seconds",
        Type::Int(0, 86_400),
        Fate::Bounded("sasl.oauthbearer.assertion.claim.exp.seconds", 1, INT),
    ),
    setting(
        "sasl.oauthbearer.assertion.claim.iss",
        Type::Text,
        Fate::Passed("sasl.oauthbearer.assertion.claim.iss"),
    ),
    setting(
        "sasl.oauthbearer.assertion.claim.jti.include",
        Type::Boolean,
        Fate::Passed("sasl.oauthbearer.assertion.claim.jti.include"),
    ),
    setting(
        "sasl.oauthbearer.assertion.claim.nbf.seconds",
        Type::Int(0, 3_600),
        Fate::Passed("sasl.oauthbearer.assertion.claim.nbf.seconds"),
    ),
    setting(
        "sasl.oauthbearer.assertion.claim.sub",
        Type::Text,
        Fate::Passed("sasl.oauthbearer.assertion.claim.sub"),
    ),
    setting(
        "sasl.oauthbearer.assertion.file",
        Type::Text,
        Fate::Passed("sasl.oauthbearer.assertion.file"),
    ),
    setting(
        "sasl.oauthbearer.assertion.private.key.file",
        Type::Text,
        Fate::Passed("sasl.oauthbearer.assertion.private.key.file"),
    ),
    setting(
        "sasl.oauthbearer.assertion.private.key.passphrase",
        Type::Password,
        Fate::Passed("sasl.oauthbearer.assertion.private.key.passphrase"),
    ),
    setting(
        "sasl.oauthbearer.assertion.template.file",
        Type::Text,
        Fate::Passed("sasl.oauthbearer.assertion.jwt.template.file"),
    ),
    setting(
        oauth::CLIENT_ID,
        Type::Text,
        Fate::Joined(Subject::Tokens, "`sasl.oauthbearer.client.id`"),
    ),
    setting(
        oauth::CLIENT_SECRET,
        Type::Password,
        Fate::Joined(Subject::Tokens, "`sasl.oauthbearer.client.secret`"),
    ),
    setting(
        "sasl.oauthbearer.clock.skew.seconds",
        Type::Int(-0x8000_0000, INT),
        Fate::Void(BROKER),
    ),
    setting(
        "sasl.oauthbearer.expected.audience",
        Type::List,
        Fate::Void(BROKER),
    ),
    setting(
        "sasl.oauthbearer.expected.issuer",
        Type::Text,
        Fate::Void(BROKER),
    ),
    setting(
        "sasl.oauthbearer.header.urlencode",
        Type::Boolean,
        Fate::Void("librdkafka sends id and secret as they are"),
    ),
    setting(
        "sasl.oauthbearer.jwks.endpoint.refresh.ms",
        Type::Long(i64::MIN),
        Fate::Void(BROKER),
    ),
    setting(
        "sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms",
        Type::Long(i64::MIN),
        Fate::Void(BROKER),
    ),
    setting(
        "sasl.oauthbearer.jwks.endpoint.retry.backoff.ms",
        Type::Long(i64::MIN),
        Fate::Void(BROKER),
    ),
    setting(
        "sasl.oauthbearer.jwks.endpoint.url",
        Type::Text,
        Fate::Void(BROKER),
    ),
    setting(
        oauth::RETRIEVER,
        Type::Class,
        Fate::Joined(
            Subject::Tokens,
            "`sasl.oauthbearer.grant.type`; a class of one's own, or one for files, is refused",
        ),
    ),
    setting(
        "sasl.oauthbearer.jwt.validator.class",
        Type::Class,
        Fate::Void(BROKER),
    ),
    setting(
        oauth::SCOPE,
        Type::Text,
        Fate::Joined(Subject::Tokens, "`sasl.oauthbearer.scope`"),
    ),
    setting(
        "sasl.oauthbearer.scope.claim.name",
        Type::Text,
        Fate::Void(BROKER),
    ),
    setting(
        "sasl.oauthbearer.sub.claim.name",
        Type::Text,
        Fate::Void(BROKER),
    ),
    setting(
        oauth::ENDPOINT,
        Type::Text,
        Fate::Joined(
            Subject::Tokens,
            "`sasl.oauthbearer.token.endpoint.url`, with `sasl.oauthbearer.method=oidc`; files are refused",
        ),
    ),
];

/// Reads the mechanism and who logs in.
pub(super) fn join(draft: &mut Draft<'_>) {
    if !draft.uses(Subject::Sasl) {
        return;
    }
    let mechanism = draft.get(MECHANISM).unwrap_or("GSSAPI");
    let login: fn(&mut Draft<'_>, Option<&LoginModule>) = match mechanism {
        "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512" => password,
        "GSSAPI" => kerberos::join,
        "OAUTHBEARER" => oauth::join,
        _ => {
            let reason =
                "String must be one of: GSSAPI, PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER";
            draft.refuse(MECHANISM, mechanism, reason);
            return;
        }
    };
    draft.set(MECHANISM, mechanism);
    match draft.get(JAAS).map(LoginModule::parse) {
        None => login(draft, None),
        Some(Ok(module)) => login(draft, Some(&module)),
        Some(Err(reason)) => draft.refuse_hidden(JAAS, &reason),
    }
}

/// Java takes the name and the password from either module.
fn password(draft: &mut Draft<'_>, module: Option<&LoginModule>) {
    let Some(module) = module else {
        if draft.get("sasl.username").is_none() {
            draft.problems.push(ConfigProblem::missing(JAAS));
        }
        return;
    };
    if !module.is_one_of(draft, &["PlainLoginModule", "ScramLoginModule"]) {
        return;
    }
    if module
        .option("tokenauth")
        .is_some_and(|text| text.eq_ignore_ascii_case("true"))
    {
        draft.refuse_hidden(
            JAAS,
            "Expected a user's password: librdkafka knows no delegation tokens",
        );
    }
    for (option, name) in [("username", "sasl.username"), ("password", "sasl.password")] {
        match module.option(option) {
            Some(value) => draft.set(name, value),
            None => draft.refuse_hidden(JAAS, &format!("Expected the option `{option}`")),
        }
    }
}
