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

/// When a record came, and through which process.
type Arrival = (Instant, u32);

/// When which lane got a record, and through whom.
#[derive(Clone, Debug)]
pub(crate) struct Watcher {
    pub(crate) address: String,
    arrivals: Arc<Mutex<BTreeMap<Lane, Vec<Arrival>>>>,
}

/// What happened to the lanes of one direction.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gaps {
    /// Lanes that another process has in the end.
    pub(crate) moved: usize,
    pub(crate) longest_moved: Duration,
    /// Lanes that one process had all the time.
    pub(crate) kept: usize,
    pub(crate) longest_kept: Duration,
}

impl Watcher {
    pub(crate) fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let watcher = Self {
            address: socket.local_addr().unwrap().to_string(),
            arrivals: Arc::default(),
        };
        let arrivals = Arc::clone(&watcher.arrivals);
        thread::spawn(move || {
            let mut buffer = [0; 64];
            while let Ok(length) = socket.recv(&mut buffer) {
                let said = String::from_utf8_lossy(&buffer[..length]);
                if let [direction, lane, pid] = *said.split(' ').collect::<Vec<_>>() {
                    let lane = (direction.to_owned(), lane.parse().unwrap());
                    let arrival = (Instant::now(), pid.parse().unwrap());
                    arrivals
                        .lock()
                        .unwrap()
                        .entry(lane)
                        .or_default()
                        .push(arrival);
                }
            }
        });
        watcher
    }

    /// Returns how many lanes have had a record within the last second.
    pub(crate) fn alive(&self) -> usize {
        let arrivals = self.arrivals.lock().unwrap();
        let last = arrivals.values().filter_map(|of| of.last());
        last.filter(|(at, _)| at.elapsed() < Duration::from_secs(1))
            .count()
    }

    /// Returns the gaps of a direction since a moment; those that have not ended count as well.
    pub(crate) fn gaps(&self, direction: &str, since: Instant) -> Gaps {
        let arrivals = self.arrivals.lock().unwrap();
        let mut gaps = Gaps::default();
        for ((of, _), arrivals) in arrivals.iter() {
            if of != direction {
                continue;
            }
            let first = arrivals.partition_point(|(at, _)| *at < since);
            let during = &arrivals[first.saturating_sub(1)..];
            let moments = during.iter().map(|(at, _)| *at).chain([Instant::now()]);
            let moments: Vec<_> = moments.collect();
            let longest = moments.windows(2).map(|pair| pair[1] - pair[0]).max();
            let longest = longest.unwrap_or_default();
            let mut through = during.iter().map(|(_, pid)| pid);
            let owner = through.next();
            if through.all(|pid| Some(pid) == owner) {
                gaps.kept += 1;
                gaps.longest_kept = gaps.longest_kept.max(longest);
            } else {
                gaps.moved += 1;
                gaps.longest_moved = gaps.longest_moved.max(longest);
            }
        }
        gaps
    }
}
