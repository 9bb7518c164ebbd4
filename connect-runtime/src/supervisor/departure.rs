//! How a connector goes away, and who is told.

use std::time::Duration;

use connect_api::Error;

use super::{
    command::answer,
    connector::ConnectorActor,
    duty::{Deletions, Ending},
    life::{ConnectorEvent, Target},
    roster::{Farewell, Mode},
};
use crate::status::State;

impl ConnectorActor {
    /// Begins to go away; of two reasons the first one decides what stays.
    pub(super) fn end(&mut self, farewell: Farewell, within: Duration) -> &mut Ending {
        self.within = within;
        if self.ending.is_none() {
            self.roster.part(farewell);
        }
        self.tell(ConnectorEvent::Wanted(Target::Gone));
        self.roster.arrange(Mode::Leave(within));
        self.ending.get_or_insert_with(|| Ending {
            farewell,
            deletions: Deletions::default(),
            shutdown: None,
        })
    }

    /// Answers those who wait for the end, once there is nothing left to wait for.
    pub(super) fn conclude(&mut self) {
        let Some(ending) = &mut self.ending else {
            return;
        };
        if !self.roster.is_quiet() {
            return;
        }
        let (board, name) = (&self.crew.board, &self.plan.name);
        match ending.farewell {
            Farewell::Forgotten => {
                board.remove_connector(name);
                if let Some(topics) = &self.crew.site.topics {
                    topics.deleted(name);
                }
            }
            Farewell::Unassigned => board.connector(name, State::Unassigned, None),
            Farewell::Handed => board.hand_over_connector(name),
        }
        if !self.roster.is_empty() || ending.shutdown.is_some() {
            // Nobody waits until the name is free: whoever wants it is told why it is not.
            ending.deletions.answer();
        }
        if let Some(reply) = ending.shutdown.take() {
            let mut report = std::mem::take(&mut self.report);
            report.abandoned.append(&mut self.roster.given_up());
            answer(reply, report);
        }
    }

    pub(super) fn going(&self) -> Error {
        let name = &self.plan.name;
        let given_up = self.roster.given_up();
        Error::unavailable(match given_up.first() {
            None => format!("connector `{name}` is going away"),
            Some(id) => format!(
                "connector `{name}` is going away: a call of task {} still blocks its thread",
                id.task
            ),
        })
    }
}
