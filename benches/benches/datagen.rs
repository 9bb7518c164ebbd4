//! How fast records are made and forgotten, without a worker around the connectors.

#![expect(clippy::unwrap_used, reason = "a benchmark stops at the first error")]

use std::{hint::black_box, num::NonZeroUsize};

use connect_api::{
    Origins, SinkBatch, SinkConnector, SinkContext, SinkRecord, SourceConnector, SourceContext,
    SourceItem, TopicPartition,
};
use connect_benches::{Meter, Spent, context, print, title};
use connect_datagen::{Blackhole, DatagenSource, Preset};
use futures::executor::block_on;

fn main() {
    title("the generator and the black hole, on one core");
    for (name, preset, count) in [
        ("sensors", Preset::Sensors, 3_000_000),
        ("orders", Preset::Orders, 500_000),
        ("clicks", Preset::Clicks, 500_000),
        ("users", Preset::Users, 500_000),
    ] {
        for _ in 0..3 {
            make(name, preset, count);
        }
    }
    for _ in 0..3 {
        forget();
    }
}

fn report(what: &str, count: usize, spent: Spent, allocations: u64) {
    let count = count as f64;
    print(
        what,
        [
            (spent.cpu.as_nanos() as f64 / count, "ns CPU each"),
            (allocations as f64 / count, "allocations"),
        ],
    );
}

fn make(name: &str, preset: Preset, count: usize) {
    let source = DatagenSource::preset(preset, "topic");
    let mut configs = block_on(source.task_configs(NonZeroUsize::MIN, &[])).unwrap();
    let cx = SourceContext::new(context(), configs.remove(0), [].into());
    let mut task = block_on(source.open(cx)).unwrap();
    let mut spent = None;
    let mut made = 0;
    let info = allocation_counter::measure(|| {
        let meter = Meter::start();
        while made < count {
            let batch = block_on(task.poll()).unwrap();
            made += batch.len();
            black_box(&batch);
        }
        spent = Some(meter.spent());
    });
    let what = format!("poll, {name}, per record");
    report(&what, made, spent.unwrap(), info.count_total);
}

fn forget() {
    const ROUNDS: usize = 500;
    let source = DatagenSource::preset(Preset::Sensors, "topic");
    let mut configs = block_on(source.task_configs(NonZeroUsize::MIN, &[])).unwrap();
    let cx = SourceContext::new(context(), configs.remove(0), [].into());
    let mut task = block_on(source.open(cx)).unwrap();
    let (items, _) = block_on(task.poll()).unwrap().into_parts();
    let origins = Origins::new(TopicPartition::new("topic", 0), std::sync::Arc::new(()));
    let record = |(offset, item)| match item {
        SourceItem::Record(read) => SinkRecord::new(read.record, origins.at(offset, 0)),
        other => panic!("expected a record, found {other:?}"),
    };
    let records: Vec<_> = (0..).zip(items).map(record).collect();
    let count = records.len() * ROUNDS;
    let batch = SinkBatch::new(records, [].into());
    let mut sink = block_on(Blackhole::new().open(SinkContext::new(context()))).unwrap();
    let mut spent = None;
    let info = allocation_counter::measure(|| {
        let meter = Meter::start();
        for _ in 0..ROUNDS {
            block_on(sink.put(&batch)).unwrap();
        }
        spent = Some(meter.spent());
    });
    report(
        "put, sensors, per record",
        count,
        spent.unwrap(),
        info.count_total,
    );
}
