//! Writes statuses to the status topic.

use std::sync::Arc;

use connect_api::Str;

use crate::supervisor::Crew;

/// Writes statuses for ever; it may be dropped at any time.
pub(super) async fn write(crew: Arc<Crew>, _topic: Str) {
    loop {
        crew.board.take_dirty().await;
    }
}
