//! [`WorkerBuilder`]: what a worker is made of.

use std::{fmt, sync::Arc, time::Duration};

use connect_api::{ConfigMap, Converter, Error, HeaderConverter, Result};
use futures::{
    FutureExt,
    future::{join4, try_join_all},
};
use tokio::{runtime::Handle, sync::mpsc};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    WorkerHandle, metrics,
    statuses::{StatusWriter, forget},
};
use crate::{
    Environment, Plugins, System,
    broker::{Bootstrap, Broker, embedded::EmbeddedBroker},
    cluster::{Cluster, Policy, Timing, Topics},
    settings::{Converters, Mode, Planner, Resolver, Storage, Switch, WorkerSettings},
    stores::{ClusterStore, OffsetStores},
    supervisor::{Crew, WorkerActor},
    task::{Budget, Right, Site},
    watchdog::{Limits, Watchdog},
};

/// Runs connectors inside the application.
///
/// A worker owns connectors and drives their tasks; what it needs is a broker, and converters that turn values into
/// the bytes of topics. [`builder`](Self::builder) is where it starts, and [`WorkerHandle`] how it is used.
#[derive(Debug)]
pub struct Worker {
    _never: std::convert::Infallible,
}

impl Worker {
    /// Begins a worker of the group called `group`.
    ///
    /// The group gives the internal topics their names, and the tasks their right to write: two workers of one group
    /// on one broker take over from each other, two of different groups never meet.
    pub fn builder(group: impl Into<String>) -> WorkerBuilder {
        WorkerBuilder {
            settings: ConfigMap::from([("group.id".to_owned(), group.into())]),
            broker: None,
            plugins: Plugins::new(),
            converters: None,
            environment: None,
            executor: None,
            mode: Mode::Alone,
        }
    }
}

/// What a worker is made of.
#[must_use = "a worker runs once it is started"]
pub struct WorkerBuilder {
    settings: ConfigMap,
    broker: Option<Arc<dyn Broker>>,
    plugins: Plugins,
    converters: Option<Converters>,
    environment: Option<Arc<dyn Environment>>,
    executor: Option<Handle>,
    mode: Mode,
}

impl WorkerBuilder {
    /// How many commands wait for the worker's actor, which takes each at once.
    const COMMANDS: usize = 256;

    /// Chooses the broker, which the application closes.
    ///
    /// The setting `bootstrap.servers` is another way: an embedded broker that it names belongs to the worker, and is
    /// closed with it.
    pub fn broker(mut self, broker: impl Broker) -> Self {
        self.broker = Some(Arc::new(broker));
        self
    }

    /// Adds what configurations may name. Connectors from code need none of it.
    pub fn plugins(mut self, plugins: Plugins) -> Self {
        self.plugins = plugins;
        self
    }

    /// Chooses the converters of connectors that do not choose their own; there is no default.
    ///
    /// The settings `key.converter`, `value.converter` and `header.converter` come before these.
    pub fn converters(
        mut self,
        key: impl Converter,
        value: impl Converter,
        header: impl HeaderConverter,
    ) -> Self {
        self.converters = Some(Converters::new(key, value, header));
        self
    }

    /// Sets one of Connect's worker settings, such as `offset.flush.interval.ms`.
    pub fn setting(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.insert(key, value);
        self
    }

    /// Sets Connect's worker settings; those that were set before stay unless they are among these.
    pub fn settings(mut self, settings: ConfigMap) -> Self {
        self.settings.extend(settings);
        self
    }

    /// Replaces clocks, threads and randomness, as the simulation does.
    pub fn environment(mut self, environment: Arc<dyn Environment>) -> Self {
        self.environment = Some(environment);
        self
    }

    /// Runs plugins on another tokio runtime than the one that the worker is started on.
    ///
    /// A plugin that holds all threads of that one does not slow the application down.
    pub fn plugin_executor(mut self, executor: Handle) -> Self {
        self.executor = Some(executor);
        self
    }

    /// Makes it a worker of a cluster.
    ///
    /// The workers of its group have a topic of configurations and one of the cluster in common.
    pub fn distributed(mut self) -> Self {
        self.mode = Mode::Cluster;
        self
    }

    /// Starts the worker, without connectors.
    ///
    /// # Errors
    ///
    /// - `Config`: a setting is wrong, two plugins have the same name, there is no broker, an internal topic is not
    ///   compacted, or there is no tokio runtime here.
    /// - What the broker says about creating the internal topics.
    /// - `Fatal`: another process has the offsets file.
    /// - `Unavailable`: the system has no thread for the watchdog, and no call would have a deadline.
    pub async fn start(self) -> Result<WorkerHandle> {
        self.plugins.consistent()?;
        let wrong = |error: Error| error.context("the worker's settings are wrong");
        let resolver = Resolver::new(&self.settings, &self.plugins).map_err(wrong)?;
        let resolved = resolver.resolve(&self.settings).await.map_err(wrong)?;
        let settings = WorkerSettings::parse(resolved.config.clone(), self.mode)
            .map_err(|error| wrong(resolved.hide(error)))?;
        let environment = match self.environment {
            Some(environment) => environment,
            None => {
                let no_runtime = |error| {
                    Error::config("starting a worker outside of a tokio runtime").with_source(error)
                };
                let executor = Handle::try_current().map_err(no_runtime)?;
                Arc::new(System::on(executor)) as Arc<dyn Environment>
            }
        };
        let (broker, own) = match self.broker {
            Some(broker) => (broker, None),
            None => {
                let opened = open_broker(&settings, &environment).await;
                opened.map_err(|error| resolved.hide(error))?
            }
        };
        let offsets = open_offsets(&settings, &broker, &environment).await;
        let offsets = offsets.map_err(|error| resolved.hide(error))?;
        let plugins_on = match self.executor {
            Some(executor) => Arc::new(System::on(executor)) as Arc<dyn Environment>,
            None => Arc::clone(&environment),
        };
        let has_status_topic = matches!(settings.storage, Storage::Topics { .. });
        let tracks = has_status_topic && settings.topics.tracking == Switch::On;
        let cluster = (settings.mode == Mode::Cluster).then(|| {
            let topic = settings.internal_topics.cluster.name.clone();
            Arc::new(ClusterStore::new(Arc::clone(&broker), topic))
        });
        let right = cluster.clone().map_or(Right::Claim, Right::Assignment);
        let site = Arc::new(Site {
            group: settings.group.clone(),
            worker: Uuid::from_u64_pair(environment.random(), environment.random()),
            offsets: Arc::new(offsets),
            budget: Budget::new(settings.queue_bytes),
            right,
            broker,
            environment: Arc::clone(&plugins_on),
            topics: tracks.then(Arc::default),
        });
        let watchdog = Watchdog::start(plugins_on, limits(&settings))?;
        let crew = Arc::new(Crew::new(environment, site, watchdog, settings.grace));
        let planner = Planner {
            settings,
            plugins: self.plugins,
            converters: self.converters,
            resolver,
            secrets: resolved.secrets,
        };
        Ok(launch(crew, Arc::new(planner), (cluster, own)))
    }
}

/// Starts the actors; a broker of the worker's `own` ends with them.
fn launch(
    crew: Arc<Crew>,
    planner: Arc<Planner>,
    (store, own): (Option<Arc<ClusterStore>>, Option<EmbeddedBroker>),
) -> WorkerHandle {
    let (commands, taken) = mpsc::channel(WorkerBuilder::COMMANDS);
    let actor = WorkerActor::new(Arc::clone(&crew), taken);
    let topic = planner.settings.internal_topics.statuses.name.clone();
    let statuses = match planner.settings.storage {
        Storage::Topics { .. } => Some(StatusWriter::new(Arc::clone(&crew), topic)),
        Storage::File(_) => None,
    };
    let cluster = store.map(|store| {
        let (timing, topics) = of_cluster(&planner.settings);
        let (crew, planner) = (Arc::clone(&crew), Arc::clone(&planner));
        let given = (timing, store, topics);
        Arc::new(Cluster::new(crew, planner, commands.clone(), given))
    });
    let name = format!("connect-worker-{}", crew.site.group);
    let working = Arc::clone(&crew);
    let reported = metrics::report(Arc::clone(&crew));
    let ended = crew.board.end_guard();
    let member = cluster.clone();
    let worker = async move {
        // However the worker ends, those who wait for a status are told.
        let _ended = ended;
        let stop = CancellationToken::new();
        let acting = async {
            actor.run().await;
            stop.cancel();
        };
        let telling = async {
            match statuses {
                Some(statuses) => statuses.write(&stop).await,
                None => forget(&working, &stop).await,
            }
        };
        let sharing = async {
            if let Some(cluster) = member {
                cluster.run(&stop).await;
            }
        };
        let offsets = &working.site.offsets;
        // Counters are handed over until then.
        tokio::select! {
            biased;
            _ = join4(acting, telling, sharing, offsets.write_copies(&stop, &*working.environment)) => {}
            () = reported => {}
        }
        offsets.close().await;
        if let Some(broker) = own
            && let Err(error) = broker.close().await
        {
            tracing::error!(error = %error.report(), "closing the worker's broker");
        }
    };
    let ended = crew.environment.spawn(&name, worker.boxed());
    WorkerHandle::new(crew, planner, (commands, cluster), ended)
}

/// Returns how long the watchdog waits: a worker of a cluster is given up by itself when the others may do so.
fn limits(settings: &WorkerSettings) -> Limits {
    let limits = Limits::default();
    match settings.mode {
        Mode::Alone => limits,
        Mode::Cluster => Limits {
            session: settings.cluster.session,
            ..limits
        },
    }
}

fn of_cluster(settings: &WorkerSettings) -> (Timing, Topics) {
    let timing = Timing {
        session: settings.cluster.session,
        heartbeat: settings.cluster.heartbeat,
        policy: Policy {
            delay: settings.cluster.delay,
            // It stops in that time, or is no member any more.
            release: settings.grace + settings.cluster.session + Duration::from_secs(5),
            most_deaths: settings.cluster.most_deaths,
        },
    };
    let topics = Topics {
        configs: settings.internal_topics.configs.name.clone(),
        statuses: settings.internal_topics.statuses.name.clone(),
    };
    (timing, topics)
}

/// Opens where offsets are, and makes the internal topics that are used.
async fn open_offsets(
    settings: &WorkerSettings,
    broker: &Arc<dyn Broker>,
    environment: &Arc<dyn Environment>,
) -> Result<OffsetStores> {
    let import = match &settings.storage {
        Storage::File(file) => return OffsetStores::in_file(file, Arc::clone(environment)).await,
        Storage::Topics { import } => import,
    };
    // Together, so that a broker that can makes them with one commit.
    let topics = &settings.internal_topics;
    let of_cluster = match settings.mode {
        Mode::Alone => [].as_slice(),
        Mode::Cluster => &[&topics.configs, &topics.cluster],
    };
    let used = [&topics.offsets, &topics.statuses].into_iter();
    let used = used.chain(of_cluster.iter().copied());
    try_join_all(used.map(|topic| topic.ensure(&**broker))).await?;
    let offsets = OffsetStores::in_topic(Arc::clone(broker), &topics.offsets.name);
    if let Some(file) = import {
        offsets
            .import(file, &settings.group, &**environment)
            .await?;
    }
    Ok(offsets)
}

/// Opens the broker that the settings name; an embedded one is the worker's own, which ends with it.
async fn open_broker(
    settings: &WorkerSettings,
    environment: &Arc<dyn Environment>,
) -> Result<(Arc<dyn Broker>, Option<EmbeddedBroker>)> {
    let environment = Arc::clone(environment);
    let own = match &settings.bootstrap {
        None => {
            return Err(Error::config(
                "the worker has no broker: expected `.broker(..)` or the setting `bootstrap.servers`, found neither",
            ));
        }
        Some(Bootstrap::Kafka(servers)) => {
            let broker = kafka(servers, settings, environment).await?;
            return Ok((broker, None));
        }
        Some(Bootstrap::Memory) => EmbeddedBroker::memory(environment),
        Some(Bootstrap::Directory(directory)) => {
            EmbeddedBroker::open(directory, environment).await?
        }
    };
    Ok((Arc::new(own.clone()), Some(own)))
}

/// Names a cluster, and fails if no broker of it answers: internal topics come next.
#[cfg(feature = "kafka")]
async fn kafka(
    servers: &str,
    settings: &WorkerSettings,
    environment: Arc<dyn Environment>,
) -> Result<Arc<dyn Broker>> {
    use crate::broker::kafka::KafkaBroker;

    /// As Java's worker waits.
    const PATIENCE: Duration = Duration::from_secs(60);

    let broker = KafkaBroker::new(servers, settings.map.clone(), environment);
    broker.reach(PATIENCE).await?;
    Ok(Arc::new(broker))
}

#[cfg(not(feature = "kafka"))]
async fn kafka(
    servers: &str,
    _: &WorkerSettings,
    _: Arc<dyn Environment>,
) -> Result<Arc<dyn Broker>> {
    // Refused when the settings were read.
    Err(Error::config(format!(
        "no broker: expected an embedded one, found {servers}"
    )))
}

impl fmt::Debug for WorkerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerBuilder")
            .field("settings", &self.settings)
            .field("broker", &self.broker)
            .field("plugins", &self.plugins)
            .field("converters", &self.converters)
            .finish_non_exhaustive()
    }
}
