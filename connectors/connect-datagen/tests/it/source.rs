//! Which records there are, how many and when.

use std::{collections::BTreeSet, num::NonZeroU32, time::Duration};

use connect_api::{
    Dialect, ErrorKind, Record, SourceConnector, SourceOffset, SourcePartition, SourceTask, Value,
    values,
};
use connect_datagen::{DatagenSource, Preset};
use connect_testkit::TestHost;
use expect_test::expect;
use futures::{FutureExt, future::join_all};
use tokio::time::{Instant, sleep};

use crate::driver::{Stored, open, poll, read};

fn some(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

async fn made(source: &DatagenSource, count: usize) -> Vec<Value> {
    let records = read(source, count).await;
    records
        .into_iter()
        .map(|read| read.record.value.value)
        .collect()
}

/// Reads all records of tasks that end.
async fn drain(mut tasks: Vec<Box<dyn SourceTask>>) -> Vec<Vec<Record>> {
    let mut all = Vec::new();
    for task in &mut tasks {
        let mut own = Vec::new();
        // At the end a task rests until it is wanted.
        while let Some(records) = poll(task).now_or_never() {
            own.extend(records.into_iter().map(|read| read.record));
        }
        all.push(own);
    }
    all
}

#[tokio::test]
async fn a_seed_decides_about_the_values_whatever_the_batches() {
    for preset in [
        Preset::Orders,
        Preset::Clicks,
        Preset::Users,
        Preset::Sensors,
    ] {
        let source = || DatagenSource::preset(preset, "t").with_seed(7);
        let expected = made(&source(), 300).await;
        let batches = source().with_batch_size(some(7));
        assert_eq!(made(&batches, 300).await, expected);
        let streams = source().with_partitions(some(5));
        assert_eq!(made(&streams, 300).await, expected);
        let other = source().with_seed(8);
        assert_ne!(made(&other, 300).await, expected);
    }
}

#[tokio::test]
async fn values_are_those_of_their_schema() {
    for preset in [
        Preset::Orders,
        Preset::Clicks,
        Preset::Users,
        Preset::Sensors,
    ] {
        let source = DatagenSource::preset(preset, "t");
        for read in read(&source, 1000).await {
            let value = read.record.value;
            value.schema.unwrap().check(&value.value).unwrap();
        }
    }
}

#[tokio::test]
async fn the_count_is_exact_for_all_tasks_together() {
    for (count, partitions, tasks) in [(0, 1, 1), (10, 1, 4), (10, 4, 2), (3, 7, 3), (100, 7, 16)] {
        let source = DatagenSource::preset(Preset::Orders, "t")
            .with_count(count)
            .with_partitions(some(partitions));
        let shares = drain(open(&source, tasks, &Stored::new()).await).await;
        assert!(shares.len() <= tasks.min(partitions as usize));
        let ids: BTreeSet<i64> = shares
            .iter()
            .flatten()
            .map(|record| {
                record
                    .value
                    .value
                    .get("order_id")
                    .unwrap()
                    .as_i64()
                    .unwrap()
            })
            .collect();
        let all: BTreeSet<i64> = (0..i64::try_from(count).unwrap()).collect();
        assert_eq!(ids, all);
        assert_eq!(shares.iter().map(Vec::len).sum::<usize>(), ids.len());
        let sizes = shares.iter().map(Vec::len);
        if usize::try_from(partitions)
            .unwrap()
            .is_multiple_of(shares.len())
        {
            let (least, most) = (sizes.clone().min().unwrap(), sizes.max().unwrap());
            assert!(most - least <= 2, "tasks have {least} to {most} records");
        }
    }
}

#[tokio::test]
async fn a_source_that_is_done_rests_until_it_is_wanted() {
    let source = DatagenSource::preset(Preset::Sensors, "t").with_count(3);
    let host = TestHost::new();
    let config = source.task_configs(std::num::NonZeroUsize::MIN, &[]).await;
    let cx = host.source_context("datagen", config.unwrap().remove(0), Stored::new());
    let mut task = source.open(cx).await.unwrap();
    assert_eq!(task.poll().await.unwrap().len(), 3);
    assert!(task.poll().now_or_never().is_none());
    host.want();
    assert!(task.poll().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_key_is_a_field_of_the_value() {
    let source = DatagenSource::preset(Preset::Orders, "t")
        .with_key_field("customer_id")
        .unwrap();
    for read in read(&source, 10).await {
        let (key, value) = (read.record.key, read.record.value);
        assert_eq!(Some(&key.value), value.value.get("customer_id"));
        let field = value.schema.unwrap().field("customer_id").cloned();
        assert_eq!(key.schema.as_ref(), Some(field.unwrap().schema()));
    }
    let none = DatagenSource::preset(Preset::Orders, "t");
    assert_eq!(read(&none, 1).await[0].record.key, Value::Null.into());
}

#[tokio::test(start_paused = true)]
async fn the_rate_is_kept_by_all_tasks_together() {
    let source = DatagenSource::preset(Preset::Sensors, "t")
        .with_rate(some(300))
        .with_partitions(some(3));
    let run = async |mut task: Box<dyn SourceTask>| {
        let (mut made, start) = (0, Instant::now());
        while start.elapsed() < Duration::from_secs(10) {
            let (items, pause) = task.poll().await.unwrap().into_parts();
            made += items.len();
            sleep(pause.unwrap()).await;
        }
        made
    };
    let tasks = open(&source, 2, &Stored::new()).await;
    let made: usize = join_all(tasks.into_iter().map(run)).await.into_iter().sum();
    assert!((2990..=3010).contains(&made), "{made} records in 10 s");
}

#[tokio::test]
async fn a_stored_place_is_where_it_goes_on() {
    let source = DatagenSource::preset(Preset::Orders, "t").with_partitions(some(2));
    let partition = SourcePartition::from([("partition", 1i64), ("of", 2)]);
    let stored = Stored::from([(partition, SourceOffset::at("index", 5))]);
    let mut tasks = open(&source, 2, &stored).await;
    let first = poll(&mut tasks[1]).await.remove(0);
    assert_eq!(
        first.record.value.value.get("order_id"),
        Some(&11i64.into())
    );
    assert_eq!(first.offset, SourceOffset::at("index", 6));
}

#[tokio::test]
async fn a_place_that_makes_no_sense_is_fatal_and_named() {
    let source = DatagenSource::preset(Preset::Orders, "t");
    let partition = SourcePartition::from([("partition", 0i64), ("of", 1)]);
    let stored = Stored::from([(partition.clone(), SourceOffset::at("index", -5))]);
    let config = source.task_configs(std::num::NonZeroUsize::MIN, &[]).await;
    let config = config.unwrap().remove(0);
    let cx = TestHost::new().source_context("datagen", config, stored);
    let Err(error) = source.open(cx).await else {
        panic!("there is no record before the first")
    };
    assert_eq!(error.kind(), ErrorKind::Fatal);
    assert_eq!(
        error.message(),
        r#"source partition {"partition":0,"of":1}: expected an `index` of at least 0, found -5"#
    );
    let altered = [(partition, Some(SourceOffset::at("index", -5)))];
    let error = source.alter_offsets(&altered).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let other = SourcePartition::from([("partition", 1i64), ("of", 2)]);
    let set = [(other.clone(), Some(SourceOffset::at("index", 5)))];
    assert!(source.alter_offsets(&set).await.is_err());
    assert!(source.alter_offsets(&[(other, None)]).await.is_ok());
}

#[tokio::test]
async fn what_a_seed_gave_once_it_gives_for_ever() {
    let record = async |preset| {
        let source = DatagenSource::preset(preset, "t").with_seed(7);
        let value = made(&source, 100).await.remove(99);
        values::format(&value, Dialect::Strict)
    };
    expect![[r#"{"order_id":99,"customer_id":17261,"status":"delivered","city":"Paris","coupon":null,"items":[{"product":"Compact Leather Bowl","quantity":3,"price":193.56},{"product":"Vintage Steel Bowl","quantity":7,"price":305.94}],"ordered_at":2026-01-01T00:00:24.750Z}"#]].assert_eq(&record(Preset::Orders).await);
    expect![[r#"{"session_id":"2c2fd900-312a-41c2-aa94-98a67702476c","user_id":4322,"ip":"133.13.145.45","method":"GET","path":"/sun/travel","status":200,"bytes":35833,"referrer":"https://www.example.org/contact/market/travel","user_agent":"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148","clicked_at":2026-01-01T00:00:01.980Z}"#]].assert_eq(&record(Preset::Clicks).await);
    expect![[r#"{"user_id":100,"name":"Chen Okafor","email":"noah.bauer520@example.com","street":"36 Hansen Lane","city":"Singapore","country":"Thailand","employer":"Pereira Inc","joined_on":2029-07-04,"is_active":false,"registered_at":2023-11-07T12:13:22.757Z}"#]].assert_eq(&record(Preset::Users).await);
    expect![[r#"{"sensor_id":1727,"temperature":23.3,"humidity":68.4,"battery":4,"measured_at":2026-01-01T00:00:00.990Z}"#]].assert_eq(&record(Preset::Sensors).await);
}

#[tokio::test]
async fn large_records_come_in_small_batches() {
    let schema = r#"{"type": "string", "minLength": 300000, "maxLength": 300000}"#;
    let source = DatagenSource::of_schema(schema, "t").unwrap().with_count(9);
    let mut tasks = open(&source, 1, &Stored::new()).await;
    for count in [4, 4, 1] {
        assert_eq!(poll(&mut tasks[0]).await.len(), count);
    }
}

#[tokio::test]
async fn there_are_no_more_streams_than_offsets_can_be_kept_of() {
    let source = DatagenSource::preset(Preset::Orders, "t").with_partitions(some(u32::MAX));
    let tasks = open(&source, usize::MAX, &Stored::new()).await;
    assert_eq!(tasks.len(), 10_000);
    let of = |partition: i64| SourcePartition::from([("partition", partition), ("of", 10_000)]);
    let alter = async |partition| {
        let offset = SourceOffset::at("index", 5);
        source.alter_offsets(&[(of(partition), Some(offset))]).await
    };
    assert!(alter(9_999).await.is_ok());
    for wrong in [-1, 10_000, i64::MAX] {
        assert_eq!(alter(wrong).await.unwrap_err().kind(), ErrorKind::Config);
    }
}
