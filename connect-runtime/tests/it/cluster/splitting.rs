//! What a connector's plugin is told of its tasks.

use std::{future::pending, num::NonZeroUsize, sync::Arc, time::Duration};

use async_trait::async_trait;
use connect_api::{
    ConfigMap, Plugin, Result, SourceConnector, SourceContext, SourceGuarantees, SourceTask,
    TaskConfig,
};
use connect_runtime::{Environment, Plugins};
use connect_testkit::simulate;
use tokio::sync::watch;

use super::fixture::runs;
use crate::worker::fixture::{Idle, memory, worker};

/// A source of six lanes, which remembers what it was told of its tasks.
#[derive(Clone, Default)]
struct Lanes {
    /// When it was to split its work.
    splitting: Arc<watch::Sender<Vec<Vec<TaskConfig>>>>,
    /// When it was to look for changes.
    watching: Arc<watch::Sender<Vec<Vec<TaskConfig>>>>,
}

#[async_trait]
impl SourceConnector for Lanes {
    async fn task_configs(
        &self,
        max: NonZeroUsize,
        current: &[TaskConfig],
    ) -> Result<Vec<TaskConfig>> {
        self.splitting
            .send_modify(|told| told.push(current.to_vec()));
        let lanes = ["a", "b", "c", "d", "e", "f"];
        Ok(TaskConfig::spread("lanes", &lanes, max, current))
    }

    async fn changed(&self, current: &[TaskConfig]) -> Result<()> {
        self.watching
            .send_modify(|told| told.push(current.to_vec()));
        pending().await
    }

    async fn open(&self, cx: SourceContext) -> Result<Box<dyn SourceTask>> {
        Ok(Box::new(Idle(cx.task_context())))
    }

    fn guarantees(&self) -> SourceGuarantees {
        SourceGuarantees::ExactlyOnce
    }
}

/// Waits until it was told so often, and returns what at last.
async fn told(of: &watch::Sender<Vec<Vec<TaskConfig>>>, times: usize) -> Vec<TaskConfig> {
    let mut told = of.subscribe();
    let told = told.wait_for(|told| told.len() >= times).await;
    told.unwrap()[times - 1].clone()
}

#[test]
fn whoever_gets_a_connector_is_told_of_all_its_tasks() {
    simulate(1, async |environment| {
        let environment: Arc<dyn Environment> = Arc::new(environment);
        let (broker, lanes) = (memory(&environment), Lanes::default());
        let mut workers = Vec::new();
        for _ in 0..3 {
            let source = lanes.clone();
            let plugin = Plugin::source("lanes", "1.0", move |(): ()| Ok(source.clone()));
            let worker = worker(&environment, broker.clone())
                .plugins(Plugins::new().with([plugin]))
                .distributed();
            workers.push(worker.start().await.unwrap());
        }
        let config = ConfigMap::from([("connector.class", "lanes"), ("tasks.max", "6")]);
        workers[0].create_connector("lanes", config).await.unwrap();
        runs(&workers[0], "lanes", 6, 3).await;
        assert_eq!(told(&lanes.splitting, 1).await, []);
        let all = told(&lanes.watching, 1).await;
        assert_eq!(all.len(), 6);

        let holder = workers[0].status("lanes").unwrap().worker;
        let holder = workers
            .iter()
            .position(|it| *it.id().to_string() == *holder);
        let holder = workers.remove(holder.unwrap());
        holder.shutdown(Duration::from_secs(30)).await;
        assert_eq!(told(&lanes.splitting, 2).await, all);
        assert_eq!(told(&lanes.watching, 2).await, all);
    });
}
