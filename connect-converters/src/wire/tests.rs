//! How often a format is asked, which no answer tells.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use connect_api::{ErrorKind, Headers, Missing, Result, Schema, SchemaAndValue, Value};
use connect_testkit::registry::MockRegistry;
use serde_json::json;
use tokio::time;

use super::{Described, Format, Message, Null, Wire, WireConfig};
use crate::{
    avro::{Avro, AvroDataConfig},
    registry::{CacheConfig, RegistryConfig, Resolved, SchemaType},
};

const TOPIC: &str = "t";

/// Avro that counts what takes long.
struct Counted {
    avro: Avro,
    comparisons: Arc<AtomicUsize>,
    readers: Arc<AtomicUsize>,
}

impl Format for Counted {
    const TYPE: SchemaType = SchemaType::Avro;

    type Writer = <Avro as Format>::Writer;
    type Reader = <Avro as Format>::Reader;

    fn describe(&self, schema: Option<&Schema>) -> Result<Described> {
        self.avro.describe(schema)
    }

    fn writer(&self, schema: Option<&Schema>, registered: &Resolved) -> Result<Self::Writer> {
        self.avro.writer(schema, registered)
    }

    fn null(&self, schema: Option<&Schema>) -> Result<Null> {
        self.avro.null(schema)
    }

    fn write(&self, writer: &Self::Writer, data: &SchemaAndValue, out: &mut Vec<u8>) -> Result<()> {
        self.avro.write(writer, data, out)
    }

    fn reader(
        &self,
        written: &Resolved,
        wanted: Option<&Resolved>,
        version: Option<i32>,
    ) -> Result<Self::Reader> {
        self.readers.fetch_add(1, Ordering::Relaxed);
        self.avro.reader(written, wanted, version)
    }

    fn name(&self, registered: &Resolved) -> Result<Option<String>> {
        self.avro.name(registered)
    }

    fn read(&self, reader: &Self::Reader, message: Message<'_>) -> Result<SchemaAndValue> {
        self.avro.read(reader, message)
    }

    fn check_fits(&self, described: &Described, registered: &Resolved) -> Result<()> {
        self.comparisons.fetch_add(1, Ordering::Relaxed);
        self.avro.check_fits(described, registered)
    }
}

struct Counting {
    wire: Wire<Counted>,
    comparisons: Arc<AtomicUsize>,
    readers: Arc<AtomicUsize>,
}

/// Writes with the latest version, and reads as it.
fn latest(mock: &MockRegistry) -> Counting {
    let (comparisons, readers) = (Arc::default(), Arc::default());
    let format = Counted {
        avro: Avro::new(AvroDataConfig::default()),
        comparisons: Arc::clone(&comparisons),
        readers: Arc::clone(&readers),
    };
    let mut registry = RegistryConfig::new([mock.url()]);
    registry.caches = CacheConfig {
        latest_cache_ttl_sec: 60,
        ..CacheConfig::default()
    };
    let config = WireConfig {
        auto_register_schemas: false,
        use_latest_version: true,
        ..WireConfig::default()
    };
    Counting {
        wire: Wire::new(format, &registry, &config).unwrap(),
        comparisons,
        readers,
    }
}

async fn encode(wire: &Wire<Counted>, data: &SchemaAndValue) -> Result<Option<Bytes>> {
    loop {
        match wire.encode(TOPIC, &mut Headers::new(), data) {
            Err(error) if error.kind() == ErrorKind::NotPrepared => {
                let topic = TOPIC;
                wire.prepare(Missing::Write { topic, data }).await?;
            }
            answer => return answer,
        }
    }
}

async fn decode(wire: &Wire<Counted>, bytes: &Bytes) -> Result<SchemaAndValue> {
    let headers = &Headers::new();
    loop {
        match wire.decode(TOPIC, headers, Some(bytes)) {
            Err(error) if error.kind() == ErrorKind::NotPrepared => {
                let topic = TOPIC;
                let missing = Missing::Read {
                    topic,
                    headers,
                    bytes,
                };
                wire.prepare(missing).await?;
            }
            answer => return answer,
        }
    }
}

async fn pass(seconds: u64) {
    time::pause();
    time::advance(Duration::from_secs(seconds)).await;
    time::resume();
}

fn counted(count: &AtomicUsize) -> usize {
    count.load(Ordering::Relaxed)
}

#[tokio::test]
async fn a_schema_that_does_not_fit_is_compared_once_for_each_latest_version() {
    let mock = MockRegistry::start().await;
    mock.register("t-value", json!({ "schema": "\"int\"" }));
    let Counting {
        wire, comparisons, ..
    } = latest(&mock);
    let data = SchemaAndValue::new(Schema::plain_string(), "a");
    for _ in 0..100 {
        let error = encode(&wire, &data).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Rejected);
        let report = error.report().to_string();
        for part in ["`t-value`", "expected int, found string"] {
            assert!(report.contains(part), "{part} in {report}");
        }
    }
    assert_eq!(counted(&comparisons), 1);
    // The same version stays what it was, however often it is fetched.
    pass(61).await;
    encode(&wire, &data).await.unwrap_err();
    assert_eq!(counted(&comparisons), 1);
    mock.register("t-value", json!({ "schema": "\"string\"" }));
    pass(61).await;
    for _ in 0..2 {
        encode(&wire, &data).await.unwrap().unwrap();
    }
    assert_eq!(counted(&comparisons), 2);
}

#[tokio::test]
async fn messages_that_cannot_be_read_as_the_latest_version_are_compared_once() {
    let mock = MockRegistry::start().await;
    mock.register("t-value", json!({ "schema": "\"string\"" }));
    mock.register("t-value", json!({ "schema": "\"int\"" }));
    let Counting { wire, readers, .. } = latest(&mock);
    let message = Bytes::from_static(b"\0\0\0\0\x01\x02a");
    for _ in 0..100 {
        let error = decode(&wire, &message).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Rejected);
        let report = error.report().to_string();
        assert!(report.contains("the writer's has string"), "{report}");
    }
    assert_eq!(counted(&readers), 1);
    mock.register("t-value", json!({ "schema": "\"bytes\"" }));
    pass(61).await;
    let read = decode(&wire, &message).await.unwrap();
    assert_eq!(read.value, Value::from(vec![b'a']));
    assert_eq!(counted(&readers), 2);
    assert!(
        wire.registry
            .known_latest("t-value", &BTreeMap::new())
            .is_some()
    );
}
