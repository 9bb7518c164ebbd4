//! What this worker was given: it runs that, and says when it let go.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use connect_api::{ConfigMap, Result, Str, TaskConfig};
use tokio::{
    sync::{mpsc, oneshot},
    time::sleep,
};

use super::{
    Cluster,
    leader::fingerprint,
    membership::Seat,
    shares::{Held, Shown},
    splitting::Split,
};
use crate::{
    settings::Plan,
    stores::{
        Card, ClusterRecord, ClusterState, ConfigState, ConnectorConfig, Hold, Placement,
        RestartOrder, Scope, TargetState, Tasks, Ticket,
    },
    supervisor::{ConnectorCommand, Part, Restart, Share, Target, UnitEvent, WorkerCommand},
    unit::Unit,
};

/// What a worker knows of its cluster.
#[derive(Debug, Default)]
pub(super) struct View {
    pub(super) configs: ConfigState,
    /// The units that this worker has, or is to release.
    mine: BTreeMap<Unit, Placement>,
    /// What it has released already.
    released: BTreeMap<Unit, Ticket>,
    restarts: BTreeMap<Str, RestartOrder>,
    card: Option<Card>,
}

/// Follows the cluster for one worker.
struct Follower<'a> {
    cluster: &'a Cluster,
    events: mpsc::UnboundedSender<UnitEvent>,
    plans: BTreeMap<Str, Planned>,
    held: Held,
    /// The restarts that were seen; older ones were meant for others.
    restarts: Option<BTreeMap<Str, Ticket>>,
    /// How often this worker was doubted to be a member.
    doubts: u64,
    /// What it had then: others may have been given it since, so that only what is given anew counts.
    void: BTreeMap<Unit, Ticket>,
}

/// A connector's configuration, and what became of it.
struct Planned {
    version: i64,
    plan: Result<Arc<Plan>, String>,
}

impl Cluster {
    /// Runs what this worker has been given, for ever.
    pub(super) async fn follow(&self) {
        let (events, mut heard) = mpsc::unbounded_channel();
        let mut follower = Follower {
            cluster: self,
            events,
            plans: BTreeMap::new(),
            held: Held::default(),
            restarts: None,
            doubts: 0,
            void: BTreeMap::new(),
        };
        let (mut cluster_news, mut config_news) = (self.store.news(), self.configs.news());
        let mut standing = self.standing.subscribe();
        let mut stay = self.stay.subscribe();
        loop {
            standing.mark_unchanged();
            if let Err(error) = follower.arrange().await {
                tracing::warn!(error = %error.report(), "following the cluster: trying again");
                sleep(Self::LOOKS).await;
                continue;
            }
            tokio::select! {
                biased;
                Some(event) = heard.recv() => follower.on_event(event),
                () = cluster_news.changed() => {}
                () = config_news.changed() => {}
                _ = standing.changed() => {}
                _ = stay.changed() => {}
            }
            while let Ok(event) = heard.try_recv() {
                follower.on_event(event);
            }
        }
    }

    async fn view(&self) -> Result<View> {
        let configs = self.configs.known().await?;
        let me = self.worker();
        self.store.known(|state| View::of(state, configs, me)).await
    }
}

impl View {
    fn of(state: &ClusterState, configs: ConfigState, me: uuid::Uuid) -> Self {
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
        self.show_card(&view, seat).await;
        self.plan(&view).await;
        let wanted = view.wanted(seat, &self.void);
        let connectors: BTreeSet<Str> = self
            .held
            .connectors()
            .chain(wanted.keys())
            .cloned()
            .collect();
        for name in connectors {
            let units = wanted.get(&name).cloned().unwrap_or_default();
            self.share(&view, &name, units).await?;
        }
        self.restart(&view).await;
        self.release(&view, seat).await;
        Ok(())
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
    async fn show_card(&mut self, view: &View, seat: Seat) {
        let card = self.cluster.card();
        if seat == Seat::Member && view.card.as_ref() != Some(&card) {
            let (id, card) = (self.cluster.worker(), Some(card));
            self.cluster
                .say(&[ClusterRecord::Worker { id, card }])
                .await;
        }
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
        }
        for (name, connector) in connectors {
            let known = self.plans.get(name);
            if known.is_some_and(|planned| planned.version == connector.version) {
                continue;
            }
            let plan = self.cluster.plan(name, connector).await;
            if let Ok(plan) = &plan {
                board.announce(name, plan.connector.direction(), plan.guarantee);
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
        units: BTreeMap<Unit, Ticket>,
    ) -> Result<()> {
        let connector = view.configs.connectors.get(name);
        let planned = self.plans.get(name).map(|planned| planned.plan.clone());
        let (connector, plan) = match (connector, planned) {
            (Some(connector), Some(Ok(plan))) => (connector, plan),
            (_, planned) => {
                let trace = planned.and_then(Result::err);
                return self.abandon(name, &units, trace).await;
            }
        };
        let shown = Shown {
            plan: Arc::clone(&plan),
            target: target(connector.target),
            units: units.clone(),
        };
        if self.held.is_shown(name, &shown) {
            return Ok(());
        }
        let parts = self.cluster.parts(connector, &units).await?;
        let share = Share {
            plan,
            target: shown.target,
            splits: units.contains_key(&Unit::Connector(name.clone())),
            parts,
        };
        self.held.show(name, shown);
        let events = self.events.clone();
        self.cluster
            .command(WorkerCommand::Share { share, events })
            .await;
        Ok(())
    }

    /// Stops what runs of a connector that is gone, or cannot be planned.
    async fn abandon(
        &mut self,
        name: &Str,
        units: &BTreeMap<Unit, Ticket>,
        trace: Option<String>,
    ) -> Result<()> {
        if let Some(trace) = &trace {
            self.cluster.show_failure(name, units, trace);
        }
        if !self.held.has(name) {
            return Ok(());
        }
        let (reply, ended) = oneshot::channel();
        let within = self.cluster.crew.grace;
        let command = ConnectorCommand::Shutdown { within, reply };
        let name = name.clone();
        self.held.forget(&name);
        self.cluster
            .command(WorkerCommand::Connector { name, command })
            .await;
        // Its tasks are given up after that time, and then its name is free.
        drop(ended.await);
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
            if before.get(name) != Some(&order.ticket) && self.held.has(name) {
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
    async fn release(&mut self, view: &View, seat: Seat) {
        let mut records = Vec::new();
        for (unit, Placement { hold, ticket, .. }) in &view.mine {
            let is_void = seat == Seat::Member && self.void.get(unit) == Some(ticket);
            let is_asked = matches!(hold, Hold::Releasing(_)) || is_void;
            let is_told = view.released.get(unit) == Some(ticket);
            if is_asked && !is_told && !self.held.runs(unit) {
                records.push(ClusterRecord::Release {
                    unit: unit.clone(),
                    release: Some(*ticket),
                });
            }
        }
        if !records.is_empty() {
            self.cluster.say(&records).await;
        }
    }

    fn on_event(&mut self, event: UnitEvent) {
        match event {
            UnitEvent::Left(unit) => self.held.on_left(&unit),
            UnitEvent::Split { plan, configs } => {
                let planned = self.plans.get(&plan.name);
                if let Some(planned) = planned {
                    let version = planned.version;
                    // There is somebody who takes it for as long as this follows.
                    drop(self.cluster.split.0.send(Split {
                        plan,
                        version,
                        configs,
                    }));
                }
            }
        }
    }
}

impl Cluster {
    /// Returns what this worker says of itself.
    fn card(&self) -> Card {
        Card {
            name: self.worker().to_string().into(),
            plugins: self.planner.plugins.connector_names(),
            code: BTreeMap::new(),
            stay: *self.stay.borrow(),
        }
    }

    async fn plan(&self, name: &Str, connector: &ConnectorConfig) -> Result<Arc<Plan>, String> {
        let mut config = connector.config.clone();
        config.insert("name", name.as_str());
        let planned = self.planner.plan(&config, None).await;
        planned
            .map(Arc::new)
            .map_err(|error| error.report().to_string())
    }

    async fn parts(
        &self,
        connector: &ConnectorConfig,
        units: &BTreeMap<Unit, Ticket>,
    ) -> Result<BTreeMap<u32, Part>> {
        let Tasks::Committed { configs, .. } = &connector.tasks else {
            return Ok(BTreeMap::new());
        };
        let mut parts = BTreeMap::new();
        for (unit, ticket) in units {
            let Unit::Task(id) = unit else { continue };
            if let Some(stored) = configs.get(id.task as usize) {
                let config = self.task_config(stored).await?;
                let ticket = Some(*ticket);
                parts.insert(id.task, Part { config, ticket });
            }
        }
        Ok(parts)
    }

    /// Returns what a task is to do: references stay in the config topic, and are resolved here.
    async fn task_config(&self, stored: &ConfigMap) -> Result<TaskConfig> {
        let mut resolved = self.planner.resolver.resolve(stored).await?.config;
        resolved.remove(super::splitting::BASIS);
        TaskConfig::of(&resolved)
    }

    fn show_failure(&self, name: &Str, units: &BTreeMap<Unit, Ticket>, trace: &str) {
        use crate::status::State;

        let board = &self.crew.board;
        for unit in units.keys() {
            let trace = Some(trace.to_owned());
            match unit {
                Unit::Connector(_) => board.connector(name, State::Failed, trace),
                Unit::Task(id) => board.task(id, State::Failed, trace),
            }
        }
    }

    async fn command(&self, command: WorkerCommand) {
        // The worker's actor may be going.
        drop(self.commands.send(command).await);
    }
}

fn target(state: TargetState) -> Target {
    match state {
        TargetState::Started => Target::Started,
        TargetState::Paused => Target::Paused,
        TargetState::Stopped => Target::Stopped,
    }
}
