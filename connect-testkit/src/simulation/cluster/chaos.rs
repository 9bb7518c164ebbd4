//! What happens to workers before all goes well.

use std::time::Duration;

use connect_runtime::Environment;
use tokio::time::{sleep, timeout};

use super::world::{Lane, World};
use crate::{
    faulty::Operation,
    simulation::{plan::choose, world::some_time},
};

/// How many workers there are at most.
const MOST_WORKERS: usize = 4;

/// Which calls a worker is stopped before, to make them much later.
const AMBUSHES: [Operation; 5] = [
    Operation::Producer,
    Operation::Producer,
    Operation::Send,
    Operation::Send,
    Operation::CommitTransaction,
];

impl World {
    /// Lets one thing happen.
    pub(super) async fn step(&mut self) {
        self.append();
        if self.lanes.is_empty() {
            self.start_some_worker();
        }
        if self.environment.below(3) == 0 {
            self.jump();
        }
        let chosen = self.below(self.lanes.len());
        match self.environment.below(27) {
            0 => self.kill(chosen),
            1 => self.kill_unheard(chosen),
            2 => self.kill_soon(chosen).await,
            3 => self.cut(chosen, 5_000).await,
            4 => self.cut(chosen, 40_000).await,
            5 => self.freeze(chosen).await,
            6..=8 => self.waylay(chosen).await,
            9 => self.shut_down(chosen).await,
            10 | 11 if self.lanes.len() < MOST_WORKERS => self.start_some_worker(),
            12 => self.split_anew(),
            13 => self.upgrade(chosen).await,
            14..=16 => self.change_offsets().await,
            17..=19 => self.outsleep().await,
            _ => self.operate(chosen).await,
        }
        sleep(some_time(&self.environment)).await;
        self.hear().await;
    }

    pub(super) fn below(&self, count: usize) -> usize {
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

    /// Appends a record to each partition of each input.
    pub(super) fn append_everywhere(&self) {
        for input in &self.systems.inputs {
            for part in 0..input.partitions() {
                let entry = input.entries(part).len();
                input.append_texts(part, [format!("{part} {entry}")]);
            }
        }
    }

    /// Lets the wall clock of a worker jump, by seconds or by weeks.
    fn jump(&self) {
        let most = choose(&self.environment, &[60, 3_600, 86_400, 3_000_000]) * 1000;
        let by = i64::try_from(self.environment.below(most)).expect("weeks");
        let by = if self.environment.below(2) == 0 {
            by
        } else {
            -by
        };
        self.lanes[self.below(self.lanes.len())].process.jump(by);
    }

    /// Lets a worker leave, and one of a newer release take its place.
    async fn upgrade(&mut self, chosen: usize) {
        self.shut_down(chosen).await;
        self.release += 1;
        self.start_worker(self.release);
    }

    fn kill(&mut self, chosen: usize) {
        self.lanes.swap_remove(chosen).process.kill();
    }

    /// Kills a worker, which nobody hears before its session is over.
    pub(super) fn kill_unheard(&mut self, chosen: usize) {
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
        self.append_everywhere();
        self.operate(chosen).await;
        sleep(Duration::from_secs(2)).await;
        self.lanes[chosen].ambush.clear();
        let other = self.below(self.lanes.len());
        self.append();
        sleep(Duration::from_millis(5_000 + self.environment.below(5_000))).await;
        self.hear().await;
        if self.environment.below(2) == 0 {
            self.split_anew();
        }
        if other != chosen {
            self.operate(other).await;
        }
        sleep(Duration::from_millis(self.environment.below(20_000))).await;
        self.heal(chosen);
    }

    /// Lets a worker go on, and reach its broker.
    pub(super) fn heal(&self, chosen: usize) {
        let Lane { process, cut, .. } = &self.lanes[chosen];
        process.record("healed");
        cut.heal();
        process.thaw();
        self.systems
            .census
            .recover(&process.name(), self.environment.elapsed());
    }

    pub(super) async fn shut_down(&mut self, chosen: usize) {
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
        self.split_into(1 + self.below(3));
    }

    /// Lets sources have at most so many tasks.
    pub(super) fn split_into(&self, width: usize) {
        self.environment
            .record(format_args!("sources split into {width}"));
        self.systems.width.set(width);
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
            self.start_worker(self.release);
        }
        // What is appended now is beyond all places to which offsets are changed.
        self.append_everywhere();
        // Who was expelled learns it, and who died unheard is expelled.
        sleep(Duration::from_secs(15)).await;
        self.complete_upgrade().await;
    }
}
