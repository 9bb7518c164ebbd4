//! What this worker was given: it runs that, and says when it let go.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use connect_api::{ConfigMap, Error, ErrorKind, Result, Str, TaskConfig};
use futures::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use tokio::{sync::oneshot, time::sleep};
use uuid::Uuid;

use super::{
    Cluster,
    code::with_code,
    fingerprint::fingerprint,
    membership::Seat,
    shares::Shown,
    splitting::{BASIS, basis},
};
use crate::{
    settings::Plan,
    status::{Direction, Guarantee, State},
    stores::{
        Card, ClusterRecord, ClusterState, Code, ConfigState, ConnectorConfig, Hold, Placement,
        RestartOrder, Scope, TargetState, Tasks, Ticket,
    },
    supervisor::{ConnectorCommand, Part, Restart, Share, Target, WorkerCommand},
    task_id::TaskId,
    unit::Unit,
};

/// What a worker knows of its cluster.
#[derive(Debug, Default)]
pub(super) struct View {
    pub(super) configs: Arc<ConfigState>,
    /// The units that this worker has, or is to release.
    mine: BTreeMap<Unit, Placement>,
    /// What it has released already.
    released: BTreeMap<Unit, Ticket>,
    restarts: BTreeMap<Str, RestartOrder>,
    card: Option<Card>,
    code: BTreeMap<Str, Code>,
}

/// Follows the cluster for one worker.
struct Follower<'a> {
    cluster: &'a Cluster,
    plans: BTreeMap<Str, Planned>,
    /// Connectors whose supervisors are on their way out.
    ending: Ending,
    /// The restarts that were seen; older ones were meant for others.
    restarts: Option<BTreeMap<Str, Ticket>>,
    /// How often this worker was doubted to be a member.
    doubts: u64,
    /// What it had then: others may have been given it since, so that only what is given anew counts.
    void: BTreeMap<Unit, Ticket>,
}

/// Waits for supervisors that were told to end, by the names of their connectors.
type Ending = FuturesUnordered<BoxFuture<'static, Str>>;

/// A connector's configuration, and what became of it.
struct Planned {
    version: i64,
    plan: Result<Arc<Plan>, Unplanned>,
}

/// Why a connector cannot run here.
#[derive(Clone, Debug)]
enum Unplanned {
    /// Its configuration is wrong here.
    Wrong(String),
    /// This worker has no such code, or another version of it.
    Elsewhere,
}

impl Cluster {
    /// Runs what this worker has been given, for ever.
    pub(super) async fn follow(&self) {
        let mut follower = Follower {
            cluster: self,
            plans: BTreeMap::new(),
            ending: Ending::new(),
            restarts: None,
            doubts: 0,
            void: BTreeMap::new(),
        };
        let (mut cluster_news, mut config_news) = (self.store.news(), self.configs.news());
        let mut standing = self.standing.subscribe();
        let mut stay = self.stay.subscribe();
        let mut codes = self.codes.subscribe();
        loop {
            standing.mark_unchanged();
            if let Err(error) = follower.arrange().await {
                tracing::warn!(error = %error.report(), "following the cluster: trying again");
                sleep(Self::LOOKS).await;
                continue;
            }
            tokio::select! {
                biased;
                left = self.outcomes.left() => self.held.lock().await.on_left(&left),
                renewed = self.outcomes.renewed() => follower.renew(renewed).await,
                Some(name) = follower.ending.next() => self.held.lock().await.on_ended(&name),
                () = cluster_news.changed() => {}
                () = config_news.changed() => {}
                _ = standing.changed() => {}
                _ = stay.changed() => {}
                _ = codes.changed() => {}
            }
        }
    }

    /// Stops whatever runs here as soon as this worker is doubted to be a member, whatever else is waited for.
    pub(super) async fn guard(&self) {
        let mut standing = self.standing.subscribe();
        let mut doubts = 0;
        loop {
            let now = standing.borrow_and_update().doubts;
            if now != doubts {
                doubts = now;
                let mut held = self.held.lock().await;
                for share in held.suspend(&self.outcomes) {
                    self.command(WorkerCommand::Share(share)).await;
                }
            }
            if standing.changed().await.is_err() {
                return;
            }
        }
    }

    async fn view(&self) -> Result<View> {
        let configs = self.configs.known().await?;
        let me = self.worker();
        let view = self
            .store
            .known(|state| View::of(state, with_code(configs, state), me));
        view.await
    }
}

impl View {
    fn of(state: &ClusterState, configs: Arc<ConfigState>, me: Uuid) -> Self {
        let mine = state.placements.iter();
        let mine: BTreeMap<_, _> = mine
            .filter(|(_, placement)| placement.worker() == Some(me))
            .map(|(unit, placement)| (unit.clone(), placement.clone()))
            .collect();
        let released = mine.keys();
        let released = released
            .filter_map(|unit| Some((unit.clone(), *state.releases.get(unit)?)))
            .collect();
        Self {
            configs,
            mine,
            released,
            restarts: state.restarts.clone(),
            card: state.cards.get(&me).cloned(),
            code: state
                .code
                .iter()
                .map(|(name, (_, code))| (name.clone(), code.clone()))
                .collect(),
        }
    }

    /// Returns what this worker is to run of each connector, without what is void.
    fn wanted(
        &self,
        seat: Seat,
        void: &BTreeMap<Unit, Ticket>,
    ) -> BTreeMap<Str, BTreeMap<Unit, Ticket>> {
        let mut wanted = BTreeMap::<Str, BTreeMap<Unit, Ticket>>::new();
        if seat == Seat::Member {
            for (unit, placement) in &self.mine {
                let ticket = placement.ticket;
                let is_given =
                    matches!(placement.hold, Hold::Owned(_)) && void.get(unit) != Some(&ticket);
                if is_given && self.is_configured(unit, placement) {
                    let of = wanted.entry(unit.connector().clone()).or_default();
                    of.insert(unit.clone(), ticket);
                }
            }
        }
        wanted
    }

    /// Returns whether what a unit is to do was read: the config topic is another one than that which gives it.
    fn is_configured(&self, unit: &Unit, placement: &Placement) -> bool {
        let Unit::Task(id) = unit else { return true };
        let connector = self.configs.connectors.get(&id.connector);
        let Some(Tasks::Committed { configs, .. }) = connector.map(|it| &it.tasks) else {
            return false;
        };
        let stored = configs.get(id.task as usize);
        stored.is_some_and(|stored| fingerprint(stored) == placement.fingerprint)
    }
}

impl Follower<'_> {
    /// Brings what runs here in line with what the cluster says.
    async fn arrange(&mut self) -> Result<()> {
        let view = self.cluster.view().await?;
        let seat = self.doubt(&view);
        self.show_card(&view, seat).await?;
        self.plan(&view).await;
        let wanted = view.wanted(seat, &self.void);
        let mut connectors: BTreeSet<Str> = wanted.keys().cloned().collect();
        connectors.extend(self.cluster.held.lock().await.connectors().cloned());
        let mut arranged = Ok(());
        for name in connectors {
            let units = wanted.get(&name).cloned().unwrap_or_default();
            // One that cannot start holds no other up.
            if let Err(error) = self.share(&view, &name, units).await {
                arranged = Err(error);
            }
        }
        self.restart(&view).await;
        self.release(&view, seat).await?;
        arranged
    }

    /// Notes what does not count any more, if this worker was doubted to be a member, and returns whether it is one.
    fn doubt(&mut self, view: &View) -> Seat {
        let (seat, doubts) = {
            let standing = self.cluster.standing.borrow();
            (standing.seat, standing.doubts)
        };
        let is_there = |unit: &Unit, void: &Ticket| {
            view.mine
                .get(unit)
                .is_some_and(|placement| placement.ticket == *void)
        };
        self.void.retain(|unit, void| is_there(unit, void));
        // While it is doubted, what is given to it may have been given to somebody else by the time that it is believed.
        if doubts != self.doubts || (seat == Seat::Uncertain && doubts > 0) {
            self.doubts = doubts;
            let mine = view.mine.iter();
            self.void = mine
                .map(|(unit, placement)| (unit.clone(), placement.ticket))
                .collect();
        }
        seat
    }

    /// Says what this worker has, once the others can see that it is there.
    async fn show_card(&mut self, view: &View, seat: Seat) -> Result<()> {
        let card = self.cluster.card();
        if seat == Seat::Member && view.card.as_ref() != Some(&card) {
            let (id, card) = (self.cluster.worker(), Some(card));
            let records = [ClusterRecord::Worker { id, card }];
            self.cluster.say(&records).await?;
        }
        Ok(())
    }

    /// Plans what was configured, shows it, and forgets what is gone.
    async fn plan(&mut self, view: &View) {
        let board = &self.cluster.crew.board;
        let connectors = &view.configs.connectors;
        let gone = self
            .plans
            .extract_if(.., |name, _| !connectors.contains_key(name));
        for (name, _) in gone.collect::<Vec<_>>() {
            board.drop_connector(&name);
            // It may be started again.
            self.cluster
                .codes
                .send_if_modified(|codes| codes.remove(&name).is_some());
            if let Some(topics) = &self.cluster.crew.site.topics {
                topics.deleted(&name);
            }
        }
        for (name, connector) in connectors {
            let known = self.plans.get(name);
            let code = view.code.get(name);
            if code.is_none() && known.is_some_and(|planned| planned.version == connector.version) {
                continue;
            }
            let plan = match code {
                Some(code) => {
                    let plan = self.cluster.code(name, &code.class());
                    plan.ok_or(Unplanned::Elsewhere)
                }
                None => match self.cluster.plan(name, connector).await {
                    Ok(plan) => Ok(plan),
                    // What runs goes on, and it is tried again.
                    Err(error) if error.kind() == ErrorKind::Unavailable => {
                        tracing::warn!(connector = %name, error = %error.report(), "it is planned again");
                        continue;
                    }
                    Err(error) => Err(Unplanned::Wrong(error.report().to_string())),
                },
            };
            match (&plan, code) {
                (Ok(plan), _) => {
                    board.announce(name, plan.connector.direction(), plan.guarantee);
                }
                (Err(_), Some(code)) => board.announce(name, code.direction, code.guarantee),
                // Those who can run it know more.
                (Err(_), None) if board.get(name).is_none() => {
                    let direction = direction(&connector.config);
                    board.announce(name, direction, Guarantee::AtLeastOnce);
                }
                (Err(_), None) => {}
            }
            let version = connector.version;
            self.plans.insert(name.clone(), Planned { version, plan });
        }
    }

    /// Gives a connector's supervisor what it is to run here, if that is something else than before.
    async fn share(
        &mut self,
        view: &View,
        name: &Str,
        mut units: BTreeMap<Unit, Ticket>,
    ) -> Result<()> {
        let connector = view.configs.connectors.get(name);
        let planned = self.plans.get(name).map(|planned| planned.plan.clone());
        let (connector, plan) = match (connector, planned) {
            (Some(connector), Some(Ok(plan))) => (connector, plan),
            // It is planned once what it refers to can be looked up.
            (Some(_), None) => return Ok(()),
            (_, planned) => {
                let why = planned.and_then(Result::err);
                return self.abandon(name, &units, why).await;
            }
        };
        let parts = self.parts((connector, &plan), &units).await;
        let (parts, mut incomplete) = match parts {
            Ok(parts) => (parts, Ok(())),
            Err((parts, error)) => (parts, Err(error)),
        };
        units.retain(|unit, _| match unit {
            Unit::Connector(_) => true,
            Unit::Task(id) => parts.contains_key(&id.task),
        });
        let mut shown = Shown {
            plan: Arc::clone(&plan),
            target: target(connector.target),
            units,
            parts: parts.clone(),
        };
        if self.cluster.held.lock().await.is_shown(name, &shown) {
            return incomplete;
        }
        let splits = match self.cluster.splits(connector, &mut shown).await {
            Ok(splits) => splits,
            Err((splits, error)) => {
                incomplete = Err(error);
                splits
            }
        };
        let mut held = self.cluster.held.lock().await;
        // If it was doubted meanwhile, there is more to come.
        let is_certain = self.cluster.standing.borrow().doubts == self.doubts;
        if is_certain && !held.is_ending(name) {
            let share = Share {
                plan,
                target: shown.target,
                splits,
                parts,
                outcomes: Arc::clone(&self.cluster.outcomes),
            };
            held.show(name, shown);
            self.cluster.command(WorkerCommand::Share(share)).await;
        }
        incomplete
    }

    /// Returns what tasks do: those that run go on as they are, others start by what was split of this very plan.
    ///
    /// # Errors
    ///
    /// What is known, and what could not be looked up.
    async fn parts(
        &mut self,
        (connector, plan): (&ConnectorConfig, &Arc<Plan>),
        units: &BTreeMap<Unit, Ticket>,
    ) -> Result<BTreeMap<u32, Part>, (BTreeMap<u32, Part>, Error)> {
        let Tasks::Committed { configs, .. } = &connector.tasks else {
            return Ok(BTreeMap::new());
        };
        let basis = basis(plan);
        let (mut parts, mut failure) = (BTreeMap::new(), None);
        let running = self.cluster.held.lock().await.parts(&plan.name);
        for (unit, ticket) in units {
            let Unit::Task(id) = unit else { continue };
            let known = running.get(&id.task).cloned();
            let known = known.filter(|part| part.ticket == Some(*ticket));
            let stored = configs.get(id.task as usize);
            let stored = stored.filter(|stored| stored.get(BASIS) == Some(&*basis));
            let part = match (known, stored) {
                (Some(part), _) => part,
                (None, None) => continue,
                (None, Some(stored)) => match self.cluster.task_config(stored).await {
                    Ok(config) => Part {
                        plan: Arc::clone(plan),
                        config,
                        ticket: Some(*ticket),
                    },
                    Err(error) => {
                        let error = error.context(id);
                        self.cluster.show_task_failure(id, &error);
                        failure = Some(error);
                        continue;
                    }
                },
            };
            parts.insert(id.task, part);
        }
        match failure {
            None => Ok(parts),
            Some(error) => Err((parts, error)),
        }
    }

    /// Takes plans whose references stand for something else now: their tasks start anew.
    async fn renew(&mut self, renewed: BTreeMap<Str, Arc<Plan>>) {
        let mut held = self.cluster.held.lock().await;
        for (name, plan) in renewed {
            let planned = self.plans.get_mut(&name);
            // Another configuration is planned with what they stand for anyway.
            if let Some(planned) = planned
                && let Ok(known) = &mut planned.plan
                && known.config == plan.config
            {
                *known = plan;
                held.renew(&name);
            }
        }
    }

    /// Stops what runs of a connector that is gone, or cannot be planned.
    async fn abandon(
        &mut self,
        name: &Str,
        units: &BTreeMap<Unit, Ticket>,
        why: Option<Unplanned>,
    ) -> Result<()> {
        if let Some(Unplanned::Wrong(trace)) = &why {
            self.cluster.show_failure(name, units, trace);
        }
        let mut held = self.cluster.held.lock().await;
        if !held.has(name) {
            return Ok(());
        }
        held.end(name);
        let (reply, report) = oneshot::channel();
        let within = self.cluster.crew.grace;
        let command = ConnectorCommand::Shutdown { within, reply };
        let name = name.clone();
        let told = WorkerCommand::Connector {
            name: name.clone(),
            command,
        };
        self.cluster.command(told).await;
        // Its tasks are given up after that time.
        let ending = report.map(|_| name);
        self.ending.push(ending.boxed());
        Ok(())
    }

    /// Passes on restarts that were asked for since this worker follows.
    async fn restart(&mut self, view: &View) {
        let now = view.restarts.iter();
        let now: BTreeMap<_, _> = now
            .map(|(name, order)| (name.clone(), order.ticket))
            .collect();
        let Some(before) = self.restarts.replace(now) else {
            return;
        };
        for (name, order) in &view.restarts {
            if before.get(name) != Some(&order.ticket) && self.cluster.held.lock().await.has(name) {
                let scope = match order.scope {
                    Scope::Connector => Restart::Connector,
                    Scope::All => Restart::All,
                    Scope::Failed => Restart::Failed,
                    Scope::Task(task) => Restart::Task(task),
                };
                // Tasks that are not here are restarted elsewhere.
                let (reply, _) = oneshot::channel();
                let command = ConnectorCommand::Restart { scope, reply };
                let name = name.clone();
                self.cluster
                    .command(WorkerCommand::Connector { name, command })
                    .await;
            }
        }
    }

    /// Says what is not run here any more.
    ///
    /// What is void is given up only by a member: somebody else would get it back at once, to give it up again.
    async fn release(&mut self, view: &View, seat: Seat) -> Result<()> {
        let mut records = Vec::new();
        let held = self.cluster.held.lock().await;
        for (unit, Placement { hold, ticket, .. }) in &view.mine {
            let is_void = seat == Seat::Member && self.void.get(unit) == Some(ticket);
            let is_asked = matches!(hold, Hold::Releasing(_)) || is_void;
            let is_told = view.released.get(unit) == Some(ticket);
            if is_asked && !is_told && !held.runs(unit) {
                records.push(ClusterRecord::Release {
                    unit: unit.clone(),
                    release: Some(*ticket),
                });
            }
        }
        drop(held);
        if !records.is_empty() {
            self.cluster.say(&records).await?;
        }
        Ok(())
    }
}

impl Cluster {
    /// Returns what this worker says of itself.
    fn card(&self) -> Card {
        Card {
            name: self.worker().to_string().into(),
            plugins: self.plugins(),
            stay: *self.stay.borrow(),
        }
    }

    /// Plans a connector that is configured as text.
    pub(super) async fn plan(&self, name: &Str, connector: &ConnectorConfig) -> Result<Arc<Plan>> {
        let mut config = connector.config.clone();
        config.insert("name", name.as_str());
        self.planner.plan(&config, None).await.map(Arc::new)
    }

    /// Returns what a task is to do: references stay in the config topic, and are resolved here.
    pub(super) async fn task_config(&self, stored: &ConfigMap) -> Result<TaskConfig> {
        let mut resolved = self.planner.resolver.resolve(stored).await?.config;
        resolved.remove(BASIS);
        TaskConfig::of(&resolved)
    }

    fn show_task_failure(&self, id: &TaskId, error: &Error) {
        if error.kind() != ErrorKind::Unavailable {
            let trace = Some(error.report().to_string());
            self.crew.board.task(id, State::Failed, trace);
        }
    }

    fn show_failure(&self, name: &Str, units: &BTreeMap<Unit, Ticket>, trace: &str) {
        let board = &self.crew.board;
        for unit in units.keys() {
            let trace = Some(trace.to_owned());
            match unit {
                Unit::Connector(_) => board.connector(name, State::Failed, trace),
                Unit::Task(id) => board.task(id, State::Failed, trace),
            }
        }
    }

    pub(super) async fn command(&self, command: WorkerCommand) {
        // The worker's actor may be going.
        drop(self.commands.send(command).await);
    }
}

/// Guesses which way records go: only sinks have topics.
fn direction(config: &ConfigMap) -> Direction {
    match config.get("topics").or_else(|| config.get("topics.regex")) {
        Some(_) => Direction::Sink,
        None => Direction::Source,
    }
}

fn target(state: TargetState) -> Target {
    match state {
        TargetState::Started => Target::Started,
        TargetState::Paused => Target::Paused,
        TargetState::Stopped => Target::Stopped,
    }
}
