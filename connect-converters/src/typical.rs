//! [`Typical`]: how long the messages are that were written.

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

/// How long the messages are that were written: what the next one probably needs.
#[derive(Debug, Default)]
pub(crate) struct Typical(AtomicUsize);

impl Typical {
    /// What is longer than this grows as it is written.
    const MOST: usize = 64 * 1024;

    /// Returns how much the next message probably needs.
    pub(crate) fn capacity(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Learns from a message that was written.
    ///
    /// One that is much shorter than it was expected to be holds no more memory than it needs: it may wait in a queue.
    pub(crate) fn finish(&self, mut message: Vec<u8>) -> Bytes {
        if message.capacity() > 2 * message.len() {
            message.shrink_to_fit();
        }
        let typical = self.capacity();
        if message.len() > typical && typical < Self::MOST {
            self.0
                .store(message.len().min(Self::MOST), Ordering::Relaxed);
        } else if typical > 2 * message.len() {
            self.0.store(typical - typical / 8, Ordering::Relaxed);
        }
        message.into()
    }
}
