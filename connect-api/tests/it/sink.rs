//! Records of sinks, and what a sink does that says nothing.

use std::collections::BTreeMap;

use connect_api::{
    Error, ErrorKind, Origin, Record, Result, SinkConnector, SinkContext, SinkGuarantees,
    SinkRecord, SinkTask, TopicPartition, Value, async_trait,
};

struct Silent(SinkGuarantees);

#[async_trait]
impl SinkConnector for Silent {
    async fn open(&self, _: SinkContext) -> Result<Box<dyn SinkTask>> {
        Err(Error::fatal("never opened"))
    }

    fn guarantees(&self) -> SinkGuarantees {
        self.0
    }
}

#[tokio::test]
async fn a_sink_with_offsets_of_its_own_refuses_changes_that_it_would_ignore() {
    let offsets = BTreeMap::from([(TopicPartition::new("orders", 0), Some(7))]);
    let idempotent = Silent(SinkGuarantees::Idempotent);
    assert!(idempotent.alter_offsets(&offsets).await.is_ok());
    let storing = Silent(SinkGuarantees::StoresOffsets);
    let error = storing.alter_offsets(&offsets).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().starts_with("orders-0: "));
}

#[test]
fn a_record_that_does_not_decode_is_named() {
    let origin = Origin::new(TopicPartition::new("orders", 2), 17);
    let value = Value::map([("id", "seven")]);
    let record = SinkRecord::new(Record::new("orders", value), origin.clone());
    let error = record.decode::<BTreeMap<String, u8>>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    assert_eq!(error.origin(), Some(&origin));
    assert_eq!(
        error.to_string(),
        r#"orders-2@17: field `id`: expected u8, found string "seven""#
    );
}
