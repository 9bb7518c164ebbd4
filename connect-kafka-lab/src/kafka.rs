//! [`Kafka`]: a cluster that belongs to one test.

use std::{
    env,
    fmt::Write,
    sync::{Mutex, MutexGuard, PoisonError},
};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::{
    LabError, Options, Proxy,
    installation::Installation,
    node::{Node, Settings},
    options::Reach,
    port::Port,
};

/// A cluster that belongs to one test, or to one run of the test command.
///
/// Its nodes are numbered from 1. Their data outlives their processes, and goes with this value, as do processes that
/// still run.
#[derive(Debug)]
pub struct Kafka {
    // Before the folder, since it is dropped first: the processes end before their data goes.
    nodes: Vec<Mutex<Node>>,
    places: Vec<Place>,
    _folder: TempDir,
}

/// Where a node is reached; the ports stay taken while the node is down.
#[derive(Debug)]
struct Place {
    direct: Port,
    controller: Port,
    proxy: Option<(Port, Proxy)>,
}

impl Kafka {
    /// Returns the bootstrap servers of the broker that all tests share.
    ///
    /// Topics, groups and transactional ids need names of their own there, and nobody stops it.
    ///
    /// # Panics
    ///
    /// If the test command has not started one.
    #[must_use]
    #[track_caller]
    pub fn shared() -> String {
        env::var("CONNECT_KAFKA").unwrap_or_else(|_| {
            panic!(
                "expected the address of a Kafka broker in CONNECT_KAFKA, found none: run `./test`, which starts one"
            )
        })
    }

    /// Starts a cluster and waits until all its nodes serve.
    ///
    /// # Errors
    ///
    /// If Kafka is not installed or a node does not start: then with the end of its log.
    pub fn start(options: &Options) -> Result<Self, LabError> {
        let installation = Installation::find()?;
        let folder = tempfile::Builder::new()
            .prefix("connect-kafka-")
            .tempdir()
            .map_err(LabError::during("making a folder for a cluster"))?;
        let places = (0..options.brokers)
            .map(|_| Place::new(&installation, options.reach))
            .collect::<Result<Vec<_>, _>>()?;
        let mut nodes = Vec::new();
        for (index, place) in places.iter().enumerate() {
            let settings = Settings {
                id: index + 1,
                folder: folder.path(),
                address: place.direct.address(),
                heap_mib: options.heap_mib,
                tuning: options.tuning,
                properties: properties(index + 1, &places, options),
            };
            nodes.push(Node::new(&installation, &settings)?);
        }
        nodes.iter_mut().try_for_each(Node::launch)?;
        nodes.iter_mut().try_for_each(Node::wait_until_started)?;
        Ok(Self {
            nodes: nodes.into_iter().map(Mutex::new).collect(),
            places,
            _folder: folder,
        })
    }

    /// Returns the bootstrap servers: the addresses of the proxies if there are any.
    #[must_use]
    pub fn bootstrap(&self) -> String {
        self.addresses(|place| match &place.proxy {
            Some((_, proxy)) => proxy.address(),
            None => place.direct.address(),
        })
    }

    /// Returns bootstrap servers that no proxy stands before.
    #[must_use]
    pub fn direct(&self) -> String {
        self.addresses(|place| place.direct.address())
    }

    /// Returns the proxy before a node.
    ///
    /// # Panics
    ///
    /// If there is none: see [`Options::behind_proxy`].
    #[must_use]
    #[track_caller]
    pub fn proxy(&self, node: usize) -> &Proxy {
        let place = node.checked_sub(1).and_then(|index| self.places.get(index));
        match place.and_then(|place| place.proxy.as_ref()) {
            Some((_, proxy)) => proxy,
            None => panic!("expected a proxy before node {node}, found none"),
        }
    }

    /// Ends a node at once, by SIGKILL.
    ///
    /// # Errors
    ///
    /// If it does not run.
    pub fn kill(&self, node: usize) -> Result<(), LabError> {
        self.node(node)?.kill()
    }

    /// Stops a node in order, and waits for its end.
    ///
    /// # Errors
    ///
    /// If it does not run, or does not stop.
    pub fn stop(&self, node: usize) -> Result<(), LabError> {
        self.node(node)?.stop()
    }

    /// Starts a node that is down, with its data and on its port.
    ///
    /// It serves when this returns.
    ///
    /// # Errors
    ///
    /// If it runs, or does not start.
    pub fn restart(&self, node: usize) -> Result<(), LabError> {
        let mut node = self.node(node)?;
        node.launch()?;
        node.wait_until_started()
    }

    /// Stops the clock of a node, by SIGSTOP: its connections stay open and silent.
    ///
    /// # Errors
    ///
    /// If it does not run.
    pub fn pause(&self, node: usize) -> Result<(), LabError> {
        self.node(node)?.signal(Signal::STOP)
    }

    /// Lets a paused node go on.
    ///
    /// # Errors
    ///
    /// If it does not run.
    pub fn resume(&self, node: usize) -> Result<(), LabError> {
        self.node(node)?.signal(Signal::CONT)
    }

    fn node(&self, node: usize) -> Result<MutexGuard<'_, Node>, LabError> {
        let found = node.checked_sub(1).and_then(|index| self.nodes.get(index));
        let found = found.ok_or_else(|| {
            let count = self.nodes.len();
            LabError::new(format!("expected a node from 1 to {count}, found {node}"))
        })?;
        // A test that panicked has left the node in a state that its fields describe.
        Ok(found.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn addresses(&self, address: impl Fn(&Place) -> String) -> String {
        self.places
            .iter()
            .map(address)
            .collect::<Vec<_>>()
            .join(",")
    }
}

impl Place {
    fn new(installation: &Installation, reach: Reach) -> Result<Self, LabError> {
        let port = || Port::free(&installation.ports());
        let proxy = match reach {
            Reach::Direct => None,
            Reach::Proxied => {
                let port = port()?;
                let proxy = Proxy::to(&port.address())?;
                Some((port, proxy))
            }
        };
        Ok(Self {
            direct: port()?,
            controller: port()?,
            proxy,
        })
    }
}

/// The settings of a broker for tests: little of everything, and nothing that makes a test wait.
const SETTINGS: &str = "\
process.roles=broker,controller
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT
auto.create.topics.enable=false
offsets.topic.num.partitions=5
transaction.state.log.num.partitions=5
share.coordinator.state.topic.num.partitions=5
group.initial.rebalance.delay.ms=0
transaction.abort.timed.out.transaction.cleanup.interval.ms=500
log.cleaner.backoff.ms=200
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
log.cleaner.dedupe.buffer.size=4194304
num.network.threads=2
num.io.threads=4
background.threads=2
";

/// Returns the settings of a node; of two for one key, the later one counts.
fn properties(id: usize, places: &[Place], options: &Options) -> String {
    let place = &places[id - 1];
    let mut text = String::from(SETTINGS);
    let mut set = |key: &str, value: &str| {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{key}={value}");
    };
    let direct = format!("PLAINTEXT://{}", place.direct.address());
    let controller = format!("CONTROLLER://{}", place.controller.address());
    let voters = places.iter().enumerate();
    let voters =
        voters.map(|(index, place)| format!("{}@{}", index + 1, place.controller.address()));
    set("node.id", &id.to_string());
    set(
        "controller.quorum.voters",
        &voters.collect::<Vec<_>>().join(","),
    );
    match &place.proxy {
        None => {
            set("listeners", &format!("{direct},{controller}"));
            set("advertised.listeners", &direct);
        }
        Some((port, proxy)) => {
            let proxied = format!("PROXIED://{}", port.address());
            set("listeners", &format!("{direct},{proxied},{controller}"));
            let advertised = format!("PROXIED://{}", proxy.address());
            set("advertised.listeners", &format!("{direct},{advertised}"));
        }
    }
    let replicas = places.len().to_string();
    let most = (places.len() / 2 + 1).to_string();
    set("default.replication.factor", &replicas);
    for topic in [
        "offsets.topic",
        "transaction.state.log",
        "share.coordinator.state.topic",
    ] {
        set(&format!("{topic}.replication.factor"), &replicas);
    }
    for topic in ["transaction.state.log", "share.coordinator.state.topic"] {
        set(&format!("{topic}.min.isr"), &most);
    }
    for (key, value) in &options.properties {
        set(key, value);
    }
    text
}
