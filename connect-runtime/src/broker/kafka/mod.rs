//! [`KafkaBroker`]: Apache Kafka.
//!
//! Records go to and come from librdkafka in batches, on the tasks that want them; what blocks goes to threads that may
//! block. Each producer, consumer and reader has a client of its own; what is asked of the cluster beside records
//! shares one.

mod clients;
mod consumer;
mod coordinators;
mod ends;
mod errors;
mod ownership;
mod producer;
mod reader;
mod records;
mod rules;
mod settings;
mod topics;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use connect_api::{ConfigMap, Error, ErrorKind, Offsets, Result, Str, TopicPartition};
use connect_librdkafka::{
    self as client, Admin, Code,
    admin::{End, Group, GroupState, Setting},
};
use tokio::time::{Instant, sleep, timeout};

#[cfg(any(test, fuzzing))]
pub(crate) use self::settings::fuzz_jaas;
use self::{
    clients::Clients,
    consumer::KafkaConsumer,
    coordinators::{ClientView, Coordinators, Found},
    ends::{ends, level_of},
    errors::{classified, kind_of},
    producer::KafkaProducer,
    reader::KafkaReader,
    settings::ClientKind,
};
use super::{
    Broker, CleanupPolicy, Consumer, ConsumerOptions, Created, GroupDescription, GroupMember,
    GroupPhase, Isolation, LogReader, NewTopic, Producer, ProducerOptions, ReaderOptions,
    TopicDescription, TransactionalProducer, Watermarks,
};
use crate::Environment;

/// Apache Kafka, version 2.8 or later.
///
/// It connects when something is asked of it, and again whenever a connection is lost.
#[derive(Clone, Debug)]
pub struct KafkaBroker(Arc<Cluster>);

#[derive(Debug)]
struct Cluster {
    clients: Arc<Clients>,
    admin: OnceLock<Admin>,
    coordinators: Coordinators,
    founding: Mutex<Founding>,
}

/// Whether the cluster has the topic that it keeps groups in, which it makes when a client looks for a coordinator.
#[derive(Debug, Default)]
enum Founding {
    #[default]
    Open,
    /// This client looks for one.
    Under(#[expect(dead_code, reason = "it is enough that it runs")] Admin),
    Done,
}

impl KafkaBroker {
    /// How long a broker may take to describe a group; one that is away is given up then.
    const LOOK: Duration = Duration::from_secs(3);

    /// How long the cluster may take until everybody knows of a new or deleted topic.
    const PATIENCE: Duration = Duration::from_secs(30);

    /// How long to wait before looking again whether a topic is known.
    const PAUSE: Duration = Duration::from_millis(20);

    /// How long a call blocks its thread before it is looked whether it is still wanted.
    const SLICE: Duration = Duration::from_millis(500);

    /// How often it is told that nobody answers.
    const TOLD: Duration = Duration::from_secs(5);

    /// Names a cluster by some of its brokers, `host:port[,…]`.
    ///
    /// Of `settings` those count that clients have in Kafka's Java clients too, such as `security.protocol`: they are
    /// for what the worker itself reads and asks. Producers and consumers of connectors have their own.
    #[must_use]
    pub fn new(
        servers: impl Into<String>,
        settings: ConfigMap,
        environment: Arc<dyn Environment>,
    ) -> Self {
        let clients = Clients::new(servers.into(), settings, environment);
        Self(Arc::new(Cluster {
            clients: Arc::new(clients),
            admin: OnceLock::new(),
            coordinators: Coordinators::default(),
            founding: Mutex::default(),
        }))
    }

    /// Waits until a broker answers; what keeps it waiting is logged.
    ///
    /// # Errors
    ///
    /// `Unavailable`: none answered within `patience`. `Config`: a setting is wrong.
    pub async fn reach(&self, patience: Duration) -> Result<()> {
        let (started, mut told) = (Instant::now(), Duration::ZERO);
        loop {
            let admin = self.admin()?.clone();
            let slice = Self::SLICE;
            let id = self.0.clients.blocking(move || admin.cluster_id(slice));
            if id.await?.is_some() {
                return Ok(());
            }
            let (servers, waited) = (self.0.clients.servers(), started.elapsed());
            if waited >= patience {
                return Err(Error::unavailable(format!(
                    "expected a broker of Kafka at {servers} (`bootstrap.servers`), none answered within {} s",
                    patience.as_secs()
                )));
            }
            if waited >= told + Self::TOLD {
                told = waited;
                tracing::warn!(
                    "no broker at {servers} answers; it is tried for {} s in all",
                    patience.as_secs()
                );
            }
        }
    }

    fn admin(&self) -> Result<&Admin> {
        if let Some(admin) = self.0.admin.get() {
            return Ok(admin);
        }
        let admin = self.start_admin(&[])?;
        // Another may have been quicker.
        Ok(self.0.admin.get_or_init(|| admin))
    }

    /// Starts a client that could be a member of a group, and so looks for its coordinator.
    fn admin_of(&self, group: &str) -> Result<Admin> {
        self.start_admin(&[("group.id", group)])
    }

    fn start_admin(&self, fixed: &[(&str, &str)]) -> Result<Admin> {
        let clients = &self.0.clients;
        let config = clients.own(ClientKind::Admin, ("connect-admin", fixed))?;
        let admin = Admin::new(config);
        admin.map_err(|error| classified(error, "settings of the admin client"))
    }

    /// Describes a group, and says who did.
    async fn described_group(&self, group: &str) -> Result<Found> {
        let view = ClientView {
            admin: self.admin()?,
            patience: Self::LOOK,
        };
        let found = self.0.coordinators.describe(&view, group).await;
        let founding = &self.0.founding;
        let mut founding = founding.lock().unwrap_or_else(PoisonError::into_inner);
        match (&found, &*founding) {
            (Ok(_), _) => *founding = Founding::Done,
            (Err(_), Founding::Open) => *founding = Founding::Under(self.admin_of(group)?),
            (Err(_), Founding::Under(_) | Founding::Done) => {}
        }
        found
    }

    /// Asks the coordinator of a group, once there is one.
    async fn ask_coordinator<T, Q>(
        &self,
        group: &str,
        question: impl Fn(i32) -> Q,
    ) -> Result<Result<T, client::Error>>
    where
        Q: Future<Output = Result<T, client::Error>>,
    {
        coordinators::ask(|| self.described_group(group), question).await
    }

    /// Waits until all brokers say that a topic is there, or gone: the next request may go to any of them.
    async fn settled(&self, name: &str, wanted: Presence) -> Result<()> {
        let started = Instant::now();
        let admin = self.admin()?;
        let heard = admin.look_for_brokers(Self::PATIENCE).await;
        heard.map_err(|error| classified(error, "asking which brokers there are"))?;
        let brokers = admin.brokers();
        if brokers.is_empty() {
            return Err(Error::unavailable(format!(
                "topic `{name}`: expected brokers that can be asked for it, found none"
            )));
        }
        for broker in brokers {
            while self.presence_at(broker, name, wanted).await? != wanted {
                if started.elapsed() > Self::PATIENCE {
                    return Err(Self::unsettled(name));
                }
                sleep(Self::PAUSE).await;
            }
        }
        Ok(())
    }

    /// Asks one broker; one that does not answer is down, and learns everything before it comes back.
    async fn presence_at(&self, broker: i32, name: &str, unknown: Presence) -> Result<Presence> {
        let admin = self.admin()?;
        let asked = admin.topic_at(broker, name);
        Ok(match timeout(Self::TOLD, asked).await {
            Ok(Ok(topic)) => Presence::of(topic.map(|topic| topic.partitions)),
            Ok(Err(error)) if kind_of(&error) != ErrorKind::Unavailable => {
                return Err(classified(error, format!("describing `{name}`")));
            }
            Ok(Err(_)) | Err(_) => unknown,
        })
    }

    async fn partitions(&self, name: &str) -> Result<Option<i32>> {
        let topic = self.admin()?.topic(name).await;
        let topic = topic.map_err(|error| classified(error, format!("describing `{name}`")))?;
        Ok(topic.map(|topic| topic.partitions))
    }

    /// Asks for the partitions and the settings of a topic, which brokers hear of one after the other.
    async fn described(&self, name: &str) -> Result<Option<(i32, BTreeMap<String, Setting>)>> {
        let started = Instant::now();
        while let Some(partitions) = self.partitions(name).await? {
            let settings = self.admin()?.topic_settings(name).await;
            let settings = settings.map_err(|error| {
                classified(error, format!("asking for the settings of `{name}`"))
            })?;
            // A topic has settings: the broker that answered has not heard of it.
            if !settings.is_empty() {
                return Ok(Some((partitions, settings)));
            }
            if started.elapsed() > Self::PATIENCE {
                return Err(Self::unsettled(name));
            }
            sleep(Self::PAUSE).await;
        }
        Ok(None)
    }

    fn unsettled(name: &str) -> Error {
        Error::unavailable(format!(
            "topic `{name}`: not every broker knows of it after {:?}",
            Self::PATIENCE
        ))
    }

    async fn check_empty(&self, group: &str) -> Result<()> {
        let admin = self.admin()?;
        let asked = |coordinator| admin.group_at(coordinator, group, Self::LOOK);
        let description = description_of(group, self.ask_coordinator(group, asked).await?)?;
        match description.members.len() {
            0 => Ok(()),
            members => Err(Error::fenced(format!(
                "group `{group}`: expected no members, found {members}"
            ))),
        }
    }
}

/// Turns what its coordinator says into the description of a group.
fn description_of(group: &str, answer: Result<Group, client::Error>) -> Result<GroupDescription> {
    let nobody = Group {
        state: GroupState::Dead,
        members: Vec::new(),
    };
    let described = except(answer, Code::GROUP_ID_NOT_FOUND, nobody);
    let described =
        described.map_err(|error| classified(error, format!("describing group `{group}`")))?;
    let phase = match described.state {
        GroupState::Stable | GroupState::Empty | GroupState::Dead => GroupPhase::Stable,
        // With what has no name some members may be missing as well.
        _ => GroupPhase::Rebalancing,
    };
    let members = described.members.into_iter().map(|member| GroupMember {
        client_id: member.client_id.into(),
    });
    Ok(GroupDescription {
        phase,
        members: members.collect(),
    })
}

/// Whether a topic is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    There,
    Gone,
}

impl Presence {
    fn of(partitions: Option<i32>) -> Self {
        partitions.map_or(Self::Gone, |_| Self::There)
    }
}

/// Answers `otherwise` for an error with this code.
fn except<T>(
    answer: Result<T, client::Error>,
    code: Code,
    otherwise: T,
) -> Result<T, client::Error> {
    match answer {
        Err(error) if error.code() == code => Ok(otherwise),
        answer => answer,
    }
}

#[async_trait]
impl Broker for KafkaBroker {
    fn internal_partitions(&self, usual: i32) -> i32 {
        usual
    }

    async fn create_topic(&self, topic: &NewTopic) -> Result<Created> {
        let counts = (
            topic.partitions.unwrap_or(-1),
            topic.replication_factor.map_or(-1, i32::from),
        );
        let settings = topic.configs.iter().map(|(key, value)| (&**key, &**value));
        let admin = self.admin()?;
        let created = admin.create_topic(&topic.name, counts, settings).await;
        let created = created.map(|()| Created::New);
        let created = except(created, Code::TOPIC_ALREADY_EXISTS, Created::Existed);
        let created = created
            .map_err(|error| classified(error, format!("creating topic `{}`", topic.name)))?;
        self.settled(&topic.name, Presence::There).await?;
        Ok(created)
    }

    async fn topic(&self, name: &str) -> Result<Option<TopicDescription>> {
        let Some((partitions, settings)) = self.described(name).await? else {
            return Ok(None);
        };
        let cleanup = settings
            .get("cleanup.policy")
            .and_then(|setting| setting.value.as_deref());
        let cleanup = match cleanup.unwrap_or_default() {
            "compact" => CleanupPolicy::Compact,
            policies if policies.contains("compact") => CleanupPolicy::CompactAndDelete,
            _ => CleanupPolicy::Delete,
        };
        let given = settings
            .into_iter()
            .filter(|(_, setting)| setting.is_given)
            .filter_map(|(key, setting)| Some((key, setting.value?)));
        Ok(Some(TopicDescription {
            partitions,
            cleanup,
            configs: given.collect(),
        }))
    }

    async fn topics(&self) -> Result<Vec<Str>> {
        let admin = self.admin()?.clone();
        let listed = self
            .0
            .clients
            .blocking(move || admin.topics(Self::PATIENCE));
        let listed = listed.await?;
        let mut topics = listed.map_err(|error| classified(error, "listing topics"))?;
        topics.sort_unstable();
        Ok(topics.into_iter().map(Str::from).collect())
    }

    async fn delete_topic(&self, name: &str) -> Result<()> {
        let deleted = self.admin()?.delete_topic(name).await;
        let deleted = except(deleted, Code::UNKNOWN_TOPIC_OR_PART, ());
        deleted.map_err(|error| classified(error, format!("deleting topic `{name}`")))?;
        self.settled(name, Presence::Gone).await
    }

    async fn watermarks(
        &self,
        topic: &str,
        isolation: Isolation,
    ) -> Result<BTreeMap<i32, Watermarks>> {
        let partitions = self.partitions(topic).await?;
        let partitions =
            partitions.ok_or_else(|| Error::config(format!("topic `{topic}` does not exist")))?;
        let level = level_of(isolation);
        let admin = self.admin()?;
        let all = || {
            (0..partitions)
                .map(|partition| (topic, partition))
                .collect()
        };
        let (starts, ends) = futures::try_join!(
            ends(admin, all(), (End::Start, level)),
            ends(admin, all(), (End::End, level)),
        )?;
        let marks = starts.into_iter().map(|(at, start)| {
            let end = ends.get(&at).copied().unwrap_or(start);
            (at.partition, Watermarks { start, end })
        });
        Ok(marks.collect())
    }

    async fn group(&self, group: &str) -> Result<GroupDescription> {
        let (_, answer) = self.described_group(group).await?;
        description_of(group, answer)
    }

    async fn group_offsets(&self, group: &str) -> Result<Offsets> {
        // Of that group, since it has to be of one, and for this alone: it is asked seldom.
        let admin = self.admin_of(group)?;
        let asked = |coordinator| admin.group_offsets(coordinator, group);
        let offsets = self.ask_coordinator(group, asked).await?;
        let offsets = except(offsets, Code::GROUP_ID_NOT_FOUND, BTreeMap::new());
        let offsets = offsets
            .map_err(|error| classified(error, format!("reading offsets of group `{group}`")))?;
        let offsets = offsets.into_iter();
        Ok(offsets
            .map(|((topic, partition), offset)| (TopicPartition::new(&topic, partition), offset))
            .collect())
    }

    async fn alter_group_offsets(
        &self,
        group: &str,
        offsets: &BTreeMap<TopicPartition, Option<i64>>,
    ) -> Result<()> {
        self.check_empty(group).await?;
        let (set, removed): (Vec<_>, Vec<_>) =
            offsets.iter().partition(|(_, offset)| offset.is_some());
        let doing = || format!("altering offsets of group `{group}`");
        let admin = self.admin()?;
        if !set.is_empty() {
            let set = set
                .into_iter()
                .filter_map(|(at, offset)| Some((&*at.topic, at.partition, (*offset)?)));
            let asked = |coordinator| admin.set_group_offsets(coordinator, group, set.clone());
            let done = self.ask_coordinator(group, asked).await?;
            done.map_err(|error| classified(error, doing()))?;
        }
        if !removed.is_empty() {
            let removed = removed
                .into_iter()
                .map(|(at, _)| (&*at.topic, at.partition));
            let asked =
                |coordinator| admin.delete_group_offsets(coordinator, group, removed.clone());
            let done = self.ask_coordinator(group, asked).await?;
            let done = except(done, Code::GROUP_ID_NOT_FOUND, ());
            done.map_err(|error| classified(error, doing()))?;
        }
        Ok(())
    }

    async fn delete_group(&self, group: &str) -> Result<()> {
        let admin = self.admin()?;
        let asked = |coordinator| admin.delete_group(coordinator, group);
        let deleted = self.ask_coordinator(group, asked).await?;
        let deleted = except(deleted, Code::GROUP_ID_NOT_FOUND, ());
        deleted.map_err(|error| classified(error, format!("deleting group `{group}`")))
    }

    async fn producer(&self, options: &ProducerOptions) -> Result<Box<dyn Producer>> {
        let producer = KafkaProducer::connect(&self.0.clients, "", options).await?;
        Ok(Box::new(producer))
    }

    async fn transactional_producer(
        &self,
        transactional_id: &str,
        options: &ProducerOptions,
    ) -> Result<Box<dyn TransactionalProducer>> {
        if transactional_id.is_empty() {
            return Err(Error::config(
                "`transactional.id`: expected a text, found none",
            ));
        }
        let connected = KafkaProducer::connect(&self.0.clients, transactional_id, options);
        Ok(Box::new(connected.await?))
    }

    async fn consumer(&self, options: &ConsumerOptions) -> Result<Box<dyn Consumer>> {
        let consumer = KafkaConsumer::join(&self.0.clients, options).await?;
        Ok(Box::new(consumer))
    }

    async fn reader(&self, options: &ReaderOptions) -> Result<Box<dyn LogReader>> {
        let reader = KafkaReader::open(&self.0.clients, self.admin()?, options).await?;
        Ok(Box::new(reader))
    }
}
