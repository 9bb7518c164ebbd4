//! [`Watcher`]: when which lane got a record, and through whom.

use std::{
    collections::BTreeMap,
    net::UdpSocket,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

/// A lane of one direction: `source` or `sink`, and its number.
pub(crate) type Lane = (String, i32);

/// When a record came, and through which task of which process.
type Arrival = (Instant, u32);

/// When which lane got a record, and through whom.
#[derive(Clone, Debug)]
pub(crate) struct Watcher {
    pub(crate) address: String,
    arrivals: Arc<Mutex<BTreeMap<Lane, Vec<Arrival>>>>,
}

/// What happened to a lane since some moment.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Between one record and the next; the last one has not ended.
    pub(crate) gaps: Vec<Duration>,
    /// Whether all of it came through one task of one process.
    pub(crate) stayed: bool,
}

impl Watcher {
    pub(crate) fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let watcher = Self {
            address: socket.local_addr().unwrap().to_string(),
            arrivals: Arc::default(),
        };
        let heard = watcher.clone();
        thread::spawn(move || {
            let mut buffer = [0; 64];
            while let Ok(length) = socket.recv(&mut buffer) {
                heard.hear(&String::from_utf8_lossy(&buffer[..length]));
            }
        });
        watcher
    }

    /// Takes that a lane has got a record: its direction, its number, and who has it.
    pub(crate) fn hear(&self, said: &str) {
        if let [direction, lane, owner] = *said.split(' ').collect::<Vec<_>>() {
            let lane = (direction.to_owned(), lane.parse().unwrap());
            let arrival = (Instant::now(), owner.parse().unwrap());
            let mut arrivals = self.arrivals.lock().unwrap();
            arrivals.entry(lane).or_default().push(arrival);
        }
    }

    /// Returns how many lanes have had a record within the last second.
    pub(crate) fn alive(&self) -> usize {
        let arrivals = self.arrivals.lock().unwrap();
        let last = arrivals.values().filter_map(|of| of.last());
        last.filter(|(at, _)| at.elapsed() < Duration::from_secs(1))
            .count()
    }

    /// Returns what happened to all lanes since a moment.
    pub(crate) fn since(&self, moment: Instant) -> BTreeMap<Lane, Seen> {
        let arrivals = self.arrivals.lock().unwrap();
        let seen = |arrivals: &[Arrival]| {
            let first = arrivals.partition_point(|(at, _)| *at < moment);
            let during = &arrivals[first.saturating_sub(1)..];
            let moments = during.iter().map(|(at, _)| *at).chain([Instant::now()]);
            let moments: Vec<_> = moments.collect();
            Seen {
                gaps: moments.windows(2).map(|pair| pair[1] - pair[0]).collect(),
                stayed: during.windows(2).all(|pair| pair[0].1 == pair[1].1),
            }
        };
        arrivals
            .iter()
            .map(|(lane, arrivals)| (lane.clone(), seen(arrivals)))
            .collect()
    }
}
