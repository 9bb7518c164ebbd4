//! How a stopped connector's offsets change, and how it goes together with them.

use std::sync::Arc;

use connect_api::{Error, Result};
use tokio::sync::oneshot;

use super::{
    alteration::{Altering, Purpose},
    command::{OffsetChange, Reply, answer},
    connector::ConnectorActor,
    life::{ConnectorEvent, Target},
    offsets,
    roster::Farewell,
    work::aside,
};
use crate::watchdog::Subject;

impl ConnectorActor {
    pub(super) fn alter(&mut self, change: OffsetChange, reply: Reply<Result<()>>) {
        let why = if self.altering.is_some() {
            "its offsets are being changed already"
        } else if self.life.target() != Target::Stopped {
            "offsets can be changed only while it is stopped"
        } else if !self.roster.is_empty() {
            "its tasks have not ended yet"
        } else {
            return self.begin(change, Purpose::Change(reply));
        };
        let name = &self.plan.name;
        let refused = Error::config(format!("connector `{name}`: {why}"));
        answer(reply, Err(refused));
    }

    fn begin(&mut self, change: OffsetChange, purpose: Purpose) {
        self.tell(ConnectorEvent::Altering);
        let (crew, plan) = (Arc::clone(&self.crew), Arc::clone(&self.plan));
        let tasks = u32::try_from(plan.tasks_max.get())
            .unwrap_or(u32::MAX)
            .max(self.roster.most());
        let subject = Subject::Connector(plan.name.clone());
        let calls = crew.watchdog.calls_hiding(&plan.secrets, subject);
        let (finish, done) = oneshot::channel();
        let watched = Arc::clone(&calls);
        let altered = async move {
            answer(
                finish,
                offsets::alter(&crew, &plan, &watched, change, tasks).await,
            );
        };
        self.asides.push(aside(&self.crew, &self.plan, altered));
        self.altering = Some(Altering {
            done,
            calls,
            purpose,
        });
    }

    pub(super) fn on_altered(&mut self, result: Result<()>) {
        let altering = self.altering.take();
        self.tell(ConnectorEvent::Altered);
        match altering.map(|altering| altering.purpose) {
            Some(Purpose::Change(reply)) => answer(reply, result),
            Some(Purpose::Erasure) => self.on_erased(result),
            None => {}
        }
        self.go_on_erasing();
    }

    /// Stops the connector; once its tasks have ended its offsets are deleted, and then it is.
    pub(super) fn erase(&mut self, reply: Reply<Result<()>>) {
        self.erasing = Some(reply);
        self.tell(ConnectorEvent::Wanted(Target::Stopped));
        self.go_on_erasing();
    }

    /// Deletes the offsets as soon as nobody adds to them any more.
    pub(super) fn go_on_erasing(&mut self) {
        if self.erasing.is_none() || self.altering.is_some() || self.ending.is_some() {
            return;
        }
        if self.roster.is_empty() {
            self.begin(OffsetChange::Reset, Purpose::Erasure);
        } else if self.roster.is_quiet() {
            let blocked = self.roster.given_up();
            let blocked = blocked.iter().map(|id| id.task.to_string());
            let blocked = blocked.collect::<Vec<_>>().join(", ");
            let name = &self.plan.name;
            self.on_erased(Err(Error::unavailable(format!(
                "connector `{name}`: a call of task {blocked} still blocks its thread"
            ))));
        }
    }

    fn on_erased(&mut self, result: Result<()>) {
        // Whoever shuts the worker down meanwhile is told instead that it ends.
        if self.ending.is_some() {
            return;
        }
        let Some(reply) = self.erasing.take() else {
            return;
        };
        match result {
            Ok(()) => {
                let ending = self.end(Farewell::Forgotten, self.crew.grace);
                ending.deletions.replies.push(reply);
                self.conclude();
            }
            Err(error) => answer(reply, Err(offsets::not_deleted(error))),
        }
    }

    /// Says that the connector is going away with its offsets.
    pub(super) fn being_erased(&self) -> Error {
        let name = &self.plan.name;
        Error::unavailable(format!(
            "connector `{name}` is being deleted with its offsets"
        ))
    }
}

impl Altering {
    /// Waits for the answer. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Result<()> {
        tokio::select! {
            biased;
            done = &mut self.done => {
                done.unwrap_or_else(|_| Err(Error::fatal("changing offsets panicked")))
            }
            // What comes of it later is too late, and changes nothing.
            stuck = self.calls.stuck() => Err(Error::fatal(stuck.to_string())),
        }
    }
}
