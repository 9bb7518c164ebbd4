//! [`Client`]: what keeps a broker open.

use std::sync::Arc;

use connect_api::{Error, Result};

use super::{
    super::{Created, NewTopic},
    command::{Command, TopicPlan},
    session::Session,
    settings::{Settings, check_name},
    shared::Shared,
};

/// What keeps a broker open: it closes with the last clone of it.
#[derive(Debug)]
pub(super) struct Client(Arc<Shared>);

impl Client {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self(shared)
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.0
    }

    pub(super) async fn create_topic(&self, topic: &NewTopic) -> Result<Created> {
        const MOST: i32 = 100_000;
        check_name(&topic.name)?;
        let partitions = topic.partitions.unwrap_or(self.0.options.partitions);
        let partitions = u32::try_from(partitions)
            .ok()
            .filter(|_| (1..=MOST).contains(&partitions))
            .ok_or_else(|| {
                Error::config(format!(
                    "topic `{}`: expected 1 to {MOST} partitions, found {partitions}",
                    topic.name
                ))
            })?;
        let settings = Settings::of(&topic.name, &topic.configs)?;
        let plan = |reply| {
            Command::CreateTopic(TopicPlan {
                name: topic.name.clone(),
                partitions,
                settings: (settings, topic.configs.clone()),
                reply,
            })
        };
        self.0.queue.call(plan).await
    }

    /// Has the open transaction of a session aborted.
    pub(super) fn abandon(&self, session: &Arc<Session>) {
        // A closed broker has aborted it, or does so when it is opened again.
        let _ = self.0.queue.push(Command::Abandon(Arc::clone(session)));
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.0.queue.close();
    }
}
