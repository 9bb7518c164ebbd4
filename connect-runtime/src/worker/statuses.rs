//! [`StatusWriter`]: from the board to the status topic.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use connect_api::Str;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{
    status::{Stored, Subject},
    stores::{Status, StatusRecord, StatusStore},
    supervisor::Crew,
};

/// Writes statuses to the status topic; nobody waits for it.
pub(super) struct StatusWriter {
    crew: Arc<Crew>,
    store: StatusStore,
    worker: Str,
}

impl StatusWriter {
    /// How long a worker that shuts down waits for its last statuses to be written.
    const LAST: Duration = Duration::from_secs(1);

    pub(super) fn new(crew: Arc<Crew>, topic: Str) -> Self {
        Self {
            store: StatusStore::new(Arc::clone(&crew.site.broker), topic),
            worker: crew.site.worker.to_string().into(),
            crew,
        }
    }

    /// Writes until `stop`, and then what is left; what changes meanwhile is gathered, and only the latest counts.
    pub(super) async fn write(&self, stop: &CancellationToken) {
        let writing = async {
            loop {
                let changed = tokio::select! {
                    biased;
                    changed = self.crew.board.changed() => changed,
                    () = stop.cancelled() => return,
                };
                let records = self.records(changed);
                self.store.write(&records, &*self.crew.environment).await;
            }
        };
        let too_late = async {
            stop.cancelled().await;
            sleep(Self::LAST).await;
        };
        tokio::select! {
            biased;
            () = writing => {}
            () = too_late => {
                let topic = self.store.topic();
                tracing::warn!("status topic `{topic}`: the last statuses were not written");
            }
        }
    }

    fn records(&self, changed: BTreeMap<Subject, Stored>) -> Vec<StatusRecord> {
        let record = |(subject, stored): (Subject, Stored)| {
            let status = stored.map(|(state, trace)| Status {
                state: Str::from_static(state.name()),
                trace: trace.map(Str::from),
                worker: self.worker.clone(),
                generation: 0,
            });
            match subject {
                Subject::Connector(name) => StatusRecord::Connector { name, status },
                Subject::Task(id) => StatusRecord::Task { id, status },
            }
        };
        changed.into_iter().map(record).collect()
    }
}
