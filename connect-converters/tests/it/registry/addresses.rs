use connect_api::ErrorKind;
use connect_converters::registry::Deleted;
use connect_testkit::registry::{Fault, MockRegistry};

use super::{client, config, config_for};

#[tokio::test]
async fn the_next_address_is_asked_when_one_is_down_and_stays_the_first() {
    let (one, two) = (MockRegistry::start().await, MockRegistry::start().await);
    one.stop().await;
    let client = client(&config_for([one.url(), two.url()]));
    client.subjects(Deleted::Hidden).await.unwrap();
    one.resume().await;
    client.subjects(Deleted::Hidden).await.unwrap();
    assert_eq!((one.requests().len(), two.requests().len()), (0, 2));
    two.stop().await;
    client.subjects(Deleted::Hidden).await.unwrap();
    assert_eq!(one.requests().len(), 1);
}

#[tokio::test]
async fn a_no_of_one_address_is_not_asked_of_the_next() {
    let (one, two) = (MockRegistry::start().await, MockRegistry::start().await);
    let client = client(&config_for([one.url(), two.url()]));
    let error = client.by_id(1, None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    assert_eq!(two.requests().len(), 0);
}

#[tokio::test]
async fn every_address_is_asked_before_any_is_asked_again() {
    let (one, two) = (MockRegistry::start().await, MockRegistry::start().await);
    one.fail(9, Fault::Status(503));
    two.fail(1, Fault::Status(500));
    let client = client(&config_for([one.url(), two.url()]));
    client.subjects(Deleted::Hidden).await.unwrap();
    assert_eq!((one.requests().len(), two.requests().len()), (2, 2));
}

#[tokio::test]
async fn requests_go_through_the_proxy() {
    let proxy = MockRegistry::start().await;
    let mut config = config_for(["http://registry.invalid:8081/base".to_owned()]);
    config.http.proxy_host = Some(proxy.address().ip().to_string());
    config.http.proxy_port = proxy.address().port().into();
    client(&config).subjects(Deleted::Hidden).await.unwrap_err();
    let target = &proxy.requests()[0].target;
    assert_eq!(
        target,
        "http://registry.invalid:8081/base/subjects?deleted=false"
    );
}

#[tokio::test]
async fn headers_are_sent_with_every_request() {
    let mock = MockRegistry::start().await;
    let mut config = config(&mock);
    config
        .request_header
        .insert("X-Tenant".to_owned(), connect_api::Secret::new("shop"));
    config.bearer_auth.logical_cluster = Some("lsrc-1".to_owned());
    config.bearer_auth.identity_pool_id = Some("pool-1".to_owned());
    client(&config).subjects(Deleted::Hidden).await.unwrap();
    let request = &mock.requests()[0];
    assert_eq!(request.header("x-tenant"), Some("shop"));
    assert_eq!(request.header("target-sr-cluster"), Some("lsrc-1"));
    assert_eq!(request.header("confluent-identity-pool-id"), Some("pool-1"));
}
