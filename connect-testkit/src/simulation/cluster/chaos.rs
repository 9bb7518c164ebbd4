//! What happens to workers before all goes well, and what they are asked to do.

use std::time::Duration;

use connect_runtime::{Environment, Restart, WorkerHandle};
use tokio::time::{sleep, timeout};

use super::{
    application::config,
    ledger::{Flight, Outcome, Wish},
    world::{Lane, NAMES, World},
};
use crate::{
    SimulatedEnvironment,
    faulty::Operation,
    simulation::{plan::choose, world::some_time},
};

/// How many workers there are at most.
const MOST_WORKERS: usize = 4;

/// Which calls a worker is stopped before, to make them much later.
const AMBUSHES: [Operation; 4] = [
    Operation::Producer,
    Operation::Producer,
    Operation::Send,
    Operation::CommitTransaction,
];

impl World {
    /// Lets one thing happen.
    pub(super) async fn step(&mut self) {
        self.append();
        if self.lanes.is_empty() {
            self.start_worker();
        }
        let chosen = self.below(self.lanes.len());
        match self.environment.below(20) {
            0 => self.kill(chosen),
            1 => self.kill_unheard(chosen),
            2 => self.kill_soon(chosen).await,
            3 => self.cut(chosen, 5_000).await,
            4 => self.cut(chosen, 40_000).await,
            5 => self.freeze(chosen).await,
            6..=8 => self.waylay(chosen).await,
            9 => self.shut_down(chosen).await,
            10 | 11 if self.lanes.len() < MOST_WORKERS => self.start_worker(),
            12 => self.split_anew(),
            _ => self.operate(chosen).await,
        }
        sleep(some_time(&self.environment)).await;
        self.ledger.settle();
    }

    fn below(&self, count: usize) -> usize {
        let count = u64::try_from(count).expect("few");
        usize::try_from(self.environment.below(count)).expect("few")
    }

    /// Appends some records to some input.
    pub(super) fn append(&self) {
        let input = &self.systems.inputs[self.below(self.systems.inputs.len())];
        let part = self.below(input.partitions());
        let known = input.entries(part).len();
        let texts = (known..=known + self.below(12)).map(|entry| format!("{part} {entry}"));
        input.append_texts(part, texts);
    }

    fn kill(&mut self, chosen: usize) {
        self.lanes.swap_remove(chosen).process.kill();
    }

    /// Kills a worker, which nobody hears before its session is over.
    fn kill_unheard(&mut self, chosen: usize) {
        let lane = self.lanes.swap_remove(chosen);
        lane.cut.cut();
        lane.process.kill();
        self.graves.push(lane.cut);
    }

    /// Kills a worker at some await point.
    async fn kill_soon(&mut self, chosen: usize) {
        let process = self.lanes[chosen].process.clone();
        process.kill_after(self.environment.below(1000));
        drop(timeout(Duration::from_secs(20), process.killed()).await);
        self.kill(chosen);
    }

    /// Cuts a worker off, for at most so many milliseconds; sometimes for good.
    async fn cut(&mut self, chosen: usize, most: u64) {
        let lane = &self.lanes[chosen];
        lane.process.record("cut off");
        self.systems.census.excuse(&lane.process.name());
        lane.cut.cut();
        sleep(Duration::from_millis(self.environment.below(most))).await;
        if self.environment.below(5) > 0 {
            self.heal(chosen);
        }
    }

    /// Stops a worker as SIGSTOP does, and lets it go on.
    async fn freeze(&mut self, chosen: usize) {
        let lane = &self.lanes[chosen];
        self.systems.census.excuse(&lane.process.name());
        lane.cut.cut();
        lane.process.freeze();
        sleep(some_time(&self.environment)).await;
        if self.environment.below(3) > 0 {
            self.heal(chosen);
        }
    }

    /// Stops a worker in the middle of what it is doing, and lets it go on when others have done much.
    async fn waylay(&mut self, chosen: usize) {
        let call = *choose(&self.environment, &AMBUSHES);
        let after = self.environment.below(4);
        self.lanes[chosen].ambush.set(call, after);
        self.append();
        self.operate(chosen).await;
        sleep(Duration::from_secs(2)).await;
        self.lanes[chosen].ambush.clear();
        let other = self.below(self.lanes.len());
        self.append();
        sleep(Duration::from_millis(5_000 + self.environment.below(5_000))).await;
        self.ledger.settle();
        if other != chosen {
            self.operate(other).await;
        }
        sleep(Duration::from_millis(self.environment.below(20_000))).await;
        self.heal(chosen);
    }

    /// Lets a worker go on, and reach its broker.
    fn heal(&self, chosen: usize) {
        let Lane { process, cut, .. } = &self.lanes[chosen];
        process.record("healed");
        cut.heal();
        process.thaw();
        self.systems
            .census
            .recover(&process.name(), self.environment.elapsed());
    }

    async fn shut_down(&mut self, chosen: usize) {
        let lane = &self.lanes[chosen];
        let Some(handle) = lane.handle() else {
            return self.kill(chosen);
        };
        let process = lane.process.clone();
        process.record("shutdown");
        let ended = process.spawn(
            "shutdown",
            Box::pin(async move {
                drop(handle.shutdown(Duration::from_secs(20)).await);
            }),
        );
        drop(timeout(Duration::from_secs(60), ended).await);
        self.kill(chosen);
    }

    /// Lets sources have another number of tasks, for a reason of their own.
    fn split_anew(&self) {
        let width = 1 + self.below(3);
        self.environment
            .record(format_args!("sources split into {width}"));
        self.systems.width.set(width);
    }

    /// Asks a worker for something, and mostly waits for the answer.
    async fn operate(&mut self, chosen: usize) {
        let name = *choose(&self.environment, &NAMES);
        let Some(handle) = self.lanes[chosen].handle() else {
            return;
        };
        if self.ledger.is_busy(name) {
            return;
        }
        let wish = self.wish(name);
        let mut flights = vec![self.ask(&self.lanes[chosen].process, handle, (name, wish))];
        let other = self.below(self.lanes.len());
        if matches!(wish, Wish::Create(_))
            && other != chosen
            && let Some(handle) = self.lanes[other].handle()
        {
            self.mark += 1;
            let twin = Wish::Create(self.mark);
            flights.push(self.ask(&self.lanes[other].process, handle, (name, twin)));
        }
        self.ledger.send(name, &flights);
        for _ in 0..*choose(&self.environment, &[0, 2, 20]) {
            if self.ledger.is_busy(name) {
                sleep(Duration::from_millis(500)).await;
                self.ledger.settle();
            }
        }
    }

    fn wish(&mut self, name: &str) -> Wish {
        let exists = self.ledger.may_be(name).iter().any(Option::is_some);
        self.mark += 1;
        match self.environment.below(20) {
            0..=11 if !exists => Wish::Create(self.mark),
            0..=7 => Wish::Put(self.mark),
            8 => Wish::Create(self.mark),
            9..=11 => Wish::Delete,
            12..=14 => Wish::Restart,
            draw => Wish::Target(match draw {
                15 => "PAUSED",
                16 => "STOPPED",
                _ => "STARTED",
            }),
        }
    }

    /// Asks in a process: when it dies, nobody knows what comes of it.
    pub(super) fn ask(
        &self,
        process: &SimulatedEnvironment,
        handle: WorkerHandle,
        (name, wish): (&'static str, Wish),
    ) -> Flight {
        let flight = Flight::new(wish);
        let tasks = 1 + self.environment.below(3);
        process.record(format_args!("{name}: {wish:?} with {tasks} tasks"));
        let (answer, here) = (flight.clone(), process.clone());
        let asking = process.spawn(
            "operation",
            Box::pin(async move {
                let done = asked(&handle, name, wish, tasks).await;
                let outcome = Outcome::of(&done);
                match done {
                    Ok(()) => here.record(format_args!("{name}: {wish:?} is done")),
                    Err(error) => here.record(format_args!("{name}: {wish:?}: {}", error.report())),
                }
                answer.end(outcome);
            }),
        );
        let unknown = flight.clone();
        let watching = async move {
            // Also the end of a process that was killed.
            drop(asking.await);
            unknown.end(Outcome::Unknown);
        };
        drop(self.environment.spawn("answer", Box::pin(watching)));
        flight
    }

    /// Lets all go well: everybody goes on, and reaches the broker.
    pub(super) async fn settle(&mut self) {
        for chosen in 0..self.lanes.len() {
            if self.environment.below(4) > 0 {
                self.heal(chosen);
            }
        }
        sleep(some_time(&self.environment)).await;
        self.environment.record("all goes well from now on");
        self.calm();
        (0..self.lanes.len()).for_each(|chosen| self.heal(chosen));
        if self.lanes.is_empty() {
            self.start_worker();
        }
        // Who was expelled learns it, and who died unheard is expelled.
        sleep(Duration::from_secs(15)).await;
    }
}

async fn asked(
    handle: &WorkerHandle,
    name: &'static str,
    wish: Wish,
    tasks: u64,
) -> connect_api::Result<()> {
    match wish {
        Wish::Create(mark) => {
            handle
                .create_connector(name, config(name, mark, tasks))
                .await
        }
        Wish::Put(mark) => {
            let put = handle.put_connector(name, config(name, mark, tasks)).await;
            put.map(drop)
        }
        Wish::Delete => handle.delete_connector(name).await,
        Wish::Target("PAUSED") => handle.pause(name).await,
        Wish::Target("STOPPED") => handle.stop(name).await,
        Wish::Target(_) => handle.resume(name).await,
        Wish::Restart => handle.restart(name, Restart::All).await,
    }
}
