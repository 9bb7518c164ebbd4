//! [`Traffic`]: what the connections of a proxy have in common.

use std::{
    net::{Shutdown, TcpStream},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{Direction, Mode};
use crate::LabError;

/// How long a test waits for something on the wire.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the connections of a proxy have in common, and wait for.
#[derive(Debug)]
pub(super) struct Traffic {
    control: Mutex<Control>,
    changed: Condvar,
}

/// What becomes of bytes that have arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Deliver,
    /// So many of them, then [`Traffic::finish_cut`].
    DeliverAndCut(usize),
    Drop,
}

#[derive(Debug)]
pub(super) struct Control {
    life: Life,
    connections: Vec<Connection>,
    next_id: u64,
    /// Directions in which something is held back.
    held: Vec<Direction>,
}

#[derive(Debug)]
enum Life {
    Open(Mode),
    /// The last bytes before a cut are on their way; nothing else is delivered.
    Cutting,
    Closed,
}

#[derive(Debug)]
struct Connection {
    id: u64,
    client: TcpStream,
    server: TcpStream,
}

impl Traffic {
    pub(super) fn new() -> Self {
        Self {
            control: Mutex::new(Control {
                life: Life::Open(Mode::Pass),
                connections: Vec::new(),
                next_id: 0,
                held: Vec::new(),
            }),
            changed: Condvar::new(),
        }
    }

    pub(super) fn mode(&self) -> Mode {
        self.lock().mode()
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(self.lock().life, Life::Closed)
    }

    pub(super) fn set(&self, mode: Mode) {
        let mut control = self.lock();
        control.life = Life::Open(mode);
        control.held.clear();
        self.changed.notify_all();
    }

    pub(super) fn cut(&self) {
        self.lock().cut();
        self.changed.notify_all();
    }

    /// Ends a cut whose last bytes were delivered.
    pub(super) fn finish_cut(&self) {
        let mut control = self.lock();
        control.cut();
        // The test may have set another mode meanwhile, or dropped the proxy.
        if matches!(control.life, Life::Cutting) {
            control.life = Life::Open(Mode::Pass);
        }
        self.changed.notify_all();
    }

    pub(super) fn close(&self) {
        let mut control = self.lock();
        control.life = Life::Closed;
        control.cut();
        self.changed.notify_all();
    }

    /// Takes note of a connection, unless it comes too late.
    pub(super) fn open(&self, client: TcpStream, server: TcpStream) -> Option<u64> {
        let mut control = self.lock();
        if matches!(control.life, Life::Closed) {
            return None;
        }
        let id = control.next_id;
        control.next_id += 1;
        control.connections.push(Connection { id, client, server });
        Some(id)
    }

    pub(super) fn forget(&self, id: u64) {
        self.lock()
            .connections
            .retain(|connection| connection.id != id);
    }

    /// Waits until bytes that arrived at a moment may be delivered; zero of them are the end.
    pub(super) fn admit(
        &self,
        id: u64,
        direction: Direction,
        bytes: usize,
        arrived: Instant,
    ) -> Verdict {
        let mut control = self.lock();
        loop {
            if !control
                .connections
                .iter()
                .any(|connection| connection.id == id)
            {
                return Verdict::Drop;
            }
            let wait = match &mut control.life {
                Life::Closed => return Verdict::Drop,
                Life::Open(Mode::Pass | Mode::Refuse) => return Verdict::Deliver,
                Life::Open(Mode::CutAfter(cut, left)) => {
                    if *cut != direction || bytes == 0 {
                        return Verdict::Deliver;
                    }
                    if *left > bytes as u64 {
                        *left -= bytes as u64;
                        return Verdict::Deliver;
                    }
                    let last = usize::try_from(*left).expect("it is at most the number of bytes");
                    control.life = Life::Cutting;
                    return Verdict::DeliverAndCut(last);
                }
                Life::Open(Mode::Delay(delay)) => {
                    match (arrived + *delay).checked_duration_since(Instant::now()) {
                        None => return Verdict::Deliver,
                        Some(left) => left,
                    }
                }
                Life::Open(Mode::Hold) => {
                    if bytes > 0 && !control.held.contains(&direction) {
                        control.held.push(direction);
                        self.changed.notify_all();
                    }
                    PATIENCE
                }
                Life::Cutting => PATIENCE,
            };
            control = self
                .changed
                .wait_timeout(control, wait)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Waits until something is true.
    pub(super) fn wait_for(
        &self,
        what: &str,
        happened: impl Fn(&Control) -> bool,
    ) -> Result<(), LabError> {
        let waited = self
            .changed
            .wait_timeout_while(self.lock(), PATIENCE, |control| !happened(control));
        let (_control, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        match waited.timed_out() {
            false => Ok(()),
            true => Err(LabError::new(format!(
                "expected {what} within {PATIENCE:?}, found none"
            ))),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Control> {
        self.control.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Control {
    pub(super) fn mode(&self) -> Mode {
        match self.life {
            Life::Open(mode) => mode,
            // Nothing is delivered in these.
            Life::Cutting | Life::Closed => Mode::Hold,
        }
    }

    pub(super) fn holds(&self, direction: Direction) -> bool {
        self.held.contains(&direction)
    }

    fn cut(&mut self) {
        for connection in self.connections.drain(..) {
            // One that is closed already needs no cut.
            let _ = connection.client.shutdown(Shutdown::Both);
            let _ = connection.server.shutdown(Shutdown::Both);
        }
    }
}
