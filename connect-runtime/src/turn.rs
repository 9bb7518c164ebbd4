//! [`pass`]: lets other tasks have the thread.

use std::{future::poll_fn, task::Poll};

/// Lets other tasks have the thread once.
///
/// Unlike `tokio::task::yield_now`, which waits for this very thread to come back to its executor, the task goes to the
/// end of a queue that other threads help to empty: should the next task block the thread, it goes on elsewhere.
pub(crate) async fn pass() {
    let mut has_passed = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut has_passed, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
