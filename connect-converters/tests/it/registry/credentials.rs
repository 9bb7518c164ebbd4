use connect_api::{ErrorKind, Secret};
use connect_converters::registry::{BearerSource, Deleted, RegistryConfig};
use connect_testkit::registry::{Access, Fault, MockRegistry};

use super::{client, config, config_for};

/// `me:s3cret`, in base64.
const BASIC: &str = "Basic bWU6czNjcmV0";

async fn guarded(header: &str) -> MockRegistry {
    let mock = MockRegistry::start().await;
    mock.admit(Access::Header(header.to_owned()));
    mock
}

fn with_user(url: &str) -> String {
    url.replace("http://", "http://me:s3cret@")
}

#[tokio::test]
async fn user_and_password_come_from_the_address_or_the_options() {
    let mock = guarded(BASIC).await;
    let in_url = config_for([with_user(&mock.url())]);
    let mut in_options = config(&mock);
    in_options.basic_auth.user_info = Some(Secret::new("me:s3cret"));
    let mut by_old_name = config(&mock);
    by_old_name.schema_registry_basic_auth_user_info = Some(Secret::new("me:s3cret"));
    for config in [in_url, in_options, by_old_name] {
        client(&config).subjects(Deleted::Hidden).await.unwrap();
    }
}

#[tokio::test]
async fn a_token_is_sent() {
    let mock = guarded("Bearer t0ken").await;
    let mut config = config(&mock);
    config.bearer_auth.token = Some(Secret::new("t0ken"));
    client(&config).subjects(Deleted::Hidden).await.unwrap();
}

#[tokio::test]
async fn wrong_credentials_are_fatal() {
    let mock = guarded("Bearer other").await;
    let client = client(&config_for([with_user(&mock.url())]));
    let error = client.subjects(Deleted::Hidden).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Fatal);
    assert_eq!(mock.requests().len(), 1);
}

#[tokio::test]
async fn no_message_shows_credentials_even_if_the_registry_repeats_them() {
    let mock = MockRegistry::start().await;
    mock.fail(9, Fault::Echo);
    let in_url = config_for([with_user(&mock.url())]);
    let mut token = config(&mock);
    token.bearer_auth.token = Some(Secret::new("s3cret"));
    let mut header = config(&mock);
    header
        .request_header
        .insert("x-key".to_owned(), Secret::new("s3cret"));
    for config in [in_url, token, header] {
        let client = client(&config);
        let error = client.subjects(Deleted::Hidden).await.unwrap_err();
        for text in [
            error.report().to_string(),
            format!("{error:?}"),
            format!("{client:?}"),
            format!("{config:?}"),
        ] {
            let shown = text.contains("s3cret") || text.contains("bWU6czNjcmV0");
            assert!(!shown, "{text}");
        }
    }
}

async fn oauth(expires_in: Option<u64>) -> (MockRegistry, RegistryConfig) {
    let mock = MockRegistry::start().await;
    mock.admit(Access::OAuth {
        client: BASIC.to_owned(),
        expires_in,
    });
    let mut config = config(&mock);
    let bearer = &mut config.bearer_auth;
    bearer.credentials_source = Some(BearerSource::OAuthBearer);
    bearer.issuer_endpoint_url = Some(mock.token_url());
    bearer.client_id = Some("me".to_owned());
    bearer.client_secret = Some(Secret::new("s3cret"));
    bearer.scope = Some("schemas read".to_owned());
    (mock, config)
}

#[tokio::test]
async fn a_token_is_fetched_once_and_replaced_when_it_is_taken_back() {
    let (mock, config) = oauth(Some(3600)).await;
    let client = client(&config);
    for _ in 0..3 {
        client.subjects(Deleted::Hidden).await.unwrap();
    }
    assert_eq!(mock.count("POST /oauth/token"), 1);
    let body = String::from_utf8(mock.requests()[0].body.clone()).unwrap();
    assert_eq!(body, "grant_type=client_credentials&scope=schemas%20read");
    mock.revoke_tokens();
    client.subjects(Deleted::Hidden).await.unwrap();
    assert_eq!(mock.count("POST /oauth/token"), 2);
}

#[tokio::test]
async fn a_token_without_an_end_counts_until_it_is_refused() {
    let (mock, config) = oauth(None).await;
    let client = client(&config);
    client.subjects(Deleted::Hidden).await.unwrap();
    client.subjects(Deleted::Hidden).await.unwrap();
    assert_eq!(mock.count("POST /oauth/token"), 1);
}

#[tokio::test]
async fn a_token_is_replaced_before_its_end() {
    let (mock, config) = oauth(Some(1000)).await;
    let client = client(&config);
    client.subjects(Deleted::Hidden).await.unwrap();
    // It counts for 1000 s less the buffer of 300 s.
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_secs(701)).await;
    tokio::time::resume();
    client.subjects(Deleted::Hidden).await.unwrap();
    assert_eq!(mock.count("POST /oauth/token"), 2);
}

#[tokio::test]
async fn a_client_that_gets_no_token_is_refused() {
    let (mock, mut config) = oauth(None).await;
    config.bearer_auth.client_secret = Some(Secret::new("wrong"));
    let error = client(&config).subjects(Deleted::Hidden).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Fatal);
    assert!(!error.report().to_string().contains("wrong"));
    assert_eq!(mock.requests().len(), 1);
}
