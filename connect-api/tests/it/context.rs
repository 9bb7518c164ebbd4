//! What tasks are handed, on a host that does everything at once.

use std::{
    collections::BTreeMap,
    future::{pending, ready},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, atomic::AtomicU64},
    time::{Duration, SystemTime},
};

use connect_api::{
    Error, ErrorKind, Host, Origin, Result, SinkContext, SourceContext, SourceOffset,
    SourcePartition, TaskConfig, TaskContext, TopicPartition,
};
use futures::future::BoxFuture;
use serde::Deserialize;

/// A host that wants its task back at once, and tolerates nothing.
struct Impatient;

impl Host for Impatient {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(1234)
    }

    fn counter(&self, _: &'static str) -> Arc<AtomicU64> {
        Arc::default()
    }

    fn wanted(&self) -> BoxFuture<'_, ()> {
        Box::pin(ready(()))
    }

    fn spawn(&self, _: &'static str, _: BoxFuture<'static, Result<()>>) {}

    fn blocking(&self, work: Box<dyn FnOnce() + Send>) -> BoxFuture<'_, ()> {
        let _ = catch_unwind(AssertUnwindSafe(work));
        Box::pin(ready(()))
    }

    fn wake_after(&self, _: Duration) {}

    fn request_flush(&self) {}

    fn reject(&self, rejected: Vec<(Origin, Error)>) -> BoxFuture<'_, Result<()>> {
        let first = rejected.into_iter().next();
        Box::pin(ready(first.map_or(Ok(()), |(_, error)| Err(error))))
    }
}

fn task() -> TaskContext {
    TaskContext::new(Arc::new(Impatient), "orders", 3)
}

fn table() -> SourcePartition {
    SourcePartition::from([("table", "orders")])
}

fn source(offset: SourceOffset) -> SourceContext {
    SourceContext::new(
        task(),
        TaskConfig::new(),
        BTreeMap::from([(table(), offset)]),
    )
}

#[tokio::test]
async fn data_that_is_there_is_never_held_back() {
    assert_eq!(task().wait(ready(7)).await, Some(7));
}

#[tokio::test]
async fn waiting_ends_when_the_runtime_wants_the_task() {
    assert_eq!(task().wait(pending::<()>()).await, None);
}

#[tokio::test]
async fn blocking_work_returns_what_it_made_or_is_fatal() {
    let cx = task();
    assert_eq!(cx.blocking(|| 6 * 7).await.unwrap(), 42);
    let error = cx.blocking(|| panic!("out of luck")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Fatal);
}

#[test]
fn the_clock_is_the_host_s() {
    assert_eq!(task().now_millis(), 1234);
    assert_eq!((task().connector(), task().task()), ("orders", 3));
}

#[test]
fn a_stored_place_is_read_by_its_key() {
    let cx = source(SourceOffset::at("id", 41));
    assert_eq!(cx.offset_at(&table(), "id").unwrap(), Some(41));
    let other = SourcePartition::from([("table", "customers")]);
    assert_eq!(cx.offset_at(&other, "id").unwrap(), None);
    let error = cx.offset_at(&table(), "row").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Fatal);
    assert_eq!(
        error.to_string(),
        r#"source partition {"table":"orders"}: expected an offset with an integer `row`, found {"id":41}"#
    );
}

#[test]
fn a_stored_place_that_does_not_read_names_its_partition() {
    #[derive(Debug, Deserialize)]
    struct Place {
        #[expect(dead_code, reason = "only its absence is read")]
        row: i64,
    }
    let error = source(SourceOffset::at("id", 41))
        .offset::<Place>(&table())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Fatal);
    let message = error.to_string();
    assert!(
        message.contains(r#"{"table":"orders"}"#) && message.contains("`row`"),
        "{message}"
    );
}

#[tokio::test]
async fn a_record_that_is_not_tolerated_comes_back_as_its_error() {
    let cx = SinkContext::new(task());
    let origin = Origin::new(TopicPartition::new("orders", 0), 7);
    let error = cx
        .reject(vec![(origin, Error::rejected("no price"))])
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "no price");
    assert!(cx.reject(Vec::new()).await.is_ok());
}
