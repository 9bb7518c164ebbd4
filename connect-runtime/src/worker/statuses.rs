//! [`StatusWriter`]: from the board to the status topic.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use connect_api::Str;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{
    backoff::Backoff,
    status::{Stored, TopicNews},
    stores::{ActiveTopic, Status, StatusRecord, StatusStore},
    supervisor::Crew,
    task::Right,
    unit::Unit,
};

/// Writes statuses, and which topics are in use, to the status topic; nobody waits for it.
pub(super) struct StatusWriter {
    crew: Arc<Crew>,
    store: StatusStore,
    worker: Str,
    /// The stored topics by connector; `None` until they were read.
    topics: Option<BTreeMap<Str, BTreeSet<Str>>>,
}

/// What there is to write.
enum News {
    Statuses(BTreeMap<Unit, Stored>),
    Topics(TopicNews),
}

impl StatusWriter {
    /// How long a worker that shuts down waits for its last statuses to be written.
    const LAST: Duration = Duration::from_secs(1);

    pub(super) fn new(crew: Arc<Crew>, topic: Str) -> Self {
        Self {
            store: StatusStore::new(Arc::clone(&crew.site.broker), topic),
            worker: crew.site.worker.to_string().into(),
            crew,
            topics: None,
        }
    }

    /// Writes until `stop`, and then what is left; what changes meanwhile is gathered, and only the latest counts.
    pub(super) async fn write(mut self, stop: &CancellationToken) {
        let topic = self.store.topic().clone();
        let writing = async {
            loop {
                let news = tokio::select! {
                    biased;
                    changed = self.crew.board.changed() => News::Statuses(changed),
                    news = topics(&self.crew) => News::Topics(news),
                    () = stop.cancelled() => return,
                };
                let records = match news {
                    News::Statuses(changed) => self.statuses(self.own(changed).await),
                    News::Topics(news) => self.topics(news).await,
                };
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
                tracing::warn!("status topic `{topic}`: the last statuses were not written");
            }
        }
    }

    /// Leaves out what another worker says now, to which the cluster has given it.
    async fn own(&self, mut changed: BTreeMap<Unit, Stored>) -> BTreeMap<Unit, Stored> {
        let Right::Assignment(store) = &self.crew.site.right else {
            return changed;
        };
        let others = store.at_end(|state| {
            let me = self.crew.site.worker;
            let is_others = |unit: &&Unit| {
                let placement = state.placements.get(*unit);
                placement.is_some_and(|placement| placement.worker().is_some_and(|it| it != me))
            };
            let others: Vec<_> = changed.keys().filter(is_others).cloned().collect();
            others
        });
        match others.await {
            Ok(others) => others.iter().for_each(|unit| drop(changed.remove(unit))),
            // It is better to say too much than nothing.
            Err(error) => {
                tracing::debug!(error = %error.report(), "finding out who has what");
            }
        }
        changed
    }

    fn statuses(&self, changed: BTreeMap<Unit, Stored>) -> Vec<StatusRecord> {
        let record = |(unit, stored): (Unit, Stored)| {
            let status = stored.map(|(state, trace)| Status {
                state: Str::from_static(state.name()),
                trace: trace.map(Str::from),
                worker: self.worker.clone(),
                generation: 0,
            });
            StatusRecord::of(unit, status)
        };
        changed.into_iter().map(record).collect()
    }

    /// Makes the tombstones of deleted connectors' topics, and the records of topics that are not stored yet.
    async fn topics(&mut self, news: TopicNews) -> Vec<StatusRecord> {
        let wall = self.crew.environment.wall();
        let since = wall.duration_since(UNIX_EPOCH).unwrap_or_default();
        let discovered = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        let known = self.known().await;
        let mut records = Vec::new();
        for connector in news.deleted {
            let topics = known.remove(&connector).unwrap_or_default();
            records.extend(topics.into_iter().map(|topic| StatusRecord::Topic {
                connector: connector.clone(),
                topic,
                active: None,
            }));
        }
        for ((connector, topic), task) in news.used {
            let topics = known.entry(connector.clone()).or_default();
            if topics.insert(topic.clone()) {
                let active = Some(ActiveTopic { task, discovered });
                records.push(StatusRecord::Topic {
                    connector,
                    topic,
                    active,
                });
            }
        }
        records
    }

    /// Returns the stored topics by connector, once they could be read.
    async fn known(&mut self) -> &mut BTreeMap<Str, BTreeSet<Str>> {
        let mut backoff = Backoff::default();
        while self.topics.is_none() {
            match self.store.read().await {
                Ok(statuses) => {
                    let mut topics = BTreeMap::<_, BTreeSet<_>>::new();
                    for (connector, topic) in statuses.topics.into_keys() {
                        topics.entry(connector).or_default().insert(topic);
                    }
                    self.topics = Some(topics);
                }
                Err(error) => {
                    let topic = self.store.topic();
                    tracing::warn!(error = %error.report(), "status topic `{topic}`: reading it again");
                    sleep(backoff.after(&error, self.crew.environment.random())).await;
                }
            }
        }
        self.topics.get_or_insert_default()
    }
}

/// Forgets statuses until `stop`, where there is no status topic: the board gathers them.
pub(super) async fn forget(crew: &Crew, stop: &CancellationToken) {
    let forgetting = async {
        loop {
            crew.board.changed().await;
        }
    };
    stop.run_until_cancelled(forgetting).await;
}

/// Waits for what became of topics.
async fn topics(crew: &Crew) -> TopicNews {
    match &crew.site.topics {
        Some(topics) => topics.changed().await,
        None => std::future::pending().await,
    }
}
