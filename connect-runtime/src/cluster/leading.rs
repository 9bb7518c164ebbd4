//! The leader's shell: it shows a [`Leader`] topics and members, and writes what it decides.

use std::{collections::BTreeSet, ops::Range, sync::Arc, time::Duration};

use connect_api::{Error, ErrorKind, Result, Str};
use futures::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};
use uuid::Uuid;

use super::{
    Cluster,
    code::with_code,
    leader::{Asked, Decisions, Leader, Round, Sight},
    membership::{Role, Standing},
};
use crate::{
    backoff::Backoff,
    broker::{ProducerRecord, Refused},
    status::State,
    stores::{ClusterRecord, ClusterState, Hold, Status, StatusRecord, Statuses, Term, Writer},
    timer::until,
    unit::Unit,
};

/// Fencing rounds that are under way.
type Rounds = FuturesUnordered<BoxFuture<'static, (Round, Result<()>)>>;

impl Cluster {
    /// Leads whenever this worker is the leader, for ever.
    pub(super) async fn lead(&self) {
        let mut standing = self.standing.subscribe();
        let mut backoff = Backoff::short();
        let mut leader = Leader::new(0, self.timing.policy);
        loop {
            if standing.wait_for(leads).await.is_err() {
                return;
            }
            let Err(error) = self.term(&mut leader, &mut standing).await else {
                backoff.reset();
                continue;
            };
            if error.kind() == ErrorKind::Fenced {
                tracing::info!("another worker leads the cluster now");
                // Whether it does, the group says; not what it said before.
                self.is_listed_anew(&mut standing).await;
                continue;
            }
            tracing::warn!(error = %error.report(), "leading the cluster: beginning again");
            sleep(backoff.after(&error, self.crew.environment.random())).await;
        }
    }

    /// Leads for one term, until the group has another leader.
    async fn term(
        &self,
        leader: &mut Leader,
        standing: &mut watch::Receiver<Standing>,
    ) -> Result<()> {
        let broker = &*self.crew.site.broker;
        let id = format!("connect-cluster-{}", self.crew.site.group);
        let mut writer = Writer::connect(broker, &id).await?;
        let term = self.store.at_end(ClusterState::term).await? + 1;
        let worker = self.worker();
        let first = ClusterRecord::Leader(Term { term, worker });
        let refused = writer.write(first.encode(self.store.topic())).await?;
        if let Some(refused) = refused.into_iter().next() {
            return Err(refused.error);
        }
        tracing::info!("this worker leads the cluster in term {term}");
        // An older list of members could lack somebody who has units.
        if !self.is_listed_anew(standing).await {
            return Ok(());
        }
        leader.begin(term);
        let (mut cluster_news, mut config_news) = (self.store.news(), self.configs.news());
        let mut rounds = Rounds::new();
        loop {
            if !leads(&standing.borrow_and_update()) {
                return Ok(());
            }
            let again = self.decide(leader, &mut writer, standing).await?;
            let again = match again {
                Again::Now => continue,
                Again::Begin(new, again) => {
                    rounds.extend(new.into_iter().map(|round| self.fence(round)));
                    again
                }
            };
            tokio::select! {
                biased;
                Some((round, fenced)) = rounds.next() => on_round(leader, round, fenced),
                changed = standing.changed() => if changed.is_err() { return Ok(()) },
                () = cluster_news.changed() => {}
                () = config_news.changed() => {}
                () = until(again) => {}
            }
        }
    }

    /// Waits until the members were looked up from now on; returns whether this worker leads then.
    async fn is_listed_anew(&self, standing: &mut watch::Receiver<Standing>) -> bool {
        let now = Instant::now();
        let later = |standing: &Standing| {
            standing.listed.is_some_and(|asked| asked > now) || !leads(standing)
        };
        self.look_now.notify_one();
        let standing = standing.wait_for(later).await;
        standing.is_ok_and(|standing| leads(&standing))
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
        let configs = with_code(self.configs.read().await?, &cluster);
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
            members: &members,
            cluster: &cluster,
            configs: &configs,
        });
        self.tell_of(&decisions);
        let late = mentioned.into_iter();
        let late = late.filter(|unit| !cluster.placements.contains_key(unit));
        let gone: Vec<_> = decisions.gone.iter().cloned().chain(late).collect();
        self.tell_statuses(&decisions, &gone).await;
        if !decisions.is_empty() {
            self.write(writer, &decisions, leader).await?;
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
        leader: &mut Leader,
    ) -> Result<()> {
        let (askers, records): (Vec<_>, Vec<_>) = self.records(decisions).unzip();
        let keys: Vec<_> = records.iter().map(|record| record.key.clone()).collect();
        let refused = match writer.write(records).await {
            // Which of them nobody knows: each may be asked for again, alone.
            Err(error) if error.kind() == ErrorKind::Rejected && !decisions.asked.is_empty() => {
                for asked in &decisions.asked {
                    refuse(leader, asked.id, &error);
                }
                return Ok(());
            }
            written => written?,
        };
        for Refused { index, error } in refused {
            let key = keys.get(index).and_then(Option::as_deref);
            let key = String::from_utf8_lossy(key.unwrap_or_default());
            let error = error.context(format!("record `{key}`"));
            match askers.get(index).copied().flatten() {
                // It is too large.
                Some(asker) if error.kind() == ErrorKind::Rejected => refuse(leader, asker, &error),
                _ => return Err(error),
            }
        }
        Ok(())
    }

    /// Builds the records of a decision, each with the request that has led to it.
    fn records(
        &self,
        decisions: &Decisions,
    ) -> impl Iterator<Item = (Option<Uuid>, ProducerRecord)> {
        let (cluster, configs) = (self.store.topic(), self.configs.topic());
        let asker = |of: fn(&Asked) -> &Range<usize>, at: usize| {
            let asked = decisions.asked.iter();
            let mut by = asked.filter(move |asked| of(asked).contains(&at));
            by.next().map(|asked| asked.id)
        };
        let of_configs = decisions.configs.iter().enumerate();
        let of_configs = of_configs
            .map(move |(at, record)| (asker(|it| &it.configs, at), record.encode(configs)));
        let of_cluster = decisions.cluster.iter().enumerate();
        let of_cluster = of_cluster.flat_map(move |(at, record)| {
            let asker = asker(|it| &it.cluster, at);
            let records = record.encode(cluster).into_iter();
            records.map(move |record| (asker, record))
        });
        of_configs.chain(of_cluster)
    }

    /// Says of units that nobody has what is to be said: nothing of those that are gone, and why others are quarantined.
    ///
    /// Decisions wait for it, but not for long: what is not said now is wrong until somebody says something else.
    async fn tell_statuses(&self, decisions: &Decisions, gone: &[Unit]) {
        const PATIENCE: Duration = Duration::from_secs(5);

        let left = decisions.cluster.iter().filter_map(|record| match record {
            ClusterRecord::Placement {
                unit,
                placement: Some(placement),
            } => Some((unit, self.says(&placement.hold)?)),
            _ => None,
        });
        let mut records = Vec::new();
        for (unit, status) in left {
            // At once: what is read later says nothing of what this worker does not have.
            self.show(unit, &status);
            records.push(StatusRecord::of(unit.clone(), Some(status)));
        }
        let environment = &*self.crew.environment;
        let telling = async {
            records.extend(self.forgotten(gone).await);
            if !records.is_empty() {
                self.statuses.write(&records, environment).await;
            }
        };
        if timeout(PATIENCE, telling).await.is_err() {
            tracing::warn!("status topic: it does not say what became of all units");
        }
    }

    /// Returns what removes the statuses of units that are gone, and the topics that connectors used.
    async fn forgotten(&self, gone: &[Unit]) -> Vec<StatusRecord> {
        let statuses = gone.iter();
        let statuses = statuses.map(|unit| StatusRecord::of(unit.clone(), None));
        let mut records: Vec<_> = statuses.collect();
        let is_gone = |name: &Str| gone.contains(&Unit::Connector(name.clone()));
        if gone.iter().any(|unit| matches!(unit, Unit::Connector(_)))
            && let Ok(known) = self.statuses.read().await
        {
            let topics = known.topics.into_keys();
            let topics = topics.filter(|(connector, _)| is_gone(connector));
            records.extend(topics.map(|(connector, topic)| StatusRecord::Topic {
                connector,
                topic,
                active: None,
            }));
        }
        records
    }

    /// Returns what the leader says of a unit that nobody has.
    fn says(&self, hold: &Hold) -> Option<Status> {
        let (state, trace) = match hold {
            Hold::Owned(_) | Hold::Releasing(_) => return None,
            Hold::Free => (State::Unassigned, None),
            Hold::Quarantined(reason) => (State::Failed, Some(reason.clone())),
        };
        Some(Status {
            state: Str::from_static(state.name()),
            trace,
            worker: self.worker().to_string().into(),
            // That nobody has it overrules the last word of the one that had it.
            generation: 1,
        })
    }

    /// Takes the right to write from everybody who had these tasks.
    fn fence(&self, round: Round) -> BoxFuture<'static, (Round, Result<()>)> {
        let site = Arc::clone(&self.crew.site);
        async move {
            let tasks = round.tasks.iter().map(|(task, _)| *task);
            let fenced = site.fence(&round.connector, tasks).await;
            if fenced.is_err() {
                sleep(Duration::from_secs(1)).await;
            }
            (round, fenced)
        }
        .boxed()
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

/// Nothing was written of what somebody has asked for.
fn refuse(leader: &mut Leader, asker: Uuid, error: &Error) {
    let message = error.report().to_string();
    tracing::error!("what was asked for cannot be written: {message}");
    leader.refuse(asker, &message);
}

/// When a leader decides again.
enum Again {
    /// It has written something.
    Now,
    /// When something has changed, at the latest then; these rounds begin.
    Begin(Vec<Round>, Option<Instant>),
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
