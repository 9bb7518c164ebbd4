//! A cluster: workers of one group that share their connectors through the brokers alone.
//!
//! Each worker is a member of a group whose one partition makes its owner the leader ([`membership`]). The leader alone
//! decides ([`leader`], pure; [`leading`], its shell), and writes what it decides to the config topic and the cluster
//! topic in one transaction. Every worker follows both ([`following`]), runs what it is given, and says when it let
//! something go. Whoever wants something asks through the cluster topic ([`asking`]).

mod asking;
mod assignment;
mod code;
mod erasing;
mod fingerprint;
mod following;
mod hearing;
mod leader;
mod leading;
mod managing;
mod membership;
mod shares;
mod splitting;
mod version;

use std::{collections::BTreeSet, fmt, sync::Arc, time::Duration};

use connect_api::{Result, Str};
use tokio::{
    sync::{Mutex, Notify, mpsc, watch},
    time::sleep,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

#[cfg(any(test, feature = "bench"))]
pub use self::assignment::{Decision, Rehearsal};
pub(crate) use self::leader::Policy;
use self::{code::Codes, membership::Standing, shares::Held};
use crate::{
    backoff::Backoff,
    settings::Planner,
    stores::{ClusterStore, ConfigStore, StatusStore, Stay},
    supervisor::{Crew, Outcomes, WorkerCommand},
};

/// A worker's part in its cluster.
pub(crate) struct Cluster {
    crew: Arc<Crew>,
    planner: Arc<Planner>,
    commands: mpsc::Sender<WorkerCommand>,
    timing: Timing,
    store: Arc<ClusterStore>,
    configs: ConfigStore,
    statuses: StatusStore,
    standing: watch::Sender<Standing>,
    stay: watch::Sender<Stay>,
    codes: watch::Sender<Codes>,
    /// Asks for a look at the members.
    look_now: Notify,
    held: Mutex<Held>,
    /// What comes of what is held.
    outcomes: Arc<Outcomes>,
}

/// How fast a cluster notices.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    /// How long a member may be silent.
    pub(crate) session: Duration,
    pub(crate) heartbeat: Duration,
    pub(crate) policy: Policy,
}

/// The topics of a cluster.
#[derive(Clone, Debug)]
pub(crate) struct Topics {
    pub(crate) configs: Str,
    pub(crate) statuses: Str,
}

impl Cluster {
    pub(crate) fn new(
        crew: Arc<Crew>,
        planner: Arc<Planner>,
        commands: mpsc::Sender<WorkerCommand>,
        (timing, store, topics): (Timing, Arc<ClusterStore>, Topics),
    ) -> Self {
        let broker = &crew.site.broker;
        Self {
            configs: ConfigStore::new(Arc::clone(broker), topics.configs),
            statuses: StatusStore::new(Arc::clone(broker), topics.statuses),
            crew,
            planner,
            commands,
            timing,
            store,
            standing: watch::Sender::default(),
            stay: watch::Sender::default(),
            codes: watch::Sender::default(),
            look_now: Notify::new(),
            held: Mutex::default(),
            outcomes: Arc::default(),
        }
    }

    /// Takes part until `stop`.
    pub(crate) async fn run(&self, stop: &CancellationToken) {
        let taking_part = async {
            tokio::join!(
                self.follow(),
                self.guard(),
                self.hand_in_all(),
                self.lead(),
                self.hear(),
                self.keep("cluster topic", || self.store.tail()),
                self.keep("config topic", || self.configs.tail()),
                self.keep("status topic", || self.statuses.tail()),
            )
        };
        tokio::select! {
            biased;
            () = self.attend(stop) => {}
            _ = taking_part => {}
        }
    }

    /// Hands over what this worker has, for at most this time.
    pub(crate) async fn hand_over(&self, within: Duration) {
        self.stay.send_replace(Stay::Leaving);
        let me = self.worker();
        let handing = async {
            let mut news = self.store.news();
            loop {
                let left = self.store.known(|state| {
                    let mut holders = state.placements.values().filter_map(|of| of.worker());
                    let is_told = state
                        .cards
                        .get(&me)
                        .is_none_or(|card| card.stay == Stay::Leaving);
                    is_told && !holders.any(|holder| holder == me)
                });
                match left.await {
                    Ok(true) => return,
                    Ok(false) | Err(_) => news.changed().await,
                }
            }
        };
        tokio::select! {
            biased;
            () = handing => {}
            () = sleep(within) => {
                tracing::warn!("not everything was handed over in time: the others notice that this worker is gone");
            }
        }
    }

    fn worker(&self) -> Uuid {
        self.crew.site.worker
    }

    /// Does something for ever, again after each error.
    async fn keep<F: Future<Output = Result<()>>>(&self, what: &str, work: impl Fn() -> F) {
        let mut backoff = Backoff::short();
        loop {
            let began = self.crew.environment.elapsed();
            let Err(error) = work().await else { continue };
            if self.crew.environment.elapsed() - began > Duration::from_secs(60) {
                backoff.reset();
            }
            tracing::warn!(error = %error.report(), "{what}: trying again");
            sleep(backoff.after(&error, self.crew.environment.random())).await;
        }
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cluster({})", self.crew.site.group)
    }
}

/// The members of a group.
type Members = Arc<BTreeSet<Uuid>>;
