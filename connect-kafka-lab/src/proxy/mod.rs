//! [`Proxy`]: a wire between a client and a server that tests can cut.

mod traffic;

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use self::traffic::{Traffic, Verdict};
use crate::LabError;

/// A wire between clients and a server that a test can cut, hold and delay.
///
/// It listens on a port of its own on the loopback address until it is dropped, which cuts everything. A mode holds for
/// open and for new connections from the moment it is set.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    traffic: Arc<Traffic>,
}

/// What a proxy does with connections and bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mode {
    /// Everything goes through.
    Pass,
    /// New connections are closed at once; open ones go on.
    Refuse,
    /// Connections are taken and stay open, and nothing is delivered until the mode changes.
    Hold,
    /// What arrives is delivered after this time at the earliest, in each direction.
    Delay(Duration),
    /// Delivers so many bytes more in one direction, cuts all connections, and then passes everything.
    CutAfter(Direction, u64),
}

/// Whom bytes are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Direction {
    /// Requests.
    ToServer,
    /// Answers.
    ToClient,
}

impl Proxy {
    /// Listens before a server such as `127.0.0.1:9092`, which may be down.
    ///
    /// # Errors
    ///
    /// If the address is none, or no port is free.
    pub fn to(server: &str) -> Result<Self, LabError> {
        let server: SocketAddr = server.parse().map_err(|error| {
            LabError::new(format!(
                "expected an address and a port, found {server}: {error}"
            ))
        })?;
        let doing = "listening on a free port";
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(LabError::during(doing))?;
        let address = listener.local_addr().map_err(LabError::during(doing))?;
        let traffic = Arc::new(Traffic::new());
        let accepting = Arc::clone(&traffic);
        thread::spawn(move || accept(&listener, server, &accepting));
        Ok(Self { address, traffic })
    }

    /// Returns where clients connect to.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Changes what happens from now on.
    pub fn set(&self, mode: Mode) {
        self.traffic.set(mode);
    }

    /// Cuts all open connections; the mode stays.
    pub fn cut(&self) {
        self.traffic.cut();
    }

    /// Waits until bytes in this direction are held back since the mode was set.
    ///
    /// # Errors
    ///
    /// If there are none within a minute.
    pub fn wait_until_held(&self, direction: Direction) -> Result<(), LabError> {
        self.traffic
            .wait_for("bytes to hold back", |control| control.holds(direction))
    }

    /// Waits until [`Mode::CutAfter`] has cut, and passes everything.
    ///
    /// # Errors
    ///
    /// If it has not within a minute.
    pub fn wait_until_cut(&self) -> Result<(), LabError> {
        self.traffic
            .wait_for("the bytes before the cut", |control| {
                control.mode() == Mode::Pass
            })
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.traffic.close();
        // It waits for a connection; this is one.
        let _ = TcpStream::connect(self.address);
    }
}

fn accept(listener: &TcpListener, server: SocketAddr, traffic: &Arc<Traffic>) {
    for client in listener.incoming() {
        if traffic.is_closed() {
            return;
        }
        // A client that has left already, or one that is refused.
        let Ok(client) = client else { continue };
        if traffic.mode() == Mode::Refuse {
            continue;
        }
        let traffic = Arc::clone(traffic);
        thread::spawn(move || connect(client, server, &traffic));
    }
}

/// Connects a client to the server and copies until one of them, or the test, has had enough.
fn connect(client: TcpStream, server: SocketAddr, traffic: &Arc<Traffic>) {
    // A client whose server is down, or out of handles, sees its connection closed.
    let Ok(server) = TcpStream::connect(server) else {
        return;
    };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let copies = (client.try_clone(), server.try_clone());
    let (Ok(client_copy), Ok(server_copy)) = copies else {
        return;
    };
    let Some(id) = traffic.open(client_copy, server_copy) else {
        return;
    };
    thread::scope(|scope| {
        scope.spawn(|| pump(&client, &server, (id, Direction::ToServer), traffic));
        pump(&server, &client, (id, Direction::ToClient), traffic);
    });
    traffic.forget(id);
}

/// Copies one direction of a connection, then ends both.
fn pump(
    mut from: &TcpStream,
    mut to: &TcpStream,
    (id, direction): (u64, Direction),
    traffic: &Traffic,
) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        // A broken connection ends like one that was closed.
        let read = from.read(&mut buffer).unwrap_or(0);
        let verdict = traffic.admit(id, direction, read, Instant::now());
        let bytes = match verdict {
            Verdict::Deliver => &buffer[..read],
            Verdict::DeliverAndCut(bytes) => &buffer[..bytes],
            Verdict::Drop => break,
        };
        let written = to.write_all(bytes);
        if matches!(verdict, Verdict::DeliverAndCut(_)) {
            traffic.finish_cut();
        }
        if read == 0 || written.is_err() {
            break;
        }
    }
    let _ = (to.shutdown(Shutdown::Both), from.shutdown(Shutdown::Both));
}
