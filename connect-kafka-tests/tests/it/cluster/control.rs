//! What a test tells the processes of its workers, and what they answer: lines over a connection.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// What a worker is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Command {
    Create(String, BTreeMap<String, String>),
    Put(String, BTreeMap<String, String>),
    Statuses,
    /// Blocks the thread until nobody is left at this address.
    Block(String),
    /// Hand over what it has, and end.
    Shutdown,
}

/// What a worker says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    /// How it is named; the first thing that it says.
    Worker(String),
    Done,
    Refused(String),
    Statuses(Vec<Unit>),
}

/// What is known of a connector or task.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Unit {
    pub(super) connector: String,
    pub(super) task: Option<u32>,
    pub(super) state: String,
    pub(super) worker: String,
    pub(super) trace: Option<String>,
}

/// A connection between a test and a worker.
#[derive(Debug)]
pub(super) struct Line(BufReader<TcpStream>);

impl Line {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self(BufReader::new(stream))
    }

    /// Says something; the other one may be gone.
    pub(super) async fn say(&mut self, what: &(impl Serialize + Sync)) {
        let mut line = serde_json::to_vec(what).unwrap();
        line.push(b'\n');
        // Who is gone is noticed by who listens.
        drop(self.0.get_mut().write_all(&line).await);
    }

    /// Hears what the other one says next, unless it is gone.
    pub(super) async fn hear<T: DeserializeOwned>(&mut self) -> Option<T> {
        let mut line = String::new();
        match self.0.read_line(&mut line).await {
            Ok(1..) => serde_json::from_str(&line).ok(),
            _ => None,
        }
    }
}
