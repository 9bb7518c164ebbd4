//! Positions of sources, and what a source does that says nothing.

use std::num::NonZeroUsize;

use connect_api::{
    ErrorKind, Result, SharedOffset, SourceConnector, SourceContext, SourceGuarantees,
    SourceOffset, SourcePartition, SourceTask, TaskConfig, Value, async_trait,
};
use serde::Serialize;

#[derive(Debug, Serialize)]
struct Place {
    file: &'static str,
    position: i32,
}

#[test]
fn offsets_are_equal_if_what_is_stored_is() {
    let place = SourceOffset::of(Place {
        file: "a",
        position: 7,
    });
    let stored = Value::map([("position", Value::from(7_i64)), ("file", "a".into())]);
    assert_eq!(place, SourceOffset::Stored(stored));
    assert_eq!(place, SharedOffset::new("position", [("file", "a")]).at(7));
    assert_ne!(place, SourceOffset::at("position", 7));
    assert_eq!(
        SourceOffset::at("position", 7),
        SourceOffset::Stored(Value::map([("position", 7)]))
    );
}

struct Silent;

#[async_trait]
impl SourceConnector for Silent {
    async fn open(&self, _: SourceContext) -> Result<Box<dyn SourceTask>> {
        Err(connect_api::Error::fatal("never opened"))
    }

    fn guarantees(&self) -> SourceGuarantees {
        SourceGuarantees::AtLeastOnce
    }
}

#[tokio::test]
async fn a_source_has_one_task_unless_it_says_more() {
    let configs = Silent.task_configs(NonZeroUsize::MAX, &[]).await.unwrap();
    assert_eq!(configs, [TaskConfig::new()]);
}

#[tokio::test]
async fn a_source_that_checks_no_offsets_can_be_reset_only() {
    let orders = SourcePartition::from([("table", "orders")]);
    let reset = [(orders.clone(), None)];
    assert!(Silent.alter_offsets(&reset).await.is_ok());
    let set = [(orders, Some(SourceOffset::at("id", 7)))];
    let error = Silent.alter_offsets(&set).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(
        error
            .to_string()
            .starts_with(r#"source partition {"table":"orders"}: expected a reset"#)
    );
}
