//! [`Membership`]: a worker in a group, which leaves if its executor does not answer.

use std::{fmt, sync::Arc};

use super::{
    Board, Member,
    machine::{Action, Event},
};
use crate::{Environment, broker::Closer};

/// A worker in a group, for as long as this lives: it leaves if its executor does not answer.
pub(crate) struct Membership(Arc<Board>);

impl Membership {
    pub(super) fn begin(board: &Arc<Board>, leave: Closer, executor: Arc<dyn Environment>) -> Self {
        let now = board.environment.elapsed();
        let mut state = board.state();
        let actions = state.machine.on(Event::Joined, now);
        if state.machine.is_silent() {
            // Others had better not rely on it.
            drop(state);
            leave.close();
        } else {
            state.member = Some(Member { leave, executor });
            drop(state);
        }
        if actions.contains(&Action::Rearm) {
            board.bell.notify_one();
        }
        Self(Arc::clone(board))
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        let now = self.0.environment.elapsed();
        let mut state = self.0.state();
        state.member = None;
        state.machine.on(Event::Departed, now);
    }
}

impl fmt::Debug for Membership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Membership")
    }
}
