//! The leader's shell: it shows a [`Leader`] topics and members, and writes what it decides.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use connect_api::{Error, ErrorKind, Result};
use futures::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until},
};

use super::{
    Cluster,
    leader::{Decisions, Leader, Round, Sight},
    membership::{Role, Standing},
};
use crate::{
    backoff::Backoff,
    broker::{Broker, ProducerOptions},
    stores::{ClusterRecord, ClusterState, StatusRecord, Statuses, Term, Writer},
    unit::Unit,
};

/// Fencing rounds that are under way.
type Rounds = FuturesUnordered<BoxFuture<'static, (Round, Result<()>)>>;

impl Cluster {
    /// Leads whenever this worker is the leader, for ever.
    pub(super) async fn lead(&self) {
        let mut standing = self.standing.subscribe();
        let mut backoff = Backoff::default();
        loop {
            if standing.wait_for(leads).await.is_err() {
                return;
            }
            let looks = standing.borrow().looks;
            let Err(error) = self.term(&mut standing).await else {
                backoff.reset();
                continue;
            };
            if error.kind() == ErrorKind::Fenced {
                tracing::info!("another worker leads the cluster now");
                // Whether it does, the group says; not what it said before.
                let later = |standing: &Standing| standing.looks > looks + 1 || !leads(standing);
                if standing.wait_for(later).await.is_err() {
                    return;
                }
                continue;
            }
            tracing::warn!(error = %error.report(), "leading the cluster: beginning again");
            sleep(backoff.after(&error, self.crew.environment.random())).await;
        }
    }

    /// Leads for one term, until the group has another leader.
    async fn term(&self, standing: &mut watch::Receiver<Standing>) -> Result<()> {
        let broker = &*self.crew.site.broker;
        let id = format!("connect-cluster-{}", self.crew.site.group);
        let mut writer = Writer::connect(broker, &id).await?;
        let term = self.store.at_end(ClusterState::term).await? + 1;
        let worker = self.worker();
        let first = ClusterRecord::Leader(Term { term, worker });
        writer.write(vec![first.encode(self.store.topic())]).await?;
        tracing::info!("this worker leads the cluster in term {term}");
        // An older list of members could lack somebody who has units.
        let looks = standing.borrow().looks;
        let later = |standing: &Standing| standing.looks > looks || !leads(standing);
        if standing.wait_for(later).await.is_err() {
            return Ok(());
        }
        let mut leader = Leader::new(term, self.timing.policy);
        let (mut cluster_news, mut config_news) = (self.store.news(), self.configs.news());
        let mut rounds = Rounds::new();
        loop {
            if !leads(&standing.borrow_and_update()) {
                return Ok(());
            }
            let again = self.decide(&mut leader, &mut writer, standing).await?;
            let again = match again {
                Again::Now => continue,
                Again::Begin(new, again) => {
                    rounds.extend(new.into_iter().map(|round| self.fence(round)));
                    again
                }
            };
            tokio::select! {
                biased;
                Some((round, fenced)) = rounds.next() => on_round(&mut leader, round, fenced),
                changed = standing.changed() => if changed.is_err() { return Ok(()) },
                () = cluster_news.changed() => {}
                () = config_news.changed() => {}
                () = until(again) => {}
            }
        }
    }

    /// Decides once, and writes that.
    async fn decide(
        &self,
        leader: &mut Leader,
        writer: &mut Writer,
        standing: &watch::Receiver<Standing>,
    ) -> Result<Again> {
        // Read first: whoever said something of a unit had been given it, and that can be read after this.
        let mentioned = self.statuses.known(mentioned).await?;
        let cluster = self.store.at_end(ClusterState::clone).await?;
        let configs = self.configs.read().await?;
        if cluster.term() > leader.term() {
            return Err(Error::new(
                ErrorKind::Fenced,
                "the cluster is in a later term",
            ));
        }
        let members = Arc::clone(&standing.borrow().members);
        let now = self.crew.environment.elapsed();
        let decisions = leader.decide(Sight {
            now,
            wall: self.wall(),
            members: &members,
            cluster: &cluster,
            configs: &configs,
        });
        self.tell_of(&decisions);
        let late = mentioned.into_iter();
        let late = late.filter(|unit| !cluster.placements.contains_key(unit));
        self.forget_statuses(&late.collect::<Vec<_>>()).await?;
        if !decisions.is_empty() {
            self.forget_statuses(&decisions.gone).await?;
            self.write(writer, &decisions, (&cluster, leader)).await?;
        }
        Ok(match decisions.is_empty() || !decisions.rounds.is_empty() {
            true => {
                let now_at = Instant::now();
                let again = decisions.again.map(|at| now_at + at.saturating_sub(now));
                Again::Begin(decisions.rounds, again)
            }
            false => Again::Now,
        })
    }

    fn tell_of(&self, decisions: &Decisions) {
        if !decisions.is_empty() {
            tracing::debug!(
                cluster = decisions.cluster.len(),
                configs = decisions.configs.len(),
                "the leader decides"
            );
        }
    }

    async fn write(
        &self,
        writer: &mut Writer,
        decisions: &Decisions,
        (seen, leader): (&ClusterState, &mut Leader),
    ) -> Result<()> {
        let (cluster, configs) = (self.store.topic(), self.configs.topic());
        let of_configs = decisions
            .configs
            .iter()
            .map(|record| record.encode(configs));
        let of_cluster = decisions
            .cluster
            .iter()
            .map(|record| record.encode(cluster));
        let written = writer.write(of_configs.chain(of_cluster).collect()).await;
        match written {
            Err(error) if error.kind() == ErrorKind::Rejected => {
                // Something that was asked for is too large, and nothing was written.
                let message = error.report().to_string();
                tracing::error!("what was asked for cannot be written: {message}");
                let asked = seen.requests.values().map(|(id, _)| *id);
                leader.refuse(asked, &message);
                Ok(())
            }
            written => written,
        }
    }

    /// Removes what the status topic says of units that are gone, and of the topics that connectors used.
    async fn forget_statuses(&self, gone: &[Unit]) -> Result<()> {
        if gone.is_empty() {
            return Ok(());
        }
        let known = self.statuses.read().await?;
        let mut records = Vec::new();
        for unit in gone {
            match unit.clone() {
                Unit::Connector(name) => {
                    let topics = known.topics.keys().filter(|(of, _)| *of == name);
                    records.extend(topics.map(|(connector, topic)| StatusRecord::Topic {
                        connector: connector.clone(),
                        topic: topic.clone(),
                        active: None,
                    }));
                    records.push(StatusRecord::Connector { name, status: None });
                }
                Unit::Task(id) => records.push(StatusRecord::Task { id, status: None }),
            }
        }
        let environment = &*self.crew.environment;
        self.statuses.write(&records, environment).await;
        Ok(())
    }

    /// Takes the right to write from everybody who had these tasks.
    fn fence(&self, round: Round) -> BoxFuture<'static, (Round, Result<()>)> {
        let (broker, group) = (
            Arc::clone(&self.crew.site.broker),
            self.crew.site.group.clone(),
        );
        async move {
            let mut fenced = Ok(());
            for (task, _) in &round.tasks {
                let id = format!("{group}-{}-{task}", round.connector);
                fenced = init(&*broker, &id).await;
                if fenced.is_err() {
                    sleep(Duration::from_secs(1)).await;
                    break;
                }
            }
            (round, fenced)
        }
        .boxed()
    }

    fn wall(&self) -> u64 {
        let wall = self.crew.environment.wall().duration_since(UNIX_EPOCH);
        u64::try_from(wall.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Returns the units of which the status topic says something; who had one may say it when it is gone.
fn mentioned(statuses: &Statuses) -> BTreeSet<Unit> {
    let used = statuses.topics.keys().map(|(connector, _)| connector);
    let connectors = statuses.connectors.keys().chain(used);
    let tasks = statuses.tasks.keys().cloned().map(Unit::Task);
    connectors
        .cloned()
        .map(Unit::Connector)
        .chain(tasks)
        .collect()
}

/// When a leader decides again.
enum Again {
    /// It has written something.
    Now,
    /// When something has changed, at the latest then; these rounds begin.
    Begin(Vec<Round>, Option<Instant>),
}

async fn init(broker: &dyn Broker, id: &str) -> Result<()> {
    let options = ProducerOptions::new(id);
    broker.transactional_producer(id, &options).await.map(drop)
}

fn on_round(leader: &mut Leader, round: Round, fenced: Result<()>) {
    match fenced {
        Ok(()) => leader.on_fenced(round),
        Err(error) => {
            let connector = &round.connector;
            tracing::warn!(%connector, error = %error.report(), "fencing its tasks: trying again");
            leader.on_not_fenced(connector);
        }
    }
}

fn leads(standing: &Standing) -> bool {
    standing.role == Role::Leads && !standing.members.is_empty()
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
