//! The leader, shown what its own decisions lead to.
//!
//! All of its cluster but the leader, the records and what they add up to is a model.

mod checks;
mod fencing;
mod moves;
mod oracle;
mod random;
mod topic;
mod worker;
mod world;
mod writes;

use std::time::Duration;

use connect_api::{ConfigMap, Str};
use uuid::Uuid;

use self::world::World;
use super::Policy;
use crate::{
    stores::{Hold, Placement, Reply, Wish, Writers},
    task_id::TaskId,
    unit::Unit,
};

const POLICY: Policy = Policy {
    release: Duration::from_secs(3600),
    delay: Duration::ZERO,
    most_deaths: 3,
};

const PLUGIN: &str = "files";

fn connector(name: &str) -> Unit {
    Unit::Connector(name.into())
}

fn task(name: &str, task: u32) -> Unit {
    let connector = name.into();
    Unit::Task(TaskId { connector, task })
}

fn config(entries: &[(&str, &str)]) -> ConfigMap {
    let class = [("connector.class", PLUGIN)];
    class.iter().chain(entries).copied().collect()
}

fn create(name: &str) -> Wish {
    Wish::Create {
        connector: name.into(),
        config: config(&[]),
        state: "STARTED".into(),
    }
}

fn target(name: &str, state: &str) -> Wish {
    Wish::Target {
        connector: name.into(),
        state: state.into(),
    }
}

fn delete(name: &str) -> Wish {
    Wish::Delete {
        connector: name.into(),
        as_of: None,
    }
}

/// Configs of tasks; tasks with the same text have the same.
fn parts(texts: &[&str]) -> Vec<ConfigMap> {
    let part = |text: &&str| ConfigMap::from([("part", *text)]);
    texts.iter().map(part).collect()
}

impl World {
    /// Starts a connector with these tasks on a cluster of so many workers, and lets it settle.
    fn running(policy: Policy, workers: usize, (parts, writers): (&[&str], Writers)) -> Self {
        let mut world = Self::new(policy);
        for _ in 0..workers {
            world.join(&[PLUGIN]);
        }
        let first = world.first();
        world.asked(first, create("orders"));
        world.settle();
        world.split("orders", parts, writers);
        world.settle();
        world
    }

    /// Returns the first of the workers.
    fn first(&self) -> Uuid {
        *self.workers.keys().next().unwrap()
    }

    /// Asks, lets the leader answer, and returns what it says.
    fn asked(&mut self, from: Uuid, wish: Wish) -> Reply {
        let id = self.ask(from, wish);
        self.lead();
        self.reply(id).unwrap()
    }

    /// Lets the worker that has a connector split it.
    fn split(&mut self, name: &str, texts: &[&str], writers: Writers) -> Reply {
        let worker = self.worker(&connector(name)).unwrap();
        let wish = self.tasks(name, texts, writers);
        self.asked(worker, wish)
    }

    fn tasks(&mut self, name: &str, texts: &[&str], writers: Writers) -> Wish {
        Wish::Tasks {
            connector: name.into(),
            version: self.configs().connectors[name].version,
            configs: parts(texts),
            writers,
        }
    }

    fn placement(&mut self, unit: &Unit) -> Option<Placement> {
        self.state().placements.get(unit).cloned()
    }

    fn hold(&mut self, unit: &Unit) -> Hold {
        self.placement(unit).unwrap().hold
    }

    fn worker(&mut self, unit: &Unit) -> Option<Uuid> {
        self.placement(unit)?.worker()
    }

    /// Lets the worker that has a unit die, and its session expire.
    fn kill_owner(&mut self, unit: &Unit) -> Uuid {
        let worker = self.worker(unit).unwrap();
        self.die(worker);
        self.expire(worker);
        worker
    }

    /// Returns the keys of a topic's records that have values, among them of a connector.
    fn left_of(&mut self, name: &str) -> Vec<String> {
        self.compact();
        let of = |key: &String| key.split('-').any(|part| part == name);
        self.keys().into_iter().filter(of).collect()
    }
}

fn refused(reply: &Reply) -> Option<&Str> {
    match reply {
        Reply::Refused(refusal) => Some(&refusal.message),
        _ => None,
    }
}
