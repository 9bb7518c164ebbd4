//! What is in topics.

use std::collections::BTreeMap;

use bytes::Bytes;
use connect_api::TopicPartition;
use connect_runtime::broker::{Broker, Fetched, ReaderOptions};

use serde_json::Value;

use super::world::{GROUP, World};

/// A record of a topic: where it stands, and its text.
pub(super) type Placed = (TopicPartition, i64, String);

/// What an internal topic says: the last value of each key.
pub(super) type Latest = BTreeMap<String, Value>;

impl World {
    /// Reads the committed records of a topic, partition by partition.
    pub(super) async fn read(&self, topic: &str) -> Vec<Placed> {
        let mut placed = Vec::new();
        self.each(topic, |fetched| {
            for record in fetched.records {
                let text = String::from_utf8_lossy(record.value.as_deref().unwrap_or_default());
                placed.push((fetched.partition.clone(), record.offset, text.into_owned()));
            }
        })
        .await;
        placed
    }

    /// Reads what compaction leaves of an internal topic: `configs`, `status` or `cluster`.
    pub(super) async fn latest(&self, which: &str) -> Latest {
        let mut latest = Latest::new();
        self.each(&format!("connect-{GROUP}-{which}"), |fetched| {
            for record in fetched.records {
                let key = String::from_utf8_lossy(record.key.as_deref().unwrap_or_default());
                match record.value.and_then(|value| parsed(&value)) {
                    Some(value) => latest.insert(key.into_owned(), value),
                    None => latest.remove(&*key),
                };
            }
        })
        .await;
        latest
    }

    async fn each(&self, topic: &str, each: impl FnMut(Fetched) + Send) {
        let mut each = each;
        let mut options = ReaderOptions::new(topic);
        // Open transactions hold nothing back that could be committed: they end by their time-out.
        options.patience = self.plan.transaction_timeout * 2 + std::time::Duration::from_secs(60);
        let reader = self.broker.reader(&options).await;
        let mut reader = reader.expect("a broker in memory answers");
        let read = reader.to_end(&mut each).await;
        read.expect("transactions end by their time-out");
    }
}

fn parsed(value: &Bytes) -> Option<Value> {
    match serde_json::from_slice(value).expect("internal topics have JSON") {
        Value::Null => None,
        value => Some(value),
    }
}
