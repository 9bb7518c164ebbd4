use std::{collections::BTreeMap, sync::Arc, time::Duration};

use connect_api::{ErrorKind, Result};
use connect_testkit::registry::{Dialect, Fault, MockRegistry};
use serde_json::{Value, json};
use tokio::{join, time};

use super::{Associations, Key, Known, Purpose, Registry, TopicRef};
use crate::registry::{CacheConfig, HttpConfig, Reference, RegistryConfig, SchemaText, SchemaType};

const STRING: &str = "\"string\"";

const FOR_EVER: Associations = Associations {
    most: 10,
    counts: None,
};

fn topic<'a>(cluster: &'a str, topic: &'a str, side: &'static str) -> TopicRef<'a> {
    TopicRef {
        cluster,
        topic,
        side,
    }
}

fn config(mock: &MockRegistry) -> RegistryConfig {
    let mut config = RegistryConfig::new([mock.url()]);
    config.http = HttpConfig {
        max_retries: 0,
        ..HttpConfig::default()
    };
    config
}

fn registry(mock: &MockRegistry) -> Registry {
    Registry::new(&config(mock), FOR_EVER).unwrap()
}

fn registry_with(mock: &MockRegistry, caches: CacheConfig) -> Registry {
    let mut config = config(mock);
    config.caches = caches;
    Registry::new(&config, FOR_EVER).unwrap()
}

fn string() -> Value {
    json!({ "schema": STRING })
}

fn avro(text: &str) -> SchemaText {
    SchemaText::new(SchemaType::Avro, text)
}

fn kind<T>(answer: Result<T>) -> Option<ErrorKind> {
    answer.err().map(|error| error.kind())
}

/// Lets the clock jump: it runs again afterwards, as sockets need.
async fn pass(seconds: u64) {
    time::pause();
    time::advance(Duration::from_secs(seconds)).await;
    time::resume();
}

fn none() -> BTreeMap<String, String> {
    BTreeMap::new()
}

#[tokio::test]
async fn an_id_is_fetched_once_however_many_wait() {
    let mock = MockRegistry::start().await;
    let id = mock.register("s", string());
    let registry = registry(&mock);
    mock.hold();
    let fetch = || registry.fetch(Key::Id(id), "s");
    let release = async {
        mock.arrived(1).await;
        mock.release();
    };
    let (one, two, three, ()) = join!(fetch(), fetch(), fetch(), release);
    let one = one.unwrap();
    assert!(Arc::ptr_eq(&one, &two.unwrap()) && Arc::ptr_eq(&one, &three.unwrap()));
    assert_eq!(
        (&*one.schema.text, one.id, one.version),
        (STRING, Some(id), Some(1))
    );
    assert!(registry.known(Key::Id(id), "s").is_some());
    fetch().await.unwrap();
    assert_eq!(mock.requests().len(), 1);
}

#[tokio::test]
async fn who_goes_away_leaves_the_request_to_the_others() {
    let mock = MockRegistry::start().await;
    let id = mock.register("s", string());
    let registry = registry(&mock);
    mock.hold();
    let mut first = Box::pin(registry.fetch(Key::Id(id), "s"));
    let mut second = Box::pin(registry.fetch(Key::Id(id), "s"));
    // In this order: the first one asks, the second one waits for it.
    tokio::select! {
        biased;
        _ = &mut first => panic!("the answer is held back"),
        _ = &mut second => panic!("the answer is held back"),
        () = mock.arrived(1) => {}
    }
    drop(first);
    mock.release();
    assert_eq!(second.await.unwrap().id, Some(id));
    assert_eq!(mock.requests().len(), 2);
}

#[tokio::test]
async fn a_failure_is_shared_by_those_who_wait_and_then_forgotten() {
    let mock = MockRegistry::start().await;
    let id = mock.register("s", string());
    let registry = registry(&mock);
    mock.hold();
    mock.fail(1, Fault::Busy(503, 40));
    let fetch = || registry.fetch(Key::Id(id), "s");
    let release = async {
        mock.arrived(1).await;
        mock.release();
    };
    let (one, two, ()) = join!(fetch(), fetch(), release);
    for error in [one.unwrap_err(), two.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(error.delay(), Some(Duration::from_secs(40)));
    }
    assert_eq!(mock.requests().len(), 1);
    fetch().await.unwrap();
}

#[tokio::test]
async fn a_refusal_of_who_asks_is_not_kept() {
    let mock = MockRegistry::start().await;
    let id = mock.register("s", string());
    let registry = registry_with(
        &mock,
        CacheConfig {
            missing_id_cache_ttl_sec: 60,
            ..CacheConfig::default()
        },
    );
    mock.fail(1, Fault::Status(401));
    let refused = registry.fetch(Key::Id(id), "s").await;
    assert_eq!(kind(refused), Some(ErrorKind::Fatal));
    registry.fetch(Key::Id(id), "s").await.unwrap();
}

#[tokio::test]
async fn a_missing_id_is_asked_for_again_after_its_time() {
    let mock = MockRegistry::start().await;
    let kept = CacheConfig {
        missing_id_cache_ttl_sec: 60,
        ..CacheConfig::default()
    };
    let registry = registry_with(&mock, kept);
    for _ in 0..3 {
        let missing = registry.fetch(Key::Id(1), "s").await.unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::Rejected);
        assert!(missing.report().to_string().contains("Schema 1 not found"));
    }
    assert_eq!(mock.count("GET /schemas/ids/1"), 1);
    let id = mock.register("s", string());
    pass(61).await;
    assert_eq!(registry.fetch(Key::Id(id), "s").await.unwrap().id, Some(1));
}

#[tokio::test]
async fn by_default_a_missing_id_is_asked_for_each_time() {
    let mock = MockRegistry::start().await;
    let registry = registry(&mock);
    for _ in 0..2 {
        let missing = registry.fetch(Key::Id(1), "s").await;
        assert_eq!(kind(missing), Some(ErrorKind::Rejected));
    }
    assert_eq!(mock.requests().len(), 2);
}

#[tokio::test]
async fn a_latest_version_counts_for_its_time() {
    let mock = MockRegistry::start().await;
    mock.register("s", string());
    let kept = CacheConfig {
        latest_cache_ttl_sec: 30,
        ..CacheConfig::default()
    };
    let registry = registry_with(&mock, kept);
    assert!(registry.known_latest("s", &none()).is_none());
    assert_eq!(
        registry.latest("s", &none()).await.unwrap().version,
        Some(1)
    );
    mock.register("s", json!({ "schema": "\"long\"" }));
    pass(29).await;
    assert_eq!(
        registry.latest("s", &none()).await.unwrap().version,
        Some(1)
    );
    pass(2).await;
    assert!(registry.known_latest("s", &none()).is_none());
    assert_eq!(
        registry.latest("s", &none()).await.unwrap().version,
        Some(2)
    );
}

#[tokio::test]
async fn a_latest_version_counts_for_the_record_that_it_was_fetched_for() {
    let mock = MockRegistry::start().await;
    mock.register("s", string());
    let never = CacheConfig {
        latest_cache_ttl_sec: 0,
        ..CacheConfig::default()
    };
    let registry = registry_with(&mock, never);
    registry.latest("s", &none()).await.unwrap();
    assert!(registry.known_latest("s", &none()).is_some());
    pass(2).await;
    assert!(registry.known_latest("s", &none()).is_none());
}

#[tokio::test]
async fn the_latest_version_with_metadata_is_another_one() {
    let mock = MockRegistry::start().await;
    let metadata = json!({ "properties": { "major": "1" } });
    mock.register("s", json!({ "schema": "\"int\"", "metadata": metadata }));
    mock.register("s", string());
    let registry = registry(&mock);
    let major = BTreeMap::from([("major".to_owned(), "1".to_owned())]);
    assert_eq!(registry.latest("s", &major).await.unwrap().version, Some(1));
    assert_eq!(
        registry.latest("s", &none()).await.unwrap().version,
        Some(2)
    );
}

#[tokio::test]
async fn what_is_registered_is_known_and_makes_the_latest_old() {
    let mock = MockRegistry::start().await;
    mock.register("s", json!({ "schema": "\"long\"" }));
    let registry = registry(&mock);
    registry.latest("s", &none()).await.unwrap();
    let text = avro(STRING);
    assert!(registry.known_text("s", &text).is_none());
    let known = registry.register("s", &text).await.unwrap();
    assert_eq!(known.version, Some(2));
    assert!(known.guid.is_some());
    assert!(registry.known_text("s", &text).is_some());
    assert!(registry.known_text("other", &text).is_none());
    assert!(registry.known_latest("s", &none()).is_none());
    registry.register("s", &text).await.unwrap();
    assert_eq!(mock.count("POST /subjects/s/versions"), 1);
}

#[tokio::test]
async fn an_old_registry_answers_numbers_only_and_that_is_enough() {
    let mock = MockRegistry::start_as(Dialect::Old).await;
    let registry = registry(&mock);
    let known = registry.register("s", &avro(STRING)).await.unwrap();
    assert_eq!((known.id, known.guid, known.version), (Some(1), None, None));
    assert_eq!(&*known.schema.text, STRING);
    assert_eq!(registry.version("s", &known).await.unwrap(), Some(1));
    let fetched = registry.fetch(Key::Id(1), "s").await.unwrap();
    assert_eq!((fetched.id, fetched.version), (Some(1), None));
    assert_eq!(
        registry
            .association(topic("-", "t", "value"))
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn a_guid_is_fetched_and_is_the_same_for_all_subjects() {
    let mock = MockRegistry::start().await;
    let registry = registry(&mock);
    let guid = registry
        .register("s", &avro(STRING))
        .await
        .unwrap()
        .guid
        .unwrap();
    let known = registry.fetch(Key::Guid(guid), "s").await.unwrap();
    assert_eq!((known.guid, &*known.schema.text), (Some(guid), STRING));
    assert!(registry.known(Key::Guid(guid), "other").is_some());
}

#[tokio::test]
async fn a_schema_that_must_be_there_is_looked_up() {
    let mock = MockRegistry::start().await;
    let registry = registry(&mock);
    let missing = registry.look_up("s", &avro(STRING)).await;
    assert_eq!(kind(missing), Some(ErrorKind::Rejected));
    mock.register("s", string());
    let known = registry.look_up("s", &avro(STRING)).await.unwrap();
    assert_eq!((known.id, known.version), (Some(1), Some(1)));
}

#[tokio::test]
async fn a_deleted_subject_is_missing_and_its_messages_are_still_read() {
    let mock = MockRegistry::start().await;
    let id = mock.register("s", string());
    mock.delete("s");
    let registry = registry(&mock);
    let latest = registry.latest("s", &none()).await;
    assert_eq!(kind(latest), Some(ErrorKind::Rejected));
    let known = registry.fetch(Key::Id(id), "").await.unwrap();
    assert_eq!(registry.version("s", &known).await.unwrap(), Some(1));
    assert_eq!(registry.version("never", &known).await.unwrap(), None);
}

#[tokio::test]
async fn equal_numbers_of_two_contexts_are_two_schemas() {
    let mock = MockRegistry::start().await;
    assert_eq!(mock.register(":.a:s", string()), 1);
    assert_eq!(mock.register(":.b:s", json!({ "schema": "\"int\"" })), 1);
    let registry = registry(&mock);
    let a = registry.fetch(Key::Id(1), ":.a:s").await.unwrap();
    let b = registry.fetch(Key::Id(1), ":.b:s").await.unwrap();
    assert_eq!((&*a.schema.text, &*b.schema.text), (STRING, "\"int\""));
}

fn referring(text: &str, to: &str) -> Value {
    let references = json!([{ "name": to, "subject": to, "version": 1 }]);
    json!({ "schema": text, "schemaType": "PROTOBUF", "references": references })
}

fn names(known: &Known) -> Vec<&str> {
    let mut names = Vec::new();
    let mut next = &known.schema;
    while let Some((name, below)) = next.references.first() {
        names.push(name.as_str());
        next = below;
    }
    names
}

#[tokio::test]
async fn references_are_resolved_down_to_the_last_and_fetched_once() {
    let mock = MockRegistry::start().await;
    mock.register("c", json!({ "schema": "c", "schemaType": "PROTOBUF" }));
    mock.register("b", referring("b", "c"));
    let one = mock.register("a", referring("a", "b"));
    let two = mock.register("a2", referring("a2", "b"));
    let registry = registry(&mock);
    assert_eq!(
        names(&registry.fetch(Key::Id(one), "a").await.unwrap()),
        ["b", "c"]
    );
    assert_eq!(
        names(&registry.fetch(Key::Id(two), "a2").await.unwrap()),
        ["b", "c"]
    );
    assert_eq!(mock.count("GET /subjects/b/versions/1"), 1);
    assert_eq!(mock.count("GET /subjects/c/versions/1"), 1);
}

#[tokio::test]
async fn references_stand_in_the_context_of_the_schema() {
    let mock = MockRegistry::start().await;
    mock.register(":.x:c", json!({ "schema": "c", "schemaType": "PROTOBUF" }));
    let id = mock.register(":.x:a", referring("a", "c"));
    let registry = registry(&mock);
    let known = registry.fetch(Key::Id(id), ":.x:a").await.unwrap();
    assert_eq!(&*known.schema.references[0].1.text, "c");
}

#[tokio::test]
async fn what_is_registered_with_references_knows_them() {
    let mock = MockRegistry::start().await;
    mock.register("c", json!({ "schema": "c", "schemaType": "PROTOBUF" }));
    let registry = registry(&mock);
    let text = SchemaText::new(SchemaType::Protobuf, "a")
        .with_references(vec![Reference::new("c.proto", "c", 1)]);
    let known = registry.register("a", &text).await.unwrap();
    assert_eq!(names(&known), ["c.proto"]);
}

#[tokio::test]
async fn references_without_end_are_refused() {
    let mock = MockRegistry::start().await;
    mock.register("a", json!({ "schema": "a", "schemaType": "PROTOBUF" }));
    mock.register("b", referring("b", "a"));
    // Deleted for good and made anew, the first one refers to the second.
    mock.replace("a", referring("a", "b"));
    let registry = registry(&mock);
    let error = registry.latest("a", &none()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    let report = error.report().to_string();
    assert!(report.contains("references that end"), "{report}");
}

#[tokio::test]
async fn references_that_go_too_deep_are_refused() {
    let mock = MockRegistry::start().await;
    mock.register("s0", json!({ "schema": "s0", "schemaType": "PROTOBUF" }));
    for depth in 1..40 {
        let below = format!("s{}", depth - 1);
        mock.register(
            &format!("s{depth}"),
            referring(&format!("s{depth}"), &below),
        );
    }
    let registry = registry(&mock);
    registry.latest("s32", &none()).await.unwrap();
    let error = registry.latest("s39", &none()).await.unwrap_err();
    assert!(error.report().to_string().contains("at most 32 deep"));
}

#[tokio::test]
async fn a_schema_whose_rules_would_have_to_run_is_refused() {
    let mock = MockRegistry::start().await;
    let rules = |mode: &str, disabled: bool| {
        let rule = json!({ "name": "pii", "kind": "TRANSFORM", "mode": mode, "type": "ENCRYPT", "disabled": disabled });
        json!({ "schema": STRING, "ruleSet": { "domainRules": [rule] } })
    };
    let id = mock.register("s", rules("WRITEREAD", false));
    let writing = mock.register("w", rules("WRITE", false));
    let disabled = mock.register("d", rules("WRITEREAD", true));
    let registry = registry(&mock);
    let known = registry.fetch(Key::Id(id), "s").await.unwrap();
    let error = known.check_rules(Purpose::Reading).unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected a schema without rules, found rule `pii` of type ENCRYPT and mode WRITEREAD, and rules are not run"
    );
    let known = registry.fetch(Key::Id(writing), "w").await.unwrap();
    known.check_rules(Purpose::Reading).unwrap();
    let error = known.check_rules(Purpose::Writing).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    let known = registry.fetch(Key::Id(disabled), "d").await.unwrap();
    known.check_rules(Purpose::Reading).unwrap();
}

#[tokio::test]
async fn a_topic_has_the_subject_that_is_associated_with_it() {
    let mock = MockRegistry::start().await;
    mock.associate("lkc-1", "orders", "value", "shared");
    let registry = registry(&mock);
    let asked =
        async |namespace, side| registry.association(topic(namespace, "orders", side)).await;
    assert_eq!(
        asked("-", "value").await.unwrap().as_deref(),
        Some("shared")
    );
    assert_eq!(
        asked("lkc-1", "value").await.unwrap().as_deref(),
        Some("shared")
    );
    assert_eq!(asked("lkc-2", "value").await.unwrap(), None);
    assert_eq!(asked("-", "key").await.unwrap(), None);
    mock.associate("lkc-2", "orders", "value", "own");
    // What was answered counts for ever here.
    assert_eq!(asked("lkc-2", "value").await.unwrap(), None);
    let other = self::registry(&mock);
    let several = other.association(topic("-", "orders", "value")).await;
    assert_eq!(kind(several), Some(ErrorKind::Rejected));
}

#[tokio::test]
async fn a_registry_that_is_down_is_unavailable_until_it_is_back() {
    let mock = MockRegistry::start().await;
    let id = mock.register("s", string());
    let registry = registry(&mock);
    mock.stop().await;
    for _ in 0..2 {
        let down = registry.fetch(Key::Id(id), "s").await;
        assert_eq!(kind(down), Some(ErrorKind::Unavailable));
    }
    mock.resume().await;
    registry.fetch(Key::Id(id), "s").await.unwrap();
}

#[tokio::test]
async fn what_is_kept_is_bounded() {
    let mock = MockRegistry::start().await;
    let few = CacheConfig {
        max_schemas_per_subject: 2,
        ..CacheConfig::default()
    };
    let registry = registry_with(&mock, few);
    let mut ids = Vec::new();
    for number in 0..500 {
        let id = mock.register("s", json!({ "schema": format!("\"{number}\"") }));
        registry.fetch(Key::Id(id), "s").await.unwrap();
        ids.push(id);
    }
    let known = ids
        .iter()
        .filter(|id| registry.known(Key::Id(**id), "s").is_some());
    assert!(known.count() < 400);
}
