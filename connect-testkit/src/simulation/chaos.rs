//! What happens to workers before all goes well.

use std::{sync::Arc, time::Duration};

use connect_runtime::Restart;
use tokio::time::{sleep, timeout};

use super::{
    plan::choose,
    world::{Lane, Motion, SINK, SOURCE, World, some_time},
};

/// How long an operator waits for an answer.
const OPERATOR: Duration = Duration::from_secs(5);

/// How many workers there are at most.
const MOST_WORKERS: usize = 2;

impl World {
    /// Lets one thing happen.
    pub(super) async fn step(&mut self) {
        self.story.go_on(&Arc::clone(&self.plan), &self.environment);
        if self.workers.is_empty() {
            self.start_worker();
        }
        sleep(some_time(&self.environment)).await;
        let count = u64::try_from(self.workers.len()).expect("few");
        let chosen = usize::try_from(self.environment.below(count)).expect("few");
        match self.environment.below(10) {
            0 | 1 => self.kill(chosen),
            2 => self.kill_soon(chosen).await,
            3 => self.freeze(chosen).await,
            4 => self.shut_down(chosen).await,
            5 if self.workers.len() < MOST_WORKERS => self.start_worker(),
            6..=8 => self.operate(chosen).await,
            _ => {}
        }
    }

    fn kill(&mut self, worker: usize) {
        self.workers.swap_remove(worker).process.kill();
    }

    /// Kills a worker at some await point, or never if it does too little.
    async fn kill_soon(&mut self, worker: usize) {
        let process = self.workers[worker].process.clone();
        process.kill_after(self.environment.below(800));
        let killed = timeout(Duration::from_secs(20), process.killed()).await;
        if killed.is_ok() {
            self.workers.swap_remove(worker);
        } else {
            self.kill(worker);
        }
    }

    /// Freezes a worker for a while; another one may take over meanwhile.
    async fn freeze(&mut self, worker: usize) {
        let lane = &mut self.workers[worker];
        lane.process.freeze();
        lane.motion = Motion::Frozen;
        if self.workers.len() < MOST_WORKERS && self.environment.below(3) > 0 {
            self.start_worker();
        }
        sleep(some_time(&self.environment)).await;
        if self.environment.below(4) > 0 {
            self.thaw();
        }
    }

    fn thaw(&mut self) {
        for lane in &mut self.workers {
            if lane.motion == Motion::Frozen {
                lane.process.thaw();
                lane.motion = Motion::Running;
            }
        }
    }

    async fn shut_down(&mut self, worker: usize) {
        let Lane {
            process, motion, ..
        } = &self.workers[worker];
        if *motion == Motion::Frozen {
            return self.thaw();
        }
        if let Some(handle) = self.workers[worker].handle() {
            process.record("shutdown");
            let ended = timeout(OPERATOR * 4, handle.shutdown(OPERATOR)).await;
            if let Ok(report) = ended {
                self.environment
                    .record(format_args!("shutdown answers {report:?}"));
            }
        }
        self.kill(worker);
    }

    /// Pauses, stops, resumes or restarts a connector, or a task.
    async fn operate(&mut self, worker: usize) {
        let name = *choose(&self.environment, &[SOURCE, SINK]);
        let Some(handle) = self.workers[worker].handle() else {
            return;
        };
        let action = self.environment.below(4);
        let operation = async {
            match action {
                0 => handle.pause(name).await,
                1 => handle.stop(name).await,
                2 => handle.resume(name).await,
                _ => handle.restart(name, Restart::All).await,
            }
        };
        let answer = timeout(OPERATOR, operation).await;
        let text = match &answer {
            Ok(Ok(())) => "done".to_owned(),
            Ok(Err(error)) => error.report().to_string(),
            Err(_) => "no answer".to_owned(),
        };
        self.environment
            .record(format_args!("operation {action} on {name}: {text}"));
        if action < 2 && self.environment.below(2) == 0 {
            sleep(some_time(&self.environment)).await;
            drop(timeout(OPERATOR, handle.resume(name)).await);
        }
    }

    /// Lets all go well: zombies thaw beside a worker and are killed.
    ///
    /// Either one last worker starts and finds no faults, or the one that went through all of it has to get on.
    pub(super) async fn settle(&mut self) {
        self.story.end();
        self.thaw();
        sleep(some_time(&self.environment)).await;
        let survivor = match self.environment.below(2) {
            0 => None,
            _ => self.workers.pop(),
        };
        for lane in self.workers.drain(..) {
            lane.process.kill();
        }
        self.calm();
        match survivor {
            Some(lane) => self.workers.push(lane),
            None => self.start_worker(),
        }
    }

    /// Does what an operator does at the end: resumes what is paused or stopped, and restarts what has failed.
    pub(super) async fn tend(&self) {
        let Some(worker) = self.workers.last().and_then(|lane| lane.handle()) else {
            return;
        };
        for name in [SOURCE, SINK] {
            let tended = async {
                worker.resume(name).await?;
                worker.restart(name, Restart::Failed).await
            };
            if let Ok(Err(error)) = timeout(OPERATOR, tended).await {
                let error = error.report();
                self.environment
                    .record(format_args!("{name} is not tended: {error}"));
            }
        }
    }
}
