//! What other workers say of connectors and tasks.

use std::collections::BTreeSet;

use connect_api::{Result, Str};

use super::{Cluster, code::with_code};
use crate::{
    status::State,
    stores::{ConfigState, Status, Tasks},
    unit::Unit,
};

impl Cluster {
    /// Shows what other workers say, for ever.
    pub(super) async fn hear(&self) {
        let (mut news, mut config_news) = (self.statuses.news(), self.configs.news());
        loop {
            // Its error is told by who follows the topic.
            drop(self.show_all().await);
            tokio::select! {
                biased;
                () = news.changed() => {}
                () = config_news.changed() => {}
                () = self.crew.board.room() => {}
            }
        }
    }

    async fn show_all(&self) -> Result<()> {
        let known = self.statuses.known(|statuses| {
            let connectors = statuses.connectors.iter();
            let connectors =
                connectors.map(|(name, status)| (Unit::Connector(name.clone()), status.clone()));
            let tasks = statuses.tasks.iter();
            let tasks = tasks.map(|(id, status)| (Unit::Task(id.clone()), status.clone()));
            connectors.chain(tasks).collect::<Vec<_>>()
        });
        let known = known.await?;
        let configs = self.configs.known().await?;
        let configs = self.store.known(|state| with_code(configs, state)).await?;
        let me = self.worker();
        let mine = self.store.known(|state| {
            let placed = state.placements.iter();
            let mine = placed.filter(|(_, placement)| placement.worker() == Some(me));
            mine.map(|(unit, _)| unit.clone()).collect::<BTreeSet<_>>()
        });
        let (mine, me) = (mine.await?, me.to_string());
        let mut said = BTreeSet::new();
        // A worker that stood still may say something of a task that is gone by then.
        for (unit, status) in known.into_iter().filter(|(it, _)| exists(&configs, it)) {
            // What it said itself of something that it does not have any more is over.
            if *status.worker != *me {
                self.show(&unit, &status);
                if mine.contains(&unit) {
                    // Somebody who had it before was late to say so.
                    self.crew.board.repeat(&unit);
                }
            }
            said.insert(unit);
        }
        let nobody = Str::default();
        for id in self.crew.board.tasks_of_others() {
            let unit = Unit::Task(id);
            if !said.contains(&unit) {
                self.crew.board.hear(&unit, None, &nobody);
            }
        }
        Ok(())
    }

    pub(super) fn show(&self, unit: &Unit, status: &Status) {
        let Some(state) = State::parse(&status.state) else {
            return;
        };
        let trace = status.trace.as_ref().map(ToString::to_string);
        self.crew
            .board
            .hear(unit, Some((state, trace)), &status.worker);
    }
}

/// Returns whether a connector or task is configured, as far as that is known.
fn exists(configs: &ConfigState, unit: &Unit) -> bool {
    let (name, task) = match unit {
        Unit::Connector(name) => (name, None),
        Unit::Task(id) => (&id.connector, Some(id.task)),
    };
    match (configs.connectors.get(name), task) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(connector), Some(task)) => match &connector.tasks {
            Tasks::Committed { configs, .. } => (task as usize) < configs.len(),
            Tasks::Unknown | Tasks::Inconsistent { .. } => true,
        },
    }
}
