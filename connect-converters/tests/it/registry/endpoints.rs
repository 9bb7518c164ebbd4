use std::collections::BTreeMap;

use connect_converters::registry::{
    Client, CompatibilityLevel, Deleted, Deletion, Mode, Refusal, SchemaType, Version,
};
use connect_testkit::registry::{Dialect, MockRegistry};
use serde_json::json;

use super::{STRING, avro, client, config};

async fn registry() -> (MockRegistry, Client) {
    let mock = MockRegistry::start().await;
    let client = client(&config(&mock));
    (mock, client)
}

#[tokio::test]
async fn a_schema_is_found_by_everything_that_names_it() {
    let (_mock, client) = registry().await;
    let registered = client.register("s", &avro(STRING)).await.unwrap();
    let (id, guid) = (registered.id.unwrap(), registered.guid.unwrap());
    assert_eq!(registered.version, Some(1));
    let schema = avro(STRING);
    let latest = client
        .by_version("s", Version::Latest, Deleted::Hidden)
        .await;
    assert_eq!(latest.unwrap(), registered);
    let first = client
        .by_version("s", Version::Number(1), Deleted::Hidden)
        .await;
    assert_eq!(first.unwrap(), registered);
    assert_eq!(client.by_id(id, None).await.unwrap().schema, schema);
    assert_eq!(client.by_guid(guid).await.unwrap().schema, schema);
    let found = client.look_up("s", &schema, Deleted::Hidden).await.unwrap();
    assert_eq!(found, registered);
    assert_eq!(client.places(id, None).await.unwrap()[0].subject, "s");
    assert_eq!(client.ids(guid).await.unwrap()[0].id, id);
    assert_eq!(client.versions("s", Deleted::Hidden).await.unwrap(), [1]);
    assert_eq!(client.contexts().await.unwrap(), ["."]);
    assert!(
        client
            .schema_types()
            .await
            .unwrap()
            .contains(&"AVRO".to_owned())
    );
}

#[tokio::test]
async fn types_references_and_metadata_come_back() {
    let (mock, client) = registry().await;
    mock.register("c", json!({ "schema": "c", "schemaType": "PROTOBUF" }));
    let references = json!([{ "name": "c.proto", "subject": "c", "version": 1 }]);
    let properties = json!({ "properties": { "owner": "a b&c" } });
    mock.register(
        "p",
        json!({ "schema": "p", "schemaType": "PROTOBUF", "references": references, "metadata": properties }),
    );
    let metadata = BTreeMap::from([("owner".to_owned(), "a b&c".to_owned())]);
    let found = client.by_metadata("p", &metadata).await.unwrap();
    assert_eq!(found.schema.schema_type, SchemaType::Protobuf);
    assert_eq!(found.schema.references[0].name, "c.proto");
    let referring = client.referenced_by("c", Version::Latest).await.unwrap();
    assert_eq!(referring, [found.id.unwrap()]);
}

#[tokio::test]
async fn subjects_may_hold_any_character() {
    let (_mock, client) = registry().await;
    for subject in ["a/b", "ü %", ":.ctx:a?b#c", "a+b&c=d"] {
        client.register(subject, &avro(STRING)).await.unwrap();
        let found = client
            .by_version(subject, Version::Latest, Deleted::Hidden)
            .await;
        assert_eq!(found.unwrap().subject.as_deref(), Some(subject));
    }
    client.register("..", &avro(STRING)).await.unwrap_err();
}

#[tokio::test]
async fn levels_and_modes_are_set_shown_and_removed() {
    let (_mock, client) = registry().await;
    assert_eq!(client.level(None).await.unwrap(), CompatibilityLevel::None);
    let full = CompatibilityLevel::FullTransitive;
    client.set_level(Some("s"), full).await.unwrap();
    assert_eq!(client.level(Some("s")).await.unwrap(), full);
    client.delete_level(Some("s")).await.unwrap();
    assert_eq!(
        client.level(Some("s")).await.unwrap(),
        CompatibilityLevel::None
    );
    client.set_mode(Some("s"), Mode::Readonly).await.unwrap();
    assert_eq!(client.mode(Some("s")).await.unwrap(), Mode::Readonly);
    let error = client.register("s", &avro(STRING)).await.unwrap_err();
    assert_eq!(Refusal::behind(&error).unwrap().code(), Some(42205));
    client.delete_mode(Some("s")).await.unwrap();
    client.register("s", &avro(STRING)).await.unwrap();
}

#[tokio::test]
async fn compatibility_is_told_before_anything_is_registered() {
    let (mock, client) = registry().await;
    client.register("s", &avro(STRING)).await.unwrap();
    mock.compare(|_, new| match new {
        "\"int\"" => vec!["no text".to_owned()],
        _ => Vec::new(),
    });
    let checked = client
        .check("s", Version::Latest, &avro("\"int\""))
        .await
        .unwrap();
    assert_eq!(
        (checked.is_compatible, checked.messages),
        (false, vec!["no text".to_owned()])
    );
    let checked = client
        .check("s", Version::Number(1), &avro("\"bytes\""))
        .await;
    assert!(checked.unwrap().is_compatible);
    assert_eq!(client.versions("s", Deleted::Hidden).await.unwrap(), [1]);
}

#[tokio::test]
async fn what_is_deleted_softly_is_hidden_and_then_deleted_for_good() {
    let (_mock, client) = registry().await;
    client.register("s", &avro(STRING)).await.unwrap();
    assert_eq!(
        client.delete_subject("s", Deletion::Soft).await.unwrap(),
        [1]
    );
    assert_eq!(client.subjects(Deleted::Hidden).await.unwrap().len(), 0);
    assert_eq!(client.subjects(Deleted::Shown).await.unwrap(), ["s"]);
    assert_eq!(
        client
            .delete_subject("s", Deletion::Permanent)
            .await
            .unwrap(),
        [1]
    );
    assert_eq!(client.subjects(Deleted::Shown).await.unwrap().len(), 0);
    let latest = Version::Latest;
    let error = client
        .delete_version("s", latest, Deletion::Soft)
        .await
        .unwrap_err();
    assert!(Refusal::behind(&error).unwrap().is_missing());
}

#[tokio::test]
async fn apicurio_answers_below_its_path_and_has_no_modes() {
    let mock = MockRegistry::start_as(Dialect::Apicurio).await;
    let client = client(&config(&mock));
    let registered = client.register("s", &avro(STRING)).await.unwrap();
    assert_eq!((registered.id, registered.guid), (Some(1), None));
    assert!(
        client
            .associations("-", "t", "value")
            .await
            .unwrap()
            .is_empty()
    );
    let error = client.mode(None).await.unwrap_err();
    assert_eq!(Refusal::behind(&error).unwrap().status(), 404);
}

#[tokio::test]
async fn schemas_are_normalized_if_the_options_say_so() {
    let mock = MockRegistry::start().await;
    let mut config = config(&mock);
    config.normalize_schemas = true;
    client(&config).register("s", &avro(STRING)).await.unwrap();
    assert_eq!(
        mock.requests()[0].target,
        "/subjects/s/versions?normalize=true"
    );
}
