//! The worker beside a cluster: it feeds the sinks, and reads what the sources write, committed records only.

use std::time::Duration;

use connect_converters::{SimpleHeaderConverter, StringConverter};
use connect_runtime::{Worker, WorkerHandle};
use tokio::runtime::Handle;

use crate::{
    plugins::{Teller, Ticks, Watch},
    watch::Watcher,
};

/// That worker; dropping it ends it, so that what is measured next has the machine to itself.
pub(crate) struct Beside(WorkerHandle);

impl Beside {
    /// Starts it: each of `feeds` is a topic with so many partitions.
    pub(crate) fn start(
        servers: &str,
        watcher: &Watcher,
        topics: (&[(String, u16)], &[String]),
    ) -> Self {
        Self(Handle::current().block_on(start(servers, watcher, topics)))
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        Handle::current().block_on(self.0.shutdown(Duration::from_secs(60)));
    }
}

async fn start(
    servers: &str,
    watcher: &Watcher,
    (feeds, reads): (&[(String, u16)], &[String]),
) -> WorkerHandle {
    let strings = StringConverter::default;
    let worker = Worker::builder("beside")
        .setting("bootstrap.servers", servers)
        .setting("exactly.once.source.support", "disabled")
        .converters(strings(), strings(), SimpleHeaderConverter::default())
        .start()
        .await
        .unwrap();
    for (topic, lanes) in feeds {
        let feed = Ticks {
            topic: topic.clone(),
            lanes: *lanes,
        };
        let source = worker.source(format!("feed-{topic}"), feed);
        source.start().await.unwrap();
    }
    let watch = Watch {
        socket: watcher.address.clone(),
        teller: Teller::Writer,
    };
    let sink = worker.sink(format!("read-{}", reads[0]), watch);
    sink.topics(reads).start().await.unwrap();
    worker
}
