//! Whatever happens in whatever order, the cluster keeps what it promises.

use std::env;

use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use super::{
    worker::Life,
    world::{RoundEnd, World},
    *,
};
use crate::stores::{Request, Scope};

/// What happens; numbers choose among what there is.
#[derive(Clone, Debug)]
enum Event {
    Of(usize, Act),
    Join(usize),
    Look,
    Decide,
    Commit,
    Lead,
    /// Whether what the former leader was writing is written, it did not learn.
    Succeed {
        written: bool,
    },
    EndRound(RoundEnd),
    Compact,
    Pass(u64),
    Ask(usize, Wish),
    AskAgain,
    Split(usize, usize, Writers),
    SplitLate(usize, usize, usize),
    Settle,
}

/// What happens to a worker.
#[derive(Clone, Debug)]
enum Act {
    Leave,
    Die,
    Expire,
    Blink,
    Pause,
    Wake,
    ComeBack,
    /// It does all that it has to do.
    All,
    /// It does what the next so many records say.
    Some(usize),
    /// It has other plugins from now on.
    Carry(usize),
}

const NAMES: [&str; 3] = ["ink", "ink-0", "oil"];
const SETS: [&[&str]; 6] = [
    &[],
    &["a"],
    &["a", "b"],
    &["a", "c"],
    &["b", "c", "d"],
    &["a", "b", "d"],
];
const PLUGINS: [&[&str]; 4] = [&["files"], &["files", "queues"], &["queues"], &[]];

fn wish() -> impl Strategy<Value = Wish> {
    let state = prop_oneof![Just("STARTED"), Just("PAUSED"), Just("STOPPED")];
    let config = (0..3_usize, 0..2_usize).prop_map(|(class, value)| {
        let class = ["files", "queues", "unknown"][class];
        let value = value.to_string();
        ConfigMap::from([("connector.class", class), ("x", value.as_str())])
    });
    let scope = prop_oneof![
        Just(Scope::All),
        Just(Scope::Failed),
        Just(Scope::Connector),
        (0..3_u32).prop_map(Scope::Task),
    ];
    let name = (0..NAMES.len()).prop_map(|name| Str::from(NAMES[name]));
    (0..10_u8, name, state, config, scope).prop_map(|(kind, connector, state, config, scope)| {
        let state = state.into();
        match kind {
            0..3 => Wish::Create {
                connector,
                config,
                state,
            },
            3..5 => Wish::Put { connector, config },
            5 => Wish::Delete {
                connector,
                as_of: None,
            },
            6..8 => Wish::Target { connector, state },
            _ => Wish::Restart { connector, scope },
        }
    })
}

fn event() -> impl Strategy<Value = Event> {
    let who = || 0..8_usize;
    let name = || 0..NAMES.len();
    let set = || 0..SETS.len();
    let writers = prop_oneof![
        1 => Just(Writers::Plain),
        3 => Just(Writers::Transactional)
    ];
    let round = prop_oneof![
        3 => Just(RoundEnd::Over),
        1 => Just(RoundEnd::Failed)
    ];
    let act = prop_oneof![
        1 => Just(Act::Leave),
        2 => Just(Act::Die),
        4 => Just(Act::Expire),
        2 => Just(Act::Blink),
        2 => Just(Act::Pause),
        3 => Just(Act::Wake),
        3 => Just(Act::ComeBack),
        8 => Just(Act::All),
        4 => (0..6_usize).prop_map(Act::Some),
        1 => (0..PLUGINS.len()).prop_map(Act::Carry),
    ];
    let workers = prop_oneof![
        9 => (who(), act).prop_map(|(who, act)| Event::Of(who, act)),
        1 => (0..PLUGINS.len()).prop_map(Event::Join),
    ];
    let leader = prop_oneof![
        3 => Just(Event::Look),
        4 => Just(Event::Decide),
        4 => Just(Event::Commit),
        8 => Just(Event::Lead),
        1 => any::<bool>().prop_map(|written| Event::Succeed { written }),
        4 => round.prop_map(Event::EndRound),
        1 => Just(Event::Compact),
        2 => (0..100_u64).prop_map(Event::Pass),
        1 => Just(Event::Settle),
    ];
    let requests = prop_oneof![
        4 => (who(), wish()).prop_map(|(who, wish)| Event::Ask(who, wish)),
        1 => Just(Event::AskAgain),
        6 => (name(), set(), writers).prop_map(|(name, set, writers)| Event::Split(name, set, writers)),
        1 => (who(), name(), set()).prop_map(|(who, name, set)| Event::SplitLate(who, name, set)),
    ];
    prop_oneof![4 => workers, 4 => leader, 2 => requests]
}

/// A cluster, and what was asked last.
struct Story {
    world: World,
    last: Option<(Uuid, Request)>,
}

impl Story {
    fn new(policy: Policy) -> Self {
        let mut world = World::new(policy);
        for plugins in &PLUGINS[..3] {
            world.join(plugins);
        }
        let last = None;
        Self { world, last }
    }

    fn take(&mut self, event: &Event) {
        match event {
            Event::Of(it, act) => {
                if let Some(id) = self.who(*it) {
                    self.act(id, act);
                }
            }
            Event::Ask(..) | Event::AskAgain | Event::Split(..) | Event::SplitLate(..) => {
                self.ask(event);
            }
            Event::Settle => self.settle(),
            _ => self.lead(event),
        }
        self.world.check_holders();
    }

    /// Chooses one of the workers there are.
    fn who(&self, it: usize) -> Option<Uuid> {
        let workers = &self.world.workers;
        workers.keys().nth(it % workers.len().max(1)).copied()
    }

    fn act(&mut self, id: Uuid, act: &Act) {
        let world = &mut self.world;
        match act {
            Act::Leave => world.workers.get_mut(&id).unwrap().say_farewell(),
            Act::Die => world.die(id),
            Act::Expire => world.expire(id),
            Act::Blink => world.blink(id),
            Act::Pause => world.pause(id),
            Act::Wake => world.wake(id),
            Act::ComeBack => world.come_back(id),
            Act::All => world.act(id),
            Act::Some(records) => world.act_on(id, *records),
            Act::Carry(what) => world.workers.get_mut(&id).unwrap().carry(PLUGINS[*what]),
        }
    }

    fn lead(&mut self, event: &Event) {
        let world = &mut self.world;
        match event {
            Event::Look => world.look(),
            Event::Decide => world.decide(),
            Event::Commit => {
                world.commit();
            }
            Event::Lead => {
                world.commit();
                world.lead();
            }
            Event::Succeed { written } => {
                if *written {
                    world.commit();
                }
                world.succeed();
            }
            Event::EndRound(end) => world.end_round(*end),
            Event::Compact => world.compact(),
            Event::Pass(seconds) => world.pass(*seconds),
            Event::Join(what) if world.workers.len() < 6 => {
                world.join(PLUGINS[*what]);
            }
            _ => {}
        }
    }

    fn ask(&mut self, event: &Event) {
        let asked = match event {
            Event::Ask(it, wish) => self.who(*it).map(|from| (from, wish.clone())),
            Event::Split(name, set, writers) => {
                let (name, world) = (NAMES[*name], &mut self.world);
                let is_known = world.configs().connectors.contains_key(name);
                let from = world.worker(&connector(name)).filter(|_| is_known);
                from.map(|from| (from, world.tasks(name, SETS[*set], *writers)))
            }
            Event::SplitLate(it, name, set) => self.who(*it).map(|from| {
                let wish = Wish::Tasks {
                    connector: NAMES[*name].into(),
                    version: 1,
                    configs: parts(SETS[*set]),
                    writers: Writers::Plain,
                };
                (from, wish)
            }),
            _ => None,
        };
        if let Some((from, wish)) = asked {
            let id = self.world.ask(from, wish.clone());
            self.last = Some((id, Request { from, wish }));
        } else if let (Event::AskAgain, Some((id, request))) = (event, &self.last) {
            self.world.ask_as(*id, request.clone());
        }
    }

    /// Lets everybody come back, and the cluster come to rest.
    fn settle(&mut self) {
        let world = &mut self.world;
        for id in world.workers.keys().copied().collect::<Vec<_>>() {
            world.wake(id);
            world.come_back(id);
            if world.workers[&id].life == Life::Dead {
                world.expire(id);
            }
        }
        world.settle();
        world.check_settled();
    }
}

#[test]
fn whatever_happens_the_cluster_keeps_its_promises() {
    let cases = match env::var_os("CONNECT_SOAK") {
        Some(_) => 20_000,
        None => 2_000,
    };
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let delay = prop_oneof![Just(Duration::ZERO), Just(Duration::from_secs(50))];
    let story = (delay, vec(event(), 1..150));
    let mut runner = TestRunner::new_with_rng(config, rng);
    let told = runner.run(&story, |(delay, events)| {
        let mut story = Story::new(Policy { delay, ..POLICY });
        for event in &events {
            story.take(event);
        }
        story.settle();
        Ok(())
    });
    told.unwrap();
}
