//! What a worker of a cluster does of a connector.

use std::sync::Arc;

use connect_api::TaskConfig;

use super::{
    command::Share,
    connector::{ConnectorActor, announce},
    duty::{Duty, Role},
    life::{ConnectorEvent, Target},
    renewal::Renewals,
    roster::Mode,
};
use crate::unit::Unit;

impl ConnectorActor {
    /// Takes what a cluster gives to this worker.
    pub(super) fn share(&mut self, share: Share) {
        let Share {
            plan,
            target,
            splits,
            parts,
            outcomes: _,
        } = share;
        let is_new = !Arc::ptr_eq(&self.plan, &plan);
        if is_new {
            self.plan = Arc::clone(&plan);
            self.renewals = Renewals::default();
            announce(&self.crew, &self.plan);
            self.renewals.schedule(&self.plan);
        }
        let former = self.roster.assign(&plan, parts);
        self.roster.arrange(match target {
            Target::Started => Mode::Run,
            Target::Paused => Mode::Pause,
            Target::Stopped | Target::Gone => Mode::Leave(self.crew.grace),
        });
        // Those that still have to end tell so themselves.
        for task in former {
            if !self.roster.may_do_something(task) {
                self.leave(Unit::Task(self.roster.id(task)));
            }
        }
        let before = self.splits();
        if let Duty::Shared { role, .. } = &mut self.duty {
            match (&*role, splits) {
                // What it has split itself is newer.
                (Role::Splits(_), Some(_)) => {}
                (Role::HelpsOnly, Some(current)) => *role = Role::Splits(current),
                (_, None) => *role = Role::HelpsOnly,
            }
        }
        match (before, self.splits()) {
            (false, true) => self.tell(ConnectorEvent::Wanted(target)),
            (true, true) if is_new => {
                self.tell(ConnectorEvent::Wanted(target));
                self.tell(ConnectorEvent::Renewed);
            }
            (true, true) => self.tell(ConnectorEvent::Wanted(target)),
            (true, false) => {
                self.tell(ConnectorEvent::Wanted(Target::Stopped));
                self.crew.board.hand_over_connector(&self.plan.name);
                self.leave(Unit::Connector(self.plan.name.clone()));
            }
            (false, false) => {}
        }
    }

    pub(super) fn is_shared(&self) -> bool {
        matches!(self.duty, Duty::Shared { .. })
    }

    /// Returns whether the connector itself is this worker's.
    pub(super) fn splits(&self) -> bool {
        match &self.duty {
            Duty::Alone => true,
            Duty::Shared { role, .. } => matches!(role, Role::Splits(_)),
        }
    }

    /// Returns how the work is split.
    pub(super) fn current(&self) -> Vec<TaskConfig> {
        match &self.duty {
            Duty::Alone => self.roster.configs(),
            Duty::Shared { role, .. } => match role {
                Role::Splits(current) => current.clone(),
                Role::HelpsOnly => Vec::new(),
            },
        }
    }

    pub(super) fn leave(&self, unit: Unit) {
        if let Duty::Shared { outcomes, .. } = &self.duty {
            outcomes.leave(unit);
        }
    }
}
