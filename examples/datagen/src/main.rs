//! Makes orders, sends them through the embedded broker and measures how they arrive.
//!
//! Nothing else is needed: no Kafka, no database, no file with data in it.

use std::{
    num::NonZeroU32,
    sync::Arc,
    time::{Duration, Instant},
};

use connect_api::{Classify, Result};
use connect_converters::{JsonConverter, PrimitiveConverter, SimpleHeaderConverter};
use connect_datagen::{Blackhole, DatagenSource, Preset};
use connect_runtime::{System, Worker, broker::embedded::EmbeddedBroker};
use tokio::sync::watch;

const ORDERS: usize = 100_000;

#[tokio::main]
async fn main() -> Result<()> {
    let worker = Worker::builder("datagen")
        .broker(EmbeddedBroker::memory(Arc::new(System::current())))
        .converters(
            PrimitiveConverter::long(),
            JsonConverter::default(),
            SimpleHeaderConverter::default(),
        )
        .start()
        .await?;

    // Two streams, so that two tasks can share the work; the same seed gives the same orders.
    let orders = DatagenSource::preset(Preset::Orders, "orders")
        .with_key_field("customer_id")?
        .with_seed(7)
        .with_count(ORDERS as u64)
        .with_partitions(NonZeroU32::MIN.saturating_add(1));
    let (seen, mut arrived) = watch::channel(0);
    let hole = Blackhole::new().with_tap(move |batch| {
        seen.send_modify(|count| *count += batch.len());
    });

    let start = Instant::now();
    worker.source("make", orders).tasks_max(2).start().await?;
    worker
        .sink("forget", hole)
        .topics(["orders"])
        .start()
        .await?;
    arrived
        .wait_for(|count| *count >= ORDERS)
        .await
        .fatal("counting orders")?;
    let seconds = start.elapsed().as_secs_f64();
    worker.shutdown(Duration::from_secs(10)).await;
    eprintln!(
        "{ORDERS} orders made, written, read and forgotten in {seconds:.1} s: {:.0} a second",
        ORDERS as f64 / seconds
    );
    Ok(())
}
