//! [`Play`]: a worker with a source, a sink and all that a scene holds.

use std::time::Duration;

use connect_api::SinkConnector;
use connect_runtime::{Milestone, System, Worker, WorkerHandle, broker::embedded::EmbeddedBroker};
use connect_testkit::{
    memory::TextConverter,
    program::{Census, Errand},
};

use super::{
    milestones::Variant,
    oracle::Promise,
    scene::{DEAD_AT_SINK, DIRECTORY, Scene, TOPIC, dead_letters, filtered, routed},
};

/// What a program does that was given an errand.
pub(super) struct Play {
    errand: Errand,
    pub(super) scene: Scene,
    pub(super) broker: EmbeddedBroker,
    worker: WorkerHandle,
}

impl Play {
    /// Begins with the source, if this process is a program.
    pub(super) async fn begin(
        variant: &Variant,
        settings: &[(&'static str, &str)],
    ) -> Option<Self> {
        let play = Self::prepare(variant).await?;
        let mut source = play.worker.source("source", play.scene.source());
        for (key, value) in settings {
            source = source.setting(*key, *value);
        }
        let source = routed(source, variant.partitions);
        source.start().await.unwrap();
        Some(play)
    }

    async fn prepare(variant: &Variant) -> Option<Self> {
        let errand = Errand::received()?;
        let scene = Scene::at(errand.path(DIRECTORY));
        let environment = errand.environment(System::current());
        let broker = scene.open_broker(&environment, variant.partitions).await;
        let text = TextConverter::new;
        let mut worker = Worker::builder("kill")
            .broker(broker.clone())
            .environment(environment)
            .converters(text(), text(), text())
            // Every batch that is put is flushed.
            .setting("offset.flush.max.bytes", "1");
        if variant.promise == Promise::AtLeastOnce {
            worker = worker
                .setting("exactly.once.source.support", "disabled")
                .setting("offset.flush.interval.ms", "1");
        }
        let worker = worker.start().await.unwrap();
        Some(Self {
            errand,
            scene,
            broker,
            worker,
        })
    }

    /// Starts a sink with so many tasks.
    pub(super) async fn write_to(&self, sink: impl SinkConnector, tasks: u32) {
        let mut sink = self
            .worker
            .sink("sink", sink)
            .topics([TOPIC])
            .transform(filtered)
            .setting("tasks.max", tasks.to_string())
            .setting("batch.max.records", "5");
        for (key, value) in dead_letters(DEAD_AT_SINK) {
            sink = sink.setting(key, value);
        }
        sink.start().await.unwrap();
    }

    /// Waits until `came` holds of what has come.
    pub(super) async fn until(&self, came: impl Fn(&Census) -> bool + Send + Sync) {
        self.errand.until(async |census| came(census)).await;
    }

    /// Works until every line is where it has to be and these milestones have come so often, and ends.
    pub(super) async fn settle(self, milestones: &[(Milestone, u64)]) {
        let stage = (&self.worker, &self.broker);
        self.scene.settle(&self.errand, stage, milestones).await;
        self.end().await;
    }

    /// Ends as a program does that has done its work.
    pub(super) async fn end(self) {
        self.worker.shutdown(Duration::from_secs(60)).await;
        self.broker.close().await.unwrap();
        self.errand.done();
    }
}
