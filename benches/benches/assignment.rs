//! How long a cluster thinks about who runs what, and how much then moves.

use connect_benches::{Meter, print, title};
use connect_runtime::bench::Rehearsal;

const WORKERS: u32 = 1000;
/// With the connectors themselves there are 110,000 units.
const CONNECTORS: u32 = 10_000;
const TASKS: u32 = 10;
/// A restart of all workers is some thousand assignments: it has a tenth of everything.
const RESTARTED: u32 = WORKERS / 10;
const PLUGINS: [&str; 1] = ["plugin"];

fn main() {
    title("the assignment of 10,000 connectors with 10 tasks each to 1000 workers");
    let mut cluster = cluster(WORKERS, CONNECTORS);
    step(&mut cluster, "everything is new");
    step(&mut cluster, "nothing has changed");

    let mut joined = cluster.clone();
    joined.join(id(WORKERS), &PLUGINS);
    step(&mut joined, "one joins");
    joined.arrive();
    step(&mut joined, "what was released is given to it");

    let mut left = cluster.clone();
    left.leave(id(0));
    step(&mut left, "one leaves");

    title("a rolling restart of 100 workers with 11,000 units: each leaves, and a new one joins");
    restart(Gap::Waits);
    restart(Gap::Filled);
}

fn cluster(workers: u32, connectors: u32) -> Rehearsal {
    let mut cluster = Rehearsal::new();
    for worker in 0..workers {
        cluster.join(id(worker), &PLUGINS);
    }
    for connector in 0..connectors {
        cluster.add(&format!("connector-{connector}"), "plugin", TASKS);
    }
    cluster
}

/// What happens to the units of a worker before the next one is there.
#[derive(Clone, Copy, Debug)]
enum Gap {
    Waits,
    Filled,
}

fn restart(gap: Gap) {
    let mut cluster = cluster(RESTARTED, CONNECTORS / 10);
    let decision = cluster.decide();
    cluster.apply(&decision);
    let (mut given, mut released) = (0_usize, 0_usize);
    let mut settle = |cluster: &mut Rehearsal| {
        loop {
            let decision = cluster.decide();
            if decision.given() + decision.released() == 0 {
                return;
            }
            given += decision.given();
            released += decision.released();
            cluster.apply(&decision);
            cluster.arrive();
        }
    };
    for worker in 0..RESTARTED {
        match gap {
            Gap::Waits => {
                cluster.pause(id(worker));
                cluster.join(id(RESTARTED + worker), &PLUGINS);
                cluster.arrive();
            }
            Gap::Filled => {
                cluster.leave(id(worker));
                settle(&mut cluster);
                cluster.join(id(RESTARTED + worker), &PLUGINS);
            }
        }
        settle(&mut cluster);
    }
    let what = match gap {
        Gap::Waits => "units wait for the next worker",
        Gap::Filled => "units are given to others at once",
    };
    print(
        what,
        [(given as f64, "given"), (released as f64, "released")],
    );
}

/// Spreads ids, as random ones are.
fn id(worker: u32) -> u128 {
    u128::from(worker + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
}

fn step(cluster: &mut Rehearsal, what: &str) {
    let meter = Meter::start();
    let decision = cluster.decide();
    let spent = meter.spent();
    cluster.apply(&decision);
    print(
        what,
        [
            (spent.wall.as_secs_f64() * 1e3, "ms"),
            (decision.given() as f64, "given"),
            (decision.released() as f64, "released"),
        ],
    );
}
