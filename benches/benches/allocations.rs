//! How often memory is asked for, per record, on the way of bytes through a worker and its broker.

use connect_benches::{Direction, Lines, pass_through, print, title};

fn main() {
    title("allocations per record, worker and broker together");
    for (direction, name) in [
        (Direction::Source, "file → topic"),
        (Direction::Sink, "topic → file"),
    ] {
        for (size, length) in [(100, "100 B"), (1024, "1 KiB")] {
            let lines = Lines::new(40_000, size);
            let count = |work: &mut dyn FnMut()| allocation_counter::measure(work).count_total;
            let each = pass_through(direction, lines, count);
            print(&format!("{name}, {length}"), [(each, "each")]);
        }
    }
}
