//! [`Altering`]: a change of a connector's offsets that is under way.

use std::sync::Arc;

use connect_api::Result;
use tokio::sync::oneshot;

use super::command::Reply;
use crate::watchdog::Calls;

/// Offsets are being changed.
pub(super) struct Altering {
    pub(super) done: oneshot::Receiver<Result<()>>,
    pub(super) calls: Arc<Calls>,
    pub(super) purpose: Purpose,
}

/// What offsets are changed for.
pub(super) enum Purpose {
    /// Somebody wants other ones.
    Change(Reply<Result<()>>),
    /// The connector is deleted afterwards.
    Erasure,
}
