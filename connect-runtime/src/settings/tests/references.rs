//! What references stand for, and that nobody sees it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use connect_api::{ConfigData, ConfigMap, ConfigProvider, Error, ErrorKind, Result, Secret};
use expect_test::{Expect, expect};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Plan, SINK, SOURCE, config, in_no_time, plan, planner, plugins};
use crate::settings::{Mode, Resolver, WorkerSettings};

/// What a vault is given.
#[derive(Deserialize, JsonSchema)]
pub(super) struct VaultOptions {
    /// The password that it knows.
    password: String,
}

/// A provider with one password, that is another one whenever it is asked.
pub(super) struct Vault {
    password: String,
    asked: Mutex<usize>,
}

impl Vault {
    pub(super) fn new(options: &VaultOptions) -> Self {
        Self {
            password: options.password.clone(),
            asked: Mutex::default(),
        }
    }
}

#[async_trait]
impl ConfigProvider for Vault {
    async fn get(&self, path: &str, keys: &[&str]) -> Result<ConfigData> {
        match path {
            "sealed" => return Err(Error::config("path `sealed`: it is sealed")),
            "away" => return Err(Error::unavailable("no answer")),
            "hangs" => std::future::pending().await,
            "panics" => panic!("out of luck"),
            _ => {}
        }
        let mut asked = self.asked.lock().unwrap();
        let mut values = BTreeMap::new();
        if keys.contains(&"password") {
            values.insert("password".to_owned(), Secret::new(&*self.password));
        }
        if keys.contains(&"changing") {
            values.insert("changing".to_owned(), Secret::new(asked.to_string()));
        }
        *asked += 1;
        let ttl = path.parse().ok().map(Duration::from_secs);
        Ok(ConfigData { values, ttl })
    }
}

const VAULT: [(&str, &str); 3] = [
    ("config.providers", "v"),
    ("config.providers.v.class", "VaultConfigProvider"),
    ("config.providers.v.param.password", "swordfish"),
];

fn resolve(text: &str) -> Result<String> {
    let settings: ConfigMap = VAULT.into_iter().collect();
    let resolver = Resolver::new(&settings, &plugins()).unwrap();
    let config = ConfigMap::from([("key", text)]);
    let resolved = in_no_time(resolver.resolve(&config))?;
    Ok(resolved.config.get("key").unwrap().to_owned())
}

#[test]
fn references_are_replaced_wherever_they_stand() {
    for (text, expected) in [
        ("${v:password}", "swordfish"),
        ("${v:any:password}", "swordfish"),
        (
            "a ${v:password} b ${v:/some/path:password}.",
            "a swordfish b swordfish.",
        ),
        ("no reference", "no reference"),
        ("${topic}-${partition}", "${topic}-${partition}"),
        ("${other:password}", "${other:password}"),
        ("${v:password", "${v:password"),
        ("$${v:password}}", "$swordfish}"),
        ("é${v:password}ü", "éswordfishü"),
    ] {
        assert_eq!(resolve(text).unwrap(), expected, "{text}");
    }
}

#[test]
fn what_is_not_there_is_said_with_its_key() {
    let error = resolve("${v:a} ${v:sealed:password} ${v:b}").unwrap_err();
    expect![[r#"
        Invalid value ${v:a} for configuration key: there is no such value
        Invalid value ${v:sealed:password} for configuration key: path `sealed`: it is sealed
        Invalid value ${v:b} for configuration key: there is no such value"#]]
    .assert_eq(error.message());
    let error = resolve("${v:away:password}").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[test]
fn a_plan_keeps_the_references_and_its_connector_gets_the_values() {
    let planner = planner(&VAULT);
    let written = config(
        &SINK,
        &[(
            "consumer.override.sasl.jaas.config",
            "user=me;${v:password}",
        )],
    );
    let plan = plan(&planner, &written, None).unwrap();
    assert_eq!(plan.config, written);
    let read = plan.options.sink.consumer.get("sasl.jaas.config");
    assert_eq!(read, Some("user=me;swordfish"));
    assert!(!format!("{plan:?} {planner:?} ").contains("swordfish"));
}

#[test]
fn no_problem_shows_what_a_reference_stands_for() {
    #[track_caller]
    fn check(base: &[(&str, &str)], more: &[(&str, &str)], expected: Expect) {
        let error = plan(&planner(&VAULT), &config(base, more), None).unwrap_err();
        let parts = error.problems().iter();
        let parts: Vec<_> = parts
            .map(|problem| (problem.expected(), problem.found()))
            .collect();
        expected.assert_eq(&format!("{}\n{parts:?}", error.message()));
    }
    check(
        &SOURCE,
        &[("tasks.max", "${v:password}")],
        expect![[r#"
        Invalid value ${v:password} for configuration tasks.max: Not a number of type INT
        [(Some("a 32-bit integer from 1 to 2147483647"), Some("${v:password}"))]"#]],
    );
    check(
        &SOURCE,
        &[("poll.interval.ms", "1${v:password}")],
        expect![[r#"
        Invalid value 1${v:password} for configuration poll.interval.ms: Not a number of type LONG
        [(Some("a 64-bit integer from 0 to 4294967295"), Some("1${v:password}"))]"#]],
    );
    check(
        &SOURCE,
        &[("errors.tolerance", "${v:1:password}")],
        expect![[r#"
        Invalid value ${v:1:password} for configuration errors.tolerance: String must be one of: none, all
        [(Some("one of none, all"), Some("${v:1:password}"))]"#]],
    );
    check(
        &SOURCE,
        &[("connector.class", "${v:password}")],
        expect![[r#"
        connector.class: expected a registered connector, found `${v:password}` (registered: `drain`, `log-source`, `panicking`, `table-source`)
        [(None, None)]"#]],
    );
    check(
        &SINK,
        &[("topics", ""), ("topics.regex", "(${v:password}")],
        expect![[r#"
            Invalid value (${v:password} for configuration topics.regex: Must be a valid regular expression: regex parse error:
                ^(?:(${v:password})$
                 ^
            error: unclosed group
            [(None, Some("(${v:password}"))]"#]],
    );
}

#[test]
fn what_a_connector_takes_over_from_the_worker_is_hidden_too() {
    let mut planner = Arc::into_inner(planner(&VAULT)).unwrap();
    let settings: ConfigMap = VAULT.into_iter().collect();
    let worker = ConfigMap::from([("consumer.isolation.level", "${v:password}")]);
    let resolver = Resolver::new(&settings, &plugins()).unwrap();
    let resolved = in_no_time(resolver.resolve(&worker)).unwrap();
    planner.settings = WorkerSettings::parse(resolved.config.clone(), Mode::Alone).unwrap();
    planner.secrets = resolved.secrets;
    let named = [("key.converter", "format"), ("value.converter", "format")];
    let error = plan(&Arc::new(planner), &config(&SINK, &named), None).unwrap_err();
    expect!["Invalid value ${v:password} for configuration consumer.isolation.level: String must be one of: read_committed, read_uncommitted"].assert_eq(error.message());
}

#[test]
fn a_name_is_no_reference() {
    let named = config(&SOURCE, &[("name", "${v:password}")]);
    let error = plan(&planner(&VAULT), &named, None).unwrap_err();
    expect!["Invalid value ${v:password} for configuration name: Must not refer to a value: offsets and statuses are stored under the name"].assert_eq(error.message());
}

#[test]
fn a_provider_that_hangs_or_panics_is_told_of() {
    let error = resolve("${v:hangs:password}").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    expect!["config provider `v`: did not answer within 30 s"].assert_eq(error.message());
    let error = resolve("${v:panics:password}").unwrap_err();
    expect!["Invalid value ${v:panics:password} for configuration key: panicked: out of luck"]
        .assert_eq(error.message());
}

#[test]
fn a_plan_is_renewed_when_a_value_has_changed() {
    let planner = planner(&VAULT);
    let renew = |plan: &Plan| in_no_time(plan.renewed()).unwrap();
    let changing = config(&SOURCE, &[("poll.interval.ms", "${v:60:changing}")]);
    let changing = plan(&planner, &changing, None).unwrap();
    assert_eq!(changing.ttl(), Some(Duration::from_secs(60)));
    let renewed = renew(&changing).unwrap();
    assert_eq!(renewed.config, changing.config);
    assert!(renew(&renewed).is_some());

    let same = config(&SOURCE, &[("table", "${v:password}")]);
    let same = plan(&planner, &same, None).unwrap();
    assert_eq!(same.ttl(), None);
    assert!(renew(&same).is_none());

    let quiet = [
        ("table", "${v:60:password}"),
        ("config.action.reload", "none"),
    ];
    let quiet = plan(&planner, &config(&SOURCE, &quiet), None).unwrap();
    assert_eq!(quiet.ttl(), None);
    assert!(renew(&plan(&planner, &config(&SOURCE, &[]), None).unwrap()).is_none());
}

#[test]
fn a_wrong_provider_is_refused_with_its_key() {
    let refused = |settings: &[(&str, &str)]| {
        let settings = settings.iter().copied().collect();
        Resolver::new(&settings, &plugins())
            .unwrap_err()
            .message()
            .to_owned()
    };
    expect!["config.providers.valt.class: expected a registered config provider, found `valt`; did you mean `Vault` or `vault`? (registered: `vault`)"].assert_eq(&refused(&[("config.providers", "valt")]));
    expect![[r#"Missing required configuration "config.providers.vault.param.password" which has no default value."#]].assert_eq(&refused(&[("config.providers", "vault")]));
    let twice = [
        ("config.providers", "v, w"),
        ("config.providers.v.class", "vault"),
        ("config.providers.v.param.pasword", "x"),
        ("config.providers.w.class", "format"),
    ];
    let strays = [
        ("config.providers", "v"),
        ("config.providers.v.class", "VaultConfigProvider"),
        ("config.providers.v.param.password", "x"),
        ("config.providers.v.parm.password", "x"),
        ("config.providers.vv.param.password", "x"),
        ("config.providers.v.clas", "x"),
        ("config.providers.w", "x"),
    ];
    expect![[r#"
        Unknown configuration "config.providers.v.clas": did you mean "config.providers.v.class"?
        Unknown configuration "config.providers.v.parm.password": did you mean "config.providers.v.param.password"?
        Unknown configuration "config.providers.vv.param.password": did you mean "config.providers.v.param.password"?
        Unknown configuration "config.providers.w""#]].assert_eq(&refused(&strays));
    expect![[r#"
        Missing required configuration "config.providers.v.param.password" which has no default value.
        Unknown configuration "config.providers.v.param.pasword": did you mean "config.providers.v.param.password"?
        config.providers.w.class: expected a registered config provider, found `format` (registered: `vault`)"#]].assert_eq(&refused(&twice));
}
