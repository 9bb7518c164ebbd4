//! [`until`]: waits for a moment that may not be known.

use tokio::time::{Instant, sleep_until};

/// Waits until `moment`; for ever without one.
pub(crate) async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
