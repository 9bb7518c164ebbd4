//! [`Options`]: what is special about a cluster.

use crate::installation::Tuning;

/// What is special about a cluster; by default one broker with little memory.
#[derive(Clone, Debug)]
pub struct Options {
    pub(crate) brokers: usize,
    pub(crate) heap_mib: u32,
    pub(crate) tuning: Tuning,
    pub(crate) reach: Reach,
    pub(crate) properties: Vec<(String, String)>,
}

/// How clients reach a broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    Direct,
    /// Over a second listener, whose advertised address is a proxy's.
    Proxied,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            brokers: 1,
            heap_mib: 384,
            tuning: Tuning::Start,
            reach: Reach::Direct,
            properties: Vec::new(),
        }
    }
}

impl Options {
    /// Sets how many brokers there are: 1 by default. Each of them is a controller too.
    ///
    /// Topics have all of them as replicas unless they say otherwise, and Kafka's own topics take writes while
    /// more than half of them run.
    ///
    /// # Panics
    ///
    /// If there are none.
    #[must_use]
    pub fn brokers(mut self, brokers: usize) -> Self {
        assert!(brokers > 0, "expected at least one broker, found none");
        self.brokers = brokers;
        self
    }

    /// Sets a broker setting, also in place of one that the lab makes itself.
    #[must_use]
    pub fn property(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.properties.push((key.into(), value.into()));
        self
    }

    /// Puts a [`Proxy`](crate::Proxy) before each broker, and its address into what clients are told.
    #[must_use]
    pub fn behind_proxy(mut self) -> Self {
        self.reach = Reach::Proxied;
        self
    }

    /// Starts each broker as Kafka's own scripts do, with a heap of 1 GiB.
    ///
    /// For benchmarks, whose figures are Kafka's only then.
    #[must_use]
    pub fn for_throughput(mut self) -> Self {
        self.tuning = Tuning::Throughput;
        self.heap_mib = 1024;
        self
    }

    /// Sets the heap of each broker in MiB: 384 by default.
    #[must_use]
    pub fn heap_mib(mut self, heap_mib: u32) -> Self {
        self.heap_mib = heap_mib;
        self
    }
}
