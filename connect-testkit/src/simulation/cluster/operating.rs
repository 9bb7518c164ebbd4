//! What workers are asked to do.

use std::time::Duration;

use connect_api::Result;
use connect_runtime::{Environment, OffsetChange, Restart, WorkerHandle};
use tokio::time::sleep;

use super::{
    alterations::ALTERED,
    application::config,
    ledger::{Flight, Outcome, Wish},
    world::{CODE, NAMES, World},
};
use crate::{SimulatedEnvironment, simulation::plan::choose};

impl World {
    /// Asks a worker for something, and mostly waits for the answer.
    pub(super) async fn operate(&mut self, chosen: usize) {
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
        let longest = *choose(&self.environment, &[0, 2, 20]);
        self.answered(name, longest).await;
    }

    /// Waits for an answer, but not for long.
    async fn answered(&mut self, name: &str, half_seconds: u64) {
        for _ in 0..half_seconds {
            if self.ledger.is_busy(name) {
                sleep(Duration::from_millis(500)).await;
                self.hear().await;
            }
        }
    }

    /// Stops a connector, changes its offsets and starts it again, all of it at some worker.
    pub(super) async fn change_offsets(&mut self) {
        let name = *choose(&self.environment, &ALTERED);
        self.request(name, Wish::Target("STOPPED")).await;
        sleep(Duration::from_millis(self.environment.below(3_000))).await;
        for _ in 0..=self.environment.below(2) {
            let alteration = self.draw_alteration(name).await;
            self.request(name, Wish::Alter(alteration)).await;
        }
        if self.environment.below(4) > 0 {
            self.request(name, Wish::Target("STARTED")).await;
        }
    }

    /// Asks some worker for something, and waits for the answer, but not for ever.
    async fn request(&mut self, name: &'static str, wish: Wish) {
        let lane = &self.lanes[self.below(self.lanes.len())];
        let Some(handle) = lane.handle() else {
            return;
        };
        if !self.ledger.is_busy(name) {
            let flight = self.ask(&lane.process, handle, (name, wish));
            self.ledger.send(name, &[flight]);
            self.answered(name, 20).await;
        }
    }

    fn wish(&mut self, name: &str) -> Wish {
        let exists = self.ledger.may_be(name).iter().any(Option::is_some);
        self.mark += 1;
        let draw = match name {
            CODE => 12 + self.environment.below(8),
            _ => self.environment.below(20),
        };
        match draw {
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
        let order = self.order(wish);
        process.record(format_args!("{name}: {wish:?}: {order:?}"));
        let (answer, here) = (flight.clone(), process.clone());
        let asking = process.spawn(
            "operation",
            Box::pin(async move {
                let done = asked(&handle, name, order).await;
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

    /// Returns what a wish comes to.
    fn order(&self, wish: Wish) -> Order {
        let tasks = 1 + self.environment.below(3);
        match wish {
            Wish::Create(mark) => Order::Create(mark, tasks),
            Wish::Put(mark) => Order::Put(mark, tasks),
            Wish::Delete => Order::Delete,
            Wish::Target(target) => Order::Target(target),
            Wish::Restart => Order::Restart,
            Wish::Alter(number) => Order::Alter(self.alterations.change(number)),
        }
    }
}

/// A wish with all that it needs.
#[derive(Debug)]
enum Order {
    /// With this mark and so many tasks.
    Create(u64, u64),
    Put(u64, u64),
    Delete,
    Target(&'static str),
    Restart,
    Alter(OffsetChange),
}

async fn asked(handle: &WorkerHandle, name: &'static str, order: Order) -> Result<()> {
    match order {
        Order::Create(mark, tasks) => {
            let config = config(name, mark, tasks);
            handle.create_connector(name, config).await
        }
        Order::Put(mark, tasks) => {
            let put = handle.put_connector(name, config(name, mark, tasks)).await;
            put.map(drop)
        }
        Order::Delete => handle.delete_connector(name).await,
        Order::Target("PAUSED") => handle.pause(name).await,
        Order::Target("STOPPED") => handle.stop(name).await,
        Order::Target(_) => handle.resume(name).await,
        Order::Restart => handle.restart(name, Restart::All).await,
        Order::Alter(change) => handle.alter_offsets(name, change).await,
    }
}
