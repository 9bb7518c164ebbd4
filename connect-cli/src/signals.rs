//! [`Signals`]: Ctrl-C and SIGTERM.

use std::{
    fmt,
    time::{Duration, Instant},
};

use connect_api::{Classify, Result};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Ctrl-C and SIGTERM, from the moment on that it is made.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

/// What came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caught {
    Interrupt,
    Terminate,
}

impl Signals {
    pub(crate) fn listen() -> Result<Self> {
        let listen = |kind| signal(kind).unavailable("listening to signals");
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    /// Waits for one that somebody sends after a moment.
    ///
    /// Programs like `timeout` pass a signal on to the process and to its group, so that one arrives twice.
    pub(crate) async fn again(&mut self) -> Caught {
        const MOMENT: Duration = Duration::from_millis(300);
        let first = Instant::now();
        loop {
            let caught = self.next().await;
            if first.elapsed() >= MOMENT {
                return caught;
            }
        }
    }

    /// Waits for the next one; dropping the wait loses none.
    pub(crate) async fn next(&mut self) -> Caught {
        tokio::select! {
            _ = self.interrupt.recv() => Caught::Interrupt,
            _ = self.terminate.recv() => Caught::Terminate,
        }
    }
}

impl Caught {
    /// Returns the exit code of a process that this has ended, as shells count.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }
}

impl fmt::Display for Caught {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupt => "Ctrl-C",
            Self::Terminate => "SIGTERM",
        })
    }
}
