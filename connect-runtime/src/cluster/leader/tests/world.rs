//! [`World`]: a cluster, step by step.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use uuid::Uuid;

use super::{
    oracle::Oracle,
    topic::Topic,
    worker::{Life, Worker},
};
use crate::{
    broker::ProducerRecord,
    cluster::leader::{Decisions, Leader, Policy, Round, Sight},
    stores::{
        ClusterRecord, ClusterState, ConfigLog, ConfigState, Reply, Request, Term, Ticket, Wish,
    },
    task_id::TaskId,
    unit::Unit,
};

/// A cluster: its topics, its group, its workers, and whoever leads.
#[derive(Debug)]
pub(super) struct World {
    policy: Policy,
    now: Duration,
    pub(super) cluster: Topic,
    pub(super) config: Topic,
    /// What can be read at the ends of the topics, with how far that is.
    state: (ClusterState, i64),
    log: (ConfigLog, i64),
    pub(super) workers: BTreeMap<Uuid, Worker>,
    pub(super) members: BTreeSet<Uuid>,
    leader: Leader,
    /// The members that the leader will be shown.
    list: Option<BTreeSet<Uuid>>,
    /// What it is about to write.
    decided: Option<Decisions>,
    pub(super) again: Option<Duration>,
    pub(super) rounds: Vec<Round>,
    /// What rounds were over.
    pub(super) fenced: BTreeSet<(Unit, Ticket)>,
    oracle: Oracle,
    /// The last identity that was given to somebody.
    ids: u128,
}

/// How many bytes of a value one record has: few, so that many values stand in pieces.
const MOST: usize = 150;

impl World {
    pub(super) fn new(policy: Policy) -> Self {
        let mut world = Self {
            policy,
            now: Duration::from_secs(1000),
            cluster: Topic::new("connect-cluster"),
            config: Topic::new("connect-configs"),
            state: (ClusterState::default(), 0),
            log: (ConfigLog::default(), 0),
            workers: BTreeMap::new(),
            members: BTreeSet::new(),
            leader: Leader::new(0, policy),
            list: None,
            decided: None,
            again: None,
            rounds: Vec::new(),
            fenced: BTreeSet::new(),
            oracle: Oracle::default(),
            ids: 0,
        };
        world.succeed();
        world
    }

    pub(super) fn state(&mut self) -> &ClusterState {
        let (state, read) = &mut self.state;
        self.cluster.read(state, read, usize::MAX);
        state
    }

    pub(super) fn configs(&mut self) -> ConfigState {
        let (log, read) = &mut self.log;
        self.config.read(log, read, usize::MAX);
        Arc::unwrap_or_clone(log.resolve())
    }

    pub(super) fn reply(&mut self, id: Uuid) -> Option<Reply> {
        self.state().replies.get(&id).cloned()
    }

    /// Returns the keys of all records that have values.
    pub(super) fn keys(&self) -> Vec<String> {
        self.cluster.keys().chain(self.config.keys()).collect()
    }

    pub(super) fn pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }

    fn new_id(&mut self) -> Uuid {
        self.ids += 1;
        Uuid::from_u128(self.ids)
    }

    /// Lets a new worker join.
    pub(super) fn join(&mut self, plugins: &[&str]) -> Uuid {
        let id = self.new_id();
        self.members.insert(id);
        self.workers.insert(id, Worker::new(id, plugins));
        self.act(id);
        id
    }

    /// Lets the process of a worker end; the group does not know yet.
    pub(super) fn die(&mut self, id: Uuid) {
        let worker = self.workers.get_mut(&id).unwrap();
        worker.life = Life::Dead;
        worker.holds.clear();
    }

    pub(super) fn pause(&mut self, id: Uuid) {
        let worker = self.workers.get_mut(&id).unwrap();
        if worker.life == Life::Awake {
            worker.life = Life::Paused;
        }
    }

    pub(super) fn wake(&mut self, id: Uuid) {
        let worker = self.workers.get_mut(&id).unwrap();
        match worker.life {
            Life::Paused => worker.life = Life::Awake,
            Life::Fenced => {
                worker.life = Life::Outside;
                worker.holds.clear();
            }
            Life::Awake | Life::Outside | Life::Dead => {}
        }
    }

    /// Lets a session end; who is awake has stopped everything before.
    pub(super) fn expire(&mut self, id: Uuid) {
        self.members.remove(&id);
        let worker = self.workers.get_mut(&id).unwrap();
        match worker.life {
            Life::Awake => {
                worker.life = Life::Outside;
                worker.holds.clear();
            }
            Life::Paused => worker.life = Life::Fenced,
            Life::Fenced | Life::Outside => {}
            Life::Dead => drop(self.workers.remove(&id)),
        }
    }

    pub(super) fn come_back(&mut self, id: Uuid) {
        let worker = self.workers.get_mut(&id).unwrap();
        if worker.life == Life::Outside {
            self.members.insert(id);
            worker.come_back(&self.cluster);
        }
    }

    /// Lets a worker be expelled and come back, while the leader sees only that it is away.
    pub(super) fn blink(&mut self, id: Uuid) {
        self.pause(id);
        self.expire(id);
        self.look();
        if self.workers.contains_key(&id) {
            self.wake(id);
            self.come_back(id);
            self.act(id);
        }
    }

    pub(super) fn act(&mut self, id: Uuid) {
        self.act_on(id, usize::MAX);
    }

    /// Lets a worker do what the next so many records say.
    pub(super) fn act_on(&mut self, id: Uuid, records: usize) {
        let worker = self.workers.get_mut(&id).unwrap();
        worker.act(&mut self.cluster, records);
        if worker.life == Life::Awake && worker.has_left() {
            self.workers.remove(&id);
            self.members.remove(&id);
        }
    }

    pub(super) fn act_all(&mut self) {
        for id in self.workers.keys().copied().collect::<Vec<_>>() {
            self.act(id);
        }
    }

    pub(super) fn ask(&mut self, from: Uuid, wish: Wish) -> Uuid {
        let id = self.new_id();
        self.ask_as(id, Request { from, wish });
        id
    }

    pub(super) fn ask_as(&mut self, id: Uuid, request: Request) {
        let request = Some(request);
        self.write(&ClusterRecord::Request { id, request });
    }

    /// Asks for something that does not fit into one record, and loses some.
    pub(super) fn ask_in_part(
        &mut self,
        from: Uuid,
        wish: Wish,
        lose: fn(&mut Vec<ProducerRecord>),
    ) {
        let request = ClusterRecord::Request {
            id: self.new_id(),
            request: Some(Request { from, wish }),
        };
        self.write_in_part(&request, lose);
    }

    pub(super) fn write(&mut self, record: &ClusterRecord) {
        self.write_in_part(record, |_| {});
    }

    fn write_in_part(&mut self, record: &ClusterRecord, lose: fn(&mut Vec<ProducerRecord>)) {
        let mut records = record.encode_within(&self.cluster.name, MOST);
        lose(&mut records);
        for record in records {
            self.cluster.append(record);
        }
    }

    /// Lets another leader begin; what the former one had not written is lost.
    pub(super) fn succeed(&mut self) {
        self.leader = Leader::new(0, self.policy);
        self.lead_again();
    }

    /// Lets the leader begin another term; what it had not written is lost.
    pub(super) fn lead_again(&mut self) {
        let term = self.state().term() + 1;
        let worker = self.workers.keys().next().copied().unwrap_or_default();
        self.write(&ClusterRecord::Leader(Term { term, worker }));
        self.leader.begin(term);
        self.list = None;
        self.decided = None;
        self.rounds.clear();
    }

    /// Looks up the members, which others may change before anything is decided.
    pub(super) fn look(&mut self) {
        self.list = Some(self.members.clone());
    }

    /// Decides, and lets others write before that is written.
    pub(super) fn decide(&mut self) {
        if self.decided.is_some() {
            return;
        }
        let members = self.list.take().unwrap_or_else(|| self.members.clone());
        let configs = self.configs();
        self.state();
        let decisions = self.leader.decide(Sight {
            now: self.now,
            members: &members,
            cluster: &self.state.0,
            configs: &configs,
        });
        self.again = decisions.again;
        self.decided = Some(decisions);
    }

    /// Writes what was decided; returns whether there was something.
    pub(super) fn commit(&mut self) -> bool {
        let Some(decisions) = self.decided.take() else {
            return false;
        };
        self.hear(&decisions);
        let before = self.state().clone();
        for record in &decisions.cluster {
            self.write(record);
        }
        for record in &decisions.configs {
            self.config.append(record.encode(&self.config.name));
        }
        self.check_fencing(&before);
        let configs = self.configs();
        self.oracle.check(&configs);
        let is_idle = decisions.is_empty() && decisions.rounds.is_empty();
        self.rounds.extend(decisions.rounds);
        !is_idle
    }

    /// Lets the leader look, decide and write.
    pub(super) fn lead(&mut self) -> bool {
        self.look();
        self.decide();
        self.commit()
    }

    /// Lets the oldest round end.
    pub(super) fn end_round(&mut self, end: RoundEnd) {
        if self.rounds.is_empty() {
            return;
        }
        let round = self.rounds.remove(0);
        match end {
            RoundEnd::Over => {
                for (task, ticket) in &round.tasks {
                    let connector = round.connector.clone();
                    let unit = Unit::Task(TaskId {
                        connector,
                        task: *task,
                    });
                    self.fenced.insert((unit, *ticket));
                }
                self.leader.on_fenced(round);
            }
            RoundEnd::Failed => self.leader.on_not_fenced(&round.connector),
        }
    }

    /// Compacts the topics; what can be read stays the same.
    pub(super) fn compact(&mut self) {
        self.state();
        self.configs();
        let read = self.workers.values().map(|worker| worker.read);
        let read = read.fold(self.state.1, i64::min);
        self.cluster.compact(read);
        self.config.compact(self.log.1);
        let mut anew: ClusterState = self.cluster.read_anew();
        anew.offset = self.state.0.offset;
        assert_eq!(anew, self.state.0);
        let configs = self.config.read_anew::<ConfigLog>().resolve();
        self.oracle.check(&configs);
        assert_eq!(configs.connectors, self.configs().connectors);
    }

    fn hear(&mut self, decisions: &Decisions) {
        self.state();
        for record in &decisions.cluster {
            if let ClusterRecord::Reply {
                id,
                reply: Some(reply),
            } = record
            {
                let mut requests = self.state.0.requests.values();
                let (_, request) = requests.find(|(asked, _)| asked == id).unwrap();
                self.oracle.hear(&request.wish, reply);
            }
        }
    }

    /// Lets everybody do what is left to do, for as long as it takes.
    pub(super) fn settle(&mut self) {
        self.commit();
        for _ in 0..500 {
            self.act_all();
            self.check_holders();
            while !self.rounds.is_empty() {
                self.end_round(RoundEnd::Over);
            }
            if self.lead() {
                continue;
            }
            let before = self.cluster.keys().count();
            self.act_all();
            if self.lead() || self.cluster.keys().count() != before {
                continue;
            }
            match self.again {
                Some(again) => self.now = again,
                None => return,
            }
        }
        panic!("it does not settle: {:?}", self.state);
    }
}

/// How a round ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum RoundEnd {
    Over,
    Failed,
}
