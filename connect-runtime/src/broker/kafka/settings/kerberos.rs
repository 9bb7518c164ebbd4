//! [`join`]: GSSAPI, from Java's login module to `kinit`.
//!
//! librdkafka hands `kinit` to a shell, with principal and keytab in the command. These may come from whoever configures a
//! connector, so that nothing in them may mean something to a shell.

use super::{
    draft::Draft,
    jaas::{JAAS, LoginModule},
};

const KEYTAB: &str = "sasl.kerberos.keytab";
const PRINCIPAL: &str = "sasl.kerberos.principal";

/// Reads who fetches tickets, and with what.
pub(super) fn join(draft: &mut Draft<'_>, module: Option<&LoginModule>) {
    const SERVICE: &str = "sasl.kerberos.service.name";
    let Some(module) = module else {
        return;
    };
    if !module.is_one_of(draft, &["Krb5LoginModule"]) {
        return;
    }
    for (option, name) in [("keyTab", KEYTAB), ("principal", PRINCIPAL)] {
        if let Some(value) = module.option(option) {
            draft.set(name, value);
        }
    }
    match (module.option("serviceName"), draft.get(SERVICE)) {
        (Some(one), Some(two)) if one != two => draft.refuse(
            SERVICE,
            two,
            "Conflicting serviceName values found in JAAS and Kafka configs",
        ),
        (Some(service), _) => draft.set(SERVICE, service),
        (None, _) => {}
    }
    if module.option("keyTab").is_none() {
        // Tickets are in the cache of the user, who renews them; there is nothing to run `kinit` with.
        draft.set("sasl.kerberos.min.time.before.relogin", "0");
    }
}

/// Java has a path here and librdkafka a command; of the two only a path is harmless.
pub(super) fn kinit(draft: &mut Draft<'_>, key: &str, text: &str) {
    const WITH: &str = r#"-t "%{sasl.kerberos.keytab}" -k %{sasl.kerberos.principal}"#;
    if text.is_empty() || !is_harmless(text) {
        let reason = "Must be the path of kinit, as in Java, without what a shell would read";
        draft.refuse(key, text, reason);
        return;
    }
    let command = format!("{text} -R {WITH} || {text} {WITH}");
    draft.set("sasl.kerberos.kinit.cmd", command);
}

/// Refuses what the shell would read otherwise than `kinit`.
pub(super) fn settle(draft: &mut Draft<'_>) {
    for name in [KEYTAB, PRINCIPAL] {
        let value = draft.properties.get(name);
        if value.is_some_and(|value| !is_harmless(value)) {
            let key = match draft.java.contains_key(name) {
                true => name,
                false => JAAS,
            };
            let reason = format!("`{name}` must hold nothing that a shell would read");
            draft.refuse_hidden(key, &reason);
        }
    }
}

fn is_harmless(text: &str) -> bool {
    let is = |c: char| c.is_alphanumeric() || "-_./@:+=,".contains(c);
    !text.starts_with('-') && text.chars().all(is)
}
