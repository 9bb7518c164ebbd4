//! A schema registry in memory, for what asks one over HTTP.
//!
//! It answers as Confluent's does: subjects and their versions, numbers and GUIDs that equal schemas share, references,
//! contexts, soft and permanent deletion, levels, modes, compatibility, associations, metadata. And it fails as told.
//!
//! ```
//! use connect_testkit::registry::{Fault, MockRegistry};
//! use serde_json::json;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let registry = MockRegistry::start().await;
//! let id = registry.register("orders-value", json!({ "schema": "\"string\"" }));
//! registry.fail(2, Fault::Status(503));
//! // … what is tested is given `registry.url()` as `schema.registry.url`, and asks …
//! assert_eq!(registry.count(&format!("GET /schemas/ids/{id}")), 0);
//! # }
//! ```
//!
//! It listens on a port of its own and is served by tasks of the runtime that started it, so it ends with that. Its
//! clients wait for real sockets: on a paused clock their time limits would pass at once. Let the clock run, and pause it
//! only to advance it.

mod access;
mod fault;
mod routes;
mod schemas;
mod server;

use std::{
    collections::VecDeque,
    fmt,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::Value;
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

pub use self::{access::Access, fault::Fault, server::MockRequest};
use self::{
    access::Tokens,
    schemas::{Deletion, Schemas},
};

/// Which registry is imitated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// Confluent's, as of 2026.
    #[default]
    Confluent,
    /// One that is years old: it registers with nothing but an id, and knows no GUIDs, contexts or associations.
    Old,
    /// Apicurio: below `/apis/ccompat/v7`, without modes, GUIDs and associations.
    Apicurio,
}

/// A schema registry in memory, with an address of its own.
pub struct MockRegistry {
    shared: Arc<Shared>,
    address: SocketAddr,
    serving: Mutex<JoinSet<()>>,
}

/// What all connections work on.
struct Shared {
    dialect: Dialect,
    schemas: Mutex<Schemas>,
    access: Mutex<Access>,
    tokens: Mutex<Tokens>,
    faults: Mutex<VecDeque<Fault>>,
    requests: watch::Sender<Vec<MockRequest>>,
    held: watch::Sender<bool>,
}

impl MockRegistry {
    /// Starts one that is empty and answers everybody.
    pub async fn start() -> Self {
        Self::start_as(Dialect::Confluent).await
    }

    /// Starts one that answers as another registry does.
    ///
    /// # Panics
    ///
    /// If there is no port left.
    pub async fn start_as(dialect: Dialect) -> Self {
        let shared = Arc::new(Shared {
            dialect,
            schemas: Mutex::default(),
            access: Mutex::default(),
            tokens: Mutex::default(),
            faults: Mutex::default(),
            requests: watch::Sender::default(),
            held: watch::Sender::default(),
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.expect("a free port");
        let address = listener
            .local_addr()
            .expect("a bound listener has an address");
        let mut serving = JoinSet::new();
        serving.spawn(server::serve(listener, Arc::clone(&shared)));
        Self {
            shared,
            address,
            serving: Mutex::new(serving),
        }
    }

    /// Returns its address, for `schema.registry.url`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, self.shared.base())
    }

    /// Returns host and port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the address that gives tokens to whom [`Access::OAuth`] names.
    #[must_use]
    pub fn token_url(&self) -> String {
        format!("http://{}/oauth/token", self.address)
    }

    /// Registers a schema, written as the body of such a request, and returns its number.
    ///
    /// `{"schema": …, "schemaType": …, "references": […], "metadata": {"properties": {…}}, "ruleSet": {…}}`; all but the
    /// first may be left out.
    ///
    /// # Panics
    ///
    /// If it is refused.
    pub fn register(&self, subject: &str, schema: Value) -> i32 {
        let registered = lock(&self.shared.schemas).register(subject, schema);
        registered.expect("a schema that the subject takes").id
    }

    /// Puts a schema in the place of a subject's latest version, whatever refers to it.
    ///
    /// No registry does that: it is how references get a circle.
    ///
    /// # Panics
    ///
    /// If there is no such version, or what it refers to is not there.
    pub fn replace(&self, subject: &str, schema: Value) {
        let replaced = lock(&self.shared.schemas).replace(subject, schema);
        replaced.expect("a version that is there");
    }

    /// Deletes a subject softly.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn delete(&self, subject: &str) {
        let deleted = lock(&self.shared.schemas).delete_subject(subject, Deletion::Soft);
        deleted.expect("a subject that is there");
    }

    /// Associates a subject with the keys or values of a topic.
    ///
    /// `side` is `key` or `value`.
    pub fn associate(&self, namespace: &str, topic: &str, side: &str, subject: &str) {
        lock(&self.shared.schemas).associate([namespace, topic, side, subject]);
    }

    /// Compares new schemas with the latest ones.
    ///
    /// What `check` answers for old and new text is why the new one is refused.
    ///
    /// It is asked unless the level is `NONE`, which is what nobody set; this sets it to `BACKWARD`.
    pub fn compare(&self, check: impl Fn(&str, &str) -> Vec<String> + Send + 'static) {
        lock(&self.shared.schemas).compare(Box::new(check));
    }

    /// Says who is answered.
    pub fn admit(&self, access: Access) {
        *lock(&self.shared.access) = access;
    }

    /// Takes back every token that was given.
    pub fn revoke_tokens(&self) {
        lock(&self.shared.tokens).revoke();
    }

    /// Fails the next requests, which do nothing then.
    pub fn fail(&self, times: usize, fault: Fault) {
        let faults = std::iter::repeat_n(fault, times);
        lock(&self.shared.faults).extend(faults);
    }

    /// Forgets the faults that did not happen yet.
    pub fn mend(&self) {
        lock(&self.shared.faults).clear();
    }

    /// Holds back all answers until [`release`](Self::release).
    pub fn hold(&self) {
        self.shared.held.send_replace(true);
    }

    /// Gives the answers that were held back, and all others.
    pub fn release(&self) {
        self.shared.held.send_replace(false);
    }

    /// Refuses connections, and cuts those that there are.
    pub async fn stop(&self) {
        let mut serving = std::mem::take(&mut *lock(&self.serving));
        serving.shutdown().await;
    }

    /// Accepts connections again, at the same address.
    ///
    /// # Panics
    ///
    /// If somebody else has taken the port.
    pub async fn resume(&self) {
        let listener = TcpListener::bind(self.address).await;
        let listener = listener.expect("the port of before");
        let shared = Arc::clone(&self.shared);
        lock(&self.serving).spawn(server::serve(listener, shared));
    }

    /// Returns every request that came, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<MockRequest> {
        self.shared.requests.borrow().clone()
    }

    /// Counts the requests to what is written as `GET /subjects`: without query, base path and encoding.
    #[must_use]
    pub fn count(&self, endpoint: &str) -> usize {
        let requests = self.shared.requests.borrow();
        let to = |request: &&MockRequest| request.endpoint() == endpoint;
        requests.iter().filter(to).count()
    }

    /// Waits until so many requests came in all.
    ///
    /// # Panics
    ///
    /// Never: the registry that sends is this one.
    pub async fn arrived(&self, count: usize) {
        let mut requests = self.shared.requests.subscribe();
        let enough = requests.wait_for(|requests| requests.len() >= count);
        enough.await.expect("the sender is alive");
    }
}

impl Shared {
    fn base(&self) -> &'static str {
        match self.dialect {
            Dialect::Apicurio => "/apis/ccompat/v7",
            Dialect::Confluent | Dialect::Old => "",
        }
    }
}

impl fmt::Debug for MockRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MockRegistry").field(&self.url()).finish()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
