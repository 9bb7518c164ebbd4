//! What other workers say of connectors and tasks.

use std::collections::BTreeSet;

use connect_api::Str;

use super::Cluster;
use crate::{
    status::{State, Subject},
    stores::Status,
};

impl Cluster {
    /// Shows what other workers say, for ever.
    pub(super) async fn hear(&self) {
        let mut news = self.statuses.news();
        let mut shown = BTreeSet::new();
        loop {
            let known = self.statuses.known(|statuses| {
                let connectors = statuses.connectors.iter();
                let connectors = connectors
                    .map(|(name, status)| (Subject::Connector(name.clone()), status.clone()));
                let tasks = statuses.tasks.iter();
                let tasks = tasks.map(|(id, status)| (Subject::Task(id.clone()), status.clone()));
                connectors.chain(tasks).collect::<Vec<_>>()
            });
            if let Ok(known) = known.await {
                let before = std::mem::take(&mut shown);
                for (subject, status) in known {
                    self.show(&subject, &status);
                    shown.insert(subject);
                }
                let nobody = Str::default();
                for gone in before.difference(&shown) {
                    self.crew.board.hear(gone, None, &nobody);
                }
            }
            tokio::select! {
                biased;
                () = news.changed() => {}
                () = self.crew.board.open() => {}
            }
        }
    }

    fn show(&self, subject: &Subject, status: &Status) {
        let Some(state) = State::parse(&status.state) else {
            return;
        };
        let trace = status.trace.as_ref().map(ToString::to_string);
        self.crew
            .board
            .hear(subject, Some((state, trace)), &status.worker);
    }
}
